import { createHash } from 'node:crypto';
import type { Deal } from '../domain/trading/deal';
import { appendEvents, type NewEvent } from './events';
import { rows, utc, type Tx } from './connection';

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

/**
 * What PostgreSQL knows of tables that fill by thousands a second is always old: left to itself it reads every
 * deal ever kept to find a page of them.
 */
async function lookUpByIndex(tx: Tx): Promise<void> {
  await tx.sql.raw(
    `select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`,
  );
}

/**
 * Whose a deal is. A demo account owns none: its deals are kept to be held against the server, and play money reaches
 * neither the ledger nor anybody's commission.
 */
const owner = '(select * from trading_account where not demo)';

/** Stands for a ledger transaction while a deal's log-in is none of ours: nothing is to be posted for it. */
const unowned = 'unowned';

const headings = `unnest(:tickets::bigint[], :times::timestamptz[], :logins::text[], :hashes::text[]) as n(ticket, time, login, raw_hash)`;

function headingsOf(serverId: string, records: readonly DealRecord[]) {
  return {
    serverId,
    tickets: records.map((record) => record.ticket),
    times: records.map((record) => record.time),
    logins: records.map((record) => record.login),
    hashes: records.map((record) => record.hash),
  };
}

/** The columns of a deal as arrays, which PostgreSQL reads in half the time that it takes to read objects. */
const columns = {
  ticket: ['bigint', ({ deal }) => deal.ticket],
  time: ['timestamptz', ({ deal }) => deal.time],
  login: ['text', ({ deal }) => deal.login],
  position_id: ['bigint', ({ deal }) => deal.positionId ?? '0'],
  kind: ['text', ({ deal }) => deal.kind],
  side: ['text', ({ deal }) => deal.side],
  entry: ['text', ({ deal }) => deal.entry],
  symbol: ['text', ({ deal }) => deal.symbol],
  volume: ['bigint', ({ deal }) => deal.volume.toString()],
  volume_closed: [
    'bigint',
    ({ deal }) => (deal.volumeClosed === 0n ? null : deal.volumeClosed.toString()),
  ],
  price: ['numeric', ({ deal }) => deal.price],
  price_position: ['numeric', ({ deal }) => deal.pricePosition],
  profit_minor: ['numeric', ({ deal }) => deal.profitMinor.toString()],
  swap_minor: ['numeric', ({ deal }) => deal.swapMinor.toString()],
  commission_minor: ['numeric', ({ deal }) => deal.commissionMinor.toString()],
  fee_minor: ['numeric', ({ deal }) => deal.feeMinor.toString()],
  currency: ['text', ({ deal }) => deal.currency],
  bid: ['numeric', ({ deal }) => deal.bid],
  ask: ['numeric', ({ deal }) => deal.ask],
  contract_size: ['numeric', ({ deal }) => deal.contractSize],
  profit_rate: ['numeric', ({ deal }) => deal.profitRate],
  digits: ['int', ({ deal }) => (deal.digits === null ? null : String(deal.digits))],
  quoted: ['text', ({ deal }) => deal.quoted],
  comment: ['text', ({ deal }) => deal.comment],
  modified: ['boolean', ({ deal }) => (deal.modified ? 'true' : 'false')],
  raw: ['jsonb', ({ rawText }) => rawText],
  raw_hash: ['text', ({ hash }) => hash],
} as const satisfies Record<
  string,
  readonly [type: string, of: (record: DealRecord) => string | null]
>;

const incoming = `unnest(${Object.entries(columns)
  .map(([name, [type]]) => `:${name}::${type}[]`)
  .join(', ')}) as n(${Object.keys(columns).join(', ')})`;

