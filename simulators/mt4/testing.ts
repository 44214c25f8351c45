import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callControl } from '../brokerage/testing';
import { type RunningServer, type ServerOptions, startServer } from './server';

/** For tests only: the server in this process, a client that was written for nothing else, and the control port. */
export const CLIENT = { id: 'test-client', secret: 'test-secret' };
export const PLATFORM = '3f0f8c5e-7d1b-4a86-9a43-0c7f6f1f2b11';
export const TRADER = { group: 'cy-usd-std', name: 'Ada Byron', leverage: 30 };

export interface TestServer extends RunningServer {
  clock: { now: number };
  client: () => Client;
  post: (path: string, body: unknown) => Promise<Record<string, unknown>>;
  stop: () => Promise<void>;
}

/** Starts a server on a clock that stands still until the test moves it (`clock.now`, UTC ms). */
export async function startTestServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'mt4-test-'));
  const clock = { now: Date.UTC(2025, 9, 15, 10, 0, 0) };
  const server = await startServer({
    dataDir,
    restPort: 0,
    controlPort: 0,
    seed: 42,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    platform: PLATFORM,
    clockOffsetSeconds: 10_800,
    loginRange: { from: 500_001, to: 500_999 },
    now: () => clock.now,
    log: () => undefined,
    ...options,
  });
  server.traders.stop();
  const clients: Client[] = [];
  return {
    ...server,
    clock,
    client: () => {
      const client = new Client(server.rest, readFileSync(server.ca, 'utf8'), PLATFORM);
      clients.push(client);
      return client;
    },
    post: (path, body) => callControl(server.control, 'POST', path, body),
    stop: async () => {
      for (const client of clients) client.close();
      await server.close();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Record<string, unknown>;
  /** `data` as one record, and as a list. */
  record: Record<string, unknown>;
  list: Record<string, unknown>[];
  /** `error.code`, null when there is none. */
  code: string | null;
  managerCode: unknown;
  cursor: string | null;
}

/** A client with its certificate checked against the given authority. */
export class Client {
  readonly #agent: Agent;
  #token = '';

  constructor(
    private readonly rest: string,
    ca: string,
    private readonly platform: string,
  ) {
    this.#agent = new Agent({ keepAlive: true, ca });
  }

  async login(client = CLIENT): Promise<Reply> {
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: client.id,
      client_secret: client.secret,
    });
    const reply = await this.send('POST', '/connect/token', form.toString());
    this.#token = String(reply.body['access_token'] ?? '');
    return reply;
  }

  get(operation: string): Promise<Reply> {
    return this.send('GET', `/api/v2/MT4/${this.platform}/${operation}`);
  }

  post(operation: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const path = `/api/v2/MT4/${this.platform}/${operation}`;
    return this.send('POST', path, JSON.stringify(body), headers);
  }

  patch(operation: string, body: unknown): Promise<Reply> {
    const path = `/api/v2/MT4/${this.platform}/${operation}`;
    return this.send('PATCH', path, JSON.stringify(body));
  }

  async openAccount(fields: Record<string, unknown> = {}): Promise<number> {
    const reply = await this.post('UserRecordNew', { ...TRADER, ...fields });
    if (reply.code !== null) throw new Error(JSON.stringify(reply.body));
    return Number(reply.record['login']);
  }

  balance(
    login: number,
    price: number,
    more: { comment?: string; credit?: boolean; key?: string } = {},
  ): Promise<Reply> {
    const body = {
      tradeTransactionType: 'BrBalance',
      tradeCommand: more.credit ? 'Credit' : 'Balance',
      orderBy: login,
      price,
      comment: more.comment ?? 'test',
    };
    const headers = more.key === undefined ? {} : { 'Idempotency-Key': more.key };
    return this.post('TradeTransaction', body, headers);
  }

  close(): void {
    this.#agent.destroy();
  }

  send(
    method: string,
    path: string,
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const authorization = this.#token === '' ? {} : { Authorization: `Bearer ${this.#token}` };
      const req = request(
        `${this.rest}${path}`,
        { method, agent: this.#agent, headers: { ...authorization, ...headers } },
        (res) => {
          let text = '';
          res.setEncoding('utf8');
          res.on('data', (chunk: string) => (text += chunk));
          res.on('error', reject);
          res.on('end', () => {
            try {
              resolve(readReply(res.statusCode ?? 0, res.headers, text));
            } catch (error) {
              reject(error instanceof Error ? error : new Error(String(error)));
            }
          });
        },
      );
      req.on('error', reject);
      req.end(body);
    });
  }
}

function readReply(status: number, headers: Reply['headers'], text: string): Reply {
  const body = JSON.parse(text) as Record<string, unknown>;
  const error = body['error'] as { code: string; managerCode: unknown } | null | undefined;
  const meta = body['meta'] as { paging: { nextCursor: string | null } | null } | undefined;
  return {
    status,
    headers,
    body,
    record: (body['data'] ?? {}) as Record<string, unknown>,
    list: (body['data'] ?? []) as Record<string, unknown>[],
    code: error?.code ?? null,
    managerCode: error?.managerCode ?? null,
    cursor: meta?.paging?.nextCursor ?? null,
  };
}
