import { newId } from '../domain/ids';
import type { CorrectionReason } from '../domain/ledger/correction';
import type { Posting } from '../domain/ledger/posting';
import { formatAmount, type Money } from '../domain/money';
import type { RoutedOutcome } from '../domain/policy/kind';
import type { CorrectionDecision } from '../domain/policy/kinds/correction';
import { conflict, notFound, refused } from '../domain/problem';
import { asSystem, rows, type Tx } from './connection';
import {
  alreadyReversed,
  assertPostable,
  contentOf,
  planCorrection,
  insertCorrection,
  periodSealed,
  readCorrection,
  type Correction,
  type CorrectionEffect,
} from './corrections';
import { decideByPolicy } from './evaluations';
import { appendEvents } from './events';
import { insufficientFunds, LedgerRefusal, postTransactions } from './ledger';
import { effectivePolicy } from './policies';
import { encryptFor } from './personal-data';
import { personOfWords } from './task-inbox';
import {
  contentHashOf,
  latestTask,
  openTask,
  recordParticipation,
  reviseTask,
  type Task,
} from './tasks';

type Outcome = RoutedOutcome<CorrectionDecision>;

export interface CorrectionWish {
  readonly effect: CorrectionEffect;
  readonly effectiveAt: string | null;
  readonly reasonCode: CorrectionReason;
  /** In words; kept as ciphertext. */
  readonly reason: string;
}

/**
 * Asks for a movement by hand. Policy says how many people approve it: a small fee is posted at once, everything else
 * waits for a task `correction_approval`, which nobody who took part may decide. Throws 404 for an account out of sight,
 * 409 `already_reversed`, 422 `account_not_corrected`, `other_currency`, `not_reversible`, `period_sealed`,
 * `in_the_future`, `correction_refused` or `insufficient_funds`.
 */
export async function proposeCorrection(tx: Tx, wish: CorrectionWish): Promise<Correction> {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw notFound('ledger account');
  const { userId } = scope;
  const { effect, effectiveAt, reasonCode } = wish;
  if (effect.kind === 'fee' && effect.direction === 'credit') throw feeGiven();
  const id = newId('correction');
  const { posting, accountCode, amount } = await planCorrection(tx, id, wish);
  await assertPostable(tx, posting);
  return asSystem(tx, async (system) => {
    const { entityId, clientId } = posting;
    const answer = await askPolicy(system, id, { posting, wish, accountCode, amount });
    const { outcome } = answer.evaluation;
    assertAllowed(outcome);
    const correction = await insertCorrection(system, {
      ...{ id, entityId, clientId, effect, effectiveAt, reasonCode },
      reasonCt: await sealed(system, { clientId, userId }, wish.reason),
      evaluationId: answer.id,
      requestedBy: userId,
    });
    await recordParticipation(system, id, userId, 'requested');
    await appendEvents(system, [eventOf(correction, 'correction.proposed', amount, wish.reason)]);
    if (outcome.decision === 'post') return post(system, correction);
    await openTask(system, {
      kind: 'correction_approval',
      subject: id,
      workflowId: null,
      ...{ entityId, clientId },
      ...questionOf(correction, amount, answer.evaluation),
      excluded: [userId],
      key: `correction_approval/${id}`,
    });
    return correction;
  });
}

function assertAllowed({ decision, reasons }: Outcome): void {
  if (decision === 'refuse')
    throw refused('correction_refused', 'The policy does not allow this movement.', { reasons });
}

/** What is put before those who approve, and how many they are. */
function questionOf(
  correction: Correction,
  amount: Money,
  { outcome, says }: { readonly outcome: Outcome; readonly says: readonly string[] },
) {
  return {
    title: titleOf(correction, amount),
    issue: [
      ...outcome.reasons.map((code) => ({ code, detail: correction.reasonCode })),
      ...says.map((detail) => ({ code: 'DATA_MISSING', detail })),
    ],
    content: contentOf(correction, amount),
    approvalsRequired: outcome.fourEyes ? (2 as const) : (1 as const),
  };
}

