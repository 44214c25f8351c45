import type { PartnerPermission, PartnerRole } from '../domain/access/partner-roles';
import { mayForPartner } from '../domain/access/scope';
import { conflict, forbidden, notFound, refused } from '../domain/problem';
import { mailPasswordLink } from './client-registration';
import { asSystem, rows, type Tx } from './connection';
import { appendEvents } from './events';
import { inTurn } from './in-turn';
import { partnerEvent, readPartner, type Partner } from './partners';
import { blindIndex, encryptFor } from './personal-data';
import {
  createUser,
  readUser,
  readUserName,
  setUserState,
  type User,
  type UserName,
} from './users';

/** One of those who log in for a partner. */
export interface PartnerPerson extends UserName {
  readonly user: User;
  readonly role: PartnerRole;
}

/** The partner for which the caller may do that. Throws 403 with the missing permission. */
function partnerWith({ scope }: Tx, permission: PartnerPermission): string {
  if (scope.kind !== 'partner' || !mayForPartner(scope, permission)) throw forbidden(permission);
  return scope.partnerId;
}

/** The people of the caller's own partner, oldest first; `after` is the last one's id. */
export async function listPartnerPeople(
  tx: Tx,
  filter: { state?: User['state']; withoutRemoved?: true; after?: string; limit: number },
): Promise<PartnerPerson[]> {
  const partnerId = partnerWith(tx, 'people.read');
  const found = await rows<{ id: string }>(
    tx,
    `select id from user_account where partner_id = :partnerId and partner_role is not null
       and (:state::text is null or state = :state) and (:after::text is null or id > :after)
       and not (:withoutRemoved and state = 'disabled')
     order by id limit :limit`,
    {
      partnerId,
      state: filter.state ?? null,
      withoutRemoved: filter.withoutRemoved ?? false,
      after: filter.after ?? null,
      limit: filter.limit,
    },
  );
  return inTurn(found, ({ id }) => readPartnerPerson(tx, id));
}

/** One of the people of the caller's own partner. Throws `not_found` (404) for anybody else. */
export async function readPartnerPerson(tx: Tx, userId: string): Promise<PartnerPerson> {
  const partnerId = partnerWith(tx, 'people.read');
  const user = await readUser(tx, userId);
  if (user.partnerId !== partnerId || user.partnerRole === null) throw notFound('user');
  const named = await asSystem(tx, (system) => readUserName(system, userId));
  return { user, role: user.partnerRole, ...named };
}

/**
 * Gives somebody a log-in of the caller's partner and mails the link that sets its password. Who has been removed comes
 * back by it, with a password to be set anew. 409 `email_taken`; 422 `partner_not_active`.
 */
export async function invitePartnerPerson(
  tx: Tx,
  person: { readonly name: string; readonly email: string; readonly role: PartnerRole },
): Promise<PartnerPerson> {
  const partner = await readPartner(tx, partnerWith(tx, 'people.edit'));
  assertActive(partner);
  const { name, email, role } = person;
  const userId = await asSystem(tx, async (system) => {
    const removed = await removedWith(system, partner.id, email);
    if (removed === undefined) {
      const user = await createUser(system, {
        ...{ kind: 'partner', email, name, state: 'invited' },
        ...{ entityId: partner.entityId, partnerId: partner.id, partnerRole: role },
      });
      return user.id;
    }
    await rows(
      system,
      `update user_account set partner_role = :role, name_ct = :name, password_hash = null where id = :id`,
      { id: removed, role, name: await encryptFor(system, removed, 'name', name.trim()) },
    );
    await setUserState(system, removed, 'invited');
    return removed;
  });
  await asSystem(tx, async (system) => {
    await mailPasswordLink(system, await readUser(system, userId), 'verify_email');
    await appendEvents(system, [
      partnerEvent(partner, 'partner.person_invited', { user: userId, role }),
    ]);
  });
  return readPartnerPerson(tx, userId);
}

function assertActive(partner: Partner): void {
  if (partner.state !== 'active')
    throw refused('partner_not_active', 'The partner is not active.', { state: partner.state });
}

/** Who was removed from this partner and had this address. */
async function removedWith(tx: Tx, partnerId: string, email: string): Promise<string | undefined> {
  const [row] = await rows<{ id: string }>(
    tx,
    `select id from user_account where kind = 'partner' and partner_id = :partnerId and email_index = :emailIndex
       and state = 'disabled' for update`,
    { partnerId, emailIndex: blindIndex(tx.keys, 'email', email) },
  );
  return row?.id;
}

