import { may } from '../domain/access/scope';
import { newId } from '../domain/ids';
import { conflict, forbidden, malformed, notFound, refused } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents } from './events';
import { isEligible, leaderOf } from './task-people';
import { handTo } from './task-reassignment';
import { taskColumns, taskEvent, taskFromRow, type TaskRow } from './tasks';
import { readUser } from './users';

const absenceDaysMax = 366;
/** Nobody holds more; what is beyond is handed on when its lease has run out. */
const handedMax = 500;

export interface Absence {
  readonly id: string;
  readonly userId: string;
  readonly from: string;
  readonly until: string;
  /** Who takes what the person holds, as far as they may decide it. */
  readonly deputyId: string | null;
  readonly notedBy: string;
  readonly notedAt: string;
  /** When what they held was handed on; null before. */
  readonly begunAt: string | null;
  readonly endedAt: string | null;
}

interface AbsenceRow {
  readonly id: string;
  readonly user_id: string;
  readonly from_at: string;
  readonly until_at: string;
  readonly deputy_id: string | null;
  readonly noted_by: string;
  readonly noted_at: string;
  readonly begun_at: string | null;
  readonly ended_at: string | null;
}

const columns = 'id, user_id, from_at, until_at, deputy_id, noted_by, noted_at, begun_at, ended_at';

function fromRow(row: AbsenceRow): Absence {
  return {
    id: row.id,
    userId: row.user_id,
    from: utc(row.from_at),
    until: utc(row.until_at),
    deputyId: row.deputy_id,
    notedBy: row.noted_by,
    notedAt: utc(row.noted_at),
    begunAt: row.begun_at === null ? null : utc(row.begun_at),
    endedAt: row.ended_at === null ? null : utc(row.ended_at),
  };
}

export interface NewAbsence {
  readonly userId: string;
  /** RFC 3339. */
  readonly from: string;
  readonly until: string;
  readonly deputyId?: string;
}

/**
 * Notes that somebody is away: oneself, or a colleague for whoever may reassign. What they hold is handed on when it
 * begins, at once when it has begun. Throws 400 for times out of order, 403, 404, 409 `absence_overlaps`, 422 for a deputy
 * who cannot stand in.
 */
export async function noteAbsence(tx: Tx, absence: NewAbsence): Promise<Absence> {
  const { userId, from, until, deputyId = null } = absence;
  const user = await readUser(tx, userId);
  if (user.kind !== 'staff') throw notFound('user');
  const deputy = deputyId === null ? undefined : await readUser(tx, deputyId);
  assertMayNote(tx, userId);
  const days = (Date.parse(until) - Date.parse(from)) / 86_400_000;
  if (days <= 0 || days > absenceDaysMax) {
    throw malformed('An absence has an end after its beginning, within a year.', [
      {
        pointer: '/body/until',
        detail: `is not later than the beginning, or over ${absenceDaysMax} days`,
      },
    ]);
  }
  if (deputy && (deputy.id === user.id || deputy.kind !== 'staff' || deputy.state !== 'active'))
    throw refused('no_deputy', 'The deputy is another colleague who is there.');
  return asSystem(tx, async (system) => {
    await rows(system, 'select 1 from user_account where id = :userId for update', { userId });
    const [row] = await rows<AbsenceRow>(
      system,
      `insert into absence (id, user_id, from_at, until_at, deputy_id, noted_by)
       select :id::text, :userId::text, :from::timestamptz, :until::timestamptz, :deputyId::text, :actor::text
       where not exists (select 1 from absence a where a.user_id = :userId and a.ended_at is null
         and a.from_at < :until and a.until_at > :from)
       returning ${columns}`,
      { id: newId('absence'), userId, from, until, deputyId, actor: tx.scope.actor },
    );
    if (!row) throw conflict('absence_overlaps', 'An absence of this time is noted already.');
    const noted = fromRow(row);
    await appendEvents(system, [
      absenceEvent(noted, user.entities[0] ?? null, 'inbox.absence_noted'),
    ]);
    const hasBegun = await rows(system, 'select 1 where :from::timestamptz <= now()', { from });
    return hasBegun.length > 0 ? begin(system, noted) : noted;
  });
}

