import {
  ActivityFailure,
  allHandlersFinished,
  ApplicationFailure,
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
import type { AccountEndActivities } from '../activities/account-end';
import type { AccountRequestActivities } from '../activities/account-requests';
import type { AccountWriteActivities } from '../activities/account-writes';
import type { AccountStep } from '../domain/account/next-step';
import { waitingFor, wordsOfBlock, type StepResult } from '../domain/outside';
import { idempotentWrite, onceOnly, onceOnlyCall, provider } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { listenForNudges, type Nudge } from './nudge';
import { carryOut } from './outside';

type Activities = AccountActivities &
  AccountRequestActivities &
  AccountWriteActivities &
  AccountDueActivities &
  AccountEndActivities &
  AccountDemoActivities;

const db = proxyActivities<Activities>({ ...idempotentWrite, taskQueue: taskQueues.db });
const once = proxyActivities<Activities>({ ...onceOnlyCall, taskQueue: taskQueues.trading });
/** One attempt: what stands in the way is written where people see it, and the rows say what to do next. */
const asked = proxyActivities<Activities>({ ...onceOnly, taskQueue: taskQueues.trading });
const server = proxyActivities<Activities>({ ...provider, taskQueue: taskQueues.trading });

/** A trading account's whole life: made by policy, then serving what is asked of it, for years. */
export async function tradingAccount({ id }: { id: string }): Promise<string> {
  const nudge = listenForNudges();
  const { state, round } = await db.startAccount(id);
  const isOpening = state === 'requested' || state === 'provisioning' || state === 'waiting';
  if (isOpening && !(await provision(id, { firstRound: round, nudge }))) return 'closed';
  const trouble = new Trouble();
  for (;;) {
    const ended = patched('account-life')
      ? await live(id, { nudge, trouble })
      : await liveAsBefore(id, nudge);
    if (ended) return ended;
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<typeof tradingAccount>({ id });
    }
  }
}

/** One step of a living account; answers how it ended, once it has. */
async function live(
  id: string,
  { nudge, trouble }: { nudge: Nudge; trouble: Trouble },
): Promise<string | undefined> {
  nudge.clear();
  const step = await db.nextAccountStep(id, now(), trouble.lasts());
  if (step.kind === 'ended') return step.state;
  if (step.kind === 'sleep') {
    trouble.end();
    setCurrentDetails(`Waits for ${step.waitsFor}`);
    await sleepUntil(step.until, nudge);
    return undefined;
  }
  const waitsFor = await tryStep(id, step);
  if (waitsFor === null) {
    trouble.end();
    return undefined;
  }
  setCurrentDetails(`Waits for ${waitsFor}`);
  await db.reportAccountTrouble(id, waitsFor);
  await condition(nudge.set, trouble.pauseMs());
  return undefined;
}

/** Makes a step once; answers what stands in its way, or null. */
async function tryStep(id: string, step: Doable): Promise<string | null> {
  try {
    const result = await carryOutStep(id, step);
    return result && (result.kind === 'blocked' || result.kind === 'unknown')
      ? waitingFor(result)
      : null;
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    // A lost worker, a server that is away, or a mistake of ours: the rows still say what to do.
    const name = error.cause instanceof ApplicationFailure ? error.cause.type : 'no answer';
    const declared = wordsOfBlock(name ?? undefined);
    if (declared !== undefined) return declared;
    return /^Platform|^no answer$/.test(name ?? '')
      ? `the trading server to answer (${step.kind})`
      : `another try after a fault (${step.kind}: ${name ?? 'unknown'})`;
  }
}

/** How often a step has been tried in vain: the pauses between the tries grow, from a third of a second to a minute. */
class Trouble {
  #tries = 0;

  lasts(): boolean {
    return this.#tries > 0;
  }

  pauseMs(): number {
    this.#tries += 1;
    return Math.min(60_000, 300 * 2 ** Math.min(this.#tries - 1, 10));
  }

  end(): void {
    this.#tries = 0;
  }
}

async function sleepUntil(until: string | null, nudge: Nudge): Promise<void> {
  const wakes = () => nudge.set() || workflowInfo().continueAsNewSuggested;
  if (until === null) await condition(wakes);
  else await condition(wakes, Math.max(1, Date.parse(until) - Date.now()));
}

type Doable = Exclude<AccountStep, { kind: 'ended' | 'sleep' }>;

/** What a step outside has come to; nothing for the others, and in histories that are older than its intent. */
async function carryOutStep(id: string, step: Doable): Promise<StepResult | null | void> {
  switch (step.kind) {
    case 'read_back':
      return asked.readBackWrite(id, step.intentId);
    case 'access':
      return once.applyAccess(id, step.level);
    case 'password':
      return once.setChosenPassword(id, step.requestId);
    case 'apply':
      return once.applySettings(id, step.requestId);
    case 'assess':
      return asked.assessAccountRequest(id, step.requestId, now());
    case 'decided':
      return db.takeDecision(id, step.requestId, now());
    case 'open_target':
      return db.openTarget(id, step.requestId);
    case 'look':
      return asked.lookAtAccount(id, step.requestId, now());
    case 'send_home':
      return asked.sendBalanceHome(id, step.requestId, now());
    case 'send_on':
      return db.sendBalanceOn(id, step.requestId, now());
    case 'restrain':
      return asked.restrainAccount(id, step.requestId, now());
    case 'ask_about_positions':
      return db.askAboutPositions(id, step.requestId);
    case 'positions_decided':
      return db.takePositionsDecision(id, step.requestId, now());
    case 'finish':
      return db.finishAccountRequest(id, step.requestId, now());
    case 'archive':
      return db.archiveClosedAccount(id);
    case 'close_unclaimed':
      return db.closeUnclaimed(id);
    case 'settle':
      return asked.settleNegative(id, now());
    case 'due':
      return asked.doWhatIsDue(id, now());
    case 'demo_money':
      return asked.giveDemoMoney(id);
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
