import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { answerChallenge, passwordSecret } from '../auth';
import { type CryptMethod } from '../raw-connection';
import { BodyCipher, deriveKeys } from '../raw/cipher';
import { formatMessage, parseMessage } from '../raw/line';
import {
  encodeMessage,
  type Message,
  MessageReader,
  PacketReader,
  streamPrefix,
} from '../raw/packets';
import { type RawWire } from '../wires';
import {
  fakePassword,
  fakeRandom,
  type FakeServer,
  FakeState,
  slowMs,
  tooManyBytes,
} from './fake-server';

const cryptRand = 'c0ffee42'.repeat(64);
const serverNumber = 0x4000;
const pieceBytes = 0xfffe;

interface Connection {
  readonly socket: Socket;
  readonly number: number;
  readonly packets: PacketReader;
  readonly messages: MessageReader;
  prefix: string;
  authenticated: boolean;
  crypt: string;
  incoming: BodyCipher | null;
  outgoing: BodyCipher | null;
}

/** For tests only: a server behind the raw wire. It pings before each of its answers. */
export class FakeRaw extends FakeState implements FakeServer {
  readonly wire: RawWire;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #received: Buffer[] = [];
  #connections = 0;

  private constructor(server: Server, wire: RawWire) {
    super();
    this.#server = server;
    this.wire = wire;
    server.on('connection', (socket) => this.#accept(socket));
  }

  static async start(crypt: CryptMethod): Promise<FakeRaw> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const raw = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    return new FakeRaw(server, { transport: 'raw', raw, crypt });
  }

  received(): Buffer {
    return Buffer.concat(this.#received);
  }

  closeConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.closeConnections();
    this.#server.close();
  }

  #accept(socket: Socket): void {
    this.#connections += 1;
    this.#sockets.add(socket);
    const connection: Connection = {
      socket,
      number: this.#connections,
      packets: new PacketReader(),
      messages: new MessageReader(),
      prefix: '',
      authenticated: false,
      crypt: '',
      incoming: null,
      outgoing: null,
    };
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (piece: Buffer) => this.#hear(connection, piece));
  }

  #hear(connection: Connection, piece: Buffer): void {
    this.#received.push(piece);
    const missing = streamPrefix.length - connection.prefix.length;
    connection.prefix += piece.toString('latin1', 0, missing);
    for (const packet of connection.packets.push(piece.subarray(missing))) {
      if (packet.body.length === 0) this.pings += 1;
      const body = connection.incoming?.apply(packet.body) ?? packet.body;
      const message = connection.messages.push({ ...packet, body });
      if (message !== null) void this.#serve(connection, message);
    }
  }

  async #serve(connection: Connection, { number, body }: Message): Promise<void> {
    const message = parseMessage(body.toString('utf16le'));
    if (message === null || connection.prefix !== streamPrefix) throw new Error('not a command');
    const { name } = message;
    const path = `/api/${name.toLowerCase().replaceAll('_', '/')}`;
    const fields = Object.fromEntries(message.fields);
    this.seen.push({ path, connection: connection.number, body: body.toString('utf16le') });
    if (name === 'TEST_ACCESS') this.pings += 1;
    const answer = (line: Record<string, string>, json = ''): void => {
      const all = { RETCODE: '0 Done', ...line };
      const text = formatMessage({ name, fields: Object.entries(all), body: json });
      this.#write(connection, number, text);
    };
    if (name === 'AUTH_START') {
      connection.crypt = fields.CRYPT_METHOD ?? '';
      return answer({ SRV_RAND: fakeRandom });
    }
    if (name === 'AUTH_ANSWER') return this.#admit(connection, fields, answer);
    const deed = this.deed(path);
    switch (deed) {
      case 'loses the connection':
        connection.socket.destroy();
        return;
      case 'keeps silent':
        return;
      case 'answers 403':
        throw new Error('the raw wire has no status');
      case 'says 12':
        return answer({ RETCODE: '12 Too frequent requests' });
      case 'answers no JSON':
        return answer({}, '<html>');
      case 'answers rubbish':
        connection.socket.write('<html><body>Bad Gateway</body>');
        return;
      case 'answers half a body':
        return this.#write(connection, number, `${name}|RETCODE=0 Do`);
      case 'answers no retcode':
        return answer({ RETCODE: 'Done' });
      case 'breaks the answer off':
        connection.socket.write(Buffer.concat([Buffer.from('006400010'), Buffer.alloc(10)]), () =>
          connection.socket.destroy(),
        );
        return;
      case 'answers too much':
        for (let bytes = 0; bytes < tooManyBytes; bytes += pieceBytes) {
          const header = `${pieceBytes.toString(16)}${number.toString(16).padStart(4, '0')}1`;
          const piece = Buffer.alloc(pieceBytes);
          const body = connection.outgoing?.apply(piece) ?? piece;
          connection.socket.write(Buffer.concat([Buffer.from(header), body]));
        }
        return;
      case 'answers what was not asked':
        return this.#write(connection, number + 1, `${name}|RETCODE=0 Done|\r\n`);
      case 'answers slowly':
      case 'answers':
        this.begin();
        if (deed === 'answers slowly') await new Promise((done) => setTimeout(done, slowMs));
        this.end();
        return answer(connection.authenticated ? {} : { RETCODE: '8 Not enough permissions' }, '{"n":"1"}'); // prettier-ignore
      default:
        deed satisfies never;
    }
  }

  #admit(
    connection: Connection,
    fields: Readonly<Record<string, string>>,
    answer: (line: Record<string, string>) => void,
  ): void {
    const expected = answerChallenge(fakePassword, fakeRandom);
    connection.authenticated = fields.SRV_RAND_ANSWER === expected;
    if (!connection.authenticated) return answer({ RETCODE: '1001 Invalid account' });
    const proof = this.knowsPassword ? fakePassword : 'another';
    const keyed = connection.crypt === 'AES256OFB' && this.givesKeys;
    answer({
      CLI_RAND_ANSWER: answerChallenge(proof, fields.CLI_RAND ?? ''),
      ...(keyed ? { CRYPT_RAND: cryptRand } : {}),
    });
    if (!keyed) return;
    const keys = deriveKeys(passwordSecret(fakePassword), cryptRand);
    connection.incoming = new BodyCipher(keys.key, keys.toServer);
    connection.outgoing = new BodyCipher(keys.key, keys.toClient);
  }

  #write({ socket, outgoing }: Connection, number: number, text: string): void {
    if (socket.destroyed) return;
    socket.write(encodeMessage({ number: serverNumber, body: Buffer.alloc(0) }));
    const message = { number, body: Buffer.from(text, 'utf16le') };
    socket.write(encodeMessage(message, (plain) => outgoing?.apply(plain) ?? plain));
  }
}
