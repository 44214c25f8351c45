import type { AccountReading } from '../trading/account';
import { accessOn, isAccessLevel, type AccessLevel } from './access';

/**
 * What an account's process sets on its server, as the intent keeps it. All of it is absolute, so that it may be
 * sent again, and reading the log-in back tells whether it was done. A password is not here.
 */
export type AccountWrite =
  /** `group` where the log-in moves with it: to one that allows closing alone, or back to its own. */
  | { readonly what: 'access'; readonly level: AccessLevel; readonly group?: string }
  | { readonly what: 'settings'; readonly group: string; readonly leverage: number }
  | { readonly what: 'password' };

/** Whether the log-in is as the write wants it; `unreadable` for a password, which no server shows. */
export function isAsWanted(reading: AccountReading, write: AccountWrite): boolean | 'unreadable' {
  switch (write.what) {
    case 'access': {
      const wanted = accessOn(write.level, { byGroup: write.group !== undefined });
      if (write.group !== undefined && reading.group !== write.group) return false;
      // What else is forbidden to a log-in that nobody can use, platforms tell differently.
      if (!wanted.loginEnabled) return !reading.access.loginEnabled;
      return (
        reading.access.loginEnabled &&
        reading.access.tradingEnabled === wanted.tradingEnabled &&
        reading.access.closeOnly === wanted.closeOnly
      );
    }
    case 'settings':
      return reading.group === write.group && reading.leverage === write.leverage;
    case 'password':
      return 'unreadable';
  }
}

/** The write that an intent's row names. Throws on anything else: it was written by this product alone. */
export function parseAccountWrite(wanted: unknown): AccountWrite {
  if (wanted !== null && typeof wanted === 'object' && 'what' in wanted) {
    if (wanted.what === 'password') return { what: 'password' };
    if (wanted.what === 'access' && 'level' in wanted && isAccessLevel(wanted.level)) {
      const group = 'group' in wanted && typeof wanted.group === 'string' ? wanted.group : null;
      return { what: 'access', level: wanted.level, ...(group === null ? {} : { group }) };
    }
    if (
      wanted.what === 'settings' &&
      'group' in wanted &&
      typeof wanted.group === 'string' &&
      'leverage' in wanted &&
      typeof wanted.leverage === 'number'
    )
      return { what: 'settings', group: wanted.group, leverage: wanted.leverage };
  }
  throw new Error(`no change of a log-in: ${JSON.stringify(wanted)}`);
}
