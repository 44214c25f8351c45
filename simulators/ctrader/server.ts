import { createHash } from 'node:crypto';
import {
  type BrokerageOptions,
  openBrokerage,
  runBrokerage,
  type RunningBrokerage,
} from '../brokerage/brokerage';
import { reverseRoute, type Route } from '../brokerage/control';
import { listen } from '../http/ports';
import { CtraderBook, isOperation } from './book';
import { refusalCode } from './codes';
import { GROUPS } from './groups';
import { ManagerApi } from './manager-api';
import { WebServices } from './web-services';
import { dealRecord, historyRecord, positionRecord, ROLLOVER_MINUTE } from './wire';
import type { Fields } from './messages';

export interface ServerOptions extends BrokerageOptions {
  managerPort: number;
  login: string;
  password: string;
  plantId: string;
  environmentName: string;
  silenceMs: number;
}

export interface RunningServer extends RunningBrokerage {
  /** `host:port`. */
  manager: string;
}

/** Replays the journal of `dataDir` and opens the three ports on 127.0.0.1 (port 0 is any free one). */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { now, log, plantId, environmentName, silenceMs } = options;
  const brokerage = await openBrokerage(options, {
    openBook: (journal, transactions) => new CtraderBook(journal, transactions, GROUPS),
    rolloverMinute: ROLLOVER_MINUTE,
    commissionTaken: 'on_close',
  });
  const { book, exchange, tls } = brokerage;
  const hashedPassword = createHash('md5').update(options.password).digest('hex');
  const shared = { exchange, account: { login: options.login, hashedPassword }, tls, now, log };
  const webServices = new WebServices(shared);
  const managerApi = new ManagerApi({ ...shared, book, plantId, environmentName, silenceMs });
  const managerPort = await listen(managerApi.server, options.managerPort);
  const running = await runBrokerage(brokerage, {
    rest: webServices.wire,
    others: [managerApi],
    control: {
      wire: {
        deal: (deal) =>
          readable(isOperation(deal) ? historyRecord(book, deal) : dealRecord(book, deal)),
        position: (position) => readable(positionRecord(exchange, position)),
      },
      balanceCommand: 'changebalance',
      refusalCode,
      extra: { 'POST /expire-tokens': expire(webServices), 'POST /reverse': reverseRoute },
    },
  });
  managerApi.start();
  return {
    ...running,
    manager: `127.0.0.1:${managerPort}`,
    close: async () => {
      managerApi.stop();
      await running.close();
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
