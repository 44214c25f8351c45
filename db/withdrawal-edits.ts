import { z } from 'zod';
import { newId } from '../domain/ids';
import { formatAmount } from '../domain/money';
import { wallet } from '../domain/ledger/account';
import { conflict, forbidden, refused } from '../domain/problem';
import type { Permission } from '../domain/access/roles';
import { workflowIds } from '../temporal-config/workflow-ids';
import { asSystem, rows, utc, type Tx } from './connection';
import { enqueueSignal } from './dispatch';
import { appendEvents, type Json } from './events';
import { placeHold, voidHold } from './ledger';
import { decryptFor, erasedText } from './personal-data';
import { latestTask, recordParticipation, reviseTask, voidApprovals } from './tasks';
import { supersedeLegs } from './withdrawal-legs';
import {
  isFinal,
  lockWithdrawal,
  readWithdrawal,
  withdrawalEvent,
  type Withdrawal,
} from './withdrawals';

export interface WithdrawalEdit {
  /** At most what it was: nobody takes more from a wallet than its owner has asked for. */
  readonly amountMinor?: bigint;
  /** A bank account of the client's. */
  readonly bankSourceId?: string;
  /** Of tokens: another address of the client's. */
  readonly addressSourceId?: string;
  /** Why; words may name people, so only the client's ciphertext keeps them. */
  readonly reason: string;
}

/**
 * A colleague changes how much is paid, or where to, before the point of no return. Every approval given so far is
 * void, whoever has the task open gets 409, and the editor can approve it no more; the process plans and asks again.
 * Throws `too_late` (409), `above_request`, `nothing_changed` or `amount_not_positive` (422).
 */
export async function editWithdrawal(
  tx: Tx,
  id: string,
  edit: WithdrawalEdit,
): Promise<Withdrawal> {
  const { userId } = editorOf(tx);
  await readWithdrawal(tx, id);
  return asSystem(tx, async (system) => {
    const before = await lockBeforePaying(system, id);
    const after = {
      amountMinor: edit.amountMinor ?? before.amountMinor,
      bankSourceId: edit.bankSourceId ?? before.bankSourceId,
      addressSourceId: edit.addressSourceId ?? before.addressSourceId,
    };
    assertChange(before, after);
    const holdId =
      after.amountMinor === before.amountMinor
        ? before.holdId
        : await holdLess(system, before, after.amountMinor);
    await supersedeLegs(system, id);
    await rows(
      system,
      `update withdrawal set amount_minor = :amount, bank_source_id = :bankSourceId, address_source_id = :addressSourceId, hold_id = :holdId, state = 'requested',
         edited_by = array_append(edited_by, :userId), version = version + 1 where id = :id`,
      {
        id,
        amount: after.amountMinor.toString(),
        bankSourceId: after.bankSourceId,
        addressSourceId: after.addressSourceId,
        holdId,
        userId,
      },
    );
    const withdrawal = await readWithdrawal(system, id);
    await appendEvents(system, [
      {
        ...withdrawalEvent(withdrawal, 'withdrawal.edited', {
          amountBefore: formatAmount(before.amountMinor, before.currency),
          bankAccount: withdrawal.bankSourceId,
          bankAccountBefore: before.bankSourceId,
          address: withdrawal.addressSourceId,
          addressBefore: before.addressSourceId,
        }),
        personal: { personId: withdrawal.clientId, data: { reason: edit.reason } },
      },
    ]);
    await askAgain(system, withdrawal, {
      ...{ userId, what: 'edited' },
      content: { edit: withdrawal.editedBy.length, legs: [] },
    });
    return withdrawal;
  });
}

function assertChange(
  before: Withdrawal,
  after: Pick<Withdrawal, 'amountMinor' | 'bankSourceId' | 'addressSourceId'>,
): void {
  if (after.amountMinor <= 0n)
    throw refused('amount_not_positive', 'The amount must be above zero.');
  if (after.amountMinor > before.amountMinor)
    throw refused('above_request', 'No more is paid than the client has asked for.');
  if (
    after.amountMinor === before.amountMinor &&
    after.bankSourceId === before.bankSourceId &&
    after.addressSourceId === before.addressSourceId
  )
    throw refused('nothing_changed', 'The withdrawal is like this already.');
}

