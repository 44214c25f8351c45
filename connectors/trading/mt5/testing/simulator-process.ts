import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createTradingPlatform, type Mt5Raw, type Mt5Rest, type Mt5Server } from '../../registry';
import { type TradingPlatform } from '../../port';

/** The ways to reach it, each of which must do for everything. */
export const wires = ['REST', 'raw', 'raw in cipher'] as const;
export type WireName = (typeof wires)[number];

/** For tests only: the MT5 simulator as a process of its own, spoken to over one of its wires. */
export interface SimulatorProcess {
  readonly server: Mt5Server;
  readonly groups: readonly string[];
  /** A connector with a session of its own; closed with the simulator. */
  connect(change?: Change): TradingPlatform;
  /** Calls the control port. Throws when it says no. */
  control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown>;
  stop(): Promise<void>;
}

interface Change {
  readonly password?: string;
  /** REST only. */
  readonly contentType?: 'application/x-www-form-urlencoded';
}

interface Announcement {
  readonly rest: string;
  readonly raw: string;
  readonly control: string;
  readonly ca: string;
  readonly login: string;
  readonly password: string;
  readonly groups: readonly string[];
}

const startsWithinMs = 30_000;

export async function startSimulator(
  options: readonly string[] = [],
  wire: WireName = 'REST',
): Promise<SimulatorProcess> {
  const dataDir = mkdtempSync(join(tmpdir(), 'keelson-mt5-'));
  const root = resolve(__dirname, '../../../..');
  const child = spawn(
    process.execPath,
    ['--require', 'tsx/cjs', 'simulators/main.ts', 'mt5', '--data', dataDir, ...options],
    { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const said = await announcement(child);
  const server: Mt5Server = {
    id: 'mt5-test',
    kind: 'mt5',
    ...wayTo(wire, said),
    login: said.login,
    password: said.password,
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

function wayTo(wire: WireName, { rest, raw, ca }: Announcement): Mt5Rest | Mt5Raw {
  switch (wire) {
    case 'REST':
      return { transport: 'rest', rest, caPath: ca };
    case 'raw':
      return { transport: 'raw', raw, crypt: 'none' };
    case 'raw in cipher':
      return { transport: 'raw', raw, crypt: 'aes256ofb' };
    default:
      return wire satisfies never;
  }
}

async function announcement(child: ChildProcess): Promise<Announcement> {
  const { stdout } = child;
  if (stdout === null) throw new Error('the simulator has no stdout');
  return await new Promise((resolve, reject) => {
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
      resolve(JSON.parse(line) as Announcement);
    });
  });
}
