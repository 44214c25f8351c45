import { z } from 'zod';
import { malformed } from '../domain/problem';
import { inboxViews } from '../domain/task/task';
import type { Tx } from '../db/connection';
import type { FilteredList } from '../db/saved-filters';
import { assertQueue } from '../db/task-lists';
import { parseInput } from './input';
import { filtersOf } from './named';
import { paymentFilterOf, paymentQuery } from './payment-query';
import { taskKind, taskQueue } from './schemas';

const inboxQuery = {
  view: z.enum(inboxViews).optional(),
  kind: taskKind.optional(),
  queue: taskQueue.optional(),
};

const payments = z.strictObject(paymentQuery);
const inbox = z.strictObject(inboxQuery);
const assertPaymentFilters = filtersOf(paymentQuery);

/** Where each list stands in the staff console. */
export const pageOfList: Readonly<Record<FilteredList, string>> = {
  payments: '/staff/payments',
  inbox: '/staff/inbox',
};

/**
 * Filters as they stand in an address, for keeping. Throws 400 for what the list does not know or what narrows
 * nothing, and 404 for a client or an entity out of sight.
 */
export async function readFilters(tx: Tx, list: FilteredList, text: string): Promise<string> {
  const given = Object.fromEntries(
    [...new URLSearchParams(text)].filter(([name, value]) => name !== 'cursor' && value !== ''),
  );
  if (list === 'payments') {
    const query = parseInput(payments, given, 'body');
    await assertPaymentFilters(tx, query);
    paymentFilterOf(query);
  } else await assertQueue(tx, parseInput(inbox, given, 'body').queue);
  const kept = new URLSearchParams(given).toString();
  if (kept === '') {
    throw malformed('Without a filter there is nothing to keep.', [
      { pointer: '/body/query', detail: 'filters nothing' },
    ]);
  }
  return kept;
}
