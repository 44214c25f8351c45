import { reasonCodesIn } from '../domain/kyc/reason-codes';
import { affirmative, askingClient, claimLeaseMinutes } from '../domain/task/task';
import { seesTask } from '../domain/task/visible';
import { may, type StaffScope } from '../domain/access/scope';
import { permissions, type Permission } from '../domain/access/roles';
import { conflict, forbidden, malformed, notFound, type Problem } from '../domain/problem';
import { enqueueSignal } from './dispatch';
import { appendEvents } from './events';
import { asSystem, rows, sendAhead, type Tx } from './connection';
import { encryptFor, expectKey } from './personal-data';
import { minutesLeft } from './task-clock';
import {
  readTask,
  recordParticipation,
  taskColumns,
  taskEvent,
  taskFromRow,
  type Task,
  type TaskRow,
} from './tasks';

/** Why this person cannot act on the task, or undefined when they can. The same answer on page and API. */
export async function whyNot(tx: Tx, task: Task): Promise<Problem | undefined> {
  const staff = tx.scope.kind === 'staff' ? tx.scope : undefined;
  if (!staff) return forbidden(task.permission);
  const permission = permissions.find((known) => known === task.permission);
  if (!permission || !may(staff, permission)) return forbidden(task.permission);
  if (task.state !== 'open') return whyDecided(task);
  if (await isExcluded(tx, task, staff.userId)) {
    return conflict('four_eyes', 'You took part in this already; another person must decide.', {
      task: task.id,
    });
  }
  if (
    task.claimedBy !== null &&
    task.claimedBy !== staff.userId &&
    (await leaseHolds(tx, task.id))
  ) {
    return conflict('claimed', 'Another person has claimed this task.', {
      claimedBy: task.claimedBy,
      leaseUntil: task.leaseUntil,
    });
  }
  return undefined;
}

async function isExcluded(tx: Tx, task: Task, userId: string): Promise<boolean> {
  const [found] = await rows<{ took: boolean }>(
    tx,
    'select took_part(:id, :subject, :excluded::text[], :userId) as took',
    { id: task.id, subject: task.subject, excluded: [...task.excluded], userId },
  );
  return found?.took ?? true;
}

async function leaseHolds(tx: Tx, id: string): Promise<boolean> {
  return (
    (await rows(tx, 'select 1 from task where id = :id and lease_until > now()', { id })).length > 0
  );
}

/** Who has decided it, when and what: what the loser of two is told. */
export function whyDecided(task: Task): Problem {
  return conflict('already_decided', 'This task has been decided.', {
    decision: task.decision,
    decidedBy: task.decidedBy,
    decidedAt: task.decidedAt,
    version: task.version,
  });
}

/**
 * Takes a task for 30 minutes, or renews the lease of the one who holds it; a longer one stays as it is. 409 when
 * another person holds it. Whose claim ran out before is named in an event.
 */
export async function claimTask(tx: Tx, id: string): Promise<Task> {
  const task = await readVisibleTask(tx, id);
  const problem = await whyNot(tx, task);
  if (problem) throw problem;
  const [row] = await rows<TakenRow>(
    tx,
    `with held as (select id, claimed_by from task where id = :id for update)
     update task set claimed_by = :userId,
       lease_until = greatest(case when task.claimed_by = :userId then task.lease_until end, now() + :minutes * interval '1 minute')
     from held where task.id = held.id and task.state = 'open'
       and (task.claimed_by is null or task.claimed_by = :userId or task.lease_until <= now())
     returning ${takenColumns}`,
    { id, userId: staffOf(tx).userId, minutes: claimLeaseMinutes },
  );
  if (!row) throw conflict('claimed', 'Another person has claimed this task.');
  return tellTakeOver(tx, row);
}

