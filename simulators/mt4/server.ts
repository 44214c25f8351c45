import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { AccountBook } from '../brokerage/account-book';
import { createControl } from '../brokerage/control';
import { Exchange } from '../brokerage/exchange';
import { Journal } from '../brokerage/journal';
import { Traders } from '../brokerage/traders';
import type { Replay } from '../market/bars';
import { Calendar, type CalendarKind } from '../market/calendar';
import { Market } from '../market/market';
import { loadServerTls } from '../tls';
import { Bridge } from './bridge';
import { refusalCode } from './envelope';
import { GROUPS } from './groups';
import { Answers } from './idempotency';
import { Authority } from './oauth';
import { closedTrades, dealOfOrder, openTrade } from './trades';
import { tradeToWire } from './wire';

/** A trading day begins at midnight of server time. */
const ROLLOVER_MINUTE = 0;

export interface ServerOptions {
  dataDir: string;
  restPort: number;
  controlPort: number;
  seed: number;
  clientId: string;
  clientSecret: string;
  platform: string;
  clockOffsetSeconds: number;
  /** The server's own range on its first start; a kept journal knows a later one. */
  loginRange: { from: number; to: number };
  /** `always` unless said. */
  calendar?: CalendarKind;
  /** Bars instead of the walk. */
  replay?: Replay;
  now: () => number;
  log: (line: string) => void;
}

export interface RunningServer {
  rest: string;
  control: string;
  ca: string;
  groups: string[];
  /** For tests in the same process. */
  exchange: Exchange;
  traders: Traders;
  close: () => Promise<void>;
}

/** Replays the journals of `dataDir` and opens both ports on 127.0.0.1 (port 0 is any free one). */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { now, log } = options;
  const tls = await loadServerTls(join(options.dataDir, 'tls'));
  const { journal, transactions } = Journal.open(join(options.dataDir, 'journal.jsonl'));
  const answers = new Answers(join(options.dataDir, 'answers.jsonl'), now);
  const book = new AccountBook(journal, transactions, GROUPS);
  if (!book.ranges.has(null)) {
    book.commit([{ kind: 'login-range', range: { group: null, ...options.loginRange } }]);
  }
  const offsetMs = (): number => {
    const shifted = [...book.faults.values()].findLast((fault) => fault.kind === 'clock_offset');
    return (shifted?.seconds ?? options.clockOffsetSeconds) * 1000;
  };
  const exchange = new Exchange({
    book,
    market: new Market(options.seed, options.replay),
    calendar: new Calendar(options.calendar ?? 'always', ROLLOVER_MINUTE),
    offsetMs,
    commissionTaken: 'on_close',
  });
  const authority = new Authority({ id: options.clientId, secret: options.clientSecret }, now);
  const { platform } = options;
  const bridge = new Bridge({ exchange, platform, authority, answers, tls, now, log });
  const control = createControl({
    exchange,
    now,
    wire: {
      deal: (deal) => {
        const trades = closedTrades(book, deal.login, Infinity);
        const trade = trades.find((known) => known.deal === deal.ticket);
        return trade ? tradeToWire(trade) : null;
      },
      position: (position, at) => tradeToWire(openTrade(exchange, position, at)),
    },
    connections: bridge.wire,
    balanceCommand: 'TradeTransaction',
    refusalCode,
    ticketOf: (order) => dealOfOrder(book, order),
    extra: { 'POST /expire-tokens': () => ({ expired: authority.expireAll() }) },
  });
  const traders = new Traders(exchange, now, log, options.seed);
  const restPort = await listen(bridge.wire.server, options.restPort);
  const controlPort = await listen(control, options.controlPort);
  traders.start();
  log(`replayed ${transactions.length} transactions, ${book.users.size} accounts`);
  return {
    rest: `https://127.0.0.1:${restPort}`,
    control: `http://127.0.0.1:${controlPort}`,
    ca: tls.caPath,
    groups: GROUPS.map((group) => group.name),
    exchange,
    traders,
    close: async () => {
      traders.stop();
      bridge.wire.cut();
      control.closeAllConnections();
      await Promise.all([closed(bridge.wire.server), closed(control)]);
      journal.close();
      answers.close();
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
