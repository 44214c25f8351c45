import { type CivilDate, daysBetween, monthsBefore } from '../kyc/civil-date';
import { type DocumentKind, machineReadableKinds } from '../kyc/document';
import { parseMrz, type Mrz } from '../kyc/mrz';
import { type ReasonCode } from '../kyc/reason-codes';
import { type DocumentRequirement } from '../policy/kinds/kyc-documents';
import { namesAgree } from './name-agreement';

/** A document as the client brought it. */
export interface BroughtDocument {
  readonly kind: DocumentKind;
  /** The machine-readable lines as typed in. */
  readonly mrz?: string;
  readonly issuedOn?: CivilDate;
  readonly expiresOn?: CivilDate;
  /** The very bytes had been sent before. */
  readonly resubmitted: boolean;
}

/** Whom it has to belong to. */
export interface DocumentOwner {
  readonly name: string;
  readonly birthDate: CivilDate | undefined;
}

export interface CheckRules {
  readonly today: CivilDate;
  readonly requirement: DocumentRequirement | undefined;
  readonly expiringWithinDays: number;
}

/** One check by the code of its failure; it names no data, so it may be kept in clear. */
export interface Check {
  readonly code: ReasonCode;
  readonly ok: boolean;
}

/**
 * Checks a document against the person and the entity's rules: failed checks first. What cannot be
 * checked fails as `DATA_MISSING`, never passes. Sources: ICAO 9303-3 (check digits), AMLR art. 22 (identity).
 */
export function checkDocument(
  document: BroughtDocument,
  owner: DocumentOwner,
  rules: CheckRules,
): readonly Check[] {
  const checks: Check[] = [
    check('DOC_TYPE_NOT_ACCEPTED', rules.requirement?.accepted.includes(document.kind) ?? false),
    check('SAME_IMAGE_RESUBMITTED', !document.resubmitted),
    ...(rules.requirement?.slot === 'identity'
      ? identityChecks(document, owner, rules)
      : ageChecks(document, rules)),
  ];
  // One verdict for each code: it is failed as soon as one part of it is.
  const codes = [...new Set(checks.map(({ code }) => code))];
  const joined = codes.map((code) =>
    check(
      code,
      checks.every((each) => each.code !== code || each.ok),
    ),
  );
  return [...joined.filter(({ ok }) => !ok), ...joined.filter(({ ok }) => ok)];
}

function check(code: ReasonCode, ok: boolean): Check {
  return { code, ok };
}

function identityChecks(
  document: BroughtDocument,
  owner: DocumentOwner,
  rules: CheckRules,
): Check[] {
  const mrz = readMrz(document, rules.today);
  if (mrz === undefined) {
    // Nothing on it can be compared by rule: a person looks at the picture.
    return [check('DATA_MISSING', false), ...expiryChecks(document.expiresOn, rules)];
  }
  return [
    check('DATA_MISSING', mrz.dateOfBirth !== null && owner.birthDate !== undefined),
    check('MRZ_CHECK_DIGIT', mrz.valid),
    check('DOC_TYPE_NOT_ACCEPTED', mrz.documentKind === null || mrz.documentKind === document.kind),
    check('DOC_COUNTRY_NOT_ACCEPTED', mrz.issuerCountry !== null),
    check('NAME_MISMATCH', namesAgree(owner.name, mrz)),
    check('DOB_MISMATCH', mrz.dateOfBirth === null || mrz.dateOfBirth === owner.birthDate),
    ...expiryChecks(mrz.expiresOn ?? document.expiresOn, rules),
  ];
}

/** The machine-readable zone of a document that has one; undefined when it cannot be read at all. */
export function readMrz(
  document: Pick<BroughtDocument, 'kind' | 'mrz'>,
  today: CivilDate,
): Mrz | undefined {
  if (document.mrz === undefined || !machineReadableKinds.includes(document.kind)) return undefined;
  const read = parseMrz(document.mrz, today);
  return read.ok ? read.mrz : undefined;
}

function expiryChecks(expiresOn: CivilDate | undefined | null, rules: CheckRules): Check[] {
  const left = expiresOn ? daysBetween(rules.today, expiresOn) : null;
  if (left === null) return [check('DATA_MISSING', false)];
  const expired = left < 0;
  return [
    check('DOC_EXPIRED', !expired),
    check('DOC_EXPIRING', expired || left >= rules.expiringWithinDays),
  ];
}

/** A proof of address or funds counts from its date of issue. */
function ageChecks(document: BroughtDocument, rules: CheckRules): Check[] {
  const monthsMax = rules.requirement?.ageMonthsMax;
  if (monthsMax === undefined) return [];
  const { issuedOn } = document;
  const oldest = monthsBefore(rules.today, monthsMax);
  const known = issuedOn !== undefined && oldest !== null && issuedOn <= rules.today;
  return [
    check('DATA_MISSING', known),
    check('POA_TOO_OLD', !known || oldest === null || issuedOn >= oldest),
  ];
}
