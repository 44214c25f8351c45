import fc from 'fast-check';
import type { OverrideRule, PartnerPlan, PlanGroup } from '../../domain/partners/plan';
import type { Book, BookAttribution, BookDeal, BookPartner, BookSymbol } from './book';

const symbols: readonly BookSymbol[] = [
  {
    name: 'EURUSD',
    digits: 5,
    contractSize: '100000',
    profitCurrency: 'USD',
    averageSpreadPoints: '11.5',
  },
  {
    name: 'USDJPY',
    digits: 3,
    contractSize: '100000',
    profitCurrency: 'JPY',
    averageSpreadPoints: null,
  },
  { name: 'GER40', digits: 1, contractSize: '1', profitCurrency: 'EUR', averageSpreadPoints: '14' },
  {
    name: 'XAUUSD',
    digits: 2,
    contractSize: '100',
    profitCurrency: 'USD',
    averageSpreadPoints: null,
  },
];

const decimal = (max: number, digits: number): fc.Arbitrary<string> =>
  fc
    .integer({ min: 0, max: max * 10 ** digits })
    .map((value) => (value / 10 ** digits).toFixed(digits));

const ratesPerLot = fc.array(decimal(12, 3), { minLength: 1, maxLength: 4 });
const minMovePoints = fc.option(fc.integer({ min: 0, max: 30 }));

const groups: fc.Arbitrary<PlanGroup[]> = fc
  .tuple(ratesPerLot, ratesPerLot, minMovePoints, minMovePoints, fc.boolean())
  .map(([metals, rest, metalMove, restMove, everything]) => [
    { name: 'Metals', symbols: ['XAU*'], ratesPerLot: metals, minMovePoints: metalMove },
    {
      name: 'Rest',
      symbols: everything ? ['*'] : ['EURUSD', 'GER*'],
      ratesPerLot: rest,
      minMovePoints: restMove,
    },
  ]);

const override: fc.Arbitrary<OverrideRule> = fc.oneof(
  fc.constant<OverrideRule>({ by: 'difference' }),
  decimal(3, 2).map((perLot): OverrideRule => ({ by: 'fixed', perLot })),
  decimal(100, 1).map((percent): OverrideRule => ({ by: 'percent_of_child', percent })),
);

const plan: fc.Arbitrary<PartnerPlan> = fc.record({
  currency: fc.constantFrom('USD', 'EUR'),
  payOn: fc.constant('close' as const),
  groups,
  minHoldSeconds: fc.option(fc.integer({ min: 0, max: 7_200 })),
  override,
  tiersMax: fc.integer({ min: 1, max: 5 }),
  capAtRevenue: fc.boolean(),
  minimumPayout: fc.constant('0.00'),
  latenessMinutes: fc.constant(0),
});

