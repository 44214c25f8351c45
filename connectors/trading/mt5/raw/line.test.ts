import fc from 'fast-check';
import { escapeField, formatMessage, parseMessage } from './line';

describe('the line of a raw command', () => {
  it.each([
    ['John|Smith', 'John\\|Smith'],
    ['manager\\administrators', 'manager\\\\administrators'],
    ['a=b', 'a\\=b'],
    ['two\r\nlines', 'two\r\\\nlines'],
    ['\\=', '\\\\\\='],
    ['plain', 'plain'],
  ])('escapes %j as %j, and back', (plain, escaped) => {
    expect(escapeField(plain)).toBe(escaped);
    expect(parseMessage(`X|V=${escaped}|\r\n`)?.fields).toEqual([['V', plain]]);
  });

  it('takes a backslash before any other character as it is', () => {
    expect(parseMessage('X|GROUP=demo\\demoforex|\r\n')?.fields).toEqual([
      ['GROUP', 'demo\\demoforex'],
    ]);
    expect(parseMessage('X|A=b\\\r\n')?.fields).toEqual([['A', 'b\\']]);
  });

  it.each([
    ['GROUP_TOTAL|RETCODE=0 Done|TOTAL=5|\r\n', 'GROUP_TOTAL', [['RETCODE', '0 Done'], ['TOTAL', '5']], ''], // prettier-ignore
    ['X|CRYPT_RAND=ff\r\n', 'X', [['CRYPT_RAND', 'ff']], ''],
    ['X|A=1=2|B=|\n', 'X', [['A', '1=2'], ['B', '']], ''], // prettier-ignore
    ['X|RETCODE=0 Done|\r\n[\n{"A":"b|c=d"}]', 'X', [['RETCODE', '0 Done']], '[\n{"A":"b|c=d"}]'], // prettier-ignore
  ])('reads %j', (text, name, fields, body) => {
    expect(parseMessage(text)).toEqual({ name, fields, body });
  });

  it.each(['', 'TRADE_BALANCE|RETCODE=0 Do', 'X|A=1|', 'X|A=1\\\n', 'X|A=1|\r'])(
    'is not there before its end: %j',
    (text) => {
      expect(parseMessage(text)).toBeNull();
    },
  );

  it('reads back whatever it writes, and no part of it as the whole', () => {
    const text = fc.string({
      unit: fc.constantFrom('\\', '=', '|', '\r', '\n', 'a', 'ł', '₿', '😀'),
    });
    const fields = fc.array(fc.tuple(text, text), { maxLength: 5 });
    fc.assert(
      fc.property(fields, text, fc.nat(), (sent, body, cut) => {
        const written = formatMessage({ name: 'X', fields: sent, body });
        expect(parseMessage(written)).toEqual({ name: 'X', fields: sent, body });
        const end = written.length - body.length - 1;
        expect(parseMessage(written.slice(0, cut % (end + 1)))).toBeNull();
      }),
    );
  });
});
