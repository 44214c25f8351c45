/**
 * What a payout takes back of commission that a chargeback has made unearned: as far as the payout goes, the rest in a later
 * one; below zero it gives back what was taken for a chargeback that was won. Minor units.
 */
export function clawedBack(earnedMinor: bigint, toClawMinor: bigint): bigint {
  return toClawMinor < earnedMinor ? toClawMinor : earnedMinor;
}
