import { Agent, request as httpsRequest } from 'node:https';
import { readBody, reasonOf, WireFailure } from '../wire-failure';

export interface WireRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST' | 'PATCH';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly connectTimeoutMs: number;
  readonly timeoutMs: number;
}

export interface WireResponse {
  readonly status: number;
  /** `X-Request-Outcome` of the bridge. */
  readonly outcome: string | null;
  readonly body: string;
}

/** Connections to the bridge and its authority. Their certificates are verified, against `ca` when there is one. */
export class Connections {
  readonly #reads: Agent;
  readonly #writes: Agent;

  constructor(ca: string | null) {
    const trust = {
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2' as const,
      ...(ca === null ? {} : { ca }),
    };
    this.#reads = new Agent({ ...trust, keepAlive: true });
    // A connection of its own for each write: a failure on a kept one could mean anything.
    this.#writes = new Agent({ ...trust, keepAlive: false });
  }

  read(wire: WireRequest): Promise<WireResponse> {
    return send(this.#reads, wire);
  }

  write(wire: WireRequest): Promise<WireResponse> {
    return send(this.#writes, wire);
  }

  destroy(): void {
    this.#reads.destroy();
    this.#writes.destroy();
  }
}

function send(agent: Agent, wire: WireRequest): Promise<WireResponse> {
  return new Promise<WireResponse>((resolve, reject) => {
    let connected = false;
    const req = httpsRequest(wire.url, {
      agent,
      method: wire.method,
      headers: {
        Accept: 'application/json',
        ...wire.headers,
        ...(wire.body === undefined ? {} : { 'Content-Length': Buffer.byteLength(wire.body) }),
      },
    });
    const fail = (failure: WireFailure): void => {
      clearTimeout(connecting);
      clearTimeout(answering);
      req.destroy();
      reject(failure);
    };
    const connecting = setTimeout(() => {
      if (!connected) fail(new WireFailure('connect', false, 'connecting timed out'));
    }, wire.connectTimeoutMs);
    const answering = setTimeout(
      () => fail(new WireFailure('timeout', connected, `no answer in ${wire.timeoutMs} ms`)),
      wire.timeoutMs,
    );
    req.on('socket', (socket) => {
      connected = req.reusedSocket;
      if (connected) {
        clearTimeout(connecting);
        return;
      }
      // Before the handshake ends nothing of a request is written to a TLS socket.
      socket.once('secureConnect', () => {
        connected = true;
        clearTimeout(connecting);
      });
    });
    req.on('error', (error) => {
      const kind = connected ? 'lost' : 'connect';
      fail(new WireFailure(kind, connected, `the connection failed: ${reasonOf(error)}`));
    });
    req.on('response', (response) => {
      readBody(response).then((body) => {
        clearTimeout(connecting);
        clearTimeout(answering);
        const outcome = response.headers['x-request-outcome'];
        resolve({
          status: response.statusCode ?? 0,
          outcome: typeof outcome === 'string' ? outcome.trim().toLowerCase() : null,
          body,
        });
      }, fail);
    });
    req.end(wire.body);
  });
}
