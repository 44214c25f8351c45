import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { comparableAddress, comparableIp, comparableName } from '../domain/client/comparable';
import { KeyUnavailable, type Keys } from '../domain/keys';
import { Problem } from '../domain/problem';
import { rows, type Tx } from './connection';

/** Shown where a person's key has been erased. */
export const erasedText = '[erased]';

/**
 * Encrypts personal data under the person's own key (AES-256-GCM), which is made on first use.
 * `field` binds the ciphertext to its place, so that two columns cannot be swapped unseen.
 */
export async function encryptFor(
  tx: Tx,
  personId: string,
  field: string,
  text: string,
): Promise<string> {
  return seal(await dataKeyFor(tx, personId), `${personId}/${field}`, Buffer.from(text, 'utf8'));
}

export async function encryptBytesFor(
  tx: Tx,
  personId: string,
  field: string,
  bytes: Uint8Array,
): Promise<Buffer> {
  return sealBytes(await dataKeyFor(tx, personId), `${personId}/${field}`, bytes);
}

/** The text, or `[erased]` when the person's key is gone. Throws KeyUnavailable when it was tampered with. */
export async function decryptFor(
  tx: Tx,
  personId: string,
  field: string,
  sealed: string,
): Promise<string> {
  const key = await existingKey(tx, personId);
  return key ? open(key, `${personId}/${field}`, sealed).toString('utf8') : erasedText;
}

/** Several texts of one field, each person's key read once. In the order of `sealed`, as `decryptFor` answers. */
export async function decryptEach(
  tx: Tx,
  field: string,
  sealed: readonly { readonly personId: string; readonly text: string }[],
): Promise<string[]> {
  return decryptAll(
    tx,
    sealed.map((each) => ({ ...each, field })),
  );
}

/** The same of several fields. */
export async function decryptAll(
  tx: Tx,
  sealed: readonly { readonly personId: string; readonly field: string; readonly text: string }[],
): Promise<string[]> {
  const found = await rows<{ person_id: string; wrapped_key: string | null }>(
    tx,
    'select person_id, wrapped_key from data_key where person_id = any (:persons)',
    { persons: [...new Set(sealed.map(({ personId }) => personId))] },
  );
  const keys = new Map(
    found.map(({ person_id: personId, wrapped_key: wrapped }) => [
      personId,
      wrapped === null ? null : tx.keys.unwrap(wrapped, personId),
    ]),
  );
  return sealed.map(({ personId, field, text }) => {
    const key = keys.get(personId);
    if (key === undefined) throw new KeyUnavailable(`no key for ${personId}`);
    if (key === null) return erasedText;
    return open(key, `${personId}/${field}`, text).toString('utf8');
  });
}

export async function decryptBytesFor(
  tx: Tx,
  personId: string,
  field: string,
  sealed: Uint8Array,
): Promise<Buffer | undefined> {
  const key = await existingKey(tx, personId);
  return key ? openBytes(key, `${personId}/${field}`, sealed) : undefined;
}

/**
 * Whose key keeps words that are about nobody in particular: their author's. `user:usr_…` and the user
 * themselves are one person; a job or the machine's owner has a key of its own.
 */
export function personOfActor(actor: string): string {
  return actor.replace(/^user:/, '');
}

/** Fields that can be looked up exactly, and how their text is made comparable. */
const indexedFields = {
  email: (text: string) => text.trim().toLowerCase(),
  phone: (text: string) => text.replace(/[^0-9+]/g, ''),
  document_number: (text: string) => text.replace(/[^0-9A-Za-z]/g, '').toUpperCase(),
  instrument: (text: string) => text.trim(),
  name: comparableName,
  address: comparableAddress,
  ip: comparableIp,
} as const;

export type IndexedField = keyof typeof indexedFields;

export function blindIndex(keys: Keys, field: IndexedField, value: string): string {
  return keys.blindIndex(field, indexedFields[field](value));
}

/** Makes the person findable by the exact value of the field; by nothing where the value tells nobody apart. */
export async function indexPerson(
  tx: Tx,
  personId: string,
  field: IndexedField,
  value: string,
): Promise<void> {
  if (indexedFields[field](value) === '') return;
  await rows(
    tx,
    `insert into blind_index (field, digest, person_id, seen_at) values (:field, :digest, :personId, clock_timestamp())
     on conflict (field, digest, person_id) do update set seen_at = excluded.seen_at`,
    { field, digest: blindIndex(tx.keys, field, value), personId },
  );
}

/** Of each log-in the latest ones. */
const ipsMax = 20;
/** What nobody came from for so long is forgotten. */
const ipDaysMax = 365;

