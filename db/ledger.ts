import { createHash } from 'node:crypto';
import { newId } from '../domain/ids';
import type { LedgerAccount } from '../domain/ledger/account';
import type { HoldRequest, Posting, PostingResult, PostingVerdict } from '../domain/ledger/posting';
import { type Problem, refused } from '../domain/problem';
import { rows, utc, type Tx } from './connection';

/**
 * Posts transactions set-based in the caller's transaction, in order, and answers a verdict for each:
 * a refused one leaves no trace and does not fail the others. Idempotent by key.
 */
export async function postTransactions(
  tx: Tx,
  postings: readonly Posting[],
): Promise<PostingResult[]> {
  const named = new Set<string>();
  return callLedger(
    tx,
    postings.map((posting) => postingItem(tx, posting, named)),
  );
}

/** Posts one transaction that must go through. Throws `insufficient_funds` (422), or an error for a bug. */
export async function postTransaction(tx: Tx, posting: Posting): Promise<PostingResult> {
  const [result] = await postTransactions(tx, [posting]);
  return accepted(result, posting.key);
}

/** Reserves money of a floor account. Throws `insufficient_funds` (422). Repeating it changes nothing. */
export async function placeHold(tx: Tx, hold: HoldRequest): Promise<void> {
  const { account, amountMinor } = hold;
  const [result] = await callLedger(tx, [
    {
      op: 'hold',
      entityId: account.entityId,
      cause: hold.cause,
      accounts: [account],
      hold: {
        id: hold.id,
        account: account.id,
        amount: amountMinor.toString(),
        expiresAt: hold.expiresAt ?? null,
      },
    },
  ]);
  accepted(result, hold.id);
}

/** Gives back what is left of a hold, once, also after its time. Throws when the hold was already posted. */
export async function voidHold(tx: Tx, holdId: string): Promise<void> {
  const [result] = await callLedger(tx, [{ op: 'void', hold: { id: holdId } }]);
  accepted(result, holdId);
}

/** Gives back what holds whose time is over still held, at most so many of them; answers how many there were. */
export async function expireHolds(tx: Tx, holdsMax = 1_000): Promise<number> {
  const expired = await rows(tx, 'select hold_id from expire_holds(:holdsMax)', { holdsMax });
  return expired.length;
}

/** `named` holds the accounts that earlier items of the call describe: each is described once. */
function postingItem(tx: Tx, posting: Posting, named: Set<string>): Record<string, unknown> {
  const entries = posting.legs.map((leg) => ({
    account: leg.account.id,
    amount: leg.amountMinor.toString(),
  }));
  const accounts = posting.legs.flatMap(({ account }) => {
    if (named.has(account.id)) return [];
    named.add(account.id);
    return [account];
  });
  return {
    op: 'post',
    id: newId('ledgerTransaction'),
    key: posting.key,
    bodyHash: hashOfBody(posting, entries),
    entityId: posting.entityId,
    kind: posting.kind,
    cause: posting.cause,
    actor: tx.scope.actor,
    clientId: posting.clientId,
    effectiveAt: posting.effectiveAt ?? null,
    ...(posting.whenSealed === 'post_to_open' ? { lateTo: 'open' } : {}),
    reversesId: posting.reversesId ?? null,
    meta: { ...posting.meta },
    accounts,
    entries,
    ...(posting.hold ? { hold: posting.hold } : {}),
  };
}

/** Fields in the order of their names and texts alone: this is canonical JSON (RFC 8785) as it stands. */
function hashOfBody(
  posting: Posting,
  entries: readonly { readonly account: string; readonly amount: string }[],
): string {
  const body = JSON.stringify({
    entityId: posting.entityId,
    entries,
    hold: posting.hold?.id ?? null,
    kind: posting.kind,
    reversesId: posting.reversesId ?? null,
  });
  return createHash('sha256').update(body).digest('hex');
}

async function callLedger(
  tx: Tx,
  items: readonly Record<string, unknown>[],
): Promise<PostingResult[]> {
  if (items.length === 0) return [];
  const found = await rows<{ verdict: PostingVerdict; transaction_id: string }>(
    tx,
    'select verdict, transaction_id from post_ledger(:items) order by idx',
    { items: JSON.stringify(items) },
  );
  return found.map((row) => ({ verdict: row.verdict, transactionId: row.transaction_id }));
}

export class LedgerRefusal extends Error {
  override readonly name = 'LedgerRefusal';
  constructor(
    readonly verdict: PostingVerdict | 'no_answer',
    key: string,
  ) {
    super(`the ledger refused ${key}: ${verdict}`);
  }
}

export function insufficientFunds(): Problem {
  return refused('insufficient_funds', 'The wallet does not hold that much free money.');
}

function accepted(result: PostingResult | undefined, key: string): PostingResult {
  if (result?.verdict === 'posted' || result?.verdict === 'replayed') return result;
  if (result?.verdict === 'insufficient_funds') throw insufficientFunds();
  throw new LedgerRefusal(result?.verdict ?? 'no_answer', key);
}

export interface Balance {
  readonly accountId: string;
  readonly entityId: string;
  readonly code: string;
  readonly owner: string;
  readonly currency: string;
  readonly balanceMinor: bigint;
  readonly heldMinor: bigint;
}

interface BalanceRow {
  readonly id: string;
  readonly entity_id: string;
  readonly code: string;
  readonly owner: string;
  readonly currency: string;
  readonly balance: string;
  readonly held: string;
}

