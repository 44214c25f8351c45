import type { PlatformKind } from '../../domain/trading/capabilities';
import type { TradingPlatform } from './port';
import { startSimulator as startCtrader } from './ctrader/testing/simulator-process';
import { startSimulator as startMt4 } from './mt4/testing/simulator-process';
import { startSimulator as startMt5 } from './mt5/testing/simulator-process';

interface Simulated {
  connect(): TradingPlatform;
  control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown>;
  stop(): Promise<void>;
}

/** How each is started, its groups with and without swaps, and what it calls a closed market. */
const platforms = [
  {
    kind: 'mt5',
    start: (options: readonly string[]) => startMt5(options),
    group: 'real\\off-usd-std',
    swapFreeGroup: 'real\\off-usd-sf',
    closed: '10018',
  },
  {
    kind: 'mt4',
    start: startMt4,
    group: 'off-usd-std',
    swapFreeGroup: 'off-usd-sf',
    closed: 'TradeMarketClosed',
  },
  {
    kind: 'ctrader',
    start: startCtrader,
    group: 'off-std/USD',
    swapFreeGroup: 'off-std/USD',
    closed: 'MARKET_CLOSED',
  },
] as const satisfies readonly {
  kind: PlatformKind;
  start: (options: readonly string[]) => Promise<Simulated>;
  group: string;
  swapFreeGroup: string;
  closed: string;
}[];

const dayMs = 86_400_000;

/** Noon in UTC of a day of the last whole week, 0 is its Sunday. */
function lastWeek(day: number): string {
  const midnight = Math.floor(Date.now() / dayMs) * dayMs;
  const sunday = midnight - (new Date(midnight).getUTCDay() + 7) * dayMs;
  return new Date(sunday + day * dayMs + dayMs / 2).toISOString();
}

describe.each(platforms)('a market that rests, on $kind', (of) => {
  let simulator: Simulated;
  let platform: TradingPlatform;
  let login: string;

  beforeAll(async () => {
    simulator = await of.start(['--calendar', 'market']);
    platform = simulator.connect();
    login = await openLogin(of.group, false);
  }, 60_000);
  afterAll(() => simulator.stop());

  async function openLogin(group: string, swapFree: boolean): Promise<string> {
    const made = await platform.createAccount({
      accountId: `acc_overnight_${swapFree ? 'free' : 'paying'}`,
      group,
      leverage: 100,
      firstName: 'Ada',
      lastName: 'Lovelace',
      email: 'ada@example.test',
      swapFree: swapFree && platform.capabilities.swapFree === 'login',
    });
    if (made.kind !== 'done') throw new Error(JSON.stringify(made));
    await simulator.control('POST', '/dealer-balance', {
      login: Number(made.login),
      amount: '50000.00',
    });
    return made.login;
  }

  const trade = (more: object, holder = login) =>
    simulator.control('POST', '/trade', {
      ...{ login: Number(holder), symbol: 'EURUSD', side: 'buy', volume: '1.00' },
      ...more,
    });

  const positions = (holder = login) => platform.positions({ login: holder });

  const rollOver = (day: string, holder = login) =>
    simulator.control('POST', '/rollover', { day, login: Number(holder) });

  async function swapsOfDeals(): Promise<bigint[]> {
    const options = { overlapSeconds: 0, limit: 1_000, logins: [login] };
    const { deals } = await platform.dealsSince({ serverTime: 0 }, options);
    return deals.map(({ swapMinor }) => swapMinor).filter((swap) => swap !== 0n);
  }

  it('refuses to trade at the weekend', async () => {
    await expect(trade({ openAt: lastWeek(0), closeAt: lastWeek(1) })).rejects.toThrow(of.closed);
    await expect(trade({ openAt: lastWeek(5), closeAt: lastWeek(6) })).rejects.toThrow(of.closed);
  });

  it('tells of each night that a closed trade was held, Wednesday’s three times', async () => {
    await trade({ openAt: lastWeek(2), closeAt: lastWeek(4) });
    expect(await swapsOfDeals()).toEqual([-730n - 2_190n]);
    expect(await platform.balanceCheck(login)).toMatchObject({ agrees: true });
  });

  it('shows the swap of an open position, and takes its share with each close', async () => {
    await simulator.control('POST', '/hours', { hours: 'always' });
    await trade({});
    await rollOver('monday');
    await rollOver('saturday');
    const [position] = await positions();
    expect(position?.swapMinor).toBe(-730n);
    const closing = { position: Number(position?.positionId) };
    await simulator.control('POST', '/close', { ...closing, lots: '0.30' });
    expect((await positions()).map(({ swapMinor }) => swapMinor)).toEqual([-511n]);
    await simulator.control('POST', '/hours', { hours: 'closed' });
    await expect(simulator.control('POST', '/close', closing)).rejects.toThrow(of.closed);
    await simulator.control('POST', '/hours', { symbol: 'EURUSD', hours: 'always' });
    await simulator.control('POST', '/close', closing);
    expect(await swapsOfDeals()).toEqual([-2_920n, -219n, -511n]);
    expect(await platform.balanceCheck(login)).toMatchObject({ agrees: true });
  });

  it('charges nothing to a swap-free account', async () => {
    const free = await openLogin(of.swapFreeGroup, true);
    await simulator.control('POST', '/hours', { hours: 'always' });
    await trade({}, free);
    await rollOver('wednesday', free);
    expect((await positions(free)).map(({ swapMinor }) => swapMinor)).toEqual([0n]);
  });
});
