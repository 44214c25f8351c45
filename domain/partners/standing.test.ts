import { isEnded, partnerStates, payoutOf, unpaidRules } from './standing';

describe('how a partner stands', () => {
  it.each([
    ['active', 'hold', { does: 'pay' }],
    ['suspended', 'pay', { does: 'withhold', code: 'PARTNER_SUSPENDED' }],
    ['terminated', 'pay', { does: 'pay' }],
    ['terminated', 'forfeit', { does: 'forfeit', code: 'PARTNER_TERMINATED' }],
    ['terminated', 'hold', { does: 'withhold', code: 'PARTNER_TERMINATED' }],
    ['deceased', 'hold', { does: 'withhold', code: 'PARTNER_DECEASED' }],
    ['deceased', 'pay', { does: 'pay' }],
    ['deceased', 'forfeit', { does: 'forfeit', code: 'PARTNER_DECEASED' }],
  ] as const)('%s with the rule %s: %j', (state, unpaid, payout) => {
    expect(payoutOf(state, unpaid)).toEqual(payout);
  });

  it('pays an active partner whatever the rule, and nobody who is suspended', () => {
    for (const rule of unpaidRules) {
      expect(payoutOf('active', rule).does).toBe('pay');
      expect(payoutOf('suspended', rule).does).toBe('withhold');
    }
    expect(partnerStates.filter(isEnded)).toEqual(['terminated', 'deceased']);
  });
});
