import fc from 'fast-check';
import { defaultPartnerPlan } from '../../domain/partners/default-plan';
import type { PartnerPlan, PlanGroup } from '../../domain/partners/plan';
import { openScratch, type Scratch } from '../../tests/proofs/scratch';
import { bookArbitrary } from '../../tests/settlement/arbitrary-book';
import {
  type Book,
  type BookDeal,
  type BookLine,
  linesOfRun,
  nothingElse,
  plainDeal,
  seedDeals,
  seedEntity,
} from '../../tests/settlement/book';
import { runBook, withinBook } from '../../tests/settlement/run-book';
import { secondOpinion } from '../../tests/settlement/second-opinion';
import { rows, type Tx } from '../connection';
import { explainedLines } from './lines.sql';

const lot = 100_000_000n;

/** Plans that are tried, each with several networks; a run may take so long on a busy machine. */
const runs = Number(process.env['SETTLEMENT_RUNS'] ?? 40);
const islandsMax = 10;
const limitMs = 60_000 + runs * 4_000;

const eurusd = {
  name: 'EURUSD',
  digits: 5,
  contractSize: '100000',
  profitCurrency: 'USD',
  averageSpreadPoints: null,
};

function deal(changes: Partial<BookDeal>): BookDeal {
  return {
    ticket: 1n,
    position: 1n,
    time: '2026-10-05T10:00:00.000Z',
    login: '5001',
    clientId: 'cl_a',
    kind: 'trade',
    entry: 'in',
    symbol: 'EURUSD',
    volume: lot,
    price: '1.10000',
    commissionMinor: 0n,
    currency: 'USD',
    bid: '1.10000',
    ask: '1.10020',
    profitRate: '1',
    ...plainDeal,
    ...changes,
  };
}

/** Opened and closed an hour later with 20 points in favour: 1 lot, spread 20 points = 20.00 USD. */
function roundTrip(changes: Partial<BookDeal> = {}, close: Partial<BookDeal> = {}): BookDeal[] {
  const opened = deal(changes);
  return [
    opened,
    deal({
      ...changes,
      ticket: opened.ticket + 1n,
      entry: 'out',
      time: '2026-10-05T11:00:00.000Z',
      price: '1.10020',
      ...close,
    }),
  ];
}

function groupOfAll(changes: Partial<PlanGroup>): PlanGroup {
  return {
    name: 'All',
    symbols: ['*'],
    ratesPerLot: ['7', '5'],
    spreadPercents: [],
    revenuePercents: [],
    lotModifier: '1',
    minMovePoints: null,
    ...changes,
  };
}

/** A root at 7 and a sub-partner at 5, whose client trades. */
function book(changes: Partial<Book> = {}, plan: Partial<PartnerPlan> = {}): Book {
  return {
    planSet: 'ps_book',
    currency: 'USD',
    plan: { ...defaultPartnerPlan, ...plan },
    partners: [
      { id: 'ptr_root', parentId: null, level: 1 },
      { id: 'ptr_sub', parentId: 'ptr_root', level: 2 },
    ],
    attributions: [
      { clientId: 'cl_a', partnerId: 'ptr_sub', from: '2026-01-01T00:00:00.000Z', to: null },
    ],
    symbols: [eurusd],
    deals: roundTrip(),
    ...nothingElse,
    ...changes,
  };
}

