import { spellingsOf } from '../kyc/name-match';
import { legalForm } from '../screening/organisation-suffixes';
import { tokenSimilarity } from '../screening/similarity';

/**
 * Whether money was paid from an account in the client's own name (CySEC C721: from no other). `unclear` is what a
 * machine cannot say: people look at it.
 */
export type OwnName = 'own' | 'unclear' | 'other';

/** Titles and forms of address that banks put before a name. */
const titles = new Set('mr mrs ms miss dr prof herr frau monsieur madame sr sra sig'.split(' '));
/** Between the holders of one account. */
const between = /\s*(?:[&+/;]|\b(?:and|und|et|e|y|en|oder|or|ou)\b)\s*/iu;
/** A word may be misspelt so far and still be taken for the same by a person. */
const misspeltFrom = 0.8;
/** A bank that cuts names leaves at least so much of the last word. */
const cutFrom = 3;

/**
 * By the payer's name as the bank has it and the names of the client's holders. Order, accents, titles and further
 * given names do not count. Initials, a family name alone, a cut name, a slip of the pen and an account that somebody
 * else holds, too, are unclear; where all who hold it are holders of the contract, it is theirs. A company is somebody else than the person whose name it bears.
 */
export function ownName(payer: string, holders: readonly string[]): OwnName {
  if (wordsOf(payer).length === 0) return 'unclear';
  const verdicts = holders.map((holder) => ofHolder(payer, holder));
  if (verdicts.includes('own') || isTheirs(payer, holders)) return 'own';
  return verdicts.includes('unclear') ? 'unclear' : 'other';
}

/** An account of several people is the client's own where each of them is a holder of the contract. */
function isTheirs(payer: string, holders: readonly string[]): boolean {
  const parts = payer.split(between).filter((part) => part !== '');
  if (parts.length < 2 || isCompany(wordsOf(payer))) return false;
  return parts.every((part) => holders.some((holder) => ofAccount(part, holder) === 'own'));
}

function ofHolder(payer: string, holder: string): OwnName {
  const parts = payer.split(between).filter((part) => part !== '');
  const isOneName = wordsOf(payer).join(' ') === wordsOf(holder).join(' ');
  if (isOneName || parts.length < 2 || isCompany(wordsOf(payer))) return ofAccount(payer, holder);
  // Of a joint account the client is one holder; whether the money is theirs, the name does not say.
  return parts.some((part) => ofAccount(part, holder) !== 'other') ? 'unclear' : 'other';
}

function ofAccount(payer: string, holder: string): OwnName {
  const comparisons = spellingsOf(payer).flatMap((left) =>
    spellingsOf(holder).map((right) => compare(withoutTitles(left.tokens), right.tokens)),
  );
  if (comparisons.includes('own')) return 'own';
  return comparisons.includes('unclear') ? 'unclear' : 'other';
}

function compare(payer: readonly string[], holder: readonly string[]): OwnName {
  if (payer.length === 0 || holder.length === 0) return 'other';
  if (isCompany(payer) || isCompany(holder)) {
    return formsIn(payer) === formsIn(holder) ? sameWords(nameIn(payer), nameIn(holder)) : 'other';
  }
  return sameWords(payer, holder);
}

function sameWords(payer: readonly string[], holder: readonly string[]): OwnName {
  if (payer.join('') === holder.join('')) return 'own';
  const [fewer, more] = payer.length <= holder.length ? [payer, holder] : [holder, payer];
  if (fewer.every((word) => more.includes(word))) return fewer.length > 1 ? 'own' : 'unclear';
  const left = [...more];
  const rest = fewer.filter((word) => {
    const at = left.indexOf(word);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
  // One word at least has to be the same; the others may be short for, or a slip of, a word that is left.
  if (rest.length === fewer.length)
    return rest.every((word) => misspelt(word, left)) ? 'unclear' : 'other';
  return rest.every((word) => left.some((other) => mayBe(word, other))) ? 'unclear' : 'other';
}

function mayBe(word: string, other: string): boolean {
  const [short, long] = word.length <= other.length ? [word, other] : [other, word];
  if (short.length === 1 || short.length >= cutFrom) {
    if (long.startsWith(short)) return true;
  }
  return tokenSimilarity(word, other) >= misspeltFrom;
}

function misspelt(word: string, others: readonly string[]): boolean {
  return word.length > 1 && others.some((other) => tokenSimilarity(word, other) >= misspeltFrom);
}

function wordsOf(name: string): readonly string[] {
  return withoutTitles(spellingsOf(name)[0]?.tokens ?? []);
}

function withoutTitles(words: readonly string[]): readonly string[] {
  return words.filter((word) => !titles.has(word));
}

const isCompany = (words: readonly string[]) =>
  words.length > 1 && words.slice(1).some((word) => legalForm(word) !== null);
const nameIn = (words: readonly string[]) =>
  words.filter((word, position) => position === 0 || legalForm(word) === null);
const formsIn = (words: readonly string[]) =>
  words
    .slice(1)
    .flatMap((word) => legalForm(word) ?? [])
    .join(' ');
