import { type AccessLevel, type AccountState } from './access';

/** States of an account as people read them; restricted and suspended follow from what its log-in may do. */
export const shownStates = [
  'requested',
  'provisioning',
  'waiting',
  'active',
  'restricted',
  'suspended',
  'dormant',
  'closing',
  'closed',
  'archived',
] as const;
export type ShownState = (typeof shownStates)[number];

/** States in which a restriction is told; an account that closes or has ended reads as that. */
const restrictable: readonly AccountState[] = ['active', 'dormant'];

/**
 * `suspended` when the holder cannot even log in, `restricted` when less than everything is possible. From the
 * access as it stands on the server, not from the restriction rows: a hidden row then reads like any other.
 */
export function shownState({
  state,
  access,
}: {
  readonly state: AccountState;
  readonly access: AccessLevel;
}): ShownState {
  if (!restrictable.includes(state) || access === 'full') return state;
  return access === 'blocked' ? 'suspended' : 'restricted';
}
