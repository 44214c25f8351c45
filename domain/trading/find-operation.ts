import { type Deal, isBalanceOperation } from './deal';
import { type BalanceDoubt, type BalanceLookup } from './outcome';
import { matchToken, type OperationToken } from './token';

export interface OperationSought {
  readonly login: string;
  readonly token: OperationToken;
  /** Signed minor units, as ordered. */
  readonly amountMinor: bigint;
}

/**
 * Decides whether one of a log-in's deals is the operation that is sought.
 * `found` needs exactly one deal with the token, whole or cut but long enough, and the ordered
 * amount. The same token twice, or with another amount, is for a person: to call either `found`
 * would post a wrong amount, to call it `absent` would pay twice. A comment cut too short to tell
 * matters only when the amount is the ordered one.
 */
export function findOperation(deals: Iterable<Deal>, sought: OperationSought): BalanceLookup {
  const named: { deal: Deal; cut: boolean }[] = [];
  const doubtful: Deal[] = [];
  for (const deal of deals) {
    if (deal.login !== sought.login || !isBalanceOperation(deal)) continue;
    const match = matchToken(deal.comment, sought.token);
    if (match === 'whole') named.push({ deal, cut: false });
    if (match === 'safe_prefix') named.push({ deal, cut: true });
    if (match === 'short_prefix' && deal.profitMinor === sought.amountMinor) doubtful.push(deal);
  }
  const [only, ...others] = named;
  if (only === undefined) {
    if (doubtful.length === 0) return { kind: 'absent' };
    return ambiguous(
      'comment_cut',
      'a deal of this amount has a comment too short to tell',
      doubtful,
    );
  }
  const candidates = named.map(({ deal }) => deal);
  if (others.length > 0)
    return ambiguous('token_repeated', 'the token stands on more than one deal', candidates);
  if (only.deal.profitMinor !== sought.amountMinor) {
    return ambiguous('other_amount', 'the deal with this token has another amount', candidates);
  }
  return {
    kind: 'found',
    ticket: only.deal.ticket,
    amount: { amountMinor: only.deal.profitMinor, currency: only.deal.currency },
    time: only.deal.time,
    cut: only.cut,
  };
}

function ambiguous(doubt: BalanceDoubt, reason: string, deals: readonly Deal[]): BalanceLookup {
  return { kind: 'ambiguous', doubt, reason, tickets: deals.map((deal) => deal.ticket) };
}
