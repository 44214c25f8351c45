import { type CivilDate, civilParts } from './civil-date';
import { mrzCountry } from './countries';
import { type DocumentKind } from './document';

/** Formats of ICAO 9303: TD1 three lines of 30 (cards), TD2 two of 36, TD3 two of 44 (passports). */
export type MrzFormat = 'TD1' | 'TD2' | 'TD3';

export type MrzField = 'documentNumber' | 'dateOfBirth' | 'expiresOn' | 'optional' | 'composite';

export interface MrzCheck {
  readonly field: MrzField;
  readonly ok: boolean;
}

export interface Mrz {
  readonly format: MrzFormat;
  /** "P", "ID", "IR" … without fillers. */
  readonly documentCode: string;
  /** What the code says; null when the code is the issuer's own. */
  readonly documentKind: DocumentKind | null;
  /** As printed: "D", "GBD", "XKX". */
  readonly issuer: string;
  /** ISO alpha-2; null for organisations and unknown codes. */
  readonly issuerCountry: string | null;
  readonly nationality: string;
  readonly nationalityCountry: string | null;
  readonly surname: string;
  readonly givenNames: string;
  /** The name field is full to its last place, so parts may have been cut off. */
  readonly nameMayBeCut: boolean;
  readonly documentNumber: string;
  /** Null when unknown parts are filled with `<` or the date does not exist. */
  readonly dateOfBirth: CivilDate | null;
  readonly expiresOn: CivilDate | null;
  readonly sex: 'F' | 'M' | 'X';
  readonly checks: readonly MrzCheck[];
  /** Every check digit is right. */
  readonly valid: boolean;
}

export type MrzResult =
  | { readonly ok: true; readonly mrz: Mrz }
  | {
      readonly ok: false;
      readonly code: 'wrong_length' | 'wrong_characters' | 'not_a_travel_document';
      readonly detail: string;
    };

const layouts: readonly { format: MrzFormat; lines: number; width: number }[] = [
  { format: 'TD3', lines: 2, width: 44 },
  { format: 'TD2', lines: 2, width: 36 },
  { format: 'TD1', lines: 3, width: 30 },
];
const textLengthMax = 400;

/**
 * Reads a machine-readable zone as typed or scanned: any line breaks and blanks, lower case accepted.
 * A wrong check digit is not a failure to read: see `checks`. `today` places two-digit years. Source: ICAO 9303-3 to -6.
 */
export function parseMrz(text: string, today: CivilDate): MrzResult {
  if (text.length > textLengthMax) return wrongLength();
  const packed = text.toUpperCase().replaceAll('«', '<<').replace(/\s+/g, '');
  if (!/^[A-Z0-9<]*$/.test(packed))
    return {
      ok: false,
      code: 'wrong_characters',
      detail: 'Only letters A to Z, digits and < may appear.',
    };
  const layout = layouts.find(({ lines, width }) => lines * width === packed.length);
  if (layout === undefined) return wrongLength();
  if (!/^[PIAC]/.test(packed))
    return {
      ok: false,
      code: 'not_a_travel_document',
      detail: 'A passport begins with P, an identity card with I, A or C.',
    };
  const line = (number: number): string =>
    packed.slice(number * layout.width, (number + 1) * layout.width);
  const year = civilParts(today)?.year ?? 2000;
  return { ok: true, mrz: read(layout.format, line(0), line(1), line(2), { today, year }) };
}

function wrongLength(): MrzResult {
  return {
    ok: false,
    code: 'wrong_length',
    detail: 'Expected two lines of 44 or 36 characters, or three lines of 30.',
  };
}

interface Now {
  readonly today: CivilDate;
  readonly year: number;
}

