import { may } from '../domain/access/scope';
import {
  declaredAmounts,
  type CountedSource,
  type SourceBasis,
  type SourceDetails,
  type SourceState,
} from '../domain/kyc/sources';
import { newId } from '../domain/ids';
import type { KycDocumentsOutcome } from '../domain/policy/kinds/kyc-documents';
import { InvalidAmount, parseMoney, type Money } from '../domain/money';
import { conflict, forbidden, malformed, notFound, Problem, refused } from '../domain/problem';
import { gradeLevel } from './client-levels';
import { addPaper, papersOf, type ClientPaper } from './client-papers';
import { noteForReview } from './compliance-calendars';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents, canonical, type Json } from './events';
import { lockCase, readCase, type KycCase } from './kyc';
import { readAllRequirements, readApplication } from './kyc-requirements';
import { evidenceToGoOn } from '../domain/kyc/levels';
import { newestFirst, type ListPage } from './newest-first';
import { decryptFor, encryptFor, erasedText } from './personal-data';
import { recordParticipation } from './tasks';
import { resumeOfClient } from './task-waiting';

/** One source of a client's money or wealth, as it was declared; what it says is the client's ciphertext. */
export interface DeclaredSource {
  readonly id: string;
  readonly caseId: string;
  readonly clientId: string;
  readonly entityId: string;
  readonly basis: SourceBasis;
  readonly state: SourceState;
  /** The actor: the client, or an officer for them. */
  readonly declaredBy: string;
  readonly byOfficer: boolean;
  readonly declaredAt: string;
  readonly endedAt: string | null;
}

interface SourceRow {
  readonly id: string;
  readonly case_id: string;
  readonly client_id: string;
  readonly entity_id: string;
  readonly basis: SourceBasis;
  readonly state: SourceState;
  readonly declared_by: string;
  readonly by_officer: boolean;
  readonly declared_at: string;
  readonly ended_at: string | null;
}

const columns = `id, case_id, client_id, entity_id, basis, state, declared_by, by_officer, declared_at, ended_at`;

function fromRow(row: SourceRow): DeclaredSource {
  return {
    ...{ id: row.id, caseId: row.case_id, clientId: row.client_id, entityId: row.entity_id },
    ...{ basis: row.basis, state: row.state, declaredBy: row.declared_by },
    byOfficer: row.by_officer,
    declaredAt: utc(row.declared_at),
    endedAt: row.ended_at === null ? null : utc(row.ended_at),
  };
}

/** Sources of one case, those that were taken back included. */
const sourcesMax = 40;

/** Of a case, the newest first. Throws `not_found` (404) for a case out of sight. */
export async function listDeclaredSources(
  tx: Tx,
  caseId: string,
  page: ListPage,
): Promise<DeclaredSource[]> {
  await readCase(tx, caseId);
  const found = await newestFirst<SourceRow>(
    tx,
    { table: 'declared_source', columns },
    { case_id: caseId },
    page,
  );
  return found.map(fromRow);
}

/** Throws `not_found` (404), also for another's. */
export async function readDeclaredSource(tx: Tx, id: string): Promise<DeclaredSource> {
  const [row] = await rows<SourceRow>(tx, `select ${columns} from declared_source where id = :id`, {
    id,
  });
  if (!row) throw notFound('source');
  return fromRow(row);
}

/** What was said of a source, for whoever may read it. */
export interface OpenedSource {
  /** Undefined once the client's key is gone. */
  readonly details: SourceDetails | undefined;
  readonly papers: readonly ClientPaper[];
  /** Why it was refused, in words for the client. */
  readonly clientReason: string | null;
  /** For colleagues alone: undefined to the client, and before anybody decided. */
  readonly review: SourceReview | undefined;
}

/** Who decided on a source, and why. */
export interface SourceReview {
  readonly by: string;
  readonly at: string;
  readonly note: string;
}

export async function openSource(tx: Tx, { id, clientId }: DeclaredSource): Promise<OpenedSource> {
  const [row] = await rows<{ details_ct: string; client_reason_ct: string | null }>(
    tx,
    'select details_ct, client_reason_ct from declared_source where id = :id',
    { id },
  );
  if (!row) throw notFound('source');
  const reason = row.client_reason_ct;
  return {
    details: await detailsFrom(tx, clientId, row.details_ct),
    papers: await papersOf(tx, id),
    clientReason: reason === null ? null : await decryptFor(tx, clientId, 'source.reason', reason),
    review: await readSourceReview(tx, id),
  };
}

