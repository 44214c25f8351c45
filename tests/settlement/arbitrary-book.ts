import fc from 'fast-check';
import { defaultPartnerPlan } from '../../domain/partners/default-plan';
import type { NetworkMove } from '../../domain/partners/places';
import type {
  OverrideRule,
  PartnerPlan,
  PlanCaps,
  PlanCpa,
  PlanGroup,
  PlanTiers,
} from '../../domain/partners/plan';
import {
  type Book,
  type BookAttribution,
  type BookDeal,
  type BookDeposit,
  type BookPartner,
  type BookPeriod,
  type BookSymbol,
  period,
  shorterPeriods,
} from './book';

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

const atLevels = <T>(each: fc.Arbitrary<T>) => fc.array(each, { minLength: 1, maxLength: 4 });
/** Most plans have few kinds of rates. */
const perhaps = <T>(each: fc.Arbitrary<readonly T[]>, freq = 2): fc.Arbitrary<readonly T[]> =>
  fc.option(each, { freq, nil: [] });
const seldom = <T>(each: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: each });
const ratesPerLot = atLevels(decimal(12, 3));
const percents = atLevels(decimal(60, 1));
const minMovePoints = fc.option(fc.integer({ min: 0, max: 30 }));

const rates = fc.record({
  ratesPerLot: perhaps(ratesPerLot, 5),
  spreadPercents: perhaps(percents),
  revenuePercents: perhaps(percents),
  lotModifier: fc.constantFrom('1', '1', '0.1', '2.5'),
  minMovePoints,
});

const groups: fc.Arbitrary<PlanGroup[]> = fc
  .tuple(rates, rates, fc.boolean())
  .map(([metals, rest, everything]) => [
    { name: 'Metals', symbols: ['XAU*'], ...metals },
    { name: 'Rest', symbols: everything ? ['*'] : ['EURUSD', 'GER*'], ...rest },
  ]);

const override: fc.Arbitrary<OverrideRule> = fc.oneof(
  fc.constant<OverrideRule>({ by: 'difference' }),
  decimal(3, 2).map((perLot): OverrideRule => ({ by: 'fixed', perLot })),
  decimal(100, 1).map((percent): OverrideRule => ({ by: 'percent_of_child', percent })),
);

const rising = (max: number, digits: number) =>
  fc
    .uniqueArray(fc.integer({ min: 1, max: max * 10 ** digits }), { minLength: 1, maxLength: 3 })
    .map((steps) =>
      steps.sort((a, b) => a - b).map((step) => (step / 10 ** digits).toFixed(digits)),
    );

const tiers: fc.Arbitrary<PlanTiers> = fc
  .record({
    by: fc.constantFrom('lots' as const, 'active_clients' as const),
    of: fc.constantFrom('own_clients' as const, 'network' as const),
    mode: fc.constantFrom('prospective' as const, 'retroactive' as const),
    lots: rising(6, 2),
    clients: rising(3, 0),
    percents: fc.array(decimal(250, 1), { minLength: 3, maxLength: 3 }),
  })
  .map(({ lots, clients, percents: drawn, ...rest }) => ({
    ...rest,
    steps: (rest.by === 'lots' ? lots : clients).map((from, position) => ({
      from,
      percent: drawn[position] ?? '100',
    })),
  }));

const cpa: fc.Arbitrary<PlanCpa> = fc.record({
  amounts: atLevels(decimal(300, 2)),
  firstDepositMin: decimal(300, 2),
  firstDepositHours: fc.constantFrom(24, 48),
  depositMin: decimal(500, 2),
  lotsMin: fc.oneof(fc.constant('0'), decimal(4, 2)),
  qualifyWithinDays: fc.constantFrom(5, 20, 30),
});

const caps: fc.Arbitrary<PlanCaps> = fc.record({
  perDeal: seldom(decimal(15, 2)),
  perClient: seldom(decimal(40, 2)),
  perPeriod: seldom(decimal(60, 2)),
  lifetimePercent: seldom(decimal(100, 1)),
});

const volumeBonus = rising(5, 2).chain((steps) =>
  fc
    .array(decimal(3, 2), { minLength: steps.length, maxLength: steps.length })
    .map((perLot) => steps.map((fromLots, at) => ({ fromLots, perLot: perLot[at] ?? '1' }))),
);

