import type { MemberRole } from '../domain/kyc/ownership';
import { normaliseName } from '../domain/screening/normalise';
import { newId } from '../domain/ids';
import type { Keys } from '../domain/keys';
import { notFound } from '../domain/problem';
import { noteClientChange } from './compliance-calendars';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents, canonical } from './events';
import { decryptFor, encryptFor, indexPerson } from './personal-data';
import { recordParticipation } from './tasks';

export type PartyRole = MemberRole;

/** A person's data; each field is ciphertext under the party's own key (field name = column without `_ct`). */
export interface PersonalData {
  readonly name: string;
  readonly email: string;
  /** `YYYY-MM-DD`. */
  readonly birth_date?: string;
  readonly phone?: string;
  readonly address?: string;
  /** ISO 3166 alpha-2. */
  readonly nationality?: string;
  readonly document_number?: string;
}

const fields = [
  'name',
  'email',
  'birth_date',
  'phone',
  'address',
  'nationality',
  'document_number',
] as const satisfies readonly (keyof PersonalData)[];

type Field = (typeof fields)[number];

export interface Party {
  readonly id: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly role: PartyRole;
  readonly kind: 'individual' | 'organisation';
  /** Changes with name, birth date, nationality or document number: what screening and dismissals are keyed to. */
  readonly dataHash: string;
  readonly version: number;
  readonly createdAt: string;
}

interface PartyRow {
  readonly id: string;
  readonly entity_id: string;
  readonly client_id: string;
  readonly role: PartyRole;
  readonly kind: 'individual' | 'organisation';
  readonly data_hash: string;
  readonly version: number;
  readonly created_at: string;
}

const columns = 'id, entity_id, client_id, role, kind, data_hash, version, created_at';

function fromRow(row: PartyRow): Party {
  return {
    id: row.id,
    entityId: row.entity_id,
    clientId: row.client_id,
    role: row.role,
    kind: row.kind,
    dataHash: row.data_hash,
    version: row.version,
    createdAt: utc(row.created_at),
  };
}

/** A keyed digest: equal data gives equal hashes, and the hash alone gives nothing away. */
export function partyDataHash(keys: Keys, data: PersonalData): string {
  const { name, birth_date = '', nationality = '', document_number = '' } = data;
  return keys.blindIndex(
    'party_data',
    canonical({ name: normaliseName(name).tokens, birth_date, nationality, document_number }),
  );
}

/** Adds a person to a client's contract. Runs as the system; the caller has checked who may. */
export async function addParty(
  tx: Tx,
  of: {
    readonly entityId: string;
    readonly clientId: string;
    readonly role: PartyRole;
    readonly kind?: Party['kind'];
  },
  data: PersonalData,
): Promise<Party> {
  const id = newId('party');
  const sealed = await seal(tx, id, data);
  const [row] = await rows<PartyRow>(
    tx,
    `insert into party (id, entity_id, client_id, role, kind, name_ct, birth_date_ct, email_ct, phone_ct, address_ct, nationality_ct,
       document_number_ct, data_hash)
     values (:id, :entityId, :clientId, :role, :kind, :name, :birth_date, :email, :phone, :address, :nationality, :document_number, :dataHash)
     returning ${columns}`,
    { id, kind: 'individual', ...of, ...sealed, dataHash: partyDataHash(tx.keys, data) },
  );
  if (!row) throw new Error('the party was not inserted');
  await indexParty(tx, fromRow(row), data);
  return fromRow(row);
}

async function seal(tx: Tx, id: string, data: PersonalData): Promise<Record<Field, string | null>> {
  const sealed = async (field: Field): Promise<string | null> => {
    const value = data[field];
    return value === undefined || value === '' ? null : encryptFor(tx, id, field, value);
  };
  return {
    name: await sealed('name'),
    email: await sealed('email'),
    birth_date: await sealed('birth_date'),
    phone: await sealed('phone'),
    address: await sealed('address'),
    nationality: await sealed('nationality'),
    document_number: await sealed('document_number'),
  };
}