/** Undefined before anybody decided, and to everybody who is no colleague. */
export async function readSourceReview(tx: Tx, id: string): Promise<SourceReview | undefined> {
  const [row] = await rows<{
    client_id: string;
    decided_by: string;
    decided_at: string;
    note_ct: string;
  }>(
    tx,
    'select client_id, decided_by, decided_at, note_ct from source_review where source_id = :id',
    { id },
  );
  if (!row) return undefined;
  return {
    by: row.decided_by,
    at: utc(row.decided_at),
    note: await decryptFor(tx, row.client_id, 'source.note', row.note_ct),
  };
}

async function detailsFrom(
  tx: Tx,
  clientId: string,
  sealed: string,
): Promise<SourceDetails | undefined> {
  const text = await decryptFor(tx, clientId, 'source.details', sealed);
  return text === erasedText ? undefined : (JSON.parse(text) as SourceDetails);
}

/** Facts of rules on money: what stands of a client's sources. Runs as the system. */
export interface DeclaredMeans {
  readonly yearly: readonly Money[];
  readonly once: readonly Money[];
  /** `funds: salary` */
  readonly kinds: readonly string[];
}

export async function declaredMeans(tx: Tx, clientId: string): Promise<DeclaredMeans> {
  const found = await rows<{ basis: SourceBasis; details_ct: string }>(
    tx,
    `select basis, details_ct from declared_source where client_id = :clientId and state in ('declared', 'corroborated')
     order by id limit :sourcesMax`,
    { clientId, sourcesMax },
  );
  const sources: CountedSource[] = [];
  // One after the other: a transaction has one connection.
  for (const { basis, details_ct } of found) {
    const details = await detailsFrom(tx, clientId, details_ct);
    if (details) sources.push({ ...details, basis });
  }
  const toMoney = (amount: string, currency: string) => parseMoney({ amount, currency });
  return {
    yearly: declaredAmounts(sources, 'year', toMoney),
    once: declaredAmounts(sources, 'once', toMoney),
    kinds: [...new Set(sources.map(({ basis, kind }) => `${basis}: ${kind}`))].sort(),
  };
}

/**
 * Keeps what a client, or an officer for them, says of one source. Whoever does it for the client has supplied evidence and
 * does not decide the case; an approved client is looked at again. Throws 403 without `kyc.decide`, 409 `not_collecting`,
 * 422 `range_upside_down`, `too_many_sources`.
 */
export async function declareSource(
  tx: Tx,
  caseId: string,
  said: SourceDetails & { readonly basis: SourceBasis },
): Promise<DeclaredSource> {
  const { basis, ...details } = said;
  const of = await lockForDeclaring(tx, caseId);
  assertRange(details);
  const id = newId('declaredSource');
  return asSystem(tx, async (system) => {
    const count = await rows(
      system,
      `select 1 from declared_source where case_id = :caseId limit :sourcesMax`,
      { caseId, sourcesMax },
    );
    if (count.length >= sourcesMax)
      throw refused('too_many_sources', 'So many sources were declared already.', {
        limit: sourcesMax,
      });
    await rows(
      system,
      `insert into declared_source (id, case_id, client_id, entity_id, basis, details_ct, declared_by, by_officer)
       values (:id, :caseId, :clientId, :entityId, :basis, :details, :by, :byOfficer)`,
      {
        ...{ id, caseId, clientId: of.clientId, entityId: of.entityId, basis },
        ...{ by: tx.scope.actor, byOfficer: tx.scope.kind === 'staff' },
        details: await encryptFor(system, of.clientId, 'source.details', canonical({ ...details })),
      },
    );
    const source = await readDeclaredSource(system, id);
    await tell(tx, system, { of, source, type: 'kyc.source_declared', payload: { basis } });
    return source;
  });
}

function assertRange({ amountFrom, amountTo, currency }: SourceDetails): void {
  const from = amountAt('amountFrom', amountFrom, currency);
  const to = amountAt('amountTo', amountTo, currency);
  if (from.amountMinor <= to.amountMinor) return;
  throw new Problem({
    status: 422,
    code: 'range_upside_down',
    detail: 'An amount from must not be above the amount to.',
    errors: [{ pointer: '/body/amountTo', detail: 'is below the amount from' }],
  });
}

