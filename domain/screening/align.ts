import { type NameForm, type NameUnit } from './name-form';
import { differsHard, tokenSimilarity } from './similarity';

/** Two parts of two names that were taken for the same word (or two words run into one). */
export interface AlignedPart {
  readonly subject: string;
  readonly listed: string;
  readonly similarity: number;
  /** Share of the whole that the pair carries, 0 to 1. */
  readonly share: number;
}

export interface NameComparison {
  /** 0 to 1: similarity of the pairs, weighted, over everything both names say. */
  readonly score: number;
  readonly parts: readonly AlignedPart[];
  readonly subjectLeftOver: readonly string[];
  readonly listedLeftOver: readonly string[];
}

interface Pair {
  readonly subject: NameUnit;
  readonly listed: NameUnit;
  readonly similarity: number;
}

export type SimilarityOf = (subject: NameUnit, listed: NameUnit) => number;

/** One misspelt word is a misspelling; each further one makes another person likelier ("Salma Qasim", "Salman Wasim"). */
const hardPairPenalty = 0.08;
/** Two words out of a longer name are shared by many people; a birthday that agrees lifts them again. */
const partOnlyPenalty = 0.25;
const initialSimilarity = 0.75;

/**
 * Pairs words one to one, best first, in any order; two neighbours may pair with one ("Abdul Rahman"
 * = "Abdulrahman"). What is left over on either side counts against the score, so a name that is
 * only part of another never reaches 1.
 */
export function compareNames(
  subject: NameForm,
  listed: NameForm,
  similarityOf: SimilarityOf = unitSimilarity,
): NameComparison {
  const pairs = pairsOf(subject.units, listed.units, similarityOf);
  const usedSubject = new Set<number>();
  const usedListed = new Set<number>();
  const total = subject.weight + listed.weight;
  const parts: AlignedPart[] = [];
  let earned = 0;
  for (const pair of pairs) {
    if (taken(usedSubject, pair.subject) || taken(usedListed, pair.listed)) continue;
    take(usedSubject, pair.subject);
    take(usedListed, pair.listed);
    const share = (pair.subject.weight + pair.listed.weight) / total;
    earned += pair.similarity * share;
    parts.push({
      subject: pair.subject.text,
      listed: pair.listed.text,
      similarity: pair.similarity,
      share,
    });
  }
  const paired = parts.reduce((sum, part) => sum + part.share, 0);
  const partOnly = parts.length <= 2 ? partOnlyPenalty * (1 - paired) : 0;
  const hard = parts.filter(({ subject: a, listed: b, similarity }) =>
    differsHard(a, b, similarity),
  ).length;
  return {
    score: Math.max(0, Math.min(1, earned) - partOnly - hardPairPenalty * Math.max(0, hard - 1)),
    parts,
    subjectLeftOver: leftOver(subject, usedSubject),
    listedLeftOver: leftOver(listed, usedListed),
  };
}

function pairsOf(
  subject: readonly NameUnit[],
  listed: readonly NameUnit[],
  similarityOf: SimilarityOf,
): Pair[] {
  const pairs: Pair[] = [];
  for (const left of subject)
    for (const right of listed) {
      if (left.count === 2 && right.count === 2) continue;
      const similarity = similarityOf(left, right);
      if (similarity > 0) pairs.push({ subject: left, listed: right, similarity });
    }
  const worth = (pair: Pair): number =>
    pair.similarity * pair.similarity * (pair.subject.weight + pair.listed.weight);
  return pairs.sort((a, b) => worth(b) - worth(a));
}

/** How alike two units are; an initial is like any word that begins with it. */
export function unitSimilarity(left: NameUnit, right: NameUnit): number {
  const initial = left.text.length === 1 || right.text.length === 1;
  if (initial && left.count === 1 && right.count === 1) {
    if (left.text === right.text) return 1;
    return left.text.charAt(0) === right.text.charAt(0) && /[a-z]/.test(left.text.charAt(0))
      ? initialSimilarity
      : 0;
  }
  return tokenSimilarity(left.text, right.text);
}

function taken(used: ReadonlySet<number>, unit: NameUnit): boolean {
  return used.has(unit.first) || (unit.count === 2 && used.has(unit.first + 1));
}

function take(used: Set<number>, unit: NameUnit): void {
  used.add(unit.first);
  if (unit.count === 2) used.add(unit.first + 1);
}

function leftOver(form: NameForm, used: ReadonlySet<number>): string[] {
  return form.tokens.filter((_token, i) => !used.has(i)).map((token) => token.text);
}

/** Remembers what was compared: within one screening the same listed words come up again and again. */
export function rememberedSimilarity(): SimilarityOf {
  const known = new Map<NameUnit, Map<string, number>>();
  return (subject, listed) => {
    let row = known.get(subject);
    if (row === undefined) known.set(subject, (row = new Map()));
    const key = listed.count === 1 ? listed.text : `${listed.text}+`;
    const remembered = row.get(key);
    if (remembered !== undefined) return remembered;
    const similarity = unitSimilarity(subject, listed);
    row.set(key, similarity);
    return similarity;
  };
}
