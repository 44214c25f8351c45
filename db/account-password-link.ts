import { livingStates } from '../domain/account/access';
import { may } from '../domain/access/scope';
import { conflict, forbidden, Problem } from '../domain/problem';
import { readAccount } from './accounts';
import { asSystem, rows, type Tx } from './connection';
import { appendEvents } from './events';
import { queueMail } from './mails';
import { createLink, linkHours } from './one-time-links';
import { assertAccountUnrestricted } from './restrictions';
import { readServer } from './servers';

/** More letters than this in an hour help nobody who waits for one. */
const linksPerHourMax = 5;

/**
 * Mails the holder of an account a new link to choose its platform password; an older one stops working. For the
 * holder, and for staff with `account.resend`, who never see it. 409 `account_not_active`, 422 `restricted` while
 * nobody may log in, 429 `too_many_links`.
 */
export async function sendPasswordLink(
  tx: Tx,
  accountId: string,
): Promise<{ readonly accountId: string; readonly expiresAt: string }> {
  if (tx.scope.kind !== 'client' && !may(tx.scope, 'account.resend'))
    throw forbidden('account.resend');
  const account = await readAccount(tx, accountId);
  const { login } = account;
  if (!livingStates.includes(account.state) || login === null)
    throw conflict('account_not_active', 'The account is not active.', { state: account.state });
  return asSystem(tx, async (system) => {
    await assertAccountUnrestricted(system, account, 'login');
    await assertNotTooMany(system, accountId);
    const link = await createLink(system, {
      purpose: 'platform_password',
      subject: accountId,
      entityId: account.entityId,
      clientId: account.clientId,
    });
    await appendEvents(system, [
      {
        subject: accountId,
        type: 'account.password_link_sent',
        entityId: account.entityId,
        clientId: account.clientId,
        payload: { expires: link.expiresAt },
      },
    ]);
    await queueMail(system, {
      key: `account_password_link/${accountId}/${link.expiresAt}`,
      kind: 'account_password_link',
      entityId: account.entityId,
      clientId: account.clientId,
      data: {
        link: link.path,
        platform: (await readServer(system, account.serverId)).name,
        login,
        expires: `${linkHours.platform_password} hours`,
      },
    });
    return { accountId, expiresAt: link.expiresAt };
  });
}

async function assertNotTooMany(system: Tx, accountId: string): Promise<void> {
  const [made] = await rows<{ links: number; wait_seconds: number }>(
    system,
    `select count(*)::int as links,
       ceil(extract(epoch from min(created_at) + interval '1 hour' - now()))::int as wait_seconds
     from one_time_link
     where subject = :accountId and purpose = 'platform_password' and created_at > now() - interval '1 hour'`,
    { accountId },
  );
  if (!made || made.links < linksPerHourMax) return;
  throw new Problem({
    status: 429,
    code: 'too_many_links',
    detail: `${linksPerHourMax} links have been sent in the last hour. The newest one works; wait before asking for another.`,
    extra: { retryAfterSeconds: Math.max(1, made.wait_seconds) },
  });
}
