import { type Deal } from '../../../domain/trading/deal';
import { type ServerWindow } from '../../../domain/trading/server-clock';
import { type Fields, list, record } from '../fields';
import { type Mt4Context } from './context';
import { isOpen, normaliseTrade, type TradeContext } from './normalise-trade';
import { decimal, moment, onceEach, text, whole, writtenMoment } from './wire';

/** Closed trades and balance operations of one log-in whose close lies in the window, as MT4 has them. */
export async function historyOf(
  context: Mt4Context,
  login: string,
  window: ServerWindow,
): Promise<Fields[]> {
  const { data } = await context.session.read({
    path: ['TradesUserHistory', login],
    query: { fromTime: writtenMoment(window.from), toTime: writtenMoment(window.to) },
  });
  // Some servers put open trades and what lies at the window's edge into the answer as well.
  return tradesIn(data).filter((row) => !isOpen(row) && within(moment(row, 'closeTime'), window));
}

function tradesIn(data: unknown): Fields[] {
  const rows = list(data, 'the trades').map((row) => record(row, 'a trade'));
  return onceEach(rows, 'order');
}

/** The open trades of one log-in. */
export async function openTradesOf(context: Mt4Context, login: string): Promise<Fields[]> {
  const group = await context.groupOfLogin(login);
  const { data } = await context.session.read({ path: ['TradesGetByLogin', login, group] });
  return tradesIn(data).filter(isOpen);
}

/** The open trades of a group, or of the whole server. */
export async function openTradesIn(context: Mt4Context, group: string | null): Promise<Fields[]> {
  const query = group === null ? {} : { group };
  const rows = await context.pages({ path: ['TradesRequest'], query }, 'a trade');
  return onceEach(rows, 'order').filter(isOpen);
}

/** Whether an open trade was opened, or came into being as the rest of another, within the window. */
export function openedWithin(row: Fields, window: ServerWindow): boolean {
  const at = Math.max(moment(row, 'openTime'), moment(row, 'timeStamp'));
  return within(at, window);
}

export function within(serverMsc: number, window: ServerWindow): boolean {
  const seconds = Math.floor(serverMsc / 1000);
  return seconds >= window.from && seconds <= window.to;
}

/** Turns records into deals of a log-in's currency. */
export async function dealsOf(
  context: Mt4Context,
  rows: readonly Fields[],
  currency: string,
): Promise<Deal[]> {
  const within: TradeContext = {
    server: context.serverId,
    currency,
    clock: await context.clock(),
    ...(await symbolsOfTrades(context, rows)),
  };
  return rows.flatMap((row) => normaliseTrade(row, within));
}

/** Contract sizes and profit currencies by symbol; a trade's record does not say. Unknown for a symbol that is no more. */
export async function symbolsOfTrades(
  context: Mt4Context,
  rows: readonly Fields[],
): Promise<Pick<TradeContext, 'contractSizeOf' | 'profitCurrencyOf'>> {
  if (!rows.some((row) => text(row, 'symbol') !== '' && whole(row, 'volume') > 0)) {
    return { contractSizeOf: () => null, profitCurrencyOf: () => null };
  }
  const symbols = await context.symbols();
  return {
    contractSizeOf: (name) => {
      const symbol = symbols.get(name);
      return symbol === undefined ? null : decimal(symbol, 'contractSize');
    },
    profitCurrencyOf: (name) => {
      const symbol = symbols.get(name);
      return symbol === undefined ? null : text(symbol, 'currency') || null;
    },
  };
}
