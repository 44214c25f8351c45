import anyAscii from 'any-ascii';

/** The text as lower-case Latin words; digits stay ("Brigade 313"), punctuation goes. */
export interface NormalisedName {
  readonly tokens: readonly string[];
  /** Letters outside the Latin script were romanised. */
  readonly romanised: boolean;
}

const apostrophes = /['’‘ʼʻ`´"]/gu;
const nonLatinLetter = /(?!\p{Script=Latin})\p{L}/u;
const latinLetter = /\p{Script=Latin}/u;
const nameLengthMax = 400;

/**
 * NFKC → Latin letters → lower case → no punctuation → tokens. An apostrophe joins ("Sa'id" = "Said"),
 * anything else that is no letter or digit separates.
 */
export function normaliseName(name: string): NormalisedName {
  const composed = name.slice(0, nameLengthMax).normalize('NFKC').replace(apostrophes, '');
  const ascii = anyAscii(composed).toLowerCase().replace(/['`]/g, '');
  return {
    tokens: ascii.split(/[^a-z0-9]+/).filter((token) => token !== ''),
    romanised: hasNonLatinLetters(composed),
  };
}

/** Whether the name has letters of another script (marks, digits and punctuation do not count). */
export function hasNonLatinLetters(name: string): boolean {
  return nonLatinLetter.test(name);
}

/** Whether the name has at least one Latin letter. */
export function hasLatinLetters(name: string): boolean {
  return latinLetter.test(name);
}
