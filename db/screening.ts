import type { ScreeningSubject } from '../domain/screening/entry';
import {
  subjectFingerprint,
  type DismissedMatch,
  type ScreeningCandidate,
  type ScreeningResult,
  type ScreeningVerdict,
} from '../domain/screening/screen';
import { may } from '../domain/access/scope';
import { newId } from '../domain/ids';
import type { Keys } from '../domain/keys';
import { forbidden, notFound } from '../domain/problem';
import { rows, utc, type Tx } from './connection';
import { appendEvents, canonical, type Json } from './events';
import type { KycCase } from './kyc';
import type { Party } from './parties';
import { decryptFor, encryptFor, erasedText } from './personal-data';

export interface Screening {
  readonly id: string;
  readonly caseId: string;
  readonly partyId: string;
  readonly clientId: string;
  readonly entityId: string;
  readonly listName: string;
  readonly listVersion: string;
  /** The versions of the lists as they are kept (`lsv_…`). */
  readonly listVersionIds: readonly string[];
  readonly algorithm: string;
  readonly thresholds: { readonly reviewScore: number; readonly strongScore: number };
  readonly dataHash: string;
  readonly verdict: ScreeningVerdict;
  /** Percent. */
  readonly bestScore: number;
  /** Matches that two people had dismissed before, for this data and this version of the entry. */
  readonly dismissed: number;
  readonly at: string;
}

export interface ScreeningRow {
  readonly id: string;
  readonly case_id: string;
  readonly party_id: string;
  readonly client_id: string;
  readonly entity_id: string;
  readonly list_name: string;
  readonly list_version: string;
  readonly list_version_ids: readonly string[];
  readonly algorithm: string;
  readonly thresholds: { readonly reviewScore: number; readonly strongScore: number };
  readonly data_hash: string;
  readonly verdict: ScreeningVerdict;
  readonly best_score: string;
  readonly dismissed: number;
  readonly at: string;
}

export const screeningColumns = `id, case_id, party_id, client_id, entity_id, list_name, list_version, list_version_ids, algorithm, thresholds, data_hash, verdict,
  best_score, dismissed, at`;

export function screeningFromRow(row: ScreeningRow): Screening {
  return {
    id: row.id,
    caseId: row.case_id,
    partyId: row.party_id,
    clientId: row.client_id,
    entityId: row.entity_id,
    listName: row.list_name,
    listVersion: row.list_version,
    listVersionIds: row.list_version_ids,
    algorithm: row.algorithm,
    thresholds: row.thresholds,
    dataHash: row.data_hash,
    verdict: row.verdict,
    bestScore: Number(row.best_score),
    dismissed: row.dismissed,
    at: utc(row.at),
  };
}

/** What a dismissal is keyed to: it changes with anything that the screening rests on. */
export function screeningDataHash(keys: Keys, subject: ScreeningSubject): string {
  return keys.blindIndex('screening', subjectFingerprint(subject));
}

/** One text for several lists, in the order they were searched. */
export function listVersionOf(result: Pick<ScreeningResult, 'lists'>): {
  readonly name: string;
  readonly version: string;
} {
  return {
    name: result.lists.map((list) => list.name).join(' + '),
    version: result.lists.map((list) => `${list.publishedOn}/${list.hash}`).join(' + '),
  };
}

/**
 * Keeps a screening: list and algorithm version, thresholds, verdict, and the candidates with every part
 * explained as the party's ciphertext. Its event is restricted: that a name resembles a listed one is not
 * for everybody.
 */
export async function saveScreening(
  tx: Tx,
  of: { readonly case: KycCase; readonly party: Party },
  screened: {
    readonly result: ScreeningResult;
    readonly verdict: ScreeningVerdict;
    readonly dataHash: string;
    readonly dismissed: number;
  },
): Promise<Screening> {
  const { result } = screened;
  const list = listVersionOf(result);
  const candidates = canonical(JSON.parse(JSON.stringify(result.candidates)) as Json);
  const [row] = await rows<ScreeningRow>(
    tx,
    `insert into screening_result (id, case_id, party_id, client_id, entity_id, list_name, list_version, list_version_ids, algorithm,
       thresholds, data_hash, verdict, candidates_ct, best_score, dismissed, at)
     values (:id, :caseId, :partyId, :clientId, :entityId, :listName, :listVersion, :listVersionIds, :algorithm,
       :thresholds, :dataHash, :verdict, :candidates, :bestScore, :dismissed, clock_timestamp()) returning ${screeningColumns}`,
    {
      id: newId('screening'),
      caseId: of.case.id,
      partyId: of.party.id,
      clientId: of.case.clientId,
      entityId: of.case.entityId,
      listName: list.name,
      listVersion: list.version,
      listVersionIds: result.lists.flatMap(({ id }) => id ?? []),
      algorithm: result.algorithm,
      thresholds: JSON.stringify(result.thresholds),
      dataHash: screened.dataHash,
      verdict: screened.verdict,
      candidates: await encryptFor(tx, of.party.id, 'screening.candidates', candidates),
      bestScore: result.bestScore,
      dismissed: screened.dismissed,
    },
  );
  if (!row) throw new Error('the screening was not inserted');
  await appendEvents(tx, [
    {
      subject: `restricted/${of.case.id}`,
      restricted: true,
      type: 'screening.done',
      entityId: of.case.entityId,
      clientId: of.case.clientId,
      payload: {
        screening: row.id,
        list: list.name,
        listVersion: list.version,
        algorithm: result.algorithm,
        verdict: screened.verdict,
        candidates: result.candidates.length,
        dismissed: screened.dismissed,
      },
    },
  ]);
  return screeningFromRow(row);
}

