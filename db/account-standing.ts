import type { AccountStanding, MoneyOnTheWay, OpenRequest } from '../domain/account/next-step';
import { isAccessLevel, type AccessLevel } from '../domain/account/access';
import { instant } from '../domain/account/instant';
import { workflowIds } from '../temporal-config/workflow-ids';
import { type AccountRequest, openRequests } from './account-requests';
import { readAccount, type TradingAccount } from './accounts';
import { rows, type Tx } from './connection';
import { accountWriteInFlight } from './intent-readers';
import { readNegativeStanding } from './negative-balances';
import { restrictedScopes } from './restrictions';
import { latestTask, taskOfKey, type Task } from './tasks';
import { transfersOfRequest, type Transfer } from './transfers';

/** Everything that decides what the account's process does next, in one transaction's view. */
export async function readStanding(
  tx: Tx,
  id: string,
): Promise<{ readonly account: TradingAccount; readonly standing: AccountStanding }> {
  const account = await readAccount(tx, id);
  const open = await openRequests(tx, id);
  const requests: OpenRequest[] = [];
  for (const request of open) requests.push(await readOpenRequest(tx, request));
  return {
    account,
    standing: {
      state: account.state,
      access: account.access,
      writing: (await accountWriteInFlight(tx, workflowIds.account(id)))?.id ?? null,
      refusedAccess: await readRefusedAccess(tx, account),
      restricted: await restrictedFor(tx, account),
      demoMoneyIsDue: account.demo && account.state === 'active' && account.demoFundedAt === null,
      isToCloseUnclaimed: await isToCloseUnclaimed(tx, account),
      requests,
      negative: await readNegativeStanding(tx, id),
      dueAt: account.dueAt === null ? null : instant(account.dueAt),
    },
  };
}

/** Decided since its end was last asked for, and nothing stands in its way now. */
async function isToCloseUnclaimed(tx: Tx, { id, state }: TradingAccount): Promise<boolean> {
  if (state !== 'dormant') return false;
  const found = await rows(
    tx,
    `select 1 from task t where t.subject = :id and t.kind = 'unclaimed_money' and t.state = 'decided' and t.decision = 'close'
       and not exists (select 1 from account_request r where r.account_id = :id and r.kind in ('close', 'migrate')
         and (r.created_at >= t.decided_at or r.state not in ('done', 'refused'))) limit 1`,
    { id },
  );
  return found.length > 0;
}

/** Who was given an account without the right to trade is restricted like everybody who lost it. */
async function restrictedFor(tx: Tx, account: TradingAccount): Promise<ReadonlySet<string>> {
  const of = { clientId: account.clientId, accountId: account.id };
  const scopes = await restrictedScopes(tx, of);
  return account.rights.includes('trade') ? scopes : new Set([...scopes, 'trade']);
}

/** The level that the server has refused for the change of access that is wanted, while people mend it there. */
async function readRefusedAccess(
  tx: Tx,
  account: TradingAccount,
): Promise<AccountStanding['refusedAccess']> {
  const task = await latestTask(tx, account.id, 'account_access');
  const level = task?.content['to'];
  if (task?.state !== 'open' || !isAccessLevel(level)) return null;
  return { level, taskId: task.id };
}

/** How often people have asked to try this level again for the present change of access. */
export async function accessTries(
  tx: Tx,
  account: TradingAccount,
  level: AccessLevel,
): Promise<number> {
  const [row] = await rows<{ n: number }>(
    tx,
    `select count(*)::int as n from task where subject = :id and kind = 'account_access' and state <> 'open'
       and content->>'to' = :level and (content->>'change')::int = :change`,
    { id: account.id, level, change: account.accessChanges + 1 },
  );
  return row?.n ?? 0;
}

export function refusedAccessKey(intentId: string): string {
  return `account_access/${intentId}`;
}

async function readOpenRequest(tx: Tx, request: AccountRequest): Promise<OpenRequest> {
  const task = request.state === 'in_review' ? await reviewOf(tx, request.id) : undefined;
  const target =
    request.targetAccountId === null ? null : await readAccount(tx, request.targetAccountId);
  const transfers = await transfersOfRequest(tx, request.id);
  return {
    id: request.id,
    ask: request.ask,
    state: request.state,
    decision: decisionOf(task),
    target: target?.state ?? null,
    notBefore: request.notBefore === null ? null : instant(request.notBefore),
    workingSince: request.workingSince === null ? null : instant(request.workingSince),
    look: request.look,
    money: moneyOf(transfers, request.accountId),
    restraint: request.restraint,
    flatBy: request.flatBy === null ? null : instant(request.flatBy),
    positionsTask: request.flatBy === null ? null : await readPositionsTask(tx, request),
  };
}

/** The question about positions that were open at `flatBy`; one of an earlier day is answered and over. */
async function readPositionsTask(
  tx: Tx,
  { id, flatBy }: AccountRequest,
): Promise<OpenRequest['positionsTask']> {
  const task = await latestTask(tx, id, 'account_migration');
  if (!task || flatBy === null || task.content['flatBy'] !== instant(flatBy)) return null;
  return task.state === 'cancelled'
    ? null
    : { taskId: task.id, isDecided: task.state === 'decided' };
}

/** Names the next question about the positions of an account that moves. */
export async function positionsTaskKey(tx: Tx, requestId: string): Promise<string> {
  const [row] = await rows<{ n: number }>(
    tx,
    `select count(*)::int as n from task where subject = :requestId and kind = 'account_migration' and state <> 'open'`,
    { requestId },
  );
  return `account_migration/${requestId}/${(row?.n ?? 0) + 1}`;
}

/** The task in which a person decides on a request. */
export function reviewOf(tx: Tx, requestId: string): Promise<Task | undefined> {
  return taskOfKey(tx, reviewKey(requestId));
}

export function reviewKey(requestId: string): string {
  return `account_request/${requestId}`;
}

function decisionOf(task: Task | undefined): 'approve' | 'reject' | null {
  if (task?.state !== 'decided') return null;
  return task.decision === 'approve' ? 'approve' : 'reject';
}

function moneyOf(transfers: readonly Transfer[], accountId: string): MoneyOnTheWay[] {
  const legOf = (transfer: Transfer) => (transfer.accountId === accountId ? 'home' : 'on');
  return transfers.map((transfer) => ({
    leg: legOf(transfer),
    attempt: transfers
      .slice(0, transfers.indexOf(transfer) + 1)
      .filter((other) => legOf(other) === legOf(transfer)).length,
    state: transfer.state === 'done' || transfer.state === 'refused' ? transfer.state : 'open',
  }));
}
