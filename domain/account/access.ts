import { type AccountAccess } from '../trading/account';

/** What the holder of a log-in may do: everything, close and open nothing, look only, or not even log in. */
export const accessLevels = ['full', 'close_only', 'frozen', 'blocked'] as const;
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

/** States in which nobody uses the account any more; a closed one is archived later, which nothing follows. */
export const endedStates: readonly AccountState[] = ['closed', 'archived'];

/**
 * What the log-in may do now. Restrictions add up: any that covers `login` blocks, any that covers `trade`
 * freezes. An account that ends is its holder's until it is flat, since only its holder can close positions; one
 * that moves opens no new ones meanwhile, where its server can keep it from that (`restrained`).
 */
export function accessLevel(
  state: AccountState,
  {
    scopes,
    flat,
    restrained,
  }: {
    readonly scopes: ReadonlySet<string>;
    readonly flat: boolean;
    readonly restrained: boolean;
  },
): AccessLevel {
  if (endedStates.includes(state) || scopes.has('login')) return 'blocked';
  if (scopes.has('trade') || (state === 'closing' && flat)) return 'frozen';
  return state === 'closing' && restrained ? 'close_only' : 'full';
}

/** The level in the words of the trading port; what its group keeps a log-in from is not its own access. */
export function accessOn(
  level: AccessLevel,
  { byGroup = false }: { readonly byGroup?: boolean } = {},
): AccountAccess {
  const full = { loginEnabled: true, tradingEnabled: true, readOnly: false, closeOnly: false };
  switch (level) {
    case 'full':
      return full;
    case 'close_only':
      return { ...full, closeOnly: !byGroup };
    case 'frozen':
      return { ...full, tradingEnabled: false };
    case 'blocked':
      return { ...full, loginEnabled: false, tradingEnabled: false };
  }
}