/** The most urgent task that this person may decide and nobody holds, claimed; undefined when there is none. */
export async function claimNext(tx: Tx): Promise<Task | undefined> {
  const staff = staffOf(tx);
  const [row] = await rows<TakenRow>(
    tx,
    `with held as (select t.id, t.claimed_by from task t
       where t.state = 'open' and t.waiting_since is null and t.permission = any (:permissions)
         and (t.claimed_by is null or t.lease_until <= now())
         and not took_part(t.id, t.subject, t.excluded, :userId)
       order by t.priority, t.due_at, t.id limit 1 for update skip locked)
     update task set claimed_by = :userId, lease_until = now() + :minutes * interval '1 minute'
     from held where task.id = held.id returning ${takenColumns}`,
    { userId: staff.userId, minutes: claimLeaseMinutes, permissions: [...staff.permissions] },
  );
  return row && tellTakeOver(tx, row);
}

/** A task as it was taken, and who had held it before. */
type TakenRow = TaskRow & { readonly held_before: string | null };

const takenColumns = `${taskColumns.replaceAll(/\b[a-z_]+\b/g, 'task.$&')}, held.claimed_by as held_before`;

/** No task changes hands without a word: whoever let a claim run out finds who has taken it over. */
async function tellTakeOver(tx: Tx, { held_before: before, ...row }: TakenRow): Promise<Task> {
  const task = taskFromRow(row);
  if (before !== null && before !== task.claimedBy) {
    await asSystem(tx, (system) =>
      appendEvents(system, [
        taskEvent(task, 'task.taken_over', { from: before, to: task.claimedBy }),
      ]),
    );
  }
  return task;
}

/** Gives a claim back; nothing happens to another's. Throws `not_found` (404). */
export async function releaseTask(tx: Tx, id: string): Promise<void> {
  await readVisibleTask(tx, id);
  await rows(
    tx,
    'update task set claimed_by = null, lease_until = null where id = :id and claimed_by = :userId',
    { id, userId: staffOf(tx).userId },
  );
}

export interface Decision {
  readonly taskId: string;
  readonly expectedVersion: number;
  readonly contentHash: string;
  readonly decision: string;
  /** Reason codes, words, or both; always demanded. Words may name people: only codes are kept in clear. */
  readonly reason: string;
  readonly note?: string;
  /** Whose decision it is meant to be: one that was named for another officer is refused. */
  readonly officer?: string;
}

/** Whose key keeps the words of a decision: the client's whom it is about, else the decider's. */
export function personOfWords(task: { readonly clientId: string | null }, userId: string): string {
  return task.clientId ?? userId;
}

/** Refuses a decision by the state of the subject, by kind of task (e.g. documents still pending). */
export type DecisionGuard = (tx: Tx, task: Task, decision: string) => Promise<void>;

/**
 * The one place where people decide. Checks state, version, content hash, permission, claim and everyone
 * who took part; records the decision, excludes the decider, and on the last needed approval (or the first
 * refusal) closes the task and wakes its process. Throws 403, 404, or 409 with the present state.
 */
