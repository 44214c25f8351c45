import { actionsOfHolder } from '../domain/account/actions';
import { may } from '../domain/access/scope';
import { forbidden, malformed, Problem } from '../domain/problem';
import { askOfAccount, type AccountRequest, type WordedAsk } from './account-requests';
import { readAccount } from './accounts';
import type { Tx } from './connection';

/**
 * A person asks something of an account: its holder what is theirs to ask, staff with `account.operate` everything.
 * Answers the request, which the account's process decides on by policy or hands to a second person. Throws 403, 404,
 * and what `askOfAccount` throws.
 */
export async function askForChange(
  tx: Tx,
  accountId: string,
  { ask, reason }: { readonly ask: WordedAsk; readonly reason?: string | undefined },
): Promise<AccountRequest> {
  // First, so that another's account is as little there as one that nobody has.
  await readAccount(tx, accountId);
  assertMayAsk(tx, ask);
  if (ask.kind === 'override' && ask.leverage === undefined && ask.group === undefined) {
    throw malformed('Say what is to be set.', [
      { pointer: '/body/leverage', detail: 'or a group is required' },
    ]);
  }
  return askOfAccount(tx, accountId, ask, { reason });
}

function assertMayAsk({ scope }: Tx, { kind }: WordedAsk): void {
  if (scope.kind === 'client') {
    if (actionsOfHolder.includes(kind)) return;
    throw new Problem({
      status: 403,
      code: 'forbidden',
      detail: 'This is not for the holder of an account to ask.',
    });
  }
  if (!may(scope, 'account.operate')) throw forbidden('account.operate');
}
