import { notFound } from '../domain/problem';
import { rows, utc, type Tx } from './connection';

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
  readonly line: number;
  readonly account_id: string;
  readonly code: string;
  readonly owner: string;
  readonly amount: string;
  readonly currency: string;
  readonly balance_after: string | null;
}

const select = `select t.id, t.key, t.kind, t.cause, t.actor, t.entity_id, t.client_id, t.effective_at, t.recorded_at,
    t.reverses_id, e.line, e.account_id, la.code, la.owner, e.amount, e.currency, e.balance_after
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
