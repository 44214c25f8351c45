import type { TaskKind } from '../domain/task/task';
import { seesTask } from '../domain/task/visible';
import { rows, type Tx } from './connection';
import { taskColumns, taskFromRow, type Task, type TaskRow } from './tasks';

export interface InboxCounts {
  readonly mine: number;
  readonly unclaimed: number;
  readonly due_today: number;
  readonly overdue: number;
  readonly second_review: number;
  readonly all: number;
  readonly byKind: readonly { readonly kind: TaskKind; readonly open: number }[];
}

/** How many open tasks of this person's permissions stand in each view of the inbox. */
export async function countTasks(tx: Tx): Promise<InboxCounts> {
  const empty = { mine: 0, unclaimed: 0, due_today: 0, overdue: 0, second_review: 0, all: 0 };
  if (tx.scope.kind !== 'staff') return { ...empty, byKind: [] };
  const bindings = { permissions: [...tx.scope.permissions], userId: tx.scope.userId };
  const [counts] = await rows<Omit<InboxCounts, 'byKind'>>(
    tx,
    `select count(*) filter (where claimed_by = :userId and lease_until > now())::int as mine,
       count(*) filter (where claimed_by is null or lease_until <= now())::int as unclaimed,
       count(*) filter (where due_at < now() + interval '24 hours')::int as due_today,
       count(*) filter (where due_at < now())::int as overdue,
       count(*) filter (where approvals > 0)::int as second_review, count(*)::int as "all"
     from task where state = 'open' and permission = any (:permissions)`,
    bindings,
  );
  const byKind = await rows<{ kind: TaskKind; open: number }>(
    tx,
    `select kind, count(*)::int as open from task where state = 'open' and permission = any (:permissions)
     group by kind order by open desc, kind`,
    { permissions: bindings.permissions },
  );
  return { ...(counts ?? empty), byKind };
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
