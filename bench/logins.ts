import type { TradingPlatform } from '../connectors/trading/port';

/** Makes a log-in on the trading server for an account of this id. */
export async function makeLogin(platform: TradingPlatform, accountId: string): Promise<string> {
  const outcome = await platform.createAccount({
    accountId,
    group: 'real\\off-usd-std',
    leverage: 100,
    firstName: 'Bench',
    lastName: 'Account',
    email: 'bench@clients.example',
  });
  if (outcome.kind !== 'done') throw new Error(`no log-in: ${outcome.kind}`);
  return outcome.login;
}
