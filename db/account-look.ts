import { livingStates } from '../domain/account/access';
import { may } from '../domain/access/scope';
import { conflict, forbidden } from '../domain/problem';
import { lastReading } from './account-readings';
import { makeLooksOld } from './account-requests';
import { readAccount, wakeAccount } from './accounts';
import { asSystem, type Tx } from './connection';

/**
 * Has the account's process look at its server now; for staff with `account.operate`. Answers when it was seen last,
 * so that a later time tells that it has looked. 409 `account_not_active` when there is no log-in to look at.
 */
export async function askForLook(
  tx: Tx,
  accountId: string,
): Promise<{ readonly accountId: string; readonly seenAt: string | null }> {
  if (!may(tx.scope, 'account.operate')) throw forbidden('account.operate');
  const { id, state, login } = await readAccount(tx, accountId);
  if (!livingStates.includes(state) || login === null)
    throw conflict('account_not_active', 'There is no log-in to look at.', { state });
  const seen = await lastReading(tx, id);
  await asSystem(tx, async (system) => {
    // What is due is not for an account that ends: it looks when its last look is old.
    if (state === 'closing') await makeLooksOld(system, id);
    await wakeAccount(system, id);
  });
  return { accountId: id, seenAt: seen?.at ?? null };
}
