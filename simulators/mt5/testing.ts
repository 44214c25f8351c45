import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { authAnswer } from './auth';
import { startServer, type RunningServer, type ServerOptions } from './server';

/** For the tests of this folder: a server in the process, a plain client, and a caller of the control port. */
export const PASSWORD = 'Manager-1';
export const TRADER = {
  Group: 'real\\cy-usd-std',
  Name: 'Ada Byron',
  Leverage: 30,
  PassMain: 'Main-pass1',
  PassInvestor: 'Read-pass1',
};

export interface TestServer extends RunningServer {
  dataDir: string;
  clock: { now: number };
  client: () => Client;
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
    controlPort: 0,
    seed: 42,
    login: '1000',
    password: PASSWORD,
    clockOffsetSeconds: 10_800,
    loginRange: { from: 500_001, to: 500_999 },
    silenceMs: 180_000,
    now: () => clock.now,
    log: () => undefined,
    ...options,
  });
  server.traders.stop();
  const clients: Client[] = [];
  return {
    ...server,
    dataDir,
    clock,
    client: () => {
      const client = new Client(server.rest, readFileSync(server.ca, 'utf8'));
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

export async function callControl(
  control: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Record<string, unknown>> {
  const response = await fetch(`${control}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  return { status: response.status, ...answer };
}

export interface Reply {
  status: number;
  retcode: number;
  text: string;
  /** The whole body. */
  body: Record<string, unknown>;
  /** `answer` as one record. */
  record: Record<string, string>;
  /** `answer` as a list of records. */
  list: Record<string, string>[];
}

/** One keep-alive connection to the Web API, its certificate checked against the given authority. */
export class Client {
  readonly #agent: Agent;

  constructor(
    private readonly rest: string,
    ca: string,
  ) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
  }

  async login(password = PASSWORD, login = '1000'): Promise<Reply> {
    const start = await this.get(`auth/start?version=1985&agent=test&login=${login}&type=manager`);
    const answer = authAnswer(password, String(start.body['srv_rand']));
    const random = randomBytes(16).toString('hex');
    const done = await this.get(`auth/answer?srv_rand_answer=${answer}&cli_rand=${random}`);
    if (done.retcode === 0 && done.body['cli_rand_answer'] !== authAnswer(password, random)) {
      throw new Error('the server does not know the password');
    }
    return done;
  }

  get(path: string): Promise<Reply> {
    return this.#send('GET', path, null, null);
  }

  post(path: string, body: Record<string, unknown>): Promise<Reply> {
    return this.#send('POST', path, JSON.stringify(body), 'application/json');
  }

  postForm(path: string, body: string): Promise<Reply> {
    return this.#send('POST', path, body, 'application/x-www-form-urlencoded');
  }

  async openAccount(fields: Record<string, unknown> = {}): Promise<number> {
    const reply = await this.post('user/add', { ...TRADER, ...fields });
    if (reply.retcode !== 0) throw new Error(reply.text);
    return Number(reply.record['Login']);
  }

  balance(login: number, amount: string, comment = 'test', type = 2): Promise<Reply> {
    return this.post('trade/balance', { login, type, balance: amount, comment });
  }

  async deals(login: number): Promise<Record<string, string>[]> {
    const query = `login=${login}&from=0&to=9999999999&offset=0&total=100000`;
    return (await this.get(`deal/get_page?${query}`)).list;
  }

  close(): void {
    this.#agent.destroy();
  }

  #send(method: string, path: string, body: string | null, type: string | null): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const headers = body === null ? {} : { 'Content-Type': type ?? '' };
      const url = `${this.rest}/api/${path}`;
      const req = request(url, { method, agent: this.#agent, headers }, (res) => {
        let text = '';
        res.setEncoding('utf8');
        res.on('data', (chunk: string) => (text += chunk));
        res.on('error', reject);
        res.on('end', () => {
          try {
            resolve(readReply(res.statusCode ?? 0, text));
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        });
      });
      req.on('error', reject);
      req.end(body ?? undefined);
    });
  }
}

function readReply(status: number, text: string): Reply {
  const body = JSON.parse(text) as Record<string, unknown>;
  return {
    status,
    retcode: Number.parseInt(String(body['retcode']), 10),
    text,
    body,
    record: (body['answer'] ?? {}) as Record<string, string>,
    list: (body['answer'] ?? []) as Record<string, string>[],
  };
}
