import { FeedMemory, type LoginState } from './feed-memory';

function logins(count: number, fingerprint = 'same'): LoginState[] {
  return Array.from({ length: count }, (_, index) => ({
    login: String(index + 1),
    currency: 'USD',
    fingerprint,
  }));
}

describe('memory of the feed', () => {
  it('reads every log-in at first, then those that changed, and the quiet ones by turns', () => {
    const memory = new FeedMemory();
    const all = logins(1_000);
    expect(memory.choose(all, 0)).toHaveLength(1_000);
    memory.remember(all, { from: 0, to: 1_000 });
    const changed = all.map((state) =>
      state.login === '777' ? { ...state, fingerprint: 'other' } : state,
    );
    const read = new Set<string>();
    for (let turn = 1; turn <= 5; turn += 1) {
      const chosen = memory.choose(changed, 100);
      if (turn === 1) expect(chosen[0]?.login).toBe('777');
      expect(chosen.length).toBeLessThanOrEqual(201);
      for (const { login } of chosen) read.add(login);
      memory.remember(chosen, { from: 100, to: 1_000 + turn });
    }
    expect(read.size).toBe(1_000);
  });

  it('leaves nobody out whose last reading does not reach into the window', () => {
    const memory = new FeedMemory();
    const all = logins(1_000);
    memory.remember(all, { from: 0, to: 1_000 });
    expect(memory.choose(all, 1_000).length).toBe(200);
    expect(memory.choose(all, 1_001).length).toBe(1_000);
  });
});
