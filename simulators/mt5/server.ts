import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { loadServerTls } from '../tls';
import { AccountBook } from '../brokerage/account-book';
import { createControl, reverseRoute } from '../brokerage/control';
import { Exchange } from '../brokerage/exchange';
import { GROUPS } from './groups';
import { Journal } from '../brokerage/journal';
import type { Replay } from '../market/bars';
import { Calendar, type CalendarKind } from '../market/calendar';
import { Market } from '../market/market';
import { Traders } from '../brokerage/traders';
import { Desk } from './desk';
import { RawApi } from './raw/raw-api';
import { WebApi } from './web-api';
import { refusalCode } from './retcodes';
import { dealToWire, positionToWire } from './wire';

/** A trading day begins at midnight of server time. */
const ROLLOVER_MINUTE = 0;

export interface ServerOptions {
  dataDir: string;
  restPort: number;
  rawPort: number;
  controlPort: number;
  seed: number;
  login: string;
  password: string;
  clockOffsetSeconds: number;
  /** The server's own range on its first start; a kept journal knows a later one. */
  loginRange: { from: number; to: number };
  /** `always` unless said. */
  calendar?: CalendarKind;
  /** Bars instead of the walk. */
  replay?: Replay;
  silenceMs: number;
  /** How often the server pings on the raw wire. */
  pingMs: number;
  now: () => number;
  log: (line: string) => void;
}

export interface RunningServer {
  rest: string;
  /** `host:port` of the raw protocol. */
  raw: string;
  control: string;
  ca: string;
  groups: string[];
  /** For tests in the same process. */
  exchange: Exchange;
  traders: Traders;
  close: () => Promise<void>;
}

/** Replays the journal of `dataDir` and opens the three ports on 127.0.0.1 (port 0 is any free one). */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { now, log } = options;
  const tls = await loadServerTls(join(options.dataDir, 'tls'));
  const { journal, transactions } = Journal.open(join(options.dataDir, 'journal.jsonl'));
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
    commissionTaken: 'each_side',
  });
  const account = { login: options.login, password: options.password };
  const desk = new Desk({ exchange, now });
  const { silenceMs, pingMs } = options;
  const webApi = new WebApi({ desk, account, tls, silenceMs, log });
  const rawApi = new RawApi({ desk, account, silenceMs, pingMs, log });
  const control = createControl({
    exchange,
    now,
    wire: {
      deal: dealToWire,
      position: (position, at) => positionToWire(exchange, position, at),
    },
    connections: {
      get count() {
        return webApi.wire.count + rawApi.count;
      },
      cut: () => {
        webApi.wire.cut();
        rawApi.cut();
      },
    },
    balanceCommand: 'trade/balance',
    refusalCode,
    extra: { 'POST /reverse': reverseRoute },
  });
  const traders = new Traders(exchange, now, log, options.seed);
  const restPort = await listen(webApi.wire.server, options.restPort);
  const rawPort = await listen(rawApi.server, options.rawPort);
  const controlPort = await listen(control, options.controlPort);
  traders.start();
  log(`replayed ${transactions.length} transactions, ${book.users.size} accounts`);
  return {
    rest: `https://127.0.0.1:${restPort}`,
    raw: `127.0.0.1:${rawPort}`,
    control: `http://127.0.0.1:${controlPort}`,
    ca: tls.caPath,
    groups: GROUPS.map((group) => group.name),
    exchange,
    traders,
    close: async () => {
      traders.stop();
      webApi.wire.cut();
      rawApi.cut();
      control.closeAllConnections();
      await Promise.all([webApi.wire.server, rawApi.server, control].map(closed));
      journal.close();
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
