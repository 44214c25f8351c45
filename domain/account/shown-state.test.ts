import { type AccessLevel, accountStates } from './access';
import { shownState, shownStates } from './shown-state';

describe('the state that people read', () => {
  it.each([
    ['active', 'full', 'active'],
    ['active', 'frozen', 'restricted'],
    ['active', 'blocked', 'suspended'],
    ['dormant', 'frozen', 'restricted'],
    ['closing', 'frozen', 'closing'],
    ['closed', 'blocked', 'closed'],
    ['provisioning', 'full', 'provisioning'],
  ] as const)('of %s with %s access is %s', (state, access, shown) => {
    expect(shownState({ state, access })).toBe(shown);
  });

  it('has a name for every state and access', () => {
    const levels: readonly AccessLevel[] = ['full', 'frozen', 'blocked'];
    for (const state of accountStates)
      for (const access of levels) expect(shownStates).toContain(shownState({ state, access }));
  });
});
