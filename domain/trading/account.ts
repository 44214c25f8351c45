import { type Money } from '../money';

/** What the holder of a log-in may do there. */
export interface AccountAccess {
  /** May log in at all (MT5: right 0x1). Clearing it blocks the log-in. */
  readonly loginEnabled: boolean;
  /** May trade (MT5: right 0x4 *clear*). Clearing it freezes the account. */
  readonly tradingEnabled: boolean;
  /** May look and close nothing, open nothing (MT5: right 0x200). */
  readonly readOnly: boolean;
  /** May close positions and open none. Only where the platform keeps that of one log-in (`closeOnly` is `login`). */
  readonly closeOnly: boolean;
}

/** What a log-in may be given or denied for good, beside what the house blocks and opens again. */
export const accountRights = [
  /** Open and close positions. */
  'trade',
  /** Let programs trade (expert advisors). */
  'experts',
  'trailing_stops',
  /** Statements by mail from the server itself. */
  'reports',
  'change_password',
] as const;
export type AccountRight = (typeof accountRights)[number];

/** What a new log-in gets. Personal data passes through to the server and is never logged. */
export interface CreateAccountRequest {
  /** Our account id; a token of it is carried on the server, so that a lost answer is found again. */
  readonly accountId: string;
  readonly group: string;
  readonly leverage: number;
  readonly firstName: string;
  readonly lastName: string;
  readonly email: string;
  readonly phone?: string;
  /** English name of the country, as the platform shows it. */
  readonly country?: string;
  /** A log-in of our choice; left out, the server allocates one from its range. */
  readonly login?: string;
  readonly access?: AccountAccess;
  /** Left out, all that the platform knows. What it cannot deny to one log-in is not asked of it here. */
  readonly rights?: readonly AccountRight[];
  /** For platforms whose log-ins are swap-free by themselves; elsewhere the group says so. */
  readonly swapFree?: boolean;
}

/** What may be changed on a log-in; what is left out stays. */
export interface AccountChanges {
  readonly group?: string;
  readonly leverage?: number;
  readonly access?: Partial<AccountAccess>;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly email?: string;
  readonly phone?: string;
  readonly country?: string;
}

/** A log-in as the server sees it now. Amounts are in the currency of its group. */
export interface AccountReading {
  readonly login: string;
  readonly group: string;
  readonly currency: string;
  readonly leverage: number;
  readonly access: AccountAccess;
  /** `tokenOf(accountId)` for a log-in that we made, else whatever stands there. */
  readonly accountToken: string;
  readonly balance: Money;
  readonly credit: Money;
  /** Profit and swap of the open positions. */
  readonly floating: Money;
  readonly equity: Money;
  readonly margin: Money;
  readonly marginFree: Money;
  /** UTC. */
  readonly registeredAt: string | null;
  readonly lastAccessAt: string | null;
}

/** An open position. */
export interface Position {
  readonly server: string;
  readonly positionId: string;
  readonly login: string;
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  /** In 1e-8 lots. */
  readonly volume: bigint;
  readonly contractSize: string;
  readonly priceOpen: string;
  readonly priceCurrent: string;
  readonly profitMinor: bigint;
  readonly swapMinor: bigint;
  readonly currency: string;
  /** UTC. */
  readonly openedAt: string;
  readonly comment: string;
  readonly raw: Readonly<Record<string, string>>;
}

/** The market of a symbol, decimal strings. */
export interface SymbolQuote {
  readonly symbol: string;
  readonly bid: string;
  readonly ask: string;
  /** UTC: when the server had it; before that its market may have been closed for days. */
  readonly at: string;
}

export interface TradingGroup {
  readonly name: string;
  readonly currency: string;
  readonly currencyDigits: number;
  readonly marginMode: 'netting' | 'exchange' | 'hedging';
  /** Margin levels in per cent, decimal strings. */
  readonly marginCall: string;
  readonly stopOut: string;
  readonly defaultLeverage: number | null;
}

export interface TradingSymbol {
  readonly name: string;
  readonly digits: number;
  readonly contractSize: string;
  readonly baseCurrency: string;
  readonly profitCurrency: string;
  readonly marginCurrency: string;
  /** How many times the ordinary margin it asks: 1.5 makes 1:20 of 1:30. 1 where the server says nothing. */
  readonly marginRate: number;
  /** False: its margin does not depend on the account's leverage. */
  readonly usesAccountLeverage: boolean;
  readonly raw: Readonly<Record<string, string>>;
}
