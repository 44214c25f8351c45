import { type Book, type BookPartner } from '../book';
import { Fraction } from '../fraction';
import { inOrder } from './hedge';
import { groupOf, hundredth, one, type Piece, zero } from './piece';

/** The partner and everyone above at the moment, the direct one first, with their levels of then. */
export function chainOf(book: Book, direct: BookPartner, at: string): BookPartner[] {
  const moves = book.moves ?? [];
  const parentOf = ({ id, parentId }: BookPartner): string | null => {
    const past = moves.filter((move) => move.partnerId === id && time(move.at) <= time(at));
    const last = past.sort((a, b) => time(b.at) - time(a.at))[0];
    return last ? last.parentId : parentId;
  };
  const chain = [direct];
  for (;;) {
    const last = chain.at(-1);
    const above = last && book.partners.find(({ id }) => id === parentOf(last));
    if (!above) break;
    chain.push(above);
  }
  if (moves.length === 0) return chain;
  return chain.map((partner, position) => ({ ...partner, level: chain.length - position }));
}

const time = (at: string): number => Date.parse(at);

/** Lots as tiers and volume bonus count them. */
export function countedLots(book: Book, piece: Piece, paid: bigint): Fraction {
  return Fraction.of(paid)
    .times(Fraction.of('0.00000001'))
    .times(portionOf(book))
    .times(Fraction.of(groupOf(book, piece.at.symbol)?.lotModifier ?? '1'));
}

export function portionOf(book: Book): Fraction {
  return book.plan.payOn === 'half' ? Fraction.of('0.5') : one;
}

/** By what factor the partner's own rates are raised for a piece. */
export function factorOf(
  book: Book,
  of: { partner: BookPartner; piece: Piece; paid: ReadonlyMap<Piece, bigint> },
): Fraction {
  const { tiers } = book.plan;
  if (tiers === null) return one;
  const counts = ({ partner, at }: Piece) =>
    tiers.of === 'own_clients'
      ? partner.id === of.partner.id
      : chainOf(book, partner, at.time).some(({ id }) => id === of.partner.id);
  const ordered = inOrder([...of.paid.keys()].filter(counts));
  const seen =
    tiers.mode === 'retroactive'
      ? ordered
      : ordered.slice(
          0,
          inOrder([...ordered.filter((each) => each !== of.piece), of.piece]).indexOf(of.piece),
        );
  const measure =
    tiers.by === 'lots'
      ? seen.reduce(
          (sum, piece) => sum.plus(countedLots(book, piece, of.paid.get(piece) ?? 0n)),
          zero,
        )
      : Fraction.of(BigInt(new Set(seen.map(({ at }) => at.clientId)).size));
  let factor = one;
  for (const step of tiers.steps)
    if (measure.compare(Fraction.of(step.from)) >= 0)
      factor = Fraction.of(step.percent).times(hundredth);
  return factor;
}
