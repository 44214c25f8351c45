import { accountOf } from '../domain/ledger/account';
import {
  accountRefusal,
  correctionPosting,
  isReversible,
  reversalPosting,
  type CorrectionDirection,
  type CorrectionKind,
  type CorrectionReason,
} from '../domain/ledger/correction';
import type { Posting } from '../domain/ledger/posting';
import { formatAmount, type Money } from '../domain/money';
import { conflict, notFound, refused } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import { readLedgerAccount, readTransaction } from './ledger-readers';
import { decryptFor } from './personal-data';
import { personOfWords } from './task-inbox';
import { newestFirst } from './newest-first';

export const correctionStates = ['proposed', 'posted', 'rejected'] as const;

/** What a reversal takes back, or else what is given to or taken from which account. */
export type CorrectionEffect =
  | {
      readonly kind: Exclude<CorrectionKind, 'reversal'>;
      readonly accountId: string;
      readonly direction: CorrectionDirection;
      readonly amountMinor: bigint;
      readonly currency: string;
    }
  | { readonly kind: 'reversal'; readonly reversesId: string };

/** A movement by hand, from its proposal to its posting. */
export interface Correction {
  readonly id: string;
  readonly entityId: string;
  readonly clientId: string | null;
  readonly effect: CorrectionEffect;
  /** When it counts as having happened; null = when it is posted. */
  readonly effectiveAt: string | null;
  readonly reasonCode: CorrectionReason;
  readonly state: (typeof correctionStates)[number];
  readonly transactionId: string | null;
  /** Of the person: `usr_…`. */
  readonly requestedBy: string;
  readonly version: number;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

interface CorrectionRow {
  readonly id: string;
  readonly entity_id: string;
  readonly client_id: string | null;
  readonly kind: CorrectionKind;
  readonly account_id: string | null;
  readonly direction: CorrectionDirection | null;
  readonly amount_minor: string | null;
  readonly currency: string | null;
  readonly reverses_id: string | null;
  readonly effective_at: string | null;
  readonly reason_code: CorrectionReason;
  readonly reason_ct: string;
  readonly state: Correction['state'];
  readonly transaction_id: string | null;
  readonly requested_by: string;
  readonly version: number;
  readonly created_at: string;
  readonly finished_at: string | null;
}

const columns = `id, entity_id, client_id, kind, account_id, direction, amount_minor, currency, reverses_id, effective_at,
  reason_code, reason_ct, state, transaction_id, requested_by, version, created_at, finished_at`;

function fromRow(row: CorrectionRow): Correction {
  return {
    id: row.id,
    entityId: row.entity_id,
    clientId: row.client_id,
    effect: effectOf(row),
    effectiveAt: row.effective_at === null ? null : utc(row.effective_at),
    reasonCode: row.reason_code,
    state: row.state,
    transactionId: row.transaction_id,
    requestedBy: row.requested_by,
    version: row.version,
    createdAt: utc(row.created_at),
    finishedAt: row.finished_at === null ? null : utc(row.finished_at),
  };
}

function effectOf(row: CorrectionRow): CorrectionEffect {
  const { kind, account_id: accountId, direction, amount_minor: amount, currency } = row;
  if (kind === 'reversal') return { kind, reversesId: row.reverses_id ?? '' };
  if (accountId === null || direction === null || amount === null || currency === null)
    throw new Error(`${row.id} names no account`);
  return { kind, accountId, direction, amountMinor: BigInt(amount), currency };
}

/** Throws `not_found` (404). */
export async function readCorrection(tx: Tx, id: string): Promise<Correction> {
  const [row] = await rows<CorrectionRow>(tx, `select ${columns} from correction where id = :id`, {
    id,
  });
  if (!row) throw notFound('correction');
  return fromRow(row);
}

/** The words that its requester gave for it. Throws `not_found` (404). */
export async function reasonOfCorrection(tx: Tx, id: string): Promise<string> {
  const [row] = await rows<CorrectionRow>(tx, `select ${columns} from correction where id = :id`, {
    id,
  });
  if (!row) throw notFound('correction');
  const person = personOfWords({ clientId: row.client_id }, row.requested_by);
  return decryptFor(tx, person, 'correction.reason', row.reason_ct);
}

/** Newest first. `after` is the id of the last one of the page before. */
export async function listCorrections(
  tx: Tx,
  of: { state?: string; after?: string; limit: number },
): Promise<Correction[]> {
  const found = await newestFirst<CorrectionRow>(
    tx,
    { table: 'correction', columns },
    { state: of.state },
    of,
  );
  return found.map(fromRow);
}

/** Whose books it is in, and what it would post. Throws 404 for an account or a transaction out of sight, and 422. */
export async function planCorrection(
  tx: Tx,
  id: string,
  wish: {
    readonly effect: CorrectionEffect;
    readonly effectiveAt: string | null;
    readonly reasonCode: CorrectionReason;
  },
): Promise<{ readonly posting: Posting; readonly accountCode: string; readonly amount: Money }> {
  const { effect, effectiveAt, reasonCode } = wish;
  const byHand = { id, effectiveAt, reasonCode };
  if (effect.kind !== 'reversal') {
    const account = await readLedgerAccount(tx, effect.accountId);
    const refusal = accountRefusal(effect.kind, account.code);
    if (refusal !== null)
      throw refused('account_not_corrected', refusal, { account: account.code });
    if (effect.currency !== account.currency)
      throw refused('other_currency', `The account is in ${account.currency}.`, {
        currency: account.currency,
      });
    return {
      posting: correctionPosting({ ...byHand, ...effect, account: accountOf(account) }),
      accountCode: account.code,
      amount: { amountMinor: effect.amountMinor, currency: effect.currency },
    };
  }
  const transaction = await readTransaction(tx, effect.reversesId);
  const { entityId, clientId, kind, lines } = transaction;
  if (!isReversible(kind))
    throw refused(
      'not_reversible',
      `What was posted as ${kind.replaceAll('_', ' ')} is taken back where it was made.`,
      { kind },
    );
  const legs = [];
  for (const line of lines)
    legs.push({
      account: accountOf(await readLedgerAccount(tx, line.accountId)),
      amountMinor: line.amountMinor,
    });
  const [first] = lines;
  if (!first) throw new Error(`${transaction.id} has no lines`);
  const { amountMinor, currency, code } = first;
  return {
    posting: reversalPosting({
      ...{ ...byHand, entityId, clientId, reversesId: transaction.id, legs },
    }),
    accountCode: code,
    amount: { amountMinor: amountMinor < 0n ? -amountMinor : amountMinor, currency },
  };
}

/** Throws 422 where it would be effective in the future or in a closed period, 409 where it is taken back already. */
export async function assertPostable(
  tx: Tx,
  {
    entityId,
    effectiveAt,
    reversesId,
  }: {
    readonly entityId: string;
    readonly effectiveAt?: string | undefined;
    readonly reversesId?: string | undefined;
  },
): Promise<void> {
  if (effectiveAt !== undefined) {
    if (Date.parse(effectiveAt) > Date.now())
      throw refused('in_the_future', 'It cannot have happened after now.');
    const [period] = await asSystem(tx, (system) =>
      rows<{ ends_at: string }>(
        system,
        `select max(ends_at) as ends_at from ledger_period where entity_id = :entityId having max(ends_at) > :effectiveAt`,
        { entityId, effectiveAt },
      ),
    );
    if (period) throw periodSealed(utc(period.ends_at));
  }
  if (reversesId !== undefined) {
    const found = await rows<{ id: string }>(
      tx,
      'select id from ledger_transaction where reverses_id = :reversesId',
      { reversesId },
    );
    if (found.length > 0) throw alreadyReversed();
  }
}

export function periodSealed(endsAt?: string) {
  return refused('period_sealed', 'The books are closed up to a later instant than that.', {
    ...(endsAt === undefined ? {} : { endsAt }),
  });
}

export function alreadyReversed() {
  return conflict('already_reversed', 'This transaction has been taken back, or is asked to be.');
}

/** What an approver signs. */
export function contentOf(
  { id, effect, effectiveAt, reasonCode, requestedBy }: Correction,
  amount: Money,
) {
  return {
    correction: id,
    kind: effect.kind,
    ...(effect.kind === 'reversal'
      ? { reverses: effect.reversesId }
      : { account: effect.accountId, direction: effect.direction }),
    amount: formatAmount(amount.amountMinor, amount.currency),
    currency: amount.currency,
    effective: effectiveAt ?? 'when it is posted',
    reason: reasonCode,
    requestedBy,
  };
}

/** A new proposal's row. */
export async function insertCorrection(
  system: Tx,
  row: {
    readonly entityId: string;
    readonly clientId: string | null;
    readonly effect: CorrectionEffect;
    readonly effectiveAt: string | null;
    readonly reasonCode: CorrectionReason;
    readonly reasonCt: string;
    readonly evaluationId: string;
    readonly requestedBy: string;
    readonly id: string;
  },
): Promise<Correction> {
  const { effect, ...rest } = row;
  const moved = effect.kind === 'reversal' ? undefined : effect;
  const inserted = await rows<CorrectionRow>(
    system,
    `insert into correction (id, entity_id, client_id, kind, account_id, direction, amount_minor, currency, reverses_id,
       effective_at, reason_code, reason_ct, evaluation_id, requested_by)
     values (:id, :entityId, :clientId, :kind, :accountId, :direction, :amount, :currency, :reversesId,
       :effectiveAt, :reasonCode, :reasonCt, :evaluationId, :requestedBy)
     on conflict (reverses_id) where state <> 'rejected' do nothing returning ${columns}`,
    {
      ...rest,
      kind: effect.kind,
      accountId: moved?.accountId ?? null,
      direction: moved?.direction ?? null,
      amount: moved?.amountMinor.toString() ?? null,
      currency: moved?.currency ?? null,
      reversesId: effect.kind === 'reversal' ? effect.reversesId : null,
    },
  );
  const [made] = inserted;
  if (!made) throw alreadyReversed();
  return fromRow(made);
}
