import type { Server } from 'node:net';
import { join } from 'node:path';
import { closed, listen } from '../http/ports';
import type { Replay } from '../market/bars';
import { Calendar, type CalendarKind } from '../market/calendar';
import { Market } from '../market/market';
import { loadServerTls, type ServerTls } from '../tls';
import type { AccountBook } from './account-book';
import { type ControlOptions, createControl } from './control';
import { Exchange, type ExchangeOptions } from './exchange';
import { Journal } from './journal';
import type { Change } from './records';
import { Traders } from './traders';

/** What every trading server is started with. */
export interface BrokerageOptions {
  dataDir: string;
  restPort: number;
  controlPort: number;
  seed: number;
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

/** What tells the platforms apart behind their wires. */
export interface PlatformRules<Book extends AccountBook> {
  openBook: (journal: Journal, transactions: readonly Change[][]) => Book;
  /** Minute of server time at which a trading day begins. */
  rolloverMinute: number;
  commissionTaken: ExchangeOptions['commissionTaken'];
}

/** A trading server without its wires: what the data folder holds, replayed, with its clock and its market. */
export interface Brokerage<Book extends AccountBook> {
  options: BrokerageOptions;
  tls: ServerTls;
  journal: Journal;
  book: Book;
  exchange: Exchange;
  /** How many transactions the journal held. */
  replayed: number;
}

export async function openBrokerage<Book extends AccountBook>(
  options: BrokerageOptions,
  { openBook, rolloverMinute, commissionTaken }: PlatformRules<Book>,
): Promise<Brokerage<Book>> {
  const tls = await loadServerTls(join(options.dataDir, 'tls'));
  const { journal, transactions } = Journal.open(join(options.dataDir, 'journal.jsonl'));
  const book = openBook(journal, transactions);
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
    calendar: new Calendar(options.calendar ?? 'always', rolloverMinute),
    offsetMs,
    commissionTaken,
  });
  return { options, tls, journal, book, exchange, replayed: transactions.length };
}

/** A protocol of the server, and the connections that speak it. */
export interface Wire {
  readonly server: Server;
  readonly count: number;
  cut(): void;
}

export interface RunningBrokerage {
  rest: string;
  control: string;
  ca: string;
  groups: string[];
  /** For tests in the same process. */
  exchange: Exchange;
  traders: Traders;
  close: () => Promise<void>;
}

/**
 * Opens the port of `rest` and the control port on 127.0.0.1 (port 0 is any free one) and lets the bots trade. The
 * wires in `others` have their ports already; they are counted, cut and closed with `rest`.
 */
export async function runBrokerage(
  { options, tls, journal, book, exchange, replayed }: Brokerage<AccountBook>,
  {
    rest,
    others = [],
    control: platform,
  }: {
    rest: Wire;
    others?: readonly Wire[];
    control: Omit<ControlOptions, 'exchange' | 'now' | 'connections'>;
  },
): Promise<RunningBrokerage> {
  const { now, log } = options;
  const wires = [rest, ...others];
  const connections = {
    get count() {
      return wires.reduce((sum, wire) => sum + wire.count, 0);
    },
    cut: () => {
      for (const wire of wires) wire.cut();
    },
  };
  const control = createControl({ ...platform, exchange, now, connections });
  const traders = new Traders(exchange, now, log, options.seed);
  const restPort = await listen(rest.server, options.restPort);
  const controlPort = await listen(control, options.controlPort);
  traders.start();
  log(`replayed ${replayed} transactions, ${book.users.size} accounts`);
  return {
    rest: `https://127.0.0.1:${restPort}`,
    control: `http://127.0.0.1:${controlPort}`,
    ca: tls.caPath,
    groups: book.groups.map((group) => group.name),
    exchange,
    traders,
    close: async () => {
      traders.stop();
      connections.cut();
      control.closeAllConnections();
      await Promise.all([...wires.map((wire) => wire.server), control].map(closed));
      journal.close();
    },
  };
}
