import type { InboxView, TaskKind } from '../domain/task/task';
import { isHouseQueue } from '../domain/kyc/approval-queues';
import { forbidden, malformed } from '../domain/problem';
import { seesTask, taskKindsSeenBy } from '../domain/task/visible';
import { keysOf } from '../domain/record';
import { rows, type Tx } from './connection';
import { taskColumns, taskFromRow, type Task, type TaskRow } from './tasks';

/** A count says no more than this, so that it costs the same however much there is. */
export const countMax = 1_000;

/** Open ones of the reader's permissions. */
const own = `t.state = 'open' and t.permission = any (:permissions)`;

/** What stands in each view, as a condition on `task t`; bound by `viewBindings`. */
const views: Readonly<Record<InboxView | 'all', string>> = {
  mine: `${own} and t.claimed_by = :userId and t.lease_until > now()`,
  unclaimed: `${own} and t.waiting_since is null and (t.claimed_by is null or t.lease_until <= now())`,
  // Until the day ends where the entity works; no zone is more than a day away.
  due_today: `${own} and t.waiting_since is null and t.due_at >= now() and t.due_at < now() + interval '25 hours'
    and t.due_at < (:dayEnds::timestamptz[])[array_position(:dayEntities::text[], t.entity_id)]`,
  overdue: `${own} and t.waiting_since is null and t.due_at < now()`,
  // Those that stand still, and those that asked the client and are asked again when there is an answer.
  waiting: `t.waiting_since is not null and t.permission = any (:permissions) and (t.state = 'open'
    or exists (select 1 from kyc_case c where c.id = t.subject and c.state = 'information_requested'))`,
  second_review: `${own} and t.approvals > 0`,
  // Also those that one leads without deciding on their kind.
  escalated: `t.state = 'open' and (t.escalated_at is not null or t.short_handed)
    and (t.permission = any (:permissions) or (t.escalated_to = :userId and t.kind = any (:kindsSeen)))`,
  all: own,
};

function statementOf(condition: string): string {
  return `select ${taskColumns} from task t
     where ${condition} and (:kind::text is null or t.kind = :kind) and (:queue::text is null or t.queue = :queue)
       and (:after::text is null or (t.priority, t.due_at, t.id) >
         (select a.priority, a.due_at, a.id from task a where a.id = :after))
     order by t.priority, t.due_at, t.id limit :limit`;
}

const statements = new Map(keysOf(views).map((view) => [view, statementOf(views[view])]));

/** Views that are counted along an index: without the order everything of the days would be gathered first. */
const countedBy: Readonly<Partial<Record<InboxView | 'all', string>>> = {
  due_today: 'order by t.due_at',
  overdue: 'order by t.due_at',
};

const viewCounts = `select ${keysOf(views)
  .map(
    (view) =>
      `(select count(*)::int from (select 1 from task t where ${views[view]} ${countedBy[view] ?? ''} limit :countMax) x) as ${view}`,
  )
  .join(', ')}`;

async function viewBindings(tx: Tx) {
  const { scope } = tx;
  if (scope.kind !== 'staff') throw forbidden('task.read');
  return {
    permissions: [...scope.permissions],
    userId: scope.userId,
    kindsSeen: taskKindsSeenBy(scope.permissions),
    ...(await dayEnds(tx, scope.entities)),
  };
}

/** When the present day ends in the zones of the entities, each in its entity's place. */
async function dayEnds(
  tx: Tx,
  entities: readonly string[],
): Promise<{ readonly dayEntities: readonly string[]; readonly dayEnds: readonly string[] }> {
  const found = await rows<{ id: string; ends: string }>(
    tx,
    `select of.id, (date_trunc('day', now() at time zone zone.name) + interval '1 day') at time zone zone.name as ends
     from unnest(:entities::text[]) as of (id) left join business_calendar c on c.entity_id = of.id
     cross join lateral (select coalesce(c.time_zone, 'UTC') as name) as zone`,
    { entities },
  );
  return { dayEntities: found.map(({ id }) => id), dayEnds: found.map(({ ends }) => ends) };
}

