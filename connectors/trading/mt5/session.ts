import { MalformedAnswer, record } from '../fields';
import { PlatformAuthRefused, PlatformAnswerTooLarge, PlatformUnavailable } from '../port';
import { WireFailure } from '../wire-failure';
import { answerChallenge, MalformedChallenge, newChallenge, verifyAnswer } from './auth';
import { type Call, type Mt5Connection, type WireAnswer } from './connection';
import { Pace } from './pace';
import { describeRetcode } from './retcode';
import { type Reply, text } from './wire';
import { checkWire, openConnection, type WireOptions } from './wires';

export interface SessionOptions {
  readonly wire: WireOptions;
  readonly login: string;
  readonly password: string;
  /** More requests than this in a second wait, log-in and pings included. */
  readonly requestsPerSecond: number;
  readonly timeouts: SessionTimeouts;
}

export interface SessionTimeouts {
  readonly connectMs: number;
  readonly readMs: number;
  readonly writeMs: number;
  /** MT5 drops a session after 180 s of silence; this long a silence is broken by a ping. */
  readonly pingMs: number;
}

export const defaultTimeouts: SessionTimeouts = {
  connectMs: 10_000,
  readMs: 30_000,
  writeMs: 30_000,
  pingMs: 20_000,
};

/** A single connection reaches this only next to the server; the server's own limit is its owner's to say. */
export const defaultRequestsPerSecond = 200;

/** How a write ended on the wire. */
export type WriteReply =
  | ({ readonly kind: 'answered' } & Reply)
  | { readonly kind: 'not_sent'; readonly reason: string }
  | { readonly kind: 'no_answer'; readonly reason: string };

/** What may be called inside `exclusive`, where nothing comes in between. */
export interface Exchange {
  read(call: Call): Promise<Reply>;
  write(call: Call): Promise<WriteReply>;
}

/** A write does not trust a connection that has been silent for longer. */
const trustedSilenceMs = 1_000;
const waitingMax = 1_000;
const clientVersion = '3470';
/** MT5's return code for too frequent requests, and how long a read waits before it asks again. */
const tooFrequent = 12;
const pausesMs = [250, 500, 1_000, 2_000];

/**
 * A manager's session: one connection, authenticated, one request at a time.
 * Reads come back by themselves after 403 or a lost connection, once. Writes are sent once.
 */
export class Mt5Session {
  readonly #options: SessionOptions;
  readonly #pace: Pace;
  #connection: Mt5Connection | null = null;
  #lastAnswerMs = 0;
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #closed = false;
  #ping: NodeJS.Timeout | null = null;

  constructor(options: SessionOptions) {
    checkWire(options.wire);
    this.#options = options;
    this.#pace = new Pace(options.requestsPerSecond);
  }

  async read(call: Call): Promise<Reply> {
    return await this.exclusive((exchange) => exchange.read(call));
  }

