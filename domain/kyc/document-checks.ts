import { type DocumentRequirement } from '../policy/kinds/kyc-documents';
import { ageInYears, type CivilDate, civilParts, daysBetween, monthsBefore } from './civil-date';
import { mrzCountry } from './countries';
import {
  type DocumentKind,
  type DocumentKindDefinition,
  type DocumentStatus,
  shippedDocumentKinds,
} from './document';
import { type Mrz, parseMrz } from './mrz';
import { type DeclaredName, namesMatch } from './name-match';
import { type ReasonCode } from './reason-codes';

/** One question asked of a document. `unknown` means that a person has to look. */
export interface DocumentCheck {
  readonly code: ReasonCode;
  readonly result: 'passed' | 'failed' | 'unknown';
  /** For the officer, in words; never what the document says of the person. */
  readonly detail: string;
}

export interface SubmittedDocument {
  readonly id: string;
  readonly kind: DocumentKind;
  readonly status: DocumentStatus;
  /** The machine-readable zone as the client typed it. */
  readonly mrzText?: string | null;
  /** What a reader made of the picture; absent where nobody has tried. */
  readonly print?: {
    readonly zone: string | null;
    /** The number fits its check digit only after a change. */
    readonly isNumberMended: boolean;
  } | null;
  /** Dates as the client typed them; the zone's own win. */
  readonly issuedOn?: CivilDate | null;
  readonly expiresOn?: CivilDate | null;
  /** ISO alpha-2. */
  readonly issuingCountry?: string | null;
  /** The bytes equal those of a document that was rejected before. */
  readonly sameImage?: boolean;
}

export interface DeclaredPerson extends DeclaredName {
  readonly dateOfBirth: CivilDate | null;
}

/** What the entity asks: the outcome of `kyc.documents`, and issuers it does not accept. */
export interface DocumentRules {
  /** Of the kinds that are accepted. */
  readonly kinds: readonly DocumentKindDefinition[];
  readonly requirements: readonly DocumentRequirement[];
  readonly expiringWithinDays: number;
  readonly minimumAgeYears: number;
  /** A picture whose zone no reader could read goes to a person, whatever was typed in. */
  readonly zoneMustBeRead?: boolean;
  readonly blockedIssuers?: readonly string[];
}

export interface CheckedDocument {
  readonly id: string;
  readonly kind: DocumentKind;
  readonly status: DocumentStatus;
  /** The requirement it serves, or null when nothing asks for this kind. */
  readonly slot: DocumentRequirement['slot'] | null;
  readonly checks: readonly DocumentCheck[];
  readonly mrz: Mrz | null;
  readonly ageYears: number | null;
  readonly expiresInDays: number | null;
  /** Since it was issued, as the client says; null where that is not known. */
  readonly issuedDaysAgo: number | null;
}

/** Checks one document as far as its data go; the picture itself is for a person. */
export function checkDocument(
  document: SubmittedDocument,
  declared: DeclaredPerson,
  rules: DocumentRules,
  today: CivilDate,
): CheckedDocument {
  const requirement = rules.requirements.find(({ accepted }) => accepted.includes(document.kind));
  const slot = requirement?.slot ?? null;
  const kind = definitionOf(document.kind, rules);
  const parsed = kind.identity || kind.mrz ? readZone(document, { kind, rules }, today) : null;
  const mrz = parsed?.mrz ?? null;
  const expiresOn = mrz?.expiresOn ?? document.expiresOn ?? null;
  const born = mrz?.dateOfBirth ?? null;
  const common: DocumentCheck[] = [
    check(
      'DOC_TYPE_NOT_ACCEPTED',
      slot !== null,
      slot === null ? 'this entity does not ask for this kind' : `accepted as ${slot}`,
    ),
    check(
      'SAME_IMAGE_RESUBMITTED',
      document.sameImage !== true,
      document.sameImage === true ? 'the same file was rejected before' : 'a new file',
    ),
  ];
  const checks = [
    ...common,
    ...(parsed?.checks ?? []),
    ...(kind.expires ? expiryChecks(expiresOn, rules, today) : []),
    ...(kind.identity
      ? [...holderChecks(mrz, declared), ageCheck(born ?? declared.dateOfBirth, rules, today)]
      : []),
    ...(kind.identity || kind.countries !== undefined
      ? [issuerCheck(document, mrz, { kind, rules })]
      : []),
    ...ageOfDocument(document, { requirement, kind }, today),
    ...(kind.readByPerson === true ? [unknown('DATA_MISSING', 'a person reads it')] : []),
  ];
  const birth = born ?? declared.dateOfBirth;
  return {
    id: document.id,
    kind: document.kind,
    status: document.status,
    slot,
    checks,
    mrz,
    ageYears: birth === null ? null : ageInYears(birth, today),
    expiresInDays: expiresOn === null ? null : daysBetween(today, expiresOn),
    issuedDaysAgo: issuedDaysAgo(document, today),
  };
}

