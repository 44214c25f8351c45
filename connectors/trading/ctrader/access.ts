import { type AccountAccess, type AccountRight } from '../../../domain/trading/account';

/** `accessRights`: one word where other platforms have bits; the strictest of what is asked holds. */
export type AccessRights = 'FULL_ACCESS' | 'CLOSE_ONLY' | 'NO_TRADING' | 'NO_LOGIN';

export const fullAccess: AccountAccess = {
  loginEnabled: true,
  tradingEnabled: true,
  readOnly: false,
};

/** What a new log-in may do: of all rights cTrader knows trading alone. */
export function accessWith(given: readonly AccountRight[] | undefined): AccountAccess {
  return { ...fullAccess, tradingEnabled: given?.includes('trade') ?? true };
}

/** Unknown words are read as the strictest: nobody is let in by a word that is new to us. */
export function accessOf(rights: string): AccountAccess {
  switch (rights) {
    case 'FULL_ACCESS':
      return fullAccess;
    case 'CLOSE_ONLY':
      return { ...fullAccess, readOnly: true };
    case 'NO_TRADING':
      return { ...fullAccess, tradingEnabled: false };
    default:
      return { loginEnabled: false, tradingEnabled: false, readOnly: false };
  }
}

/** A log-in that may open nothing is CLOSE_ONLY: cTrader has nothing between that and NO_TRADING. */
export function rightsOf(access: AccountAccess): AccessRights {
  if (!access.loginEnabled) return 'NO_LOGIN';
  if (!access.tradingEnabled) return 'NO_TRADING';
  return access.readOnly ? 'CLOSE_ONLY' : 'FULL_ACCESS';
}
