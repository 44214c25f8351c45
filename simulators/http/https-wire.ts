import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';

export interface HttpsWireOptions {
  tls: { cert: string; key: string };
  /** A connection that says nothing for so long is dropped. */
  keepAliveMs: number;
  serve: (req: IncomingMessage, res: ServerResponse) => Promise<void>;
  /** Answers a request that the simulator itself has failed. */
  fail: (res: ServerResponse) => void;
  log: (line: string) => void;
}

/** An HTTPS server that knows its connections, so that all of them can be cut at once. */
export class HttpsWire {
  readonly server: Server;
  readonly #sockets = new Set<Socket>();

  constructor({ tls, keepAliveMs, serve, fail, log }: HttpsWireOptions) {
    this.server = createServer({ ...tls, keepAlive: true, requestTimeout: 0 }, (req, res) => {
      serve(req, res).catch((error: unknown) => {
        log(`request failed: ${error instanceof Error ? error.stack : String(error)}`);
        if (res.headersSent) res.destroy();
        else fail(res);
      });
    });
    this.server.keepAliveTimeout = keepAliveMs;
    this.server.on('secureConnection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => socket.destroy());
    });
  }

  get count(): number {
    return this.#sockets.size;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
