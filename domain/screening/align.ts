import { type NameForm, type NameUnit } from './name-form';
import { differsHard } from './similarity';
import { initialLikeness, type LikenessKind, likenessKind, wordSimilarity } from './word-likeness';

/** Two parts of two names that were taken for the same word (or two words run into one). */
export interface AlignedPart {
  readonly subject: string;
  readonly listed: string;
  readonly similarity: number;
  /** Why they were: the same word, near in letters or in sound, forms of one given name, an initial and its word. */
  readonly by: LikenessKind;
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
/** A word against another word is a contradiction and counts on both sides. */
const contradictionCost = 2;
/** A word that only one side has is mostly a middle name, unless only one word or only common words agree. */
const unsaidCost = { one: 1, rare: 0.2, common: 0.9 };
/** The same letters in the same order, divided into other words. */
const runTogetherScore = 0.97;
/** Initials alone are nobody's name. */
const initialsScoreMax = 0.6;

/**
 * Pairs words one to one, best first, in any order; two neighbours may pair with one ("Abdul Rahman"
 * = "Abdulrahman"). What is left over counts against the score, so a name that is only part of
 * another never reaches 1.
 */
export function compareNames(
  subject: NameForm,
  listed: NameForm,
  similarityOf: SimilarityOf = unitSimilarity,
): NameComparison {
  const pairs = alignedPairs(subject, listed, similarityOf);
  const mine = leftOver(subject, new Set(pairs.flatMap(({ subject: unit }) => positions(unit))));
  const theirs = leftOver(listed, new Set(pairs.flatMap(({ listed: unit }) => positions(unit))));
  let earned = 0;
  let paired = 0;
  let heavyPairs = 0;
  let heavyWeight = 0;
  let rare = 0;
  let hard = 0;
  for (const pair of pairs) {
    const weight = weightOf(pair);
    earned += pair.similarity * weight;
    paired += weight;
    if (!pair.subject.isLight && !pair.listed.isLight) {
      heavyPairs += Math.max(pair.subject.count, pair.listed.count);
      heavyWeight += weight;
      rare += weight * Math.min(pair.subject.rarity, pair.listed.rarity);
    }
    hard += hardness(pair);
  }
  const common = heavyWeight === 0 ? 1 : 1 - rare / heavyWeight;
  const whole = paired + leftOverCost(mine.weight, theirs.weight, heavyPairs, common);
  const aligned = whole === 0 ? 0 : earned / whole - hardPairPenalty * Math.max(0, hard - 1);
  const isInitials = pairs.every(({ subject: a, listed: b }) => isInitial(a) !== isInitial(b));
  const score = isInitials ? Math.min(aligned, initialsScoreMax) : aligned;
  return {
    score: Math.max(0, Math.min(1, score), subject.run === listed.run ? runTogetherScore : 0),
    parts: pairs.map((pair) => ({
      subject: pair.subject.text,
      listed: pair.listed.text,
      similarity: pair.similarity,
      by: likenessKind(pair.subject.comparable, pair.listed.comparable, pair.similarity),
      share: weightOf(pair) / whole,
    })),
    subjectLeftOver: mine.words,
    listedLeftOver: theirs.words,
  };
}

function weightOf(pair: Pair): number {
  return (pair.subject.weight + pair.listed.weight) / 2;
}

function isInitial(unit: NameUnit): boolean {
  return unit.text.length === 1;
}

function positions(unit: NameUnit): number[] {
  return unit.count === 2 ? [unit.first, unit.first + 1] : [unit.first];
}

/** How hard it is to take the two for one word: a wrong letter or alike by sound only is 1, another form of the name half. */
function hardness({ subject, listed, similarity }: Pair): number {
  const by = likenessKind(subject.comparable, listed.comparable, similarity);
  switch (by) {
    case 'same':
    case 'initial':
      return 0;
    case 'given name':
      return 0.5;
    case 'sound':
      return 1;
    case 'letters':
      return differsHard(subject.text, listed.text, similarity) ? 1 : 0;
  }
}

function alignedPairs(subject: NameForm, listed: NameForm, similarityOf: SimilarityOf): Pair[] {
  const usedSubject = new Set<number>();
  const usedListed = new Set<number>();
  return pairsOf(subject.units, listed.units, similarityOf).filter((pair) => {
    if (taken(usedSubject, pair.subject) || taken(usedListed, pair.listed)) return false;
    take(usedSubject, pair.subject);
    take(usedListed, pair.listed);
    return true;
  });
}

function leftOverCost(mine: number, theirs: number, heavyPairs: number, common: number): number {
  const contradicted = Math.min(mine, theirs);
  const unsaid = Math.abs(mine - theirs);
  const cost =
    heavyPairs <= 1
      ? unsaidCost.one
      : unsaidCost.rare + (unsaidCost.common - unsaidCost.rare) * common;
  return contradictionCost * contradicted + cost * unsaid;
}

/**
 * The most that two names can score of which no more than this can pair: what `ScreeningIndex` leaves out a name by,
 * so that it leaves out none that would have scored more.
 */
export function scoreAtMost(of: {
  readonly mine: number;
  readonly theirs: number;
  readonly matchedMine: number;
  readonly matchedTheirs: number;
  readonly heavyPairs: number;
}): number {
  const mine = Math.min(of.mine, of.matchedMine);
  const theirs = Math.min(of.theirs, of.matchedTheirs);
  const paired = (mine + theirs) / 2;
  const cost = leftOverCost(of.mine - mine, of.theirs - theirs, of.heavyPairs, 0);
  return (paired + 1e-9) / (paired + cost + 1e-9);
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

function taken(used: ReadonlySet<number>, unit: NameUnit): boolean {
  return used.has(unit.first) || (unit.count === 2 && used.has(unit.first + 1));
}

function take(used: Set<number>, unit: NameUnit): void {
  used.add(unit.first);
  if (unit.count === 2) used.add(unit.first + 1);
}

function leftOver(
  form: NameForm,
  used: ReadonlySet<number>,
): { readonly words: string[]; readonly weight: number } {
  const left = form.tokens.filter((_token, i) => !used.has(i));
  return {
    words: left.map((token) => token.text),
    weight: left.reduce((sum, token) => sum + token.weight, 0),
  };
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

/** How alike two units are; an initial is like any word that begins with it. */
export function unitSimilarity(left: NameUnit, right: NameUnit): number {
  const isInitial = left.text.length === 1 || right.text.length === 1;
  return isInitial && left.count === 1 && right.count === 1
    ? initialLikeness(left.comparable, right.comparable)
    : wordSimilarity(left.comparable, right.comparable, left.count + right.count > 2);
}
