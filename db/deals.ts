import type { Deal } from '../domain/trading/deal';
import { rows, type Tx } from './connection';
import { replaceEdited } from './deal-edits';
import {
  columnsOf,
  type DealRecord,
  headings,
  headingsOf,
  incoming,
  lookUpByIndex,
  owner,
  recordOf,
  unowned,
} from './deal-records';
import { appendEvents, type NewEvent } from './events';

export interface Ingested {
  readonly added: number;
  /** Deals whose record the server has changed since it was last seen. */
  readonly edited: number;
  /** New deals that are older than `lateBefore`. */
  readonly late: number;
}

export interface IngestOptions {
  /** RFC 3339: up to here every deal had been read, so that what comes now comes late and gets an event. */
  readonly lateBefore?: string | undefined;
}

/** More late deals than this in one page are told of together: a stretch of history is no news. */
const lateEventsMax = 200;

/**
 * Keeps deals once by (server, ticket), set-based, with the raw record. A deal that was seen before and is
 * different now has been edited on the server: the record it had is kept as a revision, the new one stands,
 * an event says what changed, and the deal waits for a correcting posting.
 */
export async function ingestDeals(
  tx: Tx,
  serverId: string,
  deals: readonly Deal[],
  { lateBefore }: IngestOptions = {},
): Promise<Ingested> {
  if (deals.length === 0) return { added: 0, edited: 0, late: 0 };
  await lookUpByIndex(tx);
  const byTicket = new Map(deals.map((deal) => [deal.ticket, recordOf(deal)]));
  const records = [...byTicket.values()];
  const added = await rows<{ ticket: string }>(
    tx,
    `insert into deal_ticket (server_id, ticket, time, raw_hash, posted_transaction)
     select :serverId, n.ticket, n.time, n.raw_hash, case when a.id is null then '${unowned}' end
     from ${headings} left join ${owner} a on a.server_id = :serverId and a.login = n.login
     on conflict (server_id, ticket) do nothing returning ticket`,
    headingsOf(serverId, records),
  );
  const fresh = new Set(added.map((row) => row.ticket));
  const known = records.filter((record) => !fresh.has(record.ticket));
  const created = records.filter((record) => fresh.has(record.ticket));
  if (created.length > 0) await insertDeals(tx, serverId, created);
  const edited = known.length > 0 ? await replaceEdited(tx, serverId, byTicket, known) : 0;
  const late = lateBefore === undefined ? [] : created.filter((record) => record.time < lateBefore);
  if (late.length > 0) await tellOfLate(tx, serverId, late);
  if (fresh.size > 0 || edited > 0) await askForChecks(tx, serverId, records);
  return { added: fresh.size, edited, late: late.length };
}

async function insertDeals(
  tx: Tx,
  serverId: string,
  records: readonly DealRecord[],
): Promise<void> {
  await rows(
    tx,
    `insert into deal (server_id, ticket, time, login, account_id, entity_id, client_id, position_id, kind, side, entry, symbol, volume,
       volume_closed, price, price_position, profit_minor, swap_minor, commission_minor, fee_minor, currency, bid, ask, contract_size,
       profit_rate, digits, quoted, stop_out, equity_minor, credit_minor, comment, modified, raw, raw_hash)
     select :serverId, n.ticket, n.time, n.login, a.id, a.entity_id, a.client_id, n.position_id, n.kind, n.side, n.entry, n.symbol, n.volume,
       n.volume_closed, n.price, n.price_position, n.profit_minor, n.swap_minor, n.commission_minor, n.fee_minor, n.currency, n.bid, n.ask,
       n.contract_size, n.profit_rate, n.digits, n.quoted, n.stop_out, r.equity_minor, r.credit_minor, n.comment, n.modified, n.raw, n.raw_hash
     from ${incoming} left join ${owner} a on a.server_id = :serverId and a.login = n.login
     left join account_reading r on r.account_id = a.id and r.currency = n.currency and r.at > now() - interval '1 day'`,
    columnsOf(serverId, records),
  );
}

