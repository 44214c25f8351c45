import { BankFileFault } from '../fault';
import { readBai2 } from './bai2';

/** A file of one account whose trailers agree: `records` come between the account's header and its trailer. */
function file(
  records: readonly string[],
  told: { sum: number; header?: string; group?: string },
): string {
  const physical = records.length + 2;
  return [
    '01,BANK,CLIENT,260303,0600,1,,,2/',
    told.group ?? '02,CLIENT,BANK,1,260302,2400,EUR,2/',
    told.header ?? '03,77,,010,10000,,,015,9000,,/',
    ...records,
    `49,${told.sum},${physical}/`,
    `98,${told.sum},1,${physical + 2}/`,
    `99,${told.sum},1,${physical + 4}/`,
  ].join('\n');
}

const entriesOf = (records: readonly string[], sum: number) => {
  const { statements, doubts } = readBai2(file(records, { sum: 19000 + sum }));
  expect(doubts).toEqual([]);
  return statements.flatMap((statement) => statement.entries);
};

const faultOf = (text: string): string => {
  try {
    readBai2(text);
  } catch (error) {
    if (error instanceof BankFileFault) return error.message;
    throw error;
  }
  throw new Error('nothing was wrong');
};

describe('a BAI2 file', () => {
  it('gives ledger balances and entries with references and text', () => {
    const { statements } = readBai2(
      file(['16,475,1000,V,260304,,BANKREF,CHEQUE 7,Rent, paid by cheque/'], { sum: 20000 }),
    );
    expect(statements).toEqual([
      {
        account: '77',
        currency: 'EUR',
        openingMinor: 10000n,
        closingMinor: 9000n,
        line: 3,
        entries: [
          {
            amountMinor: 1000n,
            currency: 'EUR',
            direction: 'debit',
            bookedOn: '2026-03-02',
            valuedOn: '2026-03-04',
            reversal: false,
            booked: true,
            references: {
              bankReference: 'BANKREF',
              customerReference: 'CHEQUE 7',
              bankTransactionCode: '475',
            },
            parts: [],
            counterparty: {},
            remittance: 'Rent, paid by cheque',
            line: 4,
          },
        ],
      },
    ]);
  });

  it.each([
    ['142', 'credit', false],
    ['399', 'credit', false],
    ['451', 'debit', false],
    ['699', 'debit', false],
    ['721', 'credit', false],
    ['760', 'debit', false],
    ['930', 'credit', false],
    ['960', 'debit', false],
    ['252', 'credit', true],
    ['552', 'debit', true],
  ])('knows type %s as a %s, reversal: %s', (code, direction, reversal) => {
    expect(entriesOf([`16,${code},5,Z,,,/`], 5)).toMatchObject([{ direction, reversal }]);
  });

  it('skips what tells of no money', () => {
    expect(entriesOf(['16,890,,,,,The branch is closed/'], 0)).toEqual([]);
    expect(entriesOf(['16,905,999,Z,,,A status of the bank/'], 999)).toEqual([]);
  });

  it('reads what was sent in several files and put into one', () => {
    const one = file(['16,142,5,Z,,,/'], { sum: 19005 });
    expect(readBai2(`${one}\n${one}`)).toMatchObject({
      statements: [{ line: 3 }, { line: 10 }],
      doubts: [],
    });
  });

  it.each([
    [
      'fields of a transaction',
      ['16,142,5,,BR/', '88,CR,text/'],
      { customerReference: 'CR' },
      'text',
    ],
    ['its text', ['16,142,5,Z,,,one/', '88,two, three/', '88,four'], {}, 'one two, three four'],
    ['text after all its fields', ['16,142,5,,,/', '88,PY:1/2 a', '88,b'], {}, 'PY:1/2 a b'],
  ])('continues %s', (_what, records, references, remittance) => {
    expect(entriesOf(records, 5)).toMatchObject([{ references, remittance }]);
  });

  it('continues an account’s header between any two fields', () => {
    const header =
      '03,77,EUR,010,-10000,,,100/\n88,5,1,S,1,2,2,400,0,,D,2,0,1,1,4/\n88,015/\n88,+9000,,/';
    const text = file([], { sum: -995, header })
      .replace('49,-995,2', '49,-995,5')
      .replace('98,-995,1,4', '98,-995,1,7')
      .replace('99,-995,1,6', '99,-995,1,9');
    const { statements, doubts } = readBai2(text);
    expect(doubts).toEqual([]);
    expect(statements).toMatchObject([{ openingMinor: -10000n, closingMinor: 9000n }]);
  });

  it('takes the currency of account, group or none, with its own minor units', () => {
    const currencyOf = (header: string, group: string) =>
      readBai2(file([], { sum: 0, header, group })).statements[0]?.currency;
    expect(currencyOf('03,77,JPY/', '02,C,B,1,260302,,EUR,2/')).toBe('JPY');
    expect(currencyOf('03,77,/', '02,C,B,1,260302,,GBP,2/')).toBe('GBP');
    expect(currencyOf('03,77/', '02,C,B,1,260302/')).toBe('USD');
  });

  it('gives a statement for each account and each group', () => {
    const text = [
      '01,B,C,260303,0600,1,,,2/',
      '02,C,B,1,260302,,USD,2/',
      '03,1,/',
      '49,0,2/',
      '03,2,/',
      '49,0,2/',
      '98,0,2,6/',
      '02,C,B,3,260303,,USD,2/',
      '03,1,/',
      '49,0,2/',
      '98,0,1,4/',
      '99,0,2,12/',
    ].join('\n');
    const { statements, doubts } = readBai2(text);
    expect(statements.map((statement) => statement.account)).toEqual(['1', '2', '1']);
    expect(doubts).toEqual([]);
  });

  it('finds records that a system put on one line, and text that it broke', () => {
    const text = file(['16,142,5,Z,,,one/ 16,142,6,Z,,,two', 'more /'], { sum: 19011 });
    expect(readBai2(text).statements[0]?.entries.map((entry) => entry.remittance)).toEqual([
      'one',
      'two more',
    ]);
  });

  it('leaves out tests and what takes an earlier file back, and says so', () => {
    const { statements, doubts } = readBai2(
      file([], { sum: 19000, group: '02,C,B,4,260302,,EUR,2/' }),
    );
    expect(statements).toEqual([]);
    expect(doubts).toEqual([
      { line: 2, field: '02 group status', reason: '4 is a test: the group is left out' },
    ]);
  });

  it('doubts trailers that do not add up', () => {
    const { doubts } = readBai2(file(['16,142,5,Z,,,/'], { sum: 19000 }).replace(',1,5/', ',2,9/'));
    expect(doubts.map(({ line, field, reason }) => `${line} ${field}: ${reason}`)).toEqual([
      '5 49 control total: says 19000, and it is 19005',
      '6 98 control total: says 19000, and it is 19005',
      '6 98 number of parts: says 2, and it is 1',
      '6 98 number of records: says 9, and it is 5',
      '7 99 control total: says 19000, and it is 19005',
    ]);
  });
});

