import { exponentOf } from '../../../domain/money';
import { meansSymbol, type PlanGroup } from '../../../domain/partners/plan';
import { type Book, type BookDeal, type BookPartner } from '../book';
import { Fraction } from '../fraction';

/** What earns: a closing or a part of one with its opening, or an opening where the plan pays for those. */
export interface Piece {
  readonly at: BookDeal;
  readonly opening: BookDeal | null;
  readonly opens: boolean;
  readonly volume: bigint;
  readonly partner: BookPartner;
}

interface Lot {
  readonly deal: BookDeal;
  left: bigint;
}

export const zero = Fraction.of(0n);
export const one = Fraction.of(1n);
export const hundredth = Fraction.of('0.01');

export const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
const openingOf = (piece: Piece): bigint => piece.opening?.ticket ?? -1n;

/** First in, first out, one position after the other. */
export function piecesOf(book: Book): Piece[] {
  const { payOn } = book.plan;
  const pieces: Piece[] = [];
  const positions = new Map<bigint, Lot[]>();
  const ordered = [...book.deals].sort(
    (a, b) => Date.parse(a.time) - Date.parse(b.time) || compare(a.ticket, b.ticket),
  );
  for (const deal of ordered) {
    const within = deal.time >= book.period.from && deal.time < book.period.to;
    const partner = within ? partnerAt(book, deal.clientId, deal.time) : undefined;
    if (deal.kind === 'cancelled') {
      if (partner && (deal.entry !== 'in' || payOn !== 'close'))
        pieces.push({ at: deal, opening: null, opens: false, volume: deal.volume, partner });
      continue;
    }
    const open = positions.get(deal.position) ?? [];
    positions.set(deal.position, open);
    let closing = deal.entry === 'in' ? 0n : (deal.closed ?? deal.volume);
    const opened = deal.volume - closing;
    while (closing > 0n) {
      const lot = open.find(({ left }) => left > 0n);
      const volume = lot === undefined ? closing : lot.left < closing ? lot.left : closing;
      if (partner && payOn !== 'open')
        pieces.push({ at: deal, opening: lot?.deal ?? null, opens: false, volume, partner });
      if (lot) lot.left -= volume;
      closing -= volume;
    }
    if (opened > 0n) {
      open.push({ deal, left: opened });
      if (partner && payOn !== 'close')
        pieces.push({ at: deal, opening: deal, opens: true, volume: opened, partner });
    }
  }
  return pieces.sort(
    (a, b) =>
      compare(a.at.ticket, b.at.ticket) ||
      Number(a.opens) - Number(b.opens) ||
      compare(openingOf(a), openingOf(b)),
  );
}

export function partnerAt(book: Book, clientId: string, time: string): BookPartner | undefined {
  const found = attributionAt(book, clientId, time);
  return book.partners.find(({ id }) => id === found?.partnerId);
}

export function attributionAt(book: Book, clientId: string, time: string) {
  return book.attributions.find(
    (each) =>
      each.clientId === clientId && each.from <= time && (each.to === null || time < each.to),
  );
}

export function groupOf(book: Book, symbol: string): PlanGroup | undefined {
  return book.plan.groups.find(({ symbols }) =>
    symbols.some((pattern) => meansSymbol(pattern, symbol)),
  );
}

/** Why a piece does not count, whoever would be paid for it. */
export function flawOf(
  book: Book,
  piece: Piece,
  qualifiedAt: ReadonlyMap<string, string>,
): string | undefined {
  const { at, opening } = piece;
  const { plan } = book;
  if (at.kind === 'cancelled') return 'CANCELLED';
  if (opening === null) return 'NO_OPENING';
  const group = groupOf(book, at.symbol);
  if (group === undefined) return 'NO_RATE';
  if (!piece.opens) {
    const moved = Fraction.of(at.price).minus(Fraction.of(opening.price)).abs();
    if (moved.top === 0n) return 'NOT_QUALIFIED_OPEN_EQUALS_CLOSE';
    const isBelowZero = at.equityMinor !== null && at.equityMinor < 0n;
    if (at.stopOut && isBelowZero && plan.negativeStopOut === 'unpaid') return 'NEGATIVE_STOP_OUT';
    const heldMs = Date.parse(at.time) - Date.parse(opening.time);
    if (plan.minHoldSeconds !== null && heldMs < plan.minHoldSeconds * 1_000) return 'MIN_HOLD';
    if (group.minMovePoints !== null) {
      const symbol = symbolOf(book, at.symbol);
      if (!symbol) return 'MOVE_UNKNOWN';
      const points = moved.times(Fraction.of(10n ** BigInt(symbol.digits)));
      if (points.compare(Fraction.of(BigInt(group.minMovePoints))) <= 0) return 'MIN_MOVE';
    }
  }
  const { equityMinor: equity, creditMinor: credit } = at;
  if (plan.bonusMoney === 'own_share' && equity !== null && credit !== null)
    if (credit > 0n && credit >= equity) return 'BONUS_MONEY';
  const since = qualifiedAt.get(at.clientId);
  if (plan.rebates === 'after_cpa' && (since === undefined || at.time < since)) return 'BEFORE_CPA';
  return undefined;
}

