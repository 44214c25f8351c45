import { join } from 'node:path';
import { AccountBook } from '../brokerage/account-book';
import {
  type BrokerageOptions,
  openBrokerage,
  runBrokerage,
  type RunningBrokerage,
} from '../brokerage/brokerage';
import { Bridge } from './bridge';
import { refusalCode } from './envelope';
import { GROUPS } from './groups';
import { Answers } from './idempotency';
import { Authority } from './oauth';
import { closedTrades, dealOfOrder, openTrade } from './trades';
import { tradeToWire } from './wire';

/** A trading day begins at midnight of server time. */
const ROLLOVER_MINUTE = 0;

export interface ServerOptions extends BrokerageOptions {
  clientId: string;
  clientSecret: string;
  platform: string;
}

export type RunningServer = RunningBrokerage;

/** Replays the journals of `dataDir` and opens both ports on 127.0.0.1 (port 0 is any free one). */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { now, log, platform } = options;
  const brokerage = await openBrokerage(options, {
    openBook: (journal, transactions) => new AccountBook(journal, transactions, GROUPS),
    rolloverMinute: ROLLOVER_MINUTE,
    commissionTaken: 'on_close',
  });
  const { book, exchange, tls } = brokerage;
  const answers = new Answers(join(options.dataDir, 'answers.jsonl'), now);
  const authority = new Authority({ id: options.clientId, secret: options.clientSecret }, now);
  const bridge = new Bridge({ exchange, platform, authority, answers, tls, now, log });
  const running = await runBrokerage(brokerage, {
    rest: bridge.wire,
    control: {
      wire: {
        deal: (deal) => {
          const trades = closedTrades(book, deal.login, Infinity);
          const trade = trades.find((known) => known.deal === deal.ticket);
          return trade ? tradeToWire(trade) : null;
        },
        position: (position, at) => tradeToWire(openTrade(exchange, position, at)),
      },
      balanceCommand: 'TradeTransaction',
      refusalCode,
      ticketOf: (order) => dealOfOrder(book, order),
      extra: { 'POST /expire-tokens': () => ({ expired: authority.expireAll() }) },
    },
  });
  return {
    ...running,
    close: async () => {
      await running.close();
      answers.close();
    },
  };
}
