import type { PlanGroup } from '../../domain/partners/plan';
import { type Book, type BookLine, type BookPartner } from './book';
import { Fraction } from './fraction';
import { type Claim, withinCaps } from './opinion/caps';
import { cpaDecisions } from './opinion/cpa';
import { paidVolumes } from './opinion/hedge';
import {
  broughtIn,
  conversionOf,
  flawOf,
  groupOf,
  hundredth,
  isSpreadUnknown,
  major,
  type Piece,
  piecesOf,
  weightOf,
  zero,
} from './opinion/piece';
import { shareOut } from './opinion/share-out';
import { chainOf, countedLots, factorOf } from './opinion/tiers';

/** The lines of a month computed deal by deal, by the words of docs/settlement.md and not by the engine's SQL. */
export function secondOpinion(book: Book): BookLine[] {
  const decisions = cpaDecisions(book);
  const qualifiedAt = new Map([
    ...book.previous.qualified.map(({ clientId, at }) => [clientId, at] as const),
    ...decisions.flatMap(({ clientId, at, flaw }) => (flaw ? [] : [[clientId, at] as const])),
  ]);
  const pieces = piecesOf(book);
  const flaws = new Map(pieces.map((piece) => [piece, flawOf(book, piece, qualifiedAt)]));
  const counted = pieces.filter((piece) => flaws.get(piece) === undefined);
  const paid = paidVolumes(counted, book.plan.hedged === 'larger_side');
  for (const [piece, volume] of paid) {
    if (volume > 0n) continue;
    flaws.set(piece, 'HEDGED');
    paid.delete(piece);
  }
  const claims = [
    ...pieces.flatMap((piece) => claimsOfPiece(book, { piece, flaw: flaws.get(piece), paid })),
    ...decisions.flatMap((decision) => claimsOfCpa(book, decision)),
    ...bonuses(book, paid),
  ];
  return withinCaps(book, { claims, pieces }).map(({ line }) => line);
}

type Component = 'per_lot' | 'spread' | 'revenue' | 'cpa';

interface TierRate {
  readonly tier: number;
  readonly partner: BookPartner;
  readonly component: Component;
  readonly rate: Fraction;
}

