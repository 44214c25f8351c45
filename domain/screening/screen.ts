import { type Facts } from '../policy/fact';
import { type AlignedPart, compareNames, type NameComparison, rememberedSimilarity } from './align';
import { type ListedName, type ScreeningIndex } from './candidate-index';
import { type ListedKind, type ListVersion, type ScreeningSubject } from './entry';
import { nameForm } from './name-form';
import { hasLatinLetters, hasNonLatinLetters } from './normalise';
import { liftFrom, type Qualifier, qualify } from './qualifiers';

/** Changes with every change of normalising, weighing or scoring: results name it. */
export const screeningAlgorithm = 'keelson-name-3';

/** Percent, from the `screening` policy. */
export interface ScreeningThresholds {
  readonly reviewScore: number;
  readonly strongScore: number;
}

/** `unreadable`: a non-Latin name without a Latin form, which a person has to read. */
export type ScreeningVerdict = 'clear' | 'possible' | 'strong' | 'unreadable';

export interface ScreeningCandidate {
  readonly entryId: string;
  readonly entryVersion: string;
  readonly kind: ListedKind;
  /** The listed name or alias that came nearest, and the subject's name that did. */
  readonly listedName: string;
  readonly subjectName: string;
  readonly programmes: readonly string[];
  /** Percent with one decimal, qualifiers included. */
  readonly score: number;
  readonly nameScore: number;
  readonly parts: readonly AlignedPart[];
  readonly subjectLeftOver: readonly string[];
  readonly listedLeftOver: readonly string[];
  readonly qualifiers: readonly Qualifier[];
  /** Something besides the name agrees. A name alone never makes a strong match. */
  readonly qualifierAgrees: boolean;
}

export interface ScreeningResult {
  readonly verdict: ScreeningVerdict;
  readonly algorithm: string;
  readonly lists: readonly ListVersion[];
  readonly thresholds: ScreeningThresholds;
  /** Those at or above the review threshold, best first, at most 20. */
  readonly candidates: readonly ScreeningCandidate[];
  /** Best score of anybody on the list, below the threshold too; 0 when nobody came near. */
  readonly bestScore: number;
  readonly unscreenable: boolean;
}

const candidatesMax = 20;

/** Screens one party. Pure: the same index, subject and thresholds give the same result. */
export function screenSubject(
  index: ScreeningIndex,
  subject: ScreeningSubject,
  thresholds: ScreeningThresholds,
): ScreeningResult {
  const best = new Map<string, ScreeningCandidate>();
  // A birthday that agrees can lift what the name alone would not reach.
  const nameScoreMin = Math.min(liftFrom, thresholds.reviewScore / 100);
  for (const subjectName of subjectNames(subject)) {
    const form = nameForm(subjectName, subject.kind, index.rarity);
    if (form.tokens.length === 0) continue;
    const similarityOf = rememberedSimilarity();
    const near = index.namesNear(form, subject.kind, nameScoreMin);
    for (const listed of [...near, ...index.namesWithId(subject.idNumbers ?? [])]) {
      const comparison = compareNames(form, listed.form, similarityOf);
      const candidate = candidateOf(subject, subjectName, listed, comparison);
      const present = best.get(candidate.entryId);
      if (present === undefined || candidate.score > present.score)
        best.set(candidate.entryId, candidate);
    }
  }
  const ordered = [...best.values()].sort(
    (a, b) => b.score - a.score || (a.entryId < b.entryId ? -1 : 1),
  );
  const candidates = ordered.filter((candidate) => candidate.score >= thresholds.reviewScore);
  const unscreenable = isUnscreenable(subject);
  return {
    verdict: verdictOf(candidates, unscreenable, thresholds),
    algorithm: screeningAlgorithm,
    lists: index.lists,
    thresholds,
    candidates: candidates.slice(0, candidatesMax),
    bestScore: ordered[0]?.score ?? 0,
    unscreenable,
  };
}

/** A dismissed match, as `screening_dismissal` keeps it. */
export interface DismissedMatch {
  readonly entryId: string;
  readonly entryVersion: string;
}

/**
 * Leaves out candidates a person has dismissed for this very data (same data hash) and this very
 * version of the entry; either changing re-opens the match. An unreadable name stays unreadable.
 */
