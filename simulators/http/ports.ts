import type { AddressInfo, Server } from 'node:net';

/** Opens a port on 127.0.0.1 (0 is any free one) and gives its number. */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Takes no more connections, and waits until the open ones have ended. */
export function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