/** Throws `forbidden` (403): only colleagues change what a client has asked for. */
export function editorOf(tx: Tx): { readonly userId: string } {
  if (tx.scope.kind !== 'staff') throw forbidden('payment.operate' satisfies Permission);
  return tx.scope;
}

/** The withdrawal under its row lock, while nothing of it is being paid. Throws `too_late` (409). */
export async function lockBeforePaying(tx: Tx, id: string): Promise<Withdrawal> {
  const withdrawal = await lockWithdrawal(tx, id);
  if (withdrawal.state === 'paying' || isFinal(withdrawal.state)) {
    throw conflict('too_late', 'This withdrawal can no longer be changed.', {
      state: withdrawal.state,
    });
  }
  return withdrawal;
}

/** The old hold is given back and a smaller one taken in its place. */
async function holdLess(tx: Tx, withdrawal: Withdrawal, amountMinor: bigint): Promise<string> {
  const id = newId('hold');
  await voidHold(tx, withdrawal.holdId);
  await placeHold(tx, { id, account: wallet(withdrawal), amountMinor, cause: withdrawal.id });
  return id;
}

/** What was approved so far was something else: its approvals are void, and the process is woken to ask anew. */
export async function askAgain(
  tx: Tx,
  withdrawal: Withdrawal,
  by: {
    readonly userId: string;
    readonly what: 'edited' | 'supplied_evidence';
    /** What is to be decided from now on, in place of what stood there. */
    readonly content: { readonly [key: string]: Json };
  },
): Promise<void> {
  await recordParticipation(tx, withdrawal.id, by.userId, by.what);
  const task = await latestTask(tx, withdrawal.id, 'withdrawal_approval');
  if (task?.state === 'open')
    await reviseTask(tx, task.id, {
      content: { ...task.content, ...by.content },
      editor: by.userId,
    });
  else if (task) await voidApprovals(tx, task.id);
  await enqueueSignal(tx, {
    workflowId: workflowIds.withdrawal(withdrawal.id),
    signal: 'changed',
    args: { what: by.what },
  });
}

/** What a colleague has changed, as its event tells it. */
export interface MadeEdit {
  readonly by: string;
  readonly at: string;
  readonly amountBefore: string;
  readonly amount: string;
  readonly currency: string;
  readonly bankSourceBefore: string | null;
  readonly bankSource: string | null;
  readonly addressBefore: string | null;
  readonly address: string | null;
  readonly reason: string;
}

/** A parser of the event `withdrawal.edited`. */
const editedPayload = z.object({
  ...{ amount: z.string(), amountBefore: z.string(), currency: z.string() },
  ...{ bankAccount: z.string().nullable(), bankAccountBefore: z.string().nullable() },
  // Not told before tokens were paid out.
  ...{ address: z.string().nullish(), addressBefore: z.string().nullish() },
  personal: z.object({ person: z.string(), sealed: z.string() }),
});
const editWords = z.object({ reason: z.string() });

/** Every edit, the latest first. */
export async function editsOf(tx: Tx, withdrawalId: string): Promise<MadeEdit[]> {
  const found = await rows<{ actor: string; at: string; payload: string }>(
    tx,
    `select actor, at, payload from event where subject = :withdrawalId and type = 'withdrawal.edited'
     order by seq desc limit 50`,
    { withdrawalId },
  );
  const edits: MadeEdit[] = [];
  // One after the other: a transaction has one connection.
  for (const row of found) {
    const { personal, ...payload } = editedPayload.parse(JSON.parse(row.payload));
    const words = await decryptFor(tx, personal.person, 'event', personal.sealed);
    edits.push({
      ...{ by: row.actor, at: utc(row.at), currency: payload.currency },
      ...{ amountBefore: payload.amountBefore, amount: payload.amount },
      ...{ bankSourceBefore: payload.bankAccountBefore, bankSource: payload.bankAccount },
      ...{ addressBefore: payload.addressBefore ?? null, address: payload.address ?? null },
      reason: words === erasedText ? erasedText : editWords.parse(JSON.parse(words)).reason,
    });
  }
  return edits;
}
