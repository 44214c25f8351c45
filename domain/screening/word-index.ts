import { nicknameGroups } from './nicknames';
import { sharedMin, shortKeys, type Word, wordOf, wordSimilarity } from './word-likeness';

export interface WordMatch {
  readonly position: number;
  readonly similarity: number;
}

const none = new Uint32Array(0);
const rememberedMax = 100_000;

/**
 * Finds every word that is like a word: by the pairs of letters they share, by sound, and as forms of one given name.
 * What was looked up is remembered: clients share their names.
 */
export class WordIndex {
  readonly words: readonly Word[];
  readonly #positionOf: ReadonlyMap<string, number>;
  readonly #byBigram: ReadonlyMap<string, Uint32Array>;
  readonly #bySound: ReadonlyMap<string, Uint32Array>;
  readonly #byGroup: ReadonlyMap<string, Uint32Array>;
  readonly #byShort: ReadonlyMap<string, Uint32Array>;
  readonly #remembered = new Map<string, readonly WordMatch[]>();
  /** Scratch: pairs shared with the word being looked up, by position; all zero between look-ups. */
  readonly #shared: Uint8Array;

  constructor(texts: readonly string[]) {
    this.words = texts.map(wordOf);
    this.#positionOf = new Map(texts.map((text, position) => [text, position]));
    this.#byBigram = keyed(this.words, (word) => word.bigrams);
    this.#bySound = keyed(this.words, (word) => [word.sound]);
    this.#byGroup = keyed(this.words, (word) => nicknameGroups(word.text).map(String));
    this.#byShort = keyed(this.words, (word) => shortKeys(word.text));
    this.#shared = new Uint8Array(texts.length);
  }

  /** Every indexed word whose similarity is above zero, the word itself included. */
  like(text: string): readonly WordMatch[] {
    const before = this.#remembered.get(text);
    if (before !== undefined) return before;
    const found = this.#search(wordOf(text));
    if (this.#remembered.size < rememberedMax) this.#remembered.set(text, found);
    return found;
  }

  #search(word: Word): WordMatch[] {
    const touched = new Set<number>();
    const exact = this.#positionOf.get(word.text);
    if (exact !== undefined) touched.add(exact);
    for (const position of this.#bySound.get(word.sound) ?? none) touched.add(position);
    for (const group of nicknameGroups(word.text))
      for (const position of this.#byGroup.get(String(group)) ?? none) touched.add(position);
    for (const key of shortKeys(word.text))
      for (const position of this.#byShort.get(key) ?? none) touched.add(position);
    if (word.text.length >= 3)
      for (const position of this.#sharingLetters(word)) touched.add(position);
    const found: WordMatch[] = [];
    for (const position of touched) {
      const other = this.words[position];
      const similarity = other === undefined ? 0 : wordSimilarity(word, other);
      if (similarity > 0) found.push({ position, similarity });
    }
    return found;
  }

  #sharingLetters(word: Word): number[] {
    const touched: number[] = [];
    for (const bigram of word.bigrams)
      for (const position of this.#byBigram.get(bigram) ?? none) {
        const count = this.#shared[position] ?? 0;
        if (count === 0) touched.push(position);
        this.#shared[position] = count + 1;
      }
    return touched.filter((position) => {
      const count = this.#shared[position] ?? 0;
      this.#shared[position] = 0;
      const other = this.words[position];
      return (
        other !== undefined && count >= sharedMin(Math.max(word.text.length, other.text.length))
      );
    });
  }
}

function keyed(
  words: readonly Word[],
  keysOf: (word: Word) => readonly string[],
): ReadonlyMap<string, Uint32Array> {
  const byKey = new Map<string, number[]>();
  words.forEach((word, position) => {
    for (const key of keysOf(word)) {
      const positions = byKey.get(key);
      if (positions === undefined) byKey.set(key, [position]);
      else positions.push(position);
    }
  });
  return new Map([...byKey].map(([key, positions]) => [key, Uint32Array.from(positions)]));
}
