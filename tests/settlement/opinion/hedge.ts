import type { Piece } from './piece';
import { compare } from './piece';

/**
 * What each counted piece is paid for, in 1e-8 lots: of opposite volume of one account and symbol that was open together
 * the larger side, as it grows with each closing.
 */
export function paidVolumes(counted: readonly Piece[], isHedged: boolean): Map<Piece, bigint> {
  const paid = new Map(counted.map((piece) => [piece, piece.volume]));
  if (!isHedged) return paid;
  const closed = counted.filter(({ opens, opening }) => !opens && opening !== null);
  for (const group of connected(closed)) {
    const volume = { buy: 0n, sell: 0n };
    const larger = () => (volume.buy > volume.sell ? volume.buy : volume.sell);
    for (const piece of inOrder(group)) {
      const before = larger();
      volume[piece.opening?.side ?? 'buy'] += piece.volume;
      paid.set(piece, larger() - before);
    }
  }
  return paid;
}

/** Pieces whose open times overlap, directly or by others between them. */
function connected(pieces: readonly Piece[]): Piece[][] {
  const groups: Piece[][] = [];
  for (const piece of pieces) {
    const touching = groups.filter((group) => group.some((other) => overlap(piece, other)));
    const merged = [piece, ...touching.flat()];
    for (const group of touching) groups.splice(groups.indexOf(group), 1);
    groups.push(merged);
  }
  return groups;
}

function overlap(a: Piece, b: Piece): boolean {
  if (a.at.login !== b.at.login || a.at.symbol !== b.at.symbol) return false;
  const [fromA, toA] = [a.opening?.time ?? '', a.at.time];
  const [fromB, toB] = [b.opening?.time ?? '', b.at.time];
  return fromA < toB && fromB < toA;
}

/** By the time at which they were closed, then by ticket. */
export function inOrder(pieces: readonly Piece[]): Piece[] {
  return [...pieces].sort(
    (a, b) =>
      Date.parse(a.at.time) - Date.parse(b.at.time) ||
      compare(a.at.ticket, b.at.ticket) ||
      Number(a.opens) - Number(b.opens) ||
      compare(a.opening?.ticket ?? -1n, b.opening?.ticket ?? -1n),
  );
}