async function tellOfLate(tx: Tx, serverId: string, late: readonly DealRecord[]): Promise<void> {
  if (late.length > lateEventsMax) {
    const times = late.map((record) => record.time).sort();
    const payload = { deals: late.length, from: times[0] ?? null, to: times.at(-1) ?? null };
    await appendEvents(tx, [
      { subject: `feed/${serverId}`, type: 'feed.deals_late', entityId: null, payload },
    ]);
    return;
  }
  const owners = await rows<{ login: string; entity_id: string; client_id: string }>(
    tx,
    `select login, entity_id, client_id from ${owner} a where server_id = :serverId and login = any (:logins::text[])`,
    { serverId, logins: late.map((record) => record.login) },
  );
  const ownerOf = new Map(owners.map((owner) => [owner.login, owner]));
  await appendEvents(
    tx,
    late.flatMap(({ ticket, login, time }): NewEvent[] => {
      const owner = ownerOf.get(login);
      if (!owner) return [];
      return [
        {
          subject: `deal/${serverId}/${ticket}`,
          type: 'deal.late',
          entityId: owner.entity_id,
          clientId: owner.client_id,
          payload: { time },
        },
      ];
    }),
  );
}

/** A log-in with news is held against the server soon; at once when the news is old. */
async function askForChecks(
  tx: Tx,
  serverId: string,
  records: readonly DealRecord[],
): Promise<void> {
  const logins = [...new Set(records.map((record) => record.login))];
  const oldest = records.reduce((least, { time }) => (time < least ? time : least), '9');
  await rows(
    tx,
    `insert into feed_check (server_id, login, account_id, entity_id, client_id)
     select a.server_id, a.login, a.id, a.entity_id, a.client_id from trading_account a
     where a.server_id = :serverId and a.login = any (:logins::text[]) and a.state <> 'archived'
     on conflict (server_id, login) do update set due_at = now() + ${soon}
     where feed_check.due_at > now() + ${soon}`,
    { serverId, logins, oldest },
  );
}

const soon = `case when :oldest::timestamptz < now() - interval '1 hour' then interval '0' else interval '10 minutes' end`;

/** Makes the months of these times (RFC 3339) as partitions, so that no deal has to wait in the default one. */
export async function makeDealPartitions(
  tx: Tx,
  { from, to }: { from: string; to: string },
): Promise<number> {
  // A reader of the whole table may be at work: the next call makes them then.
  await tx.sql.raw(`set local lock_timeout = '3s'`);
  // Taken before it is asked what is there: an answer from before another feed's turn would be kept and be wrong.
  await tx.sql.raw(`select pg_advisory_xact_lock(hashtext('make_deal_partitions'))`);
  const [row] = await rows<{ made: number }>(
    tx,
    'select make_deal_partitions(:from::timestamptz, :to::timestamptz) as made',
    { from, to },
  );
  return row?.made ?? 0;
}

/**
 * Gives deals that came before their account was known their owner; answers how many. Accounts opened within
 * the hour by default, all of them with `all`.
 */
export async function adoptDeals(
  tx: Tx,
  serverId: string,
  { all }: { all: boolean },
): Promise<number> {
  const adopted = await rows<{ ticket: string; login: string }>(
    tx,
    `with adopted as (
       update deal d set account_id = a.id, entity_id = a.entity_id, client_id = a.client_id
       from ${owner} a
       where d.server_id = :serverId and d.account_id is null and a.server_id = d.server_id and a.login = d.login
         ${all ? '' : `and (a.created_at > now() - interval '1 hour' or a.activated_at > now() - interval '1 hour')`}
       returning d.ticket, d.login
     )
     update deal_ticket t set posted_transaction = null from adopted x
     where t.server_id = :serverId and t.ticket = x.ticket and t.posted_transaction = '${unowned}' returning t.ticket, x.login`,
    { serverId },
  );
  return adopted.length;
}
