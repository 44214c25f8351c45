/** A deal of a trading server in our own words; the adapter of each platform writes it. */
export interface Deal {
  /** Id of our trading server; (server, ticket) is the key under which a deal counts once. */
  readonly server: string;
  readonly ticket: string;
  readonly login: string;
  readonly orderId: string | null;
  readonly positionId: string | null;
  readonly kind: DealKind;
  readonly side: DealSide | null;
  /** `reverse` closes a position and opens its opposite in one record; who counts volume splits it. */
  readonly entry: DealEntry | null;
  readonly reason: DealReason | null;
  readonly symbol: string | null;
  /** In 1e-8 lots: one lot is 100000000n. */
  readonly volume: bigint;
  /** How much of the volume closed something, in 1e-8 lots. */
  readonly volumeClosed: bigint;
  /** Decimal string in the symbol's quote, null for what is not a trade. */
  readonly price: string | null;
  /** Open price of the position that this deal closed. */
  readonly pricePosition: string | null;
  /** Minor units of `currency`; for `balance`, `credit` and their kin this is the amount. */
  readonly profitMinor: bigint;
  readonly swapMinor: bigint;
  readonly commissionMinor: bigint;
  readonly feeMinor: bigint;
  readonly currency: string;
  /**
   * The market when the deal was made, decimal strings: as the server kept it with the deal, or else the market at the
   * moment the deal was read, when that was soon enough after; null when neither is known.
   */
  readonly bid: string | null;
  readonly ask: string | null;
  /** Which of the two; null without bid and ask. */
  readonly quoted: 'deal' | 'tick' | null;
  /** Digits of the price after the point, when the deal or its symbol says it. */
  readonly digits: number | null;
  readonly contractSize: string | null;
  /**
   * Decimal string: the symbol's profit currency to the account's. As the server says it, or 1 for the same currency,
   * or by the market or the deal's own money; null when nothing tells.
   */
  readonly profitRate: string | null;
  /** UTC, ISO 8601 with milliseconds, from the server's offset. */
  readonly time: string;
  /** What the server wrote: milliseconds of *server* time. Windows and watermarks use this one. */
  readonly serverTimeMsc: number;
  readonly comment: string;
  /** Somebody edited the deal after it was made. */
  readonly modified: boolean;
  /** Every field of the platform, as sent. */
  readonly raw: Readonly<Record<string, string>>;
}

/** The fields of a deal that traded nothing, before its money is put in. */
export const nothingTraded = {
  orderId: null,
  positionId: null,
  side: null,
  entry: null,
  reason: null,
  symbol: null,
  volume: 0n,
  volumeClosed: 0n,
  price: null,
  pricePosition: null,
  profitMinor: 0n,
  swapMinor: 0n,
  commissionMinor: 0n,
  feeMinor: 0n,
  bid: null,
  ask: null,
  quoted: null,
  digits: null,
  contractSize: null,
  profitRate: null,
  modified: false,
} as const satisfies Partial<Deal>;

export type DealSide = 'buy' | 'sell';
export type DealEntry = 'in' | 'out' | 'reverse' | 'out_by';

export type DealKind =
  | 'trade'
  | 'balance'
  | 'credit'
  | 'charge'
  | 'correction'
  | 'bonus'
  | 'commission'
  | 'agent_commission'
  | 'interest'
  | 'cancelled'
  | 'dividend'
  | 'tax'
  | 'stop_out_compensation'
  | 'other';

export type DealReason =
  'client' | 'expert' | 'dealer' | 'stop_loss' | 'take_profit' | 'stop_out' | 'other';

/** What a balance operation can be; the sign of its amount gives the direction. */
export type BalanceOperationKind = 'balance' | 'credit' | 'charge' | 'correction' | 'bonus';

const operationKinds: ReadonlySet<DealKind> = new Set<DealKind>([
  'balance',
  'credit',
  'charge',
  'correction',
  'bonus',
]);

/** Whether the deal is a balance operation: money moved by the house, not by the market. */
export function isBalanceOperation(deal: Deal): boolean {
  return operationKinds.has(deal.kind);
}

/** What the deal did to the account's money, minor units. A `credit` moves credit, not balance. */
export function netMinor(deal: Deal): bigint {
  return deal.profitMinor + deal.swapMinor + deal.commissionMinor + deal.feeMinor;
}

/** Sums over the deals of one log-in, to hold against the server's own balance. */
export interface DealTotals {
  readonly login: string;
  readonly currency: string;
  readonly count: number;
  readonly profitMinor: bigint;
  readonly swapMinor: bigint;
  readonly commissionMinor: bigint;
  readonly feeMinor: bigint;
  /** What all deals but credits add up to: over a log-in's whole life it is the balance. */
  readonly balanceMinor: bigint;
  /** What the credits add up to. */
  readonly creditMinor: bigint;
}

/** Sums deals of one log-in. Cancelled deals count: they keep their place and carry no money. */
export function totalDeals(login: string, currency: string, deals: Iterable<Deal>): DealTotals {
  const sum = { count: 0, profit: 0n, swap: 0n, commission: 0n, fee: 0n, balance: 0n, credit: 0n };
  for (const deal of deals) {
    if (deal.login !== login || deal.currency !== currency) {
      throw new RangeError(`deal ${deal.ticket} is not of log-in ${login} in ${currency}`);
    }
    sum.count += 1;
    sum.profit += deal.profitMinor;
    sum.swap += deal.swapMinor;
    sum.commission += deal.commissionMinor;
    sum.fee += deal.feeMinor;
    if (movesCredit(deal)) sum.credit += deal.profitMinor;
    else sum.balance += netMinor(deal);
  }
  return {
    login,
    currency,
    count: sum.count,
    profitMinor: sum.profit,
    swapMinor: sum.swap,
    commissionMinor: sum.commission,
    feeMinor: sum.fee,
    balanceMinor: sum.balance,
    creditMinor: sum.credit,
  };
}

/** MT5 books action 3 alone into the credit; a bonus (6) is balance. */
function movesCredit(deal: Deal): boolean {
  return deal.kind === 'credit';
}
