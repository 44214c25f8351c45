/** So many tasks at once: each is a decision of its own in one transaction. */
export const bulkTasksMax = 50;

export type TaskOutcome = 'processed' | 'skipped' | 'errored';

/** Refusals after which nothing is left to do, or that leave the task to be looked at by itself. */
const skipped: ReadonlySet<string> = new Set([
  'four_eyes_task',
  'already_decided',
  'claimed',
  'held_already',
  'not_held',
]);

/** `errored` is what whoever asked has to look into: stale, not theirs, refused by a rule. */
export function outcomeOfTask(code: string): TaskOutcome {
  return skipped.has(code) ? 'skipped' : 'errored';
}
