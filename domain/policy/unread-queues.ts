import { type PolicyProblem } from './body';
import { draftRows } from './edit/rows';
import { looseOf } from './edit/loose';
import { type PolicyKind } from './kinds/registry';
import { type PolicyLayerName } from './version';

/** The one kind whose rows say where a case waits; a task of any other stands where its own kind says. */
const readsQueue: PolicyKind = 'kyc.approval';

/**
 * Rows of a draft that send what they are about to a queue which nothing reads. Versions from before may say so and are
 * read as they stand.
 */
export function unreadQueueProblems(
  kind: PolicyKind,
  layer: PolicyLayerName,
  body: unknown,
): PolicyProblem[] {
  if (kind === readsQueue) return [];
  const isBase = layer === 'base';
  return draftRows(layer, body, []).flatMap(({ at, id: rule, rule: read }): PolicyProblem[] => {
    if (at === null || !Object.hasOwn(looseOf(read['then']), 'queue')) return [];
    return [
      {
        pointer: `/${isBase ? 'rules' : 'changes'}/${at}${isBase ? '' : '/with'}/then/queue`,
        code: 'unread_queue',
        severity: 'error',
        detail: `a queue is read of ${readsQueue} alone: tasks of this kind wait where their permission says`,
        rule,
      },
    ];
  });
}

/** The body of a version from before, without queues that nothing reads: what a new draft begins with. */
export function withoutUnreadQueues<Body extends object>(kind: PolicyKind, body: Body): Body {
  if (kind === readsQueue) return body;
  const text = JSON.stringify(body, (name: string, value: unknown) => {
    if (name !== 'then' || typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).filter(([field]) => field !== 'queue'));
  });
  return JSON.parse(text) as Body;
}
