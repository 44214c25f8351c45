/**
 * Drives the MetaTrader 5 simulator with `mt5-sdk` from npm, a client written by others for real servers:
 * authentication, account, balance operations, deals. Needs npm and its registry: the client is installed in a
 * temporary folder, without its scripts.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { installFromNpm } from './install';

const CLIENT = 'mt5-sdk@1.0.7';
const REPOSITORY = resolve(__dirname, '../..');

/** The parts of the client that are used here; it has no types of its own. */
interface ForeignClient {
  auth: { auth(done: () => void): void };
  http: {
    get(path: string, done: (error: unknown, res: unknown, body: string) => void): void;
  };
  users: {
    create(user: Record<string, unknown>): Promise<Record<string, string> | null>;
    get(login: string): Promise<Record<string, string> | null>;
    updateUser(user: Record<string, unknown>): Promise<Record<string, string> | null>;
    getBatch(group: string): Promise<{ answer: Record<string, string>[] } | null>;
  };
  trade: {
    updateTradeBalance(data: Record<string, unknown>): Promise<{ Ticket: string } | null>;
    updateTradeBalanceGet(data: Record<string, unknown>): Promise<{ Ticket: string } | null>;
  };
}
type ForeignConstructor = new (
  host: string,
  port: number,
  account: { login: string; password: string; build: string; agent: string },
) => ForeignClient;

interface Addresses {
  rest: string;
  control: string;
  login: string;
  password: string;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'foreign-mt5-'));
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
    installFromNpm(folder, CLIENT);
    await drive(loadClient(folder), JSON.parse(line) as Addresses);
  } finally {
    simulator.kill('SIGTERM');
    await once(simulator, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

function loadClient(folder: string): ForeignConstructor {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- it is installed while we run
  return require(join(folder, 'node_modules/mt5-sdk')) as ForeignConstructor;
}

async function drive(Client: ForeignConstructor, at: Addresses): Promise<void> {
  const { hostname, port } = new URL(at.rest);
  const account = { login: at.login, password: at.password, build: '1985', agent: 'foreign' };
  const client = new Client(hostname, Number(port), account);

  const user = await client.users.create({
    Group: 'real\\cy-usd-std',
    Name: 'Ada Byron',
    Leverage: '30',
    PassMain: 'Main-pass1',
    PassInvestor: 'Read-pass1',
  });
  assert.ok(user, 'an account is opened');
  const login = user['Login'] ?? '';
  assert.match(login, /^\d+$/);

  const paidIn = await client.trade.updateTradeBalance({
    login,
    type: 2,
    balance: '1000.50',
    comment: 'a comment that is longer than thirty-one characters',
  });
  assert.match(paidIn?.Ticket ?? '', /^\d+$/);
  const paidOut = await client.trade.updateTradeBalanceGet({
    login,
    type: 2,
    balance: '-0.50',
    comment: 'back',
  });
  assert.match(paidOut?.Ticket ?? '', /^\d+$/);
  const refused = await client.trade.updateTradeBalance({ login, type: 2, balance: '-5000' });
  assert.equal(refused, null, 'more than the balance is refused');

  const read = await client.users.get(login);
  assert.equal(read?.['Balance'], '1000.00');
  const updated = await client.users.updateUser({ ...read, City: 'Limassol' });
  assert.equal(updated?.['City'], 'Limassol');
  const batch = await client.users.getBatch('real*,!*eur*');
  assert.ok(batch?.answer.some((row) => row['Login'] === login));

  const from = Math.floor(Date.now() / 1000) - 40 * 86_400;
  await backfill(at.control, Number(login));
  const deals = await getAnswer(
    client,
    `/api/deal/get_batch?login=${login}&from=${from}&to=${from * 2}`,
  );
  const trades = deals.filter((deal) => deal['Symbol'] !== '');
  assert.ok(trades.length >= 20, 'trades of the past month are there');
  const [first] = deals.filter((deal) => deal['Deal'] === paidIn?.Ticket);
  assert.equal(first?.['Comment'], 'a comment that is longer than t');
  const sum = deals.reduce(
    (cents, deal) => cents + toCents(deal['Profit']) + toCents(deal['Commission']),
    0,
  );
  const after = await client.users.get(login);
  assert.equal(sum, toCents(after?.['Balance']), 'the deals add up to the balance');
}

async function backfill(control: string, login: number): Promise<void> {
  const now = Date.now();
  const from = new Date(now - 30 * 86_400_000).toISOString();
  const to = new Date(now - 86_400_000).toISOString();
  const response = await fetch(`${control}/backfill`, {
    method: 'POST',
    body: JSON.stringify({ login, from, to, trades: 20, seed: 7 }),
  });
  assert.equal(response.status, 200, await response.text());
}

/** The client has no call for deals: its own session and HTTP are used for the path. */
function getAnswer(client: ForeignClient, path: string): Promise<Record<string, string>[]> {
  return new Promise((resolvePromise, reject) => {
    client.auth.auth(() => {
      client.http.get(path, (error, _res, body) => {
        if (error) reject(error instanceof Error ? error : new Error('the client failed'));
        else resolvePromise((JSON.parse(body) as { answer: Record<string, string>[] }).answer);
      });
    });
  });
}

function toCents(amount: string | undefined): number {
  return Math.round(Number(amount) * 100);
}

describe('the MetaTrader 5 simulator', () => {
  it(`serves ${CLIENT}: log-in, account, balance operations, deals`, main, 120_000);
});
