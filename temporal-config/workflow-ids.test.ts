import { workflowIds } from './workflow-ids';

describe('workflow ids', () => {
  it.each([
    [workflowIds.onboarding('cl_1'), 'onboarding/cl_1'],
    [workflowIds.kyc('case_1'), 'kyc/case_1'],
    [workflowIds.account('acc_1'), 'account/acc_1'],
    [workflowIds.deposit('dep_1'), 'deposit/dep_1'],
    [workflowIds.withdrawal('wd_1'), 'withdrawal/wd_1'],
    [workflowIds.transfer('tr_1'), 'transfer/tr_1'],
    [workflowIds.feed('mt5-live'), 'feed/mt5-live'],
    [workflowIds.watch('chain'), 'watch/chain'],
    [workflowIds.settlement('ps_1', '2026-10'), 'settlement/ps_1/2026-10'],
    [workflowIds.payout('st_1', 'pt_1'), 'payout/st_1/pt_1'],
  ])('%s is process and allocated id', (built, expected) => {
    expect(built).toBe(expected);
  });

  it('refuses a part that could make two ids alike', () => {
    expect(() => workflowIds.payout('a/b', 'c')).toThrow(/payout/);
    expect(() => workflowIds.account('')).toThrow(/account/);
  });

  it('refuses an e-mail address, and does not repeat it', () => {
    expect(() => workflowIds.onboarding('jane@example.com')).toThrow(
      'not usable in an id of onboarding',
    );
  });

  it('refuses what PostgreSQL visibility would cut', () => {
    expect(() => workflowIds.account('a'.repeat(250))).toThrow(/255/);
  });
});
