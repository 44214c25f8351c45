import { may } from '../domain/access/scope';
import { conflict, forbidden, refused } from '../domain/problem';
import { assignedMinutes } from '../domain/task/task';
import { asSystem, rows, type Tx } from './connection';
import { appendEvents } from './events';
import { dueIn } from './task-clock';
import { personOfWords, readVisibleTask, whyDecided } from './task-inbox';
import { isEligible } from './task-people';
import { taskColumns, taskEvent, taskFromRow, type Task, type TaskRow } from './tasks';
import { readUser } from './users';

/**
 * A lead gives a task to a colleague, whoever holds it; it stays with them for a working day. Throws 403 without
 * `task.reassign`, 404, 409 when it is decided or theirs already, and 422 `not_eligible` for one who may not decide it.
 */
export async function reassignTask(
  tx: Tx,
  id: string,
  { to, reason }: { readonly to: string; readonly reason: string },
): Promise<Task> {
  if (!may(tx.scope, 'task.reassign')) throw forbidden('task.reassign');
  await rows(tx, 'select 1 from task where id = :id for update', { id });
  const task = await readVisibleTask(tx, id);
  if (task.state !== 'open') throw whyDecided(task);
  await readUser(tx, to);
  const holder = await holderNow(tx, id);
  if (holder === to) throw conflict('held_already', 'This colleague holds the task already.');
  return asSystem(tx, async (system) => {
    if (!(await isEligible(system, task, to))) {
      throw refused(
        'not_eligible',
        'This colleague cannot decide it: their roles lack the permission, they took part in it, or they are away.',
        { permission: task.permission },
      );
    }
    return handTo(system, task, {
      to,
      why: 'lead',
      personal: {
        personId: personOfWords(task, tx.scope.actor.replace(/^user:/, '')),
        data: { reason },
      },
    });
  });
}

async function holderNow(tx: Tx, id: string): Promise<string | null> {
  const [row] = await rows<{ claimed_by: string | null }>(
    tx,
    'select claimed_by from task where id = :id and lease_until > now()',
    { id },
  );
  return row?.claimed_by ?? null;
}

/** The locked task is another person's from now on, or nobody's; an event says from whom, to whom and why. */
export async function handTo(
  tx: Tx,
  task: Task,
  {
    to,
    why,
    personal,
  }: {
    readonly to: string | null;
    readonly why: 'lead' | 'absence';
    readonly personal?: { readonly personId: string; readonly data: { readonly reason: string } };
  },
): Promise<Task> {
  const until = to === null ? null : await dueIn(tx, task.entityId, assignedMinutes);
  const [row] = await rows<TaskRow>(
    tx,
    `update task set claimed_by = :to, lease_until = :until where id = :id and state = 'open' returning ${taskColumns}`,
    { id: task.id, to, until },
  );
  if (!row) throw new Error(`the task ${task.id} went away while it was locked`);
  const handed = taskFromRow(row);
  await appendEvents(tx, [
    {
      ...taskEvent(handed, to === null ? 'task.returned' : 'task.reassigned', {
        from: task.claimedBy,
        to,
        why,
      }),
      ...(personal ? { personal } : {}),
    },
  ]);
  return handed;
}
