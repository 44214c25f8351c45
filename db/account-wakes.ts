import { workflowIds } from '../temporal-config/workflow-ids';
import { rows, type Tx } from './connection';
import { enqueueSignals } from './dispatch';

/** A deal as far as it can change what an account's process has to do. */
export interface WakingDeal {
  readonly accountId: string;
  readonly kind: string;
}

/**
 * Wakes the accounts whose state the deals have changed, set-based: a balance below zero now, a trade on a dormant
 * account, and any deal of an account that waits to be flat and empty, whose last look at the server is old by it.
 * Call it after the deals are posted, in the same transaction.
 */
export async function wakeByDeals(tx: Tx, deals: readonly WakingDeal[]): Promise<void> {
  if (deals.length === 0) return;
  const touched = [...new Set(deals.map(({ accountId }) => accountId))];
  const traded = deals.filter(({ kind }) => kind === 'trade').map(({ accountId }) => accountId);
  const woken = await rows<{ id: string }>(
    tx,
    `with changed as (
       select a.id, a.state from trading_account a
       left join ledger_account l on l.id = a.entity_id || '/trading/' || a.id || '/' || a.currency
       where a.id = any (:touched) and (a.state = 'closing' or (a.state = 'dormant' and a.id = any (:traded))
         or (a.state in ('active', 'dormant') and l.balance < 0))
     ), looked as (
       update account_request r set look = r.look || '{"isOld": true}' from changed c
       where c.state = 'closing' and r.account_id = c.id and r.state = 'working' and r.look is not null
     )
     update trading_account a set due_at = case when c.state = 'closing' then a.due_at else clock_timestamp() end
     from changed c where a.id = c.id returning a.id`,
    { touched, traded: [...new Set(traded)] },
  );
  await signal(tx, woken);
}

/** The client has moved money by themselves: accounts that sleep look whether that wakes them. */
export async function wakeDormantAccounts(tx: Tx, clientId: string): Promise<void> {
  const woken = await rows<{ id: string }>(
    tx,
    `update trading_account set due_at = clock_timestamp() where client_id = :clientId and state = 'dormant' returning id`,
    { clientId },
  );
  await signal(tx, woken);
}

function signal(tx: Tx, woken: readonly { readonly id: string }[]): Promise<void> {
  return enqueueSignals(
    tx,
    woken.map(({ id }) => ({
      workflowId: workflowIds.account(id),
      signal: 'changed',
      args: { what: 'due' },
    })),
  );
}
