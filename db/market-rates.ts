import type { MarketRate } from '../domain/ledger/market-rate';
import type { SymbolQuote } from '../domain/trading/account';
import { rows, utc, type Tx } from './connection';

/** Pairs of one server that are followed. */
const pairsMax = 50;

/** A server's symbols that are pairs of currencies in which the entities keep money. */
export async function currencyPairs(tx: Tx, serverId: string): Promise<string[]> {
  const found = await rows<{ name: string }>(
    tx,
    `with kept as (select distinct unnest(currencies) as code from entity)
     select s.name from symbol s
     where s.server_id = :serverId and s.base_currency <> s.profit_currency
       and s.base_currency in (select code from kept) and s.profit_currency in (select code from kept)
     order by s.name limit :pairsMax`,
    { serverId, pairsMax },
  );
  return found.map(({ name }) => name);
}

/** Keeps the latest market of a server's pairs; one that is older than what is kept changes nothing. */
export async function saveMarketRates(
  tx: Tx,
  serverId: string,
  quotes: readonly SymbolQuote[],
): Promise<void> {
  await rows(
    tx,
    `insert into market_rate (server_id, symbol, base_currency, quote_currency, bid, ask, at)
     select s.server_id, s.name, s.base_currency, s.profit_currency, q.bid, q.ask, q.at
     from json_to_recordset(:quotes::json) as q(symbol text, bid numeric, ask numeric, at timestamptz)
     join symbol s on s.server_id = :serverId and s.name = q.symbol
     on conflict (server_id, symbol) do update set base_currency = excluded.base_currency,
       quote_currency = excluded.quote_currency, bid = excluded.bid, ask = excluded.ask, at = excluded.at,
       read_at = clock_timestamp()
     where market_rate.at <= excluded.at`,
    { serverId, quotes: JSON.stringify(quotes) },
  );
}

/** What the servers last quoted of a pair of currencies, whichever way round. */
export async function marketsOf(
  tx: Tx,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<MarketRate[]> {
  const found = await rows<MarketRate>(
    tx,
    `select server_id as "serverId", symbol, base_currency as base, quote_currency as quote, trim_scale(bid)::text as bid,
       trim_scale(ask)::text as ask, at
     from market_rate
     where (base_currency = :from and quote_currency = :to) or (base_currency = :to and quote_currency = :from)
     order by at desc, server_id, symbol limit 100`,
    { from, to },
  );
  return found.map((market) => ({ ...market, at: utc(market.at) }));
}
