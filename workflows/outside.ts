import {
  ActivityFailure,
  condition,
  isCancellation,
  patched,
  setCurrentDetails,
  sleep,
} from '@temporalio/workflow';
import { waitingFor, type StepResult } from '../domain/outside';
import { goOnInNewRun } from './new-run';

export interface OutsideSteps {
  /** The workflow's whole input: a wait of many days goes on in a new run, which reads the rows again. */
  readonly id: string;
  /** Plans and sends the step once; safe to call again, since it answers what stands. */
  readonly perform: () => Promise<StepResult>;
  /** Looks for a step of unknown outcome; opens a task itself when it cannot be judged by rule. */
  readonly lookUp: () => Promise<StepResult>;
  /** Writes to the process row what is waited for. */
  readonly report: (result: StepResult) => Promise<void>;
  /** Set by a signal: something about this process was committed. */
  readonly nudged: () => boolean;
  readonly forgetNudge: () => void;
}

const firstWaitMs = 300;
const longestWaitMs = 60_000;

/**
 * Carries one step outside to its end: done or refused. An unknown outcome is looked up for as long as
 * it takes, and only proof of absence lets a new attempt be made.
 */
export async function carryOut(
  steps: OutsideSteps,
): Promise<StepResult & { kind: 'done' | 'refused' }> {
  let result = await attempt(steps);
  let waitMs = firstWaitMs;
  let reported = '';
  for (;;) {
    if (result.kind === 'done' || result.kind === 'refused') return result;
    if (result.kind === 'absent') {
      result = await attempt(steps);
      continue;
    }
    await goOnInNewRun(steps.id);
    const words = `${result.kind}/${'code' in result ? (result.code ?? '') : ''}${taskOf(result)}`;
    if (words !== reported) {
      setCurrentDetails(`Waits for ${waitingFor(result) ?? 'nothing'}`);
      await steps.report(result);
    }
    reported = words;
    await condition(steps.nudged, waitMs);
    steps.forgetNudge();
    waitMs = Math.min(waitMs * 2, longestWaitMs);
    result = result.kind === 'blocked' ? await attempt(steps) : await steps.lookUp();
  }
}

/** One question may follow another: then another task is waited for, though what is said of it is the same. */
function taskOf(result: StepResult): string {
  return result.kind === 'person' && patched('task-by-task') ? result.taskId : '';
}

/** A lost worker or a timeout says nothing about the outside: it is unknown, and looked up. */
async function attempt(steps: OutsideSteps): Promise<StepResult> {
  try {
    return await steps.perform();
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error;
    await sleep(100);
    return { kind: 'unknown', intentId: null, reason: 'the attempt was cut off' };
  }
}
