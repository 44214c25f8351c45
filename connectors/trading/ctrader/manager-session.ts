import { readAuthority } from '../certificate';
import { type Fields, MalformedAnswer } from '../fields';
import { type SessionTimeouts } from '../mt5/session';
import { PlatformAuthRefused, PlatformRefused, PlatformUnavailable } from '../port';
import { WireFailure } from '../wire-failure';
import { describeError, errorNumber } from './error-code';
import { ErrorAnswer, type EventListener, ManagerConnection } from './manager-connection';
import { type Outgoing, type RequestName } from './messages';

export interface ManagerSessionOptions {
  /** `host:port`. */
  readonly manager: string;
  readonly caPath: string | null;
  readonly login: string;
  /** MD5 in hex. */
  readonly passwordHash: string;
  readonly plantId: string;
  readonly environmentName: string;
  readonly timeouts: SessionTimeouts;
}

const helloWaitMs = 1_000;

/**
 * Our session on the Manager API, opened when it is needed and again when it was lost. Only reads go through it,
 * so a request whose connection was lost is asked once more.
 */
export class ManagerSession {
  readonly #options: ManagerSessionOptions;
  readonly #listeners = new Set<EventListener>();
  #opening: Promise<ManagerConnection> | null = null;
  #connection: ManagerConnection | null = null;
  #beat: NodeJS.Timeout | null = null;
  #closed = false;

  constructor(options: ManagerSessionOptions) {
    this.#options = options;
  }

  /** Throws PlatformUnavailable, PlatformAuthRefused, PlatformRefused. */
  async request(name: RequestName, fields: Outgoing = {}): Promise<Fields> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const connection = await this.#open();
        return await connection.request(name, fields, this.#options.timeouts.readMs);
      } catch (error) {
        if (error instanceof ErrorAnswer) throw refused(error.errorCode);
        if (!(error instanceof WireFailure)) throw error;
        // A server that keeps silent is not asked twice.
        if (error.kind !== 'lost' || attempt > 1) throw new PlatformUnavailable(error.message);
      }
    }
  }

  /** Hears events until the returned function is called. */
  listen(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  end(): void {
    this.#drop();
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  async #open(): Promise<ManagerConnection> {
    if (this.#closed) throw new PlatformUnavailable('the session is closed');
    if (this.#connection?.alive === true) return this.#connection;
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = null;
    });
    return await this.#opening;
  }

  async #connect(): Promise<ManagerConnection> {
    this.#drop();
    const { manager, caPath, timeouts } = this.#options;
    const to = { address: manager, ca: await readAuthority(caPath), connectMs: timeouts.connectMs };
    const connection = await ManagerConnection.open(to, (name, fields) => {
      for (const listener of this.#listeners) listener(name, fields);
    });
    try {
      await connection.heardHello(Math.min(helloWaitMs, timeouts.connectMs));
      await this.#authenticate(connection);
    } catch (error) {
      connection.destroy();
      if (error instanceof WireFailure || error instanceof MalformedAnswer) {
        throw new PlatformUnavailable(`no session: ${error.message}`);
      }
      throw error;
    }
    if (this.#closed) {
      connection.destroy();
      throw new PlatformUnavailable('the session is closed');
    }
    this.#connection = connection;
    this.#startHeartbeat(connection);
    return connection;
  }

  async #authenticate(connection: ManagerConnection): Promise<void> {
    const { login, passwordHash, plantId, environmentName, timeouts } = this.#options;
    const credentials = { plantId, environmentName, login, passwordHash };
    try {
      await connection.request('ManagerAuthReq', credentials, timeouts.connectMs);
    } catch (error) {
      if (!(error instanceof ErrorAnswer)) throw error;
      const reason = `no session: ${describeError(error.errorCode)}`;
      if (error.errorCode === 'SERVER_IS_UNDER_MAINTENANCE') throw new PlatformUnavailable(reason);
      throw new PlatformAuthRefused(errorNumber(error.errorCode), reason);
    }
  }

  /** The server drops a silent client, and a silent server is asked whether it is still there. */
  #startHeartbeat(connection: ManagerConnection): void {
    const { pingMs, readMs } = this.#options.timeouts;
    this.#beat = setInterval(() => {
      connection.heartbeat();
      if (connection.silentMs < 2 * pingMs || !connection.alive) return;
      // Without an answer the connection ends itself, and the next request opens another one.
      connection.request('ServerTimeReq', {}, readMs).catch(() => undefined);
    }, pingMs);
    this.#beat.unref();
  }

  #drop(): void {
    if (this.#beat !== null) clearInterval(this.#beat);
    this.#beat = null;
    this.#connection?.destroy();
    this.#connection = null;
  }
}

function refused(errorCode: string): PlatformRefused | PlatformUnavailable {
  const reason = describeError(errorCode);
  if (errorCode === 'SERVER_IS_UNDER_MAINTENANCE') return new PlatformUnavailable(reason);
  return new PlatformRefused(errorNumber(errorCode) ?? 0, reason);
}
