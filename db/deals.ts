import { createHash } from 'node:crypto';
import type { Deal } from '../domain/trading/deal';
import { appendEvents, canonical } from './events';
import { rows, utc, type Tx } from './connection';

export interface Ingested {
  readonly added: number;
  /** Tickets whose record the server has changed since it was first seen. */
  readonly edited: number;
}

/**
 * Keeps deals once by (server, ticket), set-based, with the raw record. A deal that was seen before and is
 * different now has been edited on the server: the new record stands, and an event keeps both hashes.
 */
export async function ingestDeals(
  tx: Tx,
  serverId: string,
  deals: readonly Deal[],
): Promise<Ingested> {
  if (deals.length === 0) return { added: 0, edited: 0 };
  const records = JSON.stringify(deals.map(recordOf));
  const edited = await rows<{
    ticket: string;
    before: string;
    after: string;
    entity_id: string | null;
    client_id: string | null;
  }>(
    tx,
    `update deal_ticket t set raw_hash = n.raw_hash from (${incoming}) n, deal_ticket old
     left join deal d on d.server_id = old.server_id and d.ticket = old.ticket and d.time = old.time
     where t.server_id = :serverId and t.ticket = n.ticket and t.raw_hash <> n.raw_hash
       and old.server_id = t.server_id and old.ticket = t.ticket
     returning t.ticket, old.raw_hash as before, n.raw_hash as after, d.entity_id, d.client_id`,
    { records, serverId },
  );
  const added = await rows<{ ticket: string }>(
    tx,
    `insert into deal_ticket (server_id, ticket, time, raw_hash)
     select :serverId, n.ticket, n.time, n.raw_hash from (${incoming}) n
     on conflict (server_id, ticket) do nothing returning ticket`,
    { records, serverId },
  );
  const changed = [...added.map((row) => row.ticket), ...edited.map((row) => row.ticket)];
  if (changed.length > 0) await writeDeals(tx, { records, serverId, tickets: changed });
  await appendEvents(
    tx,
    edited.map((row) => ({
      subject: `deal/${serverId}/${row.ticket}`,
      type: 'deal.edited',
      entityId: row.entity_id,
      clientId: row.client_id,
      payload: { before: row.before, after: row.after },
    })),
  );
  return { added: added.length, edited: edited.length };
}

const incoming = `select * from jsonb_to_recordset(:records::jsonb) as n(ticket bigint, time timestamptz, login text, position_id bigint, kind text,
  side text, entry text, symbol text, volume bigint, price numeric, profit_minor numeric, swap_minor numeric, commission_minor numeric,
  fee_minor numeric, currency text, bid numeric, ask numeric, contract_size numeric, profit_rate numeric, comment text, modified boolean,
  raw jsonb, raw_hash text)`;

async function writeDeals(
  tx: Tx,
  { records, serverId, tickets }: { records: string; serverId: string; tickets: readonly string[] },
): Promise<void> {
  await rows(
    tx,
    `insert into deal (server_id, ticket, time, login, account_id, entity_id, client_id, position_id, kind, side, entry, symbol, volume,
       price, profit_minor, swap_minor, commission_minor, fee_minor, currency, bid, ask, contract_size, profit_rate, comment, modified, raw, raw_hash)
     select :serverId, n.ticket, t.time, n.login, a.id, a.entity_id, a.client_id, n.position_id, n.kind, n.side, n.entry, n.symbol, n.volume,
       n.price, n.profit_minor, n.swap_minor, n.commission_minor, n.fee_minor, n.currency, n.bid, n.ask, n.contract_size, n.profit_rate,
       n.comment, n.modified, n.raw, n.raw_hash
     from (${incoming}) n
     join deal_ticket t on t.server_id = :serverId and t.ticket = n.ticket
     left join trading_account a on a.server_id = :serverId and a.login = n.login
     where n.ticket = any (:tickets::bigint[])
     on conflict (server_id, ticket, time) do update set
       kind = excluded.kind, side = excluded.side, entry = excluded.entry, symbol = excluded.symbol, volume = excluded.volume,
       price = excluded.price, profit_minor = excluded.profit_minor, swap_minor = excluded.swap_minor,
       commission_minor = excluded.commission_minor, fee_minor = excluded.fee_minor, comment = excluded.comment,
       modified = true, raw = excluded.raw, raw_hash = excluded.raw_hash`,
    { records, serverId, tickets: [...tickets] },
  );
}

