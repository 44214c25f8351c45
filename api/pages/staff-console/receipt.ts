import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import { receiptCodeWords, receiptCodes } from '../../../domain/payments/receipt';
import { malformed } from '../../../domain/problem';
import { workflowIds } from '../../../temporal-config/workflow-ids';
import { namesOfClients } from '../../../db/clients';
import { transactionsOfCause } from '../../../db/ledger-readers';
import { proposeForReceipt } from '../../../db/receipt-decisions';
import { payerOfReceipt, readReceipt } from '../../../db/receipts';
import { tasksOfSubjects } from '../../../db/task-lists';
import { timelineOfSubjects } from '../../../db/timeline';
import { mayReadPayer } from '../../routes/receipts';
import { idOf } from '../../schemas';
import { defineForm, definePage } from '../page';
import { showEvents } from './events';
import { showTasks } from './task-words';

const suggestionShape = z.array(z.object({ client: z.string(), why: z.string() }));

const receiptPage = definePage({
  path: '/staff/receipts/:id',
  auth: { permission: 'payment.read' },
  params: { id: idOf('receipt') },
  handle: async ({ tx, scope, params }) => {
    const receipt = await readReceipt(tx, params.id);
    const tasks = await tasksOfSubjects(tx, [receipt.id, `${receipt.id}/return`]);
    const open = tasks.find(
      ({ kind, state }) => kind === 'unallocated_receipt' && state === 'open',
    );
    const suggestions = suggestionShape.catch([]).parse(open?.content['suggestions']);
    const names = may(scope, 'client.personal')
      ? await namesOfClients(tx, [
          ...suggestions.map(({ client }) => client),
          ...(receipt.clientId === null ? [] : [receipt.clientId]),
        ])
      : new Map<string, string>();
    const code = receiptCodes.find((known) => known === receipt.code);
    return {
      view: 'staff/receipt',
      title: 'Receipt',
      data: {
        receipt,
        amount: { amountMinor: receipt.amountMinor, currency: receipt.currency },
        clientName: receipt.clientId === null ? undefined : names.get(receipt.clientId),
        why: code && receiptCodeWords[code],
        payer: mayReadPayer(tx) ? await payerOfReceipt(tx, receipt.id) : undefined,
        mayReadPayer: mayReadPayer(tx),
        mayPropose: open !== undefined && may(scope, 'payment.operate'),
        proposed: open?.content['proposed'] === 'nothing' ? undefined : open?.content,
        suggestions: suggestions.map(({ client, why }) => ({
          ...{ client, why, name: names.get(client) },
        })),
        tasks: await showTasks(tx, tasks, Date.now()),
        transactions: may(scope, 'ledger.read')
          ? await transactionsOfCause(tx, receipt.id)
          : undefined,
        events: await showEvents(
          tx,
          await timelineOfSubjects(
            tx,
            [receipt.id, workflowIds.receipt(receipt.id), workflowIds.receiptReturn(receipt.id)],
            100,
          ),
        ),
      },
    };
  },
});

const proposeForm = defineForm({
  path: '/staff/receipts/:id',
  auth: { permission: 'payment.operate' },
  params: { id: idOf('receipt') },
  body: { action: z.enum(['allocate', 'return']), clientId: idOf('client').optional() },
  page: receiptPage,
  handle: async ({ tx, params, body }) => {
    const { action, clientId } = body;
    if (action === 'allocate' && clientId === undefined) {
      throw malformed('Say whose wallet it goes to.', [
        { pointer: '/body/clientId', detail: 'is required' },
      ]);
    }
    await proposeForReceipt(
      tx,
      params.id,
      action === 'allocate' && clientId !== undefined
        ? { action: 'allocate', clientId }
        : { action: 'return' },
    );
    return {
      to: `/staff/receipts/${params.id}`,
      flash: 'Proposed. Another person decides on it in the inbox.',
    };
  },
});

export const receiptPages = [receiptPage, proposeForm];
