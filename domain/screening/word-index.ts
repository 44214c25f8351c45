import { tokenSimilarity } from './similarity';

export interface WordMatch {
  readonly position: number;
  readonly similarity: number;
}

/** Finds words that resemble a word, by the pairs of letters they share. */
export class WordIndex {
  readonly words: readonly string[];
  readonly #positionOf: ReadonlyMap<string, number>;
  readonly #byBigram: ReadonlyMap<string, Uint32Array>;
  /** Scratch: pairs shared with the word being looked up, by position; all zero between look-ups. */
  readonly #shared: Uint8Array;

  constructor(words: readonly string[]) {
    this.words = words;
    this.#positionOf = new Map(words.map((word, position) => [word, position]));
    const byBigram = new Map<string, number[]>();
    words.forEach((word, position) => {
      for (const bigram of bigramsOf(word)) {
        const positions = byBigram.get(bigram);
        if (positions === undefined) byBigram.set(bigram, [position]);
        else positions.push(position);
      }
    });
    this.#byBigram = new Map(
      [...byBigram].map(([bigram, positions]) => [bigram, Uint32Array.from(positions)]),
    );
    this.#shared = new Uint8Array(words.length);
  }

  /** Every indexed word whose similarity is above zero, the word itself included. */
  like(word: string): WordMatch[] {
    const exact = this.#positionOf.get(word);
    const found: WordMatch[] = exact === undefined ? [] : [{ position: exact, similarity: 1 }];
    if (word.length < 3) return found;
    const touched: number[] = [];
    for (const bigram of bigramsOf(word))
      for (const position of this.#byBigram.get(bigram) ?? []) {
        const count = this.#shared[position] ?? 0;
        if (count === 0) touched.push(position);
        this.#shared[position] = count + 1;
      }
    for (const position of touched) {
      const count = this.#shared[position] ?? 0;
      this.#shared[position] = 0;
      const other = this.words[position];
      if (other === undefined || position === exact) continue;
      if (count < sharedMin(Math.max(word.length, other.length))) continue;
      const similarity = tokenSimilarity(word, other);
      if (similarity > 0) found.push({ position, similarity });
    }
    return found;
  }
}

/**
 * Pairs of letters that two words of this length still share when they differ lightly: of a word's
 * length + 1 pairs, a changed letter spoils two and a swap three.
 */
function sharedMin(length: number): number {
  if (length <= 5) return 2;
  return length <= 8 ? 3 : length - 5;
}

/** Pairs of letters with the word's edges marked, each once. */
function bigramsOf(word: string): Set<string> {
  const marked = `^${word}$`;
  const bigrams = new Set<string>();
  for (let i = 0; i + 1 < marked.length; i += 1) bigrams.add(marked.slice(i, i + 2));
  return bigrams;
}
