import { createHash } from 'node:crypto';
import type { Deal } from '../domain/trading/deal';
import type { Tx } from './connection';

/** A deal as it is kept: what finds it again, its canonical raw record and that record's hash. */
export interface DealRecord {
  readonly ticket: string;
  readonly time: string;
  readonly login: string;
  readonly hash: string;
  readonly rawText: string;
  readonly deal: Deal;
}

export function recordOf(deal: Deal): DealRecord {
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

/**
 * What PostgreSQL knows of tables that fill by thousands a second is always old: left to itself it reads every
 * deal ever kept to find a page of them.
 */
export async function lookUpByIndex(tx: Tx): Promise<void> {
  await tx.sql.raw(
    `select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`,
  );
}

/**
 * Whose a deal is. A demo account owns none: its deals are kept to be held against the server, and play money reaches
 * neither the ledger nor anybody's commission.
 */
export const owner = '(select * from trading_account where not demo)';

/** Stands for a ledger transaction while a deal's log-in is none of ours: nothing is to be posted for it. */
export const unowned = 'unowned';

export const headings = `unnest(:tickets::bigint[], :times::timestamptz[], :logins::text[], :hashes::text[]) as n(ticket, time, login, raw_hash)`;

export function headingsOf(serverId: string, records: readonly DealRecord[]) {
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
  stop_out: ['boolean', ({ deal }) => (deal.reason === 'stop_out' ? 'true' : 'false')],
  comment: ['text', ({ deal }) => deal.comment],
  modified: ['boolean', ({ deal }) => (deal.modified ? 'true' : 'false')],
  raw: ['jsonb', ({ rawText }) => rawText],
  raw_hash: ['text', ({ hash }) => hash],
} as const satisfies Record<
  string,
  readonly [type: string, of: (record: DealRecord) => string | null]
>;

export const incoming = `unnest(${Object.entries(columns)
  .map(([name, [type]]) => `:${name}::${type}[]`)
  .join(', ')}) as n(${Object.keys(columns).join(', ')})`;

export function columnsOf(serverId: string, records: readonly DealRecord[]) {
  return {
    serverId,
    ...Object.fromEntries(Object.entries(columns).map(([name, [, of]]) => [name, records.map(of)])),
  };
}
