import { AdaptedPlatform, type Adapter } from '../adapted-platform';
import * as accounts from './accounts';
import * as balance from './balance';
import { Mt4Context } from './context';
import * as deals from './deals';
import * as market from './market';
import { generatePassword } from './password';
import { Mt4Session, type SessionOptions } from './session';

const adapter: Adapter<Mt4Context> = {
  capabilities: {
    kind: 'mt4',
    name: 'MetaTrader 4',
    // The bridge's key would replay an answer, but only by sending the money again: we look instead.
    balanceRecovery: 'comment',
    commentCharactersMax: balance.commentCharactersMax,
    marginCheckedDebits: false,
    investorPassword: true,
    groupMove: true,
    credit: true,
    rights: ['trade', 'reports', 'change_password'],
    closeOnly: 'group',
    swapFree: 'group',
    history: 'closed_trades',
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

/** MetaTrader 4 behind the port, over its network bridge. */
export class Mt4Platform extends AdaptedPlatform<Mt4Context> {
  constructor(serverId: string, options: SessionOptions) {
    super(serverId, adapter, new Mt4Context(serverId, new Mt4Session(options)));
  }

  async endSession(): Promise<void> {
    await Promise.resolve(this.context.session.end());
  }

  async close(): Promise<void> {
    await Promise.resolve(this.context.session.close());
  }
}
