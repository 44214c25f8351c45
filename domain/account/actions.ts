import type { Permission } from '../access/roles';
import { livingStates } from './access';
import type { AccountRequestKind } from './request';
import { type ShownState } from './shown-state';
import { kindInWords } from './words';

/** What a person can do about an account: the requests to its process, its password link and its restrictions. */
export const accountActions = [
  'change_leverage',
  'change_type',
  'migrate',
  'move_group',
  'override',
  'password_link',
  'restrict',
  'lift',
  'trace',
  'close',
] as const;
export type AccountAction = (typeof accountActions)[number];

/** What a colleague needs for it; a holder needs to hold the account. */
export const permissionOfAction: Readonly<Record<AccountAction, Permission>> = {
  change_leverage: 'account.operate',
  change_type: 'account.operate',
  migrate: 'account.operate',
  move_group: 'account.operate',
  override: 'account.operate',
  close: 'account.operate',
  trace: 'account.operate',
  password_link: 'account.resend',
  restrict: 'restriction.set',
  lift: 'restriction.lift',
};

/** What a holder may ask for. Which group an account is in, and stepping over the policy, is the house's. */
export const actionsOfHolder: readonly AccountAction[] = [
  'change_leverage',
  'change_type',
  'migrate',
  'close',
  'password_link',
];

/** Requests that end the account: beside one that is open nothing else makes sense. */
export const endingKinds: readonly AccountRequestKind[] = ['close', 'migrate'];

export interface ActionStanding {
  /** `active`, `dormant` or `closing` have a log-in to change. */
  readonly state: ShownState;
  readonly openKinds: readonly AccountRequestKind[];
  /** Restrictions on this account alone that the person sees and did not set. */
  readonly liftable: number;
  /** Restrictions on this account alone that the person sees. */
  readonly restrictions: number;
}

/** Why the action is not possible as things stand, in words; null when it is. Permissions are another question. */
export function whyNotNow(
  action: AccountAction,
  { state, openKinds, liftable, restrictions }: ActionStanding,
): string | null {
  if (action === 'restrict') return isOver(state) ? 'The account has ended.' : null;
  // Whose it is may be asked of an account that has ended, too.
  if (action === 'trace') return null;
  if (action === 'lift') {
    if (restrictions === 0) return 'Nothing restricts this account alone.';
    return liftable === 0 ? 'You set the restriction: another person has to lift it.' : null;
  }
  if (isOver(state)) return 'The account has ended.';
  if (!hasLogin(state)) return 'There is no log-in yet.';
  if (action === 'password_link')
    return state === 'suspended' ? 'Nobody may log in to the account at the moment.' : null;
  const ending = openKinds.find((kind) => endingKinds.includes(kind));
  if (ending !== undefined) return `A ${kindInWords(ending)} is under way.`;
  return openKinds.includes(action) ? `A ${kindInWords(action)} is under way already.` : null;
}

function hasLogin(state: ShownState): boolean {
  return state === 'restricted' || state === 'suspended' || livingStates.some((s) => s === state);
}

function isOver(state: ShownState): boolean {
  return state === 'closed' || state === 'archived';
}
