import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { readBody } from '../http/body';
import { formatMinor } from './amounts';
import { backfill } from './backfill';
import { cancelDeal } from './cancelled-deals';
import type { Exchange } from './exchange';
import { defaultTimes, FAULT_KINDS, NO_MISTREATMENT, type Fault, type FaultKind } from './faults';
import { marketRoutes } from './market-control';
import { passwordMatches } from './passwords';
import { ACTION, type Deal, movedMinor, type Position } from './records';
import { Refusal } from './refusal';
import { tamperWith } from './tamper';
import {
  backfillBody,
  balanceBody,
  botsBody,
  cancelBody,
  closeBody,
  faultBody,
  minorOf,
  passwordBody,
  rangeBody,
  reverseBody,
  tamperBody,
  tradeBody,
  volumeOf,
} from './control.schema';

const BODY_BYTES_MAX = 1_048_576;

export interface ControlOptions {
  exchange: Exchange;
  now: () => number;
  /** How the platform itself writes a deal and a position. */
  wire: { deal: (deal: Deal) => unknown; position: (position: Position, at: number) => unknown };
  connections: { readonly count: number; cut: () => void };
  /** The command that a fault on balance operations strikes. */
  balanceCommand: string;
  /** What the platform calls a refusal. */
  refusalCode: (refusal: Refusal) => string | number;
  /** The deal behind the number that the platform shows for it; left out, they are the same. */
  ticketOf?: (shown: number) => number | undefined;
  /** What only this platform has. */
  extra?: Readonly<Record<string, Route>>;
}

export type Route = (body: unknown, options: ControlOptions, id: string) => unknown;

/** The control port: what an operator of the real server, its traders or bad luck would do. JSON over HTTP, loopback only. */
export function createControl(options: ControlOptions): Server {
  return createServer((req, res) => {
    serve(req, res, options).catch((error: unknown) => {
      const [status, message] = explain(error);
      const code = error instanceof Refusal ? { code: String(options.refusalCode(error)) } : {};
      send(res, status, { error: message, ...code });
    });
  });
}

const ROUTES: Record<string, Route> = {
  ...marketRoutes,
  'GET /health': (_body, { exchange, now }) => ({
    ok: true,
    serverTime: Math.floor((now() + exchange.offsetMs()) / 1000),
    offsetSeconds: exchange.offsetMs() / 1000,
  }),
  'GET /state': (_body, options) => stateOf(options),
  'GET /deals': (_body, options, id) => dealsOf(Number(id), options),
  'GET /faults': (_body, { exchange }) => ({
    faults: [...exchange.book.faults.values()],
    kinds: FAULT_KINDS,
  }),
  'POST /faults': plantFault,
  'DELETE /faults': (_body, { exchange }, id) => {
    const known = [...exchange.book.faults.keys()].filter((key) => id === '' || key === id);
    exchange.book.commit(known.map((key) => ({ kind: 'fault-removed', id: key })));
    return { removed: known.length };
  },
  'POST /login-range': (body, { exchange }) => {
    const { group, from, to } = rangeBody.parse(body);
    if (group && !exchange.book.findGroup(group)) throw new Refusal('not_found');
    const range = { group: group ?? null, from, to };
    exchange.book.commit([{ kind: 'login-range', range }]);
    return range;
  },
  'POST /trade': trade,
  'POST /close': (body, { exchange, now, wire }) => {
    const { position: id, lots } = closeBody.parse(body);
    const position = exchange.book.positions.get(id);
    if (!position) throw new Refusal('not_found');
    const volume = lots === undefined ? position.volume : volumeOf(lots);
    const { deal, changes } = exchange.close(position, volume, now());
    exchange.book.commit(changes);
    return { deals: [wire.deal(deal)] };
  },
  'POST /backfill': backfillMany,
  'POST /bots': (body, { exchange }) => {
    const { logins, on } = botsBody.parse(body);
    for (const login of logins) exchange.book.user(login);
    exchange.book.commit([{ kind: 'bots', logins, on }]);
    return { bots: [...exchange.book.bots] };
  },
  'POST /dealer-balance': (body, { exchange, now }) => {
    const { login, amount, comment, type } = balanceBody.parse(body);
    const amountMinor = minorOf(amount);
    const operation = { login, type, amountMinor, comment, checkMargin: false };
    const booked = exchange.balance(operation, now(), NO_MISTREATMENT.booking);
    exchange.book.commit(booked.changes);
    return { ticket: String(booked.ticket) };
  },
  'POST /check-password': (body, { exchange }) => {
    const { login, password } = passwordBody.parse(body);
    return { fits: passwordMatches(password, exchange.book.user(login).passwords.main) };
  },
  'POST /cancel-deal': (body, { exchange, now, wire, ticketOf = same }) => {
    const { ticket } = cancelBody.parse(body);
    const at = now() + exchange.offsetMs();
    return { deals: [wire.deal(cancelDeal(exchange.book, ticketOf(ticket) ?? 0, at))] };
  },
  'POST /tamper': (body, options) => {
    const { exchange } = options;
    const changes = tamperWith(tamperBody.parse(body), options);
    exchange.book.commit(changes);
    return { tampered: changes.length };
  },
};

