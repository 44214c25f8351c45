import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { Session } from './auth';
import type { Command, CommandResult } from './command';
import { SERVER_COMMANDS } from './commands-server';
import { readBalanceOperation, TRADE_COMMANDS } from './commands-trade';
import { USER_COMMANDS } from './commands-users';
import type { Exchange } from '../brokerage/exchange';
import { faultsFor, mistreatment, type Mistreatment } from '../brokerage/faults';
import { Params, parseBody } from './params';
import { Refusal } from '../brokerage/refusal';
import { refusalText, retcodeText } from './retcodes';

/** REST path without `/api/` → command. */
const COMMANDS: ReadonlyMap<string, Command> = new Map(
  Object.entries({ ...USER_COMMANDS, ...TRADE_COMMANDS, ...SERVER_COMMANDS }),
);

const BODY_BYTES_MAX = 1_048_576;
const SERVER_BUILD = '4150';

export interface WebApiOptions {
  exchange: Exchange;
  account: { login: string; password: string };
  tls: { cert: string; key: string };
  /** A connection that says nothing for so long is dropped. */
  silenceMs: number;
  now: () => number;
  log: (line: string) => void;
}

type Reply = { status: number; body: Record<string, unknown>; close?: boolean };

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
          else this.#send(res, { status: 200, body: { retcode: retcodeText(2) } });
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
      this.#send(res, { status: 413, body: { retcode: retcodeText(3) }, close: true });
      return;
    }
    const reply = refusable(() => {
      const params = new Params(url.searchParams, parseBody(text));
      return this.#answerSession(req.socket, path, params) ?? params;
    });
    if (reply instanceof Params) await this.#runCommand(req, res, path, reply);
    else this.#send(res, reply);
  }

  /** What concerns the connection itself; undefined when a command is to run. */
  #answerSession(socket: Socket, path: string, params: Params): Reply | undefined {
    const session = this.#sessions.get(socket) ?? new Session(this.options.account);
    this.#sessions.set(socket, session);
    const now = this.options.now();
    if (path === 'auth/start') {
      if (this.#underMaintenance()) return { status: 200, body: { retcode: retcodeText(1018) } };
      const given = {
        version: params.text('version'),
        agent: params.text('agent'),
        login: params.text('login'),
        type: params.text('type'),
      };
      const started = session.start(given, now);
      if ('retcode' in started)
        return { status: 200, body: { retcode: retcodeText(started.retcode) } };
      return done({ version_access: SERVER_BUILD, srv_rand: started.srvRand });
    }
    if (path === 'auth/answer') {
      const given = {
        srvRandAnswer: params.text('srv_rand_answer'),
        cliRand: params.text('cli_rand'),
      };
      const proven = session.answer(given, now);
      if ('retcode' in proven)
        return { status: 200, body: { retcode: retcodeText(proven.retcode) } };
      return done({ version_trade: SERVER_BUILD, cli_rand_answer: proven.cliRandAnswer });
    }
    if (!session.authenticated) return { status: 403, body: { retcode: retcodeText(8) } };
    if (path === 'quit') {
      session.authenticated = false;
      return { ...done({}), close: true };
    }
    return undefined;
  }

  async #runCommand(
    req: IncomingMessage,
    res: ServerResponse,
    path: string,
    params: Params,
  ): Promise<void> {
    const command = COMMANDS.get(path);
    if (!command) {
      this.#send(res, { status: 404, body: { retcode: retcodeText(13) } });
      return;
    }
    const treatment = this.#strike(path, params);
    if (treatment.cutBefore) return void req.socket.destroy();
    if (treatment.waitBeforeMs > 0) await delay(treatment.waitBeforeMs);
    if (treatment.lateMs !== null) {
      this.#takeLate(params, treatment.lateMs);
      return void req.socket.destroy();
    }
    const carriedOut = treatment.applies
      ? refusable(() => this.#carryOut(command, params, treatment))
      : done({});
    if (treatment.waitAfterMs > 0) await delay(treatment.waitAfterMs);
    if (treatment.cutAfter) return void req.socket.destroy();
    if (treatment.silent) return;
    const refusal = treatment.retcode;
    const reply =
      refusal === null ? carriedOut : { status: 200, body: { retcode: retcodeText(refusal) } };
    this.#send(res, reply, treatment.garbled);
  }

  #carryOut(command: Command, params: Params, treatment: Mistreatment): Reply {
    const { exchange, now } = this.options;
    const context = { exchange, now: now(), booking: treatment.booking };
    const result: CommandResult = command(params, context);
    return done({
      ...result.top,
      ...(result.answer === undefined ? {} : { answer: result.answer }),
    });
  }

  /** Finds the faults that strike this command and counts them down, durably: a restart does not make them strike twice. */
  #strike(path: string, params: Params): Mistreatment {
    const { book } = this.options.exchange;
    const login = /^\d+$/.test(params.text('login')) ? Number(params.text('login')) : null;
    const striking = faultsFor(book.faults.values(), path, login);
    const counted = striking.filter((fault) => fault.times !== null);
    book.commit(
      counted.map((fault) => ({
        kind: 'fault',
        fault: { ...fault, times: (fault.times ?? 1) - 1 },
      })),
    );
    return mistreatment(striking);
  }

  #takeLate(params: Params, ms: number): void {
    const operation = readBalanceOperation(params);
    const late = { id: randomUUID(), dueAt: this.options.now() + ms, operation };
    this.options.exchange.book.commit([{ kind: 'late', late }]);
  }

  #underMaintenance(): boolean {
    const faults = [...this.options.exchange.book.faults.values()];
    return faults.some((fault) => fault.kind === 'maintenance');
  }

  #send(res: ServerResponse, reply: Reply, garbled = false): void {
    if (res.destroyed) return;
    const whole = JSON.stringify(reply.body);
    const text = garbled ? whole.slice(0, Math.floor(whole.length / 2)) : whole;
    res.writeHead(reply.status, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(text),
      ...(reply.close ? { Connection: 'close' } : {}),
    });
    res.end(text);
  }
}

function done(body: Record<string, unknown>): Reply {
  return { status: 200, body: { retcode: retcodeText(0), ...body } };
}

/** Runs something that may refuse; a refusal becomes its answer. */
function refusable<T>(run: () => T): T | Reply {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { status: 200, body: { retcode: refusalText(error) } };
  }
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
