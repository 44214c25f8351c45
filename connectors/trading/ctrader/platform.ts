import { AdaptedPlatform, type Adapter } from '../adapted-platform';
import { type Measured } from '../measured-clock';
import { generatePassword } from '../mt5/password';
import { type SessionTimeouts } from '../mt5/session';
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

const adapter: Adapter<CtraderContext> = {
  capabilities: {
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
  },
  generatePassword,
  parts: {
    ...accounts,
    ...balance,
    ...deals,
    positions: market.positions,
    groups: market.tradingGroups,
    symbols: market.tradingSymbols,
    quotes: market.symbolQuotes,
  },
};

/** cTrader behind the port: WebServices for accounts and money, the Manager API for what happened. */
export class CtraderPlatform extends AdaptedPlatform<CtraderContext> {
  constructor(serverId: string, options: CtraderOptions) {
    const { rest, manager, caPath, login, plantId, environmentName, timeouts } = options;
    const shared = { caPath, login, passwordHash: accounts.md5(options.password), timeouts };
    const web = new WebServices({ ...shared, rest });
    const managers = new ManagerSession({ ...shared, manager, plantId, environmentName });
    super(serverId, adapter, new CtraderContext(serverId, web, managers, options.brokerName));
  }

  /** Both wires must answer: accounts and money go over one, what happened comes over the other. */
  protected override async probe(): Promise<Measured> {
    const measured = await this.context.measure();
    await this.context.web.read('tradergroups');
    return measured;
  }

  endSession(): Promise<void> {
    this.context.web.end();
    this.context.manager.end();
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.context.web.close();
    this.context.manager.close();
    return Promise.resolve();
  }
}