function columnsOf(serverId: string, records: readonly DealRecord[]) {
  return {
    serverId,
    ...Object.fromEntries(Object.entries(columns).map(([name, [, of]]) => [name, records.map(of)])),
  };
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
       profit_rate, digits, quoted, comment, modified, raw, raw_hash)
     select :serverId, n.ticket, n.time, n.login, a.id, a.entity_id, a.client_id, n.position_id, n.kind, n.side, n.entry, n.symbol, n.volume,
       n.volume_closed, n.price, n.price_position, n.profit_minor, n.swap_minor, n.commission_minor, n.fee_minor, n.currency, n.bid, n.ask,
       n.contract_size, n.profit_rate, n.digits, n.quoted, n.comment, n.modified, n.raw, n.raw_hash
     from ${incoming} left join ${owner} a on a.server_id = :serverId and a.login = n.login`,
    columnsOf(serverId, records),
  );
}

interface Edited {
  readonly ticket: string;
  readonly revision: number;
  readonly entity_id: string | null;
  readonly client_id: string | null;
  readonly kind: string;
  readonly profit_minor: string;
  readonly swap_minor: string;
  readonly costs_minor: string;
  readonly raw_hash: string;
}

async function replaceEdited(
  tx: Tx,
  serverId: string,
  byTicket: ReadonlyMap<string, DealRecord>,
  known: readonly DealRecord[],
): Promise<number> {
  const changed = await rows<{ ticket: string }>(
    tx,
    `update deal_ticket t set raw_hash = n.raw_hash, revision = t.revision + 1,
       posted_transaction = case when t.posted_transaction = '${unowned}' then '${unowned}' end
     from ${headings}
     where t.server_id = :serverId and t.ticket = n.ticket and t.raw_hash <> n.raw_hash returning t.ticket`,
    headingsOf(serverId, known),
  );
  const tickets = changed.map((row) => row.ticket);
  if (tickets.length === 0) return 0;
  const before = await rows<Edited>(
    tx,
    `with old as (
       select d.*, t.revision from deal_ticket t join deal d on d.server_id = t.server_id and d.ticket = t.ticket and d.time = t.time
       where t.server_id = :serverId and t.ticket = any (:tickets::bigint[])
     ), kept as (
       insert into deal_revision (server_id, ticket, revision, entity_id, client_id, kind, profit_minor, swap_minor, commission_minor,
         fee_minor, raw, raw_hash)
       select server_id, ticket, revision - 1, entity_id, client_id, kind, profit_minor, swap_minor, commission_minor, fee_minor, raw, raw_hash
       from old
     )
     select ticket, revision, entity_id, client_id, kind, profit_minor, swap_minor, commission_minor + fee_minor as costs_minor, raw_hash
     from old order by ticket`,
    { serverId, tickets },
  );
  const after = tickets.flatMap((ticket) => byTicket.get(ticket) ?? []);
  await rows(
    tx,
    // An edit keeps the time of the deal, and so its partition.
    `update deal d set kind = n.kind, side = n.side, entry = n.entry, symbol = n.symbol, volume = n.volume, volume_closed = n.volume_closed,
       price = n.price, price_position = n.price_position, profit_minor = n.profit_minor, swap_minor = n.swap_minor,
       commission_minor = n.commission_minor, fee_minor = n.fee_minor, comment = n.comment, modified = true, raw = n.raw, raw_hash = n.raw_hash
     from ${incoming} join deal_ticket t on t.server_id = :serverId and t.ticket = n.ticket
     where d.server_id = :serverId and d.ticket = n.ticket and d.time = t.time`,
    columnsOf(serverId, after),
  );
  await appendEvents(
    tx,
    before.flatMap((old): NewEvent[] => {
      const now = byTicket.get(old.ticket);
      return now ? [editEvent(serverId, old, now)] : [];
    }),
  );
  return tickets.length;
}

function editEvent(serverId: string, old: Edited, now: DealRecord): NewEvent {
  const { deal } = now;
  const isCancelled = deal.kind === 'cancelled' && old.kind !== 'cancelled';
  return {
    subject: `deal/${serverId}/${old.ticket}`,
    type: isCancelled ? 'deal.cancelled' : 'deal.edited',
    entityId: old.entity_id,
    clientId: old.client_id,
    payload: {
      revision: old.revision,
      before: {
        hash: old.raw_hash,
        kind: old.kind,
        profitMinor: old.profit_minor,
        swapMinor: old.swap_minor,
        costsMinor: old.costs_minor,
      },
      after: {
        hash: now.hash,
        kind: deal.kind,
        profitMinor: deal.profitMinor.toString(),
        swapMinor: deal.swapMinor.toString(),
        costsMinor: (deal.commissionMinor + deal.feeMinor).toString(),
      },
    },
  };
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
     where a.server_id = :serverId and a.login = any (:logins::text[])
     on conflict (server_id, login) do update set due_at = now() + ${soon}
     where feed_check.due_at > now() + ${soon}`,
    { serverId, logins, oldest },
  );
}

const soon = `case when :oldest::timestamptz < now() - interval '1 hour' then interval '0' else interval '10 minutes' end`;