export async function decideTask(
  tx: Tx,
  decision: Decision,
  guards: Readonly<Partial<Record<string, DecisionGuard>>> = {},
): Promise<Task> {
  const staff = staffOf(tx);
  if (decision.officer !== undefined && decision.officer !== staff.userId) {
    throw conflict('named_for_another', 'This decision was made out for another officer.', {
      officer: decision.officer,
    });
  }
  await sendAhead(tx, 'select 1 from task where id = :id for update', { id: decision.taskId });
  const task = await readVisibleTask(tx, decision.taskId);
  const person = personOfWords(task, staff.userId);
  expectKey(tx, person);
  const problem = await whyNot(tx, task);
  if (problem) throw problem;
  if (task.version !== decision.expectedVersion || task.contentHash !== decision.contentHash) {
    throw conflict('stale', 'What you decide on has changed since you opened it.', {
      version: task.version,
      contentHash: task.contentHash,
    });
  }
  if (!task.choices.includes(decision.decision)) {
    throw malformed('There is no such decision for this task.', [
      { pointer: '/body/decision', detail: `is one of ${task.choices.join(', ')}` },
    ]);
  }
  if (decision.reason.trim() === '') {
    throw malformed('A decision needs a reason.', [
      { pointer: '/body/reason', detail: 'is required' },
    ]);
  }
  await guards[task.kind]?.(tx, task, decision.decision);
  await sendAhead(
    tx,
    `insert into task_decision (task_id, user_id, decision, reason_ct, note_ct, content_hash, task_version)
     values (:taskId, :userId, :decision, :reason, :note, :contentHash, :version)`,
    {
      taskId: task.id,
      userId: staff.userId,
      decision: decision.decision,
      reason: await encryptFor(tx, person, 'decision.reason', decision.reason),
      note: decision.note ? await encryptFor(tx, person, 'decision.note', decision.note) : null,
      contentHash: task.contentHash,
      version: task.version,
    },
  );
  return asSystem(tx, (system) =>
    close(system, { task, decision, staff, final: isFinal(task, decision.decision) }),
  );
}

function isFinal(task: Task, decision: string): boolean {
  return !affirmative.has(decision) || task.approvals + 1 >= task.approvalsRequired;
}

async function close(
  tx: Tx,
  {
    task,
    decision,
    staff,
    final,
  }: { task: Task; decision: Decision; staff: StaffScope; final: boolean },
): Promise<Task> {
  const codes = reasonCodesIn(decision.reason);
  // What is left is kept for the task that asks again when the client has answered.
  const left = decision.decision === askingClient ? await minutesLeft(tx, task) : null;
  await recordParticipation(tx, task.id, staff.userId, 'decided');
  if (affirmative.has(decision.decision))
    await recordParticipation(tx, task.subject, staff.userId, 'approved');
  const [row] = await rows<TaskRow>(
    tx,
    `update task set version = version + 1, approvals = approvals + :approval, claimed_by = null, lease_until = null,
       excluded = array_append(excluded, :userId),
       minutes_left = case when waiting_since is null then :left else minutes_left end,
       waiting_since = case when :left::int is not null then coalesce(waiting_since, now())
         when :final then null else waiting_since end,
       state = case when :final then 'decided' else 'open' end,
       decision = case when :final then :decision end, reason = case when :final then :reason end,
       decided_by = case when :final then :userId end, decided_at = case when :final then clock_timestamp() end
     where id = :id returning ${taskColumns}`,
    {
      id: task.id,
      left,
      approval: affirmative.has(decision.decision) ? 1 : 0,
      userId: staff.userId,
      final,
      decision: decision.decision,
      reason: codes.length > 0 ? codes.join(', ') : null,
    },
  );
  if (!row) throw new Error(`the task ${task.id} went away while it was locked`);
  const decided = taskFromRow(row);
  await appendEvents(tx, [
    {
      ...taskEvent(decided, final ? 'task.decided' : 'task.first_approval', {
        decision: decision.decision,
        codes,
        contentHash: task.contentHash,
      }),
      personal: {
        personId: personOfWords(task, staff.userId),
        data: { reason: decision.reason, note: decision.note ?? '' },
      },
    },
  ]);
  if (final && task.workflowId) {
    await enqueueSignal(tx, {
      workflowId: task.workflowId,
      signal: 'decided',
      args: { task: task.id },
    });
  }
  return decided;
}

function staffOf(tx: Tx): StaffScope {
  if (tx.scope.kind !== 'staff') throw forbidden('task.claim' satisfies Permission);
  return tx.scope;
}

/** The task, for who may see it (`seesTask`). Throws `not_found` (404) for everybody else, as for none. */
export async function readVisibleTask(tx: Tx, id: string): Promise<Task> {
  const task = await readTask(tx, id);
  if (tx.scope.kind === 'staff' && !seesTask(tx.scope.permissions, task)) throw notFound('task');
  return task;
}