/** The Latin spelling of the holder's name, for screening. */
export function latinNameOf(mrz: Mrz): string {
  return `${mrz.givenNames} ${mrz.surname}`.trim();
}

/** What a kind asks to be checked. One that nobody accepts any more is checked as it shipped, or as a mere paper. */
function definitionOf(code: DocumentKind, { kinds }: DocumentRules): DocumentKindDefinition {
  const known = [...kinds, ...shippedDocumentKinds].find((kind) => kind.code === code);
  return known ?? { code, name: code, identity: false, mrz: false, expires: false, sides: 1 };
}

/** Null as well for a day that is none or has not come. */
function issuedDaysAgo({ issuedOn }: SubmittedDocument, today: CivilDate): number | null {
  if (issuedOn === null || issuedOn === undefined || civilParts(issuedOn) === null) return null;
  const days = daysBetween(issuedOn, today);
  return days === null || days < 0 ? null : days;
}

/** The zone as it was typed in, and what the picture says to it; typed in or not, a picture that was read is what counts. */
function readZone(
  document: SubmittedDocument,
  { kind, rules }: { readonly kind: DocumentKindDefinition; readonly rules: DocumentRules },
  today: CivilDate,
): { readonly mrz: Mrz | null; readonly checks: readonly DocumentCheck[] } {
  if (!kind.mrz) return { mrz: null, checks: [] };
  const typed = document.mrzText ?? '';
  const seen = document.print?.zone ?? null;
  if (typed.trim() === '') {
    if (seen === null)
      return {
        mrz: null,
        checks: [unknown('MRZ_CHECK_DIGIT', 'no machine-readable zone entered')],
      };
    const { mrz, checks } = checkZone(seen, document, today);
    const mended = document.print?.isNumberMended === true;
    return {
      mrz,
      checks: [
        ...checks,
        ...(mended
          ? [unknown('MRZ_CHECK_DIGIT', 'the number is not clear on the picture; compare it')]
          : []),
      ],
    };
  }
  const { mrz, checks } = checkZone(typed, document, today);
  return { mrz, checks: [...checks, ...pictureChecks(mrz, seen, { rules, today })] };
}

/** Whether the lines that were typed in are those on the picture, as far as check digits vouch for what was read. */
function pictureChecks(
  typed: Mrz | null,
  seen: string | null,
  { rules, today }: { readonly rules: DocumentRules; readonly today: CivilDate },
): DocumentCheck[] {
  const read = seen === null ? null : parseMrz(seen, today);
  if (read === null || !read.ok) {
    return rules.zoneMustBeRead === true
      ? [unknown('MRZ_CHECK_DIGIT', 'the lines could not be read on the picture; compare them')]
      : [];
  }
  if (typed === null) return [];
  const { mrz } = read;
  const differs = (['documentNumber', 'dateOfBirth', 'expiresOn'] as const).filter(
    (field) => typed[field] !== mrz[field],
  );
  const words = differs.map((field) => fieldNames[field]).join(', ');
  return [
    check(
      'MRZ_CHECK_DIGIT',
      differs.length === 0,
      differs.length === 0 ? 'as on the picture' : `other than on the picture: ${words}`,
    ),
  ];
}

function checkZone(
  text: string,
  document: SubmittedDocument,
  today: CivilDate,
): { readonly mrz: Mrz | null; readonly checks: readonly DocumentCheck[] } {
  const result = parseMrz(text, today);
  if (!result.ok) return { mrz: null, checks: [failed('MRZ_CHECK_DIGIT', result.detail)] };
  const { mrz } = result;
  const wrong = mrz.checks.filter((each) => !each.ok).map((each) => fieldNames[each.field]);
  // A zone tells a passport from a card; whose card it is, it does not tell of kinds that an officer added.
  const isShipped = shippedDocumentKinds.some(({ code }) => code === document.kind);
  const otherKind = isShipped && mrz.documentKind !== null && mrz.documentKind !== document.kind;
  return {
    mrz,
    checks: [
      check(
        'MRZ_CHECK_DIGIT',
        wrong.length === 0,
        wrong.length === 0 ? 'every check digit is right' : `wrong: ${wrong.join(', ')}`,
      ),
      ...(otherKind
        ? [failed('DOC_TYPE_NOT_ACCEPTED', 'the zone is that of another kind of document')]
        : []),
    ],
  };
}

const fieldNames = {
  documentNumber: 'document number',
  dateOfBirth: 'date of birth',
  expiresOn: 'date of expiry',
  optional: 'personal number',
  composite: 'composite',
} as const;

