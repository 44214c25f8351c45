import { may } from '../domain/access/scope';
import { newId } from '../domain/ids';
import { forbidden, notFound } from '../domain/problem';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { rows, utc, type Tx } from './connection';
import { enqueueStart } from './dispatch';
import { appendEvents } from './events';
import { detailsField } from './documents';
import { zoneField } from './document-readings';
import { decryptAll, erasedText } from './personal-data';

/** What became of somebody who came near a listed name when everybody was screened again. */
export const matchOutcomes = ['opened', 'judged', 'held', 'in_case'] as const;
export type MatchOutcome = (typeof matchOutcomes)[number];

/** A new version of a list, or an outside matcher that was set up otherwise, held against everybody there is. */
export interface Rescreening {
  readonly id: string;
  /** Null, as list and number are, where a matcher is the cause. */
  readonly versionId: string | null;
  readonly listId: string | null;
  readonly listName: string | null;
  readonly number: number | null;
  readonly matcher: string | null;
  readonly state: 'running' | 'done';
  /** People there were when it began. */
  readonly parties: number;
  readonly looked: number;
  readonly startedAt: string;
  readonly finishedAt: string | null;
}

interface RescreeningRow {
  readonly id: string;
  readonly version_id: string | null;
  readonly list_id: string | null;
  readonly list_name: string | null;
  readonly number: number | null;
  readonly matcher: string | null;
  readonly state: 'running' | 'done';
  readonly parties: number;
  readonly looked: number;
  readonly started_at: string;
  readonly finished_at: string | null;
}

const selected = `select r.id, r.version_id, v.list_id, l.name as list_name, v.number, r.matcher, r.state, r.parties, r.looked, r.started_at,
  r.finished_at from rescreening r left join sanction_list_version v on v.id = r.version_id
  left join sanction_list l on l.id = v.list_id`;

function fromRow(row: RescreeningRow): Rescreening {
  return {
    id: row.id,
    versionId: row.version_id,
    listId: row.list_id,
    listName: row.list_name,
    number: row.number,
    matcher: row.matcher,
    state: row.state,
    parties: row.parties,
    looked: row.looked,
    startedAt: utc(row.started_at),
    finishedAt: row.finished_at === null ? null : utc(row.finished_at),
  };
}

/**
 * Has everybody who is there now screened again because of a version; nothing where nobody is, or where the version only
 * takes entries away. Runs as the system, in the transaction that brings the version into force.
 */
export async function startRescreening(
  tx: Tx,
  version: {
    readonly id: string;
    readonly listId: string;
    readonly added: number;
    readonly changed: number;
  },
): Promise<void> {
  if (version.added + version.changed === 0) return;
  await begin(tx, { versionId: version.id, matcher: null }, `list/${version.listId}`);
}

/** The same because a matcher is new, or set up otherwise. Runs as the system. */
export async function startMatcherRescreening(tx: Tx, matcher: string): Promise<void> {
  await begin(tx, { versionId: null, matcher }, `list/${matcher}`);
}

async function begin(
  tx: Tx,
  cause: { readonly versionId: string | null; readonly matcher: string | null },
  subject: string,
): Promise<void> {
  const [there] = await rows<{ parties: number; last: string | null }>(
    tx,
    'select count(*)::int as parties, max(id) as last from party',
  );
  if (!there || there.last === null) return;
  const id = newId('rescreening');
  await rows(
    tx,
    `insert into rescreening (id, version_id, matcher, parties, until_party)
     values (:id, :versionId, :matcher, :parties, :until)`,
    { id, ...cause, parties: there.parties, until: there.last },
  );
  await enqueueStart(tx, {
    workflow: 'rescreening',
    workflowId: workflowIds.rescreening(id),
    taskQueue: taskQueues.workflows,
    args: { id },
    subject,
    entityId: null,
  });
}

/** Throws `not_found` (404). */
export async function readRescreening(tx: Tx, id: string): Promise<Rescreening> {
  const [row] = await rows<RescreeningRow>(tx, `${selected} where r.id = :id`, { id });
  if (!row) throw notFound('re-screening');
  return fromRow(row);
}

/** The one that a version has caused, if it has. */
export async function rescreeningOfVersion(
  tx: Tx,
  versionId: string,
): Promise<Rescreening | undefined> {
  const [row] = await rows<RescreeningRow>(tx, `${selected} where r.version_id = :versionId`, {
    versionId,
  });
  return row && fromRow(row);
}

