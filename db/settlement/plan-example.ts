import type { PartnerPlan } from '../../domain/partners/plan';
import { exponentOf } from '../../domain/money';
import type { Database } from '../connection';
import { inScope } from '../connection';
import { systemScope } from '../../domain/access/scope';
import { type PlainLine, runPlainBook } from './plain-run';
import type { PlainBook, PlainDeal } from './plain-book';

/** A trade that somebody thinks of. */
export interface ExampleTrade {
  readonly symbol: string;
  /** 1e-8 lots. */
  readonly volume: bigint;
  readonly digits: number;
  readonly spreadPoints: number;
  readonly movePoints: number;
  readonly minutes: number;
  /** So many of them, one after the other. */
  readonly trades: number;
  /** Of the client's partner: 1 is a root partner. */
  readonly level: number;
}

class Undo extends Error {}

const from = '2026-01-01T00:00:00.000Z';
const to = '2026-02-01T00:00:00.000Z';

/**
 * What a plan would pay for trades that nobody made, by the settlement's own engine on a book of them that is written
 * and taken back: the client's partner is on a level, with one partner on each level above.
 */
export async function exampleLines(
  db: Database,
  { plan, trade }: { readonly plan: PartnerPlan; readonly trade: ExampleTrade },
): Promise<readonly PlainLine[]> {
  let lines: readonly PlainLine[] = [];
  const work = inScope(db, systemScope('job:plan-example'), async (tx) => {
    ({ lines } = await runPlainBook(tx, bookOf(plan, trade), undefined));
    throw new Undo();
  });
  await work.catch((error: unknown) => {
    if (!(error instanceof Undo)) throw error;
  });
  return lines;
}

function bookOf(plan: PartnerPlan, trade: ExampleTrade): PlainBook {
  const { currency } = plan;
  const partners = Array.from({ length: trade.level }, (_, at) => ({
    id: `level ${at + 1}`,
    parent_id: at === 0 ? null : `level ${at}`,
    client_id: null,
    level: at + 1,
  }));
  const direct = `level ${trade.level}`;
  return {
    ...{ planSet: 'example', jurisdiction: 'XX', currency, period: '2026-01', from, to, partners },
    plans: [{ from, to, plan, pins: ['example'], hash: 'example' }],
    attributions: [
      { client_id: 'example', partner_id: direct, from_at: from, to_at: null, related: null },
    ],
    symbols: [
      {
        server_id: 'example',
        name: trade.symbol,
        digits: trade.digits,
        contract_size: '100000',
        profit_currency: currency,
        average_spread_points: String(trade.spreadPoints),
      },
    ],
    deals: Array.from({ length: trade.trades }, (_, at) => dealsOf(plan, trade, at)).flat(),
    deposits: [],
    rates: [],
    previous: { qualified: [], clients: [] },
  };
}

/** At a price of 1, so that the spread in money is points × contract. */
function dealsOf({ currency }: PartnerPlan, trade: ExampleTrade, at: number): PlainDeal[] {
  const start = Date.parse(from) + at * (trade.minutes + 1) * 60_000;
  const price = (points: number) =>
    ((10 ** trade.digits + points) / 10 ** trade.digits).toFixed(trade.digits);
  const deal = {
    server_id: 'example',
    login: 'example',
    client_id: 'example',
    position_id: String(at + 1),
    kind: 'trade',
    symbol: trade.symbol,
    volume: trade.volume.toString(),
    volume_closed: null,
    swap_minor: '0',
    commission_minor: '0',
    currency,
    contract_size: '100000',
    profit_rate: '1',
    equity_minor: null,
    credit_minor: null,
    stop_out: false,
  } as const;
  const perPoint =
    (trade.volume * 10n ** BigInt(exponentOf(currency))) / 10n ** BigInt(trade.digits);
  const profit = (perPoint * BigInt(trade.movePoints) * 100_000n) / 100_000_000n;
  return [
    {
      ...deal,
      ticket: String(at * 2 + 1),
      time: new Date(start).toISOString(),
      side: 'buy',
      entry: 'in',
      price: price(0),
      profit_minor: '0',
      bid: price(0),
      ask: price(trade.spreadPoints),
    },
    {
      ...deal,
      ticket: String(at * 2 + 2),
      time: new Date(start + trade.minutes * 60_000).toISOString(),
      side: 'sell',
      entry: 'out',
      price: price(trade.movePoints),
      profit_minor: profit.toString(),
      bid: price(trade.movePoints),
      ask: price(trade.movePoints + trade.spreadPoints),
    },
  ];
}
