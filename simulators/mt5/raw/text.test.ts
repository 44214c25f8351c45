import fc from 'fast-check';
import { escapeRaw, formatRaw, parseRaw } from './text';

describe('commands of the raw protocol', () => {
  it.each([
    ['a=b', 'a\\=b'],
    ['a|b', 'a\\|b'],
    ['real\\cy-usd-std', 'real\\\\cy-usd-std'],
    ['two\nlines', 'two\\\nlines'],
    ['\\|', '\\\\\\|'],
  ])('writes %j as %j', (plain, escaped) => {
    expect(escapeRaw(plain)).toBe(escaped);
    expect(parseRaw(`X|V=${escaped}|\r\n`).fields).toEqual([['V', plain]]);
  });

  it('leaves a backslash before any other character as it is', () => {
    const { fields } = parseRaw('GROUP_GET|GROUP=demo\\demoforex|\r\n');
    expect(fields).toEqual([['GROUP', 'demo\\demoforex']]);
  });

  it.each([
    ['TIME_SERVER\r\n', 'TIME_SERVER', []],
    ['TIME_SERVER|\r\n', 'TIME_SERVER', []],
    ['X|A=1|B=2\r\n', 'X', [['A', '1'], ['B', '2']]], // prettier-ignore
    ['X|A=1|', 'X', [['A', '1']]],
    ['X|A=|\r\n', 'X', [['A', '']]],
    ['X|A=1=2|\r\n', 'X', [['A', '1=2']]],
    ['', '', []],
  ])('reads %j', (text, name, fields) => {
    expect(parseRaw(text)).toEqual({ name, fields, rest: '' });
  });

  it('gives what follows the first line as it is', () => {
    expect(parseRaw('X|A=1|\r\n{"Group":"demo\\\\usd"}\n').rest).toBe('{"Group":"demo\\\\usd"}\n');
  });

  it('reads back whatever it writes', () => {
    const text = fc.string({ unit: fc.constantFrom('\\', '=', '|', '\n', 'a', ' ', 'ł', '₿') });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { maxLength: 5 }), text, (fields, rest) => {
        const command = { name: 'X', fields, rest };
        expect(parseRaw(formatRaw(command))).toEqual(command);
      }),
    );
  });
});
