import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { passwordSecret, Session } from '../auth';
import type { Desk, Reply } from '../desk';
import { Params, parseBody } from '../params';
import { Refusal } from '../../brokerage/refusal';
import { retcodeText } from '../retcodes';
import { makeKeys, PacketCipher } from './cipher';
import { pathOf, standsInFirstLine } from './commands';
import {
  CLIENT_NUMBER_MAX,
  encodePacket,
  type Message,
  MessageReader,
  NotAPacket,
  PacketReader,
  PREFIX,
  splitMessage,
} from './packets';
import { formatRaw, parseRaw, type RawText } from './text';

export interface RawOptions {
  desk: Desk;
  account: { login: string; password: string };
  /** A connection that says nothing for so long is dropped. */
  silenceMs: number;
  /** How often the server pings. */
  pingMs: number;
  log: (line: string) => void;
}

/** A command as large as a request body over HTTPS may be. */
const MESSAGE_BYTES_MAX = 1_048_576;
/** Who sends on without waiting for answers, or reads none, is cut off. */
const WAITING_MAX = 1_000;
const UNREAD_BYTES_MAX = 64 * 1_048_576;
const CRYPT_RAND_BYTES = 256;
/** The server's own packets are numbered in here. */
const PING_NUMBERS = { from: 0x4000, to: 0x7fff };
const CRYPT_METHODS = ['NONE', 'AES256OFB'];

/** One client of the raw protocol: its packets, its log-in, its cipher. Commands are served one after the other. */
export class RawConnection {
  readonly #packets = new PacketReader(PREFIX);
  readonly #messages = new MessageReader(MESSAGE_BYTES_MAX);
  readonly #session: Session;
  readonly #silence: NodeJS.Timeout;
  readonly #pings: NodeJS.Timeout;
  #cryptMethod = 'NONE';
  #incoming: PacketCipher | null = null;
  #outgoing: PacketCipher | null = null;
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;
  #pingNumber = PING_NUMBERS.from;
  /** Half-open: hears nothing more and says nothing more. */
  #deaf = false;

  constructor(
    private readonly socket: Socket,
    private readonly options: RawOptions,
  ) {
    this.#session = new Session(options.account);
    this.#silence = setTimeout(() => socket.destroy(), options.silenceMs);
    this.#pings = setInterval(() => this.#ping(), options.pingMs);
    socket.setNoDelay(true);
    socket.on('data', (piece: Buffer) => this.#hear(piece));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(this.#silence);
      clearInterval(this.#pings);
    });
  }

  cut(): void {
    this.socket.destroy();
  }

  #hear(piece: Buffer): void {
    this.#silence.refresh();
    if (this.#deaf) return;
    try {
      for (const packet of this.#packets.push(piece)) {
        if (packet.number > CLIENT_NUMBER_MAX) throw new NotAPacket('not a number of a client');
        const body = this.#incoming?.apply(packet.body) ?? packet.body;
        const message = this.#messages.take({ ...packet, body });
        if (message) this.#enqueue(message);
      }
    } catch (error) {
      if (!(error instanceof NotAPacket)) throw error;
      this.options.log(`raw connection closed: ${error.message}`);
      this.socket.destroy();
    }
  }