describe('the settlement engine', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openScratch();
    await scratch.asSystem(seedEntity);
  }, 60_000);

  afterAll(() => scratch.close());

  const within = <T>(of: Book, work: (tx: Tx) => Promise<T>): Promise<T> =>
    withinBook(scratch, of, work);

  const linesOf = (of: Book): Promise<BookLine[]> =>
    within(of, async (tx) => {
      await runBook(tx, of);
      return linesOfRun(tx);
    });

  const summary = async (of: Book) =>
    (await linesOf(of)).map(({ partner, reason, amountMinor }) => [partner, reason, amountMinor]);

  it('pays the sub-partner 5 and the parent the difference of 7 and 5', async () => {
    expect(await summary(book())).toEqual([
      ['ptr_sub', 'PAID', '500'],
      ['ptr_root', 'PAID', '200'],
    ]);
  });

  it('pays a parent a fixed sum or a share of the tier below', async () => {
    expect(await summary(book({}, { override: { by: 'fixed', perLot: '1.25' } }))).toEqual([
      ['ptr_sub', 'PAID', '500'],
      ['ptr_root', 'PAID', '125'],
    ]);
    expect(
      await summary(book({}, { override: { by: 'percent_of_child', percent: '15' } })),
    ).toEqual([
      ['ptr_sub', 'PAID', '500'],
      ['ptr_root', 'PAID', '75'],
    ]);
  });

  it('says that nothing is left where the sub-partner has as much as its parent', async () => {
    const groups = [groupOfAll({ ratesPerLot: ['5'] })];
    expect(await summary(book({}, { groups }))).toEqual([
      ['ptr_sub', 'PAID', '500'],
      ['ptr_root', 'NO_DIFFERENCE', '0'],
    ]);
  });

  it.each([
    ['0.001', '0', 'ROUNDS_TO_ZERO'],
    ['0.003', '2', 'PAID'],
    ['0.005', '2', 'PAID'],
    ['0.007', '4', 'PAID'],
  ])('rounds %s lots at 5 a lot half to even: %s', async (lots, amount, reason) => {
    const volume = BigInt(Math.round(Number(lots) * 1e8));
    const [line] = await linesOf(book({ deals: roundTrip({ volume }) }));
    expect(line).toMatchObject({ amountMinor: amount, reason });
  });

  it('gives all tiers together no more than the deal brought in, by largest remainder', async () => {
    // Spread of 2.00 USD and commission of 0.51: 251 for 5 + 2; 179.29 and 71.71.
    const market = { bid: '1.10000', ask: '1.10002', commissionMinor: -51n };
    const deals = roundTrip(market, { commissionMinor: 0n });
    expect(await summary(book({ deals }))).toEqual([
      ['ptr_sub', 'CAPPED_BY_REVENUE', '179'],
      ['ptr_root', 'CAPPED_BY_REVENUE', '72'],
    ]);
    expect((await summary(book({ deals }, { capAtRevenue: false }))).map(([, , a]) => a)).toEqual([
      '500',
      '200',
    ]);
  });

  it('pays nothing for a deal that closed at its opening price', async () => {
    const deals = roundTrip({}, { price: '1.10000' });
    expect(await summary(book({ deals }))).toEqual([
      ['ptr_sub', 'NOT_QUALIFIED_OPEN_EQUALS_CLOSE', '0'],
    ]);
  });

  it('asks for a hold and a movement when the plan does', async () => {
    expect(await summary(book({}, { minHoldSeconds: 3_600 }))).toContainEqual([
      'ptr_sub',
      'PAID',
      '500',
    ]);
    expect(await summary(book({}, { minHoldSeconds: 3_601 }))).toEqual([
      ['ptr_sub', 'MIN_HOLD', '0'],
    ]);
    const moving = (minMovePoints: number) => ({
      groups: [groupOfAll({ minMovePoints })],
    });
    expect(await summary(book({}, moving(20)))).toEqual([['ptr_sub', 'MIN_MOVE', '0']]);
    expect((await summary(book({}, moving(19)))).length).toBe(2);
  });

  it('writes a line for each part of a position that was closed', async () => {
    const [opened] = roundTrip({ volume: 3n * lot });
    const close = (ticket: bigint, volume: bigint, hour: number) =>
      deal({
        ticket,
        entry: 'out',
        volume,
        time: `2026-10-05T${hour}:00:00.000Z`,
        price: '1.2',
      });
    const deals = opened ? [opened, close(2n, lot, 12), close(3n, lot / 2n, 13)] : [];
    const lines = await linesOf(book({ deals }));
    expect(lines.filter(({ tier }) => tier === 1)).toEqual([
      expect.objectContaining({ tickets: ['1', '2'], lotsE8: '100000000', amountMinor: '500' }),
      expect.objectContaining({ tickets: ['1', '3'], lotsE8: '50000000', amountMinor: '250' }),
    ]);
  });

  it('names what was closed without an opening on record, and what was cancelled', async () => {
    const [, out] = roundTrip();
    const cancelled = deal({ ticket: 9n, position: 9n, entry: 'out', kind: 'cancelled' });
    expect(await summary(book({ deals: out ? [out, cancelled] : [] }))).toEqual([
      ['ptr_sub', 'NO_OPENING', '0'],
      ['ptr_sub', 'CANCELLED', '0'],
    ]);
  });

  it('pays whoever had the client when the deal was closed, and nobody where nobody had', async () => {
    const attributions = [
      {
        clientId: 'cl_a',
        partnerId: 'ptr_root',
        from: '2026-01-01T00:00:00Z',
        to: '2026-10-10T00:00:00Z',
      },
      { clientId: 'cl_a', partnerId: 'ptr_sub', from: '2026-10-20T00:00:00Z', to: null },
    ];
    const on = (day: string, ticket: bigint) =>
      roundTrip(
        { ticket, position: ticket, time: `2026-10-${day}T10:00:00.000Z` },
        { time: `2026-10-${day}T11:00:00.000Z` },
      );
    const deals = [...on('05', 1n), ...on('15', 11n), ...on('25', 21n)];
    expect(await summary(book({ attributions, deals }))).toEqual([
      ['ptr_root', 'PAID', '700'],
      ['ptr_sub', 'PAID', '500'],
      ['ptr_root', 'PAID', '200'],
    ]);
  });

  it('pays partners nothing for their own trades', async () => {
    const partners = [
      { id: 'ptr_root', parentId: null, level: 1 },
      { id: 'ptr_sub', parentId: 'ptr_root', level: 2, clientId: 'cl_a' },
    ];
    expect(await summary(book({ partners }))).toEqual([
      ['ptr_sub', 'OWN_TRADES', '0'],
      ['ptr_root', 'PAID', '200'],
    ]);
  });

  it('converts at the last rate of the period and says where it is from', async () => {
    const euro = { currency: 'EUR', profitRate: '0.92' };
    const of = book({ currency: 'EUR', deals: roundTrip(euro) });
    const explained = await within(of, async (tx) => {
      await runBook(tx, of);
      return (
        await rows<{
          conversion: string;
          amount_minor: string;
          explanation: Record<string, string>;
        }>(
          tx,
          `select conversion, amount_minor, explained as explanation from (${explainedLines}) l order by line`,
        )
      ).at(0) as { conversion: string; amount_minor: string; explanation: Record<string, string> };
    });
    expect(explained).toMatchObject({ conversion: '0.92', amount_minor: '460' });
    expect(explained.explanation['conversionSource']).toBe('deal mt5-book/2');
  });

  it('pays nothing and says so where no rate is known', async () => {
    expect(await summary(book({ currency: 'EUR' }))).toEqual([
      ['ptr_sub', 'NO_CONVERSION', '0'],
      ['ptr_root', 'NO_CONVERSION', '0'],
    ]);
  });

  it('refuses two partners for one deal instead of paying both', async () => {
    const twice = book();
    const attributions = [
      ...twice.attributions,
      {
        clientId: 'cl_a',
        partnerId: 'ptr_root',
        from: '2026-02-01T00:00:00Z',
        to: '2026-12-01T00:00:00Z',
      },
    ];
    await expect(linesOf({ ...twice, attributions })).rejects.toThrow(/run_event_pkey/);
  });

  describe('hashes', () => {
    const many = book({
      deals: [1n, 11n, 21n].flatMap((ticket) => roundTrip({ ticket, position: ticket })),
    });

    it('are the same when it runs again and when the deals came in another order', async () => {
      const first = await within(many, async (tx) => [
        await runBook(tx, many),
        await runBook(tx, many),
      ]);
      expect(first[1]).toEqual(first[0]);
      const reversed = { ...many, deals: [...many.deals].reverse() };
      expect(await within(reversed, (tx) => runBook(tx, reversed))).toEqual(first[0]);
    });

    it('change with a deal that comes late', async () => {
      const [before, after] = await within(many, async (tx) => {
        const present = await runBook(tx, many);
        await seedDeals(tx, many, roundTrip({ ticket: 31n, position: 31n }));
        return [present, await runBook(tx, many)] as const;
      });
      expect(after.inputHash).not.toBe(before.inputHash);
      expect(after.resultHash).not.toBe(before.resultHash);
      expect(after.totalMinor).toBe(before.totalMinor + 700n);
    });

    it('of the input change where a deal was edited without any effect on the amounts', async () => {
      const [before, after] = await within(many, async (tx) => {
        const present = await runBook(tx, many);
        await tx.sql('deal').where({ ticket: 2 }).update({ price: '1.10021' });
        return [present, await runBook(tx, many)] as const;
      });
      expect(after.inputHash).not.toBe(before.inputHash);
      expect(after.resultHash).toBe(before.resultHash);
    });
  });

  it(
    `agrees with a second opinion to the last minor unit, on ${runs} plans with up to ${islandsMax} networks each`,
    async () => {
      await fc.assert(
        fc.asyncProperty(bookArbitrary(islandsMax), async (of) => {
          expect(await linesOf(of)).toEqual(secondOpinion(of));
        }),
        { numRuns: runs },
      );
    },
    limitMs,
  );
});