function assertMayNote(tx: Tx, userId: string): void {
  const { scope } = tx;
  const isOwn = scope.kind === 'staff' && scope.userId === userId;
  if (!isOwn && !may(scope, 'task.reassign')) throw forbidden('task.reassign');
}

/** The person is back, or does not go. Throws 403, 404, and 409 `absence_ended`. */
export async function endAbsence(tx: Tx, id: string): Promise<Absence> {
  const absence = await readAbsence(tx, id);
  assertMayNote(tx, absence.userId);
  const user = await readUser(tx, absence.userId);
  return asSystem(tx, async (system) => {
    const [row] = await rows<AbsenceRow>(
      system,
      `update absence set ended_at = clock_timestamp() where id = :id and ended_at is null and until_at > now()
       returning ${columns}`,
      { id },
    );
    if (!row) throw conflict('absence_ended', 'This absence is over.');
    const ended = fromRow(row);
    await appendEvents(system, [
      absenceEvent(ended, user.entities[0] ?? null, 'inbox.absence_ended'),
    ]);
    return ended;
  });
}

/** Throws `not_found` (404), also for a colleague out of sight. */
export async function readAbsence(tx: Tx, id: string): Promise<Absence> {
  const [row] = await rows<AbsenceRow>(tx, `select ${columns} from absence where id = :id`, { id });
  if (!row) throw notFound('absence');
  return fromRow(row);
}

/** Absences of now and later, the next first. `after` is the last one's id. */
export async function listAbsences(
  tx: Tx,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<Absence[]> {
  const found = await rows<AbsenceRow>(
    tx,
    `select ${columns} from absence a where a.ended_at is null and a.until_at > now()
       and (:after::text is null or (a.from_at, a.id) > (select p.from_at, p.id from absence p where p.id = :after))
     order by a.from_at, a.id limit :limit`,
    { after: after ?? null, limit },
  );
  return found.map(fromRow);
}

/** Hands on what those hold whose absence has begun; answers how many began. Runs under the system's scope. */
export async function beginAbsences(tx: Tx, limit: number): Promise<number> {
  const due = await rows<AbsenceRow>(
    tx,
    `select ${columns} from absence where begun_at is null and ended_at is null and from_at <= now()
     order by from_at, id limit :limit for update skip locked`,
    { limit },
  );
  for (const row of due) await begin(tx, fromRow(row));
  return due.length;
}

/** Each task goes to the deputy who may decide it, or back to everybody; what they led goes to the next. */
async function begin(tx: Tx, absence: Absence): Promise<Absence> {
  const [row] = await rows<AbsenceRow>(
    tx,
    `update absence set begun_at = now() where id = :id returning ${columns}`,
    { id: absence.id },
  );
  const held = await rows<TaskRow>(
    tx,
    `select ${taskColumns} from task where state = 'open' and claimed_by = :userId
     order by subject, id limit :handedMax for update`,
    { userId: absence.userId, handedMax },
  );
  for (const task of held.map(taskFromRow)) {
    const { deputyId } = absence;
    const takes = deputyId !== null && (await isEligible(tx, task, deputyId));
    await handTo(tx, task, { to: takes ? deputyId : null, why: 'absence' });
  }
  const led = await rows<TaskRow>(
    tx,
    `select ${taskColumns} from task where state = 'open' and escalated_to = :userId
     order by subject, id limit :handedMax for update`,
    { userId: absence.userId, handedMax },
  );
  for (const task of led.map(taskFromRow)) {
    const to = await leaderOf(tx, task, 'deputy');
    await rows(tx, 'update task set escalated_to = :to where id = :id', { id: task.id, to });
    await appendEvents(tx, [
      taskEvent(task, 'task.leader_changed', { from: absence.userId, to, why: 'absence' }),
    ]);
  }
  return row ? fromRow(row) : absence;
}

function absenceEvent(absence: Absence, entityId: string | null, type: `inbox.${string}`) {
  const { id, userId, from, until, deputyId } = absence;
  return {
    subject: `inbox/${userId}`,
    type,
    entityId,
    payload: { absence: id, user: userId, from, until, deputy: deputyId },
  };
}
