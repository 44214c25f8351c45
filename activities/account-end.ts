import { systemScope } from '../domain/access/scope';
import { archiveAt } from '../domain/account/closure';
import { addDays, instant, jittered, type Instant } from '../domain/account/instant';
import { chooseRestraint, type Restraint } from '../domain/account/restraint';
import { workflowIds } from '../temporal-config/workflow-ids';
import type { TradingPlatform } from '../connectors/trading/port';
import {
  archiveAccount,
  callOffEnding,
  detachFromPredecessor,
  endAccount,
  isUnused,
} from '../db/account-life';
import {
  askOfAccount,
  endRequest,
  noteRestraint,
  openRequests,
  readAccountRequest,
  setFlatBy,
  type AccountRequest,
} from '../db/account-requests';
import { positionsTaskKey, reviewOf } from '../db/account-standing';
import { readAccount, type TradingAccount } from '../db/accounts';
import { removeBonusesOfAccount } from '../db/bonus-removal';
import { inScope, type Tx } from '../db/connection';
import { enqueueSignal } from '../db/dispatch';
import { appendEvents } from '../db/events';
import { leaveFeedChecks } from '../db/feed-checks';
import { effectivePolicy } from '../db/policies';
import { cancelTask, latestTask, openTask } from '../db/tasks';
import { transfersOfRequest } from '../db/transfers';
import { accountEvent, answerByMail, refuse } from './account-answer';
import { endWithAccount } from './negative-balance';
import { platformInService } from './account-observation';
import type { BalanceOperationDeps } from './balance-operation';

/** How an account ends: closing alone while it moves, people's word when it takes too long, and the archive. */
export function createAccountEndActivities(deps: BalanceOperationDeps) {
  const { db } = deps;
  const inSystem = <T>(id: string, work: (tx: Tx) => Promise<T>) =>
    inScope(db, systemScope(`workflow:${workflowIds.account(id)}`), work);

  return {
    /** Positions are open on an account that moves: from now on none are opened, as far as its server can do that. */
    async restrainAccount(id: string, requestId: string, now: Instant): Promise<void> {
      const { account, parameters } = await inSystem(id, async (tx) => {
        const account = await readAccount(tx, id);
        return { account, parameters: await migrationParameters(tx, account) };
      });
      const { closeOnlyGroups = [], flatWithinDays } = parameters;
      const platform = await platformInService(deps, account);
      const restraint = await restraintOn(platform, account, closeOnlyGroups);
      await inSystem(id, async (tx) => {
        const flatBy = addDays(now, flatWithinDays);
        if (!(await noteRestraint(tx, requestId, { restraint, flatBy }))) return;
        await appendEvents(tx, [
          accountEvent(account, 'account.migrate_restrained', {
            request: requestId,
            ...restraint,
            flatBy,
          }),
        ]);
      });
    },

    /** Positions are still open on the day by which they were to be closed: a person says how it goes on. */
    async askAboutPositions(id: string, requestId: string): Promise<void> {
      await inSystem(id, async (tx) => {
        const account = await readAccount(tx, id);
        const request = await readAccountRequest(tx, requestId);
        const { flatBy, look, restraint, state } = request;
        if (state !== 'working' || flatBy === null || !look || look.openPositions === 0) return;
        await openTask(tx, {
          kind: 'account_migration',
          subject: requestId,
          workflowId: workflowIds.account(id),
          entityId: account.entityId,
          clientId: account.clientId,
          title:
            request.ask.kind === 'close'
              ? 'An account that closes still has positions open'
              : 'An account that moves still has positions open',
          issue: [{ code: 'OPEN_POSITIONS', detail: `${look.openPositions} open positions` }],
          content: {
            request: requestId,
            account: id,
            newAccount: request.targetAccountId,
            openPositions: look.openPositions,
            openedNoMore: restraint !== null && restraint.by !== 'watch',
            since: request.workingSince,
            flatBy: instant(flatBy),
          },
          key: await positionsTaskKey(tx, requestId),
        });
      });
    },

    /** Takes over what a person decided about the positions: more time, or no move or closing. */
    async takePositionsDecision(id: string, requestId: string, now: Instant): Promise<void> {
      await inSystem(id, async (tx) => {
        const request = await readAccountRequest(tx, requestId);
        const task = await latestTask(tx, requestId, 'account_migration');
        if (request.state !== 'working' || task?.state !== 'decided') return;
        if ((await transfersOfRequest(tx, requestId)).length > 0) {
          // They were closed before the decision was acted upon, and the balance moves already.
          await setFlatBy(tx, requestId, null);
        } else if (task.decision === 'give_up') await giveUpEnding(tx, request);
        else await setFlatBy(tx, requestId, await flatByFor(tx, request, now));
      });
    },

    /** The account is empty: it ends, or goes on when its migration could not open a new one. */
    async finishAccountRequest(
      id: string,
      requestId: string,
      now: Instant = instant(Date.now()),
    ): Promise<void> {
      await inSystem(id, async (tx) => {
        const request = await readAccountRequest(tx, requestId);
        if (request.state !== 'working') return;
        const target =
          request.targetAccountId === null ? null : await readAccount(tx, request.targetAccountId);
        if (target?.state === 'closed' || target?.state === 'archived') {
          await callOffEnding(tx, id);
          await refuse(tx, request, ['NEW_ACCOUNT_REFUSED']);
        } else await finishEnding(tx, request, now);
      });
    },

    /** The days after the closing are over. */
    async archiveClosedAccount(id: string): Promise<void> {
      await inSystem(id, async (tx) => {
        if (!(await archiveAccount(tx, id))) return;
        const account = await readAccount(tx, id);
        await leaveFeedChecks(tx, account);
        await appendEvents(tx, [accountEvent(account, 'account.archived', {})]);
      });
    },
  };
}

