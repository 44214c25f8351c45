import fc from 'fast-check';
import { openScratch, type Scratch } from '../../tests/proofs/scratch';
import { bookArbitrary } from '../../tests/settlement/arbitrary-book';
import {
  type Book,
  entityId,
  seedDeals,
  seedDeposits,
  seedEntity,
  segmentOf,
} from '../../tests/settlement/book';
import { runBook, withinBook } from '../../tests/settlement/run-book';
import { rows, type Tx } from '../connection';
import { refreshMonth, type MonthRefresh } from './month';

/** Plans that are tried; each has a few thousand deals. */
const runs = Number(process.env['MONTH_RUNS'] ?? 4);
const limitMs = 60_000 + runs * 60_000;
const dealsBetween = 1_000;
const noCaps = { perDeal: null, perClient: null, perPeriod: null, lifetimePercent: null };

interface Figure {
  readonly partner: string;
  readonly reason: string;
  readonly amount: string;
  readonly lines: string;
}

function refresh(tx: Tx, of: Book): Promise<MonthRefresh> {
  const { planSet, currency, period, previous } = of;
  const scope = { planSet, entityId, currency, from: period.from, to: period.to, previous };
  return refreshMonth(tx, { ...scope, plans: [segmentOf(of)] });
}

const kept = (tx: Tx): Promise<Figure[]> =>
  rows<Figure>(
    tx,
    `select partner_id as partner, reason, sum(amount_minor)::text as amount, sum(lines)::text as lines from month_figure
     group by 1, 2 order by 1, 2`,
  );

/** What a run over the whole month comes to; without rates that were given, as for the month so far. */
async function whole(tx: Tx, of: Book): Promise<Figure[]> {
  await runBook(tx, { ...of, rates: [] });
  return rows<Figure>(
    tx,
    `select partner_id as partner, reason, sum(amount_minor)::text as amount, count(*)::text as lines from run_line group by 1, 2 order by 1, 2`,
  );
}

describe('the month so far', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openScratch();
    await scratch.asSystem(seedEntity);
  }, 60_000);

  afterAll(() => scratch.close());

  it(
    `is what the whole month comes to, per partner and reason, after every ${dealsBetween} random deals`,
    async () => {
      await fc.assert(
        fc.asyncProperty(bookArbitrary(260, 200), async (of) => {
          const [halfOfDeposits, deposits] = [of.deposits.slice(0, 200), of.deposits.slice(200)];
          const begun = { ...of, deals: [], deposits: halfOfDeposits };
          // Deals come in an order of their own, the later legs of a position before the earlier ones as well.
          const deals = [...of.deals].sort(
            (a, b) => Number((a.ticket * 7919n) % 10_007n) - Number((b.ticket * 7919n) % 10_007n),
          );
          await withinBook(scratch, begun, async (tx) => {
            await refresh(tx, of);
            for (let at = 0; at < deals.length; at += dealsBetween) {
              await seedDeals(tx, of, deals.slice(at, at + dealsBetween));
              if (at === dealsBetween) await seedDeposits(tx, deposits);
              await refresh(tx, of);
              expect(await kept(tx)).toEqual(await whole(tx, of));
            }
          });
        }),
        // A book of thousands of deals is not shrunk while somebody waits: the seed brings it back.
        { numRuns: runs, endOnFailure: true },
      );
    },
    limitMs,
  );

  it('computes only clients of whom something changed, unless the plan makes them depend on each other', async () => {
    const [drawn] = fc.sample(bookArbitrary(40, 40), { numRuns: 1, seed: 4 });
    if (!drawn) throw new Error('nothing was drawn');
    const plan = {
      ...drawn.plan,
      currency: 'USD',
      cpa: null,
      tiers: null,
      volumeBonus: null,
      caps: noCaps,
    };
    const of: Book = {
      ...drawn,
      currency: 'USD',
      plan: { ...plan, rebates: 'first_day' },
      deposits: [],
      deals: drawn.deals.map((deal) => ({ ...deal, currency: 'USD' })),
    };
    const last = of.deals.findLast(({ clientId }) =>
      of.attributions.some((each) => each.clientId === clientId),
    );
    if (!last) throw new Error('no deals were drawn');
    const before = of.deals.filter((deal) => deal !== last);
    await withinBook(scratch, { ...of, deals: before }, async (tx) => {
      const { clients } = await refresh(tx, of);
      expect(clients).toBeGreaterThan(20);
      expect(await refresh(tx, of)).toEqual({ clients: 0, isWhole: false });
      await seedDeals(tx, of, [last]);
      expect(await refresh(tx, of)).toEqual({ clients: 1, isWhole: false });
      expect(await kept(tx)).toEqual(await whole(tx, of));
      const retroactive = {
        by: 'lots',
        of: 'network',
        mode: 'retroactive',
        steps: [{ from: '1', percent: '150' }],
      } as const;
      const withTiers = { ...of, plan: { ...of.plan, tiers: retroactive } };
      expect((await refresh(tx, withTiers)).isWhole).toBe(true);
      expect(await kept(tx)).toEqual(await whole(tx, withTiers));
    });
  }, 60_000);
});
