import type { EventType } from '../domain/access/event-access';
import {
  isPartnerRole,
  partnerPermissionsOf,
  type PartnerRole,
} from '../domain/access/partner-roles';
import { isRole, permissionsOf, type Role } from '../domain/access/roles';
import type { Scope } from '../domain/access/scope';
import { newId } from '../domain/ids';
import { conflict, notFound } from '../domain/problem';
import { secretHashOf } from './api-keys';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents } from './events';
import { mailTime, queueMail } from './mails';
import { blindIndex, decryptFor, encryptFor, noteIp } from './personal-data';

export type UserKind = 'staff' | 'client' | 'partner';
export type UserState = 'invited' | 'active' | 'disabled';

/** A log-in. Name and e-mail are ciphertext under the user's own key and read by `readUserName` alone. */
export interface User {
  readonly id: string;
  readonly kind: UserKind;
  readonly entityId: string | null;
  readonly clientId: string | null;
  readonly partnerId: string | null;
  readonly roles: readonly Role[];
  /** What one of a partner's people is there for; null for everybody else. */
  readonly partnerRole: PartnerRole | null;
  readonly entities: readonly string[];
  readonly state: UserState;
  readonly securityChangedAt: string;
  /** Grows with each change of password, roles or state: sessions of an older version end. */
  readonly version: number;
  readonly createdAt: string;
}

interface UserRow {
  readonly id: string;
  readonly kind: UserKind;
  readonly entity_id: string | null;
  readonly client_id: string | null;
  readonly partner_id: string | null;
  readonly roles: readonly string[];
  readonly partner_role: string | null;
  readonly entities: readonly string[];
  readonly state: UserState;
  readonly security_changed_at: string;
  readonly version: number;
  readonly created_at: string;
}

const columns =
  'id, kind, entity_id, client_id, partner_id, roles, partner_role, entities, state, security_changed_at, version, created_at';

function fromRow(row: UserRow): User {
  return {
    id: row.id,
    kind: row.kind,
    entityId: row.entity_id,
    clientId: row.client_id,
    partnerId: row.partner_id,
    roles: row.roles.filter(isRole),
    partnerRole:
      row.partner_role !== null && isPartnerRole(row.partner_role) ? row.partner_role : null,
    entities: row.entities,
    state: row.state,
    securityChangedAt: utc(row.security_changed_at),
    version: row.version,
    createdAt: utc(row.created_at),
  };
}

export interface NewUser {
  /** Given when the id had to be known before (the actor of its own creation). */
  readonly id?: string;
  readonly kind: UserKind;
  readonly email: string;
  readonly name: string;
  readonly entityId?: string | null;
  readonly clientId?: string | null;
  readonly partnerId?: string | null;
  readonly roles?: readonly Role[];
  readonly partnerRole?: PartnerRole;
  readonly entities?: readonly string[];
  readonly state?: UserState;
  readonly passwordHash?: string;
}

/** Creates a log-in. 409 `email_taken` when the kind has one with this e-mail: never shown to the public. */
export async function createUser(tx: Tx, user: NewUser): Promise<User> {
  const id = user.id ?? newId('user');
  return asSystem(tx, async (system) => {
    const [row] = await rows<UserRow>(
      system,
      `insert into user_account (id, kind, entity_id, client_id, partner_id, email_index, email_ct, name_ct, password_hash, roles, partner_role, entities, state)
       values (:id, :kind, :entityId, :clientId, :partnerId, :emailIndex, :email, :name, :passwordHash, :roles, :partnerRole, :entities, :state)
       on conflict (kind, email_index) do nothing returning ${columns}`,
      {
        id,
        kind: user.kind,
        entityId: user.entityId ?? null,
        clientId: user.clientId ?? null,
        partnerId: user.partnerId ?? null,
        emailIndex: blindIndex(tx.keys, 'email', user.email),
        email: await encryptFor(system, id, 'email', user.email.trim()),
        name: await encryptFor(system, id, 'name', user.name.trim()),
        passwordHash: user.passwordHash ?? null,
        roles: [...(user.roles ?? [])],
        partnerRole: user.partnerRole ?? null,
        entities: [...(user.entities ?? [])],
        state: user.state ?? 'active',
      },
    );
    if (!row) throw conflict('email_taken', 'There is a log-in with this e-mail address already.');
    const created = fromRow(row);
    await appendEvents(system, [
      userEvent(created, 'user.created', { kind: created.kind, roles: created.roles }),
    ]);
    return created;
  });
}

