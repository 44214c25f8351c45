import { connect, type Socket } from 'node:net';
import { passwordSecret } from '../auth';
import { Client, PASSWORD, type Reply } from '../testing-clients';
import { makeKeys, PacketCipher } from './cipher';
import { encodePacket, MessageReader, PacketReader, PREFIX, splitMessage } from './packets';
import { formatRaw, parseRaw } from './text';

/** For the tests: a client of the raw wire that takes the same paths as one of REST. */
export class RawClient extends Client {
  #socket: Socket | null = null;
  #number = 0;
  #waiting: { resolve: (text: string) => void; reject: (error: Error) => void; number: number }[] =
    [];
  #incoming: PacketCipher | null = null;
  #outgoing: PacketCipher | null = null;
  /** Numbers of the server's pings. */
  readonly pings: number[] = [];

  constructor(
    private readonly address: string,
    private readonly cryptMethod: string,
  ) {
    super();
  }

  get open(): boolean {
    return this.#socket !== null && !this.#socket.destroyed;
  }

  override async login(password = PASSWORD, login = '1000'): Promise<Reply> {
    const done = await super.login(password, login);
    if (done.retcode !== 0 || this.cryptMethod === 'NONE') return done;
    const rand = Buffer.from(String(done.body['crypt_rand']), 'hex');
    const { key, toServer, toClient } = makeKeys(passwordSecret(password), rand);
    this.#outgoing = new PacketCipher(key, toServer);
    this.#incoming = new PacketCipher(key, toClient);
    return done;
  }

  override get(path: string): Promise<Reply> {
    const [command = '', query = ''] = path.split('?');
    return this.command(rawName(command), [...new URLSearchParams(query)]);
  }

  override post(path: string, body: Record<string, unknown>): Promise<Reply> {
    const [command = '', query = ''] = path.split('?');
    return this.command(rawName(command), [...new URLSearchParams(query)], JSON.stringify(body));
  }

  override close(): void {
    this.#socket?.destroy();
  }

  async command(name: string, fields: [string, string][], rest = ''): Promise<Reply> {
    const crypt: [string, string][] =
      name === 'AUTH_START' ? [['CRYPT_METHOD', this.cryptMethod]] : [];
    const text = formatRaw({
      name,
      fields: [...fields, ...crypt].map(([field, value]) => [field.toUpperCase(), value]),
      rest,
    });
    return readReply(await this.message(text));
  }

  /** Sends a text as it is, in packets of at most so many bytes, and gives the text that answers it. */
  message(text: string, bytesMax?: number): Promise<string> {
    this.#number += 1;
    const number = this.#number;
    const body = Buffer.from(text, 'utf16le');
    const socket = this.#open();
    for (const packet of splitMessage({ number, body }, bytesMax)) {
      const sent = this.#outgoing?.apply(packet.body) ?? packet.body;
      socket.write(encodePacket({ ...packet, body: sent }));
    }
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject, number }));
  }

  /** Sends bytes as they are. */
  bytes(bytes: Buffer): void {
    this.#open().write(bytes);
  }

  #open(): Socket {
    if (this.#socket && !this.#socket.destroyed) return this.#socket;
    const [host = '', port = ''] = this.address.split(':');
    const socket = connect(Number(port), host);
    const packets = new PacketReader();
    const messages = new MessageReader(Number.MAX_SAFE_INTEGER);
    this.#incoming = this.#outgoing = null;
    socket.write(PREFIX);
    socket.on('data', (piece: Buffer) => {
      for (const packet of packets.push(piece)) {
        if (packet.body.length === 0) this.pings.push(packet.number);
        const body = this.#incoming?.apply(packet.body) ?? packet.body;
        const message = messages.take({ ...packet, body });
        if (!message) continue;
        const asked = this.#waiting.shift();
        if (asked?.number !== message.number) asked?.reject(new Error('an answer to another'));
        else asked.resolve(message.body.toString('utf16le'));
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('connection closed'));
    });
    this.#socket = socket;
    return socket;
  }
}

function rawName(path: string): string {
  return path.toUpperCase().replaceAll('/', '_');
}

/** The line's fields by the names that REST has for them: `SRV_RAND` is `srv_rand`, `TICKET` is `Ticket`. */
function readReply(text: string): Reply {
  const { fields, rest } = parseRaw(text);
  const body: Record<string, unknown> = {};
  const line: Record<string, string> = {};
  for (const [name, value] of fields) {
    body[name.toLowerCase()] = value;
    line[name.charAt(0) + name.slice(1).toLowerCase()] = value;
  }
  const answer: unknown = rest === '' ? line : JSON.parse(rest);
  return {
    status: 200,
    retcode: Number.parseInt(String(body['retcode']), 10),
    text,
    body: { ...body, answer },
    record: answer as Record<string, string>,
    list: answer as Record<string, string>[],
  };
}
