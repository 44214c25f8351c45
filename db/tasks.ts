import { createHash } from 'node:crypto';
import type { EventType } from '../domain/access/event-access';
import type { Permission } from '../domain/access/roles';
import { newId } from '../domain/ids';
import { notFound } from '../domain/problem';
import { taskRules, type TaskKind } from '../domain/task/task';
import { appendEvents, canonical, type Json } from './events';
import { rows, sendAhead, utc, type Tx } from './connection';
import { startClock } from './task-clock';
import { eligiblePeople, isFourEyes, leaderOf } from './task-people';

export interface NewTask {
  readonly kind: TaskKind;
  readonly subject: string;
  readonly workflowId: string | null;
  readonly entityId: string;
  readonly clientId: string | null;
  readonly restricted?: boolean;
  readonly title: string;
  /** What failed, first: `{code, detail, …}` each. Never personal data in clear. */
  readonly issue: readonly { readonly [key: string]: Json }[];
  /** Exactly what is decided: its hash is what an approver signs. */
  readonly content: { readonly [key: string]: Json };
  readonly approvalsRequired?: 1 | 2;
  /** Where a policy wants it to wait, and whose it is then; by its kind otherwise. */
  readonly queue?: TaskQueue;
  readonly excluded?: readonly string[];
  readonly choices?: readonly string[];
  readonly priority?: number;
  /** RFC 3339, where somebody outside sets the date; by its kind otherwise. */
  readonly dueAt?: string;
  /** Business hours until it is due, where a policy says; by its kind otherwise. */
  readonly dueHours?: number;
  /** Opening again under the same key answers the task there is. */
  readonly key: string;
}

/** A queue that a policy has named, and who decides what stands in it. */
export interface TaskQueue {
  readonly code: string;
  readonly name: string;
  readonly permission: Permission;
}

export interface Task {
  readonly id: string;
  readonly kind: TaskKind;
  readonly subject: string;
  readonly workflowId: string | null;
  readonly entityId: string;
  readonly clientId: string | null;
  readonly restricted: boolean;
  readonly title: string;
  readonly issue: readonly { readonly [key: string]: Json }[];
  readonly choices: readonly string[];
  readonly permission: string;
  /** The queue that its policy named; null where its kind alone says who decides. */
  readonly queue: { readonly code: string; readonly name: string } | null;
  readonly approvalsRequired: number;
  readonly approvals: number;
  readonly content: { readonly [key: string]: Json };
  readonly contentHash: string;
  readonly version: number;
  readonly state: 'open' | 'decided' | 'cancelled';
  readonly claimedBy: string | null;
  readonly leaseUntil: string | null;
  readonly excluded: readonly string[];
  readonly decision: string | null;
  readonly reason: string | null;
  readonly decidedBy: string | null;
  readonly decidedAt: string | null;
  readonly dueAt: string | null;
  /** When half of its time was over. */
  readonly noticedAt: string | null;
  /** When all of it was, and who leads on since; null where nobody is named. */
  readonly escalatedAt: string | null;
  readonly escalatedTo: string | null;
  /** Too few people are left who may decide it. */
  readonly shortHanded: boolean;
  /** Its clock stands still for the client since then, and at most until then. */
  readonly waitingSince: string | null;
  readonly waitingUntil: string | null;
  readonly priority: number;
  readonly openedAt: string;
}

export interface TaskRow {
  readonly id: string;
  readonly kind: TaskKind;
  readonly subject: string;
  readonly workflow_id: string | null;
  readonly entity_id: string;
  readonly client_id: string | null;
  readonly restricted: boolean;
  readonly title: string;
  readonly issue: readonly { readonly [key: string]: Json }[];
  readonly choices: readonly string[];
  readonly permission: string;
  readonly queue: string | null;
  readonly queue_name: string | null;
  readonly approvals_required: number;
  readonly approvals: number;
  readonly content: { readonly [key: string]: Json };
  readonly content_hash: string;
  readonly version: number;
  readonly state: 'open' | 'decided' | 'cancelled';
  readonly claimed_by: string | null;
  readonly lease_until: string | null;
  readonly excluded: readonly string[];
  readonly decision: string | null;
  readonly reason: string | null;
  readonly decided_by: string | null;
  readonly decided_at: string | null;
  readonly due_at: string | null;
  readonly noticed_at: string | null;
  readonly escalated_at: string | null;
  readonly escalated_to: string | null;
  readonly short_handed: boolean;
  readonly waiting_since: string | null;
  readonly waiting_until: string | null;
  readonly priority: number;
  readonly opened_at: string;
}

export const taskColumns = `id, kind, subject, workflow_id, entity_id, client_id, restricted, title, issue, choices, permission,
  approvals_required, approvals, content, content_hash, version, state, claimed_by, lease_until, excluded, decision, reason,
  decided_by, decided_at, due_at, noticed_at, escalated_at, escalated_to, short_handed, waiting_since, waiting_until, priority,
  opened_at, queue, queue_name`;

