import type { Book, BookLine } from '../book';
import { Fraction } from '../fraction';
import { broughtIn, conversionOf, hundredth, major, type Piece, zero } from './piece';
import { shareOut } from './share-out';

/** A line that is not within the plan's caps yet. */
export interface Claim {
  /** The ticket of the deal that earned it. */
  readonly deal: bigint | null;
  readonly line: BookLine;
}

interface Cap {
  readonly reason: string;
  readonly key: (claim: Claim) => string | undefined;
  readonly allowed: (key: string) => bigint;
}

/** One cap after the other: of a deal, of a client's life, of a client, of a partner. */
export function withinCaps(
  book: Book,
  { claims, pieces }: { claims: readonly Claim[]; pieces: readonly Piece[] },
): Claim[] {
  const { caps, currency } = book.plan;
  const inMinor = (amount: string) => () =>
    Fraction.of(amount)
      .times(conversionOf(book, currency) ?? zero)
      .times(major(book.currency))
      .floor();
  const wanted: Cap[] = [];
  if (caps.perDeal !== null)
    wanted.push({
      reason: 'CAPPED_PER_DEAL',
      key: ({ deal }) => deal?.toString(),
      allowed: inMinor(caps.perDeal),
    });
  if (caps.lifetimePercent !== null)
    wanted.push({
      reason: 'CAPPED_BY_LIFETIME',
      key: ({ line }) => line.client ?? undefined,
      allowed: lifetime(book, pieces, caps.lifetimePercent),
    });
  if (caps.perClient !== null)
    wanted.push({
      reason: 'CAPPED_PER_CLIENT',
      key: ({ line }) => line.client ?? undefined,
      allowed: inMinor(caps.perClient),
    });
  if (caps.perPeriod !== null)
    wanted.push({
      reason: 'CAPPED_PER_PERIOD',
      key: ({ line }) => line.partner,
      allowed: inMinor(caps.perPeriod),
    });
  return wanted.reduce<Claim[]>((all, cap) => cut(all, cap), [...claims]);
}

function cut(claims: readonly Claim[], { reason, key, allowed }: Cap): Claim[] {
  const after = [...claims];
  const keys = new Set(claims.flatMap((claim) => key(claim) ?? []));
  for (const each of keys) {
    const members = claims
      .map((claim, position) => ({ claim, position, minor: BigInt(claim.line.amountMinor) }))
      .filter(({ claim, minor }) => minor > 0n && key(claim) === each);
    const total = members.reduce((sum, { minor }) => sum + minor, 0n);
    const most = allowed(each);
    if (total <= most) continue;
    const shares = shareOut(
      most,
      members.map(({ minor }) => Fraction.of(minor)),
    );
    members.forEach(({ claim, position, minor }, at) => {
      const share = shares[at] ?? 0n;
      if (share < minor)
        after[position] = {
          ...claim,
          line: { ...claim.line, amountMinor: share.toString(), reason },
        };
    });
  }
  return after;
}

function lifetime(book: Book, pieces: readonly Piece[], percent: string) {
  return (clientId: string): bigint => {
    const before = book.previous.clients.find((client) => client.clientId === clientId);
    const brought = broughtByClient(book, { pieces, clientId }).plus(
      Fraction.of(before?.revenueMinor ?? '0'),
    );
    const share =
      brought.top <= 0n ? 0n : brought.times(Fraction.of(percent)).times(hundredth).floor();
    const left = share - BigInt(before?.paidMinor ?? '0');
    return left > 0n ? left : 0n;
  };
}

/** In minor units of the currency of payment; deals without a conversion count as nothing. */
export function broughtByClient(
  book: Book,
  { pieces, clientId }: { pieces: readonly Piece[]; clientId: string },
): Fraction {
  return pieces
    .filter(({ at }) => at.clientId === clientId && at.kind === 'trade')
    .reduce(
      (sum, piece) =>
        sum.plus(
          broughtIn(book, piece)
            .revenue.times(conversionOf(book, piece.at.currency) ?? zero)
            .times(major(book.currency)),
        ),
      zero,
    );
}