/** The party's latest screening. */
export async function latestScreening(tx: Tx, partyId: string): Promise<Screening | undefined> {
  const [row] = await rows<ScreeningRow>(
    tx,
    `select ${screeningColumns} from screening_result where party_id = :partyId order by at desc, id desc limit 1`,
    { partyId },
  );
  return row && screeningFromRow(row);
}

/** Whether the screening still says something: the same data, list, algorithm and thresholds, and not too old. */
export function holds(
  screening: Screening,
  now: {
    readonly dataHash: string;
    readonly listVersion: string;
    readonly algorithm: string;
    readonly thresholds: { readonly reviewScore: number; readonly strongScore: number };
    readonly at: Date;
    readonly ageHoursMax: number;
  },
): boolean {
  return (
    screening.dataHash === now.dataHash &&
    screening.listVersion === now.listVersion &&
    screening.algorithm === now.algorithm &&
    screening.thresholds.reviewScore === now.thresholds.reviewScore &&
    screening.thresholds.strongScore === now.thresholds.strongScore &&
    now.at.getTime() - Date.parse(screening.at) < now.ageHoursMax * 3_600_000
  );
}

export interface OpenedScreening extends Screening {
  readonly candidates: readonly ScreeningCandidate[];
}

/**
 * The screenings of a case with their candidates, latest first. Needs `screening.decide` (403 without):
 * whoever else works on the case learns nothing of it.
 */
export async function screeningsOf(tx: Tx, caseId: string): Promise<OpenedScreening[]> {
  if (!may(tx.scope, 'screening.decide')) throw forbidden('screening.decide');
  const found = await rows<ScreeningRow>(
    tx,
    `select ${screeningColumns} from screening_result where case_id = :caseId order by at desc, id desc limit 50`,
    { caseId },
  );
  const opened: OpenedScreening[] = [];
  for (const row of found) {
    opened.push({ ...screeningFromRow(row), candidates: await candidatesOf(tx, row.id) });
  }
  return opened;
}

/** The candidates of one screening; none once the party's key is erased. */
export async function candidatesOf(tx: Tx, screeningId: string): Promise<ScreeningCandidate[]> {
  const [row] = await rows<{ party_id: string; candidates_ct: string }>(
    tx,
    'select party_id, candidates_ct from screening_result where id = :screeningId',
    { screeningId },
  );
  if (!row) return [];
  const text = await decryptFor(tx, row.party_id, 'screening.candidates', row.candidates_ct);
  return text === erasedText ? [] : (JSON.parse(text) as ScreeningCandidate[]);
}

/** Throws `not_found` (404). */
export async function readScreening(tx: Tx, id: string): Promise<Screening> {
  const [row] = await rows<ScreeningRow>(
    tx,
    `select ${screeningColumns} from screening_result where id = :id`,
    { id },
  );
  if (!row) throw notFound('screening');
  return screeningFromRow(row);
}

/** Stands for the name itself where two people read what could not be compared. */
export const unreadableName: string = 'name:unreadable';

/** The matches that were dismissed for this very data; with them perhaps `unreadableName`. */
export async function dismissalsOf(
  tx: Tx,
  partyId: string,
  dataHash: string,
): Promise<DismissedMatch[]> {
  const found = await rows<{ list_entry: string; entry_hash: string }>(
    tx,
    `select list_entry, entry_hash from screening_dismissal
     where party_id = :partyId and data_hash = :dataHash order by list_entry, entry_hash limit 500`,
    { partyId, dataHash },
  );
  return found.map((row) => ({ entryId: row.list_entry, entryVersion: row.entry_hash }));
}

/**
 * Two people have found that the party is none of the candidates. The dismissal is keyed to the party's data
 * and to the entry's version; either changing re-opens the match.
 */
export async function dismissCandidates(
  tx: Tx,
  of: KycCase,
  { screening, by }: { screening: Screening; by: string },
): Promise<void> {
  const candidates = await candidatesOf(tx, screening.id);
  const matches: DismissedMatch[] = candidates.map((candidate) => ({
    entryId: candidate.entryId,
    entryVersion: candidate.entryVersion,
  }));
  if (screening.verdict === 'unreadable') {
    matches.push({ entryId: unreadableName, entryVersion: screening.algorithm });
  }
  for (const match of matches) {
    await rows(
      tx,
      `insert into screening_dismissal (party_id, entity_id, data_hash, list_entry, entry_hash, dismissed_by)
       values (:partyId, :entityId, :dataHash, :entry, :entryHash, :by) on conflict do nothing`,
      {
        partyId: screening.partyId,
        entityId: of.entityId,
        dataHash: screening.dataHash,
        entry: match.entryId,
        entryHash: match.entryVersion,
        by,
      },
    );
  }
  await appendEvents(tx, [
    {
      subject: `restricted/${of.id}`,
      restricted: true,
      type: 'screening.dismissed',
      entityId: of.entityId,
      clientId: of.clientId,
      payload: { screening: screening.id, matches: matches.length, by },
    },
  ]);
}