export function taskFromRow(row: TaskRow): Task {
  const time = (text: string | null) => (text === null ? null : utc(text));
  return {
    id: row.id,
    kind: row.kind,
    subject: row.subject,
    workflowId: row.workflow_id,
    entityId: row.entity_id,
    clientId: row.client_id,
    restricted: row.restricted,
    title: row.title,
    issue: row.issue,
    choices: row.choices,
    permission: row.permission,
    queue: row.queue === null ? null : { code: row.queue, name: row.queue_name ?? row.queue },
    approvalsRequired: row.approvals_required,
    approvals: row.approvals,
    content: row.content,
    contentHash: row.content_hash,
    version: row.version,
    state: row.state,
    claimedBy: row.claimed_by,
    leaseUntil: time(row.lease_until),
    excluded: row.excluded,
    decision: row.decision,
    reason: row.reason,
    decidedBy: row.decided_by,
    decidedAt: time(row.decided_at),
    dueAt: time(row.due_at),
    noticedAt: time(row.noticed_at),
    escalatedAt: time(row.escalated_at),
    escalatedTo: row.escalated_to,
    shortHanded: row.short_handed,
    waitingSince: time(row.waiting_since),
    waitingUntil: time(row.waiting_until),
    priority: row.priority,
    openedAt: utc(row.opened_at),
  };
}

export function contentHashOf(content: { readonly [key: string]: Json }): string {
  return createHash('sha256').update(canonical(content)).digest('hex');
}

/** Opens a task for a person, once per key, with its due time. Runs under the system's scope. */
export async function openTask(tx: Tx, task: NewTask): Promise<Task> {
  const rule = taskRules[task.kind];
  const id = newId('task');
  const clock = await startClock(tx, {
    ...{ entityId: task.entityId, subject: task.subject, kind: task.kind },
    ...{ hours: task.dueHours ?? rule.dueHours, dueAt: task.dueAt },
  });
  const inserted = await rows<TaskRow>(
    tx,
    `insert into task (id, kind, subject, workflow_id, entity_id, client_id, restricted, title, issue, choices, permission,
       approvals_required, content, content_hash, excluded, due_at, due_minutes, clock_at, priority, opened_key, queue,
       queue_name)
     values (:id, :kind, :subject, :workflowId, :entityId, :clientId, :restricted, :title, :issue, :choices, :permission,
       :approvalsRequired, :content, :contentHash, :excluded, :dueAt, :dueMinutes, :noticeAt, :priority, :key, :queue,
       :queueName)
     on conflict (opened_key) do nothing returning ${taskColumns}`,
    {
      id,
      kind: task.kind,
      subject: task.subject,
      workflowId: task.workflowId,
      entityId: task.entityId,
      clientId: task.clientId,
      restricted: task.restricted ?? false,
      title: task.title,
      issue: JSON.stringify(task.issue),
      choices: [...(task.choices ?? rule.choices)],
      permission: task.queue?.permission ?? rule.permission,
      queue: task.queue?.code ?? null,
      queueName: task.queue?.name ?? null,
      approvalsRequired: task.approvalsRequired ?? rule.approvalsRequired,
      content: JSON.stringify(task.content),
      contentHash: contentHashOf(task.content),
      excluded: [...(task.excluded ?? [])],
      ...clock,
      priority: task.priority ?? 3,
      key: task.key,
    },
  );
  const [row] = inserted;
  if (!row) {
    const standing = await taskOfKey(tx, task.key);
    if (!standing) throw new Error(`the task ${task.key} is there and not visible`);
    return standing;
  }
  await appendEvents(tx, [
    taskEvent(taskFromRow(row), 'task.opened', { codes: task.issue.map((i) => i['code'] ?? null) }),
  ]);
  return staffTask(tx, taskFromRow(row));
}

/**
 * Says at once when fewer people are left than a four-eyes task needs, and names the deputy of its queue, who sees to
 * it that there are more; nobody is let in for want of others.
 */
async function staffTask(tx: Tx, task: Task): Promise<Task> {
  if (!(await isFourEyes(tx, task))) return task;
  const needed = task.approvalsRequired - task.approvals;
  const left = (await eligiblePeople(tx, task, needed)).length;
  const isShort = left < needed;
  if (isShort === task.shortHanded) return task;
  const to = isShort ? await leaderOf(tx, task, 'deputy') : null;
  const [row] = await rows<TaskRow>(
    tx,
    `update task set short_handed = :isShort, escalated_to = coalesce(:to, escalated_to) where id = :id
     returning ${taskColumns}`,
    { id: task.id, isShort, to },
  );
  if (!row) throw new Error(`the task ${task.id} went away in its own transaction`);
  const staffed = taskFromRow(row);
  if (isShort)
    await appendEvents(tx, [taskEvent(staffed, 'task.short_handed', { needed, left, to })]);
  return staffed;
}

