import { Agent, request as httpsRequest } from 'node:https';
import { type IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';

export interface ConnectionOptions {
  /** `https://host:port`. */
  readonly rest: URL;
  /** PEM of the authority that signed the server's certificate; null trusts the system's. */
  readonly ca: string | null;
  readonly connectTimeoutMs: number;
}

export interface WireRequest {
  readonly method: 'GET' | 'POST';
  /** Path with its query. */
  readonly path: string;
  readonly body?: string;
  readonly contentType: string;
  readonly timeoutMs: number;
}

export interface WireResponse {
  readonly status: number;
  readonly body: string;
}

/** The wire failed. `sent` is false only when no byte of the request can have left. */
export class WireFailure extends Error {
  override readonly name = 'WireFailure';
  constructor(
    readonly kind: 'connect' | 'lost' | 'timeout' | 'oversized',
    readonly sent: boolean,
    detail: string,
  ) {
    super(detail);
  }
}

/** A longer answer is not read to its end. */
const bodyBytesMax = 64 * 1024 * 1024;

/**
 * One TLS connection, for one request at a time. MT5's session *is* the connection, so nothing
 * here ever opens a second one in silence: when it is gone, it is gone, and the session says so.
 */
export class Mt5Connection {
  readonly #socket: TLSSocket;
  readonly #agent: Agent;
  readonly #rest: URL;

  private constructor(rest: URL, socket: TLSSocket) {
    this.#rest = rest;
    this.#socket = socket;
    this.#agent = new OneSocketAgent(socket);
  }

  /** Connects and verifies the certificate. Throws WireFailure (`connect`, not sent). */
  static async open(options: ConnectionOptions): Promise<Mt5Connection> {
    const host = options.rest.hostname.replace(/^\[|\]$/g, '');
    const socket = connect({
      host,
      port: Number(options.rest.port || 443),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(options.ca === null ? {} : { ca: options.ca }),
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
    });
    socket.setNoDelay(true);
    await new Promise<void>((resolve, reject) => {
      const fail = (reason: string): void => {
        clearTimeout(timer);
        socket.destroy();
        reject(new WireFailure('connect', false, reason));
      };
      const timer = setTimeout(() => fail('connecting timed out'), options.connectTimeoutMs);
      socket.once('error', (error) => fail(`cannot connect: ${reasonOf(error)}`));
      socket.once('close', () => fail('the server closed the connection at once'));
      socket.once('secureConnect', () => {
        clearTimeout(timer);
        socket.removeAllListeners('error');
        socket.removeAllListeners('close');
        // An error of an idle socket only makes it dead; whoever uses it next sees that.
        socket.on('error', () => undefined);
        resolve();
      });
    });
    return new Mt5Connection(options.rest, socket);
  }

  get alive(): boolean {
    return !this.#socket.destroyed && this.#socket.readable && this.#socket.writable;
  }

  /** Sends one request. After any failure the connection is destroyed. Throws WireFailure. */
  async send(wire: WireRequest): Promise<WireResponse> {
    if (!this.alive) throw new WireFailure('lost', false, 'the connection was lost before');
    return await new Promise<WireResponse>((resolve, reject) => {
      let settled = false;
      const fail = (failure: WireFailure): void => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        this.destroy();
        reject(failure);
      };
      const timer = setTimeout(
        () => fail(new WireFailure('timeout', true, `no answer in ${wire.timeoutMs} ms`)),
        wire.timeoutMs,
      );
      const req = httpsRequest(
        {
          agent: this.#agent,
          host: this.#rest.hostname,
          port: this.#rest.port || 443,
          method: wire.method,
          path: wire.path,
          headers: {
            Accept: 'application/json',
            ...(wire.body === undefined
              ? {}
              : {
                  'Content-Type': wire.contentType,
                  'Content-Length': Buffer.byteLength(wire.body),
                }),
          },
        },
        (response) => {
          readBody(response).then((body) => {
            if (settled) return;
            settled = true;
            clearTimeout(timer);
            resolve({ status: response.statusCode ?? 0, body });
          }, fail);
        },
      );
      req.on('error', (error) => {
        const sent = !(error instanceof NoSocket);
        fail(new WireFailure('lost', sent, `the connection was lost: ${reasonOf(error)}`));
      });
      req.end(wire.body);
    });
  }

  destroy(): void {
    this.#agent.destroy();
    this.#socket.destroy();
  }
}

class NoSocket extends Error {
  override readonly name = 'NoSocket';
}

/** Hands out the one socket that is open, and never another. */
class OneSocketAgent extends Agent {
  #socket: TLSSocket | null;

  constructor(socket: TLSSocket) {
    super({ keepAlive: true, maxSockets: 1, maxFreeSockets: 1 });
    this.#socket = socket;
  }

  override createConnection(
    _options: unknown,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | undefined {
    const socket = this.#socket;
    this.#socket = null;
    if (socket !== null) return socket;
    callback?.(new NoSocket('the connection was lost before the request'), new Duplex());
    return undefined;
  }
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bodyBytesMax) {
        throw new WireFailure('oversized', true, `the answer is over ${bodyBytesMax} bytes`);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof WireFailure) throw error;
    throw new WireFailure('lost', true, `the answer broke off: ${reasonOf(error)}`);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The system's code of an error: messages may quote what they failed on. */
function reasonOf(error: unknown): string {
  if (error instanceof Error) {
    if ('code' in error && typeof error.code === 'string') return error.code;
    return error.name;
  }
  return 'unknown error';
}
