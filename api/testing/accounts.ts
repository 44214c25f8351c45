import { insertAccount, moveAccount, type TradingAccount } from '../../db/accounts';
import type { TestApi } from './api';

let lastLogin = 500_000;

/** For tests only: a living account of a client, made without its process. */
export function activeAccount(
  api: TestApi,
  clientId: string,
  of: Partial<Pick<TradingAccount, 'entityId' | 'group' | 'accountType' | 'leverage'>> = {},
): Promise<TradingAccount> {
  lastLogin += 1;
  const login = String(lastLogin);
  return api.system(async (tx) => {
    const made = await insertAccount(tx, {
      entityId: 'cy',
      clientId,
      serverId: 'mt5',
      group: 'real\\cy-eur-std',
      accountType: 'standard',
      currency: 'EUR',
      leverage: 30,
      policyPins: [],
      ...of,
    });
    await moveAccount(tx, made.id, { from: ['requested'], to: 'active', login });
    return { ...made, state: 'active' as const, login };
  });
}
