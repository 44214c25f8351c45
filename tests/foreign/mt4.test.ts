/**
 * Drives the MetaTrader 4 simulator with `mywebapi-sdk` from PyPI, a client written by others for real bridges:
 * tokens, accounts, balance operations with their keys, trades, margin. Needs python3 with venv and PyPI: the client
 * is installed in a temporary folder.
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { installFromPyPI } from './install';

const CLIENT = 'mywebapi-sdk==0.3.3';
const REPOSITORY = resolve(__dirname, '../..');

interface Addresses {
  rest: string;
  authority: string;
  control: string;
  ca: string;
  clientId: string;
  clientSecret: string;
  platform: string;
  groups: string[];
}

interface Told {
  platforms: string[];
  time: string;
  exists: boolean[];
  login: number;
  password: boolean[];
  orders: number[];
  refused: unknown[];
  late: unknown[];
  running: unknown[];
  lost: string;
  patched: number;
  users: number[];
  pages: number[];
  comment: string[];
  trades: number;
  sum: number;
  balance: number;
  diff: number;
  open: number[];
  margin: unknown[];
  groups: string[];
  symbols: string[];
  spread: boolean;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'foreign-mt4-'));
  const simulator = spawn(
    process.execPath,
    [
      '--require',
      './scripts/typescript.js',
      'simulators/main.ts',
      'mt4',
      '--data',
      join(folder, 'data'),
    ],
    { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const [line] = (await once(createInterface({ input: simulator.stdout }), 'line')) as [string];
    const at = JSON.parse(line) as Addresses;
    const python = join(installFromPyPI(folder, CLIENT), 'python');
    const script = join(__dirname, 'mt4-client.py');
    const { rest, authority, clientId, clientSecret, platform, control } = at;
    const { stdout } = await promisify(execFile)(
      python,
      [script, rest, authority, clientId, clientSecret, platform, control],
      { env: { ...process.env, SSL_CERT_FILE: at.ca } },
    );
    check(JSON.parse(stdout) as Told, at);
  } finally {
    simulator.kill('SIGTERM');
    await once(simulator, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

function check(told: Told, at: Addresses): void {
  assert.deepEqual(told.platforms, [at.platform]);
  const ahead = Date.parse(told.time) - Date.now();
  assert.ok(Math.abs(ahead - 10_800_000) < 60_000, 'the clock is the server’s');
  assert.deepEqual(told.exists, [true, false]);
  assert.ok(told.login > 0);
  assert.deepEqual(told.password, [true, true]);
  assert.ok(
    (told.orders[0] ?? 0) > 0 && told.orders[0] === told.orders[1],
    'a key is answered once',
  );
  assert.deepEqual(told.refused, ['MT4Error', 'TradeNoMoney', false]);
  assert.deepEqual(told.late, ['OutcomeUnknown', 'unknown', true, 1]);
  assert.deepEqual(told.running, ['OutcomeUnknown', 'in-progress']);
  assert.equal(told.lost, 'lost', 'the key has the answer that was lost');
  assert.equal(told.patched, 20);
  assert.deepEqual(
    told.users,
    [1010],
    '1000.50 − 0.50 + 7 + 3, each once, read with another token',
  );
  assert.deepEqual(told.pages, [1]);
  assert.deepEqual(told.comment, ['a comment that is longer than t']);
  assert.ok(told.trades >= 15, 'trades of the past month are there');
  assert.equal(told.sum, told.balance, 'the records add up to the balance');
  assert.equal(told.diff, 0);
  assert.deepEqual(told.open, [0.01, 0.01]);
  assert.deepEqual(told.margin, [true, true, 0]);
  assert.equal(told.groups.length, at.groups.length);
  assert.ok(told.symbols.includes('EURUSD') && told.spread);
}

describe('the MetaTrader 4 simulator', () => {
  it(`serves ${CLIENT}: tokens, accounts, keys, trades, margin`, main, 300_000);
});
