import { parseMrz } from './mrz';
import { zoneIn } from './zone-reading';

const today = '2026-11-30';
/** The specimens of ICAO 9303-4 and -5. */
const passport = [
  'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<',
  'L898902C36UTO7408122F1204159ZE184226B<<<<<10',
];
const card = [
  'I<UTOD231458907<<<<<<<<<<<<<<<',
  '7408122F1204159UTO<<<<<<<<<<<6',
  'ERIKSSON<<ANNA<MARIA<<<<<<<<<<',
];

const read = (...lines: string[]) => zoneIn(lines, today);

describe('a zone among the lines of a picture', () => {
  it('is found below whatever else is printed', () => {
    expect(read('UTOPIA', 'SPECIMEN', ...passport, '')?.text).toBe(passport.join('\n'));
    expect(read('I D', ...card)?.text).toBe(card.join('\n'));
  });

  it.each([
    [
      'fillers read as letters',
      passport[0]?.replace(/<{10,}$/, 'KLLLLLLLLLLLLLLLLKL'),
      passport[1],
    ],
    [
      'blanks and small letters',
      'p < uto eriksson << anna < maria <<<<<<<<<<<<<<<<<<<',
      passport[1],
    ],
    ['letters for digits in a date', passport[0], passport[1]?.replace('7408122', '74O8I22')],
    ['digits for letters in a country', passport[0], passport[1]?.replace('UTO', 'UT0')],
    ['a filler too many', passport[0], passport[1]?.replace('<<<<<', '<<<<<<')],
  ])('is mended of %s', (_what, first = '', second = '') => {
    expect(read(first, second)?.mrz).toMatchObject({
      ...{ valid: true, surname: 'ERIKSSON', givenNames: 'ANNA MARIA' },
      ...{ documentNumber: 'L898902C3', dateOfBirth: '1974-08-12' },
    });
  });

  it('says that a number was mended, and mends none that may be mended in two ways', () => {
    const [first = '', second = ''] = passport;
    expect(read(first, second)?.isNumberMended).toBe(false);
    const once = read(first, second.replace('L898902C3', 'L8989O2C3'));
    expect(once?.mrz.documentNumber).toBe('L898902C3');
    expect(once?.isNumberMended).toBe(true);
  });

  it('is none when a digit is wrong, a line is missing or too short', () => {
    const [first = '', second = ''] = passport;
    expect(read(first, second.replace('7408122', '7408123'))).toBeUndefined();
    expect(read(second)).toBeUndefined();
    expect(read(first, second.slice(0, 30))).toBeUndefined();
    expect(read()).toBeUndefined();
    expect(read(...Array.from({ length: 500 }, () => 'X'.repeat(44)))).toBeUndefined();
  });

  it('keeps a name that ends in what a filler is taken for', () => {
    const first = 'P<UTOERIKSSON<<MICHAEL<<<<<<<<<<<<<<<<<<<<<<';
    expect(read(first, passport[1] ?? '')?.mrz.givenNames).toBe('MICHAEL');
  });

  it('reads what it gives back', () => {
    const found = read(...passport);
    expect(parseMrz(found?.text ?? '', today)).toMatchObject({ ok: true, mrz: found?.mrz });
  });
});
