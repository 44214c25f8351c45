import { minimumPayoutMinor, type PartnerPlan } from './plan';

/** What becomes of what a partner has earned: paid, carried on (below zero as well), or not set off by the plan. */
export function payoutStateOf(
  amountMinor: bigint,
  { plan, currency }: { readonly plan: PartnerPlan; readonly currency: string },
): 'computed' | 'below_minimum' | 'forgiven' {
  if (amountMinor < 0n && !plan.negativeCarryOver) return 'forgiven';
  const isEnough = amountMinor > 0n && amountMinor >= minimumPayoutMinor(plan, currency);
  return isEnough ? 'computed' : 'below_minimum';
}
