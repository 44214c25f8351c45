import type { ShippedPolicy } from '../policy/defaults/shipped';
import type { PartnerPlan } from './plan';

/**
 * The plan that ships: two tiers, 7 a lot for a root partner and 5 for one below, so that the parent's
 * difference is 2; metals 9 and 6; never more than the deal brought in.
 */
export const defaultPartnerPlan: PartnerPlan = {
  currency: 'USD',
  payOn: 'close',
  groups: [
    {
      name: 'Metals',
      symbols: ['XAU*', 'XAG*'],
      ratesPerLot: ['9.00', '6.00'],
      minMovePoints: null,
    },
    { name: 'Everything else', symbols: ['*'], ratesPerLot: ['7.00', '5.00'], minMovePoints: null },
  ],
  minHoldSeconds: null,
  override: { by: 'difference' },
  tiersMax: 2,
  capAtRevenue: true,
  minimumPayout: '10.00',
  latenessMinutes: 15,
};

/** The shipped policy of the kind `partner.plan`. */
export const partnerPlanPolicy: ShippedPolicy<'partner.plan'> = {
  base: {
    title: 'Partner plan',
    parameters: { plan: defaultPartnerPlan },
    rules: [],
  },
};