const plan: fc.Arbitrary<PartnerPlan> = fc
  .record({
    currency: fc.constantFrom('USD', 'EUR'),
    payOn: fc.constantFrom('close' as const, 'close' as const, 'half' as const, 'open' as const),
    groups,
    minHoldSeconds: fc.option(fc.integer({ min: 0, max: 7_200 })),
    hedged: fc.constantFrom('all' as const, 'larger_side' as const),
    bonusMoney: fc.constantFrom('full' as const, 'own_share' as const),
    spikeTimes: fc.option(decimal(2, 1)),
    negativeStopOut: fc.constantFrom('paid' as const, 'unpaid' as const),
    ownTrades: fc.constantFrom('paid' as const, 'unpaid' as const, 'unpaid' as const),
    revenue: fc.record({
      swapPercent: fc.constantFrom('0', '33.3'),
      costPercent: fc.constantFrom('0', '12.5'),
      clientLosses: fc.boolean(),
    }),
    override,
    tiersMax: fc.integer({ min: 1, max: 5 }),
    capAtRevenue: fc.boolean(),
    caps,
    tiers: seldom(tiers),
    cpa: fc.option(cpa, { freq: 2 }),
    rebates: fc.constantFrom('first_day' as const, 'first_day' as const, 'after_cpa' as const),
    volumeBonus: seldom(volumeBonus),
    paidOn: fc.constant({ ofMonth: null, ofWeek: null }),
    ending: fc.constant(defaultPartnerPlan.ending),
    checks: fc.constant(defaultPartnerPlan.checks),
    minimumPayout: fc.constant('0.00'),
    negativeCarryOver: fc.boolean(),
    clawBackDays: fc.constant(180),
    latenessMinutes: fc.constant(0),
  })
  // Rules on closings do not go with a plan that pays openings alone; the engine need not know that.
  .map((drawn) => (drawn.payOn === 'open' ? { ...drawn, minHoldSeconds: null } : drawn));

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

const networkMove = fc.record({
  partner: fc.nat(),
  /** Null is the top. */
  parent: fc.option(fc.nat(), { freq: 4 }),
  minute: fc.integer({ min: 0, max: 50 * 24 * 60 }),
});

const ending = fc.record({
  partner: fc.nat(),
  state: fc.constantFrom('terminated' as const, 'deceased' as const),
  minute: fc.integer({ min: 0, max: 50 * 24 * 60 }),
});

/** The moves that a network takes: none below itself. */
function movesOf(
  drawn: readonly { partner: number; parent: number | null; minute: number }[],
  network: readonly BookPartner[],
): NetworkMove[] {
  const parents = new Map(network.map(({ id, parentId }) => [id, parentId]));
  const isBelow = (id: string | null, above: string): boolean =>
    id !== null && (id === above || isBelow(parents.get(id) ?? null, above));
  return [...drawn]
    .sort((a, b) => a.minute - b.minute)
    .flatMap(({ partner, parent, minute }): NetworkMove[] => {
      const id = network[partner % network.length]?.id ?? '';
      const parentId = parent === null ? null : (network[parent % network.length]?.id ?? null);
      if (isBelow(parentId, id)) return [];
      parents.set(id, parentId);
      return [{ partnerId: id, parentId, at: minuteOf(minute) }];
    });
}

const september = Date.parse('2026-09-20T00:00:00Z');
const spanMinutes = 50 * 24 * 60;
const minuteOf = (minute: number): string => new Date(september + minute * 60_000).toISOString();
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
  readonly swap: number;
  readonly profit: number;
  readonly account: { readonly equity: number; readonly credit: number } | null;
  readonly stopOut: boolean;
}

const leg: fc.Arbitrary<Leg> = fc.record({
  minutes: fc.integer({ min: 0, max: spanMinutes }),
  entry: fc.constantFrom('in', 'in', 'out', 'out', 'out', 'reverse'),
  kind: fc.constantFrom('trade', 'trade', 'trade', 'trade', 'cancelled'),
  volume: fc.bigInt({ min: 1n, max: 300_000_000n }),
  step: fc.integer({ min: 0, max: 3 }),
  spread: fc.option(fc.integer({ min: 0, max: 30 }), { freq: 4 }),
  commission: fc.integer({ min: -700, max: 20 }),
  isRateKnown: fc.boolean(),
  swap: fc.integer({ min: -300, max: 50 }),
  profit: fc.integer({ min: -2_000, max: 2_000 }),
  account: fc.option(
    fc.record({
      equity: fc.integer({ min: -500, max: 20_000 }),
      credit: fc.integer({ min: 0, max: 15_000 }),
    }),
  ),
  stopOut: fc.boolean(),
});

const position = fc.record({
  client: fc.integer({ min: 0, max: 3 }),
  symbol: fc.constantFrom(...symbols),
  start: fc.integer({ min: 0, max: spanMinutes }),
  side: fc.constantFrom('buy' as const, 'sell' as const),
  legs: fc.array(leg, { minLength: 1, maxLength: 5 }),
  isTidy: fc.boolean(),
});

