import type { Permission } from '../access/roles';
import { permissionOfAction } from './actions';

/** As many accounts as one command takes. */
export const bulkAccountsMax = 200;

/**
 * What can be done about many accounts at once. What a second person has to decide (a group, stepping over the
 * policy) is not here: each of those is looked at by itself.
 */
export const bulkActions = [
  'change_leverage',
  'change_type',
  'close',
  'password_link',
  'restrict',
  'lift',
] as const;
export type BulkActionKind = (typeof bulkActions)[number];

/** What came of one account: done, nothing to do, or why not. */
export type BulkOutcome = 'processed' | 'skipped' | 'errored';

/** Refusals that say that the account is already as it was to be. */
const nothingToDo: ReadonlySet<string> = new Set([
  'request_open',
  'same_leverage',
  'same_type',
  'restricted_already',
  'not_restricted',
  'account_ended',
]);

export function outcomeOfRefusal(code: string): Exclude<BulkOutcome, 'processed'> {
  return nothingToDo.has(code) ? 'skipped' : 'errored';
}

export function permissionOfBulk(action: BulkActionKind): Permission {
  return permissionOfAction[action];
}
