import type { Exchange } from '../brokerage/exchange';
import { type Mistreatment } from '../brokerage/faults';
import type { BalanceOperation } from '../brokerage/records';
import { CtraderError } from './codes';
import { actionOf } from './wire';

export interface ChangeBalance {
  readonly login: number;
  /** Above zero. */
  readonly amountMinor: bigint;
  readonly out: boolean;
  readonly credit: boolean;
  readonly comment: string;
  readonly source: string;
  readonly externalId: string;
}

/** cTrader looks at the balance, and not at the margin: whoever wants that looked at looks first. */
export function toOperation(change: ChangeBalance): BalanceOperation {
  if (change.amountMinor <= 0n) {
    throw new CtraderError('CHANGE_BALANCE_BAD_AMOUNT', 'the amount must be above zero');
  }
  return {
    login: change.login,
    type: actionOf(change.credit, change.source),
    amountMinor: change.out ? -change.amountMinor : change.amountMinor,
    comment: change.comment,
    checkMargin: false,
    ...(change.externalId === '' ? {} : { externalId: change.externalId }),
  };
}

/** Books it; the same externalId twice moves the money twice. */
export function bookChange(
  exchange: Exchange,
  change: ChangeBalance,
  at: number,
  booking: Mistreatment['booking'],
): number {
  const { ticket, changes } = exchange.balance(toOperation(change), at, booking);
  exchange.book.commit(changes);
  return ticket;
}
