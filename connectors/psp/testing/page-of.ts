import type { Payment } from '../port';

/** For tests only: the page on which a payment is to be paid. */
export function pageOf({ nextAction }: Pick<Payment, 'nextAction'>): string {
  if (nextAction.kind !== 'redirect') throw new Error(`it is paid by ${nextAction.kind}`);
  return nextAction.url;
}