describe('a broken BAI2 file', () => {
  const good = file(['16,142,5,Z,,,text/'], { sum: 19005 });

  it.each([
    ['16,142,5', '16,142,5.0', 'line 4: 16 amount: "5.0" is not an amount'],
    ['16,142,5', '16,142,-5', 'line 4: 16 amount: "-5" is negative'],
    ['16,142', '16,042', 'line 4: 16 type code: "042" is neither a credit nor a debit'],
    ['Z,,', 'Q,,', 'line 4: 16 funds type: "Q" is none'],
    ['010,10000', '010,1e4', 'line 3: 03 amount of 010: "1e4" is not an amount'],
    ['03,77,', '03,,', 'line 3: 03 account: is missing'],
    ['EUR', 'EURO', 'line 3: 03 currency: "EURO" is no currency known here'],
    [',1,260302', ',1,269902', 'line 2: 02 as-of date: "269902" is not a day'],
    [',1,260302', ',7,260302', 'line 2: 02 group status: "7" is none of 1, 2, 3 and 4'],
    ['49,19005,3', '49,many,3', 'line 5: 49 control total: "many" is not an amount'],
    ['49,19005', '50,19005', 'line 5: record code: "50,19005,3/" begins with none'],
    ['99,19005', '99,19005,1,7/\n98,19005', 'line 8: 01: is missing: 98 comes instead'],
    ['49,19005,3/\n', '', 'line 5: 49: is missing: 98 comes instead'],
  ])('says where and why: %s → %s', (from, to, message) => {
    expect(faultOf(good.replace(from, to))).toBe(message);
  });

  it('does not take half a file for a whole one', () => {
    expect(faultOf(good.replace(/\n98[^]*$/, ''))).toBe('line 5: 98: is missing: the file ends');
  });
});
