import { accessOn, type AccessLevel } from '../domain/account/access';
import type { AccountSettings } from '../domain/account/request';
import type { StepResult } from '../domain/outside';
import { systemScope } from '../domain/access/scope';
import { workflowIds } from '../temporal-config/workflow-ids';
import { recordSettings } from '../db/account-life';
import {
  endRequest,
  openRequests,
  passwordOfRequest,
  readAccountRequest,
  type AccountRequest,
} from '../db/account-requests';
import { accessTries, refusedAccessKey } from '../db/account-standing';
import { readAccount, recordAccess, type TradingAccount } from '../db/accounts';
import { inScope, type Tx } from '../db/connection';
import { appendEvents } from '../db/events';
import { openTask } from '../db/tasks';
import { accountEvent, answerByMail, refuse } from './account-answer';
import { loginOf } from './account-observation';
import { lookUpWrite, performWrite } from './account-write';
import type { BalanceOperationDeps } from './balance-operation';

/** What an account's process sets at its server, each as an intent of its own. Every function may be called again. */
export function createAccountWriteActivities(deps: BalanceOperationDeps) {
  const { db, platformFor } = deps;
  const system = (id: string) => systemScope(`workflow:${workflowIds.account(id)}`);
  const inSystem = <T>(id: string, work: (tx: Tx) => Promise<T>) => inScope(db, system(id), work);

  return {
    /** Finds out what became of a change that was sent, before anything else is set. */
    async readBackWrite(id: string, intentId: string): Promise<StepResult> {
      const account = await inSystem(id, (tx) => readAccount(tx, id));
      return lookUpWrite(deps, account, intentId);
    },

    /** Brings what the holder may do on the server to the level; a server that refuses it is mended by operations. */
    async applyAccess(id: string, level: AccessLevel): Promise<StepResult> {
      const { account, tries, closeOnlyGroup } = await inSystem(id, async (tx) => {
        const standing = await readAccount(tx, id);
        return {
          account: standing,
          tries: await accessTries(tx, standing, level),
          closeOnlyGroup: level === 'close_only' ? await groupForClosing(tx, id) : null,
        };
      });
      // A log-in that goes to a group for closing, or comes back from one, moves with what it may do.
      const group = closeOnlyGroup ?? (account.closeOnlyGroup === null ? null : account.group);
      const moved = group === null ? {} : { group };
      const change = account.accessChanges + 1;
      const result = await performWrite(deps, {
        account,
        step: `access/${change}/${level}${tries === 0 ? '' : `/${tries + 1}`}`,
        write: { what: 'access', level, ...moved },
        call: () =>
          platformFor(account.serverId).updateAccount(loginOf(account), {
            ...moved,
            access: accessOn(level, { byGroup: group !== null }),
          }),
      });
      if (result.kind === 'done') {
        await inSystem(id, async (tx) => {
          if (!(await recordAccess(tx, id, { access: level, change, closeOnlyGroup }))) return;
          await appendEvents(tx, [
            accountEvent(account, 'account.access_changed', { from: account.access, to: level }),
          ]);
        });
      }
      if (result.kind !== 'refused') return result;
      const task = await inSystem(id, (tx) => askForAccess(tx, { account, level, result }));
      return { kind: 'person', intentId: result.intentId, taskId: task.id };
    },

    /** Sets the password that the holder chose, then drops it. */
    async setChosenPassword(id: string, requestId: string): Promise<StepResult> {
      const { account, password } = await inSystem(id, async (tx) => ({
        account: await readAccount(tx, id),
        password: await passwordOfRequest(tx, requestId),
      }));
      const result = await performWrite(deps, {
        account,
        step: `password/${requestId}`,
        write: { what: 'password' },
        call: () =>
          platformFor(account.serverId).setPassword({
            login: loginOf(account),
            kind: 'main',
            password,
          }),
      });
      if (result.kind === 'done')
        await inSystem(id, (tx) => endRequest(tx, requestId, { state: 'done' }));
      if (result.kind === 'refused')
        await inSystem(id, (tx) =>
          endRequest(tx, requestId, { state: 'refused', reasons: [result.code] }),
        );
      return result;
    },

    /** Sets group and leverage on the server, then in the record. */
    async applySettings(id: string, requestId: string): Promise<StepResult | null> {
      const { account, request } = await inSystem(id, async (tx) => ({
        account: await readAccount(tx, id),
        request: await readAccountRequest(tx, requestId),
      }));
      const { settings } = request;
      if (settings === null) throw new Error(`${requestId} has no settings to apply`);
      const { group, leverage } = settings;
      const platform = platformFor(account.serverId);
      if (group !== account.group && !platform.capabilities.groupMove) {
        await inSystem(id, (tx) => refuse(tx, request, ['GROUP_STAYS']));
        return null;
      }
      const result = await performWrite(deps, {
        account,
        step: `settings/${requestId}`,
        write: { what: 'settings', group, leverage },
        call: () => platform.updateAccount(loginOf(account), { group, leverage }),
      });
      await inSystem(id, async (tx) => {
        if (result.kind === 'refused') await refuse(tx, request, [result.code]);
        if (result.kind === 'done') await settingsApplied(tx, { account, request, settings });
      });
      return result;
    },
  };
}

/** The group in which an account that moves can only close; null where a right of its log-in says so. */
async function groupForClosing(tx: Tx, id: string): Promise<string | null> {
  const restraint = (await openRequests(tx, id)).find(
    ({ ask, state }) => ask.kind === 'migrate' && state === 'working',
  )?.restraint;
  return restraint?.by === 'group' ? restraint.group : null;
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

/** A freeze that the server refuses must not be tried in silence for ever: operations mend it there. */
function askForAccess(
  tx: Tx,
  {
    account,
    level,
    result,
  }: {
    account: TradingAccount;
    level: AccessLevel;
    result: { readonly intentId: string; readonly code: string; readonly reason: string };
  },
) {
  return openTask(tx, {
    kind: 'account_access',
    subject: account.id,
    workflowId: workflowIds.account(account.id),
    entityId: account.entityId,
    clientId: account.clientId,
    title: 'The trading server refused to change what an account may do',
    issue: [{ code: result.code, detail: result.reason }],
    content: {
      account: account.id,
      server: account.serverId,
      login: loginOf(account),
      from: account.access,
      to: level,
      change: account.accessChanges + 1,
    },
    key: refusedAccessKey(result.intentId),
  });
}

export type AccountWriteActivities = ReturnType<typeof createAccountWriteActivities>;
