import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { startTestServer, type TestServer, TRADER } from './testing';

const dataDir = mkdtempSync(join(tmpdir(), 'ctrader-restart-'));
const children: ChildProcess[] = [];

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(dataDir, { recursive: true, force: true });
});

describe('the cTrader simulator as a process', () => {
  it('prints one line that says how to reach it', async () => {
    const child = spawn(
      process.execPath,
      [
        '--require',
        './scripts/typescript.js',
        'simulators/main.ts',
        'ctrader',
        '--data',
        join(dataDir, 'process'),
      ],
      { cwd: resolve(__dirname, '../..'), stdio: ['ignore', 'pipe', 'ignore'] },
    );
    children.push(child);
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    expect(JSON.parse(line)).toEqual({
      rest: expect.stringMatching(/^https:\/\/127\.0\.0\.1:\d+$/),
      manager: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      control: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      ca: expect.stringContaining('ca.pem'),
      login: '30000',
      password: expect.stringMatching(/^Cm-/),
      plantId: 'simulator',
      environmentName: 'live',
      brokerName: 'SIMULATOR',
      groups: expect.arrayContaining(['cy-std/USD', 'off-pro/EUR']),
    });
  }, 30_000);

  it('comes back with every account, version and fault that it ever answered for', async () => {
    const folder = join(dataDir, 'kept');
    const rowsOf = async (server: TestServer) => {
      const client = await server.client();
      await client.login();
      const window = { fromTimestamp: 0, toTimestamp: server.clock.now + 1 };
      const names = ['TraderListReq', 'BalanceHistoryListReq', 'DealListReq'] as const;
      const rows = [];
      for (const name of names) rows.push((await client.ask(name, window)).fields);
      const state = await fetch(`${server.control}/faults`);
      return [rows, ((await state.json()) as { faults: unknown }).faults];
    };
    const first = await startTestServer({ dataDir: folder });
    const { json } = await first.call('POST', 'traders', TRADER);
    const login = Number(json['login']);
    const money = { login, preciseAmount: 5_000.25, type: 'DEPOSIT', externalId: 'one' };
    await first.call('POST', `traders/${login}/changebalance`, money);
    const span = { from: '2025-10-01T00:00:00Z', to: '2025-10-14T00:00:00Z' };
    await first.post('/backfill', { login, ...span, trades: 5 });
    await first.post('/tamper', { kind: 'balance', login, amount: '1.00' });
    const cancelled = await rowsOf(first);
    const [deals] = cancelled as [{ deal?: { dealId: string; closePositionDetail?: unknown }[] }[]];
    const closing = deals[2]?.deal?.find((deal) => deal.closePositionDetail !== undefined);
    await first.post('/cancel-deal', { ticket: Number(closing?.dealId) });
    await first.post('/faults', { kind: 'refuse', code: 'INVALID_REQUEST' });
    const before = await rowsOf(first);
    expect(before).not.toEqual(cancelled);
    await first.stop();
    const second = await startTestServer({ dataDir: folder });
    expect(await rowsOf(second)).toEqual(before);
    await second.stop();
  });
});
