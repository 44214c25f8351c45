import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { callControl } from '../brokerage/testing';
import { RestClient } from './testing-clients';

interface Addresses {
  rest: string;
  raw: string;
  control: string;
  ca: string;
  login: string;
  password: string;
  groups: string[];
}

describe('the simulator as a process', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'mt5-restart-'));
  const children: ChildProcess[] = [];
  const clients: RestClient[] = [];
  let printed: string[] = [];

  afterAll(() => {
    for (const client of clients) client.close();
    for (const child of children) child.kill('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function start(...options: string[]): Promise<{ child: ChildProcess; at: Addresses }> {
    const child = spawn(
      process.execPath,
      [
        '--require',
        './scripts/typescript.js',
        'simulators/main.ts',
        'mt5',
        '--data',
        dataDir,
        ...options,
      ],
      { cwd: resolve(__dirname, '../..'), stdio: ['ignore', 'pipe', 'ignore'] },
    );
    children.push(child);
    printed = [];
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => printed.push(line));
    const [first] = (await once(lines, 'line')) as [string];
    return { child, at: JSON.parse(first) as Addresses };
  }

  async function connect(at: Addresses, ca = at.ca): Promise<RestClient> {
    const client = new RestClient(at.rest, readFileSync(ca, 'utf8'));
    clients.push(client);
    expect((await client.login(at.password, at.login)).retcode).toBe(0);
    return client;
  }

  async function stateOf(at: Addresses): Promise<Record<string, unknown>> {
    const {
      serverTime: _time,
      connections: _connections,
      ...state
    } = await callControl(at.control, 'GET', '/state');
    return state;
  }

  it('comes back as it was after SIGKILL, on the same ports, trusted by the same PEM', async () => {
    const first = await start('--login-range', '700001-700009');
    const client = await connect(first.at);
    const login = await client.openAccount();
    const other = await client.openAccount();
    expect(login).toBe(700_001);
    await client.balance(login, '1000', 'kept');
    await client.balance(other, '20000');
    await callControl(first.at.control, 'POST', '/backfill', {
      logins: [login, other],
      from: Math.floor(Date.now() / 1000) - 30 * 86_400,
      to: Math.floor(Date.now() / 1000) - 86_400,
      trades: 25,
      seed: 3,
    });
    await callControl(first.at.control, 'POST', '/login-range', { from: 700_001, to: 700_003 });
    await callControl(first.at.control, 'POST', '/faults', {
      kind: 'lose_reply_after_apply',
      times: 2,
    });
    await expect(client.balance(login, '5', 'lost reply')).rejects.toThrow();
    const before = await stateOf(first.at);
    const pem = readFileSync(first.at.ca, 'utf8');
    first.child.kill('SIGKILL');
    await once(first.child, 'exit');

    const { rest, raw, control } = first.at;
    const again = ['--rest-port', new URL(rest).port, '--raw-port', raw.split(':')[1] ?? ''];
    again.push('--control-port', new URL(control).port);
    const second = await start(...again, '--login-range', '700001-700009');
    expect(second.at).toEqual(first.at);
    expect(readFileSync(second.at.ca, 'utf8')).toBe(pem);
    expect(await stateOf(second.at)).toEqual(before);
    const reader = await connect(second.at);
    const lost = (await reader.deals(login)).filter((deal) => deal['Comment'] === 'lost reply');
    expect(lost.length).toBe(1);

    second.child.kill('SIGTERM');
    expect(await once(second.child, 'exit')).toEqual([0, null]);
    expect(printed.length).toBe(1);
  });

  it('answers nothing that a kill takes back', async () => {
    const { child, at } = await start();
    const client = await connect(at);
    const login = 700_002;
    await callControl(at.control, 'DELETE', '/faults');
    const before = (await client.deals(login)).length;
    let answered = 0;
    let sent = 0;
    const killer = setTimeout(() => child.kill('SIGKILL'), 250);
    try {
      for (; sent < 5000; sent += 1) {
        await client.balance(login, '0.01', `n${sent}`);
        answered += 1;
      }
    } catch {
      // the kill
    }
    clearTimeout(killer);
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    const again = await start();
    const reader = await connect(again.at);
    const kept = (await reader.deals(login)).length - before;
    expect(answered).toBeGreaterThan(0);
    expect([answered, answered + 1]).toContain(kept);
    again.child.kill('SIGTERM');
    await once(again.child, 'exit');
  });

  it('keeps its secrets in files of its owner', () => {
    for (const file of ['journal.jsonl', 'settings.json', 'tls/tls.json']) {
      expect(statSync(join(dataDir, file)).mode & 0o077).toBe(0);
    }
    expect(readFileSync(join(dataDir, 'journal.jsonl'), 'utf8')).not.toContain('Main-pass1');
  });
});
