import { condition, proxyActivities } from '@temporalio/workflow';
import { idempotentWrite } from '../temporal-config/retry';
import { listenForNudges } from '../workflows/nudge';
import type { BareActivities } from './bare-worker';
import type { BareStep } from './history-shape';

/** As many steps on the same queues, and waits for a signal at the same places, as the product's; none does anything. */
export async function bareFlow({ steps }: { readonly steps: readonly BareStep[] }): Promise<void> {
  const nudge = listenForNudges();
  for (const { taskQueue, signals } of steps) {
    const { nothing } = proxyActivities<BareActivities>({ ...idempotentWrite, taskQueue });
    await nothing(signals);
    if (signals === null) continue;
    await condition(nudge.set);
    nudge.clear();
  }
}

/** Sleeps until it is told, then takes one step. */
export async function bareReview({ taskQueue }: { readonly taskQueue: string }): Promise<void> {
  const nudge = listenForNudges();
  await condition(nudge.set);
  await proxyActivities<BareActivities>({ ...idempotentWrite, taskQueue }).nothing(null);
}
