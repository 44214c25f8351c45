import { compareNames, type NameComparison } from './align';
import { rarityOfWord } from './common-words';
import { nameForm } from './name-form';
import { normaliseName } from './normalise';
import { readsAsOrganisation } from './organisation-suffixes';

/** What a name reads as when nobody says: an organisation by its legal form, a number or a word such as "bank". */
export function kindOfName(name: string): 'individual' | 'organisation' {
  return readsAsOrganisation(normaliseName(name).tokens) ? 'organisation' : 'individual';
}

/**
 * Compares two names of which nothing else is known, by the scorer that screens clients; without a list, how common
 * a word is comes from the shipped table alone. As organisations when either reads as one.
 */
export function scorePair(left: string, right: string): NameComparison {
  const isOrganisation = [left, right].some((name) => kindOfName(name) === 'organisation');
  const kind = isOrganisation ? 'organisation' : 'individual';
  return compareNames(nameForm(left, kind, rarityOfWord), nameForm(right, kind, rarityOfWord));
}
