import { type ListedKind, type ScreeningSubject } from './entry';
import { type ScreeningCandidate, type ScreeningResult, withCandidates } from './screen';

/** Somebody whom an outside matcher takes for the subject. */
export interface OutsideMatch {
  /** The matcher's own: "yente:NK-…", "watchman:us_ofac/22790". */
  readonly entryId: string;
  /** Changes with what the matcher says of the entry: a dismissed match re-opens then. */
  readonly entryVersion: string;
  readonly kind: ListedKind;
  readonly name: string;
  readonly programmes: readonly string[];
  /** 0 to 1 on the matcher's own scale. */
  readonly score: number;
}

export type OutsideAnswer =
  | {
      readonly kind: 'answered';
      /** From here on a score is a match, on the matcher's own scale. */
      readonly threshold: number;
      readonly matches: readonly OutsideMatch[];
    }
  /** It did not answer, or not so that it can be read. */
  | { readonly kind: 'unknown' };

/** A matcher that an installation runs beside its own lists. It never throws: not to know is an answer. */
export interface OutsideMatcher {
  readonly name: string;
  ask(subject: ScreeningSubject): Promise<OutsideAnswer>;
}

/**
 * The result with what an outside matcher says. Its threshold becomes the policy's, so that its matches go where one's
 * own do. No answer is a candidate whom nobody can rule out but people: dismissed by two, it counts for the day.
 */
export function withOutside(
  result: ScreeningResult,
  answer: OutsideAnswer,
  at: { readonly matcher: string; readonly subjectName: string; readonly today: string },
): ScreeningResult {
  const from = result.thresholds.reviewScore;
  if (answer.kind === 'unknown')
    return withCandidates(result, [
      candidateOf(at, from, {
        entryId: `${at.matcher}:no-answer`,
        entryVersion: at.today,
        kind: 'individual',
        name: `${at.matcher} did not answer`,
        programmes: [],
      }),
    ]);
  const { threshold, matches } = answer;
  return withCandidates(
    result,
    matches
      .filter(({ score }) => score >= threshold)
      .map((match) => candidateOf(at, scaled(match.score, threshold, from), match)),
  );
}

function scaled(score: number, threshold: number, reviewScore: number): number {
  const share = threshold >= 1 ? 1 : (Math.min(1, score) - threshold) / (1 - threshold);
  return Math.floor((reviewScore + share * (100 - reviewScore)) * 10 + 1e-9) / 10;
}

function candidateOf(
  { subjectName }: { readonly subjectName: string },
  score: number,
  match: Omit<OutsideMatch, 'score'>,
): ScreeningCandidate {
  return {
    entryId: match.entryId,
    entryVersion: match.entryVersion,
    kind: match.kind,
    listedName: match.name,
    subjectName,
    programmes: match.programmes,
    score,
    nameScore: score,
    parts: [],
    subjectLeftOver: [],
    listedLeftOver: [],
    qualifiers: [],
    // Its score may rest on the name alone.
    qualifierAgrees: false,
  };
}