/** The queues in which tasks of this person's permissions are open, the fullest first; counts end at `countMax` in all. */
export async function openQueues(
  tx: Tx,
): Promise<{ readonly code: string; readonly name: string; readonly open: number }[]> {
  const { permissions } = await viewBindings(tx);
  return rows<{ code: string; name: string; open: number }>(
    tx,
    `select queue as code, max(queue_name) as name, count(*)::int as open
     from (select t.queue, t.queue_name from task t where ${own} and t.queue is not null limit :countMax) x
     group by queue order by open desc, queue`,
    { permissions, countMax },
  );
}

/** Throws `bad_request` (400) for a queue in which nothing has ever waited that the reader sees: an empty list would hide it. */
export async function assertQueue(tx: Tx, queue: string | undefined): Promise<void> {
  if (queue === undefined || isHouseQueue(queue)) return;
  const found = await rows(tx, 'select 1 from task where queue = :queue limit 1', { queue });
  if (found.length > 0) return;
  throw malformed('There is no such queue.', [
    { pointer: '/query/queue', detail: 'names a queue that nothing waits in' },
  ]);
}

/** Tasks of a view that this person's permissions cover, most urgent first. `after` is the last task's id. */
export async function listTasks(
  tx: Tx,
  {
    view,
    kind,
    queue,
    after,
    limit,
  }: { view: InboxView | 'all'; kind?: string; queue?: string; after?: string; limit: number },
): Promise<Task[]> {
  const found = await rows<TaskRow>(tx, statements.get(view) ?? '', {
    ...(await viewBindings(tx)),
    kind: kind ?? null,
    queue: queue ?? null,
    after: after ?? null,
    limit,
  });
  return found.map(taskFromRow);
}

export type InboxCounts = Readonly<Record<InboxView | 'all', number>> & {
  readonly byKind: readonly { readonly kind: TaskKind; readonly open: number }[];
};

/** How many tasks of this person's permissions stand in each view of the inbox, up to `countMax` each. */
export async function countTasks(tx: Tx): Promise<InboxCounts> {
  const bindings = await viewBindings(tx);
  const [counts] = await rows<Record<InboxView | 'all', number>>(tx, viewCounts, {
    ...bindings,
    countMax,
  });
  if (!counts) throw new Error('a count has no rows');
  const byKind = await rows<{ kind: TaskKind; open: number }>(
    tx,
    // The order is the index's: without it a kind of which there is none would be looked for everywhere.
    `select of.kind, counted.open from unnest(:kindsSeen::text[]) as of (kind) cross join lateral (
       select count(*)::int as open from (select 1 from task t where ${own} and t.kind = of.kind
         order by t.permission limit :countMax) x) counted
     where counted.open > 0 order by counted.open desc, of.kind`,
    { permissions: bindings.permissions, kindsSeen: bindings.kindsSeen, countMax },
  );
  return { ...counts, byKind };
}

/** The tasks on any of the subjects that the reader may see, open ones first, then the latest. */
export async function tasksOfSubjects(tx: Tx, subjects: readonly string[]): Promise<Task[]> {
  const found = await rows<TaskRow>(
    tx,
    `select ${taskColumns} from task where subject = any (:subjects)
     order by state <> 'open', opened_at desc, id desc limit 50`,
    { subjects: [...subjects] },
  );
  const { scope } = tx;
  return found
    .map(taskFromRow)
    .filter((task) => scope.kind !== 'staff' || seesTask(scope.permissions, task));
}

/** The tasks that concern a client and that this person's permissions cover, open ones first. */
export async function tasksOfClient(tx: Tx, clientId: string): Promise<Task[]> {
  if (tx.scope.kind !== 'staff') return [];
  const found = await rows<TaskRow>(
    tx,
    `select ${taskColumns} from task where client_id = :clientId and permission = any (:permissions)
     order by state <> 'open', opened_at desc, id desc limit 50`,
    { clientId, permissions: [...tx.scope.permissions] },
  );
  return found.map(taskFromRow);
}