function amountAt(field: string, amount: string, currency: string): Money {
  try {
    return parseMoney({ amount, currency });
  } catch (error) {
    if (!(error instanceof InvalidAmount)) throw error;
    throw malformed('The amount cannot be read.', [
      { pointer: `/body/${field}`, detail: error.message },
    ]);
  }
}

/** The paper of a source that nobody has decided on. 404; 409 `not_collecting`, `already_decided`; 422 `document_not_accepted`. */
export async function addSourcePaper(
  tx: Tx,
  id: string,
  paper: { readonly kind: string; readonly content: Uint8Array },
): Promise<DeclaredSource> {
  const { of, source } = await lockOpen(tx, id);
  const asked = await readAllRequirements(tx, await readApplication(tx, of));
  const accepted = acceptedFor(asked, source.basis);
  if (!accepted.includes(paper.kind))
    throw new Problem({
      status: 422,
      code: 'document_not_accepted',
      detail: 'This kind of document is not asked for.',
      errors: [{ pointer: '/body/kind', detail: `is none of ${accepted.join(', ')}` }],
    });
  await addPaper(tx, {
    ...{ subject: id, purpose: paper.kind, content: paper.content },
    ...{ clientId: source.clientId, entityId: source.entityId },
  });
  await asSystem(tx, (system) =>
    tell(tx, system, { of, source, type: 'kyc.source_supported', payload: { kind: paper.kind } }),
  );
  return source;
}

/** Kinds of paper that support a source: those that the policy names, in what it asks of the whole case, else those that ship. */
export function acceptedFor(
  { declarations, requirements }: Pick<KycDocumentsOutcome, 'declarations' | 'requirements'>,
  basis: SourceBasis,
): readonly string[] {
  const asked = [...declarations, ...requirements].find(({ slot }) => slot === basis);
  return (asked ?? evidenceToGoOn[basis]).accepted;
}

/** What was said by mistake does not count any more. 409 `not_collecting`, `already_decided`. */
export async function withdrawSource(tx: Tx, id: string): Promise<DeclaredSource> {
  const { of } = await lockOpen(tx, id);
  return asSystem(tx, async (system) => {
    await end(system, { id, to: 'withdrawn', clientReason: null });
    const source = await readDeclaredSource(system, id);
    await tell(tx, system, { of, source, type: 'kyc.source_withdrawn', payload: {} });
    return source;
  });
}

/**
 * An officer says whether a source is corroborated; of one that is refused the client reads `clientReason`, and nobody else
 * than colleagues the note. Throws 403 without `kyc.decide`, 409 `not_in_review` (nor approved), `already_decided`,
 * `four_eyes` for whoever declared it for the client, 422 `reason_missing`.
 */
export async function decideSource(
  tx: Tx,
  id: string,
  decision: {
    readonly corroborate: boolean;
    readonly note: string;
    readonly clientReason?: string | undefined;
  },
): Promise<DeclaredSource> {
  const { scope } = tx;
  if (scope.kind !== 'staff' || !may(scope, 'kyc.decide')) throw forbidden('kyc.decide');
  const { caseId, clientId, entityId } = await readDeclaredSource(tx, id);
  // The client before the case, as whoever else holds both: of an approved one the level may change.
  await rows(tx, 'select 1 from client where id = :clientId for update', { clientId });
  const of = await lockCase(tx, caseId);
  if (of.state !== 'in_review' && of.state !== 'approved')
    throw conflict('not_in_review', 'Sources are decided while their case is in review.', {
      state: of.state,
    });
  const present = await readDeclaredSource(tx, id);
  assertUndecided(present);
  if (await hasTouched(tx, id, scope.actor))
    throw conflict('four_eyes', 'Another person than the one who declared it decides on it.');
  const { corroborate, note, clientReason } = decision;
  if (!corroborate && (clientReason ?? '') === '')
    throw new Problem({
      status: 422,
      code: 'reason_missing',
      detail: 'Say to the client why it is refused.',
      errors: [{ pointer: '/body/clientReason', detail: 'is required with a refusal' }],
    });
  return asSystem(tx, async (system) => {
    await end(system, {
      ...{ id, to: corroborate ? 'corroborated' : 'refused' },
      clientReason: corroborate
        ? null
        : await encryptFor(system, clientId, 'source.reason', clientReason ?? ''),
    });
    await rows(
      system,
      `insert into source_review (source_id, client_id, entity_id, decision, decided_by, note_ct)
       values (:id, :clientId, :entityId, :decision, :by, :note)`,
      {
        ...{ id, clientId, entityId, by: scope.userId },
        decision: corroborate ? 'corroborate' : 'refuse',
        note: await encryptFor(system, clientId, 'source.note', note),
      },
    );
    await recordParticipation(system, caseId, scope.userId, 'examined_document');
    const source = await readDeclaredSource(system, id);
    await appendEvents(system, [eventOf(source, `kyc.source_${source.state}`, {})]);
    if (of.state === 'approved') await gradeLevel(system, of);
    return source;
  });
}

