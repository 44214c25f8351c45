import { Agent, request as httpsRequest } from 'node:https';
import { isIP, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { readAuthority } from '../certificate';
import { type Fields, MalformedAnswer, orNull, parseJson, record } from '../fields';
import { type SessionTimeouts } from '../mt5/session';
import { text } from '../mt5/wire';
import { PlatformAuthRefused, PlatformRefused, PlatformUnavailable } from '../port';
import { readBody, reasonOf, WireFailure } from '../wire-failure';
import { describeError, errorNumber } from './error-code';

export interface WebServicesOptions {
  /** `https://host:port`. */
  readonly rest: string;
  readonly caPath: string | null;
  readonly login: string;
  /** MD5 in hex. */
  readonly passwordHash: string;
  readonly timeouts: SessionTimeouts;
}

export interface WebCall {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Behind `/v2/webserv/`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** JSON. */
  readonly body?: string;
}

/** How a write ended on the wire. */
export type WebWriteReply =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'not_sent'; readonly reason: string }
  | { readonly kind: 'no_answer'; readonly reason: string };

interface Response {
  readonly status: number;
  readonly body: string;
}

const socketsMax = 4;
/** A write does not trust a server that has been silent for longer. */
const trustedSilenceMs = 1_000;

/**
 * WebServices: REST with a token that the manager's password gets. Reads renew a token that is no longer taken,
 * once. Writes are sent once, and only after a read has just gone through.
 */
export class WebServices {
  readonly #options: WebServicesOptions;
  #agent: Agent | null = null;
  #token: Promise<string> | null = null;
  #lastAnswerMs = 0;
  #closed = false;

  constructor(options: WebServicesOptions) {
    if (new URL(options.rest).protocol !== 'https:') {
      throw new RangeError('WebServices are spoken over https only');
    }
    this.#options = options;
  }

  /** Throws PlatformUnavailable, PlatformAuthRefused, PlatformRefused. */
  async read(path: string, query: Readonly<Record<string, string>> = {}): Promise<Fields> {
    const answer = await this.readOrNull(path, query);
    if (answer === null) throw new PlatformRefused(errorNumber('TRADER_NOT_FOUND') ?? 0, absent);
    return answer;
  }

  /** Reads, null when the server has no such account. */
  async readOrNull(
    path: string,
    query: Readonly<Record<string, string>> = {},
  ): Promise<Fields | null> {
    const { status, body } = await this.#readOnce({ method: 'GET', path, query });
    if (status >= 200 && status < 300) return record(parseJson(body), 'the answer');
    const errorCode = errorCodeOf(body);
    if (errorCode === 'TRADER_NOT_FOUND' || errorCode === 'NO_SUCH_LOGIN') return null;
    const reason = errorCode === null ? `HTTP ${status}` : describeError(errorCode);
    if (status >= 500 || errorCode === null) throw new PlatformUnavailable(reason);
    throw new PlatformRefused(errorNumber(errorCode) ?? 0, reason);
  }

  async write(call: WebCall): Promise<WebWriteReply> {
    let token: string;
    try {
      await this.#makeSure();
      token = await this.#authenticated();
    } catch (error) {
      if (
        error instanceof PlatformUnavailable ||
        error instanceof PlatformRefused ||
        error instanceof WireFailure
      ) {
        return { kind: 'not_sent', reason: error.message };
      }
      throw error;
    }
    try {
      const { writeMs } = this.#options.timeouts;
      const { status, body } = await this.#send(call, token, writeMs);
      if (status === 401) this.#token = null;
      return { kind: 'answered', status, body };
    } catch (error) {
      if (!(error instanceof WireFailure)) throw error;
      return { kind: error.sent ? 'no_answer' : 'not_sent', reason: error.message };
    }
  }

  /** Ends the connections, so that nothing sent on them is waited for. */
  end(): void {
    this.#agent?.destroy();
    this.#agent = null;
    this.#token = null;
    this.#lastAnswerMs = 0;
  }

  close(): void {
    this.#closed = true;
    this.end();
  }

  /** A write on a dead connection would end as unknown: something is read first. */
  async #makeSure(): Promise<void> {
    if (Date.now() - this.#lastAnswerMs <= trustedSilenceMs) return;
    await this.read('tradergroups');
  }

