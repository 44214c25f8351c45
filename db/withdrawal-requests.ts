import { assertWithinLimits } from './client-limits';
import type { Tx } from './connection';
import { requestWithdrawal, type Withdrawal, type WithdrawalRequest } from './withdrawals';

/**
 * A client asks for money of their own: refused with 422 `level_limit` past what their level of verification allows. What
 * the house gives back by itself is no request of theirs.
 */
export async function requestOwnWithdrawal(
  tx: Tx,
  request: WithdrawalRequest,
): Promise<Withdrawal> {
  const { clientId, amount } = request;
  if (amount.amountMinor > 0n)
    await assertWithinLimits(tx, clientId, { kind: 'withdrawal', amount });
  return requestWithdrawal(tx, request);
}