/** The task that was opened under the key. */
export async function taskOfKey(tx: Tx, key: string): Promise<Task | undefined> {
  const [row] = await rows<TaskRow>(tx, `select ${taskColumns} from task where opened_key = :key`, {
    key,
  });
  return row && taskFromRow(row);
}

/** Throws `not_found` (404), also for another entity's task. */
export async function readTask(tx: Tx, id: string): Promise<Task> {
  const [row] = await rows<TaskRow>(tx, `select ${taskColumns} from task where id = :id`, { id });
  if (!row) throw notFound('task');
  return taskFromRow(row);
}

/** The latest task of a kind on a subject, as a process reads it to act on the committed decision. */
export async function latestTask(
  tx: Tx,
  subject: string,
  kind: TaskKind,
): Promise<Task | undefined> {
  const [row] = await rows<TaskRow>(
    tx,
    `select ${taskColumns} from task where subject = :subject and kind = :kind order by opened_at desc, id desc limit 1`,
    { subject, kind },
  );
  return row && taskFromRow(row);
}

/** Every task of a kind on a subject, the first first. */
export async function tasksOf(tx: Tx, subject: string, kind: TaskKind): Promise<Task[]> {
  const found = await rows<TaskRow>(
    tx,
    `select ${taskColumns} from task where subject = :subject and kind = :kind order by opened_at, id`,
    { subject, kind },
  );
  return found.map(taskFromRow);
}

/** The latest task of a kind that a process has opened, whatever its subject. */
export async function latestTaskOfProcess(
  tx: Tx,
  workflowId: string,
  kind: TaskKind,
): Promise<Task | undefined> {
  const [row] = await rows<TaskRow>(
    tx,
    `select ${taskColumns} from task where workflow_id = :workflowId and kind = :kind order by opened_at desc, id desc limit 1`,
    { workflowId, kind },
  );
  return row && taskFromRow(row);
}

/** Closes an open task whose question has gone away (cancelled by the client, answered by the server). */
export async function cancelTask(tx: Tx, id: string, reason: string): Promise<void> {
  const [row] = await rows<TaskRow>(
    tx,
    `update task set state = 'cancelled', reason = :reason, claimed_by = null, lease_until = null, version = version + 1,
       waiting_since = null, decided_at = clock_timestamp()
     where id = :id and state = 'open' returning ${taskColumns}`,
    { id, reason },
  );
  if (row) await appendEvents(tx, [taskEvent(taskFromRow(row), 'task.cancelled', { reason })]);
}

/** Approvals given so far do not count any more. */
export async function voidApprovals(tx: Tx, id: string): Promise<void> {
  await rows(
    tx,
    'update task_decision set voided_at = clock_timestamp() where task_id = :id and voided_at is null',
    { id },
  );
}

export interface Revision {
  readonly content: { readonly [key: string]: Json };
  /** Who is excluded for it; none where the system follows what a person has edited. */
  readonly editor?: string;
  readonly title?: string;
  readonly issue?: NewTask['issue'];
  readonly approvalsRequired?: 1 | 2;
}

/**
 * What is decided has been edited: approvals given so far are void, the editor is excluded, and whoever
 * has the old version open gets 409.
 */
export async function reviseTask(tx: Tx, id: string, revision: Revision): Promise<Task> {
  const { content, editor, title, issue, approvalsRequired } = revision;
  await voidApprovals(tx, id);
  const [row] = await rows<TaskRow>(
    tx,
    `update task set content = :content, content_hash = :contentHash, approvals = 0, version = version + 1,
       excluded = excluded || :excluded::text[], claimed_by = null, lease_until = null, title = coalesce(:title, title),
       issue = coalesce(:issue::jsonb, issue), approvals_required = coalesce(:approvalsRequired, approvals_required)
     where id = :id and state = 'open' returning ${taskColumns}`,
    {
      id,
      content: JSON.stringify(content),
      contentHash: contentHashOf(content),
      excluded: editor === undefined ? [] : [editor],
      title: title ?? null,
      issue: issue === undefined ? null : JSON.stringify(issue),
      approvalsRequired: approvalsRequired ?? null,
    },
  );
  if (!row) throw notFound('open task');
  const task = taskFromRow(row);
  await appendEvents(tx, [taskEvent(task, 'task.revised', { contentHash: task.contentHash })]);
  return staffTask(tx, task);
}

/** Notes that a person took part in a subject, which excludes them from its second decision. */
export async function recordParticipation(
  tx: Tx,
  subject: string,
  userId: string,
  what: string,
): Promise<void> {
  await sendAhead(
    tx,
    `insert into participation (subject, user_id, what) values (:subject, :userId, :what) on conflict do nothing`,
    { subject, userId, what },
  );
}

export function taskEvent(task: Task, type: EventType, payload: { readonly [key: string]: Json }) {
  return {
    subject: task.restricted ? `restricted/${task.subject}` : task.subject,
    restricted: task.restricted,
    type,
    entityId: task.entityId,
    clientId: task.clientId,
    payload: { task: task.id, kind: task.kind, ...payload },
  };
}