async function restraintOn(
  platform: TradingPlatform,
  { currency }: TradingAccount,
  named: readonly string[],
): Promise<Restraint> {
  const { capabilities } = platform;
  const groups =
    capabilities.closeOnly === 'group' && named.length > 0 ? await platform.groups() : [];
  return chooseRestraint(capabilities, { named, groups, currency });
}

/** By when an account that ends is to be flat, counted from now; null where policy sets no such day. */
export async function flatByFor(
  tx: Tx,
  { ask, entityId }: AccountRequest,
  now: Instant,
): Promise<Instant | null> {
  const kind = ask.kind === 'close' ? 'account.closure' : 'account.migration';
  const policy = await effectivePolicy(tx, kind, { entityId });
  const { flatWithinDays } = policy.compiled.effective.parameters;
  return flatWithinDays === undefined ? null : addDays(now, flatWithinDays);
}

async function migrationParameters(tx: Tx, { entityId }: TradingAccount) {
  const policy = await effectivePolicy(tx, 'account.migration', { entityId });
  return policy.compiled.effective.parameters;
}

/**
 * The account trades on as before. A new one was opened for the move alone: it closes again, unless its holder has
 * begun to use it.
 */
async function giveUpEnding(tx: Tx, request: AccountRequest): Promise<void> {
  await callOffEnding(tx, request.accountId);
  await refuse(tx, request, ['NOT_FLAT_IN_TIME']);
  if (request.targetAccountId === null) return;
  const target = await readAccount(tx, request.targetAccountId);
  await detachFromPredecessor(tx, target.id);
  const isAskedAlready = (await openRequests(tx, target.id)).length > 0;
  const isLiving = target.state === 'active' || target.state === 'dormant';
  if (isLiving && !isAskedAlready && (await isUnused(tx, target)))
    await askOfAccount(tx, target.id, { kind: 'close' });
}

/** The old account ends once, and its holder is told. */
export async function finishEnding(tx: Tx, request: AccountRequest, now: Instant): Promise<void> {
  const account = await readAccount(tx, request.accountId);
  const migrated = request.ask.kind === 'migrate';
  const ended = await endAccount(tx, account.id, {
    at: now,
    ...(migrated
      ? { state: 'archived', migratedTo: request.targetAccountId }
      : { state: 'closed', archiveAt: await archiveDay(tx, account, now) }),
  });
  await endRequest(tx, request.id, { state: 'done' });
  if (!ended) return;
  await removeBonusesOfAccount(tx, account.id, request.id);
  await refuseTheRest(tx, account.id);
  await endWithAccount(tx, account);
  await tellPredecessor(tx, account);
  if (migrated) await leaveFeedChecks(tx, account);
  await appendEvents(tx, [
    accountEvent(account, migrated ? 'account.migrated' : 'account.closed', {
      request: request.id,
      ...(request.targetAccountId === null ? {} : { to: request.targetAccountId }),
    }),
  ]);
  await answerByMail(tx, request, { state: 'done', reasons: request.reasons });
}

async function archiveDay(tx: Tx, { id, entityId }: TradingAccount, now: Instant) {
  const policy = await effectivePolicy(tx, 'account.closure', { entityId });
  const { archiveAfterDays } = policy.compiled.effective.parameters;
  const at = archiveAt(now, archiveAfterDays);
  return archiveAfterDays === 0 ? at : jittered(at, id);
}

/** An account that is still moving here has nowhere to go any more. */
async function tellPredecessor(tx: Tx, { migratedFrom }: TradingAccount): Promise<void> {
  if (migratedFrom === null || (await readAccount(tx, migratedFrom)).state !== 'closing') return;
  await enqueueSignal(tx, {
    workflowId: workflowIds.account(migratedFrom),
    signal: 'changed',
    args: { what: 'target' },
  });
}

/** What else was asked of the account comes too late, and nobody need decide on it any more. */
async function refuseTheRest(tx: Tx, accountId: string): Promise<void> {
  for (const request of await openRequests(tx, accountId)) {
    const review = await reviewOf(tx, request.id);
    if (review?.state === 'open') await cancelTask(tx, review.id, 'ACCOUNT_ENDED');
    await refuse(tx, request, ['ACCOUNT_ENDED']);
  }
}

export type AccountEndActivities = ReturnType<typeof createAccountEndActivities>;
