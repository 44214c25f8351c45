import { isKnownName } from './common-words';
import { areNicknames } from './nicknames';
import { phoneticKey } from './phonetic';
import { letterSimilarity, tokenSimilarity } from './similarity';

/** A word as it is compared; one object for each text, made once (`wordOf`). */
export interface Word {
  readonly text: string;
  readonly sound: string;
  /** Pairs of letters with the edges marked, each once, in order. */
  readonly bigrams: readonly string[];
}

/** By what two words were taken for the same. */
export type LikenessKind = 'same' | 'letters' | 'sound' | 'given name' | 'initial';

export interface Likeness {
  readonly similarity: number;
  readonly by: LikenessKind;
}

const initialSimilarity = 0.75;
const sameSoundSimilarity = 0.86;
const givenNameSimilarity = 0.9;
const soundLengthMin = 4;
/** One sound spelled with other letters altogether is another name: "Hasan" and "Huseyin", "Qiang" and "Guoying". */
const soundLettersMin = 0.62;
/** Short words that differ in one letter: weak, and yet no contradiction ("Tim" for "Tom"). */
const shortSimilarity = 0.5;
/** "Sami" is no slip of the pen for "Samir" where both are names. */
const knownNamesSimilarity = 0.55;
const wordsMax = 300_000;

const words = new Map<string, Word>();

/** The word of a text. What is remembered has a limit, after which words are made anew. */
export function wordOf(text: string): Word {
  const known = words.get(text);
  if (known !== undefined) return known;
  const word: Word = { text, sound: phoneticKey(text), bigrams: bigramsOf(text) };
  if (words.size < wordsMax) words.set(text, word);
  return word;
}

/**
 * How alike two words are, 0 to 1. Words that share too few pairs of letters are different unless they sound the same
 * or are forms of one given name: `WordIndex` finds words by these very keys and therefore misses none.
 */
export function wordSimilarity(left: Word, right: Word, isRunTogether = false): number {
  if (left.text === right.text) return 1;
  const letters = mayBeMisspelt(left, right) ? tokenSimilarity(left.text, right.text) : 0;
  if (isRunTogether || letters >= givenNameSimilarity) return letters;
  if (areNicknames(left.text, right.text)) return givenNameSimilarity;
  if (letters > 0 && isKnownName(left.text) && isKnownName(right.text)) return knownNamesSimilarity;
  if (soundAlike(left, right)) return Math.max(letters, sameSoundSimilarity);
  return letters > 0 || !differShort(left.text, right.text) ? letters : shortSimilarity;
}

/** By what `wordSimilarity` is above zero; for explaining, not for scoring. */
export function likenessKind(left: Word, right: Word, similarity: number): LikenessKind {
  if (left.text === right.text) return 'same';
  if (left.text.length === 1 || right.text.length === 1) return 'initial';
  if (similarity === sameSoundSimilarity && soundAlike(left, right)) return 'sound';
  if (similarity === givenNameSimilarity && areNicknames(left.text, right.text))
    return 'given name';
  return 'letters';
}

/** An initial is like every word that begins with it. */
export function initialLikeness(left: Word, right: Word): number {
  if (left.text === right.text) return 1;
  const letter = left.text.charAt(0);
  return letter === right.text.charAt(0) && /[a-z]/.test(letter) ? initialSimilarity : 0;
}

/** First letters that stand for one another; others are told apart ("Semenov", "Chemezov"). */
const firstSounds = ['kqcgx', 'vw', 'jyi', 'sz', 'eaiy', 'ou'];
function soundsOfFirst(text: string): string {
  const first = text.charAt(0);
  return firstSounds.find((letters) => letters.includes(first)) ?? first;
}

function soundAlike(left: Word, right: Word): boolean {
  return (
    left.sound === right.sound &&
    left.sound.length >= soundLengthMin &&
    soundsOfFirst(left.text) === soundsOfFirst(right.text) &&
    letterSimilarity(left.text, right.text) >= soundLettersMin
  );
}

const shortMin = 2;
const shortMax = 4;

/** Two to four letters, of which one is left out, added, changed, or two are swapped. */
function differShort(left: string, right: string): boolean {
  const [shorter, longer] = left.length <= right.length ? [left, right] : [right, left];
  if (shorter.length < shortMin || longer.length > shortMax) return false;
  const keys = shortKeys(longer);
  return shortKeys(shorter).some((key) => keys.includes(key));
}

/** A short word, and the word without each of its letters: words that differ in one letter share a key. */
export function shortKeys(text: string): readonly string[] {
  if (text.length < shortMin || text.length > shortMax) return [];
  const letters = [...text];
  return [text, ...letters.map((_letter, at) => text.slice(0, at) + text.slice(at + 1))];
}

function mayBeMisspelt(left: Word, right: Word): boolean {
  const enough = sharedMin(Math.max(left.text.length, right.text.length));
  let shared = 0;
  for (const bigram of left.bigrams) if (right.bigrams.includes(bigram)) shared += 1;
  return shared >= enough;
}

/**
 * Pairs of letters that two words of this length still share when they differ lightly: of a word's
 * length + 1 pairs, a changed letter spoils two and a swap three.
 */
export function sharedMin(length: number): number {
  if (length <= 5) return 2;
  return length <= 8 ? 3 : length - 5;
}

function bigramsOf(word: string): readonly string[] {
  const marked = `^${word}$`;
  const bigrams = new Set<string>();
  for (let i = 0; i + 1 < marked.length; i += 1) bigrams.add(marked.slice(i, i + 2));
  return [...bigrams];
}