function userEvent(
  user: User,
  type: EventType,
  payload: { readonly [key: string]: string | readonly string[] | null },
) {
  return {
    subject: user.id,
    type,
    entityId: user.entityId ?? user.entities[0] ?? null,
    clientId: user.clientId,
    payload,
  };
}

/** Throws `not_found` (404), also for a user of another entity. */
export async function readUser(tx: Tx, id: string): Promise<User> {
  const [row] = await rows<UserRow>(tx, `select ${columns} from user_account where id = :id`, {
    id,
  });
  if (!row) throw notFound('user');
  return fromRow(row);
}

/** Whose API key this is, when it is known, not expired and not revoked. Runs as the system. */
export async function findUserOfKey(tx: Tx, token: string): Promise<User | undefined> {
  const [row] = await rows<UserRow>(
    tx,
    `select ${columns} from user_account where id = (
       select user_id from api_key where secret_hash = :hash and revoked_at is null and expires_at > now())`,
    { hash: secretHashOf(token) },
  );
  return row && fromRow(row);
}

export async function userOfClient(tx: Tx, clientId: string): Promise<User | undefined> {
  const [row] = await rows<UserRow>(
    tx,
    `select ${columns} from user_account where client_id = :clientId order by created_at limit 1`,
    { clientId },
  );
  return row && fromRow(row);
}

export interface Credentials {
  readonly user: User;
  readonly passwordHash: string | undefined;
}

/** The log-in of the kind with this e-mail, for whoever verifies its password. Runs as the system. */
export async function findCredentials(
  tx: Tx,
  kind: UserKind,
  email: string,
): Promise<Credentials | undefined> {
  const [row] = await rows<UserRow & { password_hash: string | null }>(
    tx,
    `select ${columns}, password_hash from user_account where kind = :kind and email_index = :emailIndex`,
    { kind, emailIndex: blindIndex(tx.keys, 'email', email) },
  );
  return row && { user: fromRow(row), passwordHash: row.password_hash ?? undefined };
}

export interface UserName {
  readonly name: string;
  readonly email: string;
}

/** Name and e-mail in clear, for the person and for colleagues who may see them. */
export async function readUserName(tx: Tx, id: string): Promise<UserName> {
  const [row] = await rows<{ name_ct: string; email_ct: string }>(
    tx,
    'select name_ct, email_ct from user_account where id = :id',
    { id },
  );
  if (!row) throw notFound('user');
  return {
    name: await decryptFor(tx, id, 'name', row.name_ct),
    email: await decryptFor(tx, id, 'email', row.email_ct),
  };
}

/** Log-ins that the scope may see, oldest first; `after` is the last one's id. */
export async function listUsers(
  tx: Tx,
  {
    kind,
    state,
    after,
    limit,
  }: { kind?: UserKind; state?: UserState; after?: string; limit: number },
): Promise<User[]> {
  const found = await rows<UserRow>(
    tx,
    `select ${columns} from user_account
     where (:kind::text is null or kind = :kind) and (:state::text is null or state = :state)
       and (:after::text is null or id > :after)
     order by id limit :limit`,
    { kind: kind ?? null, state: state ?? null, after: after ?? null, limit },
  );
  return found.map(fromRow);
}

/** Sets the password, ends every session and API key of the person, and says so in the log. */
export async function setPassword(
  tx: Tx,
  userId: string,
  passwordHash: string,
  cause: 'first' | 'reset' | 'changed',
): Promise<User> {
  return asSystem(tx, async (system) => {
    await rows(
      system,
      `update user_account set password_hash = :passwordHash,
         state = case when state = 'invited' then 'active' else state end where id = :userId`,
      { userId, passwordHash },
    );
    return recordSecurityChange(system, userId, `password_${cause}`);
  });
}

/**
 * A password, e-mail or second factor has changed: other sessions and keys end, and the time counts in the
 * withdrawal policy (no automatic approval soon after).
 */
export async function recordSecurityChange(tx: Tx, userId: string, what: string): Promise<User> {
  return asSystem(tx, async (system) => {
    const [row] = await rows<UserRow>(
      system,
      `update user_account set security_changed_at = clock_timestamp(), version = version + 1
       where id = :userId returning ${columns}`,
      { userId },
    );
    if (!row) throw notFound('user');
    await rows(
      system,
      'update api_key set revoked_at = clock_timestamp() where user_id = :userId and revoked_at is null',
      { userId },
    );
    const user = fromRow(row);
    await appendEvents(system, [userEvent(user, 'user.security_changed', { what })]);
    if (what !== 'password_first') await tellChange(system, user);
    return user;
  });
}

