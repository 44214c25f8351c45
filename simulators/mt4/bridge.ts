import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Exchange } from '../brokerage/exchange';
import { faultsFor, lasts, mistreatment, type Mistreatment } from '../brokerage/faults';
import { Refusal } from '../brokerage/refusal';
import { readBody } from '../http/body';
import { HttpsWire } from '../http/https-wire';
import { type Command, DEADLINES, isWrite } from './command';
import { readOperation, TRADE_COMMANDS } from './commands-trade';
import { USER_COMMANDS } from './commands-users';
import {
  type Answer,
  envelope,
  failed,
  Invalid,
  managerCode,
  Missing,
  refusalAnswer,
} from './envelope';
import type { Answers } from './idempotency';
import { parseBody } from './input';
import type { Authority, HttpAnswer } from './oauth';

const COMMANDS: ReadonlyMap<string, Command> = new Map(
  Object.entries({ ...USER_COMMANDS, ...TRADE_COMMANDS }),
);

const BODY_BYTES_MAX = 1_048_576;
const TIMEOUT_SECONDS_MAX = 300;

export interface BridgeOptions {
  exchange: Exchange;
  /** The trade server's id in every path. */
  platform: string;
  authority: Authority;
  answers: Answers;
  tls: { cert: string; key: string };
  now: () => number;
  log: (line: string) => void;
}

/** A call of the API, taken apart. */
interface Call {
  name: string;
  command: Command;
  args: string[];
  query: URLSearchParams;
  body: unknown;
  login: number | null;
  /** Idempotency key with what it stands for; null for reads and for writes without one. */
  key: { text: string; request: string } | null;
  timeoutSeconds: number;
}

/** The network bridge in front of an MT4 server: OAuth2, and the manager interface as JSON over HTTPS. */
export class Bridge {
  readonly wire: HttpsWire;

  constructor(private readonly options: BridgeOptions) {
    const { tls, log } = options;
    this.wire = new HttpsWire({
      tls,
      keepAliveMs: 120_000,
      serve: (req, res) => this.#serve(req, res),
      fail: (res) => sendAnswer(res, failed('Internal', 'the bridge failed')),
      log,
    });
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { authority, platform } = this.options;
    const url = new URL(req.url ?? '/', 'https://localhost');
    const raw = await readBody(req, BODY_BYTES_MAX);
    if (raw === null) return sendJson(res, { status: 413, body: { error: 'too large' } });
    const text = raw.toString('utf8');
    if (url.pathname === '/.well-known/openid-configuration') {
      return sendJson(res, authority.discovery(`https://${req.headers.host ?? 'localhost'}`));
    }
    const { authorization } = req.headers;
    if (url.pathname === '/connect/token') {
      return sendJson(res, authority.token(text, authorization));
    }
    if (!authority.accepts(authorization)) {
      res.setHeader('WWW-Authenticate', 'Bearer error="invalid_token"');
      return sendJson(res, { status: 401, body: { error: 'invalid_token' } });
    }
    if (url.pathname === '/api/TradePlatforms') {
      const body = [{ id: platform, name: 'Simulated MetaTrader 4', type: 'MT4' }];
      return sendJson(res, { status: 200, body });
    }
    const call = answerable(() => this.#callOf(req, url, text));
    if ('error' in call) sendAnswer(res, call);
    else await this.#run(req.socket, res, call);
  }

  #callOf(req: IncomingMessage, url: URL, text: string): Call {
    const [, api, version, make, platform, name = '', ...args] = url.pathname.split('/');
    const command = COMMANDS.get(name);
    if (api !== 'api' || version !== 'v2' || make !== 'MT4' || !command) {
      throw new Missing('there is no such path');
    }
    if (platform?.toLowerCase() !== this.options.platform) throw new Missing('no such platform');
    if (req.method !== command.method) throw new Missing(`${name} is ${command.method}`);
    const body = parseBody(text);
    const given = req.headers['idempotency-key'];
    const key =
      typeof given === 'string' && isWrite(command)
        ? { text: given, request: `${req.method} ${url.pathname}${url.search} ${text}` }
        : null;
    const decoded = args.map(decodeURIComponent);
    return {
      name,
      command,
      args: decoded,
      query: url.searchParams,
      body,
      login: loginOf(decoded, body),
      key,
      timeoutSeconds: timeoutOf(req.headers['x-request-timeout'], command),
    };
  }

