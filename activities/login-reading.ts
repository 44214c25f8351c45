import type { AccountReading } from '../domain/trading/account';
import {
  PlatformRefused,
  PlatformUnavailable,
  type TradingPlatform,
} from '../connectors/trading/port';

/** A log-in as its server shows it now; `gone` when it has none such, `unread` when it could not be asked. */
export async function readLogin(
  platform: TradingPlatform,
  login: string,
): Promise<AccountReading | 'unread' | 'gone'> {
  try {
    return (await platform.readAccount(login)) ?? 'gone';
  } catch (error) {
    if (error instanceof PlatformUnavailable || error instanceof PlatformRefused) return 'unread';
    throw error;
  }
}