/** × (equity − credit) ÷ equity, × average ÷ spread in a spike; each cut after 12 digits. */
export function weightOf(book: Book, { at }: Piece): Fraction {
  const { plan } = book;
  let weight = one;
  const { equityMinor: equity, creditMinor: credit } = at;
  if (plan.bonusMoney === 'own_share' && equity !== null && credit !== null)
    if (credit > 0n && equity > credit)
      weight = Fraction.of(equity - credit)
        .over(Fraction.of(equity))
        .cut(12);
  const symbol = symbolOf(book, at.symbol);
  if (plan.spikeTimes !== null && symbol?.averageSpreadPoints && isQuoted(book, at)) {
    const average = Fraction.of(symbol.averageSpreadPoints).over(
      Fraction.of(10n ** BigInt(symbol.digits)),
    );
    const now = Fraction.of(at.ask ?? '0').minus(Fraction.of(at.bid ?? '0'));
    if (average.top > 0n && now.compare(average.times(Fraction.of(plan.spikeTimes))) > 0)
      weight = weight.times(average.over(now).cut(12));
  }
  return weight;
}

const symbolOf = (book: Book, symbol: string) => book.symbols.find(({ name }) => name === symbol);

function isQuoted(book: Book, deal: BookDeal): boolean {
  return (
    deal.bid !== null &&
    deal.ask !== null &&
    deal.profitRate !== null &&
    symbolOf(book, deal.symbol) !== undefined
  );
}

/** What a piece brought in, in whole units of the account's currency. */
export function broughtIn(book: Book, piece: Piece): { spread: Fraction; revenue: Fraction } {
  const { plan } = book;
  const { at, opening, volume, opens } = piece;
  const size = Fraction.of(volume);
  const isAlone = plan.payOn === 'half' || opens;
  const sides = isAlone || opening === null ? [at] : [at, opening];
  let spread = sides.reduce((sum, deal) => sum.plus(halfSpread(book, deal).times(size)), zero);
  if (opens && plan.payOn === 'open') spread = spread.plus(spread);
  const share = (minor: bigint, whole: bigint) =>
    whole === 0n
      ? zero
      : Fraction.of(minor * volume)
          .over(Fraction.of(whole))
          .cut(12)
          .over(major(at.currency));
  const charged = sides.reduce(
    (sum, deal) => sum.plus(share(-deal.commissionMinor, deal.volume)),
    zero,
  );
  const closed = at.closed ?? at.volume;
  const swap = opens
    ? zero
    : share(-at.swapMinor, closed).times(Fraction.of(plan.revenue.swapPercent)).times(hundredth);
  const loss = opens || !plan.revenue.clientLosses ? zero : share(-at.profitMinor, closed);
  const kept = one.minus(Fraction.of(plan.revenue.costPercent).times(hundredth));
  return { spread, revenue: spread.plus(charged).plus(swap).times(kept).plus(loss) };
}

/** Whether it is not known what spread a piece paid. */
export function isSpreadUnknown(book: Book, { at, opening, opens }: Piece): boolean {
  const sides = opens || book.plan.payOn === 'half' || opening === null ? [at] : [at, opening];
  return sides.some(
    (deal) =>
      !isQuoted(book, deal) &&
      (deal.profitRate === null || !symbolOf(book, deal.symbol)?.averageSpreadPoints),
  );
}

/** For 1e-8 lot. */
function halfSpread(book: Book, deal: BookDeal): Fraction {
  const symbol = symbolOf(book, deal.symbol);
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

export function major(currency: string): Fraction {
  return Fraction.of(10n ** BigInt(exponentOf(currency)));
}

/** A given rate, else the last rate of the period into the currency of payment. */
export function conversionOf(book: Book, from: string): Fraction | undefined {
  if (from === book.currency) return one;
  const given = book.rates.find((rate) => rate.from === from);
  if (given) return Fraction.of(given.rate);
  let best: { time: string; ticket: bigint; rate: Fraction } | undefined;
  for (const deal of book.deals) {
    if (deal.kind !== 'trade' || deal.profitRate === null) continue;
    if (deal.time < book.period.from || deal.time >= book.period.to) continue;
    const quote = symbolOf(book, deal.symbol)?.profitCurrency;
    const rate = Fraction.of(deal.profitRate);
    const usable =
      quote === from && deal.currency === book.currency
        ? rate
        : quote === book.currency && deal.currency === from
          ? one.over(rate).round(12)
          : undefined;
    if (!usable) continue;
    const later =
      !best || deal.time > best.time || (deal.time === best.time && deal.ticket > best.ticket);
    if (later) best = { time: deal.time, ticket: deal.ticket, rate: usable };
  }
  return best?.rate;
}
