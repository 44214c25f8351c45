import type { BeforeAfter } from '../domain/audit/change';
import type { TaskKind } from '../domain/task/task';
import { taskKinds, taskRules } from '../domain/task/task';
import { seesTask } from '../domain/task/visible';
import { permissionsOf } from '../domain/access/roles';
import { malformed, notFound, refused } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import { appendEvents } from './events';
import { readUser } from './users';
import { assertVisible } from './visible';

/** A kind of task, or all that have no line of their own. */
export const queues = [...taskKinds, 'any'] as const;
export type Queue = TaskKind | 'any';

/** Who leads on when a queue's tasks are late, and who stands in. */
export interface QueueLead {
  readonly entityId: string;
  readonly queue: Queue;
  readonly leadId: string;
  readonly deputyId: string | null;
  readonly namedBy: string;
  readonly namedAt: string;
}

interface LeadRow {
  readonly entity_id: string;
  readonly kind: Queue;
  readonly lead_id: string;
  readonly deputy_id: string | null;
  readonly named_by: string;
  readonly named_at: string;
}

function fromRow(row: LeadRow): QueueLead {
  return {
    entityId: row.entity_id,
    queue: row.kind,
    leadId: row.lead_id,
    deputyId: row.deputy_id,
    namedBy: row.named_by,
    namedAt: utc(row.named_at),
  };
}

const columns = 'entity_id, kind, lead_id, deputy_id, named_by, named_at';

/** The queues of an entity that have a lead. Throws 404 for one out of scope. */
export async function listQueueLeads(tx: Tx, entityId: string): Promise<QueueLead[]> {
  await assertVisible(tx, 'entity', entityId);
  const found = await rows<LeadRow>(
    tx,
    `select ${columns} from queue_lead where entity_id = :entityId order by kind = 'any', kind limit 100`,
    { entityId },
  );
  return found.map(fromRow);
}

/**
 * Names who leads a queue of an entity, and a deputy. It lets nobody decide who may not. Throws 404, and 422
 * `cannot_lead` for somebody who is not there, not of the entity, or does not see these tasks.
 */
export async function nameQueueLead(
  tx: Tx,
  lead: Pick<QueueLead, 'entityId' | 'queue' | 'leadId' | 'deputyId'>,
): Promise<QueueLead> {
  const { entityId, queue, leadId, deputyId } = lead;
  await assertVisible(tx, 'entity', entityId);
  if (leadId === deputyId) {
    throw malformed('The deputy is another person.', [
      { pointer: '/body/deputyId', detail: 'is the lead' },
    ]);
  }
  await assertCanLead(tx, leadId, lead);
  if (deputyId !== null) await assertCanLead(tx, deputyId, lead);
  const [before] = await rows<{ lead: string; deputy: string | null }>(
    tx,
    'select lead_id as lead, deputy_id as deputy from queue_lead where entity_id = :entityId and kind = :queue for update',
    { entityId, queue },
  );
  const [row] = await rows<LeadRow>(
    tx,
    `insert into queue_lead (entity_id, kind, lead_id, deputy_id, named_by) values (:entityId, :queue, :leadId, :deputyId, :actor)
     on conflict (entity_id, kind) do update set lead_id = excluded.lead_id, deputy_id = excluded.deputy_id,
       named_by = excluded.named_by, named_at = clock_timestamp() returning ${columns}`,
    { entityId, queue, leadId, deputyId, actor: tx.scope.actor },
  );
  if (!row) throw new Error('the lead was not written');
  await tell(
    tx,
    entityId,
    'inbox.lead_named',
    { queue, lead: leadId, deputy: deputyId },
    { before: before ?? {}, after: { lead: leadId, deputy: deputyId } },
  );
  return fromRow(row);
}

async function assertCanLead(
  tx: Tx,
  userId: string,
  { entityId, queue }: { readonly entityId: string; readonly queue: Queue },
): Promise<void> {
  const user = await readUser(tx, userId);
  const held = permissionsOf(user.roles);
  const sees =
    queue === 'any'
      ? held.has('task.read')
      : seesTask(held, { kind: queue, permission: taskRules[queue].permission });
  if (
    user.kind !== 'staff' ||
    user.state !== 'active' ||
    !user.entities.includes(entityId) ||
    !sees
  ) {
    throw refused(
      'cannot_lead',
      'A queue is led by an active colleague of the entity who sees its tasks.',
      { user: userId },
    );
  }
}

/** Nobody leads the queue any more. Throws 404 when nobody did. */
export async function removeQueueLead(tx: Tx, entityId: string, queue: Queue): Promise<void> {
  await assertVisible(tx, 'entity', entityId);
  const [gone] = await rows<{ lead: string; deputy: string | null }>(
    tx,
    'delete from queue_lead where entity_id = :entityId and kind = :queue returning lead_id as lead, deputy_id as deputy',
    { entityId, queue },
  );
  if (!gone) throw notFound('lead of this queue');
  await tell(tx, entityId, 'inbox.lead_removed', { queue }, { before: gone, after: {} });
}

async function tell(
  tx: Tx,
  entityId: string,
  type: `inbox.${string}`,
  payload: Readonly<Record<string, string | null>>,
  change?: BeforeAfter,
): Promise<void> {
  await asSystem(tx, (system) =>
    appendEvents(system, [
      { subject: `inbox/${entityId}`, type, entityId, payload, ...(change ? { change } : {}) },
    ]),
  );
}
