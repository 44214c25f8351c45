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
import { type DealTotals } from '../../domain/trading/deal';
import {
  type AccountLookup,
  type BalanceCheck,
  type BalanceLookup,
  type BalanceOutcome,
  type CreateAccountOutcome,
  type WriteOutcome,
} from '../../domain/trading/outcome';
import { type Measured } from './measured-clock';
import {
  type BalanceOperationRequest,
  type DealPage,
  type DealsSinceOptions,
  type DealTotalsRequest,
  type DealWatermark,
  type FindAccountRequest,
  type FindBalanceOperationRequest,
  type LoginOrGroup,
  type PlatformHealth,
  type ServerTime,
  type SetPasswordRequest,
  type TradingPlatform,
} from './port';

/** The calls that a platform answers from its context: its sessions, its clock and what it has read before. */
type Answered = Omit<
  TradingPlatform,
  | 'serverId'
  | 'capabilities'
  | 'generatePassword'
  | 'serverTime'
  | 'health'
  | 'endSession'
  | 'close'
>;

/** One function for each of these calls; the context comes first. */
export type PlatformParts<Context> = {
  readonly [Call in keyof Answered]: (
    context: Context,
    ...asked: Parameters<Answered[Call]>
  ) => ReturnType<Answered[Call]>;
};

export interface Adapter<Context> {
  readonly capabilities: PlatformCapabilities;
  readonly generatePassword: () => string;
  readonly parts: PlatformParts<Context>;
}

/** The port in front of an adapter's parts. Sessions are ended by each platform in its own way. */
export abstract class AdaptedPlatform<
  Context extends { measure(): Promise<Measured> },
> implements TradingPlatform {
  readonly capabilities: PlatformCapabilities;
  readonly generatePassword: () => string;
  readonly #parts: PlatformParts<Context>;

  constructor(
    readonly serverId: string,
    { capabilities, generatePassword, parts }: Adapter<Context>,
    protected readonly context: Context,
  ) {
    this.capabilities = capabilities;
    this.generatePassword = generatePassword;
    this.#parts = parts;
  }

  abstract endSession(): Promise<void>;
  abstract close(): Promise<void>;

  createAccount(request: CreateAccountRequest): Promise<CreateAccountOutcome> {
    return this.#parts.createAccount(this.context, request);
  }

  findAccount(request: FindAccountRequest): Promise<AccountLookup> {
    return this.#parts.findAccount(this.context, request);
  }

  updateAccount(login: string, changes: AccountChanges): Promise<WriteOutcome> {
    return this.#parts.updateAccount(this.context, login, changes);
  }

  readAccount(login: string): Promise<AccountReading | null> {
    return this.#parts.readAccount(this.context, login);
  }

  setPassword(request: SetPasswordRequest): Promise<WriteOutcome> {
    return this.#parts.setPassword(this.context, request);
  }

  balanceOperation(request: BalanceOperationRequest): Promise<BalanceOutcome> {
    return this.#parts.balanceOperation(this.context, request);
  }

  findBalanceOperation(request: FindBalanceOperationRequest): Promise<BalanceLookup> {
    return this.#parts.findBalanceOperation(this.context, request);
  }

  balanceCheck(login: string): Promise<BalanceCheck> {
    return this.#parts.balanceCheck(this.context, login);
  }

  positions(of: LoginOrGroup): Promise<Position[]> {
    return this.#parts.positions(this.context, of);
  }

  dealsSince(watermark: DealWatermark, options: DealsSinceOptions): Promise<DealPage> {
    return this.#parts.dealsSince(this.context, watermark, options);
  }

  dealTotals(request: DealTotalsRequest): Promise<DealTotals> {
    return this.#parts.dealTotals(this.context, request);
  }

  groups(): Promise<TradingGroup[]> {
    return this.#parts.groups(this.context);
  }

  symbols(): Promise<TradingSymbol[]> {
    return this.#parts.symbols(this.context);
  }

  quotes(symbols: readonly string[]): Promise<SymbolQuote[]> {
    return this.#parts.quotes(this.context, symbols);
  }

  async serverTime(): Promise<ServerTime> {
    return (await this.context.measure()).now;
  }

  async health(): Promise<PlatformHealth> {
    const askedMs = Date.now();
    try {
      const { now } = await this.probe();
      return { ok: true, latencyMs: Date.now() - askedMs, offsetSeconds: now.offsetSeconds };
    } catch (error) {
      return { ok: false, reason: error instanceof Error ? error.message : 'unknown error' };
    }
  }

  /** Throws when anything of the server that must answer does not. */
  protected probe(): Promise<Measured> {
    return this.context.measure();
  }
}
