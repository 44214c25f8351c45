import { BankFileFault } from '../fault';
import { readMt940 } from './mt940';

/** One message: `lines` stand between the balances. */
function message(...lines: readonly string[]): string {
  return [
    ':20:STARTUMS',
    ':25:37040044/0532013000',
    ':28C:1/1',
    ':60F:C260302EUR100,',
    ...lines,
    ':62F:C260302EUR100,',
    '-',
  ].join('\n');
}

const only = (text: string) => {
  const [first, ...more] = readMt940(text);
  if (!first || more.length > 0) throw new Error('one statement was expected');
  return first;
};

const entryOf = (...lines: readonly string[]) => {
  const [first, ...more] = only(message(...lines)).entries;
  if (!first || more.length > 0) throw new Error('one entry was expected');
  return first;
};

const faultOf = (text: string): string => {
  try {
    readMt940(text);
  } catch (error) {
    if (error instanceof BankFileFault) return error.message;
    throw error;
  }
  throw new Error('nothing was wrong');
};

describe('a statement line (:61:)', () => {
  it.each([
    ['2603030302C12,5NTRFREF//BANK', 'credit', false, 1250n, '2026-03-02'],
    ['2603030302CR12,50NTRFREF//BANK', 'credit', false, 1250n, '2026-03-02'],
    ['260303D1000,NTRFREF//BANK', 'debit', false, 100000n, '2026-03-03'],
    ['2603030302RC0,01NTRFREF//BANK', 'debit', true, 1n, '2026-03-02'],
    ['2603030302RD,10NTRFREF//BANK', 'credit', true, 10n, '2026-03-02'],
    ['2603030302RDR7NTRFREF//BANK', 'credit', true, 700n, '2026-03-02'],
    ['2603030302 D 1.50NTRFREF//BANK', 'debit', false, 150n, '2026-03-02'],
  ])('%s', (text, direction, reversal, amountMinor, bookedOn) => {
    expect(entryOf(`:61:${text}`)).toMatchObject({
      direction,
      reversal,
      amountMinor,
      bookedOn,
      valuedOn: '2026-03-03',
      booked: true,
      references: { customerReference: 'REF', bankReference: 'BANK', bankTransactionCode: 'NTRF' },
    });
  });

  it('finds the year of an entry date across the turn of the year', () => {
    expect(entryOf(':61:2601021231C1,NTRF')).toMatchObject({
      valuedOn: '2026-01-02',
      bookedOn: '2025-12-31',
    });
    expect(entryOf(':61:2512310102C1,NTRF').bookedOn).toBe('2026-01-02');
  });

  it('takes the thirtieth of February, on which banks value interest, for its last day', () => {
    expect(entryOf(':61:260230C1,NTRF').valuedOn).toBe('2026-02-28');
    expect(entryOf(':61:240230C1,NTRF').valuedOn).toBe('2024-02-29');
  });

  it('gives the second line where there is no :86:', () => {
    expect(entryOf(':61:260303C1,NTRFREF', 'supplement').remittance).toBe('supplement');
  });

  it('tells apart what is only expected', () => {
    expect(entryOf(':61:260303EC1,NTRFREF')).toMatchObject({ booked: false, direction: 'credit' });
  });

  it('takes a reference without a type in front of it', () => {
    expect(entryOf(':61:260303C1,NONREF').references).toEqual({ customerReference: 'NONREF' });
  });
});

describe('the information of an entry (:86:)', () => {
  const told = (...lines: readonly string[]) => entryOf(':61:260303C1,NTRF', ...lines);

  it('reads numbered fields with the names of the German banks', () => {
    expect(
      told(
        ':86:166?00GUTSCHRIFT?109075?20EREF+DEP-2026-000000000000000?210001?22KREF+K1?23SVWZ+Deposit 12',
        '345?30DEUTDEFF?31CY17002001280000001200527600?32MARIA E?33XAMPLE?60 more',
      ),
    ).toMatchObject({
      references: {
        endToEndId: 'DEP-2026-0000000000000000001',
        customerReference: 'K1',
        businessCode: '166',
      },
      counterparty: { name: 'MARIA E XAMPLE', account: 'CY17002001280000001200527600' },
      remittance: 'Deposit 12345 more',
    });
  });

  it('reads numbered fields with another mark and without names', () => {
    expect(told(':86:020~00PRZELEW~20Faktura 7~21za maj~3212345~33')).toMatchObject({
      remittance: 'Faktura 7 za maj',
      counterparty: { name: '12345' },
    });
  });

  it('reads names between slashes', () => {
    expect(
      told(
        ':86:/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A/NAME/J. Jans',
        'sen/REMI/Deposit 7/8/EREF/NOTPROVIDED',
      ),
    ).toMatchObject({
      references: { endToEndId: 'NOTPROVIDED' },
      counterparty: { name: 'J. Janssen', account: 'NL91ABNA0417164300' },
      remittance: 'Deposit 7/8',
    });
    expect(
      told(':86:/EREF/E1//CNTP/NL91ABNA0417164300/ABNANL2A/J. Jansen///REMI/USTD//Deposit/'),
    ).toMatchObject({
      references: { endToEndId: 'E1' },
      counterparty: { name: 'J. Jansen', account: 'NL91ABNA0417164300' },
      remittance: 'Deposit',
    });
  });

  it('gives free text on one line, a colon at the start of a line in it too', () => {
    expect(told(':86:Deposit   of', ':08 o’clock', ':86:again').remittance).toBe(
      'Deposit of :08 o’clock again',
    );
  });
});

