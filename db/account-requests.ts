import { newId } from '../domain/ids';
import { conflict, refused } from '../domain/problem';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { insertAccount, readAccount, type TradingAccount } from './accounts';
import { readClientFacts } from './client-facts';
import { asSystem, rows, utc, type Tx } from './connection';
import { enqueueSignal, enqueueStart } from './dispatch';
import { decideByPolicy } from './evaluations';
import { appendEvents } from './events';
import { decryptFor, encryptFor } from './personal-data';

/**
 * Opens a trading account by policy: server, group and leverage come from the client's entity, type, category
 * and currency, and nobody types them. Throws 422 with the rule's reason when policy refuses or needs a person.
 */
export async function requestAccount(
  tx: Tx,
  request: {
    readonly clientId: string;
    readonly accountType: string;
    readonly currency: string;
    readonly platform?: string;
  },
): Promise<TradingAccount> {
  return asSystem(tx, async (system) => {
    const [client] = await rows<{ entity_id: string; residence: string; accounts: number }>(
      system,
      `select c.entity_id, c.residence,
         (select count(*)::int from trading_account a where a.client_id = c.id and a.state not in ('closed', 'archived')) as accounts
       from client c where c.id = :clientId for update`,
      { clientId: request.clientId },
    );
    if (!client) throw new Error(`there is no client ${request.clientId}`);
    const facts = await readClientFacts(system, request.clientId);
    const answer = await decideByPolicy(system, {
      kind: 'account.provisioning',
      subject: request.clientId,
      entityId: client.entity_id,
      clientId: request.clientId,
      personId: request.clientId,
      facts: {
        'client.jurisdiction': client.residence,
        'client.entity': client.entity_id,
        'client.category': facts.category,
        'client.approved': facts.approved,
        'client.accounts': client.accounts,
        'account.type': request.accountType,
        'account.currency': request.currency,
        'account.platform': request.platform ?? 'mt5',
      },
    });
    const { outcome } = answer.evaluation;
    if (outcome.decision !== 'provision') {
      throw refused('account_refused', 'The rules of your entity do not allow this account.', {
        reasons: [...outcome.reasons],
        decision: outcome.decision,
      });
    }
    const account = await insertAccount(system, {
      entityId: client.entity_id,
      clientId: request.clientId,
      serverId: outcome.server,
      group: outcome.group,
      accountType: request.accountType,
      currency: request.currency,
      leverage: outcome.leverage,
      policyPins: answer.pins,
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
          evaluation: answer.id,
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
  });
}

/** A change somebody asked of a living account; the account's process carries it out. */
export interface AccountRequest {
  readonly id: string;
  readonly accountId: string;
  readonly kind: 'set_password';
  readonly state: 'requested' | 'done' | 'refused';
  readonly requestedAt: string;
}

/** Asks for a new platform password. The password is kept as the client's ciphertext until it is set, then dropped. */
export async function requestPassword(
  tx: Tx,
  { accountId, password }: { accountId: string; password: string },
): Promise<void> {
  const account = await readAccount(tx, accountId);
  if (account.state !== 'active')
    throw conflict('account_not_active', 'The account is not active.', { state: account.state });
  await asSystem(tx, async (system) => {
    const id = newId('command');
    await rows(
      system,
      `insert into account_request (id, account_id, entity_id, client_id, kind, secret_ct, state)
       values (:id, :accountId, :entityId, :clientId, 'set_password', :secret, 'requested')`,
      {
        id,
        accountId,
        entityId: account.entityId,
        clientId: account.clientId,
        secret: await encryptFor(system, account.clientId, 'account.password', password),
      },
    );
    await appendEvents(system, [
      {
        subject: accountId,
        type: 'account.password_requested',
        entityId: account.entityId,
        clientId: account.clientId,
        payload: { request: id },
      },
    ]);
    await enqueueSignal(system, {
      workflowId: workflowIds.account(accountId),
      signal: 'changed',
      args: { what: 'request' },
    });
  });
}

export async function pendingRequests(tx: Tx, accountId: string): Promise<AccountRequest[]> {
  const found = await rows<{
    id: string;
    account_id: string;
    kind: 'set_password';
    state: 'requested';
    created_at: string;
  }>(
    tx,
    `select id, account_id, kind, state, created_at from account_request
     where account_id = :accountId and state = 'requested' order by created_at, id limit 50`,
    { accountId },
  );
  return found.map((row) => ({
    id: row.id,
    accountId: row.account_id,
    kind: row.kind,
    state: row.state,
    requestedAt: utc(row.created_at),
  }));
}

export async function passwordOfRequest(tx: Tx, id: string): Promise<string> {
  const [row] = await rows<{ client_id: string; secret_ct: string | null }>(
    tx,
    'select client_id, secret_ct from account_request where id = :id',
    { id },
  );
  if (!row?.secret_ct) throw new Error(`the request ${id} has no password any more`);
  return decryptFor(tx, row.client_id, 'account.password', row.secret_ct);
}

/** Ends a request and drops its secret. */
export async function endRequest(
  tx: Tx,
  id: string,
  { state, code }: { state: 'done' | 'refused'; code?: string },
): Promise<void> {
  const [row] = await rows<{
    account_id: string;
    entity_id: string;
    client_id: string;
    kind: string;
  }>(
    tx,
    `update account_request set state = :state, failure = :code, secret_ct = null, ended_at = clock_timestamp()
     where id = :id and state = 'requested' returning account_id, entity_id, client_id, kind`,
    { id, state, code: code ?? null },
  );
  if (!row) return;
  await appendEvents(tx, [
    {
      subject: row.account_id,
      type: `account.${row.kind}_${state}`,
      entityId: row.entity_id,
      clientId: row.client_id,
      payload: { request: id, ...(code ? { code } : {}) },
    },
  ]);
}
