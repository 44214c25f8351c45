import { may } from '../domain/access/scope';
import { newId } from '../domain/ids';
import { conflict, forbidden, malformed, notFound, Problem } from '../domain/problem';
import { bulkTasksMax, outcomeOfTask, type TaskOutcome } from '../domain/task/bulk';
import { inSavepoint, rows, utc, type Tx } from './connection';
import { claimTask, readVisibleTask, releaseTask, whyDecided } from './task-inbox';
import { decide } from './task-decisions';
import { isFourEyes } from './task-people';
import { reassignTask } from './task-reassignment';

/** A task as the person saw it. */
export interface SeenTask {
  readonly taskId: string;
  readonly expectedVersion: number;
  readonly contentHash: string;
}

export type TaskAction =
  | { readonly kind: 'claim' }
  | { readonly kind: 'release' }
  | { readonly kind: 'reassign'; readonly to: string; readonly reason: string }
  | { readonly kind: 'decide'; readonly decision: string; readonly reason: string };

export interface TaskBulkItem {
  readonly taskId: string;
  readonly outcome: TaskOutcome;
  readonly code: string | null;
  readonly detail: string | null;
}

export interface TaskBulk {
  readonly id: string;
  readonly action: TaskAction['kind'];
  readonly createdAt: string;
  readonly items: readonly TaskBulkItem[];
}

/**
 * Does the same about up to 50 tasks in one transaction, each in a savepoint of its own and answered by itself. What a
 * second person has to look at is never decided so. 403 without the action's permission.
 */
export async function changeTasks(
  tx: Tx,
  { tasks, action }: { readonly tasks: readonly SeenTask[]; readonly action: TaskAction },
): Promise<TaskBulk> {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw forbidden('task.claim');
  const permission = action.kind === 'reassign' ? 'task.reassign' : 'task.claim';
  if (!may(scope, permission)) throw forbidden(permission);
  const seen = new Map(tasks.map((task) => [task.taskId, task]));
  if (seen.size === 0 || seen.size > bulkTasksMax) {
    throw malformed(`Name 1 to ${bulkTasksMax} tasks.`, [
      { pointer: '/body/tasks', detail: `names ${seen.size} tasks` },
    ]);
  }
  const items = new Map<string, TaskBulkItem>();
  // Two bulks that meet lock in the same order: events lock the subjects of tasks.
  for (const id of await inLockingOrder(tx, [...seen.keys()])) {
    const task = seen.get(id);
    if (task) items.set(id, await changeOne(tx, task, action));
  }
  return keep(
    tx,
    scope.userId,
    action,
    [...seen.keys()].flatMap((id) => items.get(id) ?? []),
  );
}

async function inLockingOrder(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const found = await rows<{ id: string }>(
    tx,
    `select of.id from unnest(:ids::text[]) as of (id) left join task t on t.id = of.id order by t.subject, of.id`,
    { ids },
  );
  return found.map(({ id }) => id);
}

async function changeOne(tx: Tx, seen: SeenTask, action: TaskAction): Promise<TaskBulkItem> {
  const { taskId } = seen;
  try {
    await inSavepoint(tx, (inner) => apply(inner, seen, action));
    return { taskId, outcome: 'processed', code: null, detail: null };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { code, detail } = error;
    return { taskId, outcome: outcomeOfTask(code), code, detail };
  }
}

async function apply(tx: Tx, seen: SeenTask, action: TaskAction): Promise<void> {
  const { taskId } = seen;
  switch (action.kind) {
    case 'claim':
      await claimTask(tx, taskId);
      return;
    case 'release': {
      const task = await readVisibleTask(tx, taskId);
      const isMine = tx.scope.kind === 'staff' && task.claimedBy === tx.scope.userId;
      if (!isMine) throw conflict('not_held', 'You do not hold this task.');
      await releaseTask(tx, taskId);
      return;
    }
    case 'reassign':
      await reassignTask(tx, taskId, action);
      return;
    case 'decide': {
      const task = await readVisibleTask(tx, taskId);
      if (task.state !== 'open') throw whyDecided(task);
      if (await isFourEyes(tx, task)) {
        throw conflict(
          'four_eyes_task',
          'A second person has to look at this: it is decided by itself.',
        );
      }
      await decide(tx, { ...seen, decision: action.decision, reason: action.reason });
    }
  }
}

/** What came of it is kept for whoever did it; the words of a reason stand with each decision. */
async function keep(
  tx: Tx,
  userId: string,
  action: TaskAction,
  items: readonly TaskBulkItem[],
): Promise<TaskBulk> {
  const [row] = await rows<{ id: string; created_at: string }>(
    tx,
    `insert into task_bulk (id, made_by, action, items) values (:id, :userId, :action, :items) returning id, created_at`,
    {
      id: newId('taskBulk'),
      userId,
      action: JSON.stringify({ kind: action.kind }),
      items: JSON.stringify(items),
    },
  );
  if (!row) throw new Error('the bulk action was not kept');
  return { id: row.id, action: action.kind, createdAt: utc(row.created_at), items };
}

/** What came of one of one's own. Throws 404, also for another's. */
export async function readTaskBulk(tx: Tx, id: string): Promise<TaskBulk> {
  const [row] = await rows<{
    id: string;
    action: { readonly kind: TaskAction['kind'] };
    items: readonly TaskBulkItem[];
    created_at: string;
  }>(tx, 'select id, action, items, created_at from task_bulk where id = :id', { id });
  if (!row) throw notFound('bulk action');
  return { id: row.id, action: row.action.kind, createdAt: utc(row.created_at), items: row.items };
}
