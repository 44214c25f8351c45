import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { callControl } from '../brokerage/testing';
import { encodeFrame, type Envelope, FrameReader } from './frames';
import { decodeMessage, type Fields, payloadName, type PayloadName } from './messages';
import { type RunningServer, type ServerOptions, startServer } from './server';

/** For the tests of this folder: a server in the process, a plain client for each wire. */
export const PASSWORD = 'Manager-1';
export const PLACE = { plantId: 'plant', environmentName: 'live' };

export const TRADER = {
  accessRights: 'FULL_ACCESS',
  accountType: 'HEDGED',
  balance: 0,
  brokerName: 'BROKER',
  depositCurrency: 'USD',
  groupName: 'cy-std',
  hashedPassword: md5('Trader-123'),
  leverageInCents: 3_000,
};

export interface TestServer extends RunningServer {
  dataDir: string;
  clock: { now: number };
  /** Calls WebServices with a token. */
  call: (method: string, path: string, body?: object) => Promise<WebAnswer>;
  manager: string;
  client: () => Promise<ManagerClient>;
  post: (path: string, body: object) => Promise<Record<string, unknown>>;
  stop: () => Promise<void>;
}

export interface WebAnswer {
  status: number;
  text: string;
  json: Record<string, unknown>;
}

/** Starts a server on a clock that stands still until the test moves it (`clock.now`, UTC ms). */
export async function startTestServer(options: Partial<ServerOptions> = {}): Promise<TestServer> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'ctrader-test-'));
  const clock = { now: Date.UTC(2025, 9, 15, 10, 0, 0) };
  const server = await startServer({
    dataDir,
    restPort: 0,
    managerPort: 0,
    controlPort: 0,
    seed: 42,
    login: '30000',
    password: PASSWORD,
    ...PLACE,
    clockOffsetSeconds: 0,
    loginRange: { from: 500_001, to: 500_999 },
    silenceMs: 60_000,
    now: () => clock.now,
    log: () => undefined,
    ...options,
  });
  server.traders.stop();
  const ca = readFileSync(server.ca, 'utf8');
  const agent = new Agent({ keepAlive: true, ca });
  const clients: ManagerClient[] = [];
  const credentials = { login: 30_000, hashedPassword: md5(PASSWORD) };
  const fetched = await send(agent, server.rest, 'POST', '/v2/webserv/managers/token', credentials);
  const token = String(fetched.json['webservToken']);
  return {
    ...server,
    dataDir,
    clock,
    call: (method, path, body) => {
      const joint = path.includes('?') ? '&' : '?';
      return send(agent, server.rest, method, `/v2/webserv/${path}${joint}token=${token}`, body);
    },
    client: async () => {
      const client = await ManagerClient.connect(server.manager, ca);
      clients.push(client);
      return client;
    },
    post: (path, body) => callControl(server.control, 'POST', path, body),
    stop: async () => {
      agent.destroy();
      for (const client of clients) client.close();
      await server.close();
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

export interface Received {
  name: PayloadName | undefined;
  fields: Fields;
  id: string | undefined;
}

/** One connection to the Manager API; keeps everything that it is told. */
export class ManagerClient {
  readonly received: Received[] = [];
  readonly #reader = new FrameReader();
  #ids = 0;

  private constructor(readonly socket: TLSSocket) {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (const envelope of this.#reader.push(chunk)) this.received.push(readEnvelope(envelope));
    });
  }

  static async connect(address: string, ca: string): Promise<ManagerClient> {
    const [host = '', port = ''] = address.split(':');
    const socket = connect({ host, port: Number(port), ca });
    const client = new ManagerClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    return client;
  }

  login(password = PASSWORD): Promise<Received> {
    return this.ask('ManagerAuthReq', { ...PLACE, login: 30_000, passwordHash: md5(password) });
  }

  async ask(name: PayloadName, fields: Fields = {}): Promise<Received> {
    this.#ids += 1;
    const id = `q${this.#ids}`;
    this.send(name, fields, id);
    return await this.wait((received) => received.id === id);
  }

  send(name: PayloadName, fields: Fields = {}, id?: string): void {
    this.socket.write(encodeFrame(name, fields, id));
  }

  /** The first that fits, now or within five seconds. */
  async wait(fits: (received: Received) => boolean): Promise<Received> {
    const deadline = Date.now() + 5_000;
    for (;;) {
      const found = this.received.find(fits);
      if (found) return found;
      if (Date.now() > deadline) throw new Error('it did not come within five seconds');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  close(): void {
    this.socket.destroy();
  }
}

function readEnvelope({ payloadType, payload, clientMsgId }: Envelope): Received {
  const name = payloadName(payloadType);
  return { name, fields: name ? decodeMessage(name, payload) : {}, id: clientMsgId };
}

function send(
  agent: Agent,
  rest: string,
  method: string,
  path: string,
  body?: object,
): Promise<WebAnswer> {
  return new Promise((resolve, reject) => {
    const req = request(`${rest}${path}`, { method, agent }, (res) => {
      let text = '';
      res.setEncoding('utf8');
      res.on('data', (chunk: string) => (text += chunk));
      res.on('error', reject);
      res.on('end', () => {
        const isJson = text.startsWith('{');
        const json = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
        resolve({ status: res.statusCode ?? 0, text, json });
      });
    });
    req.on('error', reject);
    req.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
