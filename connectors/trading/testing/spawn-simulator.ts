import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { giveTls } from '../../../tests/setup/simulator-tls';
import { createTradingPlatform, type TradingServer } from '../registry';
import { type TradingPlatform } from '../port';

/** For tests only: a trading server's simulator as a process of its own, spoken to over the wire. */
export interface SimulatorProcess<Server extends TradingServer = TradingServer, Change = object> {
  readonly server: Server;
  readonly groups: readonly string[];
  /** A connector with a session of its own; closed with the simulator. */
  connect(change?: Change): TradingPlatform;
  /** Calls the control port. Throws when it says no. */
  control(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown>;
  stop(): Promise<void>;
}

interface Announced {
  readonly control: string;
  readonly groups: readonly string[];
}

const startsWithinMs = 30_000;

/** Starts it with data of its own; `serverOf` makes a server's settings of the line that it prints. */
export async function spawnSimulator<
  Said extends Announced,
  Server extends TradingServer,
  Change extends object,
>(
  kind: Server['kind'],
  {
    options,
    serverOf,
  }: { options: readonly string[]; serverOf: (said: Said, change?: Change) => Server },
): Promise<SimulatorProcess<Server, Change>> {
  const dataDir = mkdtempSync(join(tmpdir(), `keelson-${kind}-`));
  giveTls(dataDir);
  const child = spawn(
    process.execPath,
    [
      '--require',
      './scripts/typescript.js',
      'simulators/main.ts',
      kind,
      '--data',
      dataDir,
      ...options,
    ],
    { cwd: resolve(__dirname, '../../..'), stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const said = await announcement<Said>(child);
  const platforms: TradingPlatform[] = [];
  return {
    server: serverOf(said),
    groups: said.groups,
    connect: (change) => {
      const platform = createTradingPlatform(serverOf(said, change));
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

async function announcement<Said>(child: ChildProcess): Promise<Said> {
  const { stdout } = child;
  if (stdout === null) throw new Error('the simulator has no stdout');
  return await new Promise((done, reject) => {
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
      done(JSON.parse(line) as Said);
    });
  });
}
