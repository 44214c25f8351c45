import { formatAmount, isCurrency, money, parseAmount } from '../../../domain/money';
import { type BalanceOperationKind } from '../../../domain/trading/deal';
import {
  type BalanceCheck,
  type BalanceLookup,
  type BalanceOutcome,
} from '../../../domain/trading/outcome';
import { fitsComment, mt5CommentMax } from '../../../domain/trading/token';
import { lookUpOperation } from '../deal-reading';
import { type Fields, orNull, record } from '../fields';
import { notSent, unknown, unread } from '../outcomes';
import { type BalanceOperationRequest, type FindBalanceOperationRequest } from '../port';
import { type Mt5Context, notFound } from './context';
import { dealsOfLogin } from './deals';
import { idOrNull, requiredDecimal } from './wire';
import { classifyWrite } from './write-outcome';

/** `type` of `/api/trade/balance`. */
const types: Readonly<Record<BalanceOperationKind, string>> = {
  balance: '2',
  credit: '3',
  charge: '4',
  correction: '5',
  bonus: '6',
};

/**
 * Books money at the server, once; there is no retry in here and no idempotency key over there.
 * The comment is the token alone. Refuses without sending when the currency is not the account's.
 */
export async function balanceOperation(
  context: Mt5Context,
  request: BalanceOperationRequest,
): Promise<BalanceOutcome> {
  const { login, token, amount } = request;
  if (!fitsComment(token, mt5CommentMax)) {
    throw new RangeError('a balance operation needs a whole token that fits the comment');
  }
  if (amount.amountMinor === 0n) return notSent('INVALID_PARAMETERS', 'the amount is zero');
  const obstacle = await currencyObstacle(context, login, amount.currency);
  if (obstacle !== null) return obstacle;
  const reply = await context.session.write({
    path: '/api/trade/balance',
    body: {
      login,
      type: types[request.kind],
      balance: formatAmount(amount.amountMinor, amount.currency),
      comment: token,
      check_margin: request.checkMargin ? '1' : '0',
    },
  });
  const outcome = classifyWrite(reply);
  if (outcome.kind !== 'done') return outcome;
  const ticket = ticketOf(outcome.answer);
  return ticket === null
    ? unknown('the server says done and names no ticket', 0)
    : { kind: 'done', ticket };
}

export async function findBalanceOperation(
  context: Mt5Context,
  request: FindBalanceOperationRequest,
): Promise<BalanceLookup> {
  return await lookUpOperation(context, request, (window) =>
    dealsOfLogin(context, request.login, window),
  );
}

/** Compares the stored balance with the history. `fixflag` is always 0: 1 would rewrite money. */
export async function balanceCheck(context: Mt5Context, login: string): Promise<BalanceCheck> {
  const currency = await context.currencyOfLogin(login);
  const query = { login, fixflag: '0' };
  const answer = record(
    await context.answer({ path: '/api/user/check_balance', query }),
    'a check',
  );
  const of = (part: string, side: string): bigint =>
    parseAmount(sideOf(answer, part, side), currency);
  const balance = of('Balance', 'User');
  const balanceByHistory = of('Balance', 'History');
  const credit = of('Credit', 'User');
  const creditByHistory = of('Credit', 'History');
  return {
    login,
    agrees: balance === balanceByHistory && credit === creditByHistory,
    balance: money(balance, currency),
    balanceByHistory: money(balanceByHistory, currency),
    credit: money(credit, currency),
    creditByHistory: money(creditByHistory, currency),
  };
}

function sideOf(answer: Fields, part: string, side: string): string {
  return requiredDecimal(record(answer[part], `the ${part}`), side);
}

/** Reads what must be known before money is sent; a failure here leaves nothing sent. */
async function currencyObstacle(
  context: Mt5Context,
  login: string,
  currency: string,
): Promise<BalanceOutcome | null> {
  if (!isCurrency(currency)) return notSent('OTHER_CURRENCY', `${currency} is no currency here`);
  try {
    const actual = await context.currencyOfLogin(login);
    if (actual === currency) return null;
    return notSent('OTHER_CURRENCY', `the account is in ${actual}, the amount in ${currency}`);
  } catch (error) {
    return unread(error, notFound);
  }
}

function ticketOf(answer: unknown): string | null {
  return orNull(() => {
    const fields = record(answer, 'the answer');
    return idOrNull(fields, 'Ticket' in fields ? 'Ticket' : 'ticket');
  });
}
