import { condition } from '@temporalio/workflow';
import type { StepResult } from '../domain/outside';
import { goOnInNewRun } from './new-run';
import type { Nudge } from './nudge';
import { carryOut } from './outside';

/** One payment that goes back by the provider that took it. `round` counts what people asked to retry. */
export interface GiveBackSteps {
  /** The workflow's whole input. */
  readonly id: string;
  readonly send: (round: number) => Promise<StepResult>;
  readonly lookUp: (round: number) => Promise<StepResult>;
  readonly report: (result: StepResult) => Promise<void>;
  /** Whether the provider has given it back; `ask`: also asks it, since a webhook may never come. */
  readonly settle: (round: number, ask: boolean) => Promise<'waiting' | 'returned' | 'refused'>;
  /** What people say to a refusal. */
  readonly askPeople: (round: number, code: string) => Promise<'retry' | 'refuse' | 'waiting'>;
}

const firstAskMs = 5_000;
const longestAskMs = 60 * 60_000;

/** Gives a payment back: returned when the provider says that it has, refused when people give it up. */
export async function giveBack(
  steps: GiveBackSteps,
  nudge: Nudge,
): Promise<'returned' | 'refused'> {
  for (let round = 1; ; round += 1) {
    const sent = await carryOut({
      id: steps.id,
      perform: () => steps.send(round),
      lookUp: () => steps.lookUp(round),
      report: steps.report,
      nudged: nudge.set,
      forgetNudge: nudge.clear,
    });
    const end = sent.kind === 'done' ? await settled(steps, round, nudge) : 'refused';
    if (end === 'returned') return 'returned';
    const code = sent.kind === 'refused' ? sent.code : 'FAILED';
    let said = await steps.askPeople(round, code);
    while (said === 'waiting') {
      await goOnInNewRun(steps.id);
      await condition(nudge.set);
      nudge.clear();
      said = await steps.askPeople(round, code);
    }
    if (said === 'refuse') return 'refused';
  }
}

async function settled(
  steps: GiveBackSteps,
  round: number,
  nudge: Nudge,
): Promise<'returned' | 'refused'> {
  let waitMs = firstAskMs;
  let standing = await steps.settle(round, false);
  while (standing === 'waiting') {
    await goOnInNewRun(steps.id);
    const woken = await condition(nudge.set, waitMs);
    nudge.clear();
    standing = await steps.settle(round, !woken);
    waitMs = Math.min(waitMs * 2, longestAskMs);
  }
  return standing;
}