/** What an account `la` holds, in SQL. */
export const balanceOf = `case when la.entry_only then entry_only_balance(la.id) else la.balance end`;

function fromRow(row: BalanceRow): Balance {
  return {
    accountId: row.id,
    entityId: row.entity_id,
    code: row.code,
    owner: row.owner,
    currency: row.currency,
    balanceMinor: BigInt(row.balance),
    heldMinor: BigInt(row.held),
  };
}

/** The balance of one account; zero when nothing was ever posted to it. */
export async function readBalance(tx: Tx, account: LedgerAccount): Promise<Balance> {
  const [row] = await rows<BalanceRow>(
    tx,
    `select la.id, la.entity_id, la.code, la.owner, la.currency, ${balanceOf} as balance, la.held
     from ledger_account la where la.id = :id`,
    { id: account.id },
  );
  return row
    ? fromRow(row)
    : {
        accountId: account.id,
        entityId: account.entityId,
        code: account.code,
        owner: account.owner,
        currency: account.currency,
        balanceMinor: 0n,
        heldMinor: 0n,
      };
}

/** All accounts kept for a client, wallets first. */
export async function balancesOfClient(tx: Tx, clientId: string): Promise<Balance[]> {
  const found = await rows<BalanceRow>(
    tx,
    `select la.id, la.entity_id, la.code, la.owner, la.currency, ${balanceOf} as balance, la.held
     from ledger_account la where la.client_id = :clientId and la.side <> 'memo' order by la.code desc, la.currency, la.id limit 200`,
    { clientId },
  );
  return found.map(fromRow);
}

export interface BalanceFilter {
  readonly entityId?: string | undefined;
  readonly code?: string | undefined;
  readonly currency?: string | undefined;
  /** Of the accounts kept for this client. */
  readonly clientId?: string | undefined;
}

/** Accounts with their balances, a page at a time in order of id. */
export async function listBalances(
  tx: Tx,
  {
    entityId,
    code,
    currency,
    clientId,
    after,
    limit,
  }: BalanceFilter & { readonly after?: string | undefined; readonly limit: number },
): Promise<Balance[]> {
  const found = await rows<BalanceRow>(
    tx,
    `select la.id, la.entity_id, la.code, la.owner, la.currency, ${balanceOf} as balance, la.held
     from ledger_account la
     where (:entityId::text is null or la.entity_id = :entityId) and (:code::text is null or la.code = :code)
       and (:currency::text is null or la.currency = :currency) and (:clientId::text is null or la.client_id = :clientId)
       and (:after::text is null or la.id > :after)
     order by la.id limit :limit`,
    {
      entityId: entityId ?? null,
      code: code ?? null,
      currency: currency ?? null,
      clientId: clientId ?? null,
      after: after ?? null,
      limit,
    },
  );
  return found.map(fromRow);
}

export interface Entry {
  readonly transactionId: string;
  readonly line: number;
  readonly key: string;
  readonly kind: string;
  readonly cause: string;
  readonly amountMinor: bigint;
  readonly balanceAfterMinor: bigint | null;
  readonly currency: string;
  readonly effectiveAt: string;
  readonly recordedAt: string;
  /** Its place among all entries of the account: what `before` takes. */
  readonly place: string;
}

export interface EntryFilter {
  /** RFC 3339, by the time at which it happened; `to` is just outside. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly kind?: string | undefined;
  /** The payment, account or settlement that it is for. */
  readonly cause?: string | undefined;
}

/** The entries of an account, the latest recorded first; `before` is the `place` of an entry. */
export async function entriesOfAccount(
  tx: Tx,
  accountId: string,
  {
    before,
    limit,
    ...filter
  }: EntryFilter & { readonly before?: string | undefined; readonly limit: number },
): Promise<Entry[]> {
  const [order, line] = before?.split('.') ?? [];
  const found = await rows<{
    transaction_id: string;
    line: number;
    key: string;
    kind: string;
    cause: string;
    amount: string;
    balance_after: string | null;
    currency: string;
    effective_at: string;
    recorded_at: string;
    recorded_order: string;
  }>(
    tx,
    `select e.transaction_id, e.line, t.key, t.kind, t.cause, e.amount, e.balance_after, e.currency, e.effective_at, e.recorded_at,
       e.recorded_order
     from ledger_entry e join ledger_transaction t on t.id = e.transaction_id
     where e.account_id = :accountId and (:order::bigint is null or (e.recorded_order, e.line) < (:order::bigint, :line::int))
       and (:from::timestamptz is null or e.effective_at >= :from::timestamptz)
       and (:to::timestamptz is null or e.effective_at < :to::timestamptz)
       and (:kind::text is null or t.kind = :kind) and (:cause::text is null or t.cause = :cause)
     order by e.recorded_order desc, e.line desc limit :limit`,
    {
      accountId,
      order: order ?? null,
      line: line ?? null,
      from: filter.from ?? null,
      to: filter.to ?? null,
      kind: filter.kind ?? null,
      cause: filter.cause ?? null,
      limit,
    },
  );
  return found.map((row) => ({
    transactionId: row.transaction_id,
    line: row.line,
    key: row.key,
    kind: row.kind,
    cause: row.cause,
    amountMinor: BigInt(row.amount),
    balanceAfterMinor: row.balance_after === null ? null : BigInt(row.balance_after),
    currency: row.currency,
    effectiveAt: utc(row.effective_at),
    recordedAt: utc(row.recorded_at),
    place: `${row.recorded_order}.${row.line}`,
  }));
}
