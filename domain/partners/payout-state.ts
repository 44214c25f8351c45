import { isEnded, type PartnerState } from './standing';
import { minimumPayoutMinor, type PartnerPlan } from './plan';

/**
 * What becomes of what a partner has earned: paid, carried on (below zero as well), or not set off by the plan. What is left
 * of a partner whose agreement has ended waits for no smallest payout.
 */
export function payoutStateOf(
  amountMinor: bigint,
  of: {
    readonly plan: PartnerPlan;
    readonly currency: string;
    /** How the partner stands; left out, active. */
    readonly standing?: PartnerState;
  },
): 'computed' | 'below_minimum' | 'forgiven' {
  const { plan, currency, standing = 'active' } = of;
  if (amountMinor < 0n && !plan.negativeCarryOver) return 'forgiven';
  const isEnough =
    amountMinor > 0n && (isEnded(standing) || amountMinor >= minimumPayoutMinor(plan, currency));
  return isEnough ? 'computed' : 'below_minimum';
}
