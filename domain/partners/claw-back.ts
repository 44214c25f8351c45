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
