import { defaultPartnerPlan } from './default-plan';
import { payoutStateOf } from './payout-state';

describe('what a partner has earned', () => {
  it.each([
    [1_000n, true, 'computed'],
    [999n, true, 'below_minimum'],
    [0n, true, 'below_minimum'],
    [-1n, true, 'below_minimum'],
    [-1n, false, 'forgiven'],
  ] as const)(
    '%s minor units, carrying on what is below zero: %s, is %s',
    (minor, carries, state) => {
      const plan = { ...defaultPartnerPlan, negativeCarryOver: carries };
      expect(payoutStateOf(minor, { plan, currency: 'USD' })).toBe(state);
    },
  );

  it('is never paid when it is nothing, whatever the plan', () => {
    const plan = { ...defaultPartnerPlan, minimumPayout: '0' };
    expect(payoutStateOf(0n, { plan, currency: 'USD' })).toBe('below_minimum');
  });
});