/** Keeps from where a log-in was used, as a digest alone; with it go older ones than are of use. */
export async function noteIp(tx: Tx, userId: string, ip: string): Promise<void> {
  await indexPerson(tx, userId, 'ip', ip);
  await rows(
    tx,
    `delete from blind_index where person_id = :userId and field = 'ip' and (seen_at < now() - make_interval(days => ${ipDaysMax})
       or digest not in (select digest from blind_index where person_id = :userId and field = 'ip' order by seen_at desc, digest limit ${ipsMax}))`,
    { userId },
  );
}

export async function findPersons(tx: Tx, field: IndexedField, value: string): Promise<string[]> {
  const found = await rows<{ person_id: string }>(
    tx,
    'select person_id from blind_index where field = :field and digest = :digest order by person_id limit 50',
    { field, digest: blindIndex(tx.keys, field, value) },
  );
  return found.map((row) => row.person_id);
}

/**
 * Keys that a transaction has read or asked for: one that is erased meanwhile counts for the transactions that begin
 * afterwards. They go with the transaction, and nothing else keeps one.
 */
const keysMax = 1_000;
const keysOfTransaction = new WeakMap<Tx['sql'], Map<string, Promise<KeyFound>>>();

/** A key, one that is erased (`key` undefined), or none at all. */
type KeyFound = { readonly key: Uint8Array | undefined } | undefined;

/**
 * Asks for a key that the transaction will need, while it does other things: whoever needs it waits for this answer.
 * Changes nothing; where it is refused, so is what follows in the transaction.
 */
export function expectKey(tx: Tx, personId: string): void {
  readKey(tx, personId).catch(() => undefined);
}

async function dataKeyFor(tx: Tx, personId: string): Promise<Uint8Array> {
  const existing = await readKey(tx, personId);
  if (existing) return existing.key ?? isErased();
  await tx
    .sql('data_key')
    .insert({ person_id: personId, wrapped_key: tx.keys.wrap(randomBytes(32), personId) })
    .onConflict('person_id')
    .ignore();
  return (await readKey(tx, personId))?.key ?? fail(`no key for ${personId}`);
}

async function existingKey(tx: Tx, personId: string): Promise<Uint8Array | undefined> {
  const found = await readKey(tx, personId);
  if (!found) throw new KeyUnavailable(`no key for ${personId}`);
  return found.key;
}

function readKey(tx: Tx, personId: string): Promise<KeyFound> {
  const known = keysOfTransaction.get(tx.sql) ?? new Map<string, Promise<KeyFound>>();
  keysOfTransaction.set(tx.sql, known);
  const standing = known.get(personId);
  if (standing) return standing;
  const asked = askForKey(tx, personId);
  if (known.size < keysMax) known.set(personId, asked);
  // One that is not there yet, or is not to be had, is asked for again.
  const forget = () => known.delete(personId);
  asked.then((found) => found?.key ?? forget(), forget);
  return asked;
}

async function askForKey(tx: Tx, personId: string): Promise<KeyFound> {
  const [row] = await rows<{ wrapped_key: string | null }>(
    tx,
    'select wrapped_key from data_key where person_id = :personId',
    { personId },
  );
  if (!row) return undefined;
  if (row.wrapped_key === null) return { key: undefined };
  return { key: tx.keys.unwrap(row.wrapped_key, personId) };
}

/** 410: nothing is written down any more of a person who was erased. */
function isErased(): never {
  throw new Problem({
    status: 410,
    code: 'erased',
    detail: 'What was known of this person has been erased, and nothing new is kept of them.',
  });
}

function fail(message: string): never {
  throw new KeyUnavailable(message);
}

const ivBytes = 12;
const tagBytes = 16;

function seal(key: Uint8Array, context: string, bytes: Uint8Array): string {
  return `p1.${sealBytes(key, context, bytes).toString('base64url')}`;
}

function open(key: Uint8Array, context: string, sealed: string): Buffer {
  if (!sealed.startsWith('p1.')) throw new KeyUnavailable('not a ciphertext of this product');
  return openBytes(key, context, Buffer.from(sealed.slice(3), 'base64url'));
}

function sealBytes(key: Uint8Array, context: string, bytes: Uint8Array): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(context));
  const body = Buffer.concat([cipher.update(bytes), cipher.final()]);
  return Buffer.concat([iv, body, cipher.getAuthTag()]);
}

function openBytes(key: Uint8Array, context: string, sealed: Uint8Array): Buffer {
  const all = Buffer.from(sealed);
  const decipher = createDecipheriv('aes-256-gcm', key, all.subarray(0, ivBytes))
    .setAAD(Buffer.from(context))
    .setAuthTag(all.subarray(all.length - tagBytes));
  try {
    return Buffer.concat([
      decipher.update(all.subarray(ivBytes, all.length - tagBytes)),
      decipher.final(),
    ]);
  } catch (error) {
    throw new KeyUnavailable(`a ciphertext of ${context} does not open`, { cause: error });
  }
}
