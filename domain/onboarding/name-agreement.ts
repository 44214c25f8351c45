import { type Mrz } from '../kyc/mrz';
import { normaliseName } from '../screening/normalise';

/** Letters that ICAO 9303-3 section 6 writes with two in the machine-readable zone. */
const doubled: readonly (readonly [RegExp, string])[] = [
  [/[äæ]/gu, 'ae'],
  [/[öøœ]/gu, 'oe'],
  [/ü/gu, 'ue'],
  [/å/gu, 'aa'],
  [/ß/gu, 'ss'],
  [/þ/gu, 'th'],
];

/**
 * Whether the registered name is the one in the machine-readable zone: the same words in any order, where
 * the registration may leave out middle names. Umlauts may stand as one letter or as two; of a name field
 * that is full the last word may be cut.
 */
export function namesAgree(
  registered: string,
  mrz: Pick<Mrz, 'surname' | 'givenNames' | 'nameMayBeCut'>,
): boolean {
  const surname = wordsOf(mrz.surname);
  const given = wordsOf(mrz.givenNames);
  const printed = [...surname, ...given];
  if (printed.length === 0) return false;
  const needed = [...surname, ...given.slice(0, 1)];
  const cut = mrz.nameMayBeCut ? printed.at(-1) : undefined;
  const fits = (onDocument: string, word: string) =>
    onDocument === word || (onDocument === cut && word.startsWith(onDocument));
  return spellings(registered).some(
    (words) =>
      eachHasItsOwn(words, printed, (word, onDocument) => fits(onDocument, word)) &&
      eachHasItsOwn(needed, words, fits),
  );
}

function wordsOf(name: string): readonly string[] {
  return normaliseName(name).tokens;
}

/** The name as it may have been printed: letters without their marks, or with two letters for one. */
function spellings(name: string): (readonly string[])[] {
  const lower = name.normalize('NFC').toLowerCase();
  const long = doubled.reduce((text, [letter, letters]) => text.replace(letter, letters), lower);
  return [wordsOf(name), wordsOf(long)];
}

/** Whether each word finds one among the others that no other word has taken. */
function eachHasItsOwn(
  words: readonly string[],
  others: readonly string[],
  fits: (word: string, other: string) => boolean,
): boolean {
  const rest = [...others];
  return words.every((word) => {
    const at = rest.findIndex((other) => fits(word, other));
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
}