/** Whether an officer declared the source, or handed in a paper of it. */
async function hasTouched(tx: Tx, id: string, actor: string): Promise<boolean> {
  const touched = await rows(
    tx,
    `select 1 from declared_source where id = :id and declared_by = :actor
     union all select 1 from client_paper where subject = :id and uploaded_by = :actor limit 1`,
    { id, actor },
  );
  return touched.length > 0;
}

async function end(
  system: Tx,
  ending: {
    readonly id: string;
    readonly to: Exclude<SourceState, 'declared'>;
    readonly clientReason: string | null;
  },
): Promise<void> {
  const changed = await rows(
    system,
    `update declared_source set state = :to, client_reason_ct = :clientReason, ended_at = clock_timestamp()
     where id = :id and state = 'declared' returning 1`,
    ending,
  );
  if (changed.length === 0) throw new Error(`${ending.id} is decided already`);
}

function assertUndecided({ state }: DeclaredSource): void {
  if (state !== 'declared')
    throw conflict('already_decided', 'This source is decided, or was taken back.', { state });
}

async function lockOpen(
  tx: Tx,
  id: string,
): Promise<{ readonly of: KycCase; readonly source: DeclaredSource }> {
  const { caseId } = await readDeclaredSource(tx, id);
  const of = await lockForDeclaring(tx, caseId);
  const source = await readDeclaredSource(tx, id);
  assertUndecided(source);
  return { of, source };
}

/** The client says something while they may change the application, and once it is approved; an officer until it is rejected. */
async function lockForDeclaring(tx: Tx, caseId: string): Promise<KycCase> {
  const { scope } = tx;
  const { clientId } = await readCase(tx, caseId);
  if (scope.kind === 'staff' && !may(scope, 'kyc.decide')) throw forbidden('kyc.decide');
  // The client's row, the calendar's, then the case's, as the calendar's process takes them: else each waits for the other.
  await rows(tx, 'select 1 from client where id = :clientId for key share', { clientId });
  await asSystem(tx, (system) => noteForReview(system, clientId, 'sources'));
  const of = await lockCase(tx, caseId);
  const isOpen =
    of.state === 'collecting' || of.state === 'information_requested' || of.state === 'approved';
  const isOpenToStaff = scope.kind === 'staff' && of.state !== 'rejected';
  if (isOpen || isOpenToStaff) return of;
  throw conflict('not_collecting', 'The application has been handed in and cannot be changed.', {
    state: of.state,
  });
}

/** What follows whenever something was said: the log, and who took part. */
async function tell(
  tx: Tx,
  system: Tx,
  {
    of,
    source,
    type,
    payload,
  }: {
    readonly of: KycCase;
    readonly source: DeclaredSource;
    readonly type: `kyc.${string}`;
    readonly payload: { readonly [key: string]: Json };
  },
): Promise<void> {
  if (tx.scope.kind === 'staff')
    await recordParticipation(system, of.id, tx.scope.userId, 'supplied_evidence');
  else await resumeOfClient(system, of.clientId);
  await appendEvents(system, [eventOf(source, type, payload)]);
}

function eventOf(
  { id, caseId, clientId, entityId }: DeclaredSource,
  type: `kyc.${string}`,
  payload: { readonly [key: string]: Json },
) {
  return { subject: caseId, type, ...{ entityId, clientId }, payload: { source: id, ...payload } };
}
