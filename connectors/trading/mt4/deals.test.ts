import { type CreateAccountRequest } from '../../../domain/trading/account';
import { tokenOf } from '../../../domain/trading/token';
import { type TradingPlatform } from '../port';
import { describeDealFeed } from '../testing/deal-feed';
import { type SimulatorProcess, startSimulator } from './testing/simulator-process';

const group = 'cy-usd-std';
let simulator: SimulatorProcess;
let platform: TradingPlatform;
let accounts = 0;

beforeAll(async () => {
  simulator = await startSimulator(['--seed', '1', '--clock-offset', '10800']);
  platform = simulator.connect();
}, 60_000);

afterAll(async () => {
  await simulator.stop();
});

function request(change: Partial<CreateAccountRequest> = {}): CreateAccountRequest {
  accounts += 1;
  return {
    accountId: `acc_deals_${accounts}`,
    group,
    leverage: 30,
    firstName: 'Ada',
    lastName: 'Lovelace',
    email: 'ada@example.test',
    ...change,
  };
}

async function newLogin(change: Partial<CreateAccountRequest> = {}): Promise<string> {
  const outcome = await platform.createAccount(request(change));
  if (outcome.kind !== 'done') throw new Error(`no account: ${outcome.kind}`);
  return outcome.login;
}

async function fund(login: string, amountMinor: bigint, currency = 'USD'): Promise<string> {
  const outcome = await platform.balanceOperation({
    login,
    token: tokenOf(`int_fund_${login}_${amountMinor}`),
    amount: { amountMinor, currency },
    kind: 'balance',
    checkMargin: true,
  });
  if (outcome.kind !== 'done') throw new Error(`no money: ${JSON.stringify(outcome)}`);
  return outcome.ticket;
}

/** Trades of the past; gives the number of closed records by log-in: a trade that closes in two parts has two. */
async function backfill(body: object): Promise<Map<string, number>> {
  const answer = (await simulator.control('POST', '/backfill', body)) as {
    readonly accounts: readonly {
      readonly login: number;
      readonly deals: number;
      readonly trades: number;
    }[];
  };
  return new Map(
    answer.accounts.map(({ login, deals, trades }) => [String(login), deals - trades]),
  );
}

