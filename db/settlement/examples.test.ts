import { defaultPartnerPlan } from '../../domain/partners/default-plan';
import type { PartnerPlan, PlanCpa, PlanGroup, PlanTiers } from '../../domain/partners/plan';
import { openScratch, type Scratch } from '../../tests/proofs/scratch';
import {
  type Book,
  type BookDeal,
  linesOfRun,
  nothingElse,
  plainDeal,
  seedEntity,
} from '../../tests/settlement/book';
import { runBook, withinBook } from '../../tests/settlement/run-book';
import { secondOpinion } from '../../tests/settlement/second-opinion';

const lot = 100_000_000n;

const all: PlanGroup = {
  name: 'All',
  symbols: ['*'],
  ratesPerLot: ['7', '5'],
  spreadPercents: [],
  revenuePercents: [],
  lotModifier: '1',
  minMovePoints: null,
};

/** A trade from its opening to its closing an hour later, of one lot, 20 points in favour, spread 20 points = 20.00 USD. */
interface Trade {
  readonly day?: string;
  readonly side?: 'buy' | 'sell';
  readonly lots?: number;
  readonly client?: string;
  readonly from?: string;
  readonly to?: string;
  readonly points?: number;
  readonly close?: Partial<BookDeal>;
}

function trades(...drawn: readonly Trade[]): BookDeal[] {
  return drawn.flatMap((of, at): BookDeal[] => {
    const { day = '05', side = 'buy', lots = 1, client = 'cl_a', points = 20 } = of;
    const { from = '10:00', to = '11:00' } = of;
    const common = {
      ...plainDeal,
      position: BigInt(at * 10 + 1),
      login: client,
      clientId: client,
      kind: 'trade',
      symbol: 'EURUSD',
      volume: BigInt(Math.round(lots * 100)) * (lot / 100n),
      commissionMinor: 0n,
      currency: 'USD',
      bid: '1.10000',
      ask: '1.10020',
      profitRate: '1',
    } as const;
    const time = (clock: string) => `2026-10-${day}T${clock}:00.000Z`;
    return [
      {
        ...common,
        ticket: BigInt(at * 10 + 1),
        entry: 'in',
        side,
        time: time(from),
        price: '1.10000',
      },
      {
        ...common,
        ticket: BigInt(at * 10 + 2),
        entry: 'out',
        side: side === 'buy' ? 'sell' : 'buy',
        time: time(to),
        price: (1.1 + points / 100_000).toFixed(5),
        ...of.close,
      },
    ];
  });
}

function book(
  deals: readonly BookDeal[],
  plan: Partial<PartnerPlan> = {},
  more: Partial<Book> = {},
): Book {
  return {
    planSet: 'ps_book',
    currency: 'USD',
    plan: { ...defaultPartnerPlan, groups: [all], capAtRevenue: false, tiersMax: 5, ...plan },
    partners: [
      { id: 'ptr_root', parentId: null, level: 1 },
      { id: 'ptr_sub', parentId: 'ptr_root', level: 2 },
    ],
    attributions: ['cl_a', 'cl_b', 'cl_c'].map((clientId) => ({
      clientId,
      partnerId: 'ptr_sub',
      from: '2026-01-01T00:00:00.000Z',
      to: null,
    })),
    symbols: [
      {
        name: 'EURUSD',
        digits: 5,
        contractSize: '100000',
        profitCurrency: 'USD',
        averageSpreadPoints: '10',
      },
    ],
    deals,
    ...nothingElse,
    ...more,
  };
}

/** One level of rates: what the direct partner gets is told apart from the tiers above. */
const alone = { groups: [{ ...all, ratesPerLot: ['10'] }] };
const nothing = { groups: [{ ...all, ratesPerLot: [] }] };

const cpa: PlanCpa = {
  amounts: ['400'],
  firstDepositMin: '200',
  firstDepositHours: 24,
  depositMin: '200',
  lotsMin: '2',
  qualifyWithinDays: 20,
};

const deposits = (...of: readonly (readonly [time: string, amount: bigint])[]): Partial<Book> => ({
  deposits: of.map(([time, amountMinor], at) => ({
    id: `dep_${at}`,
    clientId: 'cl_a',
    time: `2026-10-${time}Z`,
    amountMinor,
    currency: 'USD',
  })),
});