/** What a proposer may still change; whoever does takes part, and approvals given before are void. */
export interface CorrectionEdit {
  readonly expectedVersion: number;
  readonly amount?: Money | undefined;
  readonly direction?: 'credit' | 'debit' | undefined;
  readonly effectiveAt?: string | null | undefined;
  readonly reasonCode?: CorrectionReason | undefined;
  readonly reason?: string | undefined;
}

/**
 * The policy is asked anew about what it has become: how many approve it may be others now. What it lets one colleague
 * post alone still needs another, since somebody has changed it. Throws 409 `stale` or `already_decided`, and what
 * `proposeCorrection` throws.
 */
export async function editCorrection(
  tx: Tx,
  id: string,
  edit: CorrectionEdit,
): Promise<Correction> {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw notFound('correction');
  const { userId } = scope;
  await rows(tx, 'select 1 from correction where id = :id for update', { id });
  const standing = await readCorrection(tx, id);
  if (standing.state !== 'proposed')
    throw conflict('already_decided', 'This movement has been decided.', { state: standing.state });
  if (standing.version !== edit.expectedVersion)
    throw conflict('stale', 'Somebody has changed this since you opened it.', {
      version: standing.version,
    });
  const effect = editedEffect(standing.effect, edit);
  const effectiveAt = edit.effectiveAt === undefined ? standing.effectiveAt : edit.effectiveAt;
  const reasonCode = edit.reasonCode ?? standing.reasonCode;
  const changed = { effect, effectiveAt, reasonCode };
  const { posting, amount, accountCode } = await planCorrection(tx, id, changed);
  await assertPostable(tx, { entityId: posting.entityId, effectiveAt: posting.effectiveAt });
  return asSystem(tx, async (system) => {
    const { clientId } = standing;
    const answer = await askPolicy(system, id, { posting, wish: changed, accountCode, amount });
    assertAllowed(answer.evaluation.outcome);
    const words =
      edit.reason === undefined
        ? null
        : await sealed(system, { clientId, userId: standing.requestedBy }, edit.reason);
    await rows(
      system,
      `update correction set direction = :direction, amount_minor = :amount, effective_at = :effectiveAt, reason_code = :reasonCode,
         reason_ct = coalesce(:words, reason_ct), evaluation_id = :evaluationId, version = version + 1 where id = :id`,
      {
        ...{ id, effectiveAt, reasonCode, words, evaluationId: answer.id },
        direction: effect.kind === 'reversal' ? null : effect.direction,
        amount: effect.kind === 'reversal' ? null : effect.amountMinor.toString(),
      },
    );
    await recordParticipation(system, id, userId, 'edited');
    const edited = await readCorrection(system, id);
    const task = await latestTask(system, id, 'correction_approval');
    if (!task) throw new Error(`nobody is asked about ${id}`);
    await reviseTask(system, task.id, {
      ...questionOf(edited, amount, answer.evaluation),
      editor: userId,
    });
    await appendEvents(system, [eventOf(edited, 'correction.edited', amount, edit.reason ?? '')]);
    return edited;
  });
}

function feeGiven() {
  return refused('fee_is_taken', 'A fee is taken: it is given back by its reversal.');
}

function editedEffect(effect: CorrectionEffect, edit: CorrectionEdit): CorrectionEffect {
  if (effect.kind === 'reversal') {
    if (edit.amount !== undefined || edit.direction !== undefined)
      throw refused('not_editable', 'A reversal takes back what was posted, as it was.');
    return effect;
  }
  if (effect.kind === 'fee' && edit.direction === 'credit') throw feeGiven();
  const { amountMinor, currency } = edit.amount ?? effect;
  return { ...effect, direction: edit.direction ?? effect.direction, amountMinor, currency };
}