/** A forest: each partner's parent comes before it, or there is none. */
const partners: fc.Arbitrary<BookPartner[]> = fc
  .array(fc.tuple(fc.nat(), fc.boolean(), fc.integer({ min: 0, max: 20 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((drawn) => {
    const made: BookPartner[] = [];
    drawn.forEach(([pick, isRoot, client], position) => {
      const parent = isRoot ? undefined : made[pick % Math.max(1, position)];
      made.push({
        id: `ptr_${position}`,
        parentId: parent?.id ?? null,
        level: (parent?.level ?? 0) + 1,
        ...(client < 3 ? { clientId: `cl_${client}` } : {}),
      });
    });
    return made;
  });

const september = Date.parse('2026-09-20T00:00:00Z');
const spanMinutes = 50 * 24 * 60;
const moment = (minutes: number): string =>
  new Date(september + minutes * 60_000 + (minutes % 7) * 137).toISOString();

interface Leg {
  readonly minutes: number;
  readonly entry: BookDeal['entry'];
  readonly kind: BookDeal['kind'];
  readonly volume: bigint;
  readonly step: number;
  readonly spread: number | null;
  readonly commission: number;
  readonly isRateKnown: boolean;
}

const leg: fc.Arbitrary<Leg> = fc.record({
  minutes: fc.integer({ min: 0, max: spanMinutes }),
  entry: fc.constantFrom('in', 'in', 'out', 'out', 'out', 'reverse'),
  kind: fc.constantFrom('trade', 'trade', 'trade', 'trade', 'cancelled'),
  volume: fc.bigInt({ min: 1n, max: 300_000_000n }),
  step: fc.integer({ min: 0, max: 3 }),
  spread: fc.option(fc.integer({ min: 0, max: 30 }), { freq: 4 }),
  commission: fc.integer({ min: -700, max: 20 }),
  isRateKnown: fc.boolean().map((drawn) => drawn),
});

const position = fc.record({
  client: fc.integer({ min: 0, max: 3 }),
  symbol: fc.constantFrom(...symbols),
  start: fc.integer({ min: 0, max: spanMinutes }),
  legs: fc.array(leg, { minLength: 1, maxLength: 5 }),
  isTidy: fc.boolean(),
});

type Position = typeof position extends fc.Arbitrary<infer T> ? T : never;

const attribution = fc.record({
  client: fc.integer({ min: 0, max: 3 }),
  cuts: fc.uniqueArray(fc.integer({ min: 0, max: spanMinutes }), { minLength: 1, maxLength: 4 }),
  picks: fc.array(fc.option(fc.nat()), { minLength: 5, maxLength: 5 }),
});

/** Random networks, plans, moves of clients and positions, tidy ones and such as should not be. */
export const bookArbitrary: fc.Arbitrary<Book> = fc
  .record({
    currency: fc.constantFrom('USD', 'EUR', 'JPY'),
    plan,
    partners,
    attributions: fc.uniqueArray(attribution, {
      selector: ({ client }) => client,
      minLength: 1,
      maxLength: 4,
    }),
    positions: fc.array(position, { minLength: 1, maxLength: 8 }),
  })
  .map((drawn) => ({
    planSet: 'ps_book',
    currency: drawn.currency,
    plan: drawn.plan,
    partners: drawn.partners,
    symbols,
    attributions: drawn.attributions.flatMap((of) => intervals(of, drawn.partners)),
    deals: drawn.positions.flatMap(dealsOf),
  }));

function intervals(
  { client, cuts, picks }: { client: number; cuts: number[]; picks: (number | null)[] },
  network: readonly BookPartner[],
): BookAttribution[] {
  const bounds = [...cuts].sort((a, b) => a - b);
  return bounds.flatMap((start, index): BookAttribution[] => {
    const partner = network[(picks[index] ?? 0) % network.length];
    if (picks[index] === null || !partner) return [];
    const end = bounds[index + 1];
    return [
      {
        clientId: `cl_${client}`,
        partnerId: partner.id,
        from: moment(start),
        to: end === undefined ? null : moment(end),
      },
    ];
  });
}

function dealsOf(drawn: Position, index: number): BookDeal[] {
  const currency = drawn.client % 2 === 0 ? 'USD' : 'EUR';
  const { symbol } = drawn;
  const base = symbol.name === 'USDJPY' ? 150 : symbol.name === 'EURUSD' ? 1.1 : 2_000;
  return drawn.legs.map((one, order) => {
    // A tidy position is opened first and closed by what follows, in order.
    const entry = !drawn.isTidy ? one.entry : order === 0 ? 'in' : 'out';
    const minutes = drawn.isTidy ? drawn.start + order * (one.minutes % 240) : one.minutes;
    const points = Math.round(base * 10 ** symbol.digits) + one.step * 10;
    const price = (value: number) => (value / 10 ** symbol.digits).toFixed(symbol.digits);
    const isClosingAll = entry === 'reverse';
    return {
      ticket: BigInt(index * 100 + order + 1),
      position: BigInt(index + 1),
      time: moment(minutes),
      login: `50${drawn.client}`,
      clientId: `cl_${drawn.client}`,
      kind: one.kind,
      entry,
      symbol: symbol.name,
      volume: one.volume,
      ...(isClosingAll ? { closed: (one.volume + 1n) / 2n } : {}),
      price: price(points),
      commissionMinor: BigInt(one.commission),
      currency,
      bid: one.spread === null ? null : price(points),
      ask: one.spread === null ? null : price(points + one.spread),
      profitRate: one.isRateKnown || order === 0 ? rateOf(symbol.profitCurrency, currency) : null,
    };
  });
}

function rateOf(from: string, to: string): string {
  if (from === to) return '1';
  const rates: Readonly<Record<string, string>> = {
    'USD/EUR': '0.92251847',
    'EUR/USD': '1.08400000',
    'JPY/USD': '0.00661157',
    'JPY/EUR': '0.00609929',
  };
  return rates[`${from}/${to}`] ?? '1';
}