const byLots = (mode: PlanTiers['mode'], of: PlanTiers['of'] = 'own_clients'): PlanTiers => ({
  by: 'lots',
  of,
  mode,
  steps: [{ from: '2', percent: '150' }],
});

type Example = readonly [what: string, book: Book, lines: readonly string[]];

const examples: readonly Example[] = [
  ['difference: parent 7, child 5 gives 2', book(trades({})), ['sub 5.00 PAID', 'root 2.00 PAID']],
  [
    'a fixed sum for the tier above',
    book(trades({}), { override: { by: 'fixed', perLot: '1.25' } }),
    ['sub 5.00 PAID', 'root 1.25 PAID'],
  ],
  [
    'a share of the child',
    book(trades({}), { override: { by: 'percent_of_child', percent: '20' } }),
    ['sub 5.00 PAID', 'root 1.00 PAID'],
  ],
  [
    'a phantom sub-partner: a lot that brought in 5 pays no more than 5',
    book(trades({ lots: 0.25 }), {
      capAtRevenue: true,
      groups: [{ ...all, ratesPerLot: ['28', '20'] }],
    }),
    ['sub 3.57 CAPPED_BY_REVENUE', 'root 1.43 CAPPED_BY_REVENUE'],
  ],
  [
    'hedged: buy 1.5, sells 1.0 and 0.8 that were open together pay 1.5 + 0.3',
    book(
      trades(
        { lots: 1.5, to: '12:00' },
        { lots: 1, side: 'sell', from: '11:00', to: '13:00' },
        { lots: 0.8, side: 'sell', from: '12:30', to: '14:00' },
      ),
      { ...alone, hedged: 'larger_side', tiersMax: 1, override: { by: 'fixed', perLot: '1' } },
    ),
    [
      'sub 15.00 PAID',
      'root 0.00 BEYOND_TIERS',
      'sub 0.00 HEDGED',
      'sub 3.00 PAID',
      'root 0.00 BEYOND_TIERS',
    ],
  ],
  [
    'the same after one another is not hedged',
    book(trades({ lots: 1.5 }, { lots: 1.8, side: 'sell', from: '11:00', to: '12:00' }), {
      ...alone,
      hedged: 'larger_side',
      override: { by: 'percent_of_child', percent: '0' },
    }),
    ['sub 15.00 PAID', 'root 0.00 ZERO_RATE', 'sub 18.00 PAID', 'root 0.00 ZERO_RATE'],
  ],
  [
    'more than 59 points on 5 digits: 59 is not more, 60 is',
    book(trades({ points: 59 }, { points: 60, client: 'cl_b' }), {
      groups: [{ ...all, minMovePoints: 59 }],
    }),
    ['sub 0.00 MIN_MOVE', 'sub 5.00 PAID', 'root 2.00 PAID'],
  ],
  [
    'a hold of an hour: 59 minutes are too short',
    book(trades({ to: '10:59' }, { client: 'cl_b' }), { minHoldSeconds: 3_600 }),
    ['sub 0.00 MIN_HOLD', 'sub 5.00 PAID', 'root 2.00 PAID'],
  ],
  ['open = close', book(trades({ points: 0 })), ['sub 0.00 NOT_QUALIFIED_OPEN_EQUALS_CLOSE']],
  [
    'a stop-out into a negative balance',
    book(trades({ close: { stopOut: true, equityMinor: -1n, creditMinor: 0n } })),
    ['sub 0.00 NEGATIVE_STOP_OUT'],
  ],
  [
    'bonus money: × (equity − credit) ÷ equity',
    book(trades({ close: { equityMinor: 1_000n, creditMinor: 400n } }), {
      bonusMoney: 'own_share',
    }),
    ['sub 3.00 PAID', 'root 1.20 PAID'],
  ],
  [
    'a spread spike: × average ÷ spread',
    book(trades({}), { spikeTimes: '1.5' }),
    ['sub 2.50 PAID', 'root 1.00 PAID'],
  ],
  [
    'a lot modifier',
    book(trades({}), { groups: [{ ...all, lotModifier: '0.1' }] }),
    ['sub 0.50 PAID', 'root 0.20 PAID'],
  ],
  [
    'half at the opening, half at the closing',
    book(trades({}), { payOn: 'half' }),
    ['sub 2.50 PAID', 'root 1.00 PAID', 'sub 2.50 PAID', 'root 1.00 PAID'],
  ],
  ['all at the opening', book(trades({}), { payOn: 'open' }), ['sub 5.00 PAID', 'root 2.00 PAID']],
  [
    'a hybrid: 2 a lot, a tenth of the spread, a fifth of the revenue',
    book(trades({ close: { commissionMinor: -500n } }), {
      override: { by: 'percent_of_child', percent: '50' },
      groups: [{ ...all, ratesPerLot: ['2'], spreadPercents: ['10'], revenuePercents: ['20'] }],
    }),
    [
      'sub 2.00 PAID',
      'sub 2.00 PAID spread',
      'sub 5.00 PAID revenue',
      'root 1.00 PAID',
      'root 1.00 PAID spread',
      'root 2.50 PAID revenue',
    ],
  ],
  [
    'clients’ losses as revenue: a client who won makes the share negative',
    book(trades({ close: { profitMinor: 5_000n } }), {
      groups: [{ ...all, ratesPerLot: [], revenuePercents: ['50', '30'] }],
      revenue: { swapPercent: '0', costPercent: '0', clientLosses: true },
    }),
    ['sub -9.00 PAID revenue', 'root -6.00 PAID revenue'],
  ],
  [
    'prospective tier: the lot that reaches two lots is paid as before, the next at 150 %',
    book(trades({ day: '01' }, { day: '02' }, { day: '03' }), {
      tiers: byLots('prospective'),
      override: { by: 'percent_of_child', percent: '0' },
      tiersMax: 1,
    }),
    [
      'sub 5.00 PAID',
      'root 0.00 BEYOND_TIERS',
      'sub 5.00 PAID',
      'root 0.00 BEYOND_TIERS',
      'sub 7.50 PAID',
      'root 0.00 BEYOND_TIERS',
    ],
  ],
  [
    'retroactive tier: every lot of the period at 150 %; the difference to the parent is gone',
    book(trades({ day: '01' }, { day: '02' }), { tiers: byLots('retroactive') }),
    ['sub 7.50 PAID', 'root 0.00 NO_DIFFERENCE', 'sub 7.50 PAID', 'root 0.00 NO_DIFFERENCE'],
  ],
  [
    'a tier by the network’s volume raises the parent as well',
    book(trades({ day: '01' }, { day: '02' }), { tiers: byLots('retroactive', 'network') }),
    ['sub 7.50 PAID', 'root 3.00 PAID', 'sub 7.50 PAID', 'root 3.00 PAID'],
  ],
  [
    'a tier by active clients: the third client is the first to be paid more',
    book(trades({ day: '01' }, { day: '02', client: 'cl_b' }, { day: '03', client: 'cl_c' }), {
      tiers: {
        by: 'active_clients',
        of: 'network',
        mode: 'prospective',
        steps: [{ from: '2', percent: '200' }],
      },
    }),
    [
      'sub 5.00 PAID',
      'root 2.00 PAID',
      'sub 5.00 PAID',
      'root 2.00 PAID',
      'sub 10.00 PAID',
      'root 4.00 PAID',
    ],
  ],
  [
    'volume bonus: 0.50 for each lot when there are two',
    book(trades({}, { client: 'cl_b' }), {
      tiersMax: 1,
      volumeBonus: [{ fromLots: '2', perLot: '0.50' }],
    }),
    [
      'sub 5.00 PAID',
      'root 0.00 BEYOND_TIERS',
      'sub 5.00 PAID',
      'root 0.00 BEYOND_TIERS',
      'sub 1.00 PAID volume_bonus',
    ],
  ],
  [
    'no more than 5 for a deal, shared by largest remainder',
    book(trades({}), {
      caps: { perDeal: '5', perClient: null, perPeriod: null, lifetimePercent: null },
    }),
    ['sub 3.57 CAPPED_PER_DEAL', 'root 1.43 CAPPED_PER_DEAL'],
  ],
  [
    'no more than 8 for a client, 6 for a partner',
    book(trades({}, { day: '06' }), {
      caps: { perDeal: null, perClient: '8', perPeriod: '5', lifetimePercent: null },
    }),
    [
      'sub 2.50 CAPPED_PER_PERIOD',
      'root 1.14 CAPPED_PER_CLIENT',
      'sub 2.50 CAPPED_PER_PERIOD',
      'root 1.14 CAPPED_PER_CLIENT',
    ],
  ],
  [
    'CPA: 100 and 150 within 24 hours are a first-time deposit of 250, and two lots qualify',
    book(
      trades({ day: '08', lots: 2 }),
      { ...nothing, cpa },
      deposits(['05T08:00:00.000', 10_000n], ['06T07:59:59.999', 15_000n]),
    ),
    ['sub 0.00 ZERO_RATE', 'sub 400.00 PAID cpa', 'root 0.00 NO_DIFFERENCE cpa'],
  ],
  [
    'CPA: the second deposit after 24 hours is not the first-time deposit’s',
    book(
      trades({ day: '08', lots: 2 }),
      { ...nothing, cpa },
      deposits(['05T08:00:00.000', 10_000n], ['06T08:00:00.000', 15_000n]),
    ),
    ['sub 0.00 ZERO_RATE', 'sub 0.00 CPA_FIRST_DEPOSIT cpa'],
  ],
  [
    'CPA: lots after the days to qualify come too late',
    book(
      trades({ day: '08' }, { day: '26', lots: 5 }),
      { ...nothing, cpa },
      deposits(['05T08:00:00.000', 25_000n]),
    ),
    ['sub 0.00 ZERO_RATE', 'sub 0.00 ZERO_RATE', 'sub 0.00 CPA_LOTS cpa'],
  ],
  [
    'CPA: paid once',
    book(
      trades({ day: '08', lots: 2 }),
      { ...nothing, cpa },
      {
        ...deposits(['05T08:00:00.000', 25_000n]),
        previous: {
          qualified: [{ clientId: 'cl_a', at: '2026-09-30T00:00:00.000Z' }],
          clients: [],
        },
      },
    ),
    ['sub 0.00 ZERO_RATE'],
  ],
  [
    'CPA: not for family',
    book(
      trades({ day: '08', lots: 2 }),
      { ...nothing, cpa },
      {
        ...deposits(['05T08:00:00.000', 25_000n]),
        attributions: [
          {
            clientId: 'cl_a',
            partnerId: 'ptr_sub',
            from: '2026-01-01T00:00:00.000Z',
            to: null,
            related: 'family',
          },
        ],
      },
    ),
    ['sub 0.00 ZERO_RATE', 'sub 0.00 CPA_RELATED cpa'],
  ],
  [
    'hybrid: rebates only after the CPA, and together no more than half of what the client ever brought in',
    book(
      trades({ day: '07' }, { day: '08' }, { day: '09' }),
      {
        cpa: { ...cpa, amounts: ['60'] },
        rebates: 'after_cpa',
        tiersMax: 1,
        caps: { perDeal: null, perClient: null, perPeriod: null, lifetimePercent: '50' },
      },
      deposits(['05T08:00:00.000', 25_000n]),
    ),
    // Three lots brought in 60.00: no more than 30.00 for two lots of 5.00 and a CPA of 60.00.
    [
      'sub 0.00 BEFORE_CPA',
      'sub 2.14 CAPPED_BY_LIFETIME',
      'root 0.00 BEYOND_TIERS',
      'sub 2.14 CAPPED_BY_LIFETIME',
      'root 0.00 BEYOND_TIERS',
      'sub 25.72 CAPPED_BY_LIFETIME cpa',
      'root 0.00 BEYOND_TIERS cpa',
    ],
  ],
];

describe('the rules of commission, one by one', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openScratch();
    await scratch.asSystem(seedEntity);
  }, 60_000);

  afterAll(() => scratch.close());

  const inWords = (lines: ReturnType<typeof secondOpinion>): string[] =>
    lines.map(({ partner, amountMinor, reason, component }) => {
      const digits = amountMinor.replace('-', '').padStart(3, '0');
      const amount = `${amountMinor.startsWith('-') ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
      const kind = component === 'per_lot' ? '' : ` ${component}`;
      return `${partner.replace('ptr_', '')} ${amount} ${reason}${kind}`;
    });

  it.each(examples)('%s', async (_, of, lines) => {
    expect(inWords(secondOpinion(of))).toEqual(lines);
    const computed = await withinBook(scratch, of, async (tx) => {
      await runBook(tx, of);
      return inWords(await linesOfRun(tx));
    });
    expect(computed).toEqual(lines);
  });
});
