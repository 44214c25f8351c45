import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Exchange } from '../brokerage/exchange';
import { lasts } from '../brokerage/faults';
import { readBody } from '../http/body';
import { type JsonObject, readJson } from '../http/control';
import { HttpsWire } from '../http/https-wire';
import { CtraderError, ctraderError } from './codes';
import { plantedRefusal, strike } from './strike';
import { type Answer, changeBalanceOf, findRoute, type RouteCall } from './web-routes';
import { toOperation } from './operations';

const BODY_BYTES_MAX = 1_048_576;

export interface ManagerAccount {
  readonly login: string;
  /** MD5 in hex. */
  readonly hashedPassword: string;
}

export interface WebServicesOptions {
  exchange: Exchange;
  account: ManagerAccount;
  tls: { cert: string; key: string };
  now: () => number;
  log: (line: string) => void;
}

/** WebServices: REST over HTTPS, a token in every query. Tokens die with the process. */
export class WebServices {
  readonly wire: HttpsWire;
  readonly #tokens = new Set<string>();

  constructor(private readonly options: WebServicesOptions) {
    const { tls, log } = options;
    this.wire = new HttpsWire({
      tls,
      keepAliveMs: 60_000,
      serve: (req, res) => this.#serve(req, res),
      fail: (res) =>
        send(res, failed(new CtraderError('UNKNOWN_ERROR', 'the simulator failed', 500))),
      log,
    });
  }

  /** Every manager has to ask for a token again. */
  expireTokens(): void {
    this.#tokens.clear();
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', 'https://localhost');
    const path = url.pathname.replace(/^\/v2\/webserv\//, '').replace(/\/$/, '');
    const raw = await readBody(req, BODY_BYTES_MAX);
    if (raw === null) return send(res, failed(new CtraderError('INVALID_REQUEST', 'too large')));
    const body = readJson(raw);
    const refused = this.#obstacle(path, url, body);
    if (refused) return send(res, failed(refused));
    if (path === 'managers/token') {
      const webservToken = randomUUID();
      this.#tokens.add(webservToken);
      return send(res, { status: 200, json: { webservToken } });
    }
    const found = findRoute(req.method ?? 'GET', path);
    if (!found) return send(res, failed(new CtraderError('INVALID_REQUEST', 'no such path', 404)));
    const call: RouteCall = {
      exchange: this.options.exchange,
      now: this.options.now,
      login: found.login,
      query: url.searchParams,
      body: body ?? {},
      method: req.method ?? 'GET',
    };
    await this.#run(req, res, found, call);
  }

  async #run(
    req: IncomingMessage,
    res: ServerResponse,
    route: NonNullable<ReturnType<typeof findRoute>>,
    call: RouteCall,
  ): Promise<void> {
    const treatment = strike(this.options.exchange.book, route.command, call.login);
    if (treatment.cutBefore) return void req.socket.destroy();
    if (treatment.waitBeforeMs > 0) await delay(treatment.waitBeforeMs);
    if (treatment.lateMs !== null) {
      this.#takeLate(call, treatment.lateMs);
      return void req.socket.destroy();
    }
    const answer: Answer = treatment.applies
      ? answered(() => route.run(call, treatment))
      : { status: 200, json: {} };
    if (treatment.waitAfterMs > 0) await delay(treatment.waitAfterMs);
    if (treatment.silent) return;
    if (treatment.cutAfter) return void req.socket.destroy();
    const planted = plantedRefusal(treatment);
    send(res, planted ? failed(planted) : answer, treatment.garbled);
  }

  #obstacle(path: string, url: URL, body: JsonObject | undefined): CtraderError | null {
    const { exchange, account } = this.options;
    if (lasts(exchange.book.faults, 'maintenance')) {
      return new CtraderError('SERVER_IS_UNDER_MAINTENANCE', 'come back later', 503);
    }
    if (body === undefined) return new CtraderError('INVALID_REQUEST', 'the body is no JSON');
    if (path === 'managers/token') {
      const known =
        String(body.login) === account.login && body.hashedPassword === account.hashedPassword;
      return known ? null : new CtraderError('AUTHENTICATION_FAILED', 'no such manager', 401);
    }
    const known = this.#tokens.has(url.searchParams.get('token') ?? '');
    return known ? null : new CtraderError('NOT_ENOUGH_RIGHTS', 'the token is not valid', 401);
  }

  #takeLate(call: RouteCall, ms: number): void {
    const operation = toOperation(changeBalanceOf(call));
    const late = { id: randomUUID(), dueAt: this.options.now() + ms, operation };
    this.options.exchange.book.commit([{ kind: 'late', late }]);
  }
}

function answered(run: () => Answer): Answer {
  try {
    return run();
  } catch (error) {
    return failed(ctraderError(error));
  }
}

function failed(error: CtraderError): Answer {
  const { code, message } = error;
  return { status: error.status, json: { error: { errorCode: code, description: message } } };
}

function send(res: ServerResponse, answer: Answer, garbled = false): void {
  if (res.destroyed) return;
  const whole = answer.csv ?? (answer.json === undefined ? '' : JSON.stringify(answer.json));
  const text = garbled ? whole.slice(0, Math.floor(whole.length / 2)) : whole;
  const type = answer.csv === undefined ? 'application/json' : 'text/csv';
  res.writeHead(answer.status, {
    ...(text === '' ? {} : { 'Content-Type': `${type};charset=UTF-8` }),
    ...(answer.status === 204 ? {} : { 'Content-Length': Buffer.byteLength(text) }),
  });
  res.end(text);
}
