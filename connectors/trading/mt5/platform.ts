import {
  accountRights,
  type AccountChanges,
  type AccountReading,
  type CreateAccountRequest,
  type Position,
  type TradingGroup,
  type TradingSymbol,
} from '../../../domain/trading/account';
import { type PlatformCapabilities } from '../../../domain/trading/capabilities';
import { type DealTotals } from '../../../domain/trading/deal';
import {
  type AccountLookup,
  type BalanceCheck,
  type BalanceLookup,
  type BalanceOutcome,
  type CreateAccountOutcome,
  type WriteOutcome,
} from '../../../domain/trading/outcome';
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
} from '../port';
import * as accounts from './accounts';
import * as balance from './balance';
import { Mt5Context } from './context';
import * as deals from './deals';
import * as market from './market';
import { generatePassword } from './password';
import { Mt5Session, type SessionOptions } from './session';

const capabilities: PlatformCapabilities = {
  kind: 'mt5',
  name: 'MetaTrader 5',
  balanceRecovery: 'comment',
  commentCharactersMax: 31,
  marginCheckedDebits: true,
  investorPassword: true,
  groupMove: true,
  credit: true,
  rights: accountRights,
  closeOnly: 'group',
  swapFree: 'group',
  history: 'deals',
};

/** MetaTrader 5 behind the port, over its Web API: REST or raw. */
export class Mt5Platform implements TradingPlatform {
  readonly capabilities = capabilities;
  readonly #context: Mt5Context;

  constructor(
    readonly serverId: string,
    options: SessionOptions,
  ) {
    this.#context = new Mt5Context(serverId, new Mt5Session(options));
  }

  createAccount(request: CreateAccountRequest): Promise<CreateAccountOutcome> {
    return accounts.createAccount(this.#context, request);
  }

  findAccount(request: FindAccountRequest): Promise<AccountLookup> {
    return accounts.findAccount(this.#context, request);
  }

  updateAccount(login: string, changes: AccountChanges): Promise<WriteOutcome> {
    return accounts.updateAccount(this.#context, login, changes);
  }

  readAccount(login: string): Promise<AccountReading | null> {
    return accounts.readAccount(this.#context, login);
  }

  generatePassword(): string {
    return generatePassword();
  }

  setPassword(request: SetPasswordRequest): Promise<WriteOutcome> {
    return accounts.setPassword(this.#context, request);
  }

  balanceOperation(request: BalanceOperationRequest): Promise<BalanceOutcome> {
    return balance.balanceOperation(this.#context, request);
  }

  findBalanceOperation(request: FindBalanceOperationRequest): Promise<BalanceLookup> {
    return balance.findBalanceOperation(this.#context, request);
  }

  balanceCheck(login: string): Promise<BalanceCheck> {
    return balance.balanceCheck(this.#context, login);
  }

  positions(of: LoginOrGroup): Promise<Position[]> {
    return market.positions(this.#context, of);
  }

  dealsSince(watermark: DealWatermark, options: DealsSinceOptions): Promise<DealPage> {
    return deals.dealsSince(this.#context, watermark, options);
  }

  dealTotals(request: DealTotalsRequest): Promise<DealTotals> {
    return deals.dealTotals(this.#context, request);
  }

  groups(): Promise<TradingGroup[]> {
    return market.tradingGroups(this.#context);
  }

  symbols(): Promise<TradingSymbol[]> {
    return market.tradingSymbols(this.#context);
  }

  async serverTime(): Promise<ServerTime> {
    return (await this.#context.measure()).now;
  }

  async health(): Promise<PlatformHealth> {
    const askedMs = Date.now();
    try {
      const { now } = await this.#context.measure();
      return { ok: true, latencyMs: Date.now() - askedMs, offsetSeconds: now.offsetSeconds };
    } catch (error) {
      return { ok: false, reason: error instanceof Error ? error.message : 'unknown error' };
    }
  }

  endSession(): Promise<void> {
    return this.#context.session.end();
  }

  close(): Promise<void> {
    return this.#context.session.close();
  }
}
