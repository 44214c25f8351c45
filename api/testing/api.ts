import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'pg';
import pino from 'pino';
import type { Role } from '../../domain/access/roles';
import { systemScope } from '../../domain/access/scope';
import { shippedBankAccounts } from '../../db/shipped-bank-accounts';
import { throwawayKeys } from '../../connectors/keys/file-keys';
import { createBankProvider } from '../../connectors/psp/bank/bank';
import type { PaymentProvider } from '../../connectors/psp/port';
import { readSampleList } from '../../connectors/screening/ofac';
import { createApiKey } from '../../db/api-keys';
import { registerClient, type Registration } from '../../db/client-registration';
import { inScope, openDatabase, rows, type Database, type Tx } from '../../db/connection';
import { install } from '../../db/installation';
import { readMail } from '../../db/mails';
import { hashPassword } from '../../db/passwords';
import { createUser, readUser, setPassword, type User } from '../../db/users';
import { freshDatabase } from '../../tests/setup/database';
import { createApp } from '../app';
import type { ApiDeps, Limits } from '../deps';

/** Somebody who is logged in: by API key, and with a password for the pages. */
export interface Person {
  readonly user: User;
  readonly token: string;
  readonly email: string;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; null when it is none. */
  readonly json: Record<string, unknown>;
}

export interface CallOptions {
  readonly as?: Person | undefined;
  readonly body?: unknown;
  /** Idempotency key; a new one for each command when not given; false sends none. */
  readonly key?: string | false;
  readonly headers?: Readonly<Record<string, string>>;
}

export const testPassword = 'a long enough password';
/** Made once: a hash is meant to take long, and who logs in has it verified all the same. */
let testPasswordHash: Promise<string> | undefined;
export const testBankKey = 'bank-test-key';

/** The whole API in this process, on a database of its own and a free port. */
export interface TestApi {
  readonly url: string;
  readonly db: Database;
  readonly ownerUrl: string;
  /** Lines that the process logged. */
  readonly logged: readonly string[];
  system<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  staff(roles: readonly Role[], entities?: readonly string[]): Promise<Person>;
  client(registration?: Partial<Registration>): Promise<Person & { readonly clientId: string }>;
  /** The link of the newest mail of the kind, as its reader sees it. */
  mailedLink(kind: string): Promise<string>;
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
  close(): Promise<void>;
}

let counter = 0;

export interface TestApiOptions {
  readonly limits?: Partial<Limits>;
  /** The bank alone unless said. */
  readonly verifiers?: ApiDeps['verifiers'];
  readonly providers?: readonly PaymentProvider[];
  /** Where the app looks for PostgreSQL instead of the fresh database. */
  readonly databaseUrl?: string;
}

