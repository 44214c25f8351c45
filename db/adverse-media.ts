import { may } from '../domain/access/scope';
import { worstMedia, type MediaWeight } from '../domain/kyc/adverse-media';
import { newId } from '../domain/ids';
import { conflict, forbidden, notFound, refused } from '../domain/problem';
import { noteForReview } from './compliance-calendars';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents, type Json } from './events';
import { readCase } from './kyc';
import { decryptFor, encryptFor } from './personal-data';
import { recordParticipation } from './tasks';

/** What an officer found published about a client. Colleagues read it; the client never does. */
export interface AdverseMedia {
  readonly id: string;
  readonly caseId: string;
  readonly clientId: string;
  readonly entityId: string;
  /** Where it is to be read: `https://…`. */
  readonly source: string;
  readonly finding: string;
  /** YYYY-MM-DD. */
  readonly publishedOn: string;
  readonly weight: MediaWeight;
  readonly notedBy: string;
  readonly notedAt: string;
  readonly setAsideBy: string | null;
  readonly setAsideAt: string | null;
  /** Why it does not count any more. */
  readonly reason: string | null;
}

interface MediaRow {
  readonly id: string;
  readonly case_id: string;
  readonly client_id: string;
  readonly entity_id: string;
  readonly source_ct: string;
  readonly finding_ct: string;
  readonly published_on: string;
  readonly weight: MediaWeight;
  readonly noted_by: string;
  readonly noted_at: string;
  readonly set_aside_by: string | null;
  readonly set_aside_at: string | null;
  readonly reason_ct: string | null;
}

const columns = `id, case_id, client_id, entity_id, source_ct, finding_ct, published_on::text as published_on, weight, noted_by,
  noted_at, set_aside_by, set_aside_at, reason_ct`;

async function fromRow(tx: Tx, row: MediaRow): Promise<AdverseMedia> {
  const words = (field: string, sealed: string) => decryptFor(tx, row.client_id, field, sealed);
  return {
    id: row.id,
    caseId: row.case_id,
    clientId: row.client_id,
    entityId: row.entity_id,
    source: await words('media.source', row.source_ct),
    finding: await words('media.finding', row.finding_ct),
    publishedOn: row.published_on,
    weight: row.weight,
    notedBy: row.noted_by,
    notedAt: utc(row.noted_at),
    setAsideBy: row.set_aside_by,
    setAsideAt: row.set_aside_at === null ? null : utc(row.set_aside_at),
    reason: row.reason_ct === null ? null : await words('media.reason', row.reason_ct),
  };
}

/** Of a case, the newest first. Throws `not_found` (404) for a case out of sight. */
export async function listAdverseMedia(
  tx: Tx,
  caseId: string,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<AdverseMedia[]> {
  await readCase(tx, caseId);
  const found = await rows<MediaRow>(
    tx,
    `select ${columns} from adverse_media where case_id = :caseId and (:after::text is null or id < :after)
     order by id desc limit :limit`,
    { caseId, after: after ?? null, limit },
  );
  const notes: AdverseMedia[] = [];
  // One after the other: a transaction has one connection.
  for (const row of found) notes.push(await fromRow(tx, row));
  return notes;
}

/** Throws `not_found` (404), also for another entity's. */
export async function readAdverseMedia(tx: Tx, id: string): Promise<AdverseMedia> {
  const [row] = await rows<MediaRow>(tx, `select ${columns} from adverse_media where id = :id`, {
    id,
  });
  if (!row) throw notFound('note');
  return fromRow(tx, row);
}

/** The gravest weight of what is known of the client and was not set aside: a fact of the risk score. */
export async function worstMediaOf(tx: Tx, clientId: string): Promise<MediaWeight> {
  const found = await rows<{ weight: MediaWeight }>(
    tx,
    'select distinct weight from adverse_media where client_id = :clientId and set_aside_at is null',
    { clientId },
  );
  return worstMedia(found.map(({ weight }) => weight));
}

/**
 * Notes what was found. Whoever does has supplied evidence, and does not decide the case; an approved client is looked at
 * again. Throws 403 without `kyc.decide`, 422 `in_the_future`.
 */
export async function noteAdverseMedia(
  tx: Tx,
  caseId: string,
  note: {
    readonly source: string;
    readonly finding: string;
    readonly publishedOn: string;
    readonly weight: MediaWeight;
  },
): Promise<AdverseMedia> {
  const { scope } = tx;
  if (scope.kind !== 'staff' || !may(scope, 'kyc.decide')) throw forbidden('kyc.decide');
  const { clientId, entityId } = await readCase(tx, caseId);
  if (note.publishedOn > new Date().toISOString().slice(0, 10))
    throw refused('in_the_future', 'What is published was published by today.');
  const id = newId('adverseMedia');
  return asSystem(tx, async (system) => {
    const { source, finding, publishedOn, weight } = note;
    await rows(
      system,
      `insert into adverse_media (id, case_id, client_id, entity_id, source_ct, finding_ct, published_on, weight, noted_by)
       values (:id, :caseId, :clientId, :entityId, :source, :finding, :publishedOn, :weight, :by)`,
      {
        ...{ id, caseId, clientId, entityId, publishedOn, weight, by: scope.userId },
        source: await encryptFor(system, clientId, 'media.source', source),
        finding: await encryptFor(system, clientId, 'media.finding', finding),
      },
    );
    await recordParticipation(system, caseId, scope.userId, 'supplied_evidence');
    const noted = await readAdverseMedia(system, id);
    await appendEvents(system, [eventOf(noted, 'kyc.adverse_media_noted', { weight })]);
    await noteForReview(system, clientId, 'adverse_media');
    return noted;
  });
}

/**
 * It does not count any more, such as when it was about somebody else. Throws 403 without `kyc.decide`, 409 `four_eyes`
 * for whoever noted it, `already_set_aside`.
 */
export async function setAsideAdverseMedia(
  tx: Tx,
  id: string,
  reason: string,
): Promise<AdverseMedia> {
  const { scope } = tx;
  if (scope.kind !== 'staff' || !may(scope, 'kyc.decide')) throw forbidden('kyc.decide');
  const { notedBy, clientId, caseId } = await readAdverseMedia(tx, id);
  if (notedBy === scope.userId)
    throw conflict('four_eyes', 'Another person than the one who noted it must set it aside.');
  return asSystem(tx, async (system) => {
    const changed = await rows(
      system,
      `update adverse_media set set_aside_by = :by, set_aside_at = clock_timestamp(), reason_ct = :reason
       where id = :id and set_aside_at is null returning 1`,
      {
        ...{ id, by: scope.userId },
        reason: await encryptFor(system, clientId, 'media.reason', reason),
      },
    );
    if (changed.length === 0)
      throw conflict('already_set_aside', 'It does not count any more already.');
    await recordParticipation(system, caseId, scope.userId, 'supplied_evidence');
    const aside = await readAdverseMedia(system, id);
    await appendEvents(system, [eventOf(aside, 'kyc.adverse_media_set_aside', {})]);
    await noteForReview(system, clientId, 'adverse_media');
    return aside;
  });
}

function eventOf(
  { id, caseId, clientId, entityId }: AdverseMedia,
  type: `kyc.${string}`,
  payload: { readonly [key: string]: Json },
) {
  return { subject: caseId, type, ...{ entityId, clientId }, payload: { note: id, ...payload } };
}
