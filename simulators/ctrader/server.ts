import { createHash } from 'node:crypto';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { createControl, reverseRoute, type Route } from '../brokerage/control';
import { Exchange } from '../brokerage/exchange';
import { Journal } from '../brokerage/journal';
import { Traders } from '../brokerage/traders';
import type { Replay } from '../market/bars';
import { Calendar, type CalendarKind } from '../market/calendar';
import { Market } from '../market/market';
import { loadServerTls } from '../tls';
import { CtraderBook, isOperation } from './book';
import { refusalCode } from './codes';
import { GROUPS } from './groups';
import { ManagerApi } from './manager-api';
import { WebServices } from './web-services';
import { dealRecord, historyRecord, positionRecord, ROLLOVER_MINUTE } from './wire';
import type { Fields } from './messages';

export interface ServerOptions {
  dataDir: string;
  restPort: number;
  managerPort: number;
  controlPort: number;
  seed: number;
  login: string;
  password: string;
  plantId: string;
  environmentName: string;
  clockOffsetSeconds: number;
  /** The server's own range on its first start; a kept journal knows a later one. */
  loginRange: { from: number; to: number };
  /** `always` unless said. */
  calendar?: CalendarKind;
  /** Bars instead of the walk. */
  replay?: Replay;
  silenceMs: number;
  now: () => number;
  log: (line: string) => void;
}

export interface RunningServer {
  rest: string;
  /** `host:port`. */
  manager: string;
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
  const book = new CtraderBook(journal, transactions, GROUPS);
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
  const hashedPassword = createHash('md5').update(options.password).digest('hex');
  const shared = { exchange, account: { login: options.login, hashedPassword }, tls, now, log };
  const webServices = new WebServices(shared);
  const { plantId, environmentName, silenceMs } = options;
  const managerApi = new ManagerApi({ ...shared, book, plantId, environmentName, silenceMs });
  const control = createControl({
    exchange,
    now,
    wire: {
      deal: (deal) =>
        readable(isOperation(deal) ? historyRecord(book, deal) : dealRecord(book, deal)),
      position: (position) => readable(positionRecord(exchange, position)),
    },
    connections: {
      get count() {
        return webServices.wire.count + managerApi.count;
      },
      cut: () => {
        webServices.wire.cut();
        managerApi.cut();
      },
    },
    balanceCommand: 'changebalance',
    refusalCode,
    extra: { 'POST /expire-tokens': expire(webServices), 'POST /reverse': reverseRoute },
  });
  const traders = new Traders(exchange, now, log, options.seed);
  const restPort = await listen(webServices.wire.server, options.restPort);
  const managerPort = await listen(managerApi.server, options.managerPort);
  const controlPort = await listen(control, options.controlPort);
  traders.start();
  managerApi.start();
  log(`replayed ${transactions.length} transactions, ${book.users.size} accounts`);
  return {
    rest: `https://127.0.0.1:${restPort}`,
    manager: `127.0.0.1:${managerPort}`,
    control: `http://127.0.0.1:${controlPort}`,
    ca: tls.caPath,
    groups: GROUPS.map((group) => group.name),
    exchange,
    traders,
    close: async () => {
      traders.stop();
      webServices.wire.cut();
      managerApi.stop();
      control.closeAllConnections();
      await Promise.all([webServices.wire.server, managerApi.server, control].map(closed));
      journal.close();
    },
  };
}

function expire(webServices: WebServices): Route {
  return () => {
    webServices.expireTokens();
    return {};
  };
}

/** Big integers as text, for JSON. */
function readable(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'bigint' ? value.toString() : nested(value),
    ]),
  );
}

function nested(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? readable(value as Fields) : value;
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
