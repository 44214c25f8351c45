import { parse } from 'csv-parse/sync';
import { assertAddsUp, statementCsv, type Statement } from './statement';

const line = (amountMinor: bigint, balanceMinor: bigint) => ({
  effectiveAt: '2026-11-05T10:00:00Z',
  recordedAt: '2026-11-05T10:00:01Z',
  transactionId: 'ltx_1',
  kind: 'deposit',
  cause: 'dep_1',
  amountMinor,
  balanceMinor,
});

const statement: Statement = {
  accountId: 'cy/wallet/cl_1/KWD',
  entityId: 'cy',
  code: 'wallet',
  currency: 'KWD',
  from: '2026-11-01T00:00:00Z',
  to: '2026-12-01T00:00:00Z',
  openingMinor: 1_000n,
  closingMinor: 1_250n,
  lines: [line(500n, 1_500n), line(-250n, 1_250n)],
};

describe('a statement of a wallet', () => {
  it('leads from the opening to the closing balance in the minor units of its currency', () => {
    assertAddsUp(statement);
    const rows: string[][] = parse(statementCsv(statement), { record_delimiter: '\r\n' });
    expect(rows.map((row) => [row[2], row[5], row[6], row[7]])).toEqual([
      ['kind', 'amount', 'balance', 'currency'],
      ['opening balance', '', '1.000', 'KWD'],
      ['deposit', '0.500', '1.500', 'KWD'],
      ['deposit', '-0.250', '1.250', 'KWD'],
      ['closing balance', '', '1.250', 'KWD'],
    ]);
  });

  it.each([
    ['a closing balance', { closingMinor: 1_251n }],
    ['a line that is missing', { lines: [line(500n, 1_500n)] }],
    ['a running balance', { lines: [line(500n, 1_501n), line(-250n, 1_250n)] }],
  ])('is shown to nobody with %s that does not add up', (_what, change) => {
    expect(() => assertAddsUp({ ...statement, ...change })).toThrow('does not add up');
  });
});
