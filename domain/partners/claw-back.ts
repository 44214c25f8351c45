/**
 * What a payout takes back of commission that a chargeback has made unearned: as far as the payout goes, the rest in a later
 * one, and nothing of what is below zero already; below zero it gives back what was taken for a chargeback that was won.
 * Minor units.
 */
export function clawedBack(earnedMinor: bigint, toClawMinor: bigint): bigint {
  if (toClawMinor <= 0n) return toClawMinor;
  if (earnedMinor <= 0n) return 0n;
  return toClawMinor < earnedMinor ? toClawMinor : earnedMinor;
}

/**
 * What is still to be taken back of a partner: what chargebacks make unearned by the days that the plan says now, less what was
 * taken before. What was taken by the days of an earlier plan stands (`unearnedThen`, by the longer of both); below zero a
 * chargeback was won since, and what was taken for it is given back. Minor units.
 */
export function toClawBack(of: {
  readonly unearned: bigint;
  readonly unearnedThen: bigint;
  readonly clawed: bigint;
}): bigint {
  if (of.unearned > of.clawed) return of.unearned - of.clawed;
  return of.unearnedThen < of.clawed ? of.unearnedThen - of.clawed : 0n;
}