function read(format: MrzFormat, first: string, second: string, third: string, now: Now): Mrz {
  const card = format === 'TD1';
  const numberLine = card ? first.slice(5) : second;
  const dates = card ? second : second.slice(13);
  const optionalAfterNumber = card ? first.slice(15) : format === 'TD2' ? second.slice(28, 35) : '';
  const number = readNumber(numberLine.slice(0, 9), numberLine.slice(9, 10), optionalAfterNumber);
  const names = card ? third : first.slice(5);
  const nationality = card ? second.slice(15, 18) : second.slice(10, 13);
  const composite = card
    ? first.slice(5) + second.slice(0, 7) + second.slice(8, 15) + second.slice(18, 29)
    : second.slice(0, 10) + second.slice(13, 20) + second.slice(21, -1);

  const checks: MrzCheck[] = [
    { field: 'documentNumber', ok: number.ok },
    { field: 'dateOfBirth', ok: digitFits(dates.slice(0, 6), dates.slice(6, 7)) },
    { field: 'expiresOn', ok: digitFits(dates.slice(8, 14), dates.slice(14, 15)) },
    ...(format === 'TD3'
      ? [
          {
            field: 'optional' as const,
            ok: optionalFits(second.slice(28, 42), second.slice(42, 43)),
          },
        ]
      : []),
    { field: 'composite', ok: digitFits(composite, second.slice(-1)) },
  ];
  const [surname = '', given = ''] = splitOnce(names.replace(/<+$/, ''));
  const documentCode = first.slice(0, 2).replace(/<+$/, '');
  const issuer = first.slice(2, 5).replace(/<+$/, '');
  const sex = dates.slice(7, 8);
  return {
    format,
    documentCode,
    documentKind: kindOf(documentCode),
    issuer,
    issuerCountry: countryOf(issuer),
    nationality: nationality.replace(/<+$/, ''),
    nationalityCountry: countryOf(nationality),
    surname: words(surname),
    givenNames: words(given),
    nameMayBeCut: !names.endsWith('<'),
    documentNumber: number.value,
    dateOfBirth: birthDate(dates.slice(0, 6), now),
    expiresOn: expiryDate(dates.slice(8, 14), now),
    sex: sex === 'F' || sex === 'M' ? sex : 'X',
    checks,
    valid: checks.every((check) => check.ok),
  };
}

/** A number longer than nine goes on in the optional field, its check digit last (ICAO 9303-5, note j). */
function readNumber(
  nine: string,
  digit: string,
  optional: string,
): { readonly value: string; readonly ok: boolean } {
  if (digit === '<' && /^[A-Z0-9]{2,}(<|$)/.test(optional)) {
    const rest = optional.split('<')[0] ?? '';
    const value = nine + rest.slice(0, -1);
    return { value, ok: digitFits(value, rest.slice(-1)) };
  }
  return { value: nine.replace(/<+$/, ''), ok: digitFits(nine, digit) };
}

/** TD3 lets an empty optional field have `<` instead of 0 as its digit. */
function optionalFits(field: string, digit: string): boolean {
  return /^<+$/.test(field) ? digit === '<' || digit === '0' : digitFits(field, digit);
}

function digitFits(field: string, digit: string): boolean {
  return /^\d$/.test(digit) && mrzCheckDigit(field) === Number(digit);
}

/** The check digit of ICAO 9303-3: weights 7, 3, 1; A = 10 … Z = 35, `<` = 0; modulo 10. */
export function mrzCheckDigit(field: string): number {
  const weights = [7, 3, 1];
  let sum = 0;
  for (let i = 0; i < field.length; i += 1) {
    const char = field.charAt(i);
    const value = char === '<' ? 0 : Number.parseInt(char, 36);
    sum += value * (weights[i % 3] ?? 0);
  }
  return sum % 10;
}

function splitOnce(names: string): string[] {
  const at = names.indexOf('<<');
  return at < 0 ? [names] : [names.slice(0, at), names.slice(at + 2)];
}

function words(field: string): string {
  return field.replace(/<+/g, ' ').trim();
}

function countryOf(code: string): string | null {
  const found = mrzCountry(code);
  return found.known ? found.country : null;
}

function kindOf(documentCode: string): DocumentKind | null {
  if (documentCode.startsWith('P')) return 'passport';
  if (documentCode === 'IR' || documentCode === 'AR') return 'residence_permit';
  return documentCode === 'I' || documentCode === 'ID' || documentCode === 'C' ? 'id_card' : null;
}

/** Nobody is born tomorrow: a two-digit year that would lie ahead belongs to the century before. */
function birthDate(field: string, { today, year }: Now): CivilDate | null {
  const century = Math.floor(year / 100) * 100;
  const recent = dateOf(century, field);
  if (recent === null || recent <= today) return recent;
  return dateOf(century - 100, field);
}

/** Documents live ten years or so: the year nearest to today is meant. */
function expiryDate(field: string, { year }: Now): CivilDate | null {
  const century = Math.floor(year / 100) * 100;
  const candidates = [century - 100, century, century + 100];
  let nearest: CivilDate | null = null;
  let distance = Number.POSITIVE_INFINITY;
  for (const base of candidates) {
    const date = dateOf(base, field);
    const away = Math.abs(base + Number(field.slice(0, 2)) - year);
    if (date !== null && away < distance) {
      nearest = date;
      distance = away;
    }
  }
  return nearest;
}

function dateOf(century: number, field: string): CivilDate | null {
  if (!/^\d{6}$/.test(field)) return null;
  const year = century + Number(field.slice(0, 2));
  const date = `${String(year)}-${field.slice(2, 4)}-${field.slice(4, 6)}`;
  return civilParts(date) === null ? null : date;
}