type Position = typeof position extends fc.Arbitrary<infer T> ? T : never;

const attribution = fc.record({
  client: fc.integer({ min: 0, max: 3 }),
  cuts: fc.uniqueArray(fc.integer({ min: 0, max: spanMinutes }), { minLength: 1, maxLength: 4 }),
  picks: fc.array(fc.option(fc.nat()), { minLength: 5, maxLength: 5 }),
  isRelated: fc.constantFrom(false, false, false, true),
});

const deposit: fc.Arbitrary<Omit<BookDeposit, 'id'>> = fc.record({
  clientId: fc.integer({ min: 0, max: 3 }).map((client) => `cl_${client}`),
  time: fc.integer({ min: 0, max: spanMinutes }).map(moment),
  amountMinor: fc.bigInt({ min: 1n, max: 40_000n }),
  currency: fc.constantFrom('USD', 'EUR', 'GBP'),
});

const givenRates = fc.subarray([
  { from: 'GBP', rate: '1.27', source: 'house' },
  { from: 'EUR', rate: '1.0841', source: 'house' },
]);

const previous = fc.record({
  qualified: fc.subarray([
    { clientId: 'cl_0', at: '2026-09-25T00:00:00.000Z' },
    { clientId: 'cl_1', at: '2026-09-25T00:00:00.000Z' },
  ]),
  clients: fc.subarray([
    { clientId: 'cl_0', revenueMinor: '1234.5', paidMinor: '200' },
    { clientId: 'cl_2', revenueMinor: '-100', paidMinor: '0' },
  ]),
});

/** A network with clients of its own: nothing in it touches another island of the same month. */
const island = fc.record({
  partners,
  attributions: fc.uniqueArray(attribution, {
    selector: ({ client }) => client,
    minLength: 1,
    maxLength: 4,
  }),
  moves: fc.oneof(
    fc.constant([]),
    fc.uniqueArray(networkMove, {
      selector: ({ minute }) => minute,
      minLength: 1,
      maxLength: 3,
    }),
  ),
  endings: fc.array(ending, { maxLength: 2 }),
  positions: fc.array(position, { minLength: 1, maxLength: 8 }),
  isCrowded: fc.constantFrom(false, false, false, true),
  deposits: fc.array(deposit, { maxLength: 6 }),
  previous,
});

type Island = typeof island extends fc.Arbitrary<infer T> ? T : never;

/**
 * Random networks, plans, moves of clients and positions, tidy ones and such as should not be. A plan is tried on several
 * islands at once, since a run of the engine costs as much for one of them as for ten.
 */
export function bookArbitrary(islandsMax: number, islandsMin = 1): fc.Arbitrary<Book> {
  return fc
    .record({
      currency: fc.constantFrom('USD', 'EUR', 'JPY'),
      plan,
      islands: fc.array(island, { minLength: islandsMin, maxLength: islandsMax, size: 'max' }),
      rates: givenRates,
      settled: fc.constantFrom(period, period, ...shorterPeriods),
    })
    .map(({ currency, plan: of, islands, rates: given, settled }) => {
      const parts = islands.map((drawn, number) => within(settled, partOf(drawn, number)));
      return {
        planSet: 'ps_book',
        period: settled,
        currency,
        plan: of,
        symbols,
        partners: parts.flatMap((part) => part.partners),
        moves: parts.flatMap((part) => part.moves),
        ended: parts.flatMap((part) => part.ended),
        attributions: parts.flatMap((part) => part.attributions),
        deals: parts.flatMap((part) => part.deals),
        deposits: parts.flatMap((part) => part.deposits),
        rates: given.filter(({ from }) => from !== currency),
        previous: {
          qualified: parts.flatMap((part) => part.previous.qualified),
          clients: parts.flatMap((part) => part.previous.clients),
        },
      };
    });
}

type Part = ReturnType<typeof partOf>;

/** What was drawn for the month and the days around it happens in and around a shorter period, so much faster. */
function within(settled: BookPeriod, part: Part): Part {
  if (settled === period) return part;
  const length = ({ from, to }: BookPeriod) => Date.parse(to) - Date.parse(from);
  const moved = (at: string): string => {
    const afterMs = ((Date.parse(at) - Date.parse(period.from)) * length(settled)) / length(period);
    return new Date(Date.parse(settled.from) + Math.round(afterMs)).toISOString();
  };
  const timed = <T extends { readonly time: string }>(each: T): T => {
    return { ...each, time: moved(each.time) };
  };
  return {
    ...part,
    moves: part.moves.map((each) => ({ ...each, at: moved(each.at) })),
    ended: part.ended.map((each) => ({ ...each, at: moved(each.at) })),
    attributions: part.attributions.map((each) => ({
      ...{ ...each, from: moved(each.from) },
      to: each.to === null ? null : moved(each.to),
    })),
    deals: part.deals.map(timed),
    deposits: part.deposits.map(timed),
  };
}

