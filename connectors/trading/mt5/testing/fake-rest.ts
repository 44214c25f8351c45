import { mkdtemp, writeFile } from 'node:fs/promises';
import { type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { answerChallenge } from '../auth';
import { type RestWire } from '../wires';
import {
  fakePassword,
  fakeRandom,
  type FakeServer,
  FakeState,
  slowMs,
  tooManyBytes,
} from './fake-server';

/** For tests only: a server behind REST, with a certificate for 127.0.0.1. */
export class FakeRest extends FakeState implements FakeServer {
  readonly wire: RestWire;
  /** PEM of an authority that has nothing to do with the server. */
  readonly otherCaPath: string;
  readonly #server: Server;
  readonly #connections = new Map<Socket, { number: number; authenticated: boolean }>();

  private constructor(server: Server, wire: RestWire, otherCaPath: string) {
    super();
    this.#server = server;
    this.wire = wire;
    this.otherCaPath = otherCaPath;
    server.on('request', (request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<FakeRest> {
    const folder = await mkdtemp(join(tmpdir(), 'keelson-mt5-'));
    const names = [{ name: 'commonName', value: '127.0.0.1' }];
    const extensions = [
      { name: 'basicConstraints' as const, cA: true },
      { name: 'subjectAltName' as const, altNames: [{ type: 7 as const, ip: '127.0.0.1' }] },
    ];
    const pair = await generate(names, { extensions });
    const other = await generate(names, { extensions });
    const caPath = join(folder, 'ca.pem');
    const otherCaPath = join(folder, 'other.pem');
    await writeFile(caPath, pair.cert);
    await writeFile(otherCaPath, other.cert);
    const server = createServer({ key: pair.private, cert: pair.cert });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const rest = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const contentType = 'application/json';
    return new FakeRest(server, { transport: 'rest', rest, caPath, contentType }, otherCaPath);
  }

  received(): Buffer {
    return Buffer.alloc(0);
  }

  closeConnections(): void {
    this.#server.closeAllConnections();
  }

  close(): void {
    this.closeConnections();
    this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const known = this.#connections.get(request.socket);
    const state = known ?? { number: this.#connections.size + 1, authenticated: false };
    this.#connections.set(request.socket, state);
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const url = new URL(request.url ?? '/', 'https://localhost');
    this.seen.push({ path: url.pathname, connection: state.number, body });
    if (url.pathname === '/api/test/access') this.pings += 1;
    const answer = (content: object): void => {
      response.end(JSON.stringify({ retcode: '0 Done', ...content }));
    };
    if (url.pathname === '/api/auth/start') return answer({ srv_rand: fakeRandom });
    if (url.pathname === '/api/auth/answer') {
      const given = url.searchParams.get('srv_rand_answer');
      state.authenticated = given === answerChallenge(fakePassword, fakeRandom);
      const proof = this.knowsPassword ? fakePassword : 'another';
      return answer({
        ...(state.authenticated ? {} : { retcode: '1001 Invalid account' }),
        cli_rand_answer: answerChallenge(proof, url.searchParams.get('cli_rand') ?? ''),
      });
    }
    await this.#do(url.pathname, state.authenticated, request.socket, response);
  }

  async #do(
    path: string,
    authenticated: boolean,
    socket: Socket,
    response: ServerResponse,
  ): Promise<void> {
    const good = JSON.stringify({ retcode: '0 Done', answer: { n: '1' } });
    const deed = this.deed(path);
    switch (deed) {
      case 'loses the connection':
        socket.destroy();
        return;
      case 'keeps silent':
        return;
      case 'answers 403':
        response.statusCode = 403;
        response.end('{}');
        return;
      case 'says 12':
        response.end('{"retcode":"12 Too frequent requests"}');
        return;
      case 'answers no JSON':
      case 'answers rubbish':
        response.end('<html>');
        return;
      case 'answers half a body':
        response.end(good.slice(0, good.length / 2));
        return;
      case 'answers no retcode':
        response.end('{"retcode":"Done"}');
        return;
      case 'breaks the answer off':
        response.writeHead(200, { 'Content-Length': '100' });
        response.write('{"retcode":"0 Done"', () => socket.destroy());
        return;
      case 'answers too much':
        response.end(Buffer.alloc(tooManyBytes, ' '));
        return;
      case 'answers what was not asked':
        throw new Error('HTTP has no numbers');
      case 'answers slowly':
      case 'answers':
        this.begin();
        if (deed === 'answers slowly') await new Promise((done) => setTimeout(done, slowMs));
        this.end();
        if (!authenticated) response.statusCode = 403;
        response.end(good);
        return;
      default:
        deed satisfies never;
    }
  }
}
