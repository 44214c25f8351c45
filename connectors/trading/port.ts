import {
  type AccountChanges,
  type AccountReading,
  type CreateAccountRequest,
  type Position,
  type SymbolQuote,
  type TradingGroup,
  type TradingSymbol,
} from '../../domain/trading/account';
import { type PlatformCapabilities } from '../../domain/trading/capabilities';
import { type BalanceOperationKind, type Deal, type DealTotals } from '../../domain/trading/deal';
import {
  type AccountLookup,
  type BalanceCheck,
  type BalanceLookup,
  type BalanceOutcome,
  type CreateAccountOutcome,
  type WriteOutcome,
} from '../../domain/trading/outcome';
import { type OperationToken } from '../../domain/trading/token';
import { type Money } from '../../domain/money';

/**
 * A trading server, whatever its make. Nothing above this port knows MetaTrader.
 * Writes are sent once and end in one of three ways, never by an exception; reads throw
 * PlatformUnavailable when there is no session, and PlatformRefused when the server says no.
 */
export interface TradingPlatform {
  readonly serverId: string;
  readonly capabilities: PlatformCapabilities;

  /** Makes a log-in with random passwords that nobody keeps; set them when the holder asks. */
  createAccount(request: CreateAccountRequest): Promise<CreateAccountOutcome>;
  /** Finds the log-in of a createAccount whose answer was lost. */
  findAccount(request: FindAccountRequest): Promise<AccountLookup>;
  /** Changes a log-in; sets absolute values, so it may be repeated. */
  updateAccount(login: string, changes: AccountChanges): Promise<WriteOutcome>;
  /** Null when the server has no such log-in. */
  readAccount(login: string): Promise<AccountReading | null>;
  /** A password that the platform's policy accepts, for a link that is shown once. */
  generatePassword(): string;
  setPassword(request: SetPasswordRequest): Promise<WriteOutcome>;

  /** Moves money at the server, once. `unknown` must be looked up before anything else. */
  balanceOperation(request: BalanceOperationRequest): Promise<BalanceOutcome>;
  /** Looks for an operation by its token. Never throws: what cannot be read is `error`. */
  findBalanceOperation(request: FindBalanceOperationRequest): Promise<BalanceLookup>;
  /** The server's balance against its own history; it repairs nothing. */
  balanceCheck(login: string): Promise<BalanceCheck>;

  positions(of: LoginOrGroup): Promise<Position[]>;
  /** The next deals after a watermark, oldest first. */
  dealsSince(watermark: DealWatermark, options: DealsSinceOptions): Promise<DealPage>;
  /** Sums the deals of one log-in between two moments (inclusive, UTC). */
  dealTotals(request: DealTotalsRequest): Promise<DealTotals>;

  groups(): Promise<TradingGroup[]>;
  symbols(): Promise<TradingSymbol[]>;
  /** The latest market of these symbols; one that the server has none of is left out. */
  quotes(symbols: readonly string[]): Promise<SymbolQuote[]>;
  serverTime(): Promise<ServerTime>;
  /** Never throws. */
  health(): Promise<PlatformHealth>;

  /** Ends the session, so that nothing sent on it can still be at work; the next call opens one. */
  endSession(): Promise<void>;
  /** Ends the session for good. */
  close(): Promise<void>;
}

export interface FindAccountRequest {
  readonly accountId: string;
  readonly group: string;
}

export interface SetPasswordRequest {
  readonly login: string;
  /** `main` trades, `investor` looks. */
  readonly kind: 'main' | 'investor';
  readonly password: string;
}

export interface BalanceOperationRequest {
  readonly login: string;
  /** `tokenOf(intent id)`. */
  readonly token: OperationToken;
  /** Signed: negative takes money from the account. The currency must be the account's. */
  readonly amount: Money;
  readonly kind: BalanceOperationKind;
  /** Refuse what free margin or balance does not cover. True unless the house says otherwise. */
  readonly checkMargin: boolean;
}

export interface FindBalanceOperationRequest {
  readonly login: string;
  readonly token: OperationToken;
  readonly amount: Money;
  /** UTC: when the intent was committed, and now. */
  readonly from: Date;
  readonly to: Date;
  /** How far the server's clock may be from what we believe. Six hours unless given. */
  readonly clockSkewSeconds?: number;
}

export type LoginOrGroup = { readonly login: string } | { readonly group: string };

/** Seconds of *server* time up to which every deal has been offered. Start with 0. */
export interface DealWatermark {
  readonly serverTime: number;
}

export interface DealsSinceOptions {
  /** Reads this much before the watermark again: deals come late, and edits keep their time. */
  readonly overlapSeconds: number;
  /** Stops after the slice of time in which this many deals have come together. */
  readonly limit: number;
  /** These groups only; left out, every group of the server. */
  readonly groups?: readonly string[];
  /** These log-ins only, read one by one. */
  readonly logins?: readonly string[];
}

export interface DealPage {
  /** By time, then ticket. Deals in the overlap come again: (server, ticket) is the key. */
  readonly deals: readonly Deal[];
  readonly watermark: DealWatermark;
  /** The watermark has reached the server's present. */
  readonly caughtUp: boolean;
}

export interface DealTotalsRequest {
  readonly login: string;
  readonly from: Date;
  readonly to: Date;
}

export interface ServerTime {
  /** UTC. */
  readonly at: string;
  /** Milliseconds of server time. */
  readonly serverTimeMsc: number;
  readonly offsetSeconds: number;
}

export type PlatformHealth =
  | { readonly ok: true; readonly latencyMs: number; readonly offsetSeconds: number }
  | { readonly ok: false; readonly reason: string };

/** No session, or no readable answer to a read. Worth trying again later. */
export class PlatformUnavailable extends Error {
  override readonly name: string = 'PlatformUnavailable';
}

/** The answer was larger than anybody should read at once: ask for less. */
export class PlatformAnswerTooLarge extends PlatformUnavailable {
  override readonly name = 'PlatformAnswerTooLarge';
}

/** The server refused the log-in of our manager, or could not prove that it knows it. */
export class PlatformAuthRefused extends PlatformUnavailable {
  override readonly name = 'PlatformAuthRefused';
  constructor(
    readonly platformCode: number | null,
    detail: string,
  ) {
    super(detail);
  }
}

/** The server answered a read with a refusal. */
export class PlatformRefused extends Error {
  override readonly name = 'PlatformRefused';
  constructor(
    readonly platformCode: number,
    detail: string,
  ) {
    super(detail);
  }
}
