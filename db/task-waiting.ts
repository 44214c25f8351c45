import { addWorkingMinutes } from '../domain/task/business-calendar';
import { conflict, refused } from '../domain/problem';
import { calendarOf } from './business-calendars';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents } from './events';
import { minutesLeft } from './task-clock';
import { personOfWords, readVisibleTask, whyNot } from './task-inbox';
import { taskColumns, taskEvent, taskFromRow, type Task, type TaskRow } from './tasks';

/** The client is not waited for longer than this without somebody saying so again. */
export const waitDaysMax = 30;

/**
 * Stops a task's clock until the client has answered, somebody goes on with it, or `until` (RFC 3339) has come. The
 * claim is given back. Throws as deciding does, 409 `waiting` when it stands already, 422 for a time out of reach.
 */
export async function waitForClient(
  tx: Tx,
  id: string,
  { reason, until }: { readonly reason: string; readonly until?: string },
): Promise<Task> {
  const task = await readVisibleTask(tx, id);
  const problem = await whyNot(tx, task);
  if (problem) throw problem;
  if (task.waitingSince !== null) {
    throw conflict('waiting', 'The client is waited for already.', { since: task.waitingSince });
  }
  if (task.clientId === null) {
    throw refused('no_client', 'This is about no client: there is nobody to wait for.');
  }
  return asSystem(tx, async (system) => {
    const [row] = await rows<TaskRow>(
      system,
      `update task set waiting_since = now(), minutes_left = :left, clock_at = t.until, waiting_until = t.until,
         claimed_by = null, lease_until = null
       from (select coalesce(:until::timestamptz, now() + :days * interval '1 day') as until) t
       where task.id = :id and task.state = 'open' and task.waiting_since is null
         and t.until > now() and t.until <= now() + :days * interval '1 day'
       returning ${taskColumns}`,
      { id, left: await minutesLeft(system, task), until: until ?? null, days: waitDaysMax },
    );
    if (!row) {
      throw refused('wait_out_of_reach', `Wait until a time within the next ${waitDaysMax} days.`);
    }
    const waiting = taskFromRow(row);
    await appendEvents(system, [
      {
        ...taskEvent(waiting, 'task.waiting', { until: waiting.waitingUntil }),
        personal: {
          personId: personOfWords(waiting, tx.scope.actor.replace(/^user:/, '')),
          data: { reason },
        },
      },
    ]);
    return waiting;
  });
}

/** Lets the clock of a waiting task go on. Throws as deciding does, and 409 `not_waiting`. */
export async function resumeTask(tx: Tx, id: string): Promise<Task> {
  const task = await readVisibleTask(tx, id);
  const problem = await whyNot(tx, task);
  if (problem) throw problem;
  const resumed = await asSystem(tx, (system) => goOn(system, task, 'asked'));
  if (!resumed) throw conflict('not_waiting', 'The clock of this task does not stand.');
  return resumed;
}

/** The client has done something: tasks about them that waited go on. */
export async function resumeOfClient(tx: Tx, clientId: string): Promise<void> {
  await asSystem(tx, async (system) => {
    const waiting = await rows<TaskRow>(
      system,
      `select ${taskColumns} from task where client_id = :clientId and state = 'open' and waiting_since is not null
       order by id limit 100 for update`,
      { clientId },
    );
    for (const row of waiting) await goOn(system, taskFromRow(row), 'client');
  });
}

/** The clock goes on with what was left; undefined when it did not stand. Runs under the system's scope. */
export async function goOn(
  tx: Tx,
  task: Task,
  why: 'asked' | 'client' | 'time',
): Promise<Task | undefined> {
  const calendar = await calendarOf(tx, task.entityId);
  const [standing] = await rows<{
    now: string;
    minutes_left: number | null;
    due_minutes: number | null;
  }>(
    tx,
    `select now() as now, minutes_left, due_minutes from task
     where id = :id and state = 'open' and waiting_since is not null for update`,
    { id: task.id },
  );
  if (!standing) return undefined;
  const now = new Date(utc(standing.now));
  const left = standing.minutes_left ?? 0;
  const untilNotice = Math.max(0, left - Math.floor((standing.due_minutes ?? 0) / 2));
  const dueAt = addWorkingMinutes(calendar, now, left).toISOString();
  const noticeAt = addWorkingMinutes(calendar, now, untilNotice).toISOString();
  const [row] = await rows<TaskRow>(
    tx,
    `update task set waiting_since = null, waiting_until = null, minutes_left = null, due_at = :dueAt,
       clock_at = case when escalated_at is not null then null when noticed_at is null then :noticeAt::timestamptz
         else :dueAt::timestamptz end
     where id = :id returning ${taskColumns}`,
    { id: task.id, dueAt, noticeAt },
  );
  if (!row) throw new Error(`the task ${task.id} went away while it was locked`);
  const resumed = taskFromRow(row);
  await appendEvents(tx, [taskEvent(resumed, 'task.resumed', { why, dueAt: resumed.dueAt })]);
  return resumed;
}
