import { normaliseName } from '../screening/normalise';
import { tokenSimilarity } from '../screening/similarity';

export interface DeclaredName {
  readonly givenNames: string;
  readonly familyName: string;
}

/** The name as a machine-readable zone has it. */
export interface DocumentName {
  readonly givenNames: string;
  readonly surname: string;
  /** The field was full: the last word may be cut, later ones may be missing. */
  readonly nameMayBeCut: boolean;
}

/** How ICAO 9303-3 spells letters that other transliterations reduce to one (Müller = MUELLER). */
const icaoSpellings: readonly (readonly [RegExp, string])[] = [
  [/[äæ]/giu, 'ae'],
  [/[öøœ]/giu, 'oe'],
  [/ü/giu, 'ue'],
  [/å/giu, 'aa'],
  [/ß/gu, 'ss'],
  [/þ/giu, 'th'],
  [/ñ/giu, 'n'],
];

/** Letters of another script can be romanised in several ways: this alike is the same word. */
const romanisedAlike = 0.74;

/**
 * Whether the declared name is the one on the document. The document may have more given names and a
 * second surname; what was declared must all be there. Accents, hyphens and apostrophes do not count.
 */
export function namesMatch(declared: DeclaredName, document: DocumentName): boolean {
  return (
    partMatches(declared.familyName, document.surname, document.nameMayBeCut) &&
    partMatches(declared.givenNames, document.givenNames, document.nameMayBeCut)
  );
}

function partMatches(declared: string, onDocument: string, mayBeCut: boolean): boolean {
  const printed = normaliseName(onDocument).tokens;
  return spellingsOf(declared).some(({ tokens, romanised }) => {
    if (tokens.length === 0) return printed.length === 0;
    if (tokens.join('') === printed.join('')) return true;
    return tokens.every((token) => wordThere(token, printed, mayBeCut, romanised));
  });
}

function wordThere(
  token: string,
  printed: readonly string[],
  mayBeCut: boolean,
  romanised: boolean,
): boolean {
  if (printed.includes(token)) return true;
  if (romanised && printed.some((word) => tokenSimilarity(token, word) >= romanisedAlike))
    return true;
  const last = printed.at(-1) ?? '';
  return mayBeCut && last !== '' && token.startsWith(last);
}

/** The words of a name, as they stand and with letters spelt as ICAO does. */
export function spellingsOf(name: string): { tokens: readonly string[]; romanised: boolean }[] {
  const composed = name.normalize('NFC');
  const icao = icaoSpellings.reduce(
    (text, [letters, spelling]) => text.replace(letters, spelling),
    composed,
  );
  return [normaliseName(composed), normaliseName(icao)];
}
