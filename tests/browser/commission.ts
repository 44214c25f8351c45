import { monthBefore } from '../../domain/partners/period';
import { systemScope } from '../../domain/access/scope';
import { attributeClient } from '../../db/attributions';
import { inScope, rows, type Database, type Tx } from '../../db/connection';
import { createPartner, createReferralLink } from '../../db/partners';
import { createPlanSet } from '../../db/plan-sets';
import { computeAndAsk } from '../../db/settlement/compute';
import { lockSettlement, moveSettlement, startSettlement } from '../../db/settlement/settlements';

/** For tests only: two partners, a client's last month of trading, and its settlement before approval. */
export interface Commission {
  /** The partner at the top. */
  readonly partnerId: string;
  readonly planSetId: string;
  readonly settlementId: string;
  /** A deal that the settlement explains. */
  readonly ticket: string;
}

export async function seedCommission(
  db: Database,
  trader: { readonly clientId: string; readonly entityId: string; readonly accountId: string },
  { ticketFrom = 5000, mark = '' }: { ticketFrom?: number; mark?: string } = {},
): Promise<Commission> {
  const system = <T>(work: (tx: Tx) => Promise<T>) => inScope(db, systemScope('test:seed'), work);
  const period = monthBefore(new Date().toISOString());
  return system(async (tx) => {
    const planSet = await createPlanSet(tx, {
      entityId: trader.entityId,
      name: 'Introducing brokers',
      currency: 'USD',
    });
    const root = await createPartner(tx, {
      name: 'Northgate Partners',
      email: `root${mark}@partners.example`,
      planSet: planSet.id,
    });
    const sub = await createPartner(tx, {
      name: 'Harbour Introductions',
      email: `sub${mark}@partners.example`,
      planSet: planSet.id,
      parentId: root.id,
    });
    await createReferralLink(tx, { partnerId: sub.id, name: 'Newsletter' });
    await attributeClient(tx, {
      clientId: trader.clientId,
      partnerId: sub.id,
      from: period.from,
      reason: 'claimed with proof',
    });
    await seedDeals(tx, trader, { from: period.from, ticketFrom });
    const { settlement } = await startSettlement(tx, { planSet: planSet.id, period: period.name });
    const locked = await lockSettlement(tx, settlement);
    await moveSettlement(tx, locked, { from: ['waiting_for_feed'], to: 'computing' });
    await computeAndAsk(tx, locked);
    return {
      partnerId: root.id,
      planSetId: planSet.id,
      settlementId: settlement.id,
      ticket: String(ticketFrom + 1),
    };
  });
}

const tradesMade = 24;

/** Openings and closings of EURUSD, gold and one that closes where it opened, an hour apart. */
async function seedDeals(
  tx: Tx,
  trader: { readonly clientId: string; readonly entityId: string; readonly accountId: string },
  { from, ticketFrom }: { readonly from: string; readonly ticketFrom: number },
): Promise<void> {
  const [account] = await rows<{ login: string; server_id: string }>(
    tx,
    'select login, server_id from trading_account where id = :accountId',
    { accountId: trader.accountId },
  );
  if (!account) throw new Error('no account');
  const records = Array.from({ length: tradesMade }, (_, trade) => {
    const gold = trade % 4 === 3;
    const opened = gold ? 2650 : 1.1;
    const closed = trade % 6 === 5 ? opened : opened * 1.0005;
    const at = Date.parse(from) + (trade + 1) * 25 * 3_600_000;
    return [opened, closed].map((price, part) => ({
      ticket: String(ticketFrom + trade * 2 + part),
      time: new Date(at + part * 3_600_000).toISOString(),
      position: String(ticketFrom + trade * 2),
      entry: part === 0 ? 'in' : 'out',
      symbol: gold ? 'XAUUSD' : 'EURUSD',
      volume: String((1 + (trade % 3)) * 50_000_000),
      price: price.toFixed(gold ? 2 : 5),
      bid: (price - (gold ? 0.15 : 0.0001)).toFixed(gold ? 2 : 5),
      ask: (price + (gold ? 0.15 : 0.0001)).toFixed(gold ? 2 : 5),
      size: gold ? '100' : '100000',
    }));
  }).flat();
  for (const [name, digits, size] of [
    ['EURUSD', 5, '100000'],
    ['XAUUSD', 2, '100'],
  ] as const) {
    await rows(
      tx,
      `insert into symbol (server_id, name, digits, contract_size, profit_currency, symbol_group)
       values (:server, :name, :digits, :size, 'USD', '') on conflict do nothing`,
      { server: account.server_id, name, digits, size },
    );
  }
  await rows(
    tx,
    `insert into deal (server_id, ticket, time, login, account_id, entity_id, client_id, position_id, kind, side, entry, symbol, volume,
       price, profit_minor, swap_minor, commission_minor, fee_minor, currency, bid, ask, contract_size, profit_rate, raw, raw_hash)
     select :server, n.ticket, n.time, :login, :accountId, :entityId, :clientId, n.position, 'trade', 'buy', n.entry, n.symbol, n.volume,
       n.price, 0, 0, 0, 0, 'USD', n.bid, n.ask, n.size, 1, '{}', ''
     from jsonb_to_recordset(:records::jsonb) as n(ticket bigint, time timestamptz, position bigint, entry text, symbol text,
       volume bigint, price numeric, bid numeric, ask numeric, size numeric)`,
    {
      server: account.server_id,
      login: account.login,
      accountId: trader.accountId,
      entityId: trader.entityId,
      clientId: trader.clientId,
      records: JSON.stringify(records),
    },
  );
}
