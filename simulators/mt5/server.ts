import { AccountBook } from '../brokerage/account-book';
import {
  type BrokerageOptions,
  openBrokerage,
  runBrokerage,
  type RunningBrokerage,
} from '../brokerage/brokerage';
import { reverseRoute } from '../brokerage/control';
import { listen } from '../http/ports';
import { GROUPS } from './groups';
import { Desk } from './desk';
import { RawApi } from './raw/raw-api';
import { WebApi } from './web-api';
import { refusalCode } from './retcodes';
import { dealToWire, positionToWire } from './wire';

/** A trading day begins at midnight of server time. */
const ROLLOVER_MINUTE = 0;

export interface ServerOptions extends BrokerageOptions {
  rawPort: number;
  login: string;
  password: string;
  silenceMs: number;
  /** How often the server pings on the raw wire. */
  pingMs: number;
}

export interface RunningServer extends RunningBrokerage {
  /** `host:port` of the raw protocol. */
  raw: string;
}

/** Replays the journal of `dataDir` and opens the three ports on 127.0.0.1 (port 0 is any free one). */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { now, log, silenceMs, pingMs } = options;
  const brokerage = await openBrokerage(options, {
    openBook: (journal, transactions) => new AccountBook(journal, transactions, GROUPS),
    rolloverMinute: ROLLOVER_MINUTE,
    commissionTaken: 'each_side',
  });
  const { exchange, tls } = brokerage;
  const account = { login: options.login, password: options.password };
  const desk = new Desk({ exchange, now });
  const webApi = new WebApi({ desk, account, tls, silenceMs, log });
  const rawApi = new RawApi({ desk, account, silenceMs, pingMs, log });
  const rawPort = await listen(rawApi.server, options.rawPort);
  const running = await runBrokerage(brokerage, {
    rest: webApi.wire,
    others: [rawApi],
    control: {
      wire: {
        deal: dealToWire,
        position: (position, at) => positionToWire(exchange, position, at),
      },
      balanceCommand: 'trade/balance',
      refusalCode,
      extra: { 'POST /reverse': reverseRoute },
    },
  });
  return { ...running, raw: `127.0.0.1:${rawPort}` };
}
