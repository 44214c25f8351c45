import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createTradingPlatform, type CtraderServer } from '../../registry';
import { type TradingPlatform } from '../../port';

/** For tests only: the cTrader simulator as a process of its own, spoken to over the wire. */
export interface SimulatorProcess {
  readonly server: CtraderServer;
  readonly groups: readonly string[];
  /** A connector of its own; closed with the simulator. */
  connect(change?: Partial<CtraderServer>): TradingPlatform;
  /** Calls the control port. Throws when it says no. */
  control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown>;
  stop(): Promise<void>;
}

interface Announcement {
  readonly rest: string;
  readonly control: string;
  readonly ca: string;
  readonly manager: string;
  readonly login: string;
  readonly password: string;
  readonly plantId: string;
  readonly environmentName: string;
  readonly brokerName: string;
  readonly groups: readonly string[];
}

const startsWithinMs = 30_000;

export async function startSimulator(options: readonly string[] = []): Promise<SimulatorProcess> {
  const dataDir = mkdtempSync(join(tmpdir(), 'keelson-ctrader-'));
  const root = resolve(__dirname, '../../../..');
  const child = spawn(
    process.execPath,
    ['--require', 'tsx/cjs', 'simulators/main.ts', 'ctrader', '--data', dataDir, ...options],
    { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const said = await announcement(child);
  const server: CtraderServer = {
    id: 'ctrader-test',
    kind: 'ctrader',
    rest: said.rest,
    manager: said.manager,
    caPath: said.ca,
    login: said.login,
    password: said.password,
    plantId: said.plantId,
    environmentName: said.environmentName,
    brokerName: said.brokerName,
    timeouts: { connectMs: 5_000, readMs: 5_000, writeMs: 1_000 },
  };
  const platforms: TradingPlatform[] = [];
  return {
    server,
    groups: said.groups,
    connect: (change = {}) => {
      const platform = createTradingPlatform({ ...server, ...change });
      platforms.push(platform);
      return platform;
    },
    control: async (method, path, body) => {
      const response = await fetch(`${said.control}${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer: unknown = await response.json();
      if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
      return answer;
    },
    stop: async () => {
      await Promise.all(platforms.map((platform) => platform.close()));
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await ended;
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function announcement(child: ChildProcess): Promise<Announcement> {
  const { stdout } = child;
  if (stdout === null) throw new Error('the simulator has no stdout');
  return await new Promise((resolvePromise, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error('the simulator did not start in time'));
    }, startsWithinMs);
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the simulator ended with ${code}`));
    });
    createInterface({ input: stdout }).once('line', (line) => {
      clearTimeout(timer);
      resolvePromise(JSON.parse(line) as Announcement);
    });
  });
}