/** What follows from the decision, in the transaction that decides: it is posted once, or it is over. */
export async function settleCorrection(tx: Tx, task: Task): Promise<void> {
  await asSystem(tx, async (system) => {
    await rows(system, 'select 1 from correction where id = :id for update', { id: task.subject });
    const correction = await readCorrection(system, task.subject);
    if (correction.state !== 'proposed') throw new Error(`${correction.id} is decided already`);
    const { amount } = await planCorrection(system, correction.id, correction);
    if (contentHashOf(contentOf(correction, amount)) !== task.contentHash)
      throw new Error(`${correction.id} is not what was approved`);
    if (task.decision === 'approve') {
      await post(system, correction);
      return;
    }
    await rows(
      system,
      `update correction set state = 'rejected', version = version + 1, finished_at = clock_timestamp() where id = :id`,
      { id: correction.id },
    );
    await appendEvents(system, [eventOf(correction, 'correction.rejected', amount, '')]);
  });
}

async function post(system: Tx, correction: Correction): Promise<Correction> {
  const { id } = correction;
  const { posting, amount } = await planCorrection(system, id, correction);
  const [result] = await postTransactions(system, [posting]);
  switch (result?.verdict) {
    case 'posted':
      break;
    case 'insufficient_funds':
      throw insufficientFunds();
    case 'already_reversed':
      throw alreadyReversed();
    case 'period_sealed':
      throw periodSealed();
    default:
      throw new LedgerRefusal(result?.verdict ?? 'no_answer', posting.key);
  }
  await rows(
    system,
    `update correction set state = 'posted', transaction_id = :transactionId, version = version + 1, finished_at = clock_timestamp()
     where id = :id`,
    { id, transactionId: result.transactionId },
  );
  const posted = await readCorrection(system, id);
  await appendEvents(system, [eventOf(posted, 'correction.posted', amount, '')]);
  return posted;
}

async function askPolicy(
  system: Tx,
  id: string,
  {
    posting,
    wish,
    accountCode,
    amount,
  }: {
    posting: Posting;
    wish: Omit<CorrectionWish, 'reason'>;
    accountCode: string;
    amount: Money;
  },
) {
  const { entityId, clientId } = posting;
  const { referenceCurrency } = (await effectivePolicy(system, 'correction', { entityId })).compiled
    .effective.parameters;
  const [client] = await rows<{ category: string }>(
    system,
    'select category from client where id = :clientId',
    { clientId },
  );
  const today = new Date().toISOString().slice(0, 10);
  return decideByPolicy(system, {
    kind: 'correction',
    subject: id,
    ...{ entityId, clientId },
    personId: clientId,
    facts: {
      'correction.kind': wish.effect.kind,
      // Without a rate the limit says nothing, and an unknown goes to a person.
      'correction.amount':
        amount.currency === referenceCurrency
          ? formatAmount(amount.amountMinor, referenceCurrency)
          : null,
      'correction.reason': wish.reasonCode,
      'correction.backdated': wish.effectiveAt !== null && wish.effectiveAt < today,
      'account.code': accountCode,
      'client.category': client?.category ?? null,
    },
  });
}

function sealed(
  system: Tx,
  of: { readonly clientId: string | null; readonly userId: string },
  reason: string,
): Promise<string> {
  return encryptFor(system, personOfWords(of, of.userId), 'correction.reason', reason);
}

function titleOf({ effect }: Correction, { amountMinor, currency }: Money): string {
  const words = { correction: 'Correction', fee: 'Fee', reversal: 'Reversal' }[effect.kind];
  return `${words} of ${formatAmount(amountMinor, currency)} ${currency}`;
}

function eventOf(
  correction: Correction,
  type: `correction.${string}`,
  amount: Money,
  reason: string,
) {
  const { id, entityId, clientId, transactionId, requestedBy } = correction;
  return {
    subject: id,
    type,
    ...{ entityId, clientId },
    payload: {
      ...contentOf(correction, amount),
      ...(transactionId === null ? {} : { transaction: transactionId }),
    },
    ...(reason === ''
      ? {}
      : { personal: { personId: personOfWords({ clientId }, requestedBy), data: { reason } } }),
  };
}
