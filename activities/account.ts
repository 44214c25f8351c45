import { systemScope } from '../domain/access/scope';
import type { AccountState } from '../domain/account/access';
import { addDays, instant } from '../domain/account/instant';
import type { StepResult } from '../domain/outside';
import { waitingFor } from '../domain/outside';
import { type AccountRight, accountRights } from '../domain/trading/account';
import type { PlatformCapabilities } from '../domain/trading/capabilities';
import type { AccountLookup } from '../domain/trading/outcome';
import { tokenOf } from '../domain/trading/token';
import { workflowIds } from '../temporal-config/workflow-ids';
import {
  moveAccount,
  readAccount,
  recordAccess,
  setDue,
  type TradingAccount,
} from '../db/accounts';
import { inScope, rows, type Tx } from '../db/connection';
import { enqueueSignal } from '../db/dispatch';
import { appendEvents } from '../db/events';
import { intentOfStep } from '../db/intent-readers';
import { markAbsent, recordOutcome } from '../db/intents';
import { queueMail } from '../db/mails';
import { createLink, linkHours } from '../db/one-time-links';
import { decryptFor } from '../db/personal-data';
import { effectivePolicy } from '../db/policies';
import { finishProcess, setProcess } from '../db/processes';
import { readServer } from '../db/servers';
import { latestTask, openTask } from '../db/tasks';
import { refusal, type BalanceOperationDeps } from './balance-operation';
import { performOnce, resultOf, untilServerIsBack } from './outside';

