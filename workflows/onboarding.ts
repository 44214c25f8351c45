import { condition, proxyActivities } from '@temporalio/workflow';
import type { OnboardingActivities } from '../activities/onboarding';
import { idempotentWrite } from '../temporal-config/retry';
import { taskQueues } from '../temporal-config/task-queues';
import { listenForNudges } from './nudge';

const db = proxyActivities<OnboardingActivities>({ ...idempotentWrite, taskQueue: taskQueues.db });

/** From registration to the first trading account, or to the refusal. */
export async function onboarding({ id }: { id: string }): Promise<string> {
  const nudge = listenForNudges();
  let standing = await db.readOnboarding(id);
  while (standing === 'waiting') {
    await condition(nudge.set);
    nudge.clear();
    standing = await db.readOnboarding(id);
  }
  await db.tellOutcome(id);
  if (standing === 'rejected') return standing;
  let account = await db.openFirstAccount(id);
  while (account === 'waiting') {
    await condition(nudge.set);
    nudge.clear();
    account = await db.openFirstAccount(id);
  }
  return standing;
}
