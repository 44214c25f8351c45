import { connect, type Socket } from 'node:net';
import { MalformedAnswer, record } from '../fields';
import { answerBytesMax, WireFailure } from '../wire-failure';
import { passwordSecret } from './auth';
import { type Call, connected, isAlive, type Mt5Connection, type WireAnswer } from './connection';
import { BodyCipher, deriveKeys } from './raw/cipher';
import { parseRawReply, rawCommand } from './raw/commands';
import { formatMessage } from './raw/line';
import {
  clientNumberMax,
  encodeMessage,
  type Message,
  MessageReader,
  PacketReader,
  streamPrefix,
} from './raw/packets';
import { text } from './wire';

export type CryptMethod = 'aes256ofb' | 'none';

export interface RawOptions {
  readonly host: string;
  readonly port: number;
  readonly crypt: CryptMethod;
  /** Of the manager: the cipher's keys are drawn from it. */
  readonly password: string;
  readonly connectTimeoutMs: number;
}

interface Pending {
  readonly number: number;
  readonly answered: (body: Buffer) => void;
  readonly failed: (failure: WireFailure) => void;
}

/** The Web API's raw protocol over plain TCP, in the protocol's own cipher unless that was declined. */
export class RawConnection implements Mt5Connection {
  readonly #socket: Socket;
  readonly #options: RawOptions;
  readonly #packets = new PacketReader();
  readonly #messages = new MessageReader();
  #prefix = streamPrefix;
  #number = 0;
  #pending: Pending | null = null;
  #outgoing: BodyCipher | null = null;
  #incoming: BodyCipher | null = null;

  private constructor(options: RawOptions, socket: Socket) {
    this.#options = options;
    this.#socket = socket;
    socket.on('data', (piece: Buffer) => this.#hear(piece));
    socket.on('close', () => this.#fail('lost', 'the connection was lost'));
  }

  /** Connects; the server is known by its answer to our challenge. Throws WireFailure (`connect`, not sent). */
  static async open(options: RawOptions): Promise<RawConnection> {
    const { host, port, connectTimeoutMs } = options;
    const socket = connect({ host, port });
    await connected(socket, 'connect', connectTimeoutMs);
    return new RawConnection(options, socket);
  }

  get alive(): boolean {
    return isAlive(this.#socket);
  }

  async send(call: Call, timeoutMs: number): Promise<WireAnswer> {
    if (!this.alive) throw new WireFailure('lost', false, 'the connection was lost before');
    if (this.#pending !== null) throw new RangeError('one request at a time');
    const number = this.#nextNumber();
    const body = await new Promise<Buffer>((answered, failed) => {
      const timer = setTimeout(
        () => this.#fail('timeout', `no answer in ${timeoutMs} ms`),
        timeoutMs,
      );
      const settled = (): void => {
        clearTimeout(timer);
        this.#pending = null;
      };
      this.#pending = {
        number,
        answered: (whole) => {
          settled();
          answered(whole);
        },
        failed: (failure) => {
          settled();
          failed(failure);
        },
      };
      const message = { number, body: Buffer.from(this.#textOf(call), 'utf16le') };
      this.#write(encodeMessage(message, (plain) => this.#outgoing?.apply(plain) ?? plain));
    });
    if (call.path === '/api/auth/answer') this.#startCipher(body);
    return { status: 200, reply: () => parseRawReply(body) };
  }

  /** An empty packet, which nobody answers. */
  keepAlive(): Promise<boolean> {
    if (this.alive) {
      this.#write(encodeMessage({ number: this.#nextNumber(), body: Buffer.alloc(0) }));
    }
    return Promise.resolve(this.alive);
  }

  destroy(): void {
    this.#socket.destroy();
    this.#fail('lost', 'the connection was ended');
  }

  #textOf(call: Call): string {
    const command = rawCommand(call);
    if (call.path !== '/api/auth/start') return formatMessage(command);
    const method = this.#options.crypt.toUpperCase();
    return formatMessage({ ...command, fields: [...command.fields, ['CRYPT_METHOD', method]] });
  }

  /** The answer that ends the log-in is the last in clear. A server that gives no keys gets no more to read. */
  #startCipher(answer: Buffer): void {
    const reply = parseRawReply(answer);
    if (this.#options.crypt === 'none' || reply.retcode !== 0) return;
    const random = text(record(reply.answer, 'the handshake'), 'crypt_rand');
    const keys = deriveKeys(passwordSecret(this.#options.password), random);
    this.#outgoing = new BodyCipher(keys.key, keys.toServer);
    this.#incoming = new BodyCipher(keys.key, keys.toClient);
  }

  #hear(piece: Buffer): void {
    try {
      for (const packet of this.#packets.push(piece)) {
        const body = this.#incoming?.apply(packet.body) ?? packet.body;
        const message = this.#messages.push({ ...packet, body });
        if (message !== null) this.#take(message);
        if (this.#messages.bytes > answerBytesMax) {
          this.#fail('oversized', `the answer is over ${answerBytesMax} bytes`);
          return;
        }
      }
    } catch (error) {
      if (!(error instanceof MalformedAnswer)) throw error;
      this.#fail('lost', error.message);
    }
  }

  #take({ number, body }: Message): void {
    // What the servers say by themselves is nothing that was asked.
    if (number > clientNumberMax) return;
    if (this.#pending?.number === number) this.#pending.answered(body);
    else this.#fail('lost', 'an answer came to what was not asked');
  }

  /** In one piece, the prefix too: a server may look at what comes first to know the protocol. */
  #write(bytes: Buffer): void {
    this.#socket.write(Buffer.concat([Buffer.from(this.#prefix, 'latin1'), bytes]));
    this.#prefix = '';
  }

  #fail(kind: 'lost' | 'timeout' | 'oversized', reason: string): void {
    this.#socket.destroy();
    this.#pending?.failed(new WireFailure(kind, true, reason));
  }

  #nextNumber(): number {
    this.#number = this.#number >= clientNumberMax ? 1 : this.#number + 1;
    return this.#number;
  }
}
