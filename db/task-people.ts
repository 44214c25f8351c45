import { permissions, rolesHolding } from '../domain/access/roles';
import { rolesThatSee } from '../domain/task/visible';
import { rows, type Tx } from './connection';
import type { Task } from './tasks';

/** Active colleagues of the task's entity who may decide it: not away, and none who took part. At most `limit`. */
export async function eligiblePeople(tx: Tx, task: Task, limit: number): Promise<string[]> {
  return peopleFor(tx, task, { only: null, limit });
}

/** Whether the person is one of them. */
export async function isEligible(tx: Tx, task: Task, userId: string): Promise<boolean> {
  return (await peopleFor(tx, task, { only: userId, limit: 1 })).length > 0;
}

async function peopleFor(
  tx: Tx,
  task: Task,
  { only, limit }: { readonly only: string | null; readonly limit: number },
): Promise<string[]> {
  const permission = permissions.find((known) => known === task.permission);
  const found = await rows<{ id: string }>(
    tx,
    `select u.id from user_account u
     where u.kind = 'staff' and u.state = 'active' and :entityId = any (u.entities) and u.roles && :able::text[]
       and (not :restricted::bool or u.roles && :circle::text[]) and (:only::text is null or u.id = :only)
       and not exists (select 1 from absence a where a.user_id = u.id and a.ended_at is null
         and now() >= a.from_at and now() < a.until_at)
       and not took_part(:id, :subject, :excluded::text[], u.id)
     order by u.id limit :limit`,
    {
      id: task.id,
      subject: task.subject,
      excluded: [...task.excluded],
      entityId: task.entityId,
      able: permission ? rolesHolding(permission) : [],
      restricted: task.restricted,
      circle: rolesHolding('restricted.read'),
      only,
      limit,
    },
  );
  return found.map(({ id }) => id);
}

/**
 * Who a task goes to when its time is over (the lead first) or when nobody is left (the deputy first): the queue of
 * its kind before that of every kind. Nobody who is away or may not see it; null when nobody is left.
 */
export async function leaderOf(
  tx: Tx,
  task: Task,
  first: 'lead' | 'deputy',
): Promise<string | null> {
  const [row] = await rows<{ id: string }>(
    tx,
    `select u.id from queue_lead q
     cross join lateral (values (q.lead_id, 'lead'), (q.deputy_id, 'deputy')) as named (id, place)
     join user_account u on u.id = named.id
     where q.entity_id = :entityId and q.kind in (:kind, 'any')
       and u.state = 'active' and :entityId = any (u.entities) and u.roles && :seers::text[]
       and (not :restricted::bool or u.roles && :circle::text[])
       and not exists (select 1 from absence a where a.user_id = u.id and a.ended_at is null
         and now() >= a.from_at and now() < a.until_at)
     order by q.kind = 'any', named.place <> :first limit 1`,
    {
      entityId: task.entityId,
      kind: task.kind,
      seers: rolesThatSee(task),
      restricted: task.restricted,
      circle: rolesHolding('restricted.read'),
      first,
    },
  );
  return row?.id ?? null;
}

/** Whether another person has to look: two decide, or somebody is excluded because they took part. */
export async function isFourEyes(tx: Tx, task: Task): Promise<boolean> {
  if (task.approvalsRequired > 1 || task.excluded.length > 0) return true;
  const found = await rows(
    tx,
    `select 1 from participation where subject = :id or (subject = :subject
       and what in ('requested', 'edited', 'supplied_evidence', 'approved')) limit 1`,
    { id: task.id, subject: task.subject },
  );
  return found.length > 0;
}
