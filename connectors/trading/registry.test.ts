import { closeTradingPlatforms, tradingPlatformFor, type Mt5Server } from './registry';

const server: Mt5Server = {
  id: 'srv-1',
  kind: 'mt5',
  rest: 'https://127.0.0.1:1',
  caPath: null,
  login: '1000',
  password: 'Password-1',
};

afterEach(closeTradingPlatforms);

describe('registry of trading servers', () => {
  it('keeps one session a server, so that writes to it stand in one line', () => {
    expect(tradingPlatformFor(server)).toBe(tradingPlatformFor({ ...server }));
    expect(tradingPlatformFor({ ...server, id: 'srv-2' })).not.toBe(tradingPlatformFor(server));
  });

  it('opens another session when the configuration has changed, and closes the old one', async () => {
    const old = tradingPlatformFor(server);
    const renewed = tradingPlatformFor({ ...server, password: 'Password-2' });
    expect(renewed).not.toBe(old);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await old.health()).toEqual({ ok: false, reason: 'the session is closed' });
  });
});