/** A period, and its deals as they were when it was settled: some had not come yet, some were edited or cancelled since. */
export function changedBookArbitrary(
  islandsMax: number,
): fc.Arbitrary<{ readonly now: Book; readonly then: readonly BookDeal[] }> {
  const change = fc.record({
    pick: fc.nat(),
    what: fc.constantFrom('late' as const, 'cancelled' as const, 'edited' as const),
    volume: fc.bigInt({ min: 1n, max: 300_000_000n }),
    profit: fc.integer({ min: -2_000, max: 2_000 }),
  });
  return fc
    .record({
      book: bookArbitrary(islandsMax),
      changes: fc.array(change, { minLength: 4, maxLength: 30 }),
    })
    .map(({ book, changes }) => {
      const now = [...book.deals];
      const then = new Map(book.deals.map((deal) => [deal.ticket, deal]));
      for (const { pick, what, volume, profit } of changes) {
        const at = pick % now.length;
        const deal = now[at];
        if (!deal) continue;
        if (what === 'late') then.delete(deal.ticket);
        else if (what === 'cancelled') now[at] = { ...deal, kind: 'cancelled' };
        else
          now[at] = {
            ...deal,
            volume,
            ...(deal.closed === undefined ? {} : { closed: (volume + 1n) / 2n }),
            profitMinor: BigInt(profit),
          };
      }
      return { now: { ...book, deals: now }, then: [...then.values()] };
    });
}

/** Positions of an island; tickets follow from it. */
const positionsMax = 100;

/** An island's part of the book: its partners, clients, log-ins and tickets have its number. */
function partOf(
  drawn: Island,
  number: number,
): Required<
  Pick<Book, 'partners' | 'moves' | 'ended' | 'attributions' | 'deals' | 'deposits' | 'previous'>
> {
  const here = (id: string) => `${id}_${number}`;
  const ofClient = <T extends { readonly clientId: string }>(each: T): T => ({
    ...each,
    clientId: here(each.clientId),
  });
  const network = drawn.partners.map(({ id, parentId, level, clientId }) => ({
    id: here(id),
    parentId: parentId === null ? null : here(parentId),
    level,
    ...(clientId === undefined ? {} : { clientId: here(clientId) }),
  }));
  return {
    partners: network,
    moves: movesOf(drawn.moves, network),
    ended: network.flatMap(({ id }, at) => {
      const first = drawn.endings.find(({ partner }) => partner % network.length === at);
      return first ? [{ partnerId: id, state: first.state, at: minuteOf(first.minute) }] : [];
    }),
    attributions: drawn.attributions.flatMap((of) => intervals(of, network)).map(ofClient),
    deals: (drawn.isCrowded ? crowd(drawn.positions) : drawn.positions)
      .flatMap((of, index) => dealsOf(of, number * positionsMax + index))
      .map((deal) => ({ ...ofClient(deal), login: here(deal.login) })),
    deposits: drawn.deposits.map((each, at) => ({ ...ofClient(each), id: here(`dep_${at}`) })),
    previous: {
      qualified: drawn.previous.qualified.map(ofClient),
      clients: drawn.previous.clients.map(ofClient),
    },
  };
}

/** On one day, of two clients in one symbol: what is open together is hedged. */
function crowd(positions: readonly Position[]): Position[] {
  return positions.map((each) => ({
    ...each,
    client: each.client % 2,
    symbol: positions[0]?.symbol ?? each.symbol,
    start: 20_000 + (each.start % (24 * 60)),
    isTidy: true,
  }));
}

function intervals(
  {
    client,
    cuts,
    picks,
    isRelated,
  }: { client: number; cuts: number[]; picks: (number | null)[]; isRelated: boolean },
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
        ...(isRelated ? { related: 'family' as const } : {}),
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
      side: entry === 'in' ? drawn.side : drawn.side === 'buy' ? 'sell' : 'buy',
      commissionMinor: BigInt(one.commission),
      swapMinor: BigInt(one.swap),
      profitMinor: BigInt(one.profit),
      equityMinor: one.account === null ? null : BigInt(one.account.equity),
      creditMinor: one.account === null ? null : BigInt(one.account.credit),
      stopOut: one.stopOut,
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