describe('deals of MetaTrader 4', () => {
  it('reads a month of trades by slices, none twice and none missing, and they add up', async () => {
    const started = Date.now();
    const login = await newLogin();
    const eur = await newLogin({ group: 'cy-eur-std' });
    await fund(login, 5_000_000n);
    await fund(eur, 5_000_000n, 'EUR');
    const day = 86_400_000;
    const from = new Date(started - 30 * day).toISOString();
    const to = new Date(started - day).toISOString();
    const booked = await backfill({ logins: [Number(login), Number(eur)], from, to, trades: 120 });

    const seen = new Map<string, string>();
    let watermark = { serverTime: Math.floor((started - 31 * day) / 1000) };
    let pages = 0;
    for (; pages < 100; pages += 1) {
      const page = await platform.dealsSince(watermark, {
        overlapSeconds: 0,
        limit: 50,
        groups: [group, 'cy-eur-std'],
      });
      for (const deal of page.deals) {
        expect(seen.has(deal.ticket)).toBe(false);
        seen.set(deal.ticket, deal.login);
        expect(deal.currency).toBe(deal.login === eur ? 'EUR' : 'USD');
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
      expect(traded).toBeGreaterThan(100);
      expect(totals).toMatchObject({ currency, count: 2 * traded + 1 });
      expect((await platform.readAccount(of))?.balance.amountMinor).toBe(totals.balanceMinor);
      const offered = [...seen.values()].filter((owner) => owner === of).length;
      // The present second is left for the next call, so the funding may not have been offered yet.
      expect([2 * traded, 2 * traded + 1]).toContain(offered);
    }
  }, 60_000);

  it('makes the deals of a closed trade out of its one record', async () => {
    const login = await newLogin();
    await fund(login, 1_000_000n);
    await simulator.control('POST', '/trade', {
      login: Number(login),
      symbol: 'EURUSD',
      side: 'buy',
      volume: '0.25',
      openAt: '2026-01-05T10:00:00Z',
      closeAt: '2026-01-05T10:20:00Z',
    });
    const { deals } = await platform.dealsSince(
      { serverTime: Date.parse('2026-01-05T12:00:00Z') / 1000 },
      { overlapSeconds: 0, limit: 2, logins: [login] },
    );
    expect(deals.slice(0, 2)).toMatchObject([
      {
        kind: 'trade',
        side: 'buy',
        entry: 'in',
        symbol: 'EURUSD',
        volume: 25_000_000n,
        contractSize: '100000',
        profitMinor: 0n,
        commissionMinor: 0n,
        time: '2026-01-05T10:00:00.000Z',
      },
      {
        kind: 'trade',
        side: 'sell',
        entry: 'out',
        volumeClosed: 25_000_000n,
        // Both sides of a lot cost 2.00 in this group; MT4 takes them with the close.
        commissionMinor: -50n,
        time: '2026-01-05T10:20:00.000Z',
      },
    ]);
    const [opening, closing] = deals;
    expect(opening?.positionId).toBe(closing?.positionId);
    expect(closing?.ticket).toBe(closing?.orderId);
    expect(opening?.ticket).not.toBe(closing?.ticket);
    expect(closing?.pricePosition).toBe(opening?.price);
  });

  it('offers the opening of a trade once, unchanged by the market and by its close', async () => {
    const login = await newLogin();
    await fund(login, 1_000_000n);
    await simulator.control('POST', '/trade', {
      login: Number(login),
      symbol: 'EURUSD',
      side: 'sell',
      volume: '0.10',
    });
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const start = { serverTime: Math.floor(Date.now() / 1000) + 10_800 - 60 };
    const options = { overlapSeconds: 30, limit: 1_000, groups: [group] };
    const ofLogin = async () => {
      const page = await platform.dealsSince(start, options);
      return page.deals.filter((deal) => deal.login === login && deal.kind === 'trade');
    };
    const [opening, ...none] = await ofLogin();
    expect(none).toEqual([]);
    expect(opening).toMatchObject({ entry: 'in', side: 'sell', volume: 10_000_000n });
    const [position] = await platform.positions({ login });
    expect(opening?.positionId).toBe(position?.positionId);
    const id = Number(position?.positionId);
    await simulator.control('POST', '/close', { position: id });
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const after = await ofLogin();
    expect(after.find((deal) => deal.entry === 'in')).toEqual(opening);
    expect(after.find((deal) => deal.entry === 'out')).toMatchObject({
      ticket: String(id),
      side: 'buy',
    });
  });

  it('follows a partial close into the number of what stayed open', async () => {
    const login = await newLogin();
    await fund(login, 1_000_000n);
    await simulator.control('POST', '/trade', {
      login: Number(login),
      symbol: 'EURUSD',
      side: 'buy',
      volume: '1.00',
    });
    const [whole] = await platform.positions({ login });
    await simulator.control('POST', '/close', {
      position: Number(whole?.positionId),
      lots: '0.40',
    });
    const [rest, ...others] = await platform.positions({ login });
    expect(others).toEqual([]);
    expect(rest?.positionId).not.toBe(whole?.positionId);
    expect(rest).toMatchObject({ volume: 60_000_000n, openedAt: whole?.openedAt });
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const { deals } = await platform.dealsSince(
      { serverTime: Math.floor(Date.now() / 1000) + 10_800 - 60 },
      { overlapSeconds: 0, limit: 1_000, logins: [login] },
    );
    const trades = deals.filter((deal) => deal.kind === 'trade');
    expect(trades.filter((deal) => deal.entry === 'out')).toMatchObject([
      { ticket: whole?.positionId, volume: 40_000_000n },
    ]);
    const openings = trades.filter((deal) => deal.entry === 'in');
    expect(openings.map((deal) => deal.volume).sort()).toEqual([40_000_000n, 60_000_000n]);
  });

  it('offers deals of the overlap again, edited ones with their flag', async () => {
    const login = await newLogin();
    const ticket = await fund(login, 7_700n);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const start = { serverTime: Math.floor(Date.now() / 1000) + 10_800 - 60 };
    const first = await platform.dealsSince(start, {
      overlapSeconds: 0,
      limit: 1_000,
      logins: [login],
    });
    expect(first).toMatchObject({ caughtUp: true, deals: [{ ticket, modified: false }] });
    await simulator.control('POST', '/tamper', {
      kind: 'edit_deal',
      ticket: Number(ticket),
      comment: 'edited',
    });
    const again = await platform.dealsSince(first.watermark, {
      overlapSeconds: 120,
      limit: 1_000,
      logins: [login],
    });
    expect(again.deals).toMatchObject([{ ticket, modified: true, comment: 'edited' }]);
    const nothing = await platform.dealsSince(again.watermark, {
      overlapSeconds: 0,
      limit: 1_000,
      logins: [login],
    });
    expect(nothing.deals.length).toBeLessThanOrEqual(1);
  });

  describeDealFeed({
    platform: () => platform,
    simulator: () => simulator,
    newLogin: () => newLogin(),
    fund: (login, amountMinor) => fund(login, amountMinor),
    zoneSeconds: 10_800,
  });
});