/** The newest first. */
export async function listRescreenings(
  tx: Tx,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<Rescreening[]> {
  const found = await rows<RescreeningRow>(
    tx,
    `${selected} where (:after::text is null or r.id < :after) order by r.id desc limit :limit`,
    { after: after ?? null, limit },
  );
  return found.map(fromRow);
}

export interface RescreeningMatch {
  readonly partyId: string;
  readonly clientId: string;
  readonly entityId: string;
  readonly outcome: MatchOutcome;
  readonly screeningId: string | null;
  readonly at: string;
}

/** Whom it found, in the entities of whoever asks. Needs `screening.decide` (403). */
export async function matchesOfRescreening(
  tx: Tx,
  id: string,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<RescreeningMatch[]> {
  if (!may(tx.scope, 'screening.decide')) throw forbidden('screening.decide');
  const found = await rows<{
    party_id: string;
    client_id: string;
    entity_id: string;
    outcome: MatchOutcome;
    screening_id: string | null;
    at: string;
  }>(
    tx,
    `select party_id, client_id, entity_id, outcome, screening_id, at from rescreening_match
     where rescreening_id = :id and (:after::text is null or party_id > :after) order by party_id limit :limit`,
    { id, after: after ?? null, limit },
  );
  return found.map((row) => ({
    partyId: row.party_id,
    clientId: row.client_id,
    entityId: row.entity_id,
    outcome: row.outcome,
    screeningId: row.screening_id,
    at: utc(row.at),
  }));
}

/** How many it found of each kind, in the entities of whoever asks. Needs `screening.decide` (403). */
export async function matchCounts(
  tx: Tx,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Readonly<Record<MatchOutcome, number>>>> {
  if (!may(tx.scope, 'screening.decide')) throw forbidden('screening.decide');
  const found = await rows<{ id: string } & Record<MatchOutcome, number>>(
    tx,
    `select r.id, count(*) filter (where m.outcome = 'opened')::int as opened,
       count(*) filter (where m.outcome = 'judged')::int as judged, count(*) filter (where m.outcome = 'held')::int as held,
       count(*) filter (where m.outcome = 'in_case')::int as in_case
     from rescreening r left join rescreening_match m on m.rescreening_id = r.id where r.id = any (:ids) group by r.id`,
    { ids: [...ids] },
  );
  return new Map(found.map(({ id, ...counts }) => [id, counts]));
}

/** Somebody to look at again, as the screening of onboarding saw them. */
export interface ScreenedPerson {
  readonly partyId: string;
  readonly clientId: string;
  readonly entityId: string;
  readonly kind: 'individual' | 'organisation';
  readonly personal: {
    readonly name: string;
    readonly birth_date?: string;
    readonly nationality?: string;
  };
  /** The machine-readable lines of the holder's identity document, as typed in, else as read from its picture. */
  readonly mrz: string | undefined;
}

export interface RescreeningPage {
  /** The last party of the page before. */
  readonly from: string;
  /** The last party of this one; null when nobody is left. */
  readonly last: string | null;
  /** Parties that were read, those included who are not in `people`: erased, or taken out of their contract. */
  readonly looked: number;
  readonly people: readonly ScreenedPerson[];
}

/**
 * The next people, in four statements however many they are. Left out are those whose data are erased. Whoever never
 * applied at all is among them, and whoever is still collecting papers, who may have paid in already.
 */
export async function nextPeople(tx: Tx, id: string, limit: number): Promise<RescreeningPage> {
  const [at] = await rows<{ after_party: string; until_party: string; state: string }>(
    tx,
    'select after_party, until_party, state from rescreening where id = :id',
    { id },
  );
  if (!at) throw notFound('re-screening');
  const nobody = { from: at.after_party, last: null, looked: 0, people: [] };
  if (at.state === 'done') return nobody;
  const found = await rows<{
    id: string;
    kind: 'individual' | 'organisation';
    is_removed: boolean;
    client_id: string;
    entity_id: string;
    name_ct: string;
    birth_date_ct: string | null;
    nationality_ct: string | null;
    document_id: string | null;
    details_ct: string | null;
    zone_ct: string | null;
  }>(
    tx,
    `select p.id, p.kind, p.removed_at is not null as is_removed, p.client_id, p.entity_id, p.name_ct, p.birth_date_ct, p.nationality_ct,
       d.id as document_id, d.details_ct, r.zone_ct
     from party p
     left join lateral (select id from kyc_case where client_id = p.client_id
       order by opened_at desc, id desc limit 1) k on true
     left join lateral (select id, details_ct from document where case_id = k.id and party_id = p.id and p.role = 'holder'
       and slot = 'identity' and state <> 'archived' order by uploaded_at, id limit 1) d on true
     left join document_reading r on r.document_id = d.id
     where p.id > :after and p.id <= :until order by p.id limit :limit`,
    { after: at.after_party, until: at.until_party, limit },
  );
  const last = found.at(-1);
  if (!last) return nobody;
  const screened = found.filter(({ is_removed: isRemoved }) => !isRemoved);
  const opened = await decryptAll(
    tx,
    screened.flatMap((row) => {
      const { id: personId } = row;
      return [
        { personId, field: 'name', text: row.name_ct },
        ...sealedField(personId, 'birth_date', row.birth_date_ct),
        ...sealedField(personId, 'nationality', row.nationality_ct),
        ...sealedField(personId, detailsField(row.document_id ?? ''), row.details_ct),
        ...sealedField(personId, zoneField(row.document_id ?? ''), row.zone_ct),
      ];
    }),
  );
  const next = opened.values();
  const take = (sealed: string | null) => (sealed === null ? undefined : next.next().value);
  const people = screened.flatMap((row): ScreenedPerson[] => {
    const name = take(row.name_ct) ?? '';
    const birth = take(row.birth_date_ct);
    const nationality = take(row.nationality_ct);
    const details = take(row.details_ct);
    const read = take(row.zone_ct);
    if (name === erasedText) return [];
    return [
      {
        partyId: row.id,
        clientId: row.client_id,
        entityId: row.entity_id,
        kind: row.kind,
        personal: {
          name,
          ...(birth !== undefined && { birth_date: birth }),
          ...(nationality !== undefined && { nationality }),
        },
        mrz: (details === undefined ? undefined : mrzOf(details)) ?? read,
      },
    ];
  });
  return { from: at.after_party, last: last.id, looked: found.length, people };
}

function sealedField(personId: string, field: string, text: string | null) {
  return text === null ? [] : [{ personId, field, text }];
}

function mrzOf(details: string): string | undefined {
  const { mrz } = JSON.parse(details) as { readonly mrz?: string };
  return mrz;
}

/** Keeps whom it found; once for each person. */
export async function keepMatch(
  tx: Tx,
  rescreeningId: string,
  match: Omit<RescreeningMatch, 'at'>,
): Promise<void> {
  await rows(
    tx,
    `insert into rescreening_match (rescreening_id, party_id, client_id, entity_id, outcome, screening_id)
     values (:rescreeningId, :partyId, :clientId, :entityId, :outcome, :screeningId) on conflict do nothing`,
    { rescreeningId, ...match },
  );
}

/** Goes on after a page. A page that two workers have looked at counts once. */
export async function advanceRescreening(
  tx: Tx,
  id: string,
  page: RescreeningPage,
): Promise<Rescreening> {
  if (page.last !== null) {
    await rows(
      tx,
      `update rescreening set after_party = :last, looked = looked + :looked
       where id = :id and after_party = :from and state = 'running'`,
      { id, last: page.last, looked: page.looked, from: page.from },
    );
    return readRescreening(tx, id);
  }
  const ended = await rows(
    tx,
    `update rescreening set state = 'done', finished_at = clock_timestamp()
     where id = :id and state = 'running' returning 1`,
    { id },
  );
  const done = await readRescreening(tx, id);
  if (ended.length > 0) {
    const counts = (await matchCounts(tx, [id])).get(id);
    await appendEvents(tx, [
      {
        subject: `list/${done.listId ?? done.matcher ?? ''}`,
        type: 'screening.rescreened',
        entityId: null,
        payload: {
          rescreening: id,
          version: done.versionId,
          ...(done.matcher === null ? {} : { matcher: done.matcher }),
          looked: done.looked,
          ...counts,
        },
      },
    ]);
  }
  return done;
}
