import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { readBody } from '../http/body';
import { HttpsWire } from '../http/https-wire';
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
  readonly wire: HttpsWire;
  readonly #sessions = new WeakMap<Socket, Session>();

  constructor(private readonly options: WebApiOptions) {
    const { tls, log } = options;
    this.wire = new HttpsWire({
      tls,
      keepAliveMs: options.silenceMs,
      serve: (req, res) => this.#serve(req, res),
      fail: (res) => send(res, { status: 200, retcode: retcodeText(2) }),
      log,
    });
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', 'https://localhost');
    const path = url.pathname.replace(/^\/api\//, '').replace(/\/$/, '');
    const raw = await readBody(req, BODY_BYTES_MAX);
    if (raw === null) {
      send(res, { status: 413, retcode: retcodeText(3), close: true });
      return;
    }
    const outcome = await this.options.desk.serve(
      this.#sessionOf(req.socket),
      path,
      () => new Params(url.searchParams, parseBody(raw.toString('utf8'))),
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
