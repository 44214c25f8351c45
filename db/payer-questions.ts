import type { Tx } from './connection';
import { cancelTask, tasksOf } from './tasks';

/** Whom people are asked about, of money that goes back to somebody who is known by name alone: under every list. */
export function payerSubject(id: string): string {
  return `${id}/payer`;
}

/**
 * The receipt or the deposit has ended: what was asked about its payer under an older list, and was not answered when a
 * later one let the money go, has no bearing any more. Runs as the system.
 */
export async function closePayerQuestions(tx: Tx, id: string): Promise<void> {
  // One after the other: a transaction has one connection.
  for (const task of await tasksOf(tx, payerSubject(id), 'screening_match'))
    if (task.state === 'open') await cancelTask(tx, task.id, 'PAYMENT_ENDED');
}