  async write(call: Call): Promise<WriteReply> {
    if (this.#waiting >= waitingMax) return { kind: 'not_sent', reason: 'too many requests wait' };
    return await this.exclusive((exchange) => exchange.write(call));
  }

  /** Runs several calls with nothing of ours in between (read, change, write back). */
  async exclusive<T>(work: (exchange: Exchange) => Promise<T>): Promise<T> {
    if (this.#waiting >= waitingMax) throw new PlatformUnavailable('too many requests wait');
    this.#waiting += 1;
    const exchange: Exchange = {
      read: (call) => this.#read(call),
      write: (call) => this.#write(call),
    };
    const turn = this.#queue.then(() => work(exchange));
    this.#queue = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      this.#waiting -= 1;
    }
  }

  /** Ends the session at the server; the next call opens another one. */
  async end(): Promise<void> {
    await this.exclusive(async () => {
      const connection = this.#connection;
      if (connection?.alive === true) {
        await connection.send({ path: '/api/quit' }, 1_000).catch(() => undefined);
      }
      this.#drop();
    });
  }

  /** Ends the session for good. Calls after this fail, writes among them as not sent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    await this.end();
    this.#closed = true;
  }

  /** Asks again, after a while, while the server says that requests come too often. */
  async #read(call: Call): Promise<Reply> {
    for (const pauseMs of [...pausesMs, null]) {
      const reply = await this.#readOnce(call);
      if (reply.retcode !== tooFrequent) return reply;
      if (pauseMs !== null) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    throw new PlatformUnavailable(`the server refused: ${describeRetcode(tooFrequent)}`);
  }

  async #readOnce(call: Call): Promise<Reply> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await this.#send(await this.#open(), call, this.#options.timeouts.readMs);
        if (answer.status === 200) return answer.reply();
        this.#drop();
        if (answer.status !== 403 || attempt > 1) {
          throw new PlatformUnavailable(`the server answered HTTP ${answer.status}`);
        }
      } catch (error) {
        if (error instanceof MalformedAnswer) {
          this.#drop();
          throw new PlatformUnavailable(error.message);
        }
        if (!(error instanceof WireFailure)) throw error;
        if (error.kind === 'oversized') throw new PlatformAnswerTooLarge(error.message);
        // A lost connection is opened once more; a server that keeps silent is not asked twice.
        if (error.kind !== 'lost' || attempt > 1) throw new PlatformUnavailable(error.message);
      }
    }
  }

  async #write(call: Call): Promise<WriteReply> {
    let connection: Mt5Connection;
    try {
      connection = await this.#openTrusted();
    } catch (error) {
      if (error instanceof PlatformUnavailable || error instanceof WireFailure) {
        return { kind: 'not_sent', reason: error.message };
      }
      throw error;
    }
    try {
      const answer = await this.#send(connection, call, this.#options.timeouts.writeMs);
      if (answer.status !== 200) {
        this.#drop();
        return { kind: 'no_answer', reason: `the server answered HTTP ${answer.status}` };
      }
      return { kind: 'answered', ...answer.reply() };
    } catch (error) {
      this.#drop();
      if (error instanceof WireFailure) {
        return { kind: error.sent ? 'no_answer' : 'not_sent', reason: error.message };
      }
      if (error instanceof MalformedAnswer) return { kind: 'no_answer', reason: error.message };
      throw error;
    }
  }

  /** The session's connection, opened and authenticated if there is none. */
  async #open(): Promise<Mt5Connection> {
    if (this.#closed) throw new PlatformUnavailable('the session is closed');
    if (this.#connection?.alive === true) return this.#connection;
    this.#drop();
    const { wire, password, timeouts } = this.#options;
    const connection = await openConnection(wire, {
      password,
      connectTimeoutMs: timeouts.connectMs,
    });
    try {
      await this.#authenticate(connection);
    } catch (error) {
      connection.destroy();
      if (
        error instanceof WireFailure ||
        error instanceof MalformedAnswer ||
        error instanceof MalformedChallenge
      ) {
        throw new PlatformUnavailable(`no session: ${error.message}`);
      }
      throw error;
    }
    this.#connection = connection;
    this.#startPing();
    return connection;
  }

  /** A connection that has just answered: a write on a dead session would end as unknown. */
  async #openTrusted(): Promise<Mt5Connection> {
    const connection = await this.#open();
    if (Date.now() - this.#lastAnswerMs <= trustedSilenceMs) return connection;
    if (await this.#answers(connection)) return connection;
    this.#drop();
    return await this.#open();
  }

  async #answers(connection: Mt5Connection): Promise<boolean> {
    try {
      const call = { path: '/api/test/access' };
      const answer = await this.#send(connection, call, this.#options.timeouts.readMs);
      return answer.status === 200;
    } catch (error) {
      if (error instanceof WireFailure) return false;
      throw error;
    }
  }

  async #authenticate(connection: Mt5Connection): Promise<void> {
    const { login, password } = this.#options;
    const start = await this.#handshake(connection, '/api/auth/start', {
      version: clientVersion,
      agent: 'Keelson',
      login,
      type: 'manager',
    });
    const challenge = newChallenge();
    const answer = await this.#handshake(connection, '/api/auth/answer', {
      srv_rand_answer: answerChallenge(password, text(start, 'srv_rand')),
      cli_rand: challenge,
    });
    if (!verifyAnswer(password, challenge, text(answer, 'cli_rand_answer'))) {
      throw new PlatformAuthRefused(null, 'the server does not know the password either');
    }
  }

  async #handshake(
    connection: Mt5Connection,
    path: string,
    query: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.#send(connection, { path, query }, this.#options.timeouts.connectMs);
    const reply = readHandshake(answer);
    if (reply.retcode !== 0) {
      throw new PlatformAuthRefused(reply.retcode, `no session: ${describeRetcode(reply.retcode)}`);
    }
    return record(reply.answer, 'the handshake');
  }

  async #send(connection: Mt5Connection, call: Call, timeoutMs: number): Promise<WireAnswer> {
    await this.#pace.turn();
    const answer = await connection.send(call, timeoutMs);
    this.#lastAnswerMs = Date.now();
    return answer;
  }

  /** Pings a silent session, so that the server keeps it; a dead one is left for the next call. */
  #startPing(): void {
    const { pingMs, readMs } = this.#options.timeouts;
    this.#ping ??= setInterval(() => {
      if (this.#waiting > 0 || Date.now() - this.#lastAnswerMs < pingMs / 2) return;
      void this.exclusive(async () => {
        const connection = this.#connection;
        if (connection?.alive !== true) return;
        await this.#pace.turn();
        if (!(await connection.keepAlive(readMs))) this.#drop();
      });
    }, pingMs);
    this.#ping.unref();
  }

  #drop(): void {
    this.#connection?.destroy();
    this.#connection = null;
    if (this.#ping !== null) clearInterval(this.#ping);
    this.#ping = null;
  }
}

/** A refused handshake may come with any HTTP status; its retcode says more than the status. */
function readHandshake(answer: WireAnswer): Reply {
  try {
    return answer.reply();
  } catch (error) {
    if (error instanceof MalformedAnswer && answer.status !== 200) {
      throw new PlatformUnavailable(`no session: HTTP ${answer.status}`);
    }
    throw error;
  }
}
