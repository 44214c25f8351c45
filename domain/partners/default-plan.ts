import type { ShippedPolicy } from '../policy/defaults/shipped';
import type { PartnerPlan } from './plan';
import { parsePartnerPlan, type WrittenPlan } from './plan.schema';

/**
 * The plan that ships: two tiers, 7 a lot for a root partner and 5 for one below, so that the parent's
 * difference is 2; metals 9 and 6; never more than the deal brought in.
 */
const shippedPlan: WrittenPlan = {
  currency: 'USD',
  payOn: 'close',
  groups: [
    {
      name: 'Metals',
      symbols: ['XAU*', 'XAG*'],
      ratesPerLot: ['9.00', '6.00'],
      lotModifier: '1',
      minMovePoints: null,
    },
    {
      name: 'Everything else',
      symbols: ['*'],
      ratesPerLot: ['7.00', '5.00'],
      lotModifier: '1',
      minMovePoints: null,
    },
  ],
  minHoldSeconds: null,
  hedged: 'all',
  bonusMoney: 'full',
  spikeTimes: null,
  negativeStopOut: 'unpaid',
  ownTrades: 'unpaid',
  revenue: { swapPercent: '0', costPercent: '0', clientLosses: false },
  override: { by: 'difference' },
  tiersMax: 2,
  capAtRevenue: true,
  caps: { perDeal: null, perClient: null, perPeriod: null, lifetimePercent: null },
  tiers: null,
  cpa: null,
  rebates: 'first_day',
  volumeBonus: null,
  minimumPayout: '10.00',
  negativeCarryOver: true,
  clawBackDays: 180,
  latenessMinutes: 15,
};

export const defaultPartnerPlan: PartnerPlan = parsePartnerPlan(shippedPlan);

/** The shipped policy of the kind `partner.plan`. */
export const partnerPlanPolicy: ShippedPolicy<'partner.plan'> = {
  base: {
    title: 'Partner plan',
    parameters: { plan: shippedPlan },
    rules: [],
  },
};