async function serve(
  req: IncomingMessage,
  res: ServerResponse,
  options: ControlOptions,
): Promise<void> {
  const { pathname } = new URL(req.url ?? '/', 'http://localhost');
  const [, resource = '', id = ''] = pathname.split('/');
  const name = `${req.method ?? 'GET'} /${resource}`;
  const route = options.extra?.[name] ?? ROUTES[name];
  if (!route) return send(res, 404, { error: 'no such route' });
  const raw = await readBody(req, BODY_BYTES_MAX);
  if (raw === null) return send(res, 413, { error: 'body too large' });
  const body: unknown = raw.length === 0 ? {} : JSON.parse(raw.toString('utf8'));
  send(res, 200, route(body, options, id));
}

function plantFault(body: unknown, options: ControlOptions): unknown {
  const given = faultBody.parse(body);
  const { times, command, ...rest } = given;
  const fault: Fault = {
    ...rest,
    id: randomUUID(),
    command: command?.replace(/^\/?(api\/)?/, '') ?? strikes(given.kind, options.balanceCommand),
    times: times === 'forever' ? null : (times ?? defaultTimes(given.kind)),
  };
  options.exchange.book.commit([{ kind: 'fault', fault }]);
  if (fault.kind === 'drop_connection' || fault.kind === 'maintenance') options.connections.cut();
  return fault;
}

/** The command that a kind of fault strikes when none is named. */
function strikes(kind: FaultKind, balanceCommand: string): string {
  return FAULT_KINDS[kind].strikes === 'every' ? '*' : balanceCommand;
}

/** Turns a position round; only for platforms whose accounts may have one position a symbol. */
export const reverseRoute: Route = (body, { exchange, now, wire }) => {
  const { position: id, lots } = reverseBody.parse(body);
  const position = exchange.book.positions.get(id);
  if (!position) throw new Refusal('not_found');
  const { deal, changes } = exchange.reverse(position, volumeOf(lots), now());
  exchange.book.commit(changes);
  return { deals: [wire.deal(deal)] };
};

/** A trade in the past (openAt and closeAt), now and closing by itself (holdSeconds or closeAt), or left open. */
function trade(body: unknown, { exchange, now, wire }: ControlOptions): unknown {
  const given = tradeBody.parse(body);
  const at = given.openAt === undefined ? now() : instantOf(given.openAt, exchange);
  const held = given.holdSeconds === undefined ? undefined : at + given.holdSeconds * 1000;
  const closeAt = given.closeAt === undefined ? held : instantOf(given.closeAt, exchange);
  if (at > now() || (closeAt !== undefined && closeAt <= at)) throw new Refusal('parameters');
  const { position, deal, changes } = exchange.open(
    {
      login: given.login,
      symbol: given.symbol,
      action: given.side === 'buy' ? ACTION.buy : ACTION.sell,
      volume: volumeOf(given.volume),
      at,
      comment: given.comment,
      ...(closeAt === undefined ? {} : { closeAt }),
    },
    given.openAt === undefined,
  );
  if (closeAt === undefined || closeAt > now()) {
    exchange.book.commit(changes);
    return { position: wire.position(position, now()), deals: [wire.deal(deal)] };
  }
  const closed = exchange.close(position, position.volume, closeAt);
  exchange.book.commit([
    { kind: 'deal', deal },
    { kind: 'deal', deal: closed.deal },
  ]);
  return { position: null, deals: [wire.deal(deal), wire.deal(closed.deal)] };
}

