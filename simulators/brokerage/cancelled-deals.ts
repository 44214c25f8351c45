import type { AccountBook } from './account-book';
import { ACTION, type Deal, movedMinor } from './records';
import { Refusal } from './refusal';

/** Bit of `modifyFlags`: the deal was cancelled. */
const CANCELLED = 2;

export function isCancelled(deal: Deal): boolean {
  return (deal.modifyFlags & CANCELLED) !== 0;
}

/** Cancels a trade's deal: it keeps its place (and at cTrader its version), and gives back what it moved. */
export function cancelDeal(book: AccountBook, ticket: number, at: number): Deal {
  const deal = book.deal(ticket);
  if (!deal || deal.action >= ACTION.balance) throw new Refusal('not_found');
  const cancelled: Deal = {
    ...deal,
    profitMinor: 0n,
    commissionMinor: 0n,
    swapMinor: 0n,
    modifyFlags: deal.modifyFlags | CANCELLED,
    editedMsc: at,
  };
  const balanceMinor = -movedMinor(deal);
  book.commit([
    { kind: 'deal-edited', deal: cancelled },
    { kind: 'balance-tampered', login: deal.login, balanceMinor, creditMinor: 0n },
  ]);
  return cancelled;
}
