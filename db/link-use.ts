import { forbidden } from '../domain/problem';
import { requestPassword } from './account-requests';
import { asSystem, type Tx } from './connection';
import { enqueueSignal } from './dispatch';
import { appendEvents } from './events';
import { consumeLink, linkInvalid, readLink, type OneTimeLink } from './one-time-links';
import { processesOfClient } from './processes';
import { readUser, setPassword, type User } from './users';

/**
 * Uses a `verify_email` or `set_password` link: the person's password is set and the log-in active. A client's
 * first one confirms the address and wakes the onboarding. Throws `link_invalid` (404).
 */
export async function usePasswordLink(tx: Tx, token: string, passwordHash: string): Promise<User> {
  const link = await consumeLink(tx, token);
  if (link.purpose === 'platform_password' || link.userId === null) throw linkInvalid();
  const { userId } = link;
  return asSystem(tx, async (system) => {
    const before = await readUser(system, userId);
    const user = await setPassword(
      system,
      userId,
      passwordHash,
      before.state === 'invited' ? 'first' : 'reset',
    );
    if (link.purpose === 'verify_email' && user.clientId !== null) {
      await confirmAddress(system, user, user.clientId);
    }
    return user;
  });
}

async function confirmAddress(tx: Tx, user: User, clientId: string): Promise<void> {
  await appendEvents(tx, [
    {
      subject: clientId,
      type: 'client.email_verified',
      entityId: user.entityId,
      clientId,
      payload: { user: user.id },
    },
  ]);
  const processes = await processesOfClient(tx, clientId);
  for (const process of processes) {
    if (process.workflow !== 'onboarding' || process.finishedAt !== null) continue;
    const { workflowId } = process;
    await enqueueSignal(tx, { workflowId, signal: 'changed', args: { what: 'email_verified' } });
  }
}

/**
 * Uses a `platform_password` link: the owner of the account, logged in, hands over the password, which the
 * account's process sets on the server. Another person's link reads as `link_invalid` (404).
 */
export async function usePlatformLink(
  tx: Tx,
  token: string,
  password: string,
): Promise<OneTimeLink> {
  const { scope } = tx;
  if (scope.kind !== 'client') throw forbidden('client', 'The owner of the account does this.');
  const link = await readLink(tx, token);
  if (link.purpose !== 'platform_password' || link.clientId !== scope.clientId) throw linkInvalid();
  await consumeLink(tx, token);
  await requestPassword(tx, { accountId: link.subject, password });
  return link;
}