  #enqueue(message: Message): void {
    if (this.#waiting >= WAITING_MAX) throw new NotAPacket('too many commands at once');
    this.#waiting += 1;
    this.#turn = this.#turn
      .then(() => this.#serve(message))
      .catch((error: unknown) => {
        this.options.log(`request failed: ${error instanceof Error ? error.stack : String(error)}`);
        this.socket.destroy();
      })
      .finally(() => {
        this.#waiting -= 1;
      });
  }

  async #serve({ number, body }: Message): Promise<void> {
    if (this.socket.destroyed || this.#deaf) return;
    const command = parseRaw(body.toString('utf16le'));
    const path = pathOf(command.name);
    const answerTo = { number, name: command.name, path };
    if (path === 'auth/start' && !this.#takeCryptMethod(command)) {
      this.#send(answerTo, { status: 200, retcode: retcodeText(3) });
      return;
    }
    const outcome = await this.options.desk.serve(this.#session, path, () => paramsOf(command));
    switch (outcome.kind) {
      case 'cut':
        this.socket.destroy();
        return;
      case 'silence':
        this.#deaf = true;
        return;
      case 'reply':
        if (outcome.reply.fields?.['cli_rand_answer']) this.#admit(answerTo, outcome.reply);
        else this.#send(answerTo, outcome.reply, outcome.garbled);
        // Without a log-in there is nothing more to say on this connection, which is the session.
        if (outcome.reply.close || outcome.reply.status === 403) this.socket.end();
        return;
      default:
        outcome satisfies never;
    }
  }

  #takeCryptMethod({ fields }: RawText): boolean {
    const named = fields.find(([name]) => name.toUpperCase() === 'CRYPT_METHOD')?.[1] ?? '';
    this.#cryptMethod = named === '' ? 'NONE' : named.toUpperCase();
    return CRYPT_METHODS.includes(this.#cryptMethod);
  }

  /** The answer that ends the log-in is the last one in clear, if the client asked for a cipher. */
  #admit(answerTo: AnswerTo, reply: Reply): void {
    if (this.#cryptMethod === 'NONE') {
      this.#send(answerTo, reply);
      this.#incoming = this.#outgoing = null;
      return;
    }
    const rand = randomBytes(CRYPT_RAND_BYTES);
    this.#send(answerTo, {
      ...reply,
      fields: { ...reply.fields, crypt_rand: rand.toString('hex') },
    });
    const secret = passwordSecret(this.options.account.password);
    const { key, toServer, toClient } = makeKeys(secret, rand);
    this.#incoming = new PacketCipher(key, toServer);
    this.#outgoing = new PacketCipher(key, toClient);
  }

  #send({ number, name, path }: AnswerTo, reply: Reply, garbled = false): void {
    const whole = formatReply(name, path, reply);
    const text = garbled ? whole.slice(0, Math.floor(whole.length / 2)) : whole;
    const packets = splitMessage({ number, body: Buffer.from(text, 'utf16le') });
    for (const [index, packet] of packets.entries()) {
      // A ping may come between the packets of an answer, and every client has to bear it.
      if (index > 0 && index === packets.length - 1) this.#ping();
      this.#write({ ...packet, body: this.#outgoing?.apply(packet.body) ?? packet.body });
    }
  }

  #ping(): void {
    if (this.#deaf) return;
    this.#write({ number: this.#pingNumber, more: false, body: Buffer.alloc(0) });
    const isLast = this.#pingNumber === PING_NUMBERS.to;
    this.#pingNumber = isLast ? PING_NUMBERS.from : this.#pingNumber + 1;
  }

  #write(packet: Parameters<typeof encodePacket>[0]): void {
    if (this.socket.destroyed || this.socket.writableEnded) return;
    if (this.socket.writableLength > UNREAD_BYTES_MAX) this.socket.destroy();
    else this.socket.write(encodePacket(packet));
  }
}

/** Whose answer it is: the packets' number, and the command by both of its names. */
interface AnswerTo {
  number: number;
  name: string;
  path: string;
}

function formatReply(name: string, path: string, { retcode, fields, answer }: Reply): string {
  const line: Record<string, string> = { RETCODE: retcode };
  const put = (field: string, value: unknown): void => {
    if (typeof value === 'string') line[field.toUpperCase()] = value;
  };
  for (const [field, value] of Object.entries(fields ?? {})) put(field, value);
  const isRecord = typeof answer === 'object' && !Array.isArray(answer);
  if (isRecord && path === 'user/add') put('login', answer['Login']);
  const alone = isRecord && standsInFirstLine(path);
  if (alone) for (const [field, value] of Object.entries(answer)) put(field, value);
  const rest = answer === undefined || alone ? '' : JSON.stringify(answer);
  return formatRaw({ name, fields: Object.entries(line), rest });
}

function paramsOf({ fields, rest }: RawText): Params {
  if (rest.trim() !== '' && !rest.trim().startsWith('{')) throw new Refusal('parameters');
  return new Params(new URLSearchParams(), { ...Object.fromEntries(fields), ...parseBody(rest) });
}
