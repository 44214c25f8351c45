import { type Deal, type DealTotals, totalDeals } from '../../domain/trading/deal';
import { findOperation } from '../../domain/trading/find-operation';
import { type BalanceLookup } from '../../domain/trading/outcome';
import {
  type ServerClock,
  serverWindow,
  type ServerWindow,
} from '../../domain/trading/server-clock';
import {
  type DealTotalsRequest,
  type FindBalanceOperationRequest,
  PlatformAnswerTooLarge,
} from './port';

/**
 * How far the server's clock may be off in a look-up: a time zone changed by a few hours between
 * the operation and the look still finds it. A wide window costs pages, a narrow one money.
 */
const clockSkewSecondsDefault = 6 * 3600;

/** Looks for an operation by its token and amount among the log-in's deals of a window. Never throws. */
export async function lookUpOperation(
  context: { measure(): Promise<{ readonly clock: ServerClock }> },
  request: FindBalanceOperationRequest,
  dealsOf: (window: ServerWindow) => Promise<readonly Deal[]>,
): Promise<BalanceLookup> {
  const { login, token, amount } = request;
  try {
    const { clock } = await context.measure();
    const window = serverWindow(clock, {
      fromUtcMs: request.from.getTime(),
      toUtcMs: request.to.getTime(),
      skewSeconds: request.clockSkewSeconds ?? clockSkewSecondsDefault,
    });
    return findOperation(await dealsOf(window), { login, token, amountMinor: amount.amountMinor });
  } catch (error) {
    // Whatever cannot be read is not "absent": the caller looks again.
    return { kind: 'error', reason: error instanceof Error ? error.message : 'unknown error' };
  }
}

/** Sums of one log-in. Reads the clock's widest window and counts what lies in the asked one. */
export async function sumDeals(
  context: { clock(): Promise<ServerClock> },
  { login, from, to }: DealTotalsRequest,
  read: (
    window: ServerWindow,
  ) => Promise<{ readonly currency: string; readonly deals: readonly Deal[] }>,
): Promise<DealTotals> {
  const window = serverWindow(await context.clock(), {
    fromUtcMs: from.getTime(),
    toUtcMs: to.getTime(),
    skewSeconds: 0,
  });
  const { currency, deals } = await read(window);
  const asked = deals.filter(({ time }) => time >= from.toISOString() && time <= to.toISOString());
  return totalDeals(login, currency, asked);
}

/** The deals of a slice, null when they are too many for one answer. */
export async function orNullWhenTooMany(read: Promise<Deal[]>): Promise<Deal[] | null> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof PlatformAnswerTooLarge) return null;
    throw error;
  }
}

/** Oldest first, and by ticket within one moment. */
export function byTime(left: Deal, right: Deal): number {
  if (left.serverTimeMsc !== right.serverTimeMsc) return left.serverTimeMsc - right.serverTimeMsc;
  return BigInt(left.ticket) < BigInt(right.ticket) ? -1 : 1;
}
