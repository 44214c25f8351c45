import type { AgreementPlan, AgreementText, VersionInTime } from '../domain/agreement/agreement';
import { hashOfText, versionsInForce } from '../domain/agreement/agreement';
import { notFound } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import type { Json } from './events';
import { newestFirst } from './newest-first';

export const agreementStates = ['proposed', 'published', 'rejected'] as const;

/** One language of a version, with the hash that an acceptance keeps. */
interface HashedText extends AgreementText {
  /** SHA-256, in hex, of language, title and text, a line each. */
  readonly hash: string;
}

/** A version of an agreement: never changed once it is there. */
export interface AgreementVersion {
  readonly id: string;
  readonly entityId: string;
  readonly code: string;
  readonly version: number;
  readonly texts: readonly [HashedText, ...HashedText[]];
  readonly reaccept: boolean;
  readonly graceDays: number;
  /** When it is asked to be in force; null for "when it is published". */
  readonly wantedFrom: string | null;
  readonly effectiveFrom: string | null;
  readonly state: (typeof agreementStates)[number];
  /** Of the people: `usr_…`. */
  readonly requestedBy: string;
  readonly publishedBy: string | null;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

/** A version with the titles and hashes of its texts alone, which are long. */
export interface ListedAgreement extends Omit<AgreementVersion, 'texts'> {
  readonly texts: readonly [TitledText, ...TitledText[]];
}

type TitledText = Omit<HashedText, 'body'>;

/** A version that is in force, or will be. */
export type PublishedVersion = AgreementVersion & VersionInTime;

interface VersionRow<T = HashedText> {
  readonly id: string;
  readonly entity_id: string;
  readonly code: string;
  readonly version: number;
  readonly texts: readonly [T, ...T[]];
  readonly reaccept: boolean;
  readonly grace_days: number;
  readonly wanted_from: string | null;
  readonly effective_from: string | null;
  readonly state: AgreementVersion['state'];
  readonly requested_by: string;
  readonly published_by: string | null;
  readonly created_at: string;
  readonly finished_at: string | null;
}

const columns = columnsWith('texts');
const listedColumns = columnsWith(
  `(select jsonb_agg(t.text - 'body' order by t.at) from jsonb_array_elements(texts) with ordinality as t (text, at)) as texts`,
);

function columnsWith(texts: string): string {
  return `id, entity_id, code, version, ${texts}, reaccept, grace_days, wanted_from, effective_from, state, requested_by,
  published_by, created_at, finished_at`;
}

function fromRow<T>(row: VersionRow<T>) {
  const time = (text: string | null) => (text === null ? null : utc(text));
  return {
    id: row.id,
    entityId: row.entity_id,
    code: row.code,
    version: row.version,
    texts: row.texts,
    reaccept: row.reaccept,
    graceDays: row.grace_days,
    wantedFrom: time(row.wanted_from),
    effectiveFrom: time(row.effective_from),
    state: row.state,
    requestedBy: row.requested_by,
    publishedBy: row.published_by,
    createdAt: utc(row.created_at),
    finishedAt: time(row.finished_at),
  };
}

/** Throws `not_found` (404), also for another entity's. */
export async function readAgreement(tx: Tx, id: string): Promise<AgreementVersion> {
  const [row] = await rows<VersionRow>(
    tx,
    `select ${columns} from agreement_version where id = :id`,
    { id },
  );
  if (!row) throw notFound('agreement');
  return fromRow(row);
}

/** Newest first, without the texts; `after` is the id of the last one of the page before. */
export async function listAgreements(
  tx: Tx,
  wanted: {
    readonly entityId?: string | undefined;
    readonly code?: string | undefined;
    readonly state?: string | undefined;
    readonly after?: string;
    readonly limit: number;
  },
): Promise<ListedAgreement[]> {
  const found = await newestFirst<VersionRow<TitledText>>(
    tx,
    { table: 'agreement_version', columns: listedColumns },
    { entity_id: wanted.entityId, code: wanted.code, state: wanted.state },
    wanted,
  );
  return found.map((row) => fromRow(row));
}

/** Twenty agreements of a hundred versions: far more than an entity has in its life. */
export const versionsMax = 2000;

/** Every published version of one entity, or of all, their texts too: they are public. */
export async function publishedAgreements(tx: Tx, entityId?: string): Promise<PublishedVersion[]> {
  const found = await asSystem(tx, (system) =>
    rows<VersionRow>(
      system,
      `select ${columns} from agreement_version
       where state = 'published' and (:entityId::text is null or entity_id = :entityId)
       order by entity_id, code, version limit :limit`,
      { entityId: entityId ?? null, limit: versionsMax },
    ),
  );
  return found
    .map((row) => fromRow(row))
    .flatMap((version) =>
      version.effectiveFrom === null ? [] : [{ ...version, effectiveFrom: version.effectiveFrom }],
    );
}

/** What somebody who becomes a client of the entity now agrees to; of every entity where none is named. */
export async function agreementsInForce(tx: Tx, entityId?: string): Promise<PublishedVersion[]> {
  const found = await publishedAgreements(tx, entityId);
  const entities = [...new Set(found.map((version) => version.entityId))];
  // A code is an entity's own: two entities may well use the same.
  return entities.flatMap((id) =>
    versionsInForce(
      found.filter((version) => version.entityId === id),
      Date.now(),
    ),
  );
}

export function hashedTexts(texts: AgreementPlan['texts']): HashedText[] {
  return texts.map(({ locale, title, text: body }) => ({
    ...{ locale, title, body },
    hash: hashOfText({ locale, title, body }),
  }));
}

/** What an approver signs: all of it. */
export function contentOfAgreement(version: AgreementVersion): { readonly [key: string]: Json } {
  const { id, entityId, code, texts, reaccept, graceDays, wantedFrom, requestedBy } = version;
  return {
    ...{ agreement: id, entity: entityId, code, version: version.version },
    ...{ reaccept, graceDays, effectiveFrom: wantedFrom ?? 'when it is published', requestedBy },
    texts: texts.map(({ locale, title, hash }) => ({ locale, title, hash })),
  };
}
