import type { EventType } from '../domain/access/event-access';
import { livingStates } from '../domain/account/access';
import type { Instant } from '../domain/account/instant';
import { newId } from '../domain/ids';
import { type Breach, breachInWords, breachKey } from '../domain/leverage/breach';
import { accountColumns, accountFromRow, type AccountRow, type TradingAccount } from './accounts';
import { rows, type Tx } from './connection';
import { appendEvents, type Json } from './events';
import { cancelTask, openTask, taskOfKey } from './tasks';

/** An account that is held against the rules on leverage, and whose they are. */
export interface LeveragedHolder {
  readonly account: TradingAccount & { readonly login: string };
  readonly category: string;
  readonly residence: string;
}

/** The next living accounts of a server in order of id; play money has no rules to keep. */
export async function accountsToHold(
  tx: Tx,
  serverId: string,
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<LeveragedHolder[]> {
  const found = await rows<AccountRow & { category: string; residence: string }>(
    tx,
    `select a.*, c.category, c.residence
     from (select ${accountColumns} from trading_account
       where server_id = :serverId and state = any (:states) and login is not null and not demo
         and (:after::text is null or id > :after)
       order by id limit :limit) a
     join client c on c.id = a.client_id order by a.id`,
    { serverId, states: [...livingStates], after, limit },
  );
  return found.flatMap(({ category, residence, ...row }) => {
    const account = accountFromRow(row);
    const { login } = account;
    return login === null ? [] : [{ account: { ...account, login }, category, residence }];
  });
}

interface OpenBreach {
  readonly id: string;
  readonly breach_key: string;
}

/**
 * Keeps what a check found on an account. A breach is one episode while it stays the same, and people are asked once:
 * one that has gone closes its task, one that has changed, or that somebody said was mended before the check began,
 * is asked about anew.
 */
export async function noteBreaches(
  tx: Tx,
  account: TradingAccount & { readonly login: string },
  { breaches, at }: { readonly breaches: readonly Breach[]; readonly at: Instant },
): Promise<void> {
  const [open] = await rows<OpenBreach>(
    tx,
    'select id, breach_key from leverage_breach where account_id = :id and ended_at is null for update',
    { id: account.id },
  );
  const key = breachKey(breaches);
  if (open?.breach_key === key && !(await wasMended(tx, open, at))) {
    await rows(tx, 'update leverage_breach set seen_at = :at where id = :id', { id: open.id, at });
    return;
  }
  if (open) await endBreach(tx, account, open.id, at);
  if (breaches.length > 0) await openBreach(tx, account, { breaches, key, at });
}

/** An account that has ended has nothing to be past any more. */
export async function endBreachesOfEnded(tx: Tx, serverId: string, at: Instant): Promise<void> {
  const found = await rows<AccountRow & { breach_id: string }>(
    tx,
    `select a.*, b.id as breach_id
     from (select ${accountColumns} from trading_account where server_id = :serverId and not state = any (:states)) a
     join leverage_breach b on b.account_id = a.id and b.ended_at is null
     order by b.id limit 1000`,
    { serverId, states: [...livingStates] },
  );
  for (const { breach_id: id, ...row } of found) await endBreach(tx, accountFromRow(row), id, at);
}

async function wasMended(tx: Tx, open: OpenBreach, at: Instant): Promise<boolean> {
  const task = await taskOfKey(tx, taskKey(open.id));
  return task?.decision === 'mended' && task.decidedAt !== null && task.decidedAt < at;
}

async function endBreach(tx: Tx, account: TradingAccount, id: string, at: Instant): Promise<void> {
  await rows(tx, 'update leverage_breach set ended_at = :at where id = :id', { id, at });
  const task = await taskOfKey(tx, taskKey(id));
  if (task) await cancelTask(tx, task.id, 'BREACH_OVER');
  await breachEvent(tx, account, 'account.leverage_breach_over', { breach: id });
}

async function openBreach(
  tx: Tx,
  account: TradingAccount & { readonly login: string },
  {
    breaches,
    key,
    at,
  }: { readonly breaches: readonly Breach[]; readonly key: string; readonly at: Instant },
): Promise<void> {
  const id = newId('leverageBreach');
  const figures = breaches.map((breach) => ({ ...breach }));
  await rows(
    tx,
    `insert into leverage_breach (id, account_id, entity_id, client_id, breach_key, breaches, found_at, seen_at)
     values (:id, :accountId, :entityId, :clientId, :key, :breaches, :at, :at)`,
    {
      id,
      accountId: account.id,
      entityId: account.entityId,
      clientId: account.clientId,
      key,
      breaches: JSON.stringify(figures),
      at,
    },
  );
  await breachEvent(tx, account, 'account.leverage_breach_found', { breach: id, figures });
  await openTask(tx, {
    kind: 'leverage_breach',
    subject: account.id,
    workflowId: null,
    entityId: account.entityId,
    clientId: account.clientId,
    title: `Account ${account.login} is past the rules on leverage`,
    issue: breaches.map((breach) => ({ code: breach.code, detail: breachInWords(breach) })),
    content: {
      account: account.id,
      server: account.serverId,
      login: account.login,
      breach: id,
      figures,
    },
    key: taskKey(id),
  });
}

function breachEvent(
  tx: Tx,
  account: TradingAccount,
  type: EventType,
  payload: { readonly [key: string]: Json },
): Promise<void> {
  const { id: subject, entityId, clientId } = account;
  return appendEvents(tx, [{ subject, type, entityId, clientId, payload }]);
}

function taskKey(id: string): string {
  return `leverage_breach/${id}`;
}
