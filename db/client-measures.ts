import { randomBytes } from 'node:crypto';
import { livingStates } from '../domain/account/access';
import { addDays, instant } from '../domain/account/instant';
import { may } from '../domain/access/scope';
import {
  isMeasure,
  measureDefinitions,
  takeoverHours,
  type Measure,
} from '../domain/compliance/measures';
import { conflict, forbidden, refused } from '../domain/problem';
import { requestPassword } from './account-requests';
import { accountsOfClient } from './accounts';
import { readRestriction, setRestriction } from './client-restrictions';
import { readClient } from './clients';
import { asSystem, type Tx } from './connection';
import { appendEvents } from './events';
import { insertCheck } from './restriction-checks';
import { restrictionsOf, type Restriction } from './restrictions';
import { timelineBetween, type TimelineEvent } from './timeline';
import { endAccess } from './users';

/**
 * Does at once what is to be done when this has happened to a client: the restriction with its checklist and its date,
 * and what goes beyond it. 409 `measure_in_force` while the same one is in force.
 */
export async function takeMeasure(
  tx: Tx,
  {
    clientId,
    measure,
    reason,
  }: { readonly clientId: string; readonly measure: Measure; readonly reason: string },
): Promise<Restriction> {
  if (!may(tx.scope, 'restriction.set')) throw forbidden('restriction.set');
  const client = await readClient(tx, clientId);
  const standing = (await restrictionsOf(tx, client.id)).some(
    (each) => each.kind === measure && each.isMeasure && each.liftedAt === null,
  );
  if (standing) throw conflict('measure_in_force', 'This is in force already.');
  const { scopes, reviewDays } = measureDefinitions[measure];
  const restriction = await setRestriction(tx, {
    clientId: client.id,
    kind: measure,
    scopes,
    reason,
    reviewAt: addDays(instant(Date.now()), reviewDays),
    isMeasure: true,
  });
  if (measure === 'deceased' || measure === 'takeover')
    await asSystem(tx, (system) =>
      endAccess(system, client.id, { forgetPassword: measure === 'takeover' }),
    );
  if (measure === 'takeover') await resetPlatformPasswords(tx, client.id);
  return restriction;
}

/**
 * Every living log-in of the client gets a password that nobody knows, from its own process; the holder is sent a link
 * to choose another once it is theirs again.
 */
async function resetPlatformPasswords(tx: Tx, clientId: string): Promise<void> {
  await asSystem(tx, async (system) => {
    for (const { id, state, login } of await accountsOfClient(system, clientId))
      if (login !== null && livingStates.includes(state))
        await requestPassword(system, { accountId: id, password: unknownPassword() });
  });
}

/** Of every kind of character that a platform asks for. */
function unknownPassword(): string {
  return `Kx7#${randomBytes(9).toString('base64url')}`;
}

/**
 * A person has done something of the checklist; doing it twice changes nothing. 409 `no_checklist`, 422
 * `not_on_checklist`.
 */
export async function doCheck(
  tx: Tx,
  {
    clientId,
    restrictionId,
    code,
  }: { readonly clientId: string; readonly restrictionId: string; readonly code: string },
): Promise<Restriction> {
  if (!may(tx.scope, 'restriction.set')) throw forbidden('restriction.set');
  const client = await readClient(tx, clientId);
  const restriction = await readRestriction(tx, client.id, restrictionId);
  const { kind, liftedAt } = restriction;
  if (!restriction.isMeasure || !isMeasure(kind))
    throw conflict('no_checklist', 'This restriction came without a checklist.');
  if (liftedAt !== null)
    throw conflict('not_restricted', 'This restriction has been lifted already.');
  const item = measureDefinitions[kind].checklist.find((each) => each.code === code);
  if (item === undefined) throw refused('not_on_checklist', 'This is not on the checklist.');
  await asSystem(tx, async (system) => {
    const isNew = await insertCheck(system, {
      restrictionId,
      clientId: client.id,
      entityId: client.entityId,
      code,
      by: tx.scope.actor,
    });
    if (!isNew) return;
    await appendEvents(system, [
      {
        subject: client.id,
        type: 'restriction.check_done',
        entityId: client.entityId,
        clientId: client.id,
        payload: { restriction: restrictionId, item: code },
      },
    ]);
  });
  return restriction;
}

/** What can be somebody else's doing in an account that was taken over. */
const changingFamilies = [
  'user',
  'apikey',
  'client',
  'account',
  'withdrawal',
  'transfer',
  'exchange',
];
const changesMax = 200;

/** What changed in the 72 hours before a takeover was told of, as far as the reader may see it, the newest first. */
export function changesBefore(
  tx: Tx,
  { clientId, setAt }: Pick<Restriction, 'clientId' | 'setAt'>,
): Promise<TimelineEvent[]> {
  const from = new Date(Date.parse(setAt) - takeoverHours * 3_600_000).toISOString();
  return timelineBetween(tx, clientId, {
    from,
    to: setAt,
    families: changingFamilies,
    limit: changesMax,
  });
}
