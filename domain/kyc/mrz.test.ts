import fc from 'fast-check';
import { isCountry, mrzCountry } from './countries';
import { type Mrz, parseMrz } from './mrz';
import { type MrzFields, writeMrz } from './mrz-writer';

const today = '2026-03-01';

function read(text: string): Mrz {
  const result = parseMrz(text, today);
  if (!result.ok) throw new Error(result.detail);
  return result.mrz;
}

// The specimens of ICAO 9303-4, -5 and -6 (Utopia is not a country).
const td3 =
  'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10';
const td2 = 'I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<\nD231458907UTO7408122F1204159<<<<<<<6';
const td1 =
  'I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<';

describe('parseMrz', () => {
  it.each([
    ['TD3', td3, 'L898902C3'],
    ['TD2', td2, 'D23145890'],
    ['TD1', td1, 'D23145890'],
  ])('reads the %s specimen and finds every check digit right', (format, text, documentNumber) => {
    expect(read(text)).toMatchObject({
      format,
      surname: 'ERIKSSON',
      givenNames: 'ANNA MARIA',
      documentNumber,
      issuer: 'UTO',
      issuerCountry: null,
      dateOfBirth: '1974-08-12',
      expiresOn: '2012-04-15',
      sex: 'F',
      valid: true,
    });
  });

  it('accepts blanks, lower case and lines run together', () => {
    expect(read(td3.toLowerCase().replace('\n', '  \r\n '))).toEqual(read(td3));
    expect(read(td1.replaceAll('\n', ''))).toEqual(read(td1));
  });

  it('names the field whose digit is wrong', () => {
    const wrong = read(td3.replace('7408122', '7408123'));
    expect(wrong.valid).toBe(false);
    expect(wrong.checks.filter((check) => !check.ok).map((check) => check.field)).toEqual([
      'dateOfBirth',
      'composite',
    ]);
  });

  it('reads a document number longer than nine places (ICAO 9303-5, note j)', () => {
    const number = 'D23145890734';
    const zone = read(
      `I<UTOD23145890<7349<<<<<<<<<<<\n3407127M9507122UTO<<<<<<<<<<<2\nSTEVENSON<<PETER<JOHN<<<<<<<<<`,
    );
    expect(zone.documentNumber).toBe(number);
    expect(zone.checks.find((check) => check.field === 'documentNumber')?.ok).toBe(true);
    expect(zone.valid).toBe(true);
  });

  it('says when a name may have been cut', () => {
    const long = writeMrz({
      ...sample,
      format: 'TD1',
      surname: 'Papadimitrakopoulou',
      givenNames: 'Konstantina Alexandra',
    });
    expect(read(long)).toMatchObject({
      surname: 'PAPADIMITRAKOPOULOU',
      givenNames: 'KONSTANTI',
      nameMayBeCut: true,
    });
  });

  it('leaves a birthday with unknown parts open', () => {
    expect(read(td3.replace('7408122', '74<<<<6')).dateOfBirth).toBeNull();
  });

  it('places a two-digit year: births in the past, expiries near today', () => {
    const at = (dateOfBirth: string, expiresOn: string) =>
      read(writeMrz({ ...sample, dateOfBirth, expiresOn }));
    expect(at('1930-01-01', '2035-01-01')).toMatchObject({
      dateOfBirth: '1930-01-01',
      expiresOn: '2035-01-01',
    });
    expect(at('2020-05-05', '2009-01-01')).toMatchObject({
      dateOfBirth: '2020-05-05',
      expiresOn: '2009-01-01',
    });
  });

  it.each([
    ['', 'wrong_length'],
    ['P<UTO', 'wrong_length'],
    [td3.replace('ERIKSSON', 'ERIKS$ON'), 'wrong_characters'],
    [td3.replace('P<UTO', 'X<UTO'), 'not_a_travel_document'],
    ['<'.repeat(1000), 'wrong_length'],
  ])('refuses %#', (text, code) => {
    expect(parseMrz(text, today)).toMatchObject({ ok: false, code });
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        parseMrz(text, today);
      }),
    );
    const zoneText = fc.stringMatching(/^[A-Z0-9<]{88}$/);
    fc.assert(
      fc.property(zoneText, (text) => {
        parseMrz(text, today);
      }),
    );
  });
});