function claimsOfPiece(
  book: Book,
  of: { piece: Piece; flaw: string | undefined; paid: ReadonlyMap<Piece, bigint> },
): Claim[] {
  const { piece, flaw, paid } = of;
  const { plan } = book;
  const { at, opening, opens } = piece;
  const group = groupOf(book, at.symbol);
  const tickets = opens ? [at] : [opening, at];
  const claim = (
    { partner, tier, component }: { partner: BookPartner; tier: number; component: Component },
    reason: string,
    amountMinor: bigint,
  ): Claim => ({
    deal: at.ticket,
    line: {
      tickets: tickets.flatMap((deal) => (deal === null ? [] : [deal.ticket.toString()])),
      event: opens ? 'open' : 'close',
      component,
      partner: partner.id,
      client: at.clientId,
      tier,
      lotsE8: piece.volume.toString(),
      reason,
      amountMinor: amountMinor.toString(),
    },
  });
  const lead = group ? (kindsOf(group)[0]?.[0] ?? 'per_lot') : 'per_lot';
  const first = { partner: piece.partner, tier: 1, component: lead };
  if (flaw !== undefined || group === undefined) return [claim(first, flaw ?? '?', 0n)];
  if (kindsOf(group).length === 0) return [claim(first, 'ZERO_RATE', 0n)];

  const planRate = conversionOf(book, plan.currency);
  const accountRate = conversionOf(book, at.currency);
  const { spread, revenue } = broughtIn(book, piece);
  const volume = paid.get(piece) ?? 0n;
  const inMinor = (sum: Fraction) => sum.times(accountRate ?? zero).times(major(book.currency));
  const paidPart = (sum: Fraction) =>
    volume === piece.volume
      ? sum
      : sum
          .times(major(at.currency))
          .times(Fraction.of(volume))
          .over(Fraction.of(piece.volume))
          .cut(12)
          .over(major(at.currency));
  const factors = new Map(
    chainOf(book, piece.partner, at.time).map((partner) => [
      partner.id,
      factorOf(book, { partner, piece, paid }),
    ]),
  );
  const rates = ratesOf(book, {
    direct: piece.partner,
    at: at.time,
    kinds: kindsOf(group),
    factor: ({ id }) => factors.get(id) ?? zero,
  });
  const exact = rates.map((each): { refusal: string | undefined; exact: Fraction } => {
    const needsAccount = plan.capAtRevenue || each.component !== 'per_lot';
    let refusal: string | undefined;
    if (each.tier > plan.tiersMax) refusal = 'BEYOND_TIERS';
    else if (endOf(book, each.partner, at.time)) refusal = endOf(book, each.partner, at.time);
    else if (each.partner.clientId === at.clientId && plan.ownTrades === 'unpaid')
      refusal = 'OWN_TRADES';
    else if (each.rate.top === 0n) refusal = zeroWords(book, each.tier);
    else if (!planRate || (needsAccount && !accountRate)) refusal = 'NO_CONVERSION';
    else if (each.component === 'spread' && spread.top === 0n && isSpreadUnknown(book, piece))
      refusal = 'SPREAD_UNKNOWN';
    if (refusal !== undefined || !planRate) return { refusal, exact: zero };
    const weighed = each.rate.times(weightOf(book, piece));
    switch (each.component) {
      case 'per_lot':
        return {
          refusal,
          exact: countedLots(book, piece, volume)
            .times(weighed)
            .times(planRate)
            .times(major(book.currency)),
        };
      case 'spread':
        return { refusal, exact: inMinor(paidPart(spread)).times(weighed).times(hundredth) };
      default:
        return { refusal, exact: inMinor(paidPart(revenue)).times(weighed).times(hundredth) };
    }
  });
  const fair = exact.map((each) => each.exact.roundHalfEven());
  const positive = (minor: bigint) => (minor > 0n ? minor : 0n);
  const allowed = positive(inMinor(revenue).top > 0n ? inMinor(revenue).floor() : 0n);
  const isCapped =
    plan.capAtRevenue && fair.reduce((sum, minor) => sum + positive(minor), 0n) > allowed;
  const shares = isCapped
    ? shareOut(
        allowed,
        exact.map((each) => (each.exact.top > 0n ? each.exact : zero)),
      )
    : fair;
  return rates.map((each, position) => {
    const { refusal } = exact[position] ?? { refusal: undefined };
    const before = fair[position] ?? 0n;
    const isBelowZero = (exact[position]?.exact.top ?? 0n) <= 0n;
    const amount = isBelowZero ? before : (shares[position] ?? 0n);
    const reason =
      isCapped && !isBelowZero && amount < before
        ? 'CAPPED_BY_REVENUE'
        : amount === 0n
          ? 'ROUNDS_TO_ZERO'
          : 'PAID';
    return claim(each, refusal ?? reason, refusal === undefined ? amount : 0n);
  });
}

function kindsOf(group: PlanGroup): (readonly [Component, readonly string[]])[] {
  const kinds = [
    ['per_lot', group.ratesPerLot],
    ['spread', group.spreadPercents],
    ['revenue', group.revenuePercents],
  ] as const;
  return kinds.filter(([, rates]) => rates.length > 0);
}

/** Why a partner earns nothing at the moment, when its agreement has ended by then. */
function endOf(book: Book, { id }: BookPartner, at: string): string | undefined {
  const end = book.ended?.find((each) => each.partnerId === id);
  return end && Date.parse(end.at) <= Date.parse(at)
    ? `PARTNER_${end.state.toUpperCase()}`
    : undefined;
}

function zeroWords(book: Book, tier: number): string {
  return book.plan.override.by === 'difference' && tier > 1 ? 'NO_DIFFERENCE' : 'ZERO_RATE';
}

