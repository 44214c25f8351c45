import { Agent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { readBody, reasonOf, WireFailure } from '../wire-failure';
import { type Call, connected, isAlive, type Mt5Connection, type WireAnswer } from './connection';
import { parseReply } from './wire';

export interface RestOptions {
  /** `https://host:port`. */
  readonly rest: URL;
  /** PEM of the authority that signed the server's certificate; null trusts the system's. */
  readonly ca: string | null;
  /** Sent with bodies; some servers want `application/x-www-form-urlencoded` over the same JSON. */
  readonly contentType: string;
  readonly connectTimeoutMs: number;
}

/** The Web API over HTTPS: one TLS connection, kept. */
export class RestConnection implements Mt5Connection {
  readonly #socket: TLSSocket;
  readonly #agent: Agent;
  readonly #options: RestOptions;

  private constructor(options: RestOptions, socket: TLSSocket) {
    this.#options = options;
    this.#socket = socket;
    this.#agent = new OneSocketAgent(socket);
  }

  /** Connects and verifies the certificate. Throws WireFailure (`connect`, not sent). */
  static async open(options: RestOptions): Promise<RestConnection> {
    const host = options.rest.hostname.replace(/^\[|\]$/g, '');
    const socket = connect({
      host,
      port: Number(options.rest.port || 443),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(options.ca === null ? {} : { ca: options.ca }),
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
    });
    await connected(socket, 'secureConnect', options.connectTimeoutMs);
    return new RestConnection(options, socket);
  }

  get alive(): boolean {
    return isAlive(this.#socket);
  }

  async send(call: Call, timeoutMs: number): Promise<WireAnswer> {
    if (!this.alive) throw new WireFailure('lost', false, 'the connection was lost before');
    const { rest, contentType } = this.#options;
    const query = call.query === undefined ? '' : `?${new URLSearchParams(call.query).toString()}`;
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    return await new Promise<WireAnswer>((resolve, reject) => {
      let settled = false;
      const fail = (failure: WireFailure): void => {
        if (settled) return;
        settled = true;
        clearTimeout(timer);
        this.destroy();
        reject(failure);
      };
      const timer = setTimeout(
        () => fail(new WireFailure('timeout', true, `no answer in ${timeoutMs} ms`)),
        timeoutMs,
      );
      const req = httpsRequest(
        {
          agent: this.#agent,
          host: rest.hostname,
          port: rest.port || 443,
          method: body === undefined ? 'GET' : 'POST',
          path: call.path + query,
          headers: {
            Accept: 'application/json',
            ...(body === undefined
              ? {}
              : { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(body) }),
          },
        },
        (response) => {
          readBody(response).then((text) => {
            if (settled) return;
            settled = true;
            clearTimeout(timer);
            resolve({ status: response.statusCode ?? 0, reply: () => parseReply(text) });
          }, fail);
        },
      );
      req.on('error', (error) => {
        const sent = !(error instanceof NoSocket);
        fail(new WireFailure('lost', sent, `the connection was lost: ${reasonOf(error)}`));
      });
      req.end(body);
    });
  }

  async keepAlive(timeoutMs: number): Promise<boolean> {
    try {
      return (await this.send({ path: '/api/test/access' }, timeoutMs)).status === 200;
    } catch (error) {
      if (error instanceof WireFailure) return false;
      throw error;
    }
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
