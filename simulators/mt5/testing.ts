import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callControl } from '../brokerage/testing';
import { RawClient } from './raw/testing';
import { startServer, type RunningServer, type ServerOptions } from './server';
import { type Client, PASSWORD, RestClient } from './testing-clients';

/** For the tests of this folder: a server in the process, its clients, and a caller of the control port. */
export const WIRES = ['HTTPS', 'raw', 'raw with AES256OFB'] as const;
export type Wire = (typeof WIRES)[number];

export interface TestServer extends RunningServer {
  dataDir: string;
  clock: { now: number };
  client: () => RestClient;
  rawClient: (cryptMethod?: string) => RawClient;
  clientOf: (wire: Wire) => Client;
  control: string;
  post: (path: string, body: unknown) => Promise<Record<string, unknown>>;
  stop: () => Promise<void>;
}

/** Starts a server on a clock that stands still until the test moves it (`clock.now`, UTC ms). */
export async function startTestServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'mt5-test-'));
  const clock = { now: Date.UTC(2025, 9, 15, 10, 0, 0) };
  const server = await startServer({
    dataDir,
    restPort: 0,
    rawPort: 0,
    controlPort: 0,
    seed: 42,
    login: '1000',
    password: PASSWORD,
    clockOffsetSeconds: 10_800,
    loginRange: { from: 500_001, to: 500_999 },
    silenceMs: 180_000,
    pingMs: 20_000,
    now: () => clock.now,
    log: () => undefined,
    ...options,
  });
  server.traders.stop();
  const clients: Client[] = [];
  const kept = <T extends Client>(client: T): T => {
    clients.push(client);
    return client;
  };
  const client = (): RestClient =>
    kept(new RestClient(server.rest, readFileSync(server.ca, 'utf8')));
  const rawClient = (cryptMethod = 'NONE'): RawClient =>
    kept(new RawClient(server.raw, cryptMethod));
  return {
    ...server,
    dataDir,
    clock,
    client,
    rawClient,
    clientOf: (wire) => {
      if (wire === 'HTTPS') return client();
      return rawClient(wire === 'raw' ? 'NONE' : 'AES256OFB');
    },
    post: (path, body) => callControl(server.control, 'POST', path, body),
    stop: async () => {
      for (const client of clients) client.close();
      await server.close();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
