import { notFound } from '../domain/problem';
import { rows, utc, type Tx } from './connection';
import type { Json } from './events';

export interface TransactionLine {
  readonly line: number;
  readonly accountId: string;
  readonly code: string;
  readonly owner: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly balanceAfterMinor: bigint | null;
}

export interface LedgerTransaction {
  readonly id: string;
  readonly key: string;
  readonly kind: string;
  readonly cause: string;
  readonly actor: string;
  readonly entityId: string;
  readonly clientId: string | null;
  readonly effectiveAt: string;
  readonly recordedAt: string;
  readonly reversesId: string | null;
  /** The transaction that reverses this one. */
  readonly reversedById: string | null;
  /** What was known when it was posted: rates, the time that was wanted. */
  readonly meta: { readonly [key: string]: Json };
  readonly lines: readonly TransactionLine[];
}

interface LineRow {
  readonly id: string;
  readonly key: string;
  readonly kind: string;
  readonly cause: string;
  readonly actor: string;
  readonly entity_id: string;
  readonly client_id: string | null;
  readonly effective_at: string;
  readonly recorded_at: string;
  readonly reverses_id: string | null;
  readonly reversed_by_id: string | null;
  readonly meta: { readonly [key: string]: Json };
  readonly line: number;
  readonly account_id: string;
  readonly code: string;
  readonly owner: string;
  readonly amount: string;
  readonly currency: string;
  readonly balance_after: string | null;
}

const select = `select t.id, t.key, t.kind, t.cause, t.actor, t.entity_id, t.client_id, t.effective_at, t.recorded_at,
    t.reverses_id, (select r.id from ledger_transaction r where r.reverses_id = t.id) as reversed_by_id, t.meta, e.line, e.account_id, la.code, la.owner, e.amount, e.currency, e.balance_after
  from ledger_transaction t join ledger_entry e on e.transaction_id = t.id join ledger_account la on la.id = e.account_id`;

function transactionsFrom(found: readonly LineRow[]): LedgerTransaction[] {
  const byId = new Map<string, LedgerTransaction & { lines: TransactionLine[] }>();
  for (const row of found) {
    const transaction = byId.get(row.id) ?? {
      id: row.id,
      key: row.key,
      kind: row.kind,
      cause: row.cause,
      actor: row.actor,
      entityId: row.entity_id,
      clientId: row.client_id,
      effectiveAt: utc(row.effective_at),
      recordedAt: utc(row.recorded_at),
      reversesId: row.reverses_id,
      reversedById: row.reversed_by_id,
      meta: row.meta,
      lines: [],
    };
    transaction.lines.push({
      line: row.line,
      accountId: row.account_id,
      code: row.code,
      owner: row.owner,
      amountMinor: BigInt(row.amount),
      currency: row.currency,
      balanceAfterMinor: row.balance_after === null ? null : BigInt(row.balance_after),
    });
    byId.set(row.id, transaction);
  }
  return [...byId.values()];
}

/** Throws `not_found` (404), also for another entity's transaction. */
export async function readTransaction(tx: Tx, id: string): Promise<LedgerTransaction> {
  const [transaction] = transactionsFrom(
    await rows<LineRow>(tx, `${select} where t.id = :id order by e.line`, { id }),
  );
  if (!transaction) throw notFound('ledger transaction');
  return transaction;
}

/** A transaction's place in the chain of blocks. Digests are SHA-256 in hex. */
export interface ChainPlace {
  /** Its place in the one order of all transactions. */
  readonly order: string;
  /** Of the transaction and its entries as they are on record now. */
  readonly digest: string;
  /** Undefined until the keeper has chained it, a minute at most. */
  readonly block:
    | {
        readonly number: string;
        readonly hash: string;
        readonly at: string;
        /** The digest that the block keeps of it; another one than `digest` tells that it was altered. */
        readonly kept: string | null;
      }
    | undefined;
}

/** Throws `not_found` (404), also for another entity's transaction. */
export async function placeInChain(tx: Tx, transactionId: string): Promise<ChainPlace> {
  const [row] = await rows<{
    recorded_order: string;
    digest: string;
    number: string | null;
    hash: string;
    at: string;
    kept: string | null;
  }>(
    tx,
    `select t.recorded_order, encode(ledger_leaf(t), 'hex') as digest, b.number, encode(b.hash, 'hex') as hash, b.at,
       (select encode(substring(b.leaves from leaf.n * 40 + 9 for 32), 'hex') from generate_series(0, b.transactions - 1) leaf(n)
        where substring(b.leaves from leaf.n * 40 + 1 for 8) = int8send(t.recorded_order)) as kept
     from ledger_transaction t left join lateral (
       select * from ledger_block where last_order >= t.recorded_order order by last_order limit 1) b on true
     where t.id = :transactionId`,
    { transactionId },
  );
  if (!row) throw notFound('ledger transaction');
  const { number, hash, at, kept } = row;
  return {
    order: row.recorded_order,
    digest: row.digest,
    block: number === null ? undefined : { number, hash, at: utc(at), kept },
  };
}

/** What was posted because of a payment, a deal or a settlement, in order. */
export async function transactionsOfCause(tx: Tx, cause: string): Promise<LedgerTransaction[]> {
  return transactionsFrom(
    await rows<LineRow>(
      tx,
      `${select} where t.cause = :cause order by t.recorded_at, t.id, e.line limit 500`,
      { cause },
    ),
  );
}

export interface LedgerAccountRow {
  readonly id: string;
  readonly entityId: string;
  readonly code: string;
  readonly owner: string;
  readonly clientId: string | null;
  readonly currency: string;
  readonly side: 'client' | 'house';
  readonly balanceMinor: bigint;
  readonly heldMinor: bigint;
}

/** An account by its id, with its balance. Throws `not_found` (404). */
export async function readLedgerAccount(tx: Tx, id: string): Promise<LedgerAccountRow> {
  const [row] = await rows<{
    id: string;
    entity_id: string;
    code: string;
    owner: string;
    client_id: string | null;
    currency: string;
    side: 'client' | 'house';
    balance: string;
    held: string;
  }>(
    tx,
    `select la.id, la.entity_id, la.code, la.owner, la.client_id, la.currency, la.side, la.held,
       case when la.entry_only then entry_only_balance(la.id) else la.balance end as balance
     from ledger_account la where la.id = :id`,
    { id },
  );
  if (!row) throw notFound('ledger account');
  return {
    id: row.id,
    entityId: row.entity_id,
    code: row.code,
    owner: row.owner,
    clientId: row.client_id,
    currency: row.currency,
    side: row.side,
    balanceMinor: BigInt(row.balance),
    heldMinor: BigInt(row.held),
  };
}
