import type { AccountAction } from '../../../domain/account/actions';
import { platformKinds, type PlatformKind } from '../../../domain/trading/capabilities';
import { platformInWords } from '../../../domain/account/words';

export interface ActionWords {
  /** Last part of the action's address. */
  readonly path: string;
  readonly label: string;
}

export const actionWords: Readonly<Record<AccountAction, ActionWords>> = {
  change_leverage: { path: 'leverage', label: 'Change the leverage' },
  change_type: { path: 'type', label: 'Change the account type' },
  migrate: { path: 'migrate', label: 'Move to another platform' },
  move_group: { path: 'group', label: 'Move to another group' },
  override: { path: 'override', label: 'Step over the policy' },
  password_link: { path: 'password-link', label: 'Send a password link' },
  restrict: { path: 'restrict', label: 'Restrict the account' },
  lift: { path: 'lift', label: 'Lift a restriction' },
  trace: { path: 'trace', label: 'Write down a search for its owner' },
  close: { path: 'close', label: 'Close the account' },
};

export const platformOptions = platformKinds.map((value: PlatformKind) => ({
  value,
  label: platformInWords(value),
}));
