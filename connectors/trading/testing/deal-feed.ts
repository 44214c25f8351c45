import { type TradingPlatform } from '../port';
import { type SimulatorProcess } from './spawn-simulator';

/** A platform whose deals are read, and how its test makes some. */
export interface DealSource {
  readonly platform: () => TradingPlatform;
  readonly simulator: () => Pick<SimulatorProcess, 'control'>;
  readonly newLogin: () => Promise<string>;
  /** Answers the ticket. */
  readonly fund: (login: string, amountMinor: bigint) => Promise<string>;
  /** How far the server's clock is ahead of UTC. */
  readonly zoneSeconds: number;
}

/** What holds on every platform for where its deals are read from. */
export function describeDealFeed(source: DealSource): void {
  it('reads what was made before the clock was set back, at the time that it really was made', async () => {
    const login = await source.newLogin();
    const { control } = source.simulator();
    await control('POST', '/faults', { kind: 'clock_offset', seconds: source.zoneSeconds + 7_200 });
    await source.platform().serverTime();
    const madeAt = Date.now();
    const ticket = await source.fund(login, 8_800n);
    await control('DELETE', '/faults');
    const present = Math.floor(Date.now() / 1000) + source.zoneSeconds;
    const page = await source
      .platform()
      .dealsSince(
        { serverTime: present - 60 },
        { overlapSeconds: 0, limit: 1_000, logins: [login] },
      );
    expect(page).toMatchObject({ caughtUp: true, deals: [{ ticket }] });
    expect(page.watermark.serverTime).toBeLessThanOrEqual(present + 1);
    expect(Math.abs(Date.parse(page.deals[0]?.time ?? '') - madeAt)).toBeLessThan(5_000);
  });

  it('starts from nothing: an empty past of decades is read in few steps', async () => {
    const login = await source.newLogin();
    await source.fund(login, 3_300n);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const options = { overlapSeconds: 0, limit: 500, logins: [login] };
    const page = await source.platform().dealsSince({ serverTime: 0 }, options);
    expect(page).toMatchObject({
      caughtUp: true,
      deals: [{ kind: 'balance', profitMinor: 3_300n }],
    });
  });
}
