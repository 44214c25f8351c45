import { setTimeout as delay } from 'node:timers/promises';
import { type Refused, type Unknown } from '../../../domain/trading/outcome';
import { readAuthority } from '../certificate';
import { MalformedAnswer } from '../fields';
import { notSent, unknown, unread } from '../outcomes';
import {
  PlatformAnswerTooLarge,
  PlatformAuthRefused,
  PlatformRefused,
  PlatformUnavailable,
} from '../port';
import { WireFailure } from '../wire-failure';
import { Connections, type WireResponse } from './http';
import { classifyFailure, describe, passes, resultOf } from './results';
import { TokenSource } from './token-source';
import { type Envelope, parseEnvelope } from './wire';

export interface SessionOptions {
  readonly rest: string;
  readonly authority: string;
  /** PEM file, read anew with each new session. */
  readonly caPath: string | null;
  /** The trade server's id at the bridge. */
  readonly platform: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly timeouts: SessionTimeouts;
}

export interface SessionTimeouts {
  readonly connectMs: number;
  readonly readMs: number;
  readonly writeMs: number;
  /**
   * The bridge may take so much longer than the deadline it is given, while it connects to its trade server, and
   * its answer says what a lost one does not. Left out: as long again, 25 seconds at most.
   */
  readonly marginMs?: number;
}

export const defaultTimeouts: SessionTimeouts = {
  connectMs: 10_000,
  readMs: 30_000,
  writeMs: 30_000,
};

export interface ReadCall {
  /** Operation and its parts: `['TradesUserHistory', '2000001']`. */
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
}

export interface WriteCall extends ReadCall {
  readonly method: 'POST' | 'PATCH';
  readonly body: unknown;
  /** The bridge answers the same key with its first answer, as long as it remembers: a net, not a promise. */
  readonly key?: string;
}

export type WriteReply = { readonly kind: 'done'; readonly data: unknown } | Refused | Unknown;

const marginMsMax = 25_000;
const busyAttemptsMax = 4;
const busyPauseMs = 150;
/** A write does not trust a bridge that has been silent for longer: it is asked for the time first. */
const trustedSilenceMs = 1_000;
const waitingMax = 2_000;
const readsAtOnce = 8;
const gatewayBusy: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Calls to the bridge. Reads come back by themselves when it is busy or a token has ended; writes are sent once. */
export class Mt4Session {
  readonly #options: SessionOptions;
  readonly #tokens: TokenSource;
  #connections: Connections | null = null;
  #lastAnswerMs = 0;
  #waiting = 0;
  #reading = 0;
  readonly #queue: (() => void)[] = [];
  #closed = false;

  constructor(options: SessionOptions) {
    for (const address of [options.rest, options.authority]) {
      if (new URL(address).protocol !== 'https:') {
        throw new RangeError('the bridge is spoken to over https only');
      }
    }
    this.#options = options;
    const { authority, clientId, clientSecret, timeouts } = options;
    const { connectMs, readMs } = timeouts;
    this.#tokens = new TokenSource({ authority, clientId, clientSecret, connectMs, readMs });
  }

  /** Reads an answer that must be there. Throws PlatformRefused, PlatformUnavailable. */
  async read(call: ReadCall): Promise<Envelope> {
    const envelope = await this.readOrNull(call);
    if (envelope === null) throw new PlatformRefused(0, 'the server refused: not found');
    return envelope;
  }

  /** Reads an answer, null when the server has no such thing. */
  async readOrNull(call: ReadCall): Promise<Envelope | null> {
    if (this.#waiting >= waitingMax) throw new PlatformUnavailable('too many requests wait');
    this.#waiting += 1;
    try {
      await this.#turn();
      return await this.#read(call);
    } finally {
      this.#waiting -= 1;
      this.#nextTurn();
    }
  }

  /** Sends a write, once; a second time only when a refused token kept the first from being looked at. */
  async write(call: WriteCall): Promise<WriteReply> {
    let token: string;
    try {
      await this.#makeSure();
      token = await this.#token();
    } catch (error) {
      return unread(error);
    }
    let reply = await this.#sendWrite(call, token);
    if ('status' in reply && reply.status === 401) {
      this.#tokens.drop(token);
      try {
        token = await this.#token();
      } catch (error) {
        return unread(error);
      }
      reply = await this.#sendWrite(call, token);
    }
    if ('kind' in reply) return reply;
    if (reply.status === 401) return notSent('SERVER_UNAVAILABLE', 'the token was refused');
    return this.#readWrite(reply, token);
  }

  /** Cuts every connection and forgets the token; the next call begins anew. */
  end(): void {
    this.#connections?.destroy();
    this.#connections = null;
    this.#tokens.clear();
    this.#lastAnswerMs = 0;
  }

  /** Ends the session for good. Calls after this fail, writes among them as not sent. */
  close(): void {
    this.end();
    this.#closed = true;
  }

  async #sendWrite(call: WriteCall, token: string): Promise<WireResponse | Refused | Unknown> {
    try {
      return await this.#send(call, token);
    } catch (error) {
      if (error instanceof WireFailure) {
        return error.sent ? unknown(error.message) : notSent('SERVER_UNAVAILABLE', error.message);
      }
      return unread(error);
    }
  }