function expiryChecks(
  expiresOn: CivilDate | null,
  rules: DocumentRules,
  today: CivilDate,
): DocumentCheck[] {
  const days = expiresOn === null ? null : daysBetween(today, expiresOn);
  if (days === null) return [unknown('DOC_EXPIRED', 'the date of expiry is not known')];
  if (days < 0) return [failed('DOC_EXPIRED', `expired ${-days} days ago`)];
  const detail = days === 0 ? 'expires today' : `expires in ${days} days`;
  return [
    check('DOC_EXPIRED', true, detail),
    check('DOC_EXPIRING', days >= rules.expiringWithinDays, detail),
  ];
}

/** A wrong check digit makes what was read doubtful: then a difference proves nothing. */
function holderChecks(mrz: Mrz | null, declared: DeclaredPerson): DocumentCheck[] {
  if (mrz === null)
    return [
      unknown('NAME_MISMATCH', 'compare the name on the picture'),
      unknown('DOB_MISMATCH', 'compare the date of birth on the picture'),
    ];
  const same = namesMatch(declared, mrz);
  const dateOfBirth =
    mrz.dateOfBirth === null || declared.dateOfBirth === null
      ? unknown('DOB_MISMATCH', 'a date of birth is not known')
      : check(
          'DOB_MISMATCH',
          mrz.dateOfBirth === declared.dateOfBirth,
          mrz.dateOfBirth === declared.dateOfBirth ? 'the same' : 'differs from the registration',
        );
  return [
    check('NAME_MISMATCH', same, same ? 'the same' : 'differs from the registration'),
    dateOfBirth,
  ];
}

function ageCheck(
  dateOfBirth: CivilDate | null,
  rules: DocumentRules,
  today: CivilDate,
): DocumentCheck {
  const years = dateOfBirth === null ? null : ageInYears(dateOfBirth, today);
  if (years === null) return unknown('UNDERAGE', 'the age is not known');
  return check(
    'UNDERAGE',
    years >= rules.minimumAgeYears,
    `${years >= rules.minimumAgeYears ? 'at least' : 'below'} ${rules.minimumAgeYears}`,
  );
}

function issuerCheck(
  document: SubmittedDocument,
  mrz: Mrz | null,
  { kind, rules }: { readonly kind: DocumentKindDefinition; readonly rules: DocumentRules },
): DocumentCheck {
  if (mrz !== null && !mrzCountry(mrz.issuer).known)
    return failed('DOC_COUNTRY_NOT_ACCEPTED', 'the issuer is none that ICAO 9303 knows');
  const country = mrz?.issuerCountry ?? document.issuingCountry ?? null;
  if (country === null) return unknown('DOC_COUNTRY_NOT_ACCEPTED', 'the issuer is not known');
  const blocked =
    rules.blockedIssuers?.includes(country) === true ||
    (kind.countries !== undefined && !kind.countries.includes(country));
  return check(
    'DOC_COUNTRY_NOT_ACCEPTED',
    !blocked,
    blocked ? `documents of ${country} are not accepted` : `issued by ${country}`,
  );
}

function ageOfDocument(
  document: SubmittedDocument,
  {
    requirement,
    kind: { ageDaysMax },
  }: {
    readonly requirement: DocumentRequirement | undefined;
    readonly kind: DocumentKindDefinition;
  },
  today: CivilDate,
): DocumentCheck[] {
  const ageMonthsMax = requirement?.ageMonthsMax;
  if (ageMonthsMax === undefined && ageDaysMax === undefined) return [];
  const issuedOn = document.issuedOn ?? null;
  const days = issuedDaysAgo(document, today);
  const oldest = ageMonthsMax === undefined ? null : monthsBefore(today, ageMonthsMax);
  if (issuedOn === null || days === null || (ageMonthsMax !== undefined && oldest === null))
    return [unknown('POA_TOO_OLD', 'the date of issue is not known')];
  const tooOld =
    oldest !== null && issuedOn < oldest
      ? `${ageMonthsMax} months`
      : ageDaysMax !== undefined && days > ageDaysMax
        ? `${ageDaysMax} days`
        : undefined;
  const limit = ageMonthsMax === undefined ? `${ageDaysMax} days` : `${ageMonthsMax} months`;
  return [
    check(
      'POA_TOO_OLD',
      tooOld === undefined,
      tooOld === undefined ? `not older than ${limit}` : `older than ${tooOld}`,
    ),
  ];
}

function check(code: ReasonCode, passed: boolean, detail: string): DocumentCheck {
  return { code, result: passed ? 'passed' : 'failed', detail };
}

function failed(code: ReasonCode, detail: string): DocumentCheck {
  return { code, result: 'failed', detail };
}

function unknown(code: ReasonCode, detail: string): DocumentCheck {
  return { code, result: 'unknown', detail };
}
