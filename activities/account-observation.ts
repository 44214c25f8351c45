import type { AccountReading } from '../domain/trading/account';
import type { TradingPlatform } from '../connectors/trading/port';
import type { TradingAccount } from '../db/accounts';

/** What the server says about an account now. */
export interface Observation {
  readonly reading: AccountReading;
  readonly openPositions: number;
}

export async function observe(
  platform: TradingPlatform,
  account: TradingAccount,
): Promise<Observation> {
  const login = loginOf(account);
  const reading = await platform.readAccount(login);
  if (!reading) throw new Error(`the server does not know the log-in of ${account.id}`);
  const positions = await platform.positions({ login });
  return { reading, openPositions: positions.length };
}

export function loginOf(account: TradingAccount): string {
  if (account.login === null) throw new Error(`${account.id} has no log-in`);
  return account.login;
}