export function withoutDismissed(
  result: ScreeningResult,
  dismissed: readonly DismissedMatch[],
): ScreeningResult {
  const gone = new Set(dismissed.map((match) => `${match.entryId} ${match.entryVersion}`));
  const candidates = result.candidates.filter(
    (candidate) => !gone.has(`${candidate.entryId} ${candidate.entryVersion}`),
  );
  if (candidates.length === result.candidates.length) return result;
  return {
    ...result,
    candidates,
    bestScore: candidates[0]?.score ?? 0,
    verdict: verdictOf(candidates, result.unscreenable, result.thresholds),
  };
}

/** The result with further candidates, whoever has found them. */
export function withCandidates(
  result: ScreeningResult,
  more: readonly ScreeningCandidate[],
): ScreeningResult {
  if (more.length === 0) return result;
  const candidates = [...result.candidates, ...more].sort(
    (a, b) => b.score - a.score || (a.entryId < b.entryId ? -1 : 1),
  );
  return {
    ...result,
    candidates,
    bestScore: Math.max(result.bestScore, candidates[0]?.score ?? 0),
    verdict: verdictOf(candidates, result.unscreenable, result.thresholds),
  };
}

/** The result as facts of the `screening` policy. */
export function screeningFacts(result: ScreeningResult): Facts {
  return {
    'screening.bestScore': result.bestScore,
    'screening.candidates': result.candidates.length,
    'screening.qualifierAgrees': result.candidates.some(
      (candidate) => candidate.qualifierAgrees && candidate.score >= result.thresholds.strongScore,
    ),
    'screening.unscreenable': result.unscreenable,
  };
}

/** What a screening rests on, in one text: hash it (HMAC) to key a dismissal to the client's data. */
export function subjectFingerprint(subject: ScreeningSubject): string {
  return JSON.stringify([
    screeningAlgorithm,
    subject.kind,
    subject.name.normalize('NFKC'),
    subject.latinName ?? null,
    [...(subject.otherNames ?? [])].sort(),
    subject.dateOfBirth ?? null,
    [...(subject.nationalities ?? [])].sort(),
    subject.gender ?? null,
    [...(subject.idNumbers ?? [])].sort(),
  ]);
}

function subjectNames(subject: ScreeningSubject): string[] {
  const latin = subject.latinName ?? '';
  return [...new Set([subject.name, latin, ...(subject.otherNames ?? [])])].filter(
    (name) => name.trim() !== '',
  );
}

/** Romanising a script drops vowels or guesses them: no clearing on that alone. */
function isUnscreenable(subject: ScreeningSubject): boolean {
  const latin = subject.latinName ?? '';
  const readable =
    hasLatinLetters(latin) || (hasLatinLetters(subject.name) && !hasNonLatinLetters(subject.name));
  return !readable;
}

function verdictOf(
  candidates: readonly ScreeningCandidate[],
  unscreenable: boolean,
  thresholds: ScreeningThresholds,
): ScreeningVerdict {
  const strong = candidates.some(
    (candidate) => candidate.score >= thresholds.strongScore && candidate.qualifierAgrees,
  );
  if (strong) return 'strong';
  if (unscreenable) return 'unreadable';
  return candidates.length > 0 ? 'possible' : 'clear';
}

function candidateOf(
  subject: ScreeningSubject,
  subjectName: string,
  { entry, name: listedName }: ListedName,
  comparison: NameComparison,
): ScreeningCandidate {
  const { score, qualifiers } = qualify(subject, entry, comparison.score);
  return {
    entryId: entry.id,
    entryVersion: entry.version,
    kind: entry.kind,
    listedName,
    subjectName,
    programmes: entry.programmes,
    score: percent(score),
    nameScore: percent(comparison.score),
    parts: comparison.parts,
    subjectLeftOver: comparison.subjectLeftOver,
    listedLeftOver: comparison.listedLeftOver,
    qualifiers,
    qualifierAgrees: qualifiers.some(
      (qualifier) => qualifier.kind !== 'gender' && qualifier.verdict === 'agrees',
    ),
  };
}

/** One decimal, rounded down: 99.99 must not become 100. */
function percent(score: number): number {
  return Math.floor(score * 1000 + 1e-9) / 10;
}
