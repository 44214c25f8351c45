import { type AccountAccess } from '../trading/account';

/** What the holder of a log-in may do: everything, look only, or not even log in. */
export const accessLevels = ['full', 'frozen', 'blocked'] as const;
export type AccessLevel = (typeof accessLevels)[number];

export function isAccessLevel(level: unknown): level is AccessLevel {
  return accessLevels.some((known) => known === level);
}

/** States of a trading account as its row keeps them; restricted and suspended follow from restrictions. */
export const accountStates = [
  'requested',
  'provisioning',
  'waiting',
  'active',
  'suspended',
  'dormant',
  'closing',
  'closed',
  'archived',
] as const;
export type AccountState = (typeof accountStates)[number];

/** States in which the log-in lives on the server and its process serves what is asked. */
export const livingStates: readonly AccountState[] = ['active', 'dormant', 'closing'];

/** States that nothing follows. */
export const endedStates: readonly AccountState[] = ['closed', 'archived'];

/**
 * What the log-in may do now. Restrictions add up: any that covers `login` blocks, any that covers `trade`
 * freezes. An account that closes stays as it was until it is flat, since only its holder can close positions.
 */
export function accessLevel(
  state: AccountState,
  { scopes, flat }: { readonly scopes: ReadonlySet<string>; readonly flat: boolean },
): AccessLevel {
  if (endedStates.includes(state) || scopes.has('login')) return 'blocked';
  if (scopes.has('trade') || (state === 'closing' && flat)) return 'frozen';
  return 'full';
}

/** The level in the words of the trading port. */
export function accessOn(level: AccessLevel): AccountAccess {
  switch (level) {
    case 'full':
      return { loginEnabled: true, tradingEnabled: true, readOnly: false };
    case 'frozen':
      return { loginEnabled: true, tradingEnabled: false, readOnly: false };
    case 'blocked':
      return { loginEnabled: false, tradingEnabled: false, readOnly: false };
  }
}
