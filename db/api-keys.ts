import { createHash, randomBytes } from 'node:crypto';
import type { EventType } from '../domain/access/event-access';
import { newId } from '../domain/ids';
import { notFound } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents } from './events';
import { decryptFor, encryptFor } from './personal-data';
import type { User } from './users';

/** A key acts for the named person who made it, with that person's scope as it is at the time of use. */
export interface ApiKey {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  /** What is shown of the key: enough to tell two apart, useless to guess the rest. */
  readonly prefix: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly revokedAt: string | null;
}

interface ApiKeyRow {
  readonly id: string;
  readonly user_id: string;
  readonly name_ct: string | null;
  readonly created_at: string;
  readonly expires_at: string;
  readonly revoked_at: string | null;
}

const columns = 'id, user_id, name_ct, created_at, expires_at, revoked_at';

async function fromRow(tx: Tx, row: ApiKeyRow): Promise<ApiKey> {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name_ct === null ? '' : await decryptFor(tx, row.user_id, 'apikey.name', row.name_ct),
    prefix: prefixOf(row.id),
    createdAt: utc(row.created_at),
    expiresAt: utc(row.expires_at),
    revokedAt: row.revoked_at === null ? null : utc(row.revoked_at),
  };
}

function prefixOf(id: string): string {
  return `kls_${id.slice(-12)}`;
}

/** The secret has 256 random bits, so a plain digest keeps it: nothing can be guessed from it. */
export function secretHashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Makes a key for the user; the token is shown now and never again. */
export async function createApiKey(
  tx: Tx,
  user: User,
  { name, hours }: { name: string; hours: number },
): Promise<{ key: ApiKey; token: string }> {
  const id = newId('apiKey');
  const token = `${prefixOf(id)}_${randomBytes(32).toString('base64url')}`;
  return asSystem(tx, async (system) => {
    const [row] = await rows<ApiKeyRow>(
      system,
      `insert into api_key (id, user_id, secret_hash, name_ct, expires_at)
       values (:id, :userId, :secretHash, :name, now() + :hours * interval '1 hour') returning ${columns}`,
      {
        id,
        userId: user.id,
        secretHash: secretHashOf(token),
        name: await encryptFor(system, user.id, 'apikey.name', name),
        hours,
      },
    );
    if (!row) throw new Error('the key was not inserted');
    await appendEvents(system, [keyEvent(user, 'apikey.created', id)]);
    return { key: await fromRow(system, row), token };
  });
}

function keyEvent(user: User, type: EventType, key: string) {
  return {
    subject: user.id,
    type,
    entityId: user.entityId ?? user.entities[0] ?? null,
    clientId: user.clientId,
    payload: { key },
  };
}

/** The person's keys that still work, newest first. */
export async function listApiKeys(tx: Tx, userId: string): Promise<ApiKey[]> {
  const found = await rows<ApiKeyRow>(
    tx,
    `select ${columns} from api_key where user_id = :userId and revoked_at is null and expires_at > now()
     order by id desc limit 200`,
    { userId },
  );
  const keys: ApiKey[] = [];
  // One after the other: a transaction has one connection.
  for (const row of found) keys.push(await fromRow(tx, row));
  return keys;
}

/** Ends a key of the person. Throws `not_found` (404) for another person's. */
export async function revokeApiKey(tx: Tx, user: User, id: string): Promise<ApiKey> {
  return asSystem(tx, async (system) => {
    const [row] = await rows<ApiKeyRow>(
      system,
      `update api_key set revoked_at = coalesce(revoked_at, clock_timestamp())
       where id = :id and user_id = :userId returning ${columns}`,
      { id, userId: user.id },
    );
    if (!row) throw notFound('API key');
    await appendEvents(system, [keyEvent(user, 'apikey.revoked', id)]);
    return fromRow(system, row);
  });
}
