import { type DocumentRequirement } from '../policy/kinds/kyc-documents';
import { ageInYears, type CivilDate, civilParts, daysBetween, monthsBefore } from './civil-date';
import { mrzCountry } from './countries';
import { type DocumentKind, type DocumentStatus, machineReadableKinds } from './document';
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
  readonly requirements: readonly DocumentRequirement[];
  readonly expiringWithinDays: number;
  readonly minimumAgeYears: number;
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
  const identity = isIdentity(document.kind);
  const parsed = identity ? readZone(document, today) : null;
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
  const checks = identity
    ? [
        ...common,
        ...(parsed?.checks ?? []),
        ...expiryChecks(expiresOn, rules, today),
        ...holderChecks(mrz, declared),
        ageCheck(born ?? declared.dateOfBirth, rules, today),
        issuerCheck(document, mrz, rules),
      ]
    : [...common, ...ageOfDocument(document, requirement, today)];
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
  };
}

/** The Latin spelling of the holder's name, for screening. */
export function latinNameOf(mrz: Mrz): string {
  return `${mrz.givenNames} ${mrz.surname}`.trim();
}

const identityKinds: readonly DocumentKind[] = [
  'passport',
  'id_card',
  'residence_permit',
  'driving_licence',
];

function isIdentity(kind: DocumentKind): boolean {
  return identityKinds.includes(kind);
}

function readZone(
  document: SubmittedDocument,
  today: CivilDate,
): { readonly mrz: Mrz | null; readonly checks: readonly DocumentCheck[] } {
  if (!machineReadableKinds.includes(document.kind)) return { mrz: null, checks: [] };
  const text = document.mrzText ?? '';
  if (text.trim() === '')
    return { mrz: null, checks: [unknown('MRZ_CHECK_DIGIT', 'no machine-readable zone entered')] };
  const result = parseMrz(text, today);
  if (!result.ok) return { mrz: null, checks: [failed('MRZ_CHECK_DIGIT', result.detail)] };
  const { mrz } = result;
  const wrong = mrz.checks.filter((each) => !each.ok).map((each) => fieldNames[each.field]);
  const otherKind = mrz.documentKind !== null && mrz.documentKind !== document.kind;
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
  rules: DocumentRules,
): DocumentCheck {
  if (mrz !== null && !mrzCountry(mrz.issuer).known)
    return failed('DOC_COUNTRY_NOT_ACCEPTED', 'the issuer is none that ICAO 9303 knows');
  const country = mrz?.issuerCountry ?? document.issuingCountry ?? null;
  if (country === null) return unknown('DOC_COUNTRY_NOT_ACCEPTED', 'the issuer is not known');
  const blocked = rules.blockedIssuers?.includes(country) === true;
  return check(
    'DOC_COUNTRY_NOT_ACCEPTED',
    !blocked,
    blocked ? `documents of ${country} are not accepted` : `issued by ${country}`,
  );
}

function ageOfDocument(
  document: SubmittedDocument,
  requirement: DocumentRequirement | undefined,
  today: CivilDate,
): DocumentCheck[] {
  if (requirement?.ageMonthsMax === undefined) return [];
  const oldest = monthsBefore(today, requirement.ageMonthsMax);
  const issuedOn = document.issuedOn ?? null;
  if (issuedOn === null || civilParts(issuedOn) === null || oldest === null || issuedOn > today)
    return [unknown('POA_TOO_OLD', 'the date of issue is not known')];
  const recent = issuedOn >= oldest;
  return [
    check(
      'POA_TOO_OLD',
      recent,
      `${recent ? 'not older' : 'older'} than ${requirement.ageMonthsMax} months`,
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
