import { refused } from '../domain/problem';
import type { Tx } from './connection';
import { inTurn } from './in-turn';
import { effectivePolicy } from './policies';

/**
 * Refuses with 422 `unknown_account_type` what the policy of none of the entities names. Types stand in clear in
 * requests, tasks and events, so nobody's own words may pass for one.
 */
export async function assertAccountType(
  tx: Tx,
  entityIds: readonly string[],
  accountType: string,
): Promise<void> {
  const named = await inTurn(entityIds, async (entityId) => {
    const policy = await effectivePolicy(tx, 'account.provisioning', { entityId });
    return policy.compiled.effective.parameters.accountTypes;
  });
  const accountTypes = [...new Set(named.flat())];
  if (accountTypes.includes(accountType)) return;
  throw refused('unknown_account_type', 'There is no such type of account.', { accountTypes });
}
