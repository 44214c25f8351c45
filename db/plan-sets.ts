import { newId } from '../domain/ids';
import {
  type PlanSchedule,
  scheduledPeriod,
  type ScheduleChange,
  type ScheduleKind,
} from '../domain/partners/period';
import { conflict, notFound, refused } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import { readEntity } from './entities';
import { appendEvents } from './events';

/** One entity's partners that are settled together: the same period, the same currency of payment. */
export interface PlanSet {
  readonly id: string;
  readonly entityId: string;
  readonly name: string;
  /** How often it is settled now. */
  readonly period: ScheduleKind;
  /** What follows, when the present period is over. */
  readonly next: ScheduleChange | null;
  readonly schedule: PlanSchedule;
  readonly currency: string;
  readonly createdAt: string;
}

interface PlanSetRow {
  readonly id: string;
  readonly entity_id: string;
  readonly name: string;
  readonly period: ScheduleKind;
  readonly changes: readonly { readonly kind: ScheduleKind; readonly from: string }[] | null;
  readonly now: string;
  readonly currency: string;
  readonly created_at: string;
}

const columns = `id, entity_id, name, period, currency, created_at, now() as now,
  (select jsonb_agg(jsonb_build_object('kind', c.period, 'from', c.from_at) order by c.from_at) from plan_set_schedule c
    where c.plan_set = plan_set.id) as changes`;

function fromRow(row: PlanSetRow): PlanSet {
  const changes = (row.changes ?? []).map(({ kind, from }) => ({
    kind,
    from: new Date(from).toISOString(),
  }));
  const schedule = { first: row.period, changes };
  const now = new Date(row.now);
  return {
    id: row.id,
    entityId: row.entity_id,
    name: row.name,
    period: scheduledPeriod(schedule, now.toISOString()).kind,
    next: changes.find(({ from }) => new Date(from) > now) ?? null,
    schedule,
    currency: row.currency,
    createdAt: utc(row.created_at),
  };
}

/** Makes a plan set. 404 for an entity that is not the caller's, 422 `currency_not_offered`. */
export async function createPlanSet(
  tx: Tx,
  planSet: {
    readonly entityId: string;
    readonly name: string;
    readonly currency: string;
    /** Left out, by the month. */
    readonly period?: ScheduleKind;
  },
): Promise<PlanSet> {
  const { entityId } = planSet;
  if (tx.scope.kind === 'staff' && !tx.scope.entities.includes(entityId)) throw notFound('entity');
  const entity = await readEntity(tx, entityId);
  if (!entity.currencies.includes(planSet.currency)) {
    throw refused('currency_not_offered', 'The entity keeps no wallets in this currency.', {
      currencies: entity.currencies,
    });
  }
  return asSystem(tx, async (system) => {
    const [row] = await rows<PlanSetRow>(
      system,
      `insert into plan_set (id, entity_id, name, period, currency) values (:id, :entityId, :name, :period, :currency)
       returning ${columns}`,
      {
        ...{ id: newId('planSet'), entityId, name: planSet.name },
        ...{ period: planSet.period ?? 'monthly', currency: planSet.currency },
      },
    );
    if (!row) throw new Error('the plan set was not inserted');
    const created = fromRow(row);
    await appendEvents(system, [
      {
        subject: created.id,
        type: 'plan_set.created',
        entityId,
        payload: { currency: created.currency, period: created.period },
      },
    ]);
    return created;
  });
}

/**
 * Settles a plan set by the day, the week or the month from the end of its present period on; what was to follow and has not
 * begun gives way. Throws 404, and 409 `already_so`.
 */
export async function changeSchedule(
  tx: Tx,
  id: string,
  { period }: { readonly period: ScheduleKind },
): Promise<PlanSet> {
  await readPlanSet(tx, id);
  return asSystem(tx, async (system) => {
    await rows(system, 'select 1 from plan_set where id = :id for update', { id });
    const before = await readPlanSet(system, id);
    if ((before.next?.kind ?? before.period) === period)
      throw conflict('already_so', 'The plan set is settled so already, or will be.');
    if (before.next)
      await rows(system, 'delete from plan_set_schedule where plan_set = :id and from_at > now()', {
        id,
      });
    const [clock] = await rows<{ now: string }>(system, 'select now() as now');
    const ends = scheduledPeriod(before.schedule, utc(clock?.now ?? ''));
    if (period !== before.period)
      await rows(
        system,
        `insert into plan_set_schedule (plan_set, entity_id, period, from_at, actor)
         values (:id, :entityId, :period, :from::timestamptz, :actor)`,
        { id, entityId: before.entityId, period, from: ends.to, actor: tx.scope.actor },
      );
    const after = await readPlanSet(system, id);
    await appendEvents(system, [
      {
        subject: id,
        type: 'plan_set.schedule_changed',
        entityId: before.entityId,
        payload: {},
        change: { before: toldOf(before), after: toldOf(after) },
      },
    ]);
    return after;
  });
}

function toldOf({ period, next }: PlanSet) {
  return { period, next: next === null ? null : `${next.kind} from ${next.from}` };
}

/** Throws `not_found` (404), also for another entity's. */
export async function readPlanSet(tx: Tx, id: string): Promise<PlanSet> {
  const [row] = await rows<PlanSetRow>(tx, `select ${columns} from plan_set where id = :id`, {
    id,
  });
  if (!row) throw notFound('plan set');
  return fromRow(row);
}

/** Plan sets that the scope may see, newest first; `after` is the last one's id. */
export async function listPlanSets(
  tx: Tx,
  { after, limit }: { after?: string; limit: number },
): Promise<PlanSet[]> {
  const found = await rows<PlanSetRow>(
    tx,
    `select ${columns} from plan_set where (:after::text is null or id < :after) order by id desc limit :limit`,
    { after: after ?? null, limit },
  );
  return found.map(fromRow);
}
