import { type Socket } from 'node:net';
import { reasonOf, WireFailure } from '../wire-failure';
import { type Reply } from './wire';

/** A request, whichever wire it takes: the raw wire makes its command of the path. */
export interface Call {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, string>>;
}

export interface WireAnswer {
  /** HTTP's; the raw wire has none and says 200. */
  readonly status: number;
  /** Throws MalformedAnswer. */
  reply(): Reply;
}

/**
 * One connection to the server, for one request at a time. MT5's session *is* the connection, so
 * nothing ever opens a second one in silence: when it is gone, it is gone, and the session says so.
 */
export interface Mt5Connection {
  readonly alive: boolean;
  /** Sends one request. After any failure the connection is destroyed. Throws WireFailure. */
  send(call: Call, timeoutMs: number): Promise<WireAnswer>;
  /** Breaks a silence; false when the session is found to be gone. */
  keepAlive(timeoutMs: number): Promise<boolean>;
  destroy(): void;
}

/** Waits for a socket to connect. Throws WireFailure (`connect`, not sent) and destroys it. */
export async function connected(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  timeoutMs: number,
): Promise<void> {
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => {
    const fail = (reason: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new WireFailure('connect', false, reason));
    };
    const timer = setTimeout(() => fail('connecting timed out'), timeoutMs);
    socket.once('error', (error) => fail(`cannot connect: ${reasonOf(error)}`));
    socket.once('close', () => fail('the server closed the connection at once'));
    socket.once(event, () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      socket.removeAllListeners('close');
      // An error of an idle socket only makes it dead; whoever uses it next sees that.
      socket.on('error', () => undefined);
      resolve();
    });
  });
}

export function isAlive(socket: Socket): boolean {
  return !socket.destroyed && socket.readable && socket.writable;
}