/** What an account's process does to the world. Every function may be called again. */
export function createAccountActivities(deps: BalanceOperationDeps) {
  const { db, platformFor } = deps;
  const system = (id: string) => systemScope(`workflow:${workflowIds.account(id)}`);
  const read = (id: string) => inScope(db, system(id), (tx) => readAccount(tx, id));
  const stepOf = (round: number) => (round === 1 ? 'create' : `create-${round}`);

  return {
    async startAccount(id: string): Promise<{ state: AccountState; round: number }> {
      return inScope(db, system(id), async (tx) => {
        await moveAccount(tx, id, { from: ['requested'], to: 'provisioning' });
        const account = await readAccount(tx, id);
        if (account.state === 'provisioning')
          await setProcess(tx, workflowIds.account(id), { state: 'provisioning' });
        return { state: account.state, round: await roundOf(tx, id) };
      });
    },

    /** Makes the log-in on the server; `round` counts what people asked to retry. */
    async createLogin(id: string, round: number): Promise<StepResult> {
      const account = await read(id);
      const holder = await inScope(db, system(id), (tx) => holderOf(tx, account));
      return performOnce(db, {
        plan: {
          workflowId: workflowIds.account(id),
          step: stepOf(round),
          kind: 'create_account',
          target: account.serverId,
          reference: id,
          entityId: account.entityId,
          clientId: account.clientId,
        },
        tokenOf: (intentId) => `${tokenOf(id)}/${intentId}`,
        call: async () => {
          const platform = platformFor(account.serverId);
          const [right] = deniedInVain(account, platform.capabilities);
          if (right !== undefined) {
            const reason = `${platform.capabilities.name} cannot deny "${right}" to one log-in; its group must`;
            return { kind: 'refused', code: 'RIGHT_OF_THE_GROUP', reason, notSent: false };
          }
          const outcome = await platform.createAccount({
            accountId: id,
            group: account.group,
            leverage: account.leverage,
            rights: account.rights,
            ...(platform.capabilities.swapFree === 'login' ? { swapFree: account.swapFree } : {}),
            ...holder,
          });
          if (outcome.kind === 'done') return { kind: 'done', externalId: outcome.login };
          return outcome.kind === 'refused' ? refusal(outcome) : outcome;
        },
      });
    },

    async lookUpLogin(id: string, round: number): Promise<StepResult> {
      const account = await read(id);
      const { intent, server } = await inScope(db, system(id), async (tx) => ({
        intent: await intentOfStep(tx, workflowIds.account(id), stepOf(round)),
        server: await readServer(tx, account.serverId),
      }));
      if (!intent) return { kind: 'absent', intentId: '' };
      const standing = resultOf(intent);
      if (standing === undefined) return { kind: 'absent', intentId: intent.id };
      if (standing.kind !== 'unknown') return standing;
      if (server.declared) return untilServerIsBack(intent, server.declared);
      const platform = platformFor(account.serverId);
      const find = (): Promise<AccountLookup> =>
        platform.findAccount({ accountId: id, group: account.group });
      let found = await find();
      if (
        found.kind === 'absent' &&
        Date.now() > Date.parse(intent.sentAt ?? intent.createdAt) + server.settleWindowMs
      ) {
        await platform.endSession();
        found = await find();
        if (found.kind === 'absent') {
          await inScope(db, system(id), (tx) =>
            markAbsent(tx, intent, { sessionEnded: true, settleWindowMs: server.settleWindowMs }),
          );
          return { kind: 'absent', intentId: intent.id };
        }
      }
      if (found.kind !== 'found')
        return { kind: 'unknown', intentId: intent.id, reason: found.kind };
      const login = found.login;
      const recorded = await inScope(db, system(id), (tx) =>
        recordOutcome(tx, intent, { kind: 'done', externalId: login }),
      );
      return resultOf(recorded) ?? standing;
    },

    async reportAccount(id: string, result: StepResult): Promise<void> {
      await inScope(db, system(id), (tx) =>
        setProcess(tx, workflowIds.account(id), {
          state: 'provisioning',
          waitsFor: waitingFor(result),
        }),
      );
    },

    /** The log-in is there: the account is active, and its holder gets a link to choose a password, once. */
    async activateAccount(id: string, login: string): Promise<void> {
      await inScope(db, system(id), async (tx) => {
        const moved = await moveAccount(tx, id, {
          from: ['provisioning', 'waiting'],
          to: 'active',
          login,
        });
        const account = await readAccount(tx, id);
        if (moved) {
          await announce(tx, account, login);
          await setFirstDue(tx, account);
          await wakePredecessor(tx, account);
        }
        await setProcess(tx, workflowIds.account(id), {
          state: 'active',
          waitsFor: 'the next request about this account',
        });
      });
    },

    /** The server refused: operations see why, mend it, and let it go on. */
    async askOperations(
      id: string,
      round: number,
      { code, reason }: { code: string; reason: string },
    ): Promise<void> {
      await inScope(db, system(id), async (tx) => {
        await moveAccount(tx, id, { from: ['provisioning'], to: 'waiting' });
        const account = await readAccount(tx, id);
        const task = await openTask(tx, {
          kind: 'account_provisioning',
          subject: id,
          workflowId: workflowIds.account(id),
          entityId: account.entityId,
          clientId: account.clientId,
          title: 'The trading server refused to make an account',
          issue: [{ code, detail: reason }],
          content: { account: id, server: account.serverId, group: account.group, round, code },
          key: `account_provisioning/${id}/${round}`,
        });
        await setProcess(tx, workflowIds.account(id), {
          state: 'waiting',
          waitsFor: `task ${task.id}`,
          due: task.dueAt,
        });
      });
    },

    async readProvisioningDecision(
      id: string,
      round: number,
    ): Promise<'retry' | 'refuse' | 'waiting'> {
      return inScope(db, system(id), async (tx) => {
        const task = await latestTask(tx, id, 'account_provisioning');
        if (task?.state !== 'decided' || task.content['round'] !== round) return 'waiting';
        if (task.decision === 'retry') {
          await moveAccount(tx, id, { from: ['waiting'], to: 'provisioning' });
          return 'retry';
        }
        await closeRefused(tx, id, task.reason ?? 'REFUSED');
        return 'refuse';
      });
    },
  };
}

