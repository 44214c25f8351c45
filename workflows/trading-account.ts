import {
  ActivityFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { AccountActivities } from '../activities/account';
import type { AccountDemoActivities } from '../activities/account-demo';
import type { AccountDueActivities } from '../activities/account-due';
import type { AccountRequestActivities } from '../activities/account-requests';
import type { AccountStep } from '../domain/account/next-step';
import { idempotentWrite, onceOnlyCall, provider } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { listenForNudges, type Nudge } from './nudge';
import { carryOut } from './outside';

type Activities = AccountActivities &
  AccountRequestActivities &
  AccountDueActivities &
  AccountDemoActivities;

const db = proxyActivities<Activities>({ ...idempotentWrite, taskQueue: taskQueues.db });
const once = proxyActivities<Activities>({ ...onceOnlyCall, taskQueue: taskQueues.trading });
const server = proxyActivities<Activities>({ ...provider, taskQueue: taskQueues.trading });

/** A trading account's whole life: made by policy, then serving what is asked of it, for years. */
export async function tradingAccount({ id }: { id: string }): Promise<string> {
  const nudge = listenForNudges();
  const { state, round } = await db.startAccount(id);
  const isOpening = state === 'requested' || state === 'provisioning' || state === 'waiting';
  if (isOpening && !(await provision(id, { firstRound: round, nudge }))) return 'closed';
  for (;;) {
    const ended = patched('account-life') ? await live(id, nudge) : await liveAsBefore(id, nudge);
    if (ended) return ended;
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof tradingAccount>({ id });
    }
  }
}

/** One step of a living account; answers how it ended, once it has. */
async function live(id: string, nudge: Nudge): Promise<string | undefined> {
  nudge.clear();
  const step = await db.nextAccountStep(id, now());
  if (step.kind === 'ended') return step.state;
  if (step.kind === 'sleep') {
    setCurrentDetails(`Waits for ${step.waitsFor}`);
    await sleepUntil(step.until, nudge);
    return undefined;
  }
  try {
    await carryOutStep(id, step);
  } catch (error) {
    // The server or the database was away for longer than the attempts go on: the rows still say what to do.
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    await db.reportAccountTrouble(id, step.kind);
    await condition(nudge.set, '1 minute');
  }
  return undefined;
}

async function sleepUntil(until: string | null, nudge: Nudge): Promise<void> {
  const wakes = () => nudge.set() || workflowInfo().continueAsNewSuggested;
  if (until === null) await condition(wakes);
  else await condition(wakes, Math.max(1, Date.parse(until) - Date.now()));
}

async function carryOutStep(
  id: string,
  step: Exclude<AccountStep, { kind: 'ended' | 'sleep' }>,
): Promise<void> {
  switch (step.kind) {
    case 'access':
      return server.applyAccess(id, step.level);
    case 'password':
      return server.setChosenPassword(id, step.requestId);
    case 'assess':
      return server.assessAccountRequest(id, step.requestId, now());
    case 'decided':
      return db.takeDecision(id, step.requestId, now());
    case 'apply':
      return server.applySettings(id, step.requestId);
    case 'open_target':
      return db.openTarget(id, step.requestId);
    case 'look':
      return server.lookAtAccount(id, step.requestId, now());
    case 'send_home':
      return server.sendBalanceHome(id, step.requestId, now());
    case 'send_on':
      return db.sendBalanceOn(id, step.requestId);
    case 'finish':
      return db.finishAccountRequest(id, step.requestId);
    case 'due':
      return server.doWhatIsDue(id, now());
    case 'demo_money':
      return server.giveDemoMoney(id);
  }
}

/** The process's own time: the same when it is replayed, and years ahead where a test skips time. */
function now(): string {
  return new Date(Date.now()).toISOString();
}

/** As runs went that began when passwords were all that could be asked. They go on in the new way from here. */
async function liveAsBefore(id: string, nudge: Nudge): Promise<undefined> {
  await server.serveRequests(id);
  await condition(() => nudge.set() || workflowInfo().continueAsNewSuggested);
  nudge.clear();
}

/** Until the log-in is there, or a person gives the account up. */
async function provision(
  id: string,
  { firstRound, nudge }: { firstRound: number; nudge: Nudge },
): Promise<boolean> {
  for (let round = firstRound; ; round += 1) {
    const made = await carryOut({
      id,
      perform: () => once.createLogin(id, round),
      lookUp: () => server.lookUpLogin(id, round),
      report: (result) => db.reportAccount(id, result),
      nudged: nudge.set,
      forgetNudge: nudge.clear,
    });
    if (made.kind === 'done') {
      await db.activateAccount(id, made.externalId);
      return true;
    }
    await db.askOperations(id, round, { code: made.code, reason: made.reason });
    for (;;) {
      const decision = await db.readProvisioningDecision(id, round);
      if (decision === 'refuse') return false;
      if (decision === 'retry') break;
      await condition(nudge.set);
      nudge.clear();
    }
  }
}
