import { systemScope } from '../domain/access/scope';
import { instant, type Instant } from '../domain/account/instant';
import { nextStep, type AccountStep, type Look } from '../domain/account/next-step';
import type { AccountSettings } from '../domain/account/request';
import { Problem } from '../domain/problem';
import type { WriteOutcome } from '../domain/trading/outcome';
import { workflowIds } from '../temporal-config/workflow-ids';
import { openAccount, placeAccount } from '../db/account-opening';
import {
  allowRequest,
  endRequest,
  nameTarget,
  passwordOfRequest,
  readAccountRequest,
  recordLook,
  type AccountRequest,
} from '../db/account-requests';
import { beginEnding, callOffEnding, endAccount, recordSettings } from '../db/account-life';
import { readStanding, reviewOf } from '../db/account-standing';
import { keepReading } from '../db/account-readings';
import { readAccount, recordAccess, type TradingAccount } from '../db/accounts';
import { inScope, type Tx } from '../db/connection';
import { appendEvents } from '../db/events';
import { finishProcess, setProcess } from '../db/processes';
import { startTransfer } from '../db/transfer-requests';
import { transfersOfRequest } from '../db/transfers';
import { accessOn, type AccessLevel } from '../domain/account/access';
import { accountEvent, answerByMail, refuse } from './account-answer';
import { assessRequest } from './account-assessment';
import { loginOf, observe, type Observation } from './account-observation';
import type { BalanceOperationDeps } from './balance-operation';

