import type { Fault } from './faults';

/** Text columns of an MT5 user, in the order the server answers them. */
export const USER_TEXTS = [
  'Name',
  'FirstName',
  'LastName',
  'MiddleName',
  'Company',
  'Account',
  'Country',
  'City',
  'State',
  'ZIPCode',
  'Address',
  'Phone',
  'Email',
  'ID',
  'Status',
  'Comment',
  'LeadSource',
  'LeadCampaign',
  'MQID',
] as const;

/** Whole-number columns of an MT5 user that a client may set. */
export const USER_NUMBERS = ['Language', 'Color', 'Agent', 'ClientID'] as const;

export interface UserRecord {
  login: number;
  group: string;
  rights: number;
  leverage: number;
  /** Seconds of server time. */
  registration: number;
  texts: Partial<Record<(typeof USER_TEXTS)[number], string>>;
  numbers: Partial<Record<(typeof USER_NUMBERS)[number], number>>;
  passwords: { main: string; investor: string; api?: string };
  /** On platforms where an account is swap-free by itself. */
  swapFree?: boolean;
}

/** Deal actions of this server (EnDealAction). */
export const ACTION = {
  buy: 0,
  sell: 1,
  balance: 2,
  credit: 3,
  charge: 4,
  correction: 5,
  bonus: 6,
} as const;

/** What a deal does to its position (EnDealEntry). */
export const ENTRY = { in: 0, out: 1, reverse: 2 } as const;

/** Whether a deal closes something; what it did to the balance is then its own. */
export function closes(deal: Deal): boolean {
  return deal.symbol !== '' && deal.entry !== ENTRY.in;
}

/** What a deal did to the balance (to the credit, for a credit operation). */
export function movedMinor(deal: Deal): bigint {
  return deal.profitMinor + deal.commissionMinor + (deal.swapMinor ?? 0n);
}

export interface Deal {
  ticket: number;
  login: number;
  dealer: number;
  order: number;
  action: number;
  /** `ENTRY`. */
  entry: number;
  /** 0 client, 1 expert, 2 dealer, 5 stop-out. */
  reason: number;
  /** Milliseconds of server time. */
  timeMsc: number;
  symbol: string;
  pricePoints: number;
  /** 1/10,000 lot. */
  volume: number;
  volumeClosed: number;
  profitMinor: bigint;
  commissionMinor: bigint;
  /** What holding it over night came to, taken with the close; absent is none. */
  swapMinor?: bigint;
  rateProfit: number;
  rateMargin: number;
  positionId: number;
  /** Open price of the position that a closing deal closes. */
  positionPoints: number;
  comment: string;
  bidPoints: number;
  askPoints: number;
  modifyFlags: number;
  /** Milliseconds of server time at which somebody edited it. */
  editedMsc?: number;
  /** What the sender of a balance operation calls it, on platforms that keep that. */
  externalId?: string;
  /** UTC ms before which deal queries do not show it. */
  visibleAt?: number;
}

export interface Position {
  id: number;
  login: number;
  symbol: string;
  action: 0 | 1;
  openPoints: number;
  volume: number;
  /** Milliseconds of server time. */
  createdMsc: number;
  updatedMsc: number;
  rateMargin: number;
  comment: string;
  /** Swaps so far; absent is none. */
  swapMinor?: bigint;
  /** Server time up to which rollovers are in `swapMinor`; absent is since it was opened. */
  swappedMsc?: number;
  /** UTC ms at which the trader closes it. */
  closeAt?: number;
}

/** A balance operation, whoever asked for it. */
export interface BalanceOperation {
  login: number;
  type: number;
  amountMinor: bigint;
  comment: string;
  checkMargin: boolean;
  externalId?: string;
}

export interface LoginRange {
  /** Null: the server's own range, for groups without one. */
  group: string | null;
  from: number;
  to: number;
}

/** An operation taken in, whose sender lost its connection, and which the server books later. */
export interface LateOperation {
  id: string;
  /** UTC ms. */
  dueAt: number;
  operation: BalanceOperation;
}

/** When a symbol trades, by the word of an operator: as the server's calendar has it, always, or not at all. */
export const HOURS = ['calendar', 'always', 'closed'] as const;
export type Hours = (typeof HOURS)[number];

/** Everything that can happen to the server's state. The journal is a list of these; `AccountBook.apply` is the only reader. */
export type Change =
  | { kind: 'user'; user: UserRecord }
  | { kind: 'user-removed'; login: number }
  | { kind: 'deal'; deal: Deal }
  | { kind: 'position'; position: Position }
  | { kind: 'position-closed'; id: number }
  | { kind: 'login-range'; range: LoginRange }
  | { kind: 'hours'; symbol: string; hours: Hours }
  | { kind: 'margin-rate'; symbol: string; rate: number }
  | { kind: 'bots'; logins: number[]; on: boolean }
  | { kind: 'fault'; fault: Fault }
  | { kind: 'fault-removed'; id: string }
  | { kind: 'late'; late: LateOperation }
  | { kind: 'late-done'; id: string }
  | { kind: 'balance-tampered'; login: number; balanceMinor: bigint; creditMinor: bigint }
  | { kind: 'deal-removed'; ticket: number }
  | { kind: 'deal-edited'; deal: Deal };
