import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { splitAddress } from '../address';
import { type Fields, MalformedAnswer } from '../fields';
import { reasonOf, WireFailure } from '../wire-failure';
import { encodeFrame, type Envelope, FrameReader } from './frames';
import {
  answerOf,
  decodeMessage,
  type Outgoing,
  payloadName,
  type PayloadName,
  type RequestName,
} from './messages';

export interface ManagerAddress {
  /** `host:port`. */
  readonly address: string;
  /** PEM of the authority that signed the server's certificate; null trusts the system's. */
  readonly ca: string | null;
  readonly connectMs: number;
}

/** The server answered a request with an error message. */
export class ErrorAnswer extends Error {
  override readonly name = 'ErrorAnswer';
  constructor(readonly errorCode: string) {
    super(errorCode);
  }
}

export type EventListener = (name: PayloadName, fields: Fields) => void;

interface Pending {
  readonly answer: PayloadName;
  readonly resolve: (fields: Fields) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * One TLS connection to the Manager API. Requests run side by side, each known by the id that its answer repeats;
 * events come in between. A request without an answer in its time ends the connection: it may be half open, and
 * nothing on it can be believed.
 */
export class ManagerConnection {
  readonly #socket: TLSSocket;
  readonly #reader = new FrameReader();
  readonly #pending = new Map<string, Pending>();
  readonly #onEvent: EventListener;
  #hello: () => void = () => undefined;
  #lastId = 0;
  #lastHeardMs = Date.now();

  private constructor(socket: TLSSocket, onEvent: EventListener) {
    this.#socket = socket;
    this.#onEvent = onEvent;
    socket.on('data', (piece: Buffer) => this.#hear(piece));
    socket.on('error', () => undefined);
    socket.on('close', () => this.#fail('lost', 'the connection was lost'));
  }

  /** Connects and verifies the certificate. Throws WireFailure (`connect`, not sent). */
  static async open(to: ManagerAddress, onEvent: EventListener): Promise<ManagerConnection> {
    const address = splitAddress(to.address);
    if (address === null) throw new RangeError('the Manager API is reached at host:port');
    const { host, port } = address;
    const socket = connect({
      host,
      port,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(to.ca === null ? {} : { ca: to.ca }),
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
    });
    socket.setNoDelay(true);
    const connection = new ManagerConnection(socket, onEvent);
    await new Promise<void>((resolve, reject) => {
      const fail = (reason: string): void => {
        clearTimeout(timer);
        socket.destroy();
        reject(new WireFailure('connect', false, reason));
      };
      const timer = setTimeout(() => fail('connecting timed out'), to.connectMs);
      socket.once('error', (error) => fail(`cannot connect: ${reasonOf(error)}`));
      socket.once('close', () => fail('the server closed the connection at once'));
      socket.once('secureConnect', () => {
        clearTimeout(timer);
        resolve();
      });
    });
    return connection;
  }

  get alive(): boolean {
    return !this.#socket.destroyed && this.#socket.readable && this.#socket.writable;
  }

  get silentMs(): number {
    return Date.now() - this.#lastHeardMs;
  }

  /** Servers say hello first; one that does not is spoken to after a while. */
  async heardHello(waitMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      this.#hello = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  heartbeat(): void {
    if (this.alive) this.#socket.write(encodeFrame('Heartbeat', {}));
  }

  /** Asks and waits for the answer. Throws ErrorAnswer, WireFailure, MalformedAnswer. */
  async request(name: RequestName, fields: Outgoing, timeoutMs: number): Promise<Fields> {
    if (!this.alive) throw new WireFailure('lost', false, 'the connection was lost before');
    this.#lastId += 1;
    const id = String(this.#lastId);
    return await new Promise<Fields>((resolve, reject) => {
      const timer = setTimeout(
        () => this.#fail('timeout', `no answer in ${timeoutMs} ms`),
        timeoutMs,
      );
      this.#pending.set(id, { answer: answerOf(name), resolve, reject, timer });
      this.#socket.write(encodeFrame(name, fields, id));
    });
  }

  destroy(): void {
    this.#socket.destroy();
    this.#fail('lost', 'the connection was ended');
  }

  #hear(piece: Buffer): void {
    this.#lastHeardMs = Date.now();
    try {
      for (const envelope of this.#reader.push(piece)) this.#take(envelope);
    } catch (error) {
      if (!(error instanceof MalformedAnswer)) throw error;
      this.#fail('lost', error.message);
    }
  }

  #take(envelope: Envelope): void {
    const name = payloadName(envelope.payloadType);
    if (name === 'Hello') return this.#hello();
    if (name === null || name === 'Heartbeat') return;
    const pending =
      envelope.clientMsgId === null ? undefined : this.#pending.get(envelope.clientMsgId);
    if (pending === undefined) {
      if (name !== 'ErrorRes') this.#onEvent(name, decodeMessage(name, envelope.payload));
      return;
    }
    this.#pending.delete(envelope.clientMsgId ?? '');
    clearTimeout(pending.timer);
    try {
      pending.resolve(readAnswer(name, pending.answer, envelope.payload));
    } catch (error) {
      pending.reject(error instanceof Error ? error : new Error('unreadable'));
    }
  }

  /** Ends the connection and everything that waits on it. */
  #fail(kind: 'lost' | 'timeout', reason: string): void {
    const waiting = [...this.#pending.values()];
    this.#pending.clear();
    this.#socket.destroy();
    for (const { timer, reject } of waiting) {
      clearTimeout(timer);
      reject(new WireFailure(kind, true, reason));
    }
  }
}

function readAnswer(name: PayloadName, expected: PayloadName, payload: Uint8Array): Fields {
  const fields = decodeMessage(name, payload);
  if (name === 'ErrorRes') {
    throw new ErrorAnswer(typeof fields.errorCode === 'string' ? fields.errorCode : '');
  }
  if (name !== expected) throw new MalformedAnswer(`the answer is ${name}, not ${expected}`);
  return fields;
}