/**
 * Mails the invitation again, at most once in ten minutes; the old link stops working. 409 `not_invited` for who has a
 * password already.
 */
export async function invitePartnerPersonAgain(tx: Tx, userId: string): Promise<PartnerPerson> {
  const partner = await readPartner(tx, partnerWith(tx, 'people.edit'));
  assertActive(partner);
  const person = await readPartnerPerson(tx, userId);
  if (person.user.state !== 'invited')
    throw conflict('not_invited', 'This person is not waiting for an invitation.', {
      state: person.user.state,
    });
  await asSystem(tx, (system) => mailPasswordLink(system, person.user, 'verify_email'));
  return person;
}

/**
 * Gives one of the partner's people another role, from the next request on. 409 `stale` with the present version,
 * `already_so`, `removed`, and `last_owner` where nobody else could give a role afterwards.
 */
export async function changePartnerRole(
  tx: Tx,
  userId: string,
  { role, expectedVersion }: { role: PartnerRole; expectedVersion: number },
): Promise<PartnerPerson> {
  const partner = await readPartner(tx, partnerWith(tx, 'people.edit'));
  const person = await lockedPerson(tx, partner, userId);
  if (person.user.version !== expectedVersion)
    throw conflict('stale', 'The person has been changed since you looked.', {
      version: person.user.version,
    });
  if (person.role === role) throw conflict('already_so', 'The person has this role already.');
  await asSystem(tx, async (system) => {
    if (role !== 'owner') await assertOtherOwner(system, partner, person);
    await rows(
      system,
      'update user_account set partner_role = :role, version = version + 1 where id = :userId',
      { userId, role },
    );
    await appendEvents(system, [
      partnerEvent(partner, 'partner.person_role_changed', {
        ...{ user: userId, before: person.role, after: role },
      }),
    ]);
  });
  return readPartnerPerson(tx, userId);
}

/**
 * Shuts one of the partner's people out at once: sessions, keys and links stop working. 409 `removed` for who is out
 * already, `last_owner`.
 */
export async function removePartnerPerson(tx: Tx, userId: string): Promise<PartnerPerson> {
  const partner = await readPartner(tx, partnerWith(tx, 'people.edit'));
  const person = await lockedPerson(tx, partner, userId);
  await asSystem(tx, async (system) => {
    await assertOtherOwner(system, partner, person);
    await setUserState(system, userId, 'disabled');
    await rows(
      system,
      'update api_key set revoked_at = clock_timestamp() where user_id = :userId and revoked_at is null',
      { userId },
    );
    await rows(
      system,
      'update one_time_link set used_at = clock_timestamp() where user_id = :userId and used_at is null',
      { userId },
    );
    await appendEvents(system, [
      partnerEvent(partner, 'partner.person_removed', { user: userId, role: person.role }),
    ]);
  });
  // Who has removed themselves sees nothing more of it.
  return { ...person, user: await asSystem(tx, (system) => readUser(system, userId)) };
}

/** The person as they are now; of two changes at once, one waits here for the other. */
async function lockedPerson(tx: Tx, partner: Partner, userId: string): Promise<PartnerPerson> {
  await asSystem(tx, (system) =>
    rows(
      system,
      `select id from user_account where partner_id = :partnerId and (partner_role = 'owner' or id = :userId)
       order by id for update`,
      { partnerId: partner.id, userId },
    ),
  );
  const person = await readPartnerPerson(tx, userId);
  if (person.user.state === 'disabled')
    throw conflict('removed', 'This person has been removed already.', {
      state: person.user.state,
    });
  return person;
}

/** An owner who has not set a password yet may never come: they do not count. */
async function assertOtherOwner(tx: Tx, partner: Partner, person: PartnerPerson): Promise<void> {
  if (person.role !== 'owner' || person.user.state !== 'active') return;
  const [other] = await rows(
    tx,
    `select 1 from user_account where partner_id = :partnerId and partner_role = 'owner' and state = 'active'
       and id <> :userId limit 1`,
    { partnerId: partner.id, userId: person.user.id },
  );
  if (!other)
    throw conflict('last_owner', 'Somebody else must be an owner first.', { role: person.role });
}
