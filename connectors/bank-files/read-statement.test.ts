import fc from 'fast-check';
import { BankFileFault } from './fault';
import { readStatement } from './read-statement';
import type { BankStatement } from './statement';
import { closingOf, statements, type PlainStatement } from './testing/arbitrary-statement';
import { byDay, writers } from './testing/write';
import { bytesMax } from './text';

const bytes = (text: string) => Buffer.from(text, 'utf8');

const faultOf = (content: Uint8Array): string => {
  try {
    readStatement(content);
  } catch (error) {
    if (error instanceof BankFileFault) return error.inFile('f');
    throw error;
  }
  throw new Error('nothing was wrong');
};

/** What every format can say of a statement. */
function plainOf(read: readonly BankStatement[]): readonly PlainStatement[] {
  return read.map((statement) => ({
    account: statement.account,
    currency: statement.currency ?? '',
    openingMinor: statement.openingMinor ?? 0n,
    entries: statement.entries.map((entry) => ({
      amountMinor: entry.amountMinor,
      direction: entry.direction,
      bookedOn: entry.bookedOn ?? '',
      reversal: entry.reversal,
      reference:
        entry.references['accountServicerReference'] ?? entry.references['bankReference'] ?? '',
      remittance: entry.remittance,
    })),
  }));
}

describe.each(Object.entries(writers))('any statement in %s', (format, write) => {
  it('is read as it was written, and adds up', () => {
    fc.assert(
      fc.property(statements, fc.constantFrom('\n', '\r\n', '\r'), (written, ending) => {
        const { statements: read, doubts } = readStatement(
          bytes(write(written).replaceAll('\n', ending)),
        );
        expect(doubts).toEqual([]);
        const expected = format === 'BAI2' ? written.flatMap(byDay) : written;
        expect(plainOf(read)).toEqual(expected);
        expect(read.map((each) => each.closingMinor)).toEqual(expected.map(closingOf));
      }),
      { numRuns: 60 },
    );
  });

  it('that was cut off anywhere, or has a wrong byte, is read or refused with a line', () => {
    fc.assert(
      fc.property(
        statements,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.option(fc.integer({ min: 0, max: 255 })),
        (written, where, wrong) => {
          const whole = bytes(write(written));
          const at = Math.floor(where * whole.length);
          const broken = Buffer.from(wrong === null ? whole.subarray(0, at) : whole);
          if (wrong !== null && at < broken.length) broken[at] = wrong;
          try {
            readStatement(broken);
          } catch (error) {
            if (!(error instanceof BankFileFault)) throw error;
            expect(error.inFile('f')).toMatch(/^f:[1-9]\d*: [^\n]+: [^\n]+$/);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('that was cut off before its end never passes for a whole one', () => {
    fc.assert(
      fc.property(statements, fc.double({ min: 0, max: 0.95, noNaN: true }), (written, where) => {
        const whole = write(written).trimEnd();
        const lines = whole.split('\n');
        const cut = lines.slice(0, Math.floor(where * lines.length)).join('\n');
        try {
          const read = readStatement(bytes(cut)).statements;
          // Only whole statements in front of the cut are left.
          const expected = format === 'BAI2' ? written.flatMap(byDay) : written;
          expect(plainOf(read)).toEqual(expected.slice(0, read.length));
        } catch (error) {
          if (!(error instanceof BankFileFault)) throw error;
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('the text of a file', () => {
  const camt = (remittance: string, encoding: string) =>
    `<?xml version="1.0" encoding="${encoding}"?><Document><BkToCstmrStmt><Stmt><Acct><Id><IBAN>1</IBAN></Id></Acct>
<Ntry><Amt Ccy="EUR">1</Amt><CdtDbtInd>CRDT</CdtDbtInd><AddtlNtryInf>${remittance}</AddtlNtryInf></Ntry>
</Stmt></BkToCstmrStmt></Document>`;
  const remittanceOf = (content: Uint8Array) =>
    readStatement(content).statements[0]?.entries[0]?.remittance;

  it.each([
    ['UTF-8', Buffer.from(camt('Żółć', 'UTF-8'), 'utf8'), 'Żółć'],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${camt('Żółć', 'UTF-8')}`, 'utf8'), 'Żółć'],
    ['Latin-1 as declared', Buffer.from(camt('Müller', 'ISO-8859-1'), 'latin1'), 'Müller'],
    ['Latin-1 called UTF-8', Buffer.from(camt('Müller', 'UTF-8'), 'latin1'), 'Müller'],
    ['UTF-8 called UTF-16', Buffer.from(camt('Müller', 'UTF-16'), 'utf8'), 'Müller'],
    ['UTF-16', Buffer.from(`\uFEFF${camt('Żółć', 'UTF-16')}`, 'utf16le'), 'Żółć'],
  ])('is read in %s', (_what, content, expected) => {
    expect(remittanceOf(content)).toBe(expected);
  });

  it('is refused when it is none, or no statement, or too long', () => {
    expect(faultOf(bytes(''))).toBe('f:1: file: is empty');
    expect(faultOf(bytes('a\n\0'))).toBe('f:2: file: is not text');
    expect(faultOf(bytes('name;amount\n'))).toBe(
      'f:1: format: "name;amount" begins neither camt (XML), MT940 nor BAI2',
    );
    expect(faultOf(bytes(camt('', 'KLINGON')))).toBe('f:1: encoding: "KLINGON" is not known');
    expect(faultOf(new Uint8Array(bytesMax + 1))).toMatch(/^f:1: file: has 33554433 bytes/);
  });

  it('cannot put lines of its own into a message', () => {
    expect(faultOf(bytes('\u001b[2Jx\u2028y'))).not.toMatch(/[\p{Cc}\p{Zl}]/u);
  });
});

it('doubts a statement whose entries do not lead to its closing balance', () => {
  const text = ':20:A\n:25:1\n:60F:C260302EUR1,\n:61:260302C1,NTRF\n:62F:C260302EUR3,\n-';
  expect(readStatement(bytes(text)).doubts).toEqual([
    {
      line: 1,
      field: 'closing balance of 1',
      reason: 'is 3.00 EUR, and opening balance and entries make 2.00 EUR',
    },
  ]);
});
