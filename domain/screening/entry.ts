import { type CivilDate } from '../kyc/civil-date';

export type ListedKind = 'individual' | 'organisation' | 'vessel' | 'aircraft';

/** From and to are both included; a day known exactly has them equal, "circa 1961" is the year and one more each side. */
export interface DateRange {
  readonly from: CivilDate;
  readonly to: CivilDate;
}

export interface ListedAlias {
  readonly name: string;
  /** A weak alias (a nickname in the remarks) is shown, never matched: OFAC says so itself. */
  readonly strength: 'strong' | 'weak';
}

/** Somebody or something on a sanctions list, whichever list it is. */
export interface ListedEntry {
  /** Stable within its list, which it begins with: "sdn:587", "un:6908555", "eu:13". */
  readonly id: string;
  readonly kind: ListedKind;
  readonly name: string;
  readonly aliases: readonly ListedAlias[];
  readonly datesOfBirth: readonly DateRange[];
  /** ISO alpha-2, nationality and citizenship. */
  readonly nationalities: readonly string[];
  /** ISO alpha-2 of its addresses; for the officer, not for the score. */
  readonly countries: readonly string[];
  readonly gender: 'F' | 'M' | null;
  /** Passports and other documents, as the list writes them. */
  readonly idNumbers: readonly string[];
  readonly programmes: readonly string[];
  /** Hash over everything the list says of the entry: a dismissed match re-opens when it changes. */
  readonly version: string;
}

export interface ListVersion {
  /** Where it is kept in versions (`lsv_…`); a list that was only read has none. */
  readonly id?: string;
  /** "OFAC SDN", "UN Security Council", "EU consolidated". */
  readonly name: string;
  /** Hash over the files. */
  readonly hash: string;
  readonly publishedOn: CivilDate;
}

export interface SanctionsList {
  readonly version: ListVersion;
  readonly entries: readonly ListedEntry[];
}

/** A file of a list, which itself is not kept. */
export interface ListSourceFile {
  readonly name: string;
  readonly sha256: string;
}

/** A list with the files it was read from. */
export interface PublishedList extends SanctionsList {
  readonly files: readonly ListSourceFile[];
}

/** What a list is called in addresses: "OFAC SDN" is `ofac-sdn`. */
export function listIdOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

/** Who is screened. Never logged: it is personal data. */
export interface ScreeningSubject {
  readonly kind: 'individual' | 'organisation';
  /** As registered, in any script. */
  readonly name: string;
  /** The Latin form, as in the machine-readable zone, when `name` is in another script. */
  readonly latinName?: string | null;
  readonly otherNames?: readonly string[];
  readonly dateOfBirth?: CivilDate | null;
  readonly nationalities?: readonly string[];
  readonly gender?: 'F' | 'M' | null;
  /** Of passports and other documents. */
  readonly idNumbers?: readonly string[];
}
