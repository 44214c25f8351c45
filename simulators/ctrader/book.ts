import { AccountBook } from '../brokerage/account-book';
import type { GroupSpec } from '../brokerage/groups';
import type { Journal } from '../brokerage/journal';
import { ACTION, type Change, closes, type Deal, movedMinor } from '../brokerage/records';

/** What cTrader tells with a change of balance: the version it gave, and what the account held then. */
export interface BalanceMark {
  readonly version: number;
  readonly balanceMinor: bigint;
  readonly creditMinor: bigint;
}

const NOTHING: BalanceMark = { version: 0, balanceMinor: 0n, creditMinor: 0n };

/**
 * The book with cTrader's `balanceVersion`: one more for each change of an account's money, without a gap.
 * A change that no deal tells of (somebody tampered) leaves a gap, and a deal that is removed does too.
 */
export class CtraderBook extends AccountBook {
  readonly #marks = new Map<number, BalanceMark>();
  readonly #last = new Map<number, BalanceMark>();
  #onDeal: (deal: Deal) => void = () => undefined;

  constructor(journal: Journal, transactions: readonly Change[][], groups: readonly GroupSpec[]) {
    super(journal, transactions, groups);
    for (const changes of transactions) this.#countAll(changes);
  }

  override commit(changes: readonly Change[]): void {
    super.commit(changes);
    this.#countAll(changes);
    for (const change of changes) if (change.kind === 'deal') this.#onDeal(change.deal);
  }

  /** Called after a deal has become durable. */
  onDeal(listener: (deal: Deal) => void): void {
    this.#onDeal = listener;
  }

  markOf(ticket: number): BalanceMark {
    return this.#marks.get(ticket) ?? NOTHING;
  }

  versionOf(login: number): number {
    return this.#last.get(login)?.version ?? 0;
  }

  /** Money that goes with the edit of a deal is that deal's, and takes no version of its own. */
  #countAll(changes: readonly Change[]): void {
    if (changes.some(({ kind }) => kind === 'deal-edited')) return;
    for (const change of changes) this.#count(change);
  }

  #count(change: Change): void {
    if (change.kind === 'balance-tampered') {
      this.#step(change.login, change.balanceMinor, change.creditMinor);
      return;
    }
    if (change.kind !== 'deal' || !movesMoney(change.deal)) return;
    const { deal } = change;
    const moved = movedMinor(deal);
    const credit = deal.action === ACTION.credit;
    const mark = this.#step(deal.login, credit ? 0n : moved, credit ? moved : 0n);
    this.#marks.set(deal.ticket, mark);
  }

  #step(login: number, balanceMinor: bigint, creditMinor: bigint): BalanceMark {
    const last = this.#last.get(login) ?? NOTHING;
    const mark = {
      version: last.version + 1,
      balanceMinor: last.balanceMinor + balanceMinor,
      creditMinor: last.creditMinor + creditMinor,
    };
    this.#last.set(login, mark);
    return mark;
  }
}

/** A balance operation or a closing deal: an opening one leaves the balance alone, its commission comes with the close. */
export function movesMoney(deal: Deal): boolean {
  return isOperation(deal) || closes(deal);
}

export function isOperation(deal: Deal): boolean {
  return deal.action >= ACTION.balance;
}
