import { creditsOf } from './credits';
import { readStatement } from './read-statement';
import type { BankStatement, StatementEntry } from './statement';

const credit: StatementEntry = {
  amountMinor: 12_500n,
  currency: 'EUR',
  direction: 'credit',
  bookedOn: '2026-11-27',
  valuedOn: '2026-11-27',
  reversal: false,
  references: { accountServicerReference: 'B1', endToEndId: 'NOTPROVIDED' },
  parts: [],
  counterparty: { name: 'Anna Schmidt', account: 'DE02120300000000202051' },
  remittance: 'RF60 K777 7777 77',
  booked: true,
  line: 9,
};
const statementOf = (...entries: StatementEntry[]): BankStatement => ({
  account: 'DE89370400440532013000',
  currency: 'EUR',
  openingMinor: null,
  closingMinor: null,
  entries,
  line: 1,
});
const keysOf = (...statements: BankStatement[]) =>
  creditsOf({ statements }).credits.map(({ key }) => key);

describe('money that arrives by a statement', () => {
  it('is what was booked to the account’s credit, and what the payer wrote', () => {
    const read = creditsOf({
      statements: [
        statementOf(
          credit,
          { ...credit, direction: 'debit', references: { bankReference: 'B2' } },
          { ...credit, booked: false },
        ),
      ],
    });
    expect(read).toMatchObject({ pending: 1, takenBack: [] });
    expect(read.credits).toHaveLength(1);
    expect(read.credits[0]).toMatchObject({
      bankReference: 'B1',
      payer: { name: 'Anna Schmidt', account: 'DE02120300000000202051' },
      texts: ['RF60 K777 7777 77', 'NOTPROVIDED'],
      isReturn: false,
    });
  });

  it('is known again in another statement, whatever day it says', () => {
    const [again] = keysOf(statementOf({ ...credit, bookedOn: null, remittance: 'cut' }));
    expect(keysOf(statementOf(credit))).toEqual([again]);
  });

  it.each([
    ['another amount', { amountMinor: 12_501n }],
    ['another bank reference', { references: { accountServicerReference: 'B2' } }],
    ['another transfer of a batch', { references: { ...credit.references, endToEndId: 'E2' } }],
  ])('is another with %s', (_what, change) => {
    const [one, two] = keysOf(statementOf(credit, { ...credit, ...change }));
    expect(one).not.toBe(two);
  });

  it('is told by all that the bank says where it gives no reference, and two alike are two', () => {
    const bare = { ...credit, references: { bankReference: 'NONREF' } };
    const [one, two] = keysOf(statementOf(bare, bare));
    expect(one).not.toBe(two);
    expect(keysOf(statementOf(bare, bare))).toEqual([one, two]);
    expect(keysOf(statementOf({ ...bare, bookedOn: '2026-11-28' }))).not.toContain(one);
  });

  it('is no deposit when it is our own that came back, and is told when the bank takes it back', () => {
    const read = creditsOf({
      statements: [
        statementOf(
          { ...credit, reversal: true },
          { ...credit, references: { returnReason: 'AC04' } },
          { ...credit, direction: 'debit', reversal: true },
        ),
      ],
    });
    expect(read.credits.map(({ isReturn }) => isReturn)).toEqual([true, true]);
    expect(read.takenBack).toMatchObject([{ amountMinor: 12_500n, bankReference: 'B1' }]);
  });

  it('is read of MT940, whose payer stands in field 86', () => {
    const text = [
      ':20:1',
      ':25:DE89370400440532013000',
      ':28C:1',
      ':60F:C261126EUR0,00',
      ':61:2611271127C125,00NTRFNONREF//B1',
      ':86:166?20EREF+NOTPROVIDED?21SVWZ+RF60 K777 7777 77?32ANNA SCHMIDT?31DE02120300000000202051',
      ':62F:C261127EUR125,00',
      '-',
    ].join('\r\n');
    expect(creditsOf(readStatement(Buffer.from(text))).credits).toMatchObject([
      {
        amountMinor: 12_500n,
        bankReference: 'B1',
        payer: { name: 'ANNA SCHMIDT', account: 'DE02120300000000202051' },
      },
    ]);
  });
});
