import type { Fault } from './faults';
import { matchesMask, type GroupSpec } from './groups';
import type { Journal } from './journal';
import {
  ACTION,
  type Change,
  type Deal,
  type Hours,
  type LateOperation,
  type LoginRange,
  movedMinor,
  type Position,
  type UserRecord,
} from './records';
import { Refusal } from './refusal';

/** What an account holds, in minor units of its currency. */
export interface Holding {
  balanceMinor: bigint;
  creditMinor: bigint;
}

/**
 * The server's whole state. It changes only through `commit`: journal first, memory second, so that nothing is
 * ever shown that a restart would not show again. A deal carries its own effect on balance or credit: Σ deals is
 * the balance by construction, unless somebody tampers.
 */
export class AccountBook {
  readonly users = new Map<number, UserRecord>();
  readonly positions = new Map<number, Position>();
  readonly bots = new Set<number>();
  readonly faults = new Map<string, Fault>();
  readonly late = new Map<string, LateOperation>();
  /** Hours that an operator set, by symbol. */
  readonly hours = new Map<string, Hours>();
  /** How many times its ordinary margin a symbol asks, where an operator said so. */
  readonly marginRates = new Map<string, number>();
  readonly ranges = new Map<string | null, LoginRange>();
  readonly #holdings = new Map<number, Holding>();
  readonly #deals = new Map<number, Deal>();
  readonly #dealsOf = new Map<number, Deal[]>();
  readonly #usedLogins = new Set<number>();
  #lastTicket = 1000;

  constructor(
    private readonly journal: Journal,
    transactions: readonly Change[][],
    readonly groups: readonly GroupSpec[],
  ) {
    for (const changes of transactions) for (const change of changes) this.#apply(change);
  }

  /** Makes the changes durable, then real: all of them or, when the disk refuses, none. */
  commit(changes: readonly Change[]): void {
    if (changes.length === 0) return;
    this.journal.append(changes);
    for (const change of changes) this.#apply(change);
  }

  /** Next ticket for a deal, order or position. Tickets rise but are not contiguous, as on a busy server. */
  takeTicket(): number {
    this.#lastTicket += 1 + ((this.#lastTicket * 7) % 3);
    return this.#lastTicket;
  }

  user(login: number): UserRecord {
    const user = this.users.get(login);
    if (!user) throw new Refusal('not_found');
    return user;
  }

  findGroup(name: string): GroupSpec | undefined {
    return this.groups.find((known) => known.name.toLowerCase() === name.toLowerCase());
  }

  groupOf(login: number): GroupSpec {
    const group = this.findGroup(this.user(login).group);
    if (!group) throw new Error(`account ${login} is in a group that is not there`);
    return group;
  }

  holding(login: number): Holding {
    return this.#holdings.get(login) ?? { balanceMinor: 0n, creditMinor: 0n };
  }

  deal(ticket: number): Deal | undefined {
    return this.#deals.get(ticket);
  }

  get dealCount(): number {
    return this.#deals.size;
  }

  /** All deals of an account by time, then ticket; a late-booked deal of the past stands where its time says. */
  dealsOf(login: number): readonly Deal[] {
    return this.#dealsOf.get(login) ?? [];
  }

  positionsOf(login: number): Position[] {
    return [...this.positions.values()].filter((position) => position.login === login);
  }

  loginsIn(mask: string): number[] {
    const users = [...this.users.values()].filter((user) => matchesMask(user.group, mask));
    return users.map((user) => user.login).sort((a, b) => a - b);
  }

  loginIsUsed(login: number): boolean {
    return this.#usedLogins.has(login);
  }

