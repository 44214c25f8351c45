import { latinNameOf } from '../domain/kyc/document-checks';
import type { Mrz } from '../domain/kyc/mrz';
import type { ScreeningSubject } from '../domain/screening/entry';
import { withOutside, type OutsideMatch } from '../domain/screening/outside';
import {
  screeningAlgorithm,
  screeningFacts,
  withoutDismissed,
  type DismissedMatch,
  type ScreeningResult,
  type ScreeningVerdict,
} from '../domain/screening/screen';
import type { Tx } from '../db/connection';
import { decideByPolicy } from '../db/evaluations';
import { effectivePolicy } from '../db/policies';
import type { Application } from '../db/kyc-requirements';
import { partiesOf, readPersonalData, type Party, type PersonalData } from '../db/parties';
import {
  dismissalsOf,
  holds,
  latestScreening,
  listVersionOf,
  saveScreening,
  screeningDataHash,
  unreadableName,
  type Screening,
} from '../db/screening';
import { noteRestsOn } from '../db/screening-standing';
import { screenAgainst, type ScreeningList } from './screening-list';

export interface ScreenedParties {
  /** The first screening that a person has to judge; undefined when every party is clear. */
  readonly open: Screening | undefined;
  /** Hours since the oldest of the screenings. */
  readonly ageHours: number;
  readonly pins: readonly string[];
}

/**
 * Screens every party against the list as it is now. A clear screening of the same data and list that is
 * not too old holds; anything else is made anew, without the matches that were dismissed for this very data.
 */
export async function screenParties(
  tx: Tx,
  application: Application,
  {
    list,
    mrz,
    now,
    ageHoursMax,
    restsOn,
    hits,
  }: {
    list: ScreeningList;
    mrz: Mrz | undefined;
    now: Date;
    ageHoursMax: number;
    /** By party, read before their data: a screening that is made now, or holds, can then be known without them. */
    restsOn?: ReadonlyMap<string, string>;
    /** By party: an outside verifier has said since that they are near a listed name. */
    hits?: ReadonlyMap<string, OutsideMatch>;
  },
): Promise<ScreenedParties> {
  const { entityId } = application.case;
  const thresholds = (await effectivePolicy(tx, 'screening', { entityId })).compiled.effective
    .parameters;
  const pins = new Set<string>();
  let oldest = now.getTime();
  for (const party of await partiesOf(tx, application.case.clientId)) {
    const subject = await subjectOf(tx, application, { party, mrz });
    const dataHash = screeningDataHash(tx.keys, subject);
    const latest = await latestScreening(tx, party.id);
    const found = restsOn?.get(party.id);
    const current = {
      dataHash,
      listVersion: listVersionOf(list).version,
      algorithm: screeningAlgorithm,
      thresholds,
      at: now,
      ageHoursMax,
    };
    const hit = hits?.get(party.id);
    const dismissed = await dismissalsOf(tx, party.id, dataHash);
    const isHeard = hit === undefined || dismissed.some((match) => isSameEntry(match, hit));
    if (isHeard && latest?.verdict === 'clear' && holds(latest, current)) {
      oldest = Math.min(oldest, Date.parse(latest.at));
      if (found !== undefined) noteRestsOn(tx, latest, found);
      continue;
    }
    const own = await screenAgainst(list, subject, thresholds);
    const matched = hit ? withHit(own, hit, subject) : own;
    const result = asRead(withoutDismissed(matched, dismissed), dismissed);
    const { verdict, pins: asked } = await judge(tx, application, party, result);
    for (const pin of asked) pins.add(pin);
    const screening = await saveScreening(
      tx,
      { case: application.case, party },
      {
        result,
        verdict,
        dataHash,
        dismissed: matched.candidates.length - result.candidates.length,
      },
    );
    if (found !== undefined) noteRestsOn(tx, screening, found);
    if (verdict !== 'clear') return { open: screening, ageHours: 0, pins: [...pins] };
  }
  const ageHours = Math.max(0, Math.floor((now.getTime() - oldest) / 3_600_000));
  return { open: undefined, ageHours, pins: [...pins] };
}

/** What a verifier said counts as what any outside matcher says. */
function withHit(
  own: ScreeningResult,
  hit: OutsideMatch,
  subject: ScreeningSubject,
): ScreeningResult {
  return withOutside(
    own,
    { kind: 'answered', threshold: 1, matches: [hit] },
    { matcher: hit.name, subjectName: subject.name, today: '' },
  );
}

function isSameEntry(match: DismissedMatch, hit: OutsideMatch): boolean {
  return match.entryId === hit.entryId && match.entryVersion === hit.entryVersion;
}

/** The holder's Latin name, birth date, nationality and sex come from the identity document where it has them. */
async function subjectOf(
  tx: Tx,
  application: Application,
  { party, mrz }: { party: Party; mrz: Mrz | undefined },
): Promise<ScreeningSubject> {
  const isHolder = party.id === application.holder.id;
  const personal = isHolder ? application.personal : await readPersonalData(tx, party.id);
  return subjectFrom(personal, isHolder ? mrz : undefined, party.kind);
}

/** Who is screened, by what the party has registered and what its identity document says. */
export function subjectFrom(
  personal: Pick<PersonalData, 'name' | 'birth_date' | 'nationality'>,
  own: Mrz | undefined,
  kind: Party['kind'] = 'individual',
): ScreeningSubject {
  const nationality = own?.nationalityCountry ?? personal.nationality;
  return {
    kind,
    name: personal.name,
    latinName: own ? latinNameOf(own) : null,
    dateOfBirth: own?.dateOfBirth ?? personal.birth_date ?? null,
    nationalities: nationality === undefined ? [] : [nationality],
    gender: own === undefined || own.sex === 'X' ? null : own.sex,
  };
}

/** A name that two people have read for this very data is not unreadable any more. */
function asRead(result: ScreeningResult, dismissed: readonly DismissedMatch[]): ScreeningResult {
  const read = dismissed.some(
    (match) => match.entryId === unreadableName && match.entryVersion === result.algorithm,
  );
  if (!read || !result.unscreenable) return result;
  return {
    ...result,
    unscreenable: false,
    verdict:
      result.verdict !== 'unreadable'
        ? result.verdict
        : result.candidates.length > 0
          ? 'possible'
          : 'clear',
  };
}

/** Policy has the last word: what it does not clear is at least a possible match. */
async function judge(
  tx: Tx,
  application: Application,
  party: Party,
  result: ScreeningResult,
): Promise<{ verdict: ScreeningVerdict; pins: readonly string[] }> {
  const answer = await decideByPolicy(tx, {
    kind: 'screening',
    subject: `restricted/${application.case.id}`,
    entityId: application.case.entityId,
    // Not on the client's own pages: what it came to is for those who decide on screenings.
    clientId: null,
    personId: party.id,
    facts: { ...screeningFacts(result), 'client.residence': application.client.residence },
  });
  const { decision } = answer.evaluation.outcome;
  const verdict =
    decision === 'clear' ? 'clear' : result.verdict === 'clear' ? 'possible' : result.verdict;
  return { verdict, pins: answer.pins };
}