  async #run(socket: Socket, res: ServerResponse, call: Call): Promise<void> {
    res.setHeader('X-Request-Timeout-Applied', String(call.timeoutSeconds));
    if (lasts(this.options.exchange.book.faults, 'maintenance')) {
      return sendAnswer(res, failed('NoConnect', 'no connection to the trade server'));
    }
    const { answers } = this.options;
    const { key } = call;
    if (key !== null) {
      const known = answerable(() => answers.take(key.text, key.request));
      if (known !== undefined) return sendAnswer(res, known);
    }
    const treatment = this.#strike(call);
    const work = this.#work(call, treatment).finally(() => key && answers.forget(key.text));
    work.catch(() => undefined);
    if (treatment.cutBefore || treatment.lateMs !== null) return void socket.destroy();
    const answer = await withDeadline(work, call.timeoutSeconds * 1000, () => late(call));
    if (treatment.cutAfter) return void socket.destroy();
    if (treatment.silent) return;
    sendAnswer(res, answer, treatment.garbled);
  }

  /** Carries a call out, or what a fault makes of it, and keeps the answer under its key. */
  async #work(call: Call, treatment: Mistreatment): Promise<Answer> {
    const { exchange, answers, now } = this.options;
    const dropped = failed('Internal', 'nobody reads this');
    if (treatment.cutBefore) return dropped;
    if (treatment.lateMs !== null) {
      const operation = readOperation(call.body);
      const dueAt = now() + treatment.lateMs;
      exchange.book.commit([{ kind: 'late', late: { id: randomUUID(), dueAt, operation } }]);
      return dropped;
    }
    if (treatment.waitBeforeMs > 0) await delay(treatment.waitBeforeMs);
    const carriedOut = treatment.applies ? this.#carryOut(call, treatment) : null;
    if (treatment.waitAfterMs > 0) await delay(treatment.waitAfterMs);
    const answer = refusalOf(treatment) ?? carriedOut ?? dropped;
    if (call.key !== null && carriedOut !== null) {
      answers.keep(call.key.text, call.key.request, answer);
    }
    return answer;
  }

  #carryOut(call: Call, treatment: Mistreatment): Answer {
    const { exchange, now } = this.options;
    const { args, query, body } = call;
    const context = { exchange, now: now(), booking: treatment.booking, args, query, body };
    const answer = answerable(() => call.command.run(context));
    const twice = lasts(exchange.book.faults, 'deliver_twice');
    return twice && Array.isArray(answer.data) ? doubled(answer) : answer;
  }

  /** Finds the faults that strike this call and counts them down, durably. */
  #strike(call: Call): Mistreatment {
    const { book } = this.options.exchange;
    const striking = faultsFor(book.faults.values(), call.name, call.login);
    const counted = striking.filter((fault) => fault.times !== null);
    book.commit(
      counted.map((fault) => ({
        kind: 'fault',
        fault: { ...fault, times: (fault.times ?? 1) - 1 },
      })),
    );
    return mistreatment(striking);
  }
}

function doubled(answer: Answer): Answer {
  const rows: unknown[] = Array.isArray(answer.data) ? answer.data : [];
  return { ...answer, data: rows.flatMap((row) => [row, row]) };
}

/** The answer of the bridge when the trade server has not answered in time; the work goes on. */
function late(call: Call): Answer {
  return isWrite(call.command)
    ? failed('OutcomeUnknown', 'the operation may still be applied', { outcome: 'unknown' })
    : failed('Timeout', 'the trade server did not answer in time', { outcome: 'timeout' });
}

async function withDeadline(
  work: Promise<Answer>,
  ms: number,
  otherwise: () => Answer,
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<Answer>((resolve) => {
    timer = setTimeout(() => resolve(otherwise()), ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

function refusalOf({ retcode, code, outcome }: Mistreatment): Answer | null {
  if (retcode === null) return null;
  const known = outcome as Answer['outcome'];
  if (code !== null) return failed(code, 'refused by a fault', { outcome: known });
  return failed('MT4Error', 'refused by a fault', {
    managerCode: managerCode(retcode),
    outcome: known,
  });
}

/** Runs something that may refuse; a refusal becomes its answer. */
function answerable<T>(run: () => T): T | Answer {
  try {
    return run();
  } catch (error) {
    if (error instanceof Invalid) return failed('Validation', error.message);
    if (error instanceof Missing) return failed('NotFound', error.message);
    if (error instanceof URIError) return failed('Validation', 'the path cannot be read');
    if (error instanceof Refusal) return refusalAnswer(error);
    throw error;
  }
}

function timeoutOf(header: string | string[] | undefined, command: Command): number {
  if (header === undefined) return DEADLINES[command.kind];
  const seconds = Number(header);
  if (!(seconds >= 1 && seconds <= TIMEOUT_SECONDS_MAX)) {
    throw new Invalid(`X-Request-Timeout must be 1 to ${TIMEOUT_SECONDS_MAX} seconds`);
  }
  return seconds;
}

function loginOf(args: readonly string[], body: unknown): number | null {
  if (/^\d+$/.test(args[0] ?? '')) return Number(args[0]);
  if (typeof body !== 'object' || body === null) return null;
  const { orderBy } = body as { orderBy?: unknown };
  return typeof orderBy === 'number' ? orderBy : null;
}

function sendAnswer(res: ServerResponse, answer: Answer, garbled = false): void {
  if (res.destroyed) return;
  const whole = envelope(answer);
  const text = garbled ? whole.slice(0, Math.floor(whole.length / 2)) : whole;
  res.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    ...(answer.outcome === null ? {} : { 'X-Request-Outcome': answer.outcome }),
  });
  res.end(text);
}

function sendJson(res: ServerResponse, { status, body }: HttpAnswer): void {
  if (res.destroyed) return;
  res.writeHead(status, { 'Content-Type': 'application/json' });
  res.end(JSON.stringify(body));
}
