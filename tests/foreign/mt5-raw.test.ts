/**
 * Drives the raw protocol of the MetaTrader 5 simulator with `pymt5pure` from PyPI, a client written by others for
 * real servers: log-in, packets, cipher, account, balance operation, deals. Needs python3 with venv and PyPI: the
 * client is installed in a temporary folder.
 */
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const CLIENT = 'pymt5pure==0.3.1';
const REPOSITORY = resolve(__dirname, '../..');
/** The client waits for ever on a connection that was closed. */
const WITHIN_MS = 60_000;

interface Addresses {
  raw: string;
  control: string;
  login: string;
  password: string;
}

interface Told {
  stranger: boolean;
  versions: string[];
  symbols: number;
  symbol: unknown[];
  spread: boolean[];
  time: number;
  name: string;
  logins: boolean;
  ticket: string;
  over: boolean;
  deals: [complete: boolean, total: number, answerBytesMax: number];
  comment: string[];
  sum: number;
  balance: number;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'foreign-mt5-raw-'));
  const simulator = spawn(
    process.execPath,
    [
      '--require',
      './scripts/typescript.js',
      'simulators/main.ts',
      'mt5',
      '--data',
      join(folder, 'data'),
    ],
    { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const [line] = (await once(createInterface({ input: simulator.stdout }), 'line')) as [string];
    const at = JSON.parse(line) as Addresses;
    const python = installClient(folder);
    const script = join(__dirname, 'mt5-raw-client.py');
    const args = [script, at.raw, at.login, at.password, at.control];
    const { stdout } = await promisify(execFile)(python, args, { timeout: WITHIN_MS });
    const told = JSON.parse(stdout) as { clear: Told; ciphered: Told };
    check(told.clear);
    check(told.ciphered);
  } finally {
    simulator.kill('SIGTERM');
    await once(simulator, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

function check(told: Told): void {
  assert.ok(told.stranger, 'a wrong password is refused');
  assert.deepEqual(told.versions, ['4150', '4150']);
  assert.equal(told.symbols, 7);
  assert.deepEqual(told.symbol, ['EURUSD', 'EUR', 5, 100_000]);
  assert.deepEqual(told.spread, [true]);
  assert.ok(Math.abs(told.time - 10_800) < 60, 'the clock is the server’s');
  assert.equal(told.name, 'Zażółć ₿');
  assert.ok(told.logins);
  assert.match(told.ticket, /^\d+$/);
  assert.ok(told.over, 'more than the balance is refused');
  const [complete, total, answerBytesMax] = told.deals;
  assert.ok(complete && total > 100, 'two pages and more');
  assert.ok(answerBytesMax > 65_535, 'an answer over several packets, with a ping between them');
  assert.deepEqual(told.comment, ['a=b|c'], 'what it escapes is understood');
  assert.equal(told.sum, told.balance, 'the deals add up to the balance');
}

function installClient(folder: string): string {
  const venv = join(folder, 'venv');
  const python = join(venv, 'bin/python');
  run('python3', ['-m', 'venv', venv], 'python3 with venv is needed: apt-get install python3-venv');
  const pip = ['-m', 'pip', 'install', '--quiet', CLIENT];
  run(python, pip, `${CLIENT} cannot be installed: pip must reach a package index that has it`);
  return python;
}

/** Runs a step of the installation; what is missing is said in one line. */
function run(program: string, args: readonly string[], needed: string): void {
  try {
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  } catch (error) {
    throw new Error(needed, { cause: error });
  }
}

describe('the raw protocol of the MetaTrader 5 simulator', () => {
  it(`serves ${CLIENT} in clear and with AES256OFB: log-in, account, money, deals`, main, 300_000);
});