export async function startApi(options: TestApiOptions = {}): Promise<TestApi> {
  const database = await freshDatabase();
  const db = openDatabase({ url: database.appUrl, keys: throwawayKeys(), connectionsMax: 6 });
  const sessionPool = new Pool({ connectionString: database.appUrl, max: 2 });
  sessionPool.on('error', () => undefined);
  await install(db, {
    actor: 'os:test',
    settleWindowMs: 1000,
    sampleList: await readSampleList(),
  });
  const logged: string[] = [];
  const server = createServer();
  // A pooled connection that the server closes just as it is used again would fail a request.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { databaseUrl } = options;
  const appDb = databaseUrl ? openDatabase({ url: databaseUrl, keys: db.keys }) : db;
  const app = createApp({
    db: appDb,
    sessionPool,
    sessionSecret: 'a secret of this test',
    publicUrl: url,
    providers: options.providers ?? [
      createBankProvider({ apiUrl: 'http://127.0.0.1:9', key: testBankKey }),
    ],
    verifiers: options.verifiers ?? [],
    bankAccounts: shippedBankAccounts,
    log: pino({ level: 'info' }, { write: (line: string) => void logged.push(line) }),
    limits: { logInFailuresMax: 1000, publicCommandsMax: 10_000, ...options.limits },
  });
  server.on('request', app.express);
  const system = <T>(work: (tx: Tx) => Promise<T>) => inScope(db, systemScope('os:test'), work);
  const keyOf = async (user: User) =>
    (await system((tx) => createApiKey(tx, user, { name: 'test', hours: 1 }))).token;

  return {
    url,
    db,
    ownerUrl: database.ownerUrl,
    logged,
    system,
    staff: async (roles, entities = ['cy']) => {
      counter += 1;
      const email = `staff${counter}@keelson.example`;
      const passwordHash = await (testPasswordHash ??= hashPassword(testPassword));
      const user = await system((tx) =>
        createUser(tx, {
          kind: 'staff',
          email,
          name: `Staff ${counter}`,
          roles,
          entities,
          passwordHash,
        }),
      );
      return { user, token: await keyOf(user), email };
    },
    client: async (registration = {}) => {
      counter += 1;
      const email = registration.email ?? `client${counter}@example.com`;
      const whole = {
        name: `Client ${counter}`,
        residence: 'DE',
        currency: 'EUR',
        ...registration,
        email,
      };
      const made = await system((tx) => registerClient(tx, whole));
      if (made.kind !== 'registered') throw new Error('the address is known');
      const passwordHash = await (testPasswordHash ??= hashPassword(testPassword));
      await system((tx) => setPassword(tx, made.userId, passwordHash, 'first'));
      const user = await system((tx) => readUser(tx, made.userId));
      return { user, token: await keyOf(user), email, clientId: made.clientId };
    },
    mailedLink: (kind) =>
      system(async (tx) => {
        const [row] = await rows<{ id: string }>(
          tx,
          'select id from mail where kind = :kind order by created_at desc, id desc limit 1',
          { kind },
        );
        if (!row) throw new Error(`no mail ${kind}`);
        return String((await readMail(tx, row.id)).data['link']);
      }),
    call: (method, path, of = {}) => call(url, method, path, of),
    close: async () => {
      app.close();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await sessionPool.end();
      await Promise.all([db.pool.destroy(), appDb === db ? undefined : appDb.pool.destroy()]);
      await database.drop();
    },
  };
}

async function call(
  url: string,
  method: string,
  path: string,
  options: CallOptions,
): Promise<Reply> {
  counter += 1;
  const { as, body, key = `test-${process.pid}-${counter}` } = options;
  const isForm = body instanceof FormData;
  const isText = typeof body === 'string' || Buffer.isBuffer(body) || isForm;
  const response = await fetch(`${url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(as ? { authorization: `Bearer ${as.token}` } : {}),
      ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
      ...(key === false || method === 'GET' ? {} : { 'idempotency-key': key }),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body: isText ? (body as string) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const json = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
  return { status: response.status, headers: response.headers, text, json };
}

/** A browser without script: keeps cookies, reads the form token of the page it is on. */
export class Browser {
  #cookies = new Map<string, string>();
  #csrf = '';

  constructor(readonly url: string) {}

  get cookies(): ReadonlyMap<string, string> {
    return this.#cookies;
  }

  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    return this.#send('GET', path, undefined, headers);
  }

  /** Sends a form with the token of the last page (`csrf` overrides it). */
  async post(
    path: string,
    fields: Readonly<Record<string, string>>,
    options: {
      csrf?: string;
      headers?: Readonly<Record<string, string>>;
      /** Sends it as a form that can hold a file. */
      isUpload?: boolean;
      file?: Blob;
    } = {},
  ): Promise<Reply> {
    const all = { _csrf: options.csrf ?? this.#csrf, ...fields };
    const body = new URLSearchParams(all);
    if (!options.isUpload) return this.#send('POST', path, body.toString(), options.headers ?? {});
    const form = new FormData();
    for (const [name, value] of Object.entries(all)) form.set(name, value);
    if (options.file) form.set('file', options.file, 'file');
    return this.#send('POST', path, form, options.headers ?? {});
  }

  async logIn(area: 'staff' | 'client' | 'partner', email: string): Promise<Reply> {
    await this.get(`/${area}/login`);
    return this.post(`/${area}/login`, { email, password: testPassword });
  }

  async #send(
    method: string,
    path: string,
    body: string | FormData | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<Reply> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        ...(typeof body === 'string'
          ? { 'content-type': 'application/x-www-form-urlencoded' }
          : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      this.#cookies.set(name, value);
    }
    const text = await response.text();
    const token = /name="_csrf" value="([^"]+)"/.exec(text)?.[1];
    if (token !== undefined) this.#csrf = token;
    return { status: response.status, headers: response.headers, text, json: {} };
  }
}
