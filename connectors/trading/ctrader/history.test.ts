import { type TradingPlatform } from '../port';
import { describeDealFeed } from '../testing/deal-feed';
import { type Fixture, startFixture } from './testing/fixture';
import { type SimulatorProcess } from './testing/simulator-process';

const group = 'cy-std/USD';
const euros = 'cy-std/EUR';
const day = 86_400_000;
let simulator: SimulatorProcess;
let platform: TradingPlatform;
let newLogin: Fixture['newLogin'];
let fund: Fixture['fund'];
let trade: Fixture['trade'];
let backfill: Fixture['backfill'];

beforeAll(async () => {
  ({ simulator, platform, newLogin, fund, trade, backfill } = await startFixture(group, [
    '--seed',
    '1',
    '--clock-offset',
    '7200',
  ]));
}, 60_000);

afterAll(async () => {
  await simulator.stop();
});

afterEach(async () => {
  await simulator.control('DELETE', '/faults');
});

describe('what happened on a cTrader server', () => {
  it('reads positions with their money and sides, in the currency of the account', async () => {
    const login = await newLogin();
    const eur = await newLogin({ group: euros });
    await fund(login, 1_000_000n);
    await fund(eur, 1_000_000n, 'EUR');
    await trade(login, { side: 'sell', volume: '0.15' });
    await trade(eur, { symbol: 'USDJPY', volume: '1' });
    const [position, ...others] = await platform.positions({ login });
    expect(others).toEqual([]);
    expect(position).toMatchObject({
      login,
      symbol: 'EURUSD',
      side: 'sell',
      volume: 15_000_000n,
      contractSize: '100000',
      currency: 'USD',
    });
    expect(Math.abs(Date.parse(position?.openedAt ?? '') - Date.now())).toBeLessThan(10_000);
    const inGroup = (await platform.positions({ group })).map(({ positionId }) => positionId);
    expect(inGroup).toContain(position?.positionId);
    const [other] = await platform.positions({ group: euros });
    expect(other).toMatchObject({ login: eur, currency: 'EUR' });
    for (const [of, seen] of [
      [login, position],
      [eur, other],
    ] as const) {
      const floating = (await platform.readAccount(of))?.floating.amountMinor ?? 0n;
      const profit = seen?.profitMinor ?? 0n;
      // Quoted at two moments: a spread apart at most.
      const apart = floating - profit;
      expect(apart < 0n ? -apart : apart).toBeLessThan(1_500n);
    }
  });

  it('reads a month of trades in pages, none twice and none missing, and they add up', async () => {
    const started = Date.now();
    const login = await newLogin();
    const eur = await newLogin({ group: euros });
    await fund(login, 5_000_000n);
    await fund(eur, 5_000_000n, 'EUR');
    const from = new Date(started - 30 * day).toISOString();
    const to = new Date(started - day).toISOString();
    const booked = await backfill({ logins: [Number(login), Number(eur)], from, to, trades: 400 });

    const seen = new Map<string, string>();
    let watermark = { serverTime: Math.floor((started - 31 * day) / 1000) };
    let pages = 0;
    for (; pages < 100; pages += 1) {
      const page = await platform.dealsSince(watermark, {
        overlapSeconds: 0,
        limit: 50,
        groups: [group, euros],
      });
      for (const deal of page.deals) {
        // The second in which an answer was cut is read again.
        if (seen.has(deal.ticket)) expect(seen.get(deal.ticket)).toBe(deal.login);
        seen.set(deal.ticket, deal.login);
        if (deal.login === eur) expect(deal.currency).toBe('EUR');
      }
      expect(page.watermark.serverTime).toBeGreaterThanOrEqual(watermark.serverTime);
      watermark = page.watermark;
      if (page.caughtUp) break;
    }
    expect(pages).toBeGreaterThan(3);
    for (const [of, currency] of [
      [login, 'USD'],
      [eur, 'EUR'],
    ] as const) {
      const totals = await platform.dealTotals({
        login: of,
        from: new Date(0),
        to: new Date(Date.now() + day),
      });
      const traded = booked.get(of) ?? 0;
      expect(traded).toBeGreaterThan(500);
      expect(totals).toMatchObject({ currency, count: traded + 1 });
      expect((await platform.readAccount(of))?.balance.amountMinor).toBe(totals.balanceMinor);
      expect(await platform.balanceCheck(of)).toMatchObject({ agrees: true });
      const offered = [...seen.values()].filter((owner) => owner === of).length;
      // The present second is left for the next call, so the funding may not have been offered yet.
      expect([traded, traded + 1]).toContain(offered);
    }
  }, 60_000);

  it('gives trades a UTC time, volume, and money with the close alone', async () => {
    const login = await newLogin();
    await fund(login, 1_000_000n);
    await trade(login, { openAt: '2026-01-05T10:00:00Z', closeAt: '2026-01-05T10:20:00Z' });
    const { deals } = await platform.dealsSince(
      { serverTime: Date.parse('2026-01-05T11:00:00Z') / 1000 },
      { overlapSeconds: 0, limit: 2, logins: [login] },
    );
    expect(deals.slice(0, 2)).toMatchObject([
      {
        kind: 'trade',
        side: 'buy',
        entry: 'in',
        symbol: 'EURUSD',
        volume: 25_000_000n,
        commissionMinor: 0n,
        time: '2026-01-05T10:00:00.000Z',
      },
      {
        kind: 'trade',
        side: 'sell',
        entry: 'out',
        volumeClosed: 25_000_000n,
        commissionMinor: -50n,
        time: '2026-01-05T10:20:00.000Z',
      },
    ]);
    const [opening, closing] = deals;
    expect(opening?.positionId).toBe(closing?.positionId);
    expect(closing?.pricePosition).toBe(opening?.price);
    const shown = [opening, closing].map((deal) => BigInt(deal?.ticket ?? '1') % 2n);
    expect(shown).toEqual([0n, 0n]);
  });

  it('offers deals of the overlap again: edited, cancelled, and each once when they come twice', async () => {
    const login = await newLogin();
    await fund(login, 1_000_000n);
    const [opened] = await trade(login, { holdSeconds: 0.3 });
    await trade(login, { holdSeconds: 0.3 });
    await new Promise((resolve) => setTimeout(resolve, 2_600));
    const start = { serverTime: Math.floor(Date.now() / 1000) + 7_200 - 60 };
    const options = { limit: 1_000, logins: [login] };
    const first = await platform.dealsSince(start, { ...options, overlapSeconds: 0 });
    expect(first).toMatchObject({ caughtUp: true });
    const closings = first.deals.filter(({ entry }) => entry === 'out');
    expect([first.deals.length, closings.length]).toEqual([5, 2]);
    expect(first.deals.some(({ modified }) => modified)).toBe(false);
    const [cancelled, kept] = closings.map(({ ticket }) => ticket);

    await simulator.control('POST', '/cancel-deal', { ticket: Number(cancelled) / 2 });
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    await simulator.control('POST', '/tamper', {
      kind: 'edit_deal',
      ticket: opened?.dealId ?? 0,
      comment: 'edited',
    });
    await simulator.control('POST', '/faults', { kind: 'deliver_twice' });
    const again = await platform.dealsSince(first.watermark, { ...options, overlapSeconds: 120 });
    expect(again.deals.length).toBe(5);
    const of = (ticket: string | undefined) => again.deals.find((deal) => deal.ticket === ticket);
    expect(of(cancelled)).toMatchObject({ kind: 'cancelled', profitMinor: 0n, modified: true });
    expect(of(kept)).toMatchObject({ kind: 'trade', modified: false });
    expect(of(String(2 * (opened?.dealId ?? 0)))).toMatchObject({
      modified: true,
      comment: 'edited',
    });
    expect(await platform.balanceCheck(login)).toMatchObject({ agrees: true });
  });

  describeDealFeed({
    platform: () => platform,
    simulator: () => simulator,
    newLogin: () => newLogin(),
    fund: (login, amountMinor) => fund(login, amountMinor),
    zoneSeconds: 7_200,
  });
});
