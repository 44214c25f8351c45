import { rows, type Tx } from './connection';
import { appendEvents } from './events';
import { leaderOf } from './task-people';
import { goOn } from './task-waiting';
import { taskColumns, taskEvent, taskFromRow, type Task, type TaskRow } from './tasks';

/**
 * Does what the clocks of open tasks say now: notice at half of the time, escalation at all of it, once each, and one
 * that waited long enough goes on. Answers how many it took; safe in several copies. Runs under the system's scope.
 */
export async function turnTaskClocks(tx: Tx, limit: number): Promise<number> {
  const due = await rows<TaskRow>(
    tx,
    `select ${taskColumns} from task where state = 'open' and clock_at <= now()
     order by clock_at, id limit :limit for update skip locked`,
    { limit },
  );
  // Events lock their subjects: always in the same order.
  const tasks = due.map(taskFromRow).sort((a, b) => (a.subject < b.subject ? -1 : 1));
  for (const task of tasks) {
    if (task.waitingSince !== null) await goOn(tx, task, 'time');
    else if (task.noticedAt === null && !(await isOver(tx, task))) await giveNotice(tx, task);
    else await escalate(tx, task);
  }
  return tasks.length;
}

async function isOver(tx: Tx, { id }: Task): Promise<boolean> {
  const found = await rows(tx, 'select 1 from task where id = :id and due_at <= now()', { id });
  return found.length > 0;
}

async function giveNotice(tx: Tx, task: Task): Promise<void> {
  await rows(tx, 'update task set noticed_at = now(), clock_at = due_at where id = :id', {
    id: task.id,
  });
  await appendEvents(tx, [
    taskEvent(task, 'task.half_time', { dueAt: task.dueAt, claimedBy: task.claimedBy }),
  ]);
}

async function escalate(tx: Tx, task: Task): Promise<void> {
  const to = await leaderOf(tx, task, 'lead');
  const [row] = await rows<TaskRow>(
    tx,
    `update task set noticed_at = coalesce(noticed_at, now()), escalated_at = now(), clock_at = null,
       escalated_to = coalesce(:to, escalated_to)
     where id = :id and escalated_at is null returning ${taskColumns}`,
    { id: task.id, to },
  );
  if (!row) {
    await rows(tx, 'update task set clock_at = null where id = :id', { id: task.id });
    return;
  }
  const escalated = taskFromRow(row);
  await appendEvents(tx, [
    taskEvent(escalated, 'task.escalated', {
      to: escalated.escalatedTo,
      dueAt: escalated.dueAt,
      claimedBy: escalated.claimedBy,
    }),
  ]);
}