describe('a statement', () => {
  it('has its balances, overdrawn ones negative', () => {
    const text = message().replace(':60F:C', ':60F:D').replace(/62F.*/, '62F:C260303EUR1,5');
    expect(only(text)).toMatchObject({
      account: '37040044/0532013000',
      currency: 'EUR',
      openingMinor: -10000n,
      closingMinor: 150n,
    });
  });

  it.each([
    ['NL91ABNA0417164300EUR', 'NL91ABNA0417164300'],
    ['DE89 3704 0044 0532 0130 00 EUR', 'DE89370400440532013000'],
    ['1291.99.348EUR', '1291.99.348'],
    ['37040044/0532013000', '37040044/0532013000'],
    ['BANKBIC/ACCOUNTEUR', 'BANKBIC/ACCOUNTEUR'],
  ])('names account %s as %s', (written, account) => {
    expect(only(message().replace('37040044/0532013000', written)).account).toBe(account);
  });

  it('stands in SWIFT blocks or between what banks print around it', () => {
    const bare = message(':61:260303C1,NTRF', ':86:x').replace(/-$/, '');
    const blocks = `\u0001{1:F01BANKDEFFAXXX0000000000}{2:I940BANKDEFFXXXXN}{3:{108:A}}{4:\n${bare}-}{5:{CHK:1}}\u0003`;
    const inline = blocks.replace('{4:\n', '{4:').replace('\u0001', '');
    const printed = `ABNANL2A\n940\nABNANL2A\n${bare}-\nnothing\n`;
    for (const text of [blocks, inline, printed]) {
      expect(only(text).entries.map((entry) => entry.remittance)).toEqual(['x']);
    }
  });

  it('is put together from its pages, and no further', () => {
    const first = message(':61:260303C1,NTRF').replace(/:62F.*/, ':62M:C260302EUR101,');
    const second = message(':61:260303C2,NTRF').replace(/:60F.*/, ':60M:C260302EUR101,');
    expect(only(`${first}\n${second}`)).toMatchObject({
      openingMinor: 10000n,
      closingMinor: 10000n,
      entries: [{ amountMinor: 100n }, { amountMinor: 200n }],
    });
    expect(readMt940(`${first}\n${second.replace('EUR101', 'EUR102')}`)).toHaveLength(2);
    expect(readMt940(`${message()}\n${message()}`)).toHaveLength(2);
  });

  it('goes on with the next account where a file has one :20: for all', () => {
    const second = message().replace(/^:20:.*\n:25:.*/, ':25:2');
    expect(readMt940(`${message()}\n${second}`).map((each) => each.account)).toEqual([
      '37040044/0532013000',
      '2',
    ]);
  });

  it('may be an interim report without balances (MT942)', () => {
    const text =
      ':20:A\n:25:1\n:28C:1\n:34F:EURD0,\n:13D:2603021200+0100\n:61:260302C1,NTRF\n:90C:1EUR1,\n-';
    expect(only(text)).toMatchObject({ openingMinor: null, closingMinor: null, currency: 'EUR' });
  });

  it('is read in a time that grows with its length', () => {
    const lines = Array.from({ length: 20_000 }, () => ':61:260303C1,NTRF\n:86:x');
    const started = performance.now();
    expect(only(message(...lines)).entries).toHaveLength(20_000);
    // Looking through the rest of the message for each entry took minutes.
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('tells nothing of an entry with the information after its closing balance', () => {
    const text = `${message(':61:260303C1,NTRF').replace(/-$/, '')}:86:of the statement\n-`;
    expect(only(text).entries[0]?.remittance).toBe('');
  });
});

describe('a broken MT940 file', () => {
  it.each([
    [':61:26030C1,NTRF', ':61: "26030C1,NTRF" does not begin with a value date'],
    [':61:260303X1,NTRF', ':61: "260303X1,NTRF" has no C, D, RC or RD after its dates'],
    [':61:260303CNTRF', ':61: "260303CNTRF" has no amount like 12,34 after its mark'],
    [':61:260303C1,5,5NTRF', ':61: "260303C1,5,5NTRF" has no amount like 12,34 after its mark'],
    [':61:261303C1,NTRF', ':61: value date: "261303" is not a day'],
    [':61:2603031303C1,NTRF', ':61: entry date: "1303" is not a day'],
    [':61:260303C1,001NTRF', ':61: amount: EUR has 2 digits after the point'],
  ])('says where and why: %s', (line, why) => {
    expect(faultOf(message(line))).toBe(`line 5: ${why}`);
  });

  it('says which balance or account is not there or not right', () => {
    expect(faultOf(message().replace('EUR100', 'EUR1.0.0'))).toBe(
      'line 4: :60F: amount: "1.0.0," is not an amount',
    );
    expect(faultOf(message().replace('C260302EUR', '260302EUR'))).toMatch(/^line 4: :60F: /);
    expect(faultOf(message().replace(/62F:C260302EUR/, '62F:C260302USD'))).toBe(
      'line 5: :62F: currency: USD is not the currency of the opening balance, EUR',
    );
    expect(faultOf(message().replace(/:25:.*\n/, ''))).toBe('line 1: :25: is missing');
    expect(
      faultOf(
        message()
          .replace(/:60F:.*\n/, '')
          .replace(/:62F:.*\n/, ''),
      ),
    ).toBe('line 1: :60F: is missing');
  });

  it('is no file without statements', () => {
    expect(faultOf(':20:A')).toBe('line 1: :25: is missing');
    expect(readMt940(`${message()}\n:20:A`)).toHaveLength(1);
  });

  it('does not take half a message for a whole one', () => {
    const half = message(':61:260303C1,NTRF', ':86:x').replace(/:62F[^]*$/, '');
    expect(faultOf(half)).toBe(
      'line 6: :62F: is missing: the message ends without balance or end mark',
    );
  });
});