  async #readOnce(call: WebCall): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const token = await this.#authenticated();
        const response = await this.#send(call, token, this.#options.timeouts.readMs);
        if (response.status !== 401 || attempt > 1) return response;
        this.#token = null;
      } catch (error) {
        if (!(error instanceof WireFailure)) throw error;
        // A lost connection is opened once more; a server that keeps silent is not asked twice.
        if (error.kind !== 'lost' || attempt > 1) throw new PlatformUnavailable(error.message);
      }
    }
  }

  async #authenticated(): Promise<string> {
    if (this.#closed) throw new PlatformUnavailable('the session is closed');
    this.#token ??= this.#fetchToken().catch((error: unknown) => {
      this.#token = null;
      throw error;
    });
    return await this.#token;
  }

  async #fetchToken(): Promise<string> {
    const { login, passwordHash, timeouts } = this.#options;
    const body = JSON.stringify({ login: Number(login), hashedPassword: passwordHash });
    const call = { method: 'POST', path: 'managers/token', body } as const;
    const response = await this.#send(call, null, timeouts.connectMs);
    if (response.status >= 500) {
      throw new PlatformUnavailable(`no session: HTTP ${response.status}`);
    }
    if (response.status !== 200) {
      const errorCode = errorCodeOf(response.body) ?? '';
      const reason = `no session: ${describeError(errorCode)}`;
      throw new PlatformAuthRefused(errorNumber(errorCode), reason);
    }
    const token = text(record(parseJson(response.body), 'the token'), 'webservToken');
    if (token === '') throw new MalformedAnswer('the server gave no token');
    return token;
  }

  async #send(call: WebCall, token: string | null, timeoutMs: number): Promise<Response> {
    const agent = await this.#openAgent();
    const query = new URLSearchParams({ ...call.query, ...(token === null ? {} : { token }) });
    const response = await exchange(this.#options, agent, {
      method: call.method,
      path: `/v2/webserv/${call.path}?${query.toString()}`,
      body: call.body,
      timeoutMs,
    });
    this.#lastAnswerMs = Date.now();
    return response;
  }

  async #openAgent(): Promise<Agent> {
    if (this.#agent !== null) return this.#agent;
    const { caPath, rest } = this.#options;
    const ca = await readAuthority(caPath);
    const host = hostOf(rest);
    // The connection that was used last is used next: it is the one that is known to live.
    this.#agent ??= new Agent({
      keepAlive: true,
      maxSockets: socketsMax,
      scheduling: 'lifo',
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      ...(ca === null ? {} : { ca }),
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    return this.#agent;
  }
}

const absent = 'cTrader has no such account';

interface Sending {
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
  readonly timeoutMs: number;
}

/** One request. `sent` of its failure is false only when no byte of it can have left. */
function exchange(
  { rest }: WebServicesOptions,
  agent: Agent,
  { method, path, body, timeoutMs }: Sending,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    let connected = false;
    let timedOut = false;
    const { port } = new URL(rest);
    const req = httpsRequest(
      {
        agent,
        host: hostOf(rest),
        port: port || 443,
        method,
        path,
        headers: {
          Accept: 'application/json',
          ...(body === undefined
            ? {}
            : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }),
        },
      },
      (response) => {
        readBody(response).then((content) => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, body: content });
        }, fail);
      },
    );
    const timer = setTimeout(() => {
      timedOut = true;
      req.destroy();
    }, timeoutMs);
    function fail(error: Error): void {
      clearTimeout(timer);
      req.destroy();
      const reason = reasonOf(error);
      if (!connected) reject(new WireFailure('connect', false, `cannot connect: ${reason}`));
      else if (timedOut) reject(new WireFailure('timeout', true, `no answer in ${timeoutMs} ms`));
      else if (error instanceof WireFailure) reject(error);
      else reject(new WireFailure('lost', true, `the connection was lost: ${reason}`));
    }
    req.on('socket', (socket) => {
      if (req.reusedSocket || !isConnecting(socket)) connected = true;
      else socket.once('secureConnect', () => (connected = true));
    });
    req.on('error', fail);
    req.end(body);
  });
}

function isConnecting(socket: Socket): boolean {
  return socket.connecting || !(socket instanceof TLSSocket && socket.authorized);
}

function hostOf(rest: string): string {
  return new URL(rest).hostname.replace(/^\[|\]$/g, '');
}

/** `{"error":{"errorCode"}}`; null for anything else. */
export function errorCodeOf(body: string): string | null {
  return orNull(() => {
    const errorCode = text(record(record(parseJson(body), 'it').error, 'it'), 'errorCode');
    return errorCode === '' ? null : errorCode;
  });
}