  /** Lowest log-in of the group's range (else the server's) that nobody ever had; refuses with 3002 when there is none. */
  freeLogin(group: string): number {
    const range = this.ranges.get(group.toLowerCase()) ?? this.ranges.get(null);
    if (!range) throw new Refusal('logins_exhausted');
    for (let login = range.from; login <= range.to; login += 1) {
      if (!this.#usedLogins.has(login)) return login;
    }
    throw new Refusal('logins_exhausted');
  }

  /** What the deals say the account should hold; `visibleBy` (UTC ms) leaves out deals not yet shown. */
  sumOfDeals(login: number, visibleBy = Infinity): Holding {
    const sum: Holding = { balanceMinor: 0n, creditMinor: 0n };
    for (const deal of this.dealsOf(login)) {
      if ((deal.visibleAt ?? 0) <= visibleBy) addDeal(sum, deal);
    }
    return sum;
  }

  #apply(change: Change): void {
    switch (change.kind) {
      case 'user':
        this.users.set(change.user.login, change.user);
        this.#usedLogins.add(change.user.login);
        return;
      case 'user-removed':
        this.users.delete(change.login);
        this.#holdings.delete(change.login);
        this.bots.delete(change.login);
        return;
      case 'deal':
        this.#addDeal(change.deal);
        return;
      case 'deal-edited':
        this.#replaceDeal(change.deal);
        return;
      case 'deal-removed':
        this.#removeDeal(change.ticket);
        return;
      case 'position':
        this.positions.set(change.position.id, change.position);
        this.#lastTicket = Math.max(this.#lastTicket, change.position.id);
        return;
      case 'position-closed':
        this.positions.delete(change.id);
        return;
      case 'balance-tampered':
        this.#addToHolding(change.login, change.balanceMinor, change.creditMinor);
        return;
      case 'login-range':
        this.ranges.set(change.range.group?.toLowerCase() ?? null, change.range);
        return;
      case 'hours':
        this.hours.set(change.symbol, change.hours);
        return;
      case 'margin-rate':
        this.marginRates.set(change.symbol, change.rate);
        return;
      case 'bots':
        for (const login of change.logins) {
          if (change.on) this.bots.add(login);
          else this.bots.delete(login);
        }
        return;
      case 'fault':
        this.faults.set(change.fault.id, change.fault);
        return;
      case 'fault-removed':
        this.faults.delete(change.id);
        return;
      case 'late':
        this.late.set(change.late.id, change.late);
        return;
      case 'late-done':
        this.late.delete(change.id);
        return;
      default:
        throw new Error(`unknown change ${JSON.stringify(change satisfies never)}`);
    }
  }

  #addDeal(deal: Deal): void {
    this.#deals.set(deal.ticket, deal);
    this.#lastTicket = Math.max(this.#lastTicket, deal.ticket, deal.order);
    const list = this.#dealsOf.get(deal.login) ?? [];
    this.#dealsOf.set(deal.login, list);
    list.splice(placeFor(list, deal), 0, deal);
    const holding = { ...this.holding(deal.login) };
    addDeal(holding, deal);
    this.#holdings.set(deal.login, holding);
  }

  #replaceDeal(deal: Deal): void {
    this.#deals.set(deal.ticket, deal);
    const list = this.#dealsOf.get(deal.login) ?? [];
    const at = list.findIndex((known) => known.ticket === deal.ticket);
    if (at >= 0) list[at] = deal;
  }

  #removeDeal(ticket: number): void {
    const deal = this.#deals.get(ticket);
    if (!deal) return;
    this.#deals.delete(ticket);
    const rest = this.dealsOf(deal.login).filter((known) => known.ticket !== ticket);
    this.#dealsOf.set(deal.login, rest);
  }

  #addToHolding(login: number, balanceMinor: bigint, creditMinor: bigint): void {
    const held = this.holding(login);
    this.#holdings.set(login, {
      balanceMinor: held.balanceMinor + balanceMinor,
      creditMinor: held.creditMinor + creditMinor,
    });
  }
}

/** Credit deals move the credit; everything else moves the balance by profit, swap and commission. */
function addDeal(sum: Holding, deal: Deal): void {
  if (deal.action === ACTION.credit) sum.creditMinor += deal.profitMinor;
  else sum.balanceMinor += movedMinor(deal);
}

/** Where a deal belongs in a list ordered by time, then ticket. */
function placeFor(list: readonly Deal[], deal: Deal): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (comesAfter(list[middle], deal)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function comesAfter(left: Deal | undefined, right: Deal): boolean {
  if (!left) return false;
  return (
    left.timeMsc > right.timeMsc || (left.timeMsc === right.timeMsc && left.ticket > right.ticket)
  );
}
