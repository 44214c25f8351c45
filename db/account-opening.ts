import { refused } from '../domain/problem';
import type { OutcomeOf } from '../domain/policy/kinds/registry';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { insertAccount, type TradingAccount } from './accounts';
import { readClientFacts } from './client-facts';
import { asSystem, rows, type Tx } from './connection';
import { enqueueStart } from './dispatch';
import { decideByPolicy } from './evaluations';
import { appendEvents } from './events';

/** What decides, with the client's own facts, where an account belongs. */
export interface AccountWish {
  readonly clientId: string;
  readonly accountType: string;
  readonly currency: string;
  readonly platform?: string;
  /** The account that the new one replaces; it does not count towards the client's limit. */
  readonly instead?: string;
}

export interface Placement {
  readonly entityId: string;
  readonly evaluationId: string;
  readonly pins: readonly string[];
  readonly outcome: OutcomeOf<'account.provisioning'>;
}

/**
 * Opens a trading account by policy: server, group and leverage come from the client's entity, type, category
 * and currency, and nobody types them. Throws 422 with the rule's reason when policy refuses or needs a person.
 */
export async function requestAccount(tx: Tx, wish: AccountWish): Promise<TradingAccount> {
  return asSystem(tx, async (system) => {
    const placement = await placeAccount(system, wish);
    const { outcome } = placement;
    if (outcome.decision !== 'provision') {
      throw refused('account_refused', 'The rules of your entity do not allow this account.', {
        reasons: [...outcome.reasons],
        decision: outcome.decision,
      });
    }
    return openAccount(system, wish, { ...placement, outcome });
  });
}

/** Asks `account.provisioning` where the account belongs, and keeps the evaluation. */
export async function placeAccount(system: Tx, wish: AccountWish): Promise<Placement> {
  const [client] = await rows<{ entity_id: string; residence: string; accounts: number }>(
    system,
    `select c.entity_id, c.residence,
       (select count(*)::int from trading_account a
        where a.client_id = c.id and a.state not in ('closed', 'archived') and a.id is distinct from :instead) as accounts
     from client c where c.id = :clientId for update`,
    { clientId: wish.clientId, instead: wish.instead ?? null },
  );
  if (!client) throw new Error(`there is no client ${wish.clientId}`);
  const facts = await readClientFacts(system, wish.clientId);
  const answer = await decideByPolicy(system, {
    kind: 'account.provisioning',
    subject: wish.clientId,
    entityId: client.entity_id,
    clientId: wish.clientId,
    personId: wish.clientId,
    facts: {
      'client.jurisdiction': client.residence,
      'client.entity': client.entity_id,
      'client.category': facts.category,
      'client.approved': facts.approved,
      'client.accounts': client.accounts,
      'account.type': wish.accountType,
      'account.currency': wish.currency,
      'account.platform': wish.platform ?? 'mt5',
    },
  });
  return {
    entityId: client.entity_id,
    evaluationId: answer.id,
    pins: answer.pins,
    outcome: answer.evaluation.outcome,
  };
}

type Provided = Placement & {
  readonly outcome: Extract<Placement['outcome'], { decision: 'provision' }>;
};

/** Writes the account and asks for its process, which makes the log-in on the server. */
export async function openAccount(
  system: Tx,
  wish: AccountWish,
  { entityId, evaluationId, pins, outcome }: Provided,
): Promise<TradingAccount> {
  const account = await insertAccount(system, {
    entityId,
    clientId: wish.clientId,
    serverId: outcome.server,
    group: outcome.group,
    accountType: wish.accountType,
    currency: wish.currency,
    leverage: outcome.leverage,
    policyPins: pins,
    ...(wish.instead === undefined ? {} : { migratedFrom: wish.instead }),
  });
  await appendEvents(system, [
    {
      subject: account.id,
      type: 'account.requested',
      entityId: account.entityId,
      clientId: account.clientId,
      payload: {
        server: account.serverId,
        group: account.group,
        leverage: account.leverage,
        type: account.accountType,
        evaluation: evaluationId,
        ...(wish.instead === undefined ? {} : { instead: wish.instead }),
      },
    },
  ]);
  await enqueueStart(system, {
    workflow: 'tradingAccount',
    workflowId: workflowIds.account(account.id),
    taskQueue: taskQueues.workflows,
    args: { id: account.id },
    subject: account.id,
    entityId: account.entityId,
    clientId: account.clientId,
  });
  return account;
}
