import { exponentOf, parseAmount } from '../money';

/** What of a bonus is taken back before money leaves its account: all of it, or as large a part as that of the money. */
export const bonusRemovals = ['whole', 'proportion'] as const;
export type BonusRemoval = (typeof bonusRemovals)[number];

/** What a policy grants. */
export interface BonusTerms {
  /** Of what was paid in; null where the amount is named by hand. */
  readonly percent: number | null;
  /** Decimal, in the currency of the account; null: no limit. */
  readonly maximum: string | null;
  readonly removal: BonusRemoval;
  readonly expiresInDays: number | null;
}

/** Why credit is taken back; `gone_at_server`: somebody has taken it there already. */
export const removalCauses = [
  'transfer_out',
  'expiry',
  'chargeback',
  'hand',
  'closing',
  'gone_at_server',
] as const;
export type RemovalCause = (typeof removalCauses)[number];

/**
 * The credit, in minor units of the account's currency, for money that was paid in: rounded down, at most the maximum,
 * 0 where the terms name no percentage.
 */
export function creditFor(
  { percent, maximum }: Pick<BonusTerms, 'percent' | 'maximum'>,
  paid: { readonly amountMinor: bigint; readonly currency: string },
): bigint {
  if (percent === null || paid.amountMinor <= 0n) return 0n;
  const credit = (paid.amountMinor * hundredths(percent)) / 10_000n;
  const limit = limitOf(maximum, paid.currency);
  return limit === null || credit <= limit ? credit : limit;
}

/** Whether an amount that a person named is within the terms. */
export function isWithin(
  { maximum }: Pick<BonusTerms, 'maximum'>,
  amount: { readonly amountMinor: bigint; readonly currency: string },
): boolean {
  const limit = limitOf(maximum, amount.currency);
  return limit === null || amount.amountMinor <= limit;
}

/**
 * How much of the credit has to go before `leavingMinor` of an account's own money leaves it. A proportion is rounded
 * up; where all of the money leaves, or none of it is the client's own any more, all of the credit goes. Money whose
 * share was taken and that is still here is as good as gone: counted once more it would keep credit that nothing is left for.
 */
export function creditToTakeBack(
  removal: BonusRemoval,
  {
    remainingMinor,
    leavingMinor,
    balanceMinor,
    underWayMinor,
  }: {
    readonly remainingMinor: bigint;
    readonly leavingMinor: bigint;
    /** The account's balance before; credit is no part of it. */
    readonly balanceMinor: bigint;
    /** What of it is on its way out with its share of the credit taken already. */
    readonly underWayMinor: bigint;
  },
): bigint {
  const staysMinor = balanceMinor - underWayMinor;
  if (removal === 'whole' || leavingMinor >= staysMinor) return remainingMinor;
  return (remainingMinor * leavingMinor + staysMinor - 1n) / staysMinor;
}

/** Percentages have two decimals: 33.33 is 3333n. */
function hundredths(percent: number): bigint {
  return BigInt(Math.round(percent * 100));
}

/**
 * What of a bonus is not on its account any more, where the server shows less credit than was lent to it: of several
 * bonuses nobody knows whose it was, so that the one that is looked at bears it.
 */
export function goneAtServer({
  remainingMinor,
  lentMinor,
  thereMinor,
}: {
  readonly remainingMinor: bigint;
  /** What all bonuses of the account should have there. */
  readonly lentMinor: bigint;
  /** The credit that the server shows. */
  readonly thereMinor: bigint;
}): bigint {
  const missing = lentMinor - (thereMinor > 0n ? thereMinor : 0n);
  if (missing <= 0n) return 0n;
  return missing < remainingMinor ? missing : remainingMinor;
}

/** The policy's limit is of whatever currency the account has: digits that this one has not are left out. */
function limitOf(maximum: string | null, currency: string): bigint | null {
  if (maximum === null) return null;
  const [whole = '0', fraction = ''] = maximum.split('.');
  return parseAmount(
    `${whole}.${fraction.slice(0, exponentOf(currency)).padEnd(1, '0')}`,
    currency,
  );
}
