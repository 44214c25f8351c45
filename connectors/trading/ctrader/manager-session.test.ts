import { mkdtemp, writeFile } from 'node:fs/promises';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { type Fields } from '../fields';
import { PlatformAuthRefused, PlatformRefused, PlatformUnavailable } from '../port';
import { encodeFrame, FrameReader } from './frames';
import { ManagerSession } from './manager-session';
import { decodeMessage, payloadName, type PayloadName } from './messages';

const timeouts = { connectMs: 1_500, readMs: 300, writeMs: 300, pingMs: 100 };

interface Seen {
  readonly connection: number;
  readonly name: PayloadName | null;
  readonly fields: Fields;
}

/** What the server does with a message after authentication; true when it has dealt with it. */
type Behaviour = (name: PayloadName | null, socket: TLSSocket, id: string | undefined) => boolean;

let caPath: string;
let server: Server;
let address: string;
let seen: Seen[];
let behaviour: Behaviour;
let saysHello: boolean;
let authError: string | null;
let session: ManagerSession;
let connections = 0;
const sockets = new Set<TLSSocket>();

beforeAll(async () => {
  const pair = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  caPath = join(await mkdtemp(join(tmpdir(), 'keelson-ctrader-')), 'ca.pem');
  await writeFile(caPath, pair.cert);
  server = createServer({ key: pair.private, cert: pair.cert }, serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

function serve(socket: TLSSocket): void {
  connections += 1;
  const connection = connections;
  const reader = new FrameReader();
  sockets.add(socket);
  socket.on('error', () => undefined);
  if (saysHello) socket.write(encodeFrame('Hello', {}));
  socket.on('data', (piece: Buffer) => {
    for (const { payloadType, payload, clientMsgId } of reader.push(piece)) {
      const name = payloadName(payloadType);
      const id = clientMsgId ?? undefined;
      const fields = name === null ? {} : decodeMessage(name, payload);
      seen.push({ connection, name, fields });
      if (name === 'ManagerAuthReq') {
        const refused = authError === null ? null : { errorCode: authError };
        socket.write(
          refused ? encodeFrame('ErrorRes', refused, id) : encodeFrame('ManagerAuthRes', {}, id),
        );
      } else if (!behaviour(name, socket, id) && name === 'ServerTimeReq') {
        socket.write(encodeFrame('ServerTimeRes', { timeInMillis: String(connection) }, id));
      }
    }
  });
}

beforeEach(() => {
  seen = [];
  behaviour = () => false;
  saysHello = true;
  authError = null;
  connections = 0;
  session = new ManagerSession({
    manager: address,
    caPath,
    login: '30000',
    passwordHash: 'abc',
    plantId: 'plant',
    environmentName: 'live',
    timeouts,
  });
});

afterEach(() => {
  session.close();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
});

afterAll(() => {
  server.close();
});

async function time(): Promise<unknown> {
  return (await session.request('ServerTimeReq')).timeInMillis;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

describe('session on the Manager API', () => {
  it('says who it is once, for all that is asked at the same time', async () => {
    expect(await Promise.all([time(), time(), time()])).toEqual(['1', '1', '1']);
    const said = seen.filter(({ name }) => name === 'ManagerAuthReq');
    expect(said).toEqual([
      {
        connection: 1,
        name: 'ManagerAuthReq',
        fields: {
          plantId: 'plant',
          environmentName: 'live',
          login: '30000',
          passwordHash: 'abc',
        },
      },
    ]);
  });

  it('speaks first to a server that says no hello', async () => {
    saysHello = false;
    expect(await time()).toBe('1');
  });

  it('gives each answer to who asked, in whatever order they come', async () => {
    const asked: string[] = [];
    behaviour = (name, socket, id) => {
      if (name !== 'ServerTimeReq' || id === undefined) return false;
      asked.push(id);
      if (asked.length === 3) {
        for (const late of [...asked].reverse()) {
          socket.write(encodeFrame('ServerTimeRes', { timeInMillis: late }, late));
        }
      }
      return true;
    };
    const first = session.request('ServerTimeReq');
    const others = [session.request('ServerTimeReq'), session.request('ServerTimeReq')];
    const times = (await Promise.all([first, ...others])).map(({ timeInMillis }) => timeInMillis);
    expect(times).toEqual(asked);
  });

  it('tells a refused log-in from a server under maintenance', async () => {
    authError = 'AUTHENTICATION_FAILED';
    await expect(time()).rejects.toMatchObject({ name: 'PlatformAuthRefused', platformCode: 3 });
    await expect(time()).rejects.toBeInstanceOf(PlatformAuthRefused);
    authError = 'SERVER_IS_UNDER_MAINTENANCE';
    await expect(time()).rejects.not.toBeInstanceOf(PlatformAuthRefused);
    authError = null;
    expect(await time()).toBe('4');
  });

  it('passes on an error with its number, and goes on', async () => {
    behaviour = (name, socket, id) => {
      if (name !== 'AssetListReq') return false;
      socket.write(encodeFrame('ErrorRes', { errorCode: 'TRADER_NOT_FOUND' }, id));
      return true;
    };
    await expect(session.request('AssetListReq')).rejects.toMatchObject({ platformCode: 11 });
    await expect(session.request('AssetListReq')).rejects.toBeInstanceOf(PlatformRefused);
    expect(await time()).toBe('1');
  });

  it('asks again on a new connection when the old one breaks off, and once only', async () => {
    behaviour = (name, socket) => {
      if (name !== 'ServerTimeReq' || connections > 1) return false;
      socket.destroy();
      return true;
    };
    expect(await time()).toBe('2');
    behaviour = (name, socket) => {
      if (name === 'ServerTimeReq') socket.destroy();
      return true;
    };
    await expect(time()).rejects.toBeInstanceOf(PlatformUnavailable);
    expect(connections).toBe(3);
  });

  it('does not ask a silent server twice, and leaves its connection', async () => {
    behaviour = (name) => name === 'ServerTimeReq' && connections === 1;
    await expect(time()).rejects.toThrow('no answer in 300 ms');
    expect(connections).toBe(1);
    expect(await time()).toBe('2');
  });

  it('ends every request that waits on a connection with it', async () => {
    behaviour = (name) => name === 'ServerTimeReq' || name === 'AssetListReq';
    const both = [time(), session.request('AssetListReq')];
    const ends = await Promise.allSettled(both);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });

  it('beats while nothing is asked, and finds out by itself that the server has gone silent', async () => {
    expect(await time()).toBe('1');
    await pause(350);
    expect(seen.filter(({ name }) => name === 'Heartbeat').length).toBeGreaterThanOrEqual(2);
    behaviour = () => true;
    const [socket] = sockets;
    await pause(800);
    expect(socket?.destroyed).toBe(true);
    behaviour = () => false;
    expect(await time()).toBe('2');
  });

  it('hears events, skips what it does not know, and drops a stream that is no protocol', async () => {
    const heard: string[] = [];
    const stop = session.listen((name, fields) => heard.push(`${name} ${String(fields.eventId)}`));
    await time();
    const [socket] = sockets;
    // 999 is a message that we do not use.
    socket?.write(Buffer.from('0000000308e707', 'hex'));
    socket?.write(encodeFrame('ExecutionEvent', { executionType: 10, eventId: '7' }));
    expect(await time()).toBe('1');
    stop();
    socket?.write(encodeFrame('ExecutionEvent', { executionType: 10, eventId: '8' }));
    expect(await time()).toBe('1');
    expect(heard).toEqual(['ExecutionEvent 7']);
    socket?.write(Buffer.from('ffffffffffff', 'hex'));
    await pause(50);
    expect(await time()).toBe('2');
  });

  it('is over when it is closed', async () => {
    await time();
    session.end();
    expect(await time()).toBe('2');
    session.close();
    await expect(time()).rejects.toThrow('the session is closed');
  });
});
