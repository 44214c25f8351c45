import type { z } from 'zod';
import { minorOf, type tamperBody, volumeOf } from './control.schema';
import type { Exchange } from './exchange';
import { ACTION, type Change, type Deal, movedMinor } from './records';
import { Refusal } from './refusal';

export interface TamperContext {
  readonly exchange: Exchange;
  readonly now: () => number;
  /** The deal behind the number that the platform shows for it; left out, they are the same. */
  readonly ticketOf?: (shown: number) => number | undefined;
}

/** What somebody with too many rights does to the server's records. */
export function tamperWith(
  given: z.output<typeof tamperBody>,
  { exchange, now, ticketOf = (shown) => shown }: TamperContext,
): Change[] {
  const { book } = exchange;
  if (given.kind === 'balance') {
    const { login } = book.user(given.login);
    const balanceMinor = minorOf(given.amount);
    return [{ kind: 'balance-tampered', login, balanceMinor, creditMinor: 0n }];
  }
  const deal = book.deal(ticketOf(given.ticket) ?? 0);
  if (!deal) throw new Refusal('not_found');
  if (given.kind === 'delete_deal') return [{ kind: 'deal-removed', ticket: deal.ticket }];
  const edited = {
    ...deal,
    modifyFlags: deal.modifyFlags | 1,
    editedMsc: now() + exchange.offsetMs(),
    ...(given.profit === undefined ? {} : { profitMinor: minorOf(given.profit) }),
    ...(given.commission === undefined ? {} : { commissionMinor: minorOf(given.commission) }),
    ...(given.lots === undefined ? {} : { volume: volumeOf(given.lots) }),
    ...(given.comment === undefined ? {} : { comment: given.comment }),
  };
  const record: Change = { kind: 'deal-edited', deal: edited };
  return given.balanceFollows ? [record, balanceAfter(deal, edited)] : [record];
}

function balanceAfter(before: Deal, edited: Deal): Change {
  const minor = movedMinor(edited) - movedMinor(before);
  const isCredit = before.action === ACTION.credit;
  return {
    kind: 'balance-tampered',
    login: before.login,
    balanceMinor: isCredit ? 0n : minor,
    creditMinor: isCredit ? minor : 0n,
  };
}