/** Rights that policy denies and the platform cannot deny to a single log-in. */
function deniedInVain(
  { rights }: TradingAccount,
  capabilities: PlatformCapabilities,
): AccountRight[] {
  return accountRights.filter(
    (right) => !rights.includes(right) && !capabilities.rights.includes(right),
  );
}

async function roundOf(tx: Tx, id: string): Promise<number> {
  const task = await latestTask(tx, id, 'account_provisioning');
  if (!task) return 1;
  const round = Number(task.content['round']);
  return task.state === 'decided' && task.decision === 'retry' ? round + 1 : round;
}

async function holderOf(
  tx: Tx,
  account: TradingAccount,
): Promise<{ firstName: string; lastName: string; email: string }> {
  const [party] = await rows<{ id: string; name_ct: string; email_ct: string }>(
    tx,
    `select id, name_ct, email_ct from party where client_id = :clientId and role = 'holder' order by created_at limit 1`,
    { clientId: account.clientId },
  );
  if (!party) throw new Error(`${account.clientId} has no holder`);
  const words = (await decryptFor(tx, party.id, 'name', party.name_ct)).trim().split(/\s+/);
  return {
    firstName: words.slice(0, -1).join(' ') || (words[0] ?? ''),
    lastName: words.at(-1) ?? '',
    email: await decryptFor(tx, party.id, 'email', party.email_ct),
  };
}

/** Nothing is due before the days of inactivity are over. */
async function setFirstDue(tx: Tx, account: TradingAccount): Promise<void> {
  if (account.demo) return;
  const policy = await effectivePolicy(tx, 'account.dormancy', { entityId: account.entityId });
  const { inactiveDays } = policy.compiled.effective.parameters;
  await setDue(
    tx,
    account.id,
    addDays(instant(account.activatedAt ?? account.createdAt), inactiveDays),
  );
}

/** The account that this one takes over from waits for it. */
async function wakePredecessor(tx: Tx, { migratedFrom }: TradingAccount): Promise<void> {
  if (migratedFrom === null) return;
  await enqueueSignal(tx, {
    workflowId: workflowIds.account(migratedFrom),
    signal: 'changed',
    args: { what: 'target' },
  });
}

async function announce(tx: Tx, account: TradingAccount, login: string): Promise<void> {
  const link = await createLink(tx, {
    purpose: 'platform_password',
    subject: account.id,
    entityId: account.entityId,
    clientId: account.clientId,
  });
  await appendEvents(tx, [
    {
      subject: account.id,
      type: 'account.activated',
      entityId: account.entityId,
      clientId: account.clientId,
      payload: {
        server: account.serverId,
        login,
        group: account.group,
        leverage: account.leverage,
      },
    },
  ]);
  await queueMail(tx, {
    key: `account_ready/${account.id}`,
    kind: 'account_ready',
    entityId: account.entityId,
    clientId: account.clientId,
    data: {
      link: link.path,
      platform: (await readServer(tx, account.serverId)).name,
      server: account.serverId,
      login,
      accountType: account.accountType,
      currency: account.currency,
      leverage: `1:${account.leverage}`,
      expires: `${linkHours.platform_password} hours`,
    },
  });
}

async function closeRefused(tx: Tx, id: string, code: string): Promise<void> {
  const moved = await moveAccount(tx, id, { from: ['waiting', 'provisioning'], to: 'closed' });
  // There is no log-in that could be used.
  const account = await readAccount(tx, id);
  if (moved) await recordAccess(tx, id, { access: 'blocked', change: account.accessChanges + 1 });
  if (moved) {
    await appendEvents(tx, [
      {
        subject: id,
        type: 'account.refused',
        entityId: account.entityId,
        clientId: account.clientId,
        payload: { code },
      },
    ]);
    await wakePredecessor(tx, account);
  }
  await finishProcess(tx, workflowIds.account(id), { state: 'closed', outcome: code });
}

export type AccountActivities = ReturnType<typeof createAccountActivities>;
