import { systemScope } from '../domain/access/scope';
import { instant, type Instant } from '../domain/account/instant';
import { nextStep, wantedAccess, type AccountStep, type Look } from '../domain/account/next-step';
import { Problem } from '../domain/problem';
import { workflowIds } from '../temporal-config/workflow-ids';
import { openAccount, placeAccount } from '../db/account-opening';
import {
  allowRequest,
  nameTarget,
  readAccountRequest,
  recordLook,
  setFlatBy,
  type AccountRequest,
} from '../db/account-requests';
import { beginEnding, callOffEnding } from '../db/account-life';
import { readStanding, reviewOf } from '../db/account-standing';
import { keepReading } from '../db/account-readings';
import { readAccount, type TradingAccount } from '../db/accounts';
import { inScope, type Tx } from '../db/connection';
import { withdrawAccountWrites } from '../db/intents';
import { finishProcess, setProcess } from '../db/processes';
import { cancelTask, latestTask } from '../db/tasks';
import { startTransfer } from '../db/transfer-requests';
import { transfersOfRequest } from '../db/transfers';
import { refuse } from './account-answer';
import { finishEnding, flatByFor } from './account-end';
import { assessRequest } from './account-assessment';
import { observe, type Observation } from './account-observation';
import { marginRuleOf } from './leverage-assessment';
import type { BalanceOperationDeps } from './balance-operation';

/** What an account's process does about what is asked of it. Every function may be called again. */
export function createAccountRequestActivities(deps: BalanceOperationDeps) {
  const { db } = deps;
  const system = (id: string) => systemScope(`workflow:${workflowIds.account(id)}`);
  const inSystem = <T>(id: string, work: (tx: Tx) => Promise<T>) => inScope(db, system(id), work);

  return {
    /**
     * The next step, from the rows as they stand; what it waits for is written where people see it. While a step is
     * tried `again`, what stood in its way stays written: it waits since then.
     */
    async nextAccountStep(id: string, now: Instant, again = false): Promise<AccountStep> {
      return inSystem(id, async (tx) => {
        const { account, standing } = await readStanding(tx, id);
        const step = nextStep(standing, now);
        const { refusedAccess } = standing;
        if (refusedAccess && refusedAccess.level !== wantedAccess(standing))
          await cancelTask(tx, refusedAccess.taskId, 'NOT_WANTED_ANY_MORE');
        if (step.kind === 'sleep' || step.kind === 'ended')
          await withdrawAccountWrites(tx, {
            workflowId: workflowIds.account(id),
            exceptStep: null,
          });
        if (step.kind === 'ended') {
          await finishProcess(tx, workflowIds.account(id), {
            state: step.state,
            outcome: step.state,
          });
        } else if (step.kind === 'sleep' || !again) {
          await setProcess(tx, workflowIds.account(id), {
            state: account.state,
            ...(step.kind === 'sleep' ? { waitsFor: step.waitsFor, due: step.until } : {}),
          });
        }
        return step;
      });
    },

    /** Says that a step cannot be made for now, and what the account waits for. */
    async reportAccountTrouble(id: string, waitsFor: string): Promise<void> {
      await inSystem(id, async (tx) => {
        const { state } = await readAccount(tx, id);
        await setProcess(tx, workflowIds.account(id), { state, waitsFor });
      });
    },

    /** Asked for by runs that began before `nextAccountStep`; what it did is a step of its own now. */
    serveRequests(_id: string): Promise<void> {
      return Promise.resolve();
    },

    /** Looks at the server, asks the policy, and allows, refuses or hands the request to a person. */
    async assessAccountRequest(id: string, requestId: string, now: Instant): Promise<void> {
      const account = await inSystem(id, (tx) => readAccount(tx, id));
      const seen = await observe(deps, account);
      const marginRule = await marginRuleOf(deps.platformFor(account.serverId), seen.reading.group);
      await inSystem(id, async (tx) => {
        await keepReading(tx, account, seen);
        const request = await readAccountRequest(tx, requestId);
        if (request.state !== 'requested') return;
        await assessRequest(tx, { account, request, seen, marginRule, now });
      });
    },

    /** Takes over what a person decided. */
    async takeDecision(id: string, requestId: string, now: Instant): Promise<void> {
      await inSystem(id, async (tx) => {
        const request = await readAccountRequest(tx, requestId);
        const task = await reviewOf(tx, requestId);
        if (request.state !== 'in_review' || task?.state !== 'decided') return;
        if (task.decision === 'approve') {
          await allowRequest(tx, requestId, {
            reasons: request.reasons,
            settings: null,
            evaluationId: null,
            at: now,
          });
          if (isEnding(request)) await beginEnding(tx, id);
        } else await refuse(tx, request, request.reasons);
      });
    },

    /** Opens the account that takes over, by policy; a policy that will not open one refuses the request. */
    async openTarget(id: string, requestId: string): Promise<void> {
      await inSystem(id, async (tx) => {
        const account = await readAccount(tx, id);
        const request = await readAccountRequest(tx, requestId);
        if (request.targetAccountId !== null || request.ask.kind !== 'migrate') return;
        const wish = {
          clientId: account.clientId,
          accountType: account.accountType,
          currency: account.currency,
          platform: request.ask.platform,
          server: request.ask.server,
          instead: id,
        };
        const placement = await placeAccount(tx, wish);
        const { outcome } = placement;
        if (outcome.decision !== 'provision') {
          await callOffEnding(tx, id);
          await refuse(tx, request, outcome.reasons);
          return;
        }
        const target = await openAccount(tx, wish, { ...placement, outcome });
        await nameTarget(tx, requestId, target.id);
      });
    },

    /** Looks whether the account is flat and what is on it. */
    async lookAtAccount(id: string, requestId: string, now: Instant): Promise<void> {
      const account = await inSystem(id, (tx) => readAccount(tx, id));
      const seen = await observe(deps, account);
      await inSystem(id, (tx) => noteLook(tx, { account, requestId, seen, now }));
    },

    /** Starts the transfer of the whole balance to the wallet; looks first, since a position may have been opened. */
    async sendBalanceHome(id: string, requestId: string, now: Instant): Promise<void> {
      const account = await inSystem(id, (tx) => readAccount(tx, id));
      const seen = await observe(deps, account);
      await inSystem(id, async (tx) => {
        const look = await noteLook(tx, { account, requestId, seen, now });
        if (look.openPositions > 0 || look.balance !== 'positive') return;
        const request = await readAccountRequest(tx, requestId);
        await startTransfer(tx, {
          key: `${requestId}/home-${look.homeAttempts + 1}`,
          accountId: id,
          direction: 'to_wallet',
          amountMinor: seen.reading.balance.amountMinor,
          purpose: request.ask.kind === 'migrate' ? 'migration' : 'closure',
          requestId,
          wakes: workflowIds.account(id),
        });
      });
    },

    /** Starts the transfer of what came home to the account that takes over. */
    async sendBalanceOn(
      id: string,
      requestId: string,
      now: Instant = instant(Date.now()),
    ): Promise<void> {
      await inSystem(id, async (tx) => {
        const request = await readAccountRequest(tx, requestId);
        if (request.targetAccountId === null) throw new Error(`${requestId} has no new account`);
        const home = (await transfersOfRequest(tx, requestId)).filter(
          (transfer) => transfer.accountId === id && transfer.state === 'done',
        );
        await startTransfer(tx, {
          key: `${requestId}/on`,
          accountId: request.targetAccountId,
          direction: 'to_account',
          amountMinor: home.reduce((sum, transfer) => sum + transfer.amountMinor, 0n),
          purpose: 'migration',
          requestId,
          wakes: workflowIds.account(id),
        }).catch(async (error: unknown) => {
          // The holder took the money out of the wallet meanwhile: then it has its new home already.
          if (!(error instanceof Problem) || error.code !== 'insufficient_funds') throw error;
          await finishEnding(tx, request, now);
        });
      });
    },
  };
}