const sample: MrzFields = {
  format: 'TD3',
  documentCode: 'P',
  issuer: 'CYP',
  nationality: 'CYP',
  surname: 'Georgiou',
  givenNames: 'Eleni',
  documentNumber: 'K00123456',
  dateOfBirth: '1990-06-15',
  expiresOn: '2031-02-28',
  sex: 'F',
};

const fields: fc.Arbitrary<MrzFields> = fc.record({
  format: fc.constantFrom('TD1' as const, 'TD2' as const, 'TD3' as const),
  documentCode: fc.constantFrom('P', 'ID'),
  issuer: fc.constantFrom('CYP', 'D', 'GBR', 'XKX'),
  nationality: fc.constantFrom('CYP', 'D', 'GBD', 'XKX'),
  surname: fc.stringMatching(/^[A-Z]{1,12}$/),
  givenNames: fc.stringMatching(/^[A-Z]{1,8}$/),
  documentNumber: fc.stringMatching(/^[A-Z0-9]{9}$/),
  dateOfBirth: fc.integer({ min: 0, max: 20_000 }).map((days) => dayOf('1950-01-01', days)),
  expiresOn: fc.integer({ min: 0, max: 5000 }).map((days) => dayOf('2020-01-01', days)),
  sex: fc.constantFrom('F' as const, 'M' as const, 'X' as const),
});

function dayOf(start: string, days: number): string {
  return new Date(Date.parse(start) + days * 86_400_000).toISOString().slice(0, 10);
}

describe('check digits', () => {
  it('are right in everything written, and every field comes back', () => {
    fc.assert(
      fc.property(fields, (written) => {
        const zone = read(writeMrz(written));
        expect(zone.valid).toBe(true);
        expect(zone).toMatchObject({
          format: written.format,
          surname: written.surname,
          givenNames: written.givenNames,
          documentNumber: written.documentNumber,
          dateOfBirth: written.dateOfBirth,
          expiresOn: written.expiresOn,
          nationality: written.nationality,
          sex: written.sex,
        });
      }),
    );
  });

  it('find every single wrong digit of number, birthday and expiry', () => {
    fc.assert(
      fc.property(fields, fc.nat(), fc.integer({ min: 1, max: 9 }), (written, where, by) => {
        const text = writeMrz(written);
        const line = text.split('\n')[written.format === 'TD1' ? 1 : 1] ?? '';
        const guarded = [...line].flatMap((char, at) => {
          const inDates = written.format === 'TD1' ? at < 15 : at >= 13 && at < 28;
          const inNumber = written.format !== 'TD1' && at < 10;
          return /\d/.test(char) && (inDates || inNumber) ? [at] : [];
        });
        const at = guarded[where % guarded.length] ?? 0;
        const digit = String((Number(line.charAt(at)) + by) % 10);
        const broken = line.slice(0, at) + digit + line.slice(at + 1);
        const result = parseMrz(text.replace(line, broken), today);
        expect(result.ok && result.mrz.valid).toBe(false);
      }),
    );
  });
});

describe('mrzCountry', () => {
  it.each([
    ['D', 'DE'],
    ['D<<', 'DE'],
    ['GBD', 'GB'],
    ['GBR', 'GB'],
    ['XKX', 'XK'],
    ['RKS', 'XK'],
    ['CYP', 'CY'],
    ['XXA', null],
    ['UNO', null],
  ])('of %s is %s', (code, country) => {
    expect(mrzCountry(code)).toEqual({ known: true, country });
  });

  it.each(['UTO', 'ZZZ', '', 'DE'])('does not know %s', (code) => {
    expect(mrzCountry(code)).toEqual({ known: false });
  });

  it('knows ISO codes and XK', () => {
    expect(['CY', 'GB', 'XK', 'UK', 'EU', 'cy'].map(isCountry)).toEqual([
      true,
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
