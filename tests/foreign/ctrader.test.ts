/**
 * Drives the Manager API of the cTrader simulator with `ctrader-open-api` from PyPI, whose connection is the one
 * that cTrader's own servers are spoken to with. Needs python3 with venv and PyPI: the client is installed in a
 * temporary folder.
 */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { installFromPyPI } from './install';

const CLIENT = 'ctrader-open-api==0.9.2';
const REPOSITORY = resolve(__dirname, '../..');

interface Addresses {
  rest: string;
  manager: string;
  ca: string;
  login: string;
  password: string;
  plantId: string;
  environmentName: string;
}

interface Told {
  refused: string;
  admitted: number;
  balanceHistoryId: number;
  history: [id: number, delta: number, version: number][];
  over: string;
  events: [externalId: string, version: number][];
  heartbeats: number;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'foreign-ctrader-'));
  const simulator = spawn(
    process.execPath,
    [
      '--require',
      './scripts/typescript.js',
      'simulators/main.ts',
      'ctrader',
      '--data',
      join(folder, 'data'),
    ],
    { cwd: REPOSITORY, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    const [line] = (await once(createInterface({ input: simulator.stdout }), 'line')) as [string];
    const at = JSON.parse(line) as Addresses;
    const python = join(installFromPyPI(folder, CLIENT), 'python');
    const login = await openAccount(at);
    const script = join(__dirname, 'ctrader-client.py');
    const passwordHash = md5(at.password);
    const place = [at.plantId, at.environmentName, String(login + 5_000_000)];
    const args = [script, at.manager, at.login, passwordHash, ...place];
    const { stdout } = await promisify(execFile)(python, args);
    check(JSON.parse(stdout) as Told);
  } finally {
    simulator.kill('SIGTERM');
    await once(simulator, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

function check(told: Told): void {
  assert.equal(told.refused, 'AUTHENTICATION_FAILED', 'its error message reads ours');
  assert.equal(told.admitted, 302);
  assert.deepEqual(told.history, [[told.balanceHistoryId, 12_345, 1]]);
  assert.equal(told.over, 'NOT_ENOUGH_MONEY');
  assert.deepEqual(told.events, [['foreign-1', 1]], 'the event comes by itself, once');
  assert.ok(told.heartbeats < 5, 'heartbeats do not answer one another');
}

async function openAccount(at: Addresses): Promise<number> {
  const agent = new Agent({ ca: readFileSync(at.ca, 'utf8') });
  const credentials = { login: Number(at.login), hashedPassword: md5(at.password) };
  const { webservToken } = await post(agent, `${at.rest}/v2/webserv/managers/token`, credentials);
  const made = await post(agent, `${at.rest}/v2/webserv/traders?token=${String(webservToken)}`, {
    accessRights: 'FULL_ACCESS',
    accountType: 'HEDGED',
    balance: 0,
    brokerName: 'FOREIGN',
    depositCurrency: 'EUR',
    groupName: 'cy-std',
    hashedPassword: md5('Trader-123'),
    leverageInCents: 3_000,
  });
  return Number(made['login']);
}

function post(agent: Agent, url: string, body: object): Promise<Record<string, unknown>> {
  return new Promise((resolvePromise, reject) => {
    const req = request(url, { method: 'POST', agent }, (res) => {
      let text = '';
      res.setEncoding('utf8');
      res.on('data', (chunk: string) => (text += chunk));
      res.on('end', () => resolvePromise(JSON.parse(text) as Record<string, unknown>));
    });
    req.on('error', reject);
    req.end(JSON.stringify(body));
  });
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

describe('the cTrader simulator', () => {
  it(`serves ${CLIENT}: framing, heartbeats, errors, events`, main, 300_000);
});