async function indexParty(tx: Tx, party: Party, data: PersonalData): Promise<void> {
  await rows(tx, 'delete from blind_index where person_id = :id', { id: party.id });
  await rows(tx, 'delete from name_token where party_id = :id', { id: party.id });
  await indexPerson(tx, party.id, 'name', data.name);
  if (data.address) await indexPerson(tx, party.id, 'address', data.address);
  if (data.email !== '') await indexPerson(tx, party.id, 'email', data.email);
  if (data.phone) await indexPerson(tx, party.id, 'phone', data.phone);
  if (data.document_number) {
    await indexPerson(tx, party.id, 'document_number', data.document_number);
  }
  const tokens = [...new Set(normaliseName(data.name).tokens)].slice(0, 20);
  for (const token of tokens) {
    await rows(
      tx,
      `insert into name_token (digest, party_id, entity_id, client_id)
       values (:digest, :id, :entityId, :clientId) on conflict do nothing`,
      {
        digest: tx.keys.blindIndex('name_token', token),
        id: party.id,
        entityId: party.entityId,
        clientId: party.clientId,
      },
    );
  }
}

/** The people of a client's contract, the holder first; whoever was taken out of it is not among them. */
export async function partiesOf(tx: Tx, clientId: string): Promise<Party[]> {
  const found = await rows<PartyRow>(
    tx,
    `select ${columns} from party where client_id = :clientId and removed_at is null
     order by role <> 'holder', created_at, id limit 30`,
    { clientId },
  );
  return found.map(fromRow);
}

/** Throws `not_found` (404). */
export async function holderOf(tx: Tx, clientId: string): Promise<Party> {
  const [party] = await partiesOf(tx, clientId);
  if (party?.role !== 'holder') throw notFound('client');
  return party;
}

/** A party's data in clear. A field whose key has been erased reads `[erased]`. */
export async function readPersonalData(tx: Tx, partyId: string): Promise<PersonalData> {
  const [row] = await rows<Record<string, string | null>>(
    tx,
    `select name_ct as name, email_ct as email, birth_date_ct as birth_date, phone_ct as phone, address_ct as address,
       nationality_ct as nationality, document_number_ct as document_number from party where id = :partyId`,
    { partyId },
  );
  if (!row) throw notFound('party');
  const opened: Partial<Record<Field, string>> = {};
  for (const field of fields) {
    const sealed = row[field];
    if (sealed) opened[field] = await decryptFor(tx, partyId, field, sealed);
  }
  return { ...opened, name: opened.name ?? '', email: opened.email ?? '' };
}

/**
 * Changes a party's data; what is not named stays. The event keeps the new values as ciphertext. A member of
 * staff who edits has taken part and may not decide on the client any more.
 */
export async function changeParty(
  tx: Tx,
  partyId: string,
  changes: Partial<PersonalData>,
): Promise<Party> {
  const present = await readPersonalData(tx, partyId);
  const data = { ...present, ...changes };
  return asSystem(tx, async (system) => {
    const sealed = await seal(system, partyId, data);
    // The calendar's row before the client's chain of events, as its process takes them: else each waits for the other.
    await noteClientChange(
      system,
      partyId,
      fields.filter((field) => data[field] !== present[field]),
    );
    const [row] = await rows<PartyRow>(
      system,
      `update party set name_ct = :name, birth_date_ct = :birth_date, email_ct = :email, phone_ct = :phone,
         address_ct = :address, nationality_ct = :nationality, document_number_ct = :document_number,
         data_hash = :dataHash, version = version + 1
       where id = :partyId returning ${columns}`,
      { partyId, ...sealed, dataHash: partyDataHash(tx.keys, data) },
    );
    if (!row) throw notFound('party');
    const party = fromRow(row);
    await indexParty(system, party, data);
    if (tx.scope.kind === 'staff') {
      await recordParticipation(system, party.clientId, tx.scope.userId, 'edited');
    }
    await appendEvents(system, [
      {
        subject: party.clientId,
        type: 'client.data_changed',
        entityId: party.entityId,
        clientId: party.clientId,
        payload: { party: partyId, fields: Object.keys(changes).sort() },
        personal: {
          personId: partyId,
          data: { ...changes },
          change: { before: { ...present }, after: { ...data } },
        },
      },
    ]);
    return party;
  });
}
