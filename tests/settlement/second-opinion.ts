import { exponentOf } from '../../domain/money';
import { meansSymbol, type PlanGroup } from '../../domain/partners/plan';
import { type Book, type BookDeal, type BookLine, type BookPartner, period } from './book';
import { Fraction } from './fraction';

interface Lot {
  readonly deal: BookDeal;
  left: bigint;
}

interface Piece {
  readonly out: BookDeal;
  readonly opening: BookDeal | null;
  readonly volume: bigint;
  readonly partner: BookPartner;
}

const zero = Fraction.of(0n);

/** The lines of a month computed deal by deal, by the words of docs/settlement.md and not by the engine's SQL. */
export function secondOpinion(book: Book): BookLine[] {
  return piecesOf(book)
    .sort((a, b) => compare(a.out.ticket, b.out.ticket) || compare(openingOf(a), openingOf(b)))
    .flatMap((piece) => linesOfPiece(book, piece));
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
const openingOf = (piece: Piece): bigint => piece.opening?.ticket ?? -1n;

/** First in, first out, one position after the other. */
function piecesOf(book: Book): Piece[] {
  const pieces: Piece[] = [];
  const positions = new Map<bigint, Lot[]>();
  const ordered = [...book.deals].sort(
    (a, b) => Date.parse(a.time) - Date.parse(b.time) || compare(a.ticket, b.ticket),
  );
  for (const deal of ordered) {
    const partner = partnerAt(book, deal);
    const counts =
      deal.entry !== 'in' && deal.time >= period.from && deal.time < period.to && partner;
    if (deal.kind === 'cancelled') {
      if (counts) pieces.push({ out: deal, opening: null, volume: deal.volume, partner: counts });
      continue;
    }
    const open = positions.get(deal.position) ?? [];
    positions.set(deal.position, open);
    let closing = deal.entry === 'in' ? 0n : (deal.closed ?? deal.volume);
    const opened = deal.volume - closing;
    while (closing > 0n) {
      const lot = open.find(({ left }) => left > 0n);
      const volume = lot === undefined ? closing : lot.left < closing ? lot.left : closing;
      if (counts) pieces.push({ out: deal, opening: lot?.deal ?? null, volume, partner: counts });
      if (lot) lot.left -= volume;
      closing -= volume;
    }
    if (opened > 0n) open.push({ deal, left: opened });
  }
  return pieces;
}

function partnerAt(book: Book, deal: BookDeal): BookPartner | undefined {
  const found = book.attributions.find(
    ({ clientId, from, to }) =>
      clientId === deal.clientId && from <= deal.time && (to === null || deal.time < to),
  );
  return book.partners.find(({ id }) => id === found?.partnerId);
}

function linesOfPiece(book: Book, piece: Piece): BookLine[] {
  const { plan } = book;
  const group = plan.groups.find(({ symbols }) =>
    symbols.some((pattern) => meansSymbol(pattern, piece.out.symbol)),
  );
  const flaw = flawOf(book, piece, group);
  const line = (partner: BookPartner, tier: number, reason: string, amount: bigint): BookLine => ({
    tickets: [piece.opening, piece.out].flatMap((deal) =>
      deal === null ? [] : [deal.ticket.toString()],
    ),
    partner: partner.id,
    tier,
    lotsE8: piece.volume.toString(),
    reason,
    amountMinor: amount.toString(),
  });
  if (flaw !== undefined || group === undefined) return [line(piece.partner, 1, flaw ?? '?', 0n)];

  const conversion = conversionOf(book, plan.currency);
  const revenueRate = conversionOf(book, piece.out.currency);
  const revenue =
    revenueRate === undefined ? zero : revenueOf(book, piece).times(revenueRate).times(major(book));
  const tiers = ratesOf(book, group, piece.partner).map(({ partner, perLot }, position) => {
    const tier = position + 1;
    let refusal: string | undefined;
    if (tier > plan.tiersMax) refusal = 'BEYOND_TIERS';
    else if (partner.clientId === piece.out.clientId) refusal = 'OWN_TRADES';
    else if (perLot.top === 0n)
      refusal = plan.override.by === 'difference' && tier > 1 ? 'NO_DIFFERENCE' : 'ZERO_RATE';
    else if (!conversion || (plan.capAtRevenue && !revenueRate)) refusal = 'NO_CONVERSION';
    const exact =
      refusal !== undefined || !conversion
        ? zero
        : Fraction.of(piece.volume)
            .times(Fraction.of('0.00000001'))
            .times(perLot)
            .times(conversion)
            .times(major(book));
    return { partner, tier, refusal, exact, fair: exact.roundHalfEven() };
  });
  const allowed = revenue.top <= 0n ? 0n : revenue.floor();
  const fairAll = tiers.reduce((sum, { fair }) => sum + fair, 0n);
  const capped = plan.capAtRevenue && fairAll > allowed;
  const amounts = capped
    ? shareOut(
        allowed,
        tiers.map(({ exact }) => exact),
      )
    : tiers.map(({ fair }) => fair);
  return tiers.map(({ partner, tier, refusal, fair }, position) => {
    const amount = amounts[position] ?? 0n;
    const reason =
      capped && amount < fair ? 'CAPPED_BY_REVENUE' : amount === 0n ? 'ROUNDS_TO_ZERO' : 'PAID';
    return line(partner, tier, refusal ?? reason, amount);
  });
}

function flawOf(book: Book, piece: Piece, group: PlanGroup | undefined): string | undefined {
  const { out, opening } = piece;
  const { plan } = book;
  if (out.kind === 'cancelled') return 'CANCELLED';
  if (opening === null) return 'NO_OPENING';
  if (group === undefined) return 'NO_RATE';
  const moved = Fraction.of(out.price).minus(Fraction.of(opening.price)).abs();
  if (moved.top === 0n) return 'NOT_QUALIFIED_OPEN_EQUALS_CLOSE';
  const heldMs = Date.parse(out.time) - Date.parse(opening.time);
  if (plan.minHoldSeconds !== null && heldMs < plan.minHoldSeconds * 1_000) return 'MIN_HOLD';
  if (group.minMovePoints !== null) {
    const symbol = book.symbols.find(({ name }) => name === out.symbol);
    if (!symbol) return 'MOVE_UNKNOWN';
    const points = moved.times(Fraction.of(10n ** BigInt(symbol.digits)));
    if (points.compare(Fraction.of(BigInt(group.minMovePoints))) <= 0) return 'MIN_MOVE';
  }
  return undefined;
}

function ratesOf(
  book: Book,
  group: PlanGroup,
  direct: BookPartner,
): { partner: BookPartner; perLot: Fraction }[] {
  const own = ({ level }: BookPartner) =>
    Fraction.of(group.ratesPerLot[Math.min(level, group.ratesPerLot.length) - 1] ?? '0');
  const rates = [{ partner: direct, perLot: own(direct) }];
  let top = own(direct);
  for (;;) {
    const below = rates[rates.length - 1];
    const parent = book.partners.find(({ id }) => id === below?.partner.parentId);
    if (!below || !parent) return rates;
    const rate = own(parent);
    const { override } = book.plan;
    const perLot =
      override.by === 'difference'
        ? rate.compare(top) > 0
          ? rate.minus(top)
          : zero
        : override.by === 'fixed'
          ? Fraction.of(override.perLot)
          : below.perLot.times(Fraction.of(override.percent)).times(Fraction.of('0.01'));
    if (rate.compare(top) > 0) top = rate;
    rates.push({ partner: parent, perLot });
  }
}

/** In whole units of the account's currency: half the spread at each side, and the commission by volume. */
function revenueOf(book: Book, { out, opening, volume }: Piece): Fraction {
  return [out, opening].reduce((sum, deal) => {
    if (deal === null) return sum;
    const perMajor = 10n ** BigInt(exponentOf(deal.currency));
    const commission = Fraction.of(-deal.commissionMinor * volume)
      .over(Fraction.of(deal.volume))
      .cut(12)
      .over(Fraction.of(perMajor));
    return sum.plus(commission).plus(halfSpread(book, deal).times(Fraction.of(volume)));
  }, zero);
}

/** For 1e-8 lot. */
function halfSpread(book: Book, deal: BookDeal): Fraction {
  const symbol = book.symbols.find(({ name }) => name === deal.symbol);
  if (!symbol || deal.profitRate === null) return zero;
  const value = Fraction.of(symbol.contractSize)
    .times(Fraction.of(deal.profitRate))
    .times(Fraction.of('0.000000005'));
  if (deal.bid !== null && deal.ask !== null)
    return Fraction.of(deal.ask).minus(Fraction.of(deal.bid)).times(value);
  if (symbol.averageSpreadPoints === null) return zero;
  return Fraction.of(symbol.averageSpreadPoints)
    .over(Fraction.of(10n ** BigInt(symbol.digits)))
    .times(value);
}

function major(book: Book): Fraction {
  return Fraction.of(10n ** BigInt(exponentOf(book.currency)));
}

/** The last rate of the period into the currency of payment. */
function conversionOf(book: Book, from: string): Fraction | undefined {
  if (from === book.currency) return Fraction.of(1n);
  let best: { time: string; ticket: bigint; rate: Fraction } | undefined;
  for (const deal of book.deals) {
    if (deal.kind !== 'trade' || deal.profitRate === null) continue;
    if (deal.time < period.from || deal.time >= period.to) continue;
    const quote = book.symbols.find(({ name }) => name === deal.symbol)?.profitCurrency;
    const rate = Fraction.of(deal.profitRate);
    const usable =
      quote === from && deal.currency === book.currency
        ? rate
        : quote === book.currency && deal.currency === from
          ? Fraction.of(1n).over(rate).round(12)
          : undefined;
    if (!usable) continue;
    const later =
      !best || deal.time > best.time || (deal.time === best.time && deal.ticket > best.ticket);
    if (later) best = { time: deal.time, ticket: deal.ticket, rate: usable };
  }
  return best?.rate;
}

/** Whole units in proportion; what is left goes to the largest remainders, the first of equals. */
function shareOut(whole: bigint, parts: readonly Fraction[]): bigint[] {
  const all = parts.reduce((sum, part) => sum.plus(part), zero);
  const shares = parts.map((part, position) => {
    const quota = part.times(Fraction.of(whole)).over(all);
    const floor = quota.floor();
    return { position, floor, remainder: quota.minus(Fraction.of(floor)) };
  });
  const left = whole - shares.reduce((sum, { floor }) => sum + floor, 0n);
  const lucky = [...shares]
    .sort((a, b) => b.remainder.compare(a.remainder) || a.position - b.position)
    .slice(0, Number(left))
    .map(({ position }) => position);
  return shares.map(({ position, floor }) => floor + (lucky.includes(position) ? 1n : 0n));
}
