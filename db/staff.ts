import type { Role } from '../domain/access/roles';
import { newId } from '../domain/ids';
import { conflict, forbidden, notFound, refused } from '../domain/problem';
import { asSystem, rows, type Tx } from './connection';
import { queueMail } from './mails';
import { createLink } from './one-time-links';
import { hashPassword } from './passwords';
import { openTask, recordParticipation, type Task } from './tasks';
import { createUser, readUser, setUserState, type User } from './users';

export interface Colleague {
  readonly email: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly entities: readonly string[];
}

/**
 * Asks for a log-in for a colleague. It exists as `invited` and can do nothing until another person has
 * approved it (task `user_approval`); only then the invitation goes out. 404 for an entity out of scope.
 */
export async function inviteStaff(
  tx: Tx,
  colleague: Colleague,
): Promise<{ user: User; task: Task }> {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw notFound('entity');
  const [entityId] = colleague.entities;
  if (entityId === undefined)
    throw refused('no_entity', 'A colleague works for at least one entity.');
  for (const entity of colleague.entities) {
    if (!scope.entities.includes(entity)) throw notFound('entity');
  }
  return asSystem(tx, async (system) => {
    const user = await createUser(system, { ...colleague, kind: 'staff', state: 'invited' });
    await recordParticipation(system, user.id, scope.userId, 'requested');
    await recordHand(system, user.id, 'invited');
    const task = await openTask(system, {
      kind: 'user_approval',
      subject: user.id,
      workflowId: null,
      entityId,
      clientId: null,
      title: 'Approve a colleague’s access',
      issue: [{ code: 'NEW_ACCESS', detail: `asks for ${colleague.roles.join(', ')}` }],
      content: { user: user.id, roles: [...colleague.roles], entities: [...colleague.entities] },
      excluded: [scope.userId],
      key: `user_approval/${user.id}`,
    });
    return { user, task };
  });
}

/**
 * Notes who had a hand in a colleague's log-in: whoever asked for it, or had a way in sent to an address, may be the
 * one who reads there. For some time the two are not the two people that a four-eyes task needs.
 */
async function recordHand(tx: Tx, userId: string, what: 'invited' | 'invitation_sent') {
  const by = /^user:(usr_.+)$/.exec(tx.scope.actor)?.[1];
  if (by === undefined || by === userId) return;
  await rows(
    tx,
    `insert into login_hand (user_id, by_user_id, what, at) values (:userId, :by, :what, clock_timestamp())`,
    { userId, by, what },
  );
}

/** Nobody gives away more than their own: 403 unless the approver works for every entity that is asked for. */
export async function guardUserApproval(tx: Tx, task: Task, decision: string): Promise<void> {
  const asked = task.content['entities'];
  const own = tx.scope.kind === 'staff' ? tx.scope.entities : [];
  const beyond = (Array.isArray(asked) ? asked : []).filter((id) => !own.includes(String(id)));
  if (decision === 'approve' && beyond.length > 0) {
    throw forbidden('user.approve', `You do not work for ${beyond.join(', ')}.`);
  }
  return Promise.resolve();
}

/** What follows from the decision on a colleague's access, in the transaction that decides. */
export async function settleUserApproval(tx: Tx, task: Task): Promise<void> {
  if (task.state !== 'decided') return;
  await asSystem(tx, async (system) => {
    const user = await readUser(system, task.subject);
    if (task.decision !== 'approve') {
      await setUserState(system, user.id, 'disabled');
      return;
    }
    await sendInvitation(system, user);
  });
}

/** Mails an approved colleague the way in once more; whoever has it sent has had a hand in the log-in. */
export async function sendInvitationAgain(tx: Tx, user: User): Promise<void> {
  await asSystem(tx, (system) => recordHand(system, user.id, 'invitation_sent'));
  await sendInvitation(tx, user);
}

/** Mails a way to set the password; the log-in becomes active when it is used. */
async function sendInvitation(tx: Tx, user: User): Promise<void> {
  const entityId = user.entityId ?? user.entities[0];
  if (entityId === undefined) throw notFound('entity');
  const link = await createLink(tx, {
    purpose: 'set_password',
    subject: user.id,
    userId: user.id,
    entityId,
    clientId: user.clientId,
  });
  await queueMail(tx, {
    key: `staff_invitation/${user.id}/${link.expiresAt}`,
    kind: 'staff_invitation',
    entityId,
    userId: user.id,
    data: { link: link.path, roles: user.roles.join(', '), expires: link.expiresAt },
  });
}

/** A password that a colleague of the first day gets without a mail. */
export interface FirstColleague extends Colleague {
  readonly password: string;
}

/**
 * The first two people of an installation, made by the machine's owner: with one alone nobody could approve
 * anybody. 409 `already_bootstrapped` when there is staff. Everybody after them is invited and approved.
 */
export async function bootstrapStaff(
  tx: Tx,
  people: readonly [FirstColleague, FirstColleague, ...FirstColleague[]],
): Promise<User[]> {
  const emails = new Set(people.map((person) => person.email.trim().toLowerCase()));
  if (emails.size !== people.length) {
    throw conflict('same_person', 'The first people must be different people.');
  }
  return asSystem(tx, async (system) => {
    await system.sql.raw(`select pg_advisory_xact_lock(hashtext('bootstrap'))`);
    const there = await rows(system, `select 1 from user_account where kind = 'staff' limit 1`);
    if (there.length > 0) {
      throw conflict('already_bootstrapped', 'There are colleagues already: invite more of them.');
    }
    const made: User[] = [];
    for (const { password, ...person } of people) {
      const passwordHash = await hashPassword(password);
      made.push(
        await createUser(system, { ...person, kind: 'staff', passwordHash, id: newId('user') }),
      );
    }
    return made;
  });
}
