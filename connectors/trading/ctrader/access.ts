import { type AccountAccess, type AccountRight } from '../../../domain/trading/account';

/** `accessRights`: one word where other platforms have bits; the strictest of what is asked holds. */
export type AccessRights = 'FULL_ACCESS' | 'CLOSE_ONLY' | 'NO_TRADING' | 'NO_LOGIN';

export const fullAccess: AccountAccess = {
  loginEnabled: true,
  tradingEnabled: true,
  readOnly: false,
  closeOnly: false,
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
      return { ...fullAccess, closeOnly: true };
    case 'NO_TRADING':
      return { ...fullAccess, tradingEnabled: false };
    default:
      return { ...fullAccess, loginEnabled: false, tradingEnabled: false };
  }
}

/** Who may only look trades nothing: cTrader has no other word for that than NO_TRADING. */
export function rightsOf(access: AccountAccess): AccessRights {
  if (!access.loginEnabled) return 'NO_LOGIN';
  if (!access.tradingEnabled || access.readOnly) return 'NO_TRADING';
  return access.closeOnly ? 'CLOSE_ONLY' : 'FULL_ACCESS';
}