/** All accounts of one request are booked in one transaction of the journal: a kill leaves all of it or nothing. */
function backfillMany(body: unknown, { exchange, now }: ControlOptions): unknown {
  const given = backfillBody.parse(body);
  const logins = [...new Set([...given.logins, ...(given.login ? [given.login] : [])])];
  const from = instantOf(given.from, exchange);
  const to = instantOf(given.to, exchange);
  if (from >= to || to > now() || logins.length === 0) throw new Refusal('parameters');
  const { trades, seed } = given;
  const results = logins.map((login) => {
    exchange.book.user(login);
    return backfill(exchange, { login, from, to, trades, seed });
  });
  exchange.book.commit(results.flatMap(({ changes }) => changes));
  const volume = results.reduce((sum, result) => sum + result.volume, 0);
  return {
    trades: results.reduce((sum, result) => sum + result.trades, 0),
    deals: results.reduce((sum, result) => sum + result.deals, 0),
    lots: lotsOf(volume),
    accounts: results.map((result) => ({
      login: result.login,
      trades: result.trades,
      deals: result.deals,
      lots: lotsOf(result.volume),
      profit: formatMinor(result.profitMinor),
      commission: formatMinor(result.commissionMinor),
      balance: formatMinor(exchange.book.holding(result.login).balanceMinor),
    })),
  };
}

/** All that an account has been given or has lost, shown or not, and what is still to be booked. */
function dealsOf(login: number, { exchange, now }: ControlOptions): unknown {
  const { book } = exchange;
  book.user(login);
  return {
    deals: book.dealsOf(login).map((deal) => ({
      ticket: deal.ticket,
      isOperation: deal.symbol === '',
      amount: formatMinor(movedMinor(deal)),
      comment: deal.comment,
      externalId: deal.externalId ?? '',
      isHidden: (deal.visibleAt ?? 0) > now(),
    })),
    late: [...book.late.values()]
      .filter(({ operation }) => operation.login === login)
      .map(({ operation }) => ({ amount: formatMinor(operation.amountMinor) })),
  };
}

function stateOf({ exchange, connections, now }: ControlOptions): unknown {
  const { book } = exchange;
  const accounts = [...book.users.values()].map((user) => {
    const held = book.holding(user.login);
    const sum = book.sumOfDeals(user.login);
    return {
      login: user.login,
      group: user.group,
      currency: book.groupOf(user.login).currency,
      leverage: user.leverage,
      rights: user.rights,
      swapFree: user.swapFree ?? false,
      balance: formatMinor(held.balanceMinor),
      credit: formatMinor(held.creditMinor),
      equity: formatMinor(exchange.state(user.login, now()).equityMinor),
      deals: book.dealsOf(user.login).length,
      positions: book.positionsOf(user.login).length,
      sumOfDeals: formatMinor(sum.balanceMinor),
      sumOfCreditDeals: formatMinor(sum.creditMinor),
      agrees: sum.balanceMinor === held.balanceMinor && sum.creditMinor === held.creditMinor,
    };
  });
  return {
    serverTime: Math.floor((now() + exchange.offsetMs()) / 1000),
    offsetSeconds: exchange.offsetMs() / 1000,
    connections: connections.count,
    loginRanges: [...book.ranges.values()],
    bots: [...book.bots],
    faults: [...book.faults.values()],
    lateOperations: book.late.size,
    dealCount: book.dealCount,
    accounts,
  };
}

/** A number is seconds of server time, a string an ISO instant with its zone; both become UTC ms. */
function instantOf(given: number | string, exchange: Exchange): number {
  return typeof given === 'number' ? given * 1000 - exchange.offsetMs() : Date.parse(given);
}

function lotsOf(volume: number): string {
  return (volume / 10_000).toFixed(2);
}

const same = (shown: number): number => shown;

function explain(error: unknown): [number, string] {
  if (error instanceof Refusal) return [409, error.message];
  if (error instanceof z.ZodError) return [422, z.prettifyError(error)];
  if (error instanceof SyntaxError) return [400, 'body is not JSON'];
  return [500, error instanceof Error ? error.message : String(error)];
}

function send(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'Content-Type': 'application/json' });
  res.end(JSON.stringify(body));
}
