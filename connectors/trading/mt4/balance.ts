import { isCurrency, money } from '../../../domain/money';
import { majorNumber } from '../../../domain/wire-number';
import { type BalanceOperationKind } from '../../../domain/trading/deal';
import {
  type BalanceCheck,
  type BalanceLookup,
  type BalanceOutcome,
  type Refused,
} from '../../../domain/trading/outcome';
import { fitsComment } from '../../../domain/trading/token';
import { lookUpOperation } from '../deal-reading';
import { orNull, record } from '../fields';
import { notSent, unknown, unread } from '../outcomes';
import {
  type BalanceOperationRequest,
  type FindBalanceOperationRequest,
  PlatformRefused,
} from '../port';
import { badAccount, type Mt4Context } from './context';
import { commandOf, ticketOfOrder } from './normalise-trade';
import { dealsOf, historyOf } from './trades';
import { minorOf, requiredId } from './wire';

/** MT4 keeps this many characters of a comment. */
export const commentCharactersMax = 31;

/** MT4 knows two: what is no credit is balance. */
const commands: Readonly<Record<BalanceOperationKind, 'Balance' | 'Credit'>> = {
  balance: 'Balance',
  credit: 'Credit',
  charge: 'Balance',
  correction: 'Balance',
  bonus: 'Balance',
};

/** A floating-point number still tells one cent from the next up to here. */
const amountMinorMax = 10n ** 14n;

/**
 * Books money at the server, once. The comment is the token alone; the token is the bridge's idempotency key as
 * well, so that a second sending of the same operation is answered and not applied for as long as the bridge
 * remembers. Nothing here relies on that: an answer that was lost is looked for in the account's history.
 */
export async function balanceOperation(
  context: Mt4Context,
  request: BalanceOperationRequest,
): Promise<BalanceOutcome> {
  const { login, token, amount, kind } = request;
  if (!fitsComment(token, commentCharactersMax)) {
    throw new RangeError('a balance operation needs a whole token that fits the comment');
  }
  if (amount.amountMinor === 0n) return notSent('INVALID_PARAMETERS', 'the amount is zero');
  if (amount.amountMinor > amountMinorMax || amount.amountMinor < -amountMinorMax) {
    return notSent('MAXIMUM_AMOUNT', 'the amount is more than MT4 can count');
  }
  const obstacle = await obstacleTo(context, request);
  if (obstacle !== null) return obstacle;
  const reply = await context.session.write({
    method: 'POST',
    path: ['TradeTransaction'],
    key: token,
    body: {
      tradeTransactionType: 'BrBalance',
      tradeCommand: commands[kind],
      orderBy: Number(login),
      price: majorNumber(amount.amountMinor, amount.currency),
      comment: token,
    },
  });
  if (reply.kind !== 'done') return reply;
  const ticket = orderOf(reply.data);
  return ticket === null
    ? unknown('the server says done and names no order', 0)
    : { kind: 'done', ticket };
}

export async function findBalanceOperation(
  context: Mt4Context,
  request: FindBalanceOperationRequest,
): Promise<BalanceLookup> {
  const { login } = request;
  return await lookUpOperation(context, request, async (window) => {
    const currency = await context.currencyOfLogin(login);
    return await dealsOf(context, await historyOf(context, login, window), currency);
  });
}

/**
 * Compares what is stored with the history: the balance by the server's own check, the credit, which that check
 * leaves out, by the sum of its records. It repairs nothing.
 */
export async function balanceCheck(context: Mt4Context, login: string): Promise<BalanceCheck> {
  const user = await context.user(login);
  if (user === null) throw new PlatformRefused(badAccount, `there is no log-in ${login}`);
  const currency = await context.currencyOfLogin(login);
  const { data } = await context.session.read({ path: ['AdmBalanceCheck', login] });
  const difference = minorOf(record(data, 'a check'), 'diff', currency);
  const history = await historyOf(context, login, { from: 0, to: 2 ** 31 - 1 });
  const creditByHistory = history
    .filter((row) => commandOf(row) === 'credit')
    .reduce((sum, row) => sum + minorOf(row, 'profit', currency), 0n);
  const balance = minorOf(user, 'balance', currency);
  const credit = minorOf(user, 'credit', currency);
  return {
    login,
    agrees: difference === 0n && credit === creditByHistory,
    balance: money(balance, currency),
    balanceByHistory: money(balance + difference, currency),
    credit: money(credit, currency),
    creditByHistory: money(creditByHistory, currency),
  };
}

/** What must be known before money is sent; a failure here leaves nothing sent. */
async function obstacleTo(
  context: Mt4Context,
  { login, amount, checkMargin }: BalanceOperationRequest,
): Promise<Refused | null> {
  const { currency, amountMinor } = amount;
  if (!isCurrency(currency)) return notSent('OTHER_CURRENCY', `${currency} is no currency here`);
  try {
    const actual = await context.currencyOfLogin(login);
    if (actual !== currency) {
      return notSent('OTHER_CURRENCY', `the account is in ${actual}, the amount in ${currency}`);
    }
    // Credit that is taken away counts like money: positions may stand on it alone.
    if (amountMinor > 0n || !checkMargin) return null;
    const { data } = await context.session.read({ path: ['MarginLevelRequest', login] });
    const free = minorOf(record(data, 'the margin'), 'free', currency);
    return free + amountMinor >= 0n
      ? null
      : notSent('NOT_ENOUGH_MONEY', 'the free margin does not cover the amount');
  } catch (error) {
    return unread(error, badAccount);
  }
}

function orderOf(data: unknown): string | null {
  return orNull(() => ticketOfOrder(requiredId(record(data, 'the transaction'), 'order')));
}