function recordOf(deal: Deal) {
  return {
    ticket: deal.ticket,
    time: deal.time,
    login: deal.login,
    position_id: deal.positionId ?? '0',
    kind: deal.kind,
    side: deal.side,
    entry: deal.entry,
    symbol: deal.symbol,
    volume: deal.volume.toString(),
    price: deal.price,
    profit_minor: deal.profitMinor.toString(),
    swap_minor: deal.swapMinor.toString(),
    commission_minor: deal.commissionMinor.toString(),
    fee_minor: deal.feeMinor.toString(),
    currency: deal.currency,
    bid: deal.bid,
    ask: deal.ask,
    contract_size: deal.contractSize,
    profit_rate: deal.raw['RateProfit'] ?? null,
    comment: deal.comment,
    modified: deal.modified,
    raw: deal.raw,
    raw_hash: createHash('sha256').update(canonical(deal.raw)).digest('hex'),
  };
}

/** A deal of one of our accounts that no ledger transaction stands for yet. */
export interface UnpostedDeal {
  readonly ticket: string;
  readonly time: string;
  readonly login: string;
  readonly accountId: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly kind: string;
  readonly profitMinor: bigint;
  readonly swapMinor: bigint;
  readonly commissionMinor: bigint;
  readonly feeMinor: bigint;
  readonly currency: string;
  readonly comment: string;
}

/** Gives deals that came before their account was known their owner, then the next unposted ones by ticket. */
export async function unpostedDeals(
  tx: Tx,
  serverId: string,
  limit: number,
): Promise<UnpostedDeal[]> {
  await rows(
    tx,
    `update deal d set account_id = a.id, entity_id = a.entity_id, client_id = a.client_id
     from trading_account a
     where d.server_id = :serverId and d.account_id is null and a.server_id = d.server_id and a.login = d.login`,
    { serverId },
  );
  const found = await rows<{
    ticket: string;
    time: string;
    login: string;
    account_id: string;
    entity_id: string;
    client_id: string;
    kind: string;
    profit_minor: string;
    swap_minor: string;
    commission_minor: string;
    fee_minor: string;
    currency: string;
    comment: string;
  }>(
    tx,
    `select d.ticket, d.time, d.login, d.account_id, d.entity_id, d.client_id, d.kind, d.profit_minor, d.swap_minor, d.commission_minor,
       d.fee_minor, d.currency, d.comment
     from deal_ticket t join deal d on d.server_id = t.server_id and d.ticket = t.ticket and d.time = t.time
     where t.server_id = :serverId and t.posted_transaction is null and d.account_id is not null
     order by t.ticket limit :limit for update of t`,
    { serverId, limit },
  );
  return found.map((row) => ({
    ticket: row.ticket,
    time: utc(row.time),
    login: row.login,
    accountId: row.account_id,
    entityId: row.entity_id,
    clientId: row.client_id,
    kind: row.kind,
    profitMinor: BigInt(row.profit_minor),
    swapMinor: BigInt(row.swap_minor),
    commissionMinor: BigInt(row.commission_minor),
    feeMinor: BigInt(row.fee_minor),
    currency: row.currency,
    comment: row.comment,
  }));
}

/** Notes what stands in the ledger for each ticket (`none` for deals that move no balance). */
export async function markPosted(
  tx: Tx,
  serverId: string,
  posted: readonly { readonly ticket: string; readonly transaction: string }[],
): Promise<void> {
  if (posted.length === 0) return;
  await rows(
    tx,
    `update deal_ticket t set posted_transaction = n.transaction
     from jsonb_to_recordset(:posted::jsonb) as n(ticket bigint, transaction text)
     where t.server_id = :serverId and t.ticket = n.ticket`,
    { serverId, posted: JSON.stringify(posted) },
  );
}
