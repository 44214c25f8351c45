import anyAscii from 'any-ascii';
import { type CivilDate } from './civil-date';
import { mrzCheckDigit, type MrzFormat } from './mrz';

export interface MrzFields {
  readonly format: MrzFormat;
  /** "P" for a passport, "ID" for a card. */
  readonly documentCode: string;
  /** As printed in a zone: "D", "CYP", "XKX". */
  readonly issuer: string;
  readonly nationality: string;
  readonly surname: string;
  readonly givenNames: string;
  readonly documentNumber: string;
  readonly dateOfBirth: CivilDate;
  readonly expiresOn: CivilDate;
  readonly sex: 'F' | 'M' | 'X';
}

/** Writes a machine-readable zone with right check digits, lines parted by a line feed. Source: ICAO 9303-4 to -6. */
export function writeMrz(fields: MrzFields): string {
  const number = withDigit(fill(fields.documentNumber, 9));
  const birth = withDigit(sixDigits(fields.dateOfBirth));
  const expiry = withDigit(sixDigits(fields.expiresOn));
  const sex = fields.sex === 'X' ? '<' : fields.sex;
  const nationality = fill(fields.nationality, 3);
  const head = fill(fields.documentCode, 2) + fill(fields.issuer, 3);
  const names = `${zoneText(fields.surname)}<<${zoneText(fields.givenNames)}`;
  switch (fields.format) {
    case 'TD1': {
      const first = head + number + fill('', 15);
      const digit = mrzCheckDigit(first.slice(5) + birth + expiry + fill('', 11));
      const second = birth + sex + expiry + nationality + fill('', 11) + String(digit);
      return [first, second, fill(names, 30)].join('\n');
    }
    case 'TD2': {
      const digit = mrzCheckDigit(number + birth + expiry + fill('', 7));
      const second = number + nationality + birth + sex + expiry + fill('', 7) + String(digit);
      return [head + fill(names, 31), second].join('\n');
    }
    case 'TD3': {
      const optional = `${fill('', 14)}0`;
      const digit = mrzCheckDigit(number + birth + expiry + optional);
      const second = number + nationality + birth + sex + expiry + optional + String(digit);
      return [head + fill(names, 39), second].join('\n');
    }
  }
}

function withDigit(field: string): string {
  return field + String(mrzCheckDigit(field));
}

function fill(text: string, width: number): string {
  return text.slice(0, width).padEnd(width, '<');
}

function sixDigits(date: CivilDate): string {
  return date.slice(2).replaceAll('-', '');
}

/** Apostrophes go, hyphens and blanks become one filler. */
function zoneText(name: string): string {
  return anyAscii(name.normalize('NFKC'))
    .toUpperCase()
    .replace(/['`]/g, '')
    .replace(/[^A-Z]+/g, '<')
    .replace(/^<|<$/g, '');
}
