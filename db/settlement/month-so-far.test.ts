import { defaultPartnerPlan } from '../../domain/partners/default-plan';
import type { Scratch } from '../../tests/proofs/scratch';
import { type Book, type BookDeal, nothingElse, plainDeal } from '../../tests/settlement/book';
import { openSettlementScratch } from '../../tests/settlement/people';
import { withinBook } from '../../tests/settlement/run-book';
import { rows } from '../connection';
import { monthSoFar } from './month-so-far';

/** A lot on that day: 7.00 for a root partner. */
function trade(day: string, position: bigint): BookDeal[] {
  const deal = {
    ...{ ...plainDeal, position, login: '5001', clientId: 'cl_a', kind: 'trade' as const },
    ...{ symbol: 'EURUSD', volume: 100_000_000n, commissionMinor: 0n, currency: 'USD' },
    ...{ bid: '1.10000', ask: '1.10020', profitRate: '1' },
  };
  return [
    {
      ...{ ...deal, ticket: 2n * position, entry: 'in' as const, price: '1.10000' },
      time: `${day}T10:00:00.000Z`,
    },
    {
      ...{ ...deal, ticket: 2n * position + 1n, entry: 'out' as const, price: '1.10100' },
      time: `${day}T11:00:00.000Z`,
    },
  ];
}

const book: Book = {
  ...{ planSet: 'ps_book', currency: 'USD', plan: defaultPartnerPlan, ...nothingElse },
  partners: [{ id: 'ptr_root', parentId: null, level: 1 }],
  attributions: [
    { clientId: 'cl_a', partnerId: 'ptr_root', from: '2026-09-01T00:00:00Z', to: null },
  ],
  symbols: [
    {
      ...{ name: 'EURUSD', digits: 5, contractSize: '100000', profitCurrency: 'USD' },
      averageSpreadPoints: null,
    },
  ],
  deals: ['2026-09-30', '2026-10-02', '2026-10-06', '2026-10-08'].flatMap((day, at) =>
    trade(day, BigInt(at + 1)),
  ),
};

describe('what is earned so far', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openSettlementScratch();
  }, 60_000);

  afterAll(() => scratch.close());

  it.each([
    ['monthly', '2026-10', 2_100n, 3],
    ['weekly', '2026-W41', 1_400n, 2],
    ['daily', '2026-10-08', 700n, 1],
  ])('%s is that of %s', async (schedule, period, earned, trades) => {
    await withinBook(scratch, book, async (tx) => {
      await rows(tx, 'update plan_set set period = :schedule', { schedule });
      const now = new Date('2026-10-08T12:00:00Z');
      expect(await monthSoFar(tx, { partnerId: 'ptr_root', now })).toMatchObject({
        ...{ kind: schedule, period, trades, earned: { amountMinor: earned } },
        today: { amountMinor: 700n },
      });
    });
  });

  it('begins anew with the period', async () => {
    await withinBook(scratch, book, async (tx) => {
      await rows(tx, `update plan_set set period = 'daily'`);
      const on = async (day: string) =>
        (await monthSoFar(tx, { partnerId: 'ptr_root', now: new Date(`${day}T23:00:00Z`) }))?.earned
          .amountMinor;
      expect([await on('2026-10-06'), await on('2026-10-07'), await on('2026-10-08')]).toEqual([
        700n,
        0n,
        700n,
      ]);
    });
  });
});
