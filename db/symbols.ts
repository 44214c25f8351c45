import type { TradingSymbol } from '../domain/trading/account';
import { rows, type Tx } from './connection';

/** Spreads are measured over the deals of this many days. */
const spreadDays = 30;

/** Keeps what a server says of its symbols; one that has gone stays, since its deals do. */
export async function saveSymbols(
  tx: Tx,
  serverId: string,
  symbols: readonly TradingSymbol[],
): Promise<void> {
  await rows(
    tx,
    `insert into symbol (server_id, name, digits, contract_size, base_currency, profit_currency, symbol_group, refreshed_at)
     select :serverId, n.name, n.digits, n.contract_size, n.base_currency, n.profit_currency, n.symbol_group, clock_timestamp()
     from json_to_recordset(:symbols::json) as n(name text, digits int, contract_size numeric, base_currency text, profit_currency text,
       symbol_group text)
     on conflict (server_id, name) do update set digits = excluded.digits, contract_size = excluded.contract_size,
       base_currency = excluded.base_currency, profit_currency = excluded.profit_currency, symbol_group = excluded.symbol_group,
       refreshed_at = excluded.refreshed_at`,
    {
      serverId,
      symbols: JSON.stringify(
        symbols.map((symbol) => ({
          name: symbol.name,
          digits: symbol.digits,
          contract_size: symbol.contractSize,
          base_currency: symbol.baseCurrency,
          profit_currency: symbol.profitCurrency,
          symbol_group: groupOf(symbol),
        })),
      ),
    },
  );
  await rows(tx, 'update feed set symbols_at = clock_timestamp() where server_id = :serverId', {
    serverId,
  });
}

/** The folder that the server keeps the symbol in (MT5 `Forex\\Majors\\EURUSD`), empty when it names none. */
function groupOf({ raw }: TradingSymbol): string {
  const path = raw['Path'] ?? raw['path'] ?? raw['group'] ?? '';
  const folders = path.split(/[\\/]/);
  return folders.length > 1 ? folders.slice(0, -1).join('\\') : path;
}

/**
 * Measures the average spread of each symbol from the market that its deals of the last days were made at, in
 * points; one that was not traded lately keeps the figure it had.
 */
export async function measureSpreads(tx: Tx, serverId: string): Promise<void> {
  await rows(
    tx,
    `update symbol s set average_spread_points = m.points, spread_deals = m.deals
     from (
       select d.symbol, round(avg((d.ask - d.bid) * power(10::numeric, y.digits)), 4) as points, count(*) as deals
       from deal d join symbol y on y.server_id = d.server_id and y.name = d.symbol
       where d.server_id = :serverId and d.kind = 'trade' and d.bid > 0 and d.ask >= d.bid
         and d.time > now() - ${spreadDays} * interval '1 day'
       group by 1
     ) m
     where s.server_id = :serverId and s.name = m.symbol`,
    { serverId },
  );
}

/** Whether the names include one that the server's symbols, as kept here, do not. */
export async function hasUnknownSymbol(
  tx: Tx,
  serverId: string,
  names: readonly string[],
): Promise<boolean> {
  const [row] = await rows<{ unknown: boolean }>(
    tx,
    `select exists (select 1 from unnest(:names::text[]) as n(name)
       where not exists (select 1 from symbol s where s.server_id = :serverId and s.name = n.name)) as unknown`,
    { serverId, names: [...names] },
  );
  return row?.unknown ?? false;
}

export interface KnownSymbol {
  readonly name: string;
  readonly digits: number;
  readonly contractSize: string;
  readonly profitCurrency: string;
  readonly group: string;
  /** Points; null until one of its deals said the market it was made at. */
  readonly averageSpreadPoints: string | null;
}

export async function listSymbols(tx: Tx, serverId: string): Promise<KnownSymbol[]> {
  return rows<KnownSymbol>(
    tx,
    `select name, digits, contract_size as "contractSize", profit_currency as "profitCurrency", symbol_group as "group",
       average_spread_points as "averageSpreadPoints"
     from symbol where server_id = :serverId order by name limit 10000`,
    { serverId },
  );
}