interface DealRecord {
  readonly ticket: string;
  readonly time: string;
  readonly login: string;
  readonly hash: string;
  readonly rawText: string;
  readonly deal: Deal;
}

function recordOf(deal: Deal): DealRecord {
  const rawText = canonicalFields(deal.raw);
  const hash = createHash('sha256').update(rawText).digest('hex');
  return { ticket: deal.ticket, time: deal.time, login: deal.login, hash, rawText, deal };
}

let lastKeys: readonly string[] = [];
let lastOrder: readonly (readonly [key: string, written: string])[] = [];

/** Canonical JSON (RFC 8785) of a flat record of texts; records of one server have the same fields again and again. */
function canonicalFields(fields: Readonly<Record<string, string>>): string {
  const keys = Object.keys(fields);
  if (keys.length !== lastKeys.length || keys.some((key, at) => key !== lastKeys[at])) {
    lastKeys = keys;
    lastOrder = [...keys].sort().map((key) => [key, JSON.stringify(key)] as const);
  }
  let text = '';
  for (const [key, written] of lastOrder) {
    text += `${text === '' ? '' : ','}${written}:${JSON.stringify(fields[key])}`;
  }
  return `{${text}}`;
}

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

/** A deal of one of our accounts that no ledger transaction stands for yet, as the server has it now. */
export interface UnpostedDeal {
  readonly ticket: string;
  /** Above 1: the server has edited it. */
  readonly revision: number;
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

/** The next deals that wait for their posting, by ticket. */
export async function unpostedDeals(
  tx: Tx,
  serverId: string,
  limit: number,
): Promise<UnpostedDeal[]> {
  await lookUpByIndex(tx);
  const found = await rows<{
    ticket: string;
    revision: number;
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
    `select d.ticket, t.revision, d.time, d.login, d.account_id, d.entity_id, d.client_id, d.kind, d.profit_minor, d.swap_minor,
       d.commission_minor, d.fee_minor, d.currency, d.comment
     from deal_ticket t join deal d on d.server_id = t.server_id and d.ticket = t.ticket and d.time = t.time
     where t.server_id = :serverId and t.posted_transaction is null and d.account_id is not null
     order by t.ticket limit :limit for update of t`,
    { serverId, limit },
  );
  return found.map((row) => ({
    ticket: row.ticket,
    revision: row.revision,
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
  await lookUpByIndex(tx);
  await rows(
    tx,
    `update deal_ticket t set posted_transaction = n.transaction
     from unnest(:tickets::bigint[], :transactions::text[]) as n(ticket, transaction)
     where t.server_id = :serverId and t.ticket = n.ticket`,
    {
      serverId,
      tickets: posted.map(({ ticket }) => ticket),
      transactions: posted.map(({ transaction }) => transaction),
    },
  );
}

/** A deal that was edited before it was first read: what it was is revision 1, as it would have been. Answers the present one. */
export async function countAsEdited(tx: Tx, serverId: string, ticket: string): Promise<number> {
  const [row] = await rows<{ revision: number }>(
    tx,
    `update deal_ticket set revision = greatest(revision, 2) where server_id = :serverId and ticket = :ticket::bigint returning revision`,
    { serverId, ticket },
  );
  if (!row) throw new Error(`there is no deal ${ticket} of ${serverId}`);
  return row.revision;
}

/** What stands in the ledger for a deal, over all its revisions: sums by account, minor units. */
export async function postedFor(
  tx: Tx,
  { serverId, ticket, revision }: { serverId: string; ticket: string; revision: number },
): Promise<ReadonlyMap<string, bigint>> {
  const first = dealKey(serverId, ticket, 1);
  const keys = [first];
  for (let earlier = 2; earlier < revision; earlier += 1) keys.push(`${first}/${earlier}`);
  const found = await rows<{ account_id: string; amount: string }>(
    tx,
    `select e.account_id, sum(e.amount) as amount from ledger_transaction t join ledger_entry e on e.transaction_id = t.id
     where t.key = any (:keys::text[]) group by 1`,
    { keys },
  );
  return new Map(found.map((row) => [row.account_id, BigInt(row.amount)]));
}

/** The key under which a deal, or an edit of it, is posted once, whichever path saw it first. */
export function dealKey(serverId: string, ticket: string, revision: number): string {
  const key = `deal/${serverId}/${ticket}`;
  return revision === 1 ? key : `${key}/${revision}`;
}