/** What each tier gets of each kind, from the direct partner upwards. */
function ratesOf(
  book: Book,
  of: {
    direct: BookPartner;
    /** When it was earned: the network is that of then. */
    at: string;
    kinds: readonly (readonly [Component, readonly string[]])[];
    factor: (partner: BookPartner) => Fraction;
  },
): TierRate[] {
  const { override } = book.plan;
  const found: TierRate[] = [];
  const chain = chainOf(book, of.direct, of.at);
  const own = (rates: readonly string[], partner: BookPartner) =>
    Fraction.of(rates[Math.min(partner.level, rates.length) - 1] ?? '0').times(of.factor(partner));
  for (const [component, rates] of of.kinds) {
    let highest = zero;
    let below = zero;
    chain.forEach((partner, position) => {
      const tier = position + 1;
      const mine = own(rates, partner);
      let rate = mine;
      if (tier > 1) {
        if (override.by === 'fixed') return;
        rate =
          override.by === 'difference'
            ? mine.compare(highest) > 0
              ? mine.minus(highest)
              : zero
            : below.times(Fraction.of(override.percent)).times(hundredth);
      }
      if (mine.compare(highest) > 0) highest = mine;
      below = rate;
      found.push({ tier, partner, component, rate });
    });
  }
  if (override.by === 'fixed' && of.kinds.some(([component]) => component !== 'cpa'))
    chain.slice(1).forEach((partner, position) => {
      const rate = Fraction.of(override.perLot);
      found.push({ tier: position + 2, partner, component: 'per_lot', rate });
    });
  const order: readonly Component[] = ['per_lot', 'spread', 'revenue', 'cpa'];
  return found.sort(
    (a, b) => a.tier - b.tier || order.indexOf(a.component) - order.indexOf(b.component),
  );
}

function claimsOfCpa(book: Book, decision: ReturnType<typeof cpaDecisions>[number]): Claim[] {
  const { plan } = book;
  const rates = ratesOf(book, {
    direct: decision.partner,
    at: decision.at,
    kinds: [['cpa', plan.cpa?.amounts ?? []]],
    factor: () => Fraction.of(1n),
  });
  const conversion = conversionOf(book, plan.currency);
  return rates.flatMap(({ tier, partner, rate }): Claim[] => {
    if (decision.flaw !== undefined && tier > 1) return [];
    let refusal = decision.flaw;
    if (refusal === undefined) {
      if (tier > plan.tiersMax) refusal = 'BEYOND_TIERS';
      else if (endOf(book, partner, decision.at)) refusal = endOf(book, partner, decision.at);
      else if (partner.clientId === decision.clientId) refusal = 'CPA_RELATED';
      else if (rate.top === 0n) refusal = zeroWords(book, tier);
      else if (!conversion) refusal = 'NO_CONVERSION';
    }
    const amount =
      refusal !== undefined || !conversion
        ? 0n
        : rate.times(conversion).times(major(book.currency)).roundHalfEven();
    const line: BookLine = {
      tickets: [],
      event: 'period',
      component: 'cpa',
      partner: partner.id,
      client: decision.clientId,
      tier,
      lotsE8: decision.lotsE8.toString(),
      reason: refusal ?? (amount === 0n ? 'ROUNDS_TO_ZERO' : 'PAID'),
      amountMinor: amount.toString(),
    };
    return [{ deal: null, line }];
  });
}

function bonuses(book: Book, paid: ReadonlyMap<Piece, bigint>): Claim[] {
  const { volumeBonus, currency } = book.plan;
  if (volumeBonus === null) return [];
  const conversion = conversionOf(book, currency);
  const counted = [...paid].filter(
    ([piece]) => endOf(book, piece.partner, piece.at.time) === undefined,
  );
  const partners = [...new Set(counted.map(([{ partner }]) => partner.id))].sort();
  return partners.map((partner): Claim => {
    const lots = counted
      .filter(([piece]) => piece.partner.id === partner)
      .reduce((sum, [piece, volume]) => sum.plus(countedLots(book, piece, volume)), zero);
    const step = volumeBonus.filter((each) => lots.compare(Fraction.of(each.fromLots)) >= 0).at(-1);
    const rate = Fraction.of(step?.perLot ?? '0');
    const refusal = !step
      ? 'BONUS_NOT_REACHED'
      : rate.top === 0n
        ? 'ZERO_RATE'
        : !conversion
          ? 'NO_CONVERSION'
          : undefined;
    const amount =
      refusal !== undefined || !conversion
        ? 0n
        : lots.times(rate).times(conversion).times(major(book.currency)).roundHalfEven();
    return {
      deal: null,
      line: {
        tickets: [],
        event: 'period',
        component: 'volume_bonus',
        partner,
        client: null,
        tier: 1,
        lotsE8: lots.times(Fraction.of(100_000_000n)).round(0).floor().toString(),
        reason: refusal ?? (amount === 0n ? 'ROUNDS_TO_ZERO' : 'PAID'),
        amountMinor: amount.toString(),
      },
    };
  });
}
