import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { Session } from './auth';
import type { Desk, Reply } from './desk';
import { Params, parseBody } from './params';
import { retcodeText } from './retcodes';

const BODY_BYTES_MAX = 1_048_576;

export interface WebApiOptions {
  desk: Desk;
  account: { login: string; password: string };
  tls: { cert: string; key: string };
  /** A connection that says nothing for so long is dropped. */
  silenceMs: number;
  log: (line: string) => void;
}

/** The MT5 Web API over HTTPS. Authentication belongs to the TCP connection and dies with it. */
export class WebApi {
  readonly server: Server;
  readonly #sessions = new WeakMap<Socket, Session>();
  readonly #sockets = new Set<Socket>();

  constructor(private readonly options: WebApiOptions) {
    this.server = createServer(
      { ...options.tls, keepAlive: true, requestTimeout: 0 },
      (req, res) => {
        this.#serve(req, res).catch((error: unknown) => {
          options.log(`request failed: ${error instanceof Error ? error.stack : String(error)}`);
          if (res.headersSent) res.destroy();
          else send(res, { status: 200, retcode: retcodeText(2) });
        });
      },
    );
    this.server.keepAliveTimeout = options.silenceMs;
    this.server.on('secureConnection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => socket.destroy());
    });
  }

  get count(): number {
    return this.#sockets.size;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', 'https://localhost');
    const path = url.pathname.replace(/^\/api\//, '').replace(/\/$/, '');
    const text = await readBody(req);
    if (text === null) {
      send(res, { status: 413, retcode: retcodeText(3), close: true });
      return;
    }
    const outcome = await this.options.desk.serve(
      this.#sessionOf(req.socket),
      path,
      () => new Params(url.searchParams, parseBody(text)),
    );
    if (outcome.kind === 'cut') req.socket.destroy();
    else if (outcome.kind === 'reply') send(res, outcome.reply, outcome.garbled);
  }

  #sessionOf(socket: Socket): Session {
    const known = this.#sessions.get(socket);
    const session = known ?? new Session(this.options.account);
    if (!known) this.#sessions.set(socket, session);
    return session;
  }
}

function send(res: ServerResponse, reply: Reply, garbled = false): void {
  if (res.destroyed) return;
  const { retcode, fields, answer } = reply;
  const whole = JSON.stringify({
    retcode,
    ...fields,
    ...(answer === undefined ? {} : { answer }),
  });
  const text = garbled ? whole.slice(0, Math.floor(whole.length / 2)) : whole;
  res.writeHead(reply.status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    ...(reply.close ? { Connection: 'close' } : {}),
  });
  res.end(text);
}

async function readBody(req: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of req as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