/**
 * Ends every session, key and link of whoever logs in for the client, without a letter: its reader may be who has got
 * in. With `forgetPassword` the password works no more. Runs as the system.
 */
export async function endAccess(
  tx: Tx,
  clientId: string,
  { forgetPassword }: { readonly forgetPassword: boolean },
): Promise<void> {
  const users = await rows<UserRow>(
    tx,
    `update user_account set version = version + 1,
       password_hash = case when :forgetPassword then null else password_hash end,
       security_changed_at = case when :forgetPassword then clock_timestamp() else security_changed_at end
     where client_id = :clientId returning ${columns}`,
    { clientId, forgetPassword },
  );
  await rows(
    tx,
    `update api_key k set revoked_at = clock_timestamp() from user_account u
     where u.client_id = :clientId and k.user_id = u.id and k.revoked_at is null`,
    { clientId },
  );
  await rows(
    tx,
    `update one_time_link set used_at = clock_timestamp()
     where used_at is null and (client_id = :clientId or user_id = any (:userIds))`,
    { clientId, userIds: users.map(({ id }) => id) },
  );
  await appendEvents(
    tx,
    users.map((row) => userEvent(fromRow(row), 'user.access_ended', {})),
  );
}

/** The client is told by letter: whoever changed it may be somebody else. */
async function tellChange(tx: Tx, user: User): Promise<void> {
  const { clientId, entityId } = user;
  if (clientId === null || entityId === null) return;
  await queueMail(tx, {
    key: `instrument_changed/${user.id}/${user.version}`,
    kind: 'instrument_changed',
    ...{ clientId, entityId },
    data: { change: 'What you log in with', at: mailTime(new Date()) },
  });
}

/** Shuts a log-in out at once, or lets it in again. */
export async function setUserState(tx: Tx, userId: string, state: UserState): Promise<User> {
  return asSystem(tx, async (system) => {
    const [row] = await rows<UserRow>(
      system,
      `update user_account set state = :state, version = version + 1 where id = :userId returning ${columns}`,
      { userId, state },
    );
    if (!row) throw notFound('user');
    const user = fromRow(row);
    await appendEvents(system, [userEvent(user, `user.${state}`, {})]);
    return user;
  });
}

/** `ip` is kept as a digest, of clients and partners alone: colleagues share one. */
export async function recordLogIn(
  tx: Tx,
  user: User,
  { how, ip }: { readonly how: 'session' | 'token'; readonly ip: string },
): Promise<void> {
  await asSystem(tx, async (system) => {
    if (user.kind !== 'staff') await noteIp(system, user.id, ip);
    await appendEvents(system, [userEvent(user, 'user.logged_in', { how })]);
  });
}

/** What the user may see and do. Runs as the system; the answer is good for one request. */
export async function scopeOf(tx: Tx, user: User): Promise<Scope> {
  const actor = `user:${user.id}`;
  switch (user.kind) {
    case 'staff': {
      const permissions = permissionsOf(user.roles);
      return {
        kind: 'staff',
        actor,
        userId: user.id,
        entities: user.entities,
        roles: user.roles,
        permissions,
        restricted: permissions.has('restricted.read'),
      };
    }
    case 'client': {
      if (user.clientId === null || user.entityId === null) throw notFound('client');
      const { clientId, entityId } = user;
      return { kind: 'client', actor, userId: user.id, clientId, entityId };
    }
    case 'partner': {
      if (user.partnerId === null || user.entityId === null) throw notFound('partner');
      const partners = await rows<{ id: string }>(
        tx,
        `with recursive tree as (
           select id, 1 as depth from partner where id = :partnerId
           union all select p.id, t.depth + 1 from partner p join tree t on p.parent_id = t.id where t.depth < 10)
         select id from tree`,
        { partnerId: user.partnerId },
      );
      return {
        kind: 'partner',
        actor,
        userId: user.id,
        partnerId: user.partnerId,
        partners: partners.map((row) => row.id),
        entityId: user.entityId,
        permissions: partnerPermissionsOf(user.partnerRole),
      };
    }
  }
}
