import { createServer, type Server } from 'node:net';
import { RawConnection, type RawOptions } from './connection';

const CONNECTIONS_MAX = 1_000;

/** The MT5 Web API as its older, raw protocol over plain TCP, with a cipher of its own if the client asks for it. */
export class RawApi {
  readonly server: Server;
  readonly #connections = new Set<RawConnection>();

  constructor(options: RawOptions) {
    this.server = createServer((socket) => {
      const connection = new RawConnection(socket, options);
      this.#connections.add(connection);
      socket.on('close', () => this.#connections.delete(connection));
    });
    this.server.maxConnections = CONNECTIONS_MAX;
  }

  get count(): number {
    return this.#connections.size;
  }

  cut(): void {
    for (const connection of this.#connections) connection.cut();
  }
}
