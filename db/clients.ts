import type { EventType } from '../domain/access/event-access';
import type { ClientCategory } from '../domain/leverage/caps';
import { normaliseName } from '../domain/screening/normalise';
import { notFound } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents } from './events';
import { decryptFor, findPersons } from './personal-data';

export interface Client {
  readonly id: string;
  readonly kind: 'individual' | 'corporate';
  readonly entityId: string;
  readonly residence: string;
  readonly category: ClientCategory;
  readonly state: string;
  readonly kycLevel: number;
  readonly riskLevel: 'low' | 'medium' | 'high' | null;
  readonly currency: string;
  readonly locale: string;
  readonly approvedAt: string | null;
  readonly version: number;
  readonly createdAt: string;
}

interface ClientRow {
  readonly id: string;
  readonly kind: 'individual' | 'corporate';
  readonly entity_id: string;
  readonly residence: string;
  readonly category: ClientCategory;
  readonly state: string;
  readonly kyc_level: number;
  readonly risk_level: 'low' | 'medium' | 'high' | null;
  readonly currency: string;
  readonly locale: string;
  readonly approved_at: string | null;
  readonly version: number;
  readonly created_at: string;
}

const columns = `c.id, c.kind, c.entity_id, c.residence, c.category, c.state, c.kyc_level, c.risk_level, c.currency, c.locale, c.approved_at,
  c.version, c.created_at`;

function fromRow(row: ClientRow): Client {
  return {
    id: row.id,
    kind: row.kind,
    entityId: row.entity_id,
    residence: row.residence,
    category: row.category,
    state: row.state,
    kycLevel: row.kyc_level,
    riskLevel: row.risk_level,
    currency: row.currency,
    locale: row.locale,
    approvedAt: row.approved_at === null ? null : utc(row.approved_at),
    version: row.version,
    createdAt: utc(row.created_at),
  };
}

/** Throws `not_found` (404), also for a client of another entity or another person. */
export async function readClient(tx: Tx, id: string): Promise<Client> {
  const [row] = await rows<ClientRow>(tx, `select ${columns} from client c where c.id = :id`, {
    id,
  });
  if (!row) throw notFound('client');
  return fromRow(row);
}

export interface ClientFilter {
  readonly entityId?: string;
  readonly state?: string;
  readonly residence?: string;
  readonly category?: string;
  readonly riskLevel?: string;
  /** Only those with a restriction in force that the reader may see. */
  readonly restricted?: boolean;
  /** The id of the last client of the page before. */
  readonly after?: string;
  readonly limit: number;
}

/** Clients that the scope may see, newest first. */
export async function listClients(tx: Tx, filter: ClientFilter): Promise<Client[]> {
  const found = await rows<ClientRow>(
    tx,
    `select ${columns} from client c
     where (:entityId::text is null or c.entity_id = :entityId) and (:state::text is null or c.state = :state)
       and (:residence::text is null or c.residence = :residence) and (:category::text is null or c.category = :category)
       and (:riskLevel::text is null or c.risk_level = :riskLevel)
       and (not :restricted or exists (select 1 from restriction r where r.client_id = c.id and r.lifted_at is null))
       and (:after::text is null or c.id < :after)
     order by c.id desc limit :limit`,
    {
      riskLevel: filter.riskLevel ?? null,
      restricted: filter.restricted ?? false,
      entityId: filter.entityId ?? null,
      state: filter.state ?? null,
      residence: filter.residence ?? null,
      category: filter.category ?? null,
      after: filter.after ?? null,
      limit: filter.limit,
    },
  );
  return found.map(fromRow);
}

/**
 * The clients that the text names exactly: an id of anything of theirs, an e-mail, a phone or document number,
 * a log-in, or a name (every word of it must match a word of the name). At most 50.
 */
export async function searchClients(tx: Tx, text: string): Promise<Client[]> {
  const words = text.trim();
  if (words === '') return [];
  const persons = [
    ...(words.includes('@') ? await findPersons(tx, 'email', words) : []),
    ...(/^[+0-9 ()./-]{5,}$/.test(words) ? await findPersons(tx, 'phone', words) : []),
    ...(/\d/.test(words) ? await findPersons(tx, 'document_number', words) : []),
  ];
  const tokens = [...new Set(normaliseName(words).tokens)].slice(0, 10);
  const found = await rows<ClientRow>(
    tx,
    `select ${columns} from client c where c.id in (
       select id from client where id = :words
       union select client_id from party where id = any (:persons)
       union select client_id from party where id = :words
       union select client_id from trading_account where id = :words or login = :words
       union select client_id from deposit where id = :words or provider_ref = :words
       union select client_id from withdrawal where id = :words
       union select client_id from transfer where id = :words
       union select client_id from kyc_case where id = :words
       union select client_id from (select client_id, party_id from name_token where digest = any (:digests)
         group by client_id, party_id having count(distinct digest) = :tokens) named where :tokens > 0)
     order by c.id desc limit 50`,
    {
      words,
      persons,
      digests: tokens.map((token) => tx.keys.blindIndex('name_token', token)),
      tokens: tokens.length,
    },
  );
  return found.map(fromRow);
}

/** Names of the clients' holders in clear, by client id; for readers with `client.personal` and the client. */
export async function namesOfClients(
  tx: Tx,
  clientIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = await rows<{ id: string; client_id: string; name_ct: string }>(
    tx,
    `select distinct on (client_id) id, client_id, name_ct from party
     where client_id = any (:clientIds) and role = 'holder' order by client_id, created_at`,
    { clientIds: [...clientIds] },
  );
  const names = new Map<string, string>();
  for (const row of found) {
    names.set(row.client_id, await decryptFor(tx, row.id, 'name', row.name_ct));
  }
  return names;
}

/**
 * Moves a client to another state, in the transaction of what caused it. Runs as the system.
 * False when the client is no longer in one of `from`.
 */
export async function moveClient(
  tx: Tx,
  id: string,
  { from, to, event = `client.${to}` }: { from: readonly string[]; to: string; event?: EventType },
): Promise<boolean> {
  const [row] = await asSystem(tx, (system) =>
    rows<ClientRow & { readonly state_before: string }>(
      system,
      `with old as (select id, state from client where id = :id for update)
       update client c set state = :to, version = version + 1,
         approved_at = case when :to = 'approved' then coalesce(approved_at, clock_timestamp()) else approved_at end
       from old where c.id = old.id and old.state = any (:from) returning ${columns}, old.state as state_before`,
      { id, to, from: [...from] },
    ),
  );
  if (!row) return false;
  await asSystem(tx, (system) =>
    appendEvents(system, [
      {
        subject: id,
        type: event,
        entityId: row.entity_id,
        clientId: id,
        payload: { state: to },
        change: { before: { state: row.state_before }, after: { state: to } },
      },
    ]),
  );
  return true;
}