/** What an account's process does about what is asked of it. Every function may be called again. */
export function createAccountRequestActivities(deps: BalanceOperationDeps) {
  const { db, platformFor } = deps;
  const system = (id: string) => systemScope(`workflow:${workflowIds.account(id)}`);
  const inSystem = <T>(id: string, work: (tx: Tx) => Promise<T>) => inScope(db, system(id), work);

  return {
    /** The next step, from the rows as they stand; what it waits for is written where people see it. */
    async nextAccountStep(id: string, now: Instant): Promise<AccountStep> {
      return inSystem(id, async (tx) => {
        const { account, standing } = await readStanding(tx, id);
        const step = nextStep(standing, now);
        if (step.kind === 'ended') {
          await finishProcess(tx, workflowIds.account(id), {
            state: step.state,
            outcome: step.state,
          });
        } else {
          await setProcess(tx, workflowIds.account(id), {
            state: account.state,
            ...(step.kind === 'sleep' ? { waitsFor: step.waitsFor, due: step.until } : {}),
          });
        }
        return step;
      });
    },

    /** Says that a step cannot be made for now, and why the account waits. */
    async reportAccountTrouble(id: string, step: string): Promise<void> {
      await inSystem(id, async (tx) => {
        const { state } = await readAccount(tx, id);
        await setProcess(tx, workflowIds.account(id), {
          state,
          waitsFor: `the trading server to answer (${step})`,
        });
      });
    },

    /** Asked for by runs that began before `nextAccountStep`; what it did is a step of its own now. */
    serveRequests(_id: string): Promise<void> {
      return Promise.resolve();
    },

    /** Brings what the holder may do on the server to the level; absolute, so it may be repeated. */
    async applyAccess(id: string, level: AccessLevel): Promise<void> {
      const account = await inSystem(id, (tx) => readAccount(tx, id));
      await written(
        platformFor(account.serverId).updateAccount(loginOf(account), { access: accessOn(level) }),
      );
      await inSystem(id, async (tx) => {
        await recordAccess(tx, id, level);
        await appendEvents(tx, [
          accountEvent(account, 'account.access_changed', { from: account.access, to: level }),
        ]);
      });
    },

    /** Sets the password that the holder chose, then drops it. */
    async setChosenPassword(id: string, requestId: string): Promise<void> {
      const { account, password } = await inSystem(id, async (tx) => ({
        account: await readAccount(tx, id),
        password: await passwordOfRequest(tx, requestId),
      }));
      // Setting an absolute value may be repeated: a lost answer is followed by the same password again.
      const outcome = await answered(
        platformFor(account.serverId).setPassword({
          login: loginOf(account),
          kind: 'main',
          password,
        }),
      );
      await inSystem(id, (tx) =>
        endRequest(
          tx,
          requestId,
          outcome.kind === 'done'
            ? { state: 'done' }
            : { state: 'refused', reasons: [outcome.code] },
        ),
      );
    },

    /** Looks at the server, asks the policy, and allows, refuses or hands the request to a person. */
    async assessAccountRequest(id: string, requestId: string, now: Instant): Promise<void> {
      const account = await inSystem(id, (tx) => readAccount(tx, id));
      const seen = await observe(platformFor(account.serverId), account);
      await inSystem(id, async (tx) => {
        await keepReading(tx, account, seen);
        const request = await readAccountRequest(tx, requestId);
        if (request.state !== 'requested') return;
        await assessRequest(tx, { account, request, seen, now });
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

    /** Sets group and leverage on the server, then in the record. */
    async applySettings(id: string, requestId: string): Promise<void> {
      const { account, request } = await inSystem(id, async (tx) => ({
        account: await readAccount(tx, id),
        request: await readAccountRequest(tx, requestId),
      }));
      const { settings } = request;
      if (request.state !== 'working') return;
      if (settings === null) throw new Error(`${requestId} has no settings to apply`);
      const platform = platformFor(account.serverId);
      if (settings.group !== account.group && !platform.capabilities.groupMove) {
        await inSystem(id, (tx) => refuse(tx, request, ['GROUP_STAYS']));
        return;
      }
      const outcome = await answered(
        platform.updateAccount(loginOf(account), {
          group: settings.group,
          leverage: settings.leverage,
        }),
      );
      await inSystem(id, async (tx) => {
        if (outcome.kind === 'refused') await refuse(tx, request, [outcome.code]);
        else await settingsApplied(tx, { account, request, settings });
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
      const seen = await observe(platformFor(account.serverId), account);
      await inSystem(id, (tx) => noteLook(tx, { account, requestId, seen, now }));
    },

    /** Starts the transfer of the whole balance to the wallet; looks first, since a position may have been opened. */
    async sendBalanceHome(id: string, requestId: string, now: Instant): Promise<void> {
      const account = await inSystem(id, (tx) => readAccount(tx, id));
      const seen = await observe(platformFor(account.serverId), account);
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
    async sendBalanceOn(id: string, requestId: string): Promise<void> {
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
          await finishEnding(tx, request);
        });
      });
    },

    /** The account is empty: it ends, or goes on when its migration could not open a new one. */
    async finishAccountRequest(id: string, requestId: string): Promise<void> {
      await inSystem(id, async (tx) => {
        const request = await readAccountRequest(tx, requestId);
        if (request.state !== 'working') return;
        const target =
          request.targetAccountId === null ? null : await readAccount(tx, request.targetAccountId);
        if (target?.state === 'closed') {
          await callOffEnding(tx, id);
          await refuse(tx, request, ['NEW_ACCOUNT_REFUSED']);
        } else await finishEnding(tx, request);
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
  return look;
}

/** Waits for an answer: a lost one is asked for again, since what is set is absolute. */
async function answered(
  writing: Promise<WriteOutcome>,
): Promise<Exclude<WriteOutcome, { kind: 'unknown' }>> {
  const outcome = await writing;
  if (outcome.kind === 'unknown' || (outcome.kind === 'refused' && outcome.notSent))
    throw new Error('the server could not be reached');
  return outcome;
}

async function written(writing: Promise<WriteOutcome>): Promise<void> {
  const outcome = await answered(writing);
  if (outcome.kind === 'refused') throw new Error(`the server refused: ${outcome.code}`);
}

function isEnding(request: AccountRequest): boolean {
  return request.ask.kind === 'close' || request.ask.kind === 'migrate';
}

async function settingsApplied(
  tx: Tx,
  {
    account,
    request,
    settings,
  }: { account: TradingAccount; request: AccountRequest; settings: AccountSettings },
): Promise<void> {
  if (!(await endRequest(tx, request.id, { state: 'done' }))) return;
  await recordSettings(tx, account.id, settings, { overridden: request.ask.kind === 'override' });
  await appendEvents(tx, [
    accountEvent(account, 'account.settings_changed', {
      request: request.id,
      from: { group: account.group, leverage: account.leverage, type: account.accountType },
      to: { group: settings.group, leverage: settings.leverage, type: settings.accountType },
    }),
  ]);
  await answerByMail(tx, request, { state: 'done', reasons: request.reasons });
}

/** The old account ends once, and its holder is told. */
async function finishEnding(tx: Tx, request: AccountRequest): Promise<void> {
  const account = await readAccount(tx, request.accountId);
  const migrated = request.ask.kind === 'migrate';
  const ended = await endAccount(tx, account.id, {
    state: migrated ? 'archived' : 'closed',
    migratedTo: request.targetAccountId,
  });
  await endRequest(tx, request.id, { state: 'done' });
  if (!ended) return;
  await appendEvents(tx, [
    accountEvent(account, migrated ? 'account.migrated' : 'account.closed', {
      request: request.id,
      ...(request.targetAccountId === null ? {} : { to: request.targetAccountId }),
    }),
  ]);
  await answerByMail(tx, request, { state: 'done', reasons: request.reasons });
}

export type AccountRequestActivities = ReturnType<typeof createAccountRequestActivities>;
