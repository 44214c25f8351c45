import { Fraction } from '../fraction';
import { zero } from './piece';

/** Whole units in proportion; what is left goes to the largest remainders, the first of equals. */
export function shareOut(whole: bigint, parts: readonly Fraction[]): bigint[] {
  const all = parts.reduce((sum, part) => sum.plus(part), zero);
  const shares = parts.map((part, position) => {
    const quota = part.times(Fraction.of(whole)).over(all);
    const floor = quota.floor();
    return {
      position,
      floor,
      isNothing: part.top === 0n,
      remainder: quota.minus(Fraction.of(floor)),
    };
  });
  const left = whole - shares.reduce((sum, { floor }) => sum + floor, 0n);
  const lucky = shares
    .filter(({ isNothing }) => !isNothing)
    .sort((a, b) => b.remainder.compare(a.remainder) || a.position - b.position)
    .slice(0, Number(left))
    .map(({ position }) => position);
  return shares.map(({ position, floor }) => floor + (lucky.includes(position) ? 1n : 0n));
}
