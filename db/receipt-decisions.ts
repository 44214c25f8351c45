import { formatAmount } from '../domain/money';
import { receiptCodeWords, type ReceiptCode } from '../domain/payments/receipt';
import { conflict, notFound, refused } from '../domain/problem';
import { addWorkingDays } from '../domain/task/business-calendar';
import type { TaskKind } from '../domain/task/task';
import { workflowIds } from '../temporal-config/workflow-ids';
import { calendarOf } from './business-calendars';
import { readClient } from './clients';
import { asSystem, type Tx } from './connection';
import { appendEvents } from './events';
import { suggestOwners } from './receipt-suggestions';
import {
  lockReceipt,
  payeeOfPayer,
  payerOfReceipt,
  readReceipt,
  receiptEvent,
  type Receipt,
} from './receipts';
import type { DecisionGuard } from './task-inbox';
import { latestTask, openTask, recordParticipation, reviseTask, type Task } from './tasks';

/** So many working days may money be nobody's. */
const allocateWithinDays = 10;

/** Asks people whose money it is, with what speaks for whom; opening it again answers the task there is. */
export async function askWhose(tx: Tx, receipt: Receipt): Promise<Task> {
  const suggestions = await suggestOwners(tx, receipt, await payerOfReceipt(tx, receipt.id));
  const calendar = await calendarOf(tx, receipt.entityId);
  const code = receipt.code ?? 'NO_REFERENCE';
  return openTask(tx, {
    kind: 'unallocated_receipt',
    subject: receipt.id,
    workflowId: workflowIds.receipt(receipt.id),
    entityId: receipt.entityId,
    clientId: null,
    title: 'Money has arrived, and it is not known whose it is',
    issue: [{ code, detail: isCode(code) ? receiptCodeWords[code] : '' }],
    content: {
      ...contentOf(receipt),
      suggestions: suggestions.map(({ clientId, why }) => ({
        client: clientId,
        why: why.join(', '),
      })),
      proposed: 'nothing',
    },
    dueAt: addWorkingDays(calendar, new Date(receipt.createdAt), allocateWithinDays).toISOString(),
    key: `unallocated_receipt/${receipt.id}`,
  });
}

function isCode(text: string): text is ReceiptCode {
  return Object.hasOwn(receiptCodeWords, text);
}

function contentOf(receipt: Receipt) {
  return {
    receipt: receipt.id,
    amount: formatAmount(receipt.amountMinor, receipt.currency),
    currency: receipt.currency,
    bookedOn: receipt.bookedOn,
    account: receipt.bankAccount,
    bankReference: receipt.bankReference,
  };
}

/** What a person proposes: whose wallet it goes to, or back to who paid it. */
export type Proposal =
  { readonly action: 'allocate'; readonly clientId: string } | { readonly action: 'return' };

/**
 * Proposes what becomes of unallocated money; another person decides on just that. 404 for a client of another entity;
 * 409 `already_decided`; 422 `no_payer_account` for a return to an account that the bank has not told.
 */
export async function proposeForReceipt(tx: Tx, id: string, proposal: Proposal): Promise<Task> {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw notFound('receipt');
  const receipt = await readReceipt(tx, id);
  if (proposal.action === 'allocate') {
    const client = await readClient(tx, proposal.clientId);
    if (client.entityId !== receipt.entityId) throw notFound('client');
  } else await assertCanGoBack(tx, id);
  return asSystem(tx, async (system) => {
    await lockReceipt(system, id);
    const task = await latestTask(system, id, 'unallocated_receipt');
    if (task?.state !== 'open') {
      throw conflict('already_decided', 'This money waits for nobody’s decision.', {
        state: receipt.state,
      });
    }
    const { suggestions = [] } = task.content;
    const revised = await reviseTask(system, task.id, {
      content: {
        ...contentOf(receipt),
        suggestions,
        proposed: proposal.action,
        ...(proposal.action === 'allocate' ? { client: proposal.clientId } : {}),
      },
      editor: scope.userId,
    });
    await recordParticipation(system, id, scope.userId, 'edited');
    await appendEvents(system, [
      receiptEvent(receipt, 'receipt.proposed', {
        action: proposal.action,
        ...(proposal.action === 'allocate' ? { client: proposal.clientId } : {}),
      }),
    ]);
    return revised;
  });
}

async function assertCanGoBack(tx: Tx, id: string): Promise<void> {
  const payer = await payerOfReceipt(tx, id);
  if (payer === undefined || payeeOfPayer(payer) === undefined) {
    throw refused(
      'no_payer_account',
      'The bank does not say from whom and from which account it came, so it cannot be sent back there.',
    );
  }
}

/** Only what somebody has proposed can be decided: who decides has not chosen the wallet themselves. */
const guardProposal: DecisionGuard = (_tx, task, decision) => {
  if (task.content['proposed'] === decision) return Promise.resolve();
  throw conflict('not_proposed', 'Somebody has to propose this first; another person decides.', {
    proposed: task.content['proposed'] ?? null,
  });
};

export const receiptGuards: Readonly<Partial<Record<TaskKind, DecisionGuard>>> = {
  unallocated_receipt: guardProposal,
};
