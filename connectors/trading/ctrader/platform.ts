import {
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
import { generatePassword } from '../mt5/password';
import { type SessionTimeouts } from '../mt5/session';
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
import { FreshMarket } from '../fresh-market';
import * as accounts from './accounts';
import * as balance from './balance';
import { CtraderContext } from './context';
import * as deals from './deals';
import { ManagerSession } from './manager-session';
import * as market from './market';
import { WebServices } from './web-services';

export interface CtraderOptions {
  /** WebServices: `https://host:port`. */
  readonly rest: string;
  /** Manager API: `host:port`. */
  readonly manager: string;
  /** PEM of the authority that signed both certificates; null trusts the system's. */
  readonly caPath: string | null;
  /** The manager's log-in and password, the same on both. */
  readonly login: string;
  readonly password: string;
  /** What the Manager API is told of itself: the broker's plant and `live` or `demo`. */
  readonly plantId: string;
  readonly environmentName: string;
  /** The brand under which new accounts stand. */
  readonly brokerName: string;
  readonly timeouts: SessionTimeouts;
}

const capabilities: PlatformCapabilities = {
  kind: 'ctrader',
  name: 'cTrader',
  balanceRecovery: 'external_id',
  commentCharactersMax: balance.commentMax,
  marginCheckedDebits: false,
  investorPassword: false,
  groupMove: true,
  credit: true,
  rights: ['trade'],
  closeOnly: 'login',
  swapFree: 'login',
  history: 'deals',
};

/** cTrader behind the port: WebServices for accounts and money, the Manager API for what happened. */
export class CtraderPlatform implements TradingPlatform {
  readonly capabilities = capabilities;
  readonly #context: CtraderContext;
  readonly #market = new FreshMarket();

  constructor(
    readonly serverId: string,
    options: CtraderOptions,
  ) {
    const { rest, manager, caPath, login, plantId, environmentName, timeouts } = options;
    const shared = { caPath, login, passwordHash: accounts.md5(options.password), timeouts };
    this.#context = new CtraderContext(
      serverId,
      new WebServices({ ...shared, rest }),
      new ManagerSession({ ...shared, manager, plantId, environmentName }),
      options.brokerName,
    );
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
    return deals.dealsSince(this.#context, this.#market, { watermark, options });
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

  /** Both wires must answer: accounts and money go over one, what happened comes over the other. */
  async health(): Promise<PlatformHealth> {
    const askedMs = Date.now();
    try {
      const { now } = await this.#context.measure();
      await this.#context.web.read('tradergroups');
      return { ok: true, latencyMs: Date.now() - askedMs, offsetSeconds: now.offsetSeconds };
    } catch (error) {
      return { ok: false, reason: error instanceof Error ? error.message : 'unknown error' };
    }
  }

  endSession(): Promise<void> {
    this.#context.web.end();
    this.#context.manager.end();
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#context.web.close();
    this.#context.manager.close();
    return Promise.resolve();
  }
}
