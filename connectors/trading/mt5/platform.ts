import { accountRights } from '../../../domain/trading/account';
import { AdaptedPlatform, type Adapter } from '../adapted-platform';
import * as accounts from './accounts';
import * as balance from './balance';
import { Mt5Context } from './context';
import * as deals from './deals';
import * as market from './market';
import { generatePassword } from './password';
import { Mt5Session, type SessionOptions } from './session';

const adapter: Adapter<Mt5Context> = {
  capabilities: {
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

/** MetaTrader 5 behind the port, over its Web API: REST or raw. */
export class Mt5Platform extends AdaptedPlatform<Mt5Context> {
  constructor(serverId: string, options: SessionOptions) {
    super(serverId, adapter, new Mt5Context(serverId, new Mt5Session(options)));
  }

  endSession(): Promise<void> {
    return this.context.session.end();
  }

  close(): Promise<void> {
    return this.context.session.close();
  }
}
