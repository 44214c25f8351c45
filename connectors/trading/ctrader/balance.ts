import { formatAmount, isCurrency, money } from '../../../domain/money';
import { type BalanceOperationKind, totalDeals } from '../../../domain/trading/deal';
import {
  type BalanceCheck,
  type BalanceLookup,
  type BalanceOutcome,
} from '../../../domain/trading/outcome';
import { fitsComment } from '../../../domain/trading/token';
import { lookUpOperation } from '../deal-reading';
import { type Fields, orNull } from '../fields';
import { count, idOrNull } from '../mt5/wire';
import { notSent, unknown, unread } from '../outcomes';
import {
  type BalanceOperationRequest,
  type FindBalanceOperationRequest,
  PlatformUnavailable,
} from '../port';
import { amountsOf } from './accounts';
import { type CtraderContext } from './context';
import { dealsOfTrader, historyOfTrader, msOf } from './deals';
import { amountOf, historyTicket } from './normalise';
import { balanceVersionOf, missingVersions } from './versions';
import { classifyWrite } from './write-outcome';

/** cTrader keeps at least so many characters of a comment. */
export const commentMax = 200;

const readsMax = 3;

/**
 * Books money at the server, once. The token goes out as `externalId` and as the comment; the server keeps both
 * and promises to look for neither. It refuses what the balance does not cover and looks at no margin, so a debit,
 * of credit too, is held against the free margin here, when that is asked.
 */
export async function balanceOperation(
  context: CtraderContext,
  request: BalanceOperationRequest,
): Promise<BalanceOutcome> {
  const { login, token, amount } = request;
  if (!fitsComment(token, commentMax)) {
    throw new RangeError('a balance operation needs a whole token');
  }
  if (amount.amountMinor === 0n) return notSent('INVALID_PARAMETERS', 'the amount is zero');
  const obstacle = await obstacleTo(context, request);
  if (obstacle !== null) return obstacle;
  const reply = await context.web.write({
    method: 'POST',
    path: `traders/${login}/changebalance`,
    body: changeBody(request),
  });
  const outcome = classifyWrite(reply);
  if (outcome.kind !== 'done') return outcome;
  const id = orNull(() => idOrNull(outcome.answer, 'balanceHistoryId'));
  return id === null
    ? unknown('the server says done and names no operation', null)
    : { kind: 'done', ticket: historyTicket(id) };
}

/** `preciseAmount` is a JSON number: it is written digit by digit, and never is a double here. */
function changeBody({ login, token, amount, kind }: BalanceOperationRequest): string {
  const out = amount.amountMinor < 0n;
  const size = formatAmount(out ? -amount.amountMinor : amount.amountMinor, amount.currency);
  const rest = JSON.stringify({
    type: typeOf(kind, out),
    comment: token,
    externalId: token,
    ...(kind === 'balance' || kind === 'credit' ? {} : { source: kind }),
  });
  return `{"login":${login},"preciseAmount":${size},${rest.slice(1)}`;
}

/** Credit is bonus that cannot be withdrawn; the other kinds are told apart by `source`. */
function typeOf(kind: BalanceOperationKind, out: boolean): string {
  const direction = out ? 'WITHDRAW' : 'DEPOSIT';
  return kind === 'credit' ? `${direction}_NONWITHDRAWABLE_BONUS` : direction;
}

export async function findBalanceOperation(
  context: CtraderContext,
  request: FindBalanceOperationRequest,
): Promise<BalanceLookup> {
  return await lookUpOperation(context, request, async (window) => {
    const trader = await context.traderOfLogin(request.login);
    return (await historyOfTrader(context, trader, msOf(window))).deals;
  });
}

/**
 * Holds the balance against everything that its history and its closing deals tell. The server counts changes of
 * balance without a gap: a version that nobody told of is a change that we have not seen, and then nothing agrees.
 */
export async function balanceCheck(context: CtraderContext, login: string): Promise<BalanceCheck> {
  for (let read = 1; ; read += 1) {
    const before = await context.presentTrader(login);
    const { now } = await context.measure();
    const all = { fromMs: 0, toMs: now.serverTimeMsc + 86_400_000 };
    const history = await historyOfTrader(context, before, all);
    const trades = await dealsOfTrader(context, before, all);
    const trader = await context.presentTrader(login);
    const version = count(trader.fields, 'balanceVersion');
    const moved = version !== count(before.fields, 'balanceVersion');
    if (moved && read < readsMax) continue;
    if (moved) throw new PlatformUnavailable('the balance does not keep still');
    const { currency, traderId, fields } = trader;
    const versions = [...history.rows, ...trades.rows].flatMap(
      (row) => balanceVersionOf(row) ?? [],
    );
    const present = Math.max(version, context.versions.highest(traderId));
    const totals = totalDeals(login, currency, [...history.deals, ...trades.deals]);
    const balance = amountOf(fields, 'balance', trader);
    const credit = amountOf(fields, 'nonWithdrawableBonus', trader);
    return {
      login,
      agrees:
        missingVersions(versions, present).length === 0 &&
        balance === totals.balanceMinor &&
        credit === totals.creditMinor,
      balance: money(balance, currency),
      balanceByHistory: money(totals.balanceMinor, currency),
      credit: money(credit, currency),
      creditByHistory: money(totals.creditMinor, currency),
    };
  }
}

/** Reads what must be known before money is sent; a failure here leaves nothing sent. */
async function obstacleTo(
  context: CtraderContext,
  { login, amount, checkMargin }: BalanceOperationRequest,
): Promise<BalanceOutcome | null> {
  if (!isCurrency(amount.currency)) {
    return notSent('OTHER_CURRENCY', `${amount.currency} is no currency here`);
  }
  if (!/^\d{1,15}$/.test(login)) return notSent('NOT_FOUND', `there is no log-in ${login}`);
  let account: Fields | null;
  try {
    account = await context.web.readOrNull(`traders/${login}`);
  } catch (error) {
    return unread(error);
  }
  if (account === null) return notSent('NOT_FOUND', `there is no log-in ${login}`);
  const amounts = amountsOf(account);
  if (amounts.currency !== amount.currency) {
    const reason = `the account is in ${amounts.currency}, the amount in ${amount.currency}`;
    return notSent('OTHER_CURRENCY', reason);
  }
  // Credit that is taken away counts like money: positions may stand on it alone.
  if (!checkMargin || amount.amountMinor > 0n) return null;
  if (-amount.amountMinor <= amounts.of('freeMargin').amountMinor) return null;
  return notSent('NOT_ENOUGH_MONEY', 'the free margin does not cover the amount');
}