async function noteLook(
  tx: Tx,
  {
    account,
    requestId,
    seen,
    now,
  }: { account: TradingAccount; requestId: string; seen: Observation; now: Instant },
): Promise<Look> {
  const { amountMinor } = seen.reading.balance;
  const transfers = await transfersOfRequest(tx, requestId);
  const look: Look = {
    at: instant(now),
    openPositions: seen.openPositions,
    // Play money has no home to go to.
    balance:
      amountMinor === 0n || account.demo ? 'zero' : amountMinor > 0n ? 'positive' : 'negative',
    homeAttempts: transfers.filter(({ accountId }) => accountId === account.id).length,
  };
  await keepReading(tx, account, seen);
  await recordLook(tx, requestId, look);
  if (look.openPositions === 0) await dropPositionsTask(tx, requestId);
  else await limitClosing(tx, requestId, now);
  return look;
}

/** From the first look that finds positions open its days are counted; those of a move are when it is restrained. */
async function limitClosing(tx: Tx, requestId: string, now: Instant): Promise<void> {
  const request = await readAccountRequest(tx, requestId);
  if (request.ask.kind !== 'close' || request.flatBy !== null) return;
  await setFlatBy(tx, requestId, await flatByFor(tx, request, now));
}

/** The positions were closed after all: nobody need decide about them. */
async function dropPositionsTask(tx: Tx, requestId: string): Promise<void> {
  const task = await latestTask(tx, requestId, 'account_migration');
  if (task?.state === 'open') await cancelTask(tx, task.id, 'FLAT_MEANWHILE');
}

function isEnding(request: AccountRequest): boolean {
  return request.ask.kind === 'close' || request.ask.kind === 'migrate';
}

export type AccountRequestActivities = ReturnType<typeof createAccountRequestActivities>;