  #readWrite(reply: WireResponse, token: string): WriteReply {
    if (reply.status !== 200) return unknown(`the bridge answered HTTP ${reply.status}`);
    try {
      const { data, error } = parseEnvelope(reply.body);
      if (error === null) return { kind: 'done', data };
      if (error.code === 'Forbidden') this.#tokens.drop(token);
      return classifyFailure(error, reply.outcome);
    } catch (error) {
      if (error instanceof MalformedAnswer) return unknown(error.message);
      throw error;
    }
  }

  async #read(call: ReadCall): Promise<Envelope | null> {
    let tokensTried = 0;
    let lost = 0;
    for (let attempt = 1; ; attempt += 1) {
      const token = await this.#token();
      let reply: WireResponse;
      try {
        reply = await this.#send(call, token);
      } catch (error) {
        if (!(error instanceof WireFailure)) throw error;
        if (error.kind === 'oversized') throw new PlatformAnswerTooLarge(error.message);
        // A kept connection may have died unseen, so a lost one is opened again, twice at most; a bridge that
        // keeps silent is not asked again.
        lost += 1;
        if (error.kind !== 'lost' || lost > 2) throw new PlatformUnavailable(error.message);
        continue;
      }
      const judged = judgeRead(reply);
      if (judged.kind === 'answer') return judged.envelope;
      if (judged.kind === 'token') {
        this.#tokens.drop(token);
        tokensTried += 1;
        if (tokensTried > 1) throw judged.failure;
        continue;
      }
      if (judged.kind === 'failed' || attempt >= busyAttemptsMax) throw judged.failure;
      await delay(busyPauseMs * 2 ** (attempt - 1));
    }
  }

  /** Waits until fewer than `readsAtOnce` reads are at work. */
  async #turn(): Promise<void> {
    if (this.#reading >= readsAtOnce) {
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    }
    this.#reading += 1;
  }

  #nextTurn(): void {
    this.#reading -= 1;
    this.#queue.shift()?.();
  }

  /** Nothing is sent to a bridge that does not answer, or has no connection to its trade server. */
  async #makeSure(): Promise<void> {
    if (Date.now() - this.#lastAnswerMs <= trustedSilenceMs) return;
    await this.#read({ path: ['ServerTime'] });
  }

  async #token(): Promise<string> {
    return await this.#tokens.get(await this.#open());
  }

  async #open(): Promise<Connections> {
    if (this.#closed) throw new PlatformUnavailable('the session is closed');
    if (this.#connections !== null) return this.#connections;
    const ca = await readAuthority(this.#options.caPath);
    this.#connections ??= new Connections(ca);
    return this.#connections;
  }

  async #send(call: ReadCall | WriteCall, token: string): Promise<WireResponse> {
    const { rest, platform, timeouts } = this.#options;
    const path = [platform, ...call.path].map(encodeURIComponent).join('/');
    const url = new URL(`/api/v2/MT4/${path}`, rest);
    for (const [name, value] of Object.entries(call.query ?? {})) {
      for (const one of typeof value === 'string' ? [value] : value) {
        url.searchParams.append(name, one);
      }
    }
    const timeoutMs = 'body' in call ? timeouts.writeMs : timeouts.readMs;
    const wire = {
      url,
      headers: {
        Authorization: `Bearer ${token}`,
        'X-Request-Timeout': String(Math.min(300, Math.max(1, Math.round(timeoutMs / 1000)))),
        ...('body' in call ? { 'Content-Type': 'application/json' } : {}),
        ...('key' in call && call.key !== undefined ? { 'Idempotency-Key': call.key } : {}),
      },
      connectTimeoutMs: timeouts.connectMs,
      timeoutMs: timeoutMs + (timeouts.marginMs ?? Math.min(marginMsMax, timeoutMs)),
    };
    const connections = await this.#open();
    const response =
      'body' in call
        ? await connections.write({ ...wire, method: call.method, body: JSON.stringify(call.body) })
        : await connections.read({ ...wire, method: 'GET' });
    if (response.status === 200) this.#lastAnswerMs = Date.now();
    return response;
  }
}

type ReadVerdict =
  | { readonly kind: 'answer'; readonly envelope: Envelope | null }
  /** `token`: ask with another; `busy`: ask again in a moment. */
  | { readonly kind: 'token' | 'busy' | 'failed'; readonly failure: Error };

function judgeRead(reply: WireResponse): ReadVerdict {
  if (reply.status === 401) {
    const failure = new PlatformAuthRefused(401, 'no session: the token was refused');
    return { kind: 'token', failure };
  }
  if (reply.status !== 200) {
    const failure = new PlatformUnavailable(`the bridge answered HTTP ${reply.status}`);
    return { kind: gatewayBusy.has(reply.status) ? 'busy' : 'failed', failure };
  }
  const envelope = parseEnvelope(reply.body);
  const { error } = envelope;
  if (error === null) return { kind: 'answer', envelope };
  switch (error.code) {
    case 'NotFound':
      return { kind: 'answer', envelope: null };
    case 'Busy':
      return { kind: 'busy', failure: new PlatformUnavailable(describe(error)) };
    case 'Forbidden':
      return { kind: 'token', failure: new PlatformRefused(0, `the server refused: Forbidden`) };
    case 'Validation':
      return { kind: 'failed', failure: new PlatformRefused(0, describe(error)) };
    case 'MT4Error': {
      if (passes(error)) {
        return { kind: 'failed', failure: new PlatformUnavailable(describe(error)) };
      }
      const failure = new PlatformRefused(resultOf(error.managerCode) ?? 0, describe(error));
      return { kind: 'failed', failure };
    }
    default:
      return { kind: 'failed', failure: new PlatformUnavailable(describe(error)) };
  }
}
