import type { EventType } from '../../domain/access/event-access';
import { newId } from '../../domain/ids';
import { periodNamed } from '../../domain/partners/period';
import { notFound, refused } from '../../domain/problem';
import { taskQueues } from '../../temporal-config/task-queues';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { asSystem, rows, utc, type Tx } from '../connection';
import { enqueueStart } from '../dispatch';
import { appendEvents, type Json } from '../events';
import type { Basis } from './basis';
import { readPlanSet } from '../plan-sets';
import { recordParticipation } from '../tasks';

export const settlementStates = [
  'waiting_for_feed',
  'computing',
  'in_review',
  'approved',
  'paying',
  'paid',
  'rejected',
] as const;
export type SettlementState = (typeof settlementStates)[number];

/** A plan set's day, week or month: computed, approved by another person, paid. */
export interface Settlement {
  readonly id: string;
  readonly planSet: string;
  readonly entityId: string;
  /** `2026-10`, `2026-W41` or `2026-10-05`. */
  readonly period: string;
  readonly from: string;
  readonly to: string;
  readonly state: SettlementState;
  readonly inputHash: string | null;
  readonly resultHash: string | null;
  readonly totalMinor: bigint | null;
  readonly currency: string;
  readonly policyPins: readonly string[];
  /** How often it has been computed. */
  readonly run: number;
  /** Of the engine that computed it last. */
  readonly engineVersion: number;
  readonly basis: Basis | null;
  /** A user's id, or the job that started it. */
  readonly requestedBy: string;
  readonly version: number;
  readonly createdAt: string;
  readonly computedAt: string | null;
  readonly closedAt: string | null;
  /** When it is paid, known from its approval on; null is at once. */
  readonly payAt: string | null;
}

interface SettlementRow {
  readonly id: string;
  readonly plan_set: string;
  readonly entity_id: string;
  readonly period: string;
  readonly from_at: string;
  readonly to_at: string;
  readonly state: SettlementState;
  readonly input_hash: string | null;
  readonly result_hash: string | null;
  readonly total_minor: string | null;
  readonly currency: string;
  readonly policy_pins: readonly string[];
  readonly run: number;
  readonly engine_version: number;
  readonly basis: Basis | null;
  readonly requested_by: string;
  readonly version: number;
  readonly created_at: string;
  readonly computed_at: string | null;
  readonly closed_at: string | null;
  readonly pay_at: string | null;
}

const columns = `id, plan_set, entity_id, period, from_at, to_at, state, input_hash, result_hash, total_minor, currency, policy_pins, run, engine_version, basis,
  requested_by, version, created_at, computed_at, closed_at, pay_at`;

function fromRow(row: SettlementRow): Settlement {
  return {
    id: row.id,
    planSet: row.plan_set,
    entityId: row.entity_id,
    period: row.period,
    from: utc(row.from_at),
    to: utc(row.to_at),
    state: row.state,
    inputHash: row.input_hash,
    resultHash: row.result_hash,
    totalMinor: row.total_minor === null ? null : BigInt(row.total_minor),
    currency: row.currency,
    policyPins: row.policy_pins,
    run: row.run,
    engineVersion: row.engine_version,
    basis: row.basis,
    requestedBy: row.requested_by,
    version: row.version,
    createdAt: utc(row.created_at),
    computedAt: row.computed_at === null ? null : utc(row.computed_at),
    closedAt: row.closed_at === null ? null : utc(row.closed_at),
    payAt: row.pay_at === null ? null : utc(row.pay_at),
  };
}

/** What names a settlement to its process. */
export interface SettlementKey {
  readonly planSet: string;
  readonly period: string;
}

/**
 * Starts the settlement of a period of the plan set that is over; the one there is, when it was started before (`isNew`
 * false). Whoever starts it cannot approve it. 400 for what is no period of it, 404 for a plan set that is not the caller's,
 * 422 `period_not_over`.
 */
export async function startSettlement(
  tx: Tx,
  { planSet: planSetId, period: name }: SettlementKey,
): Promise<{ readonly settlement: Settlement; readonly isNew: boolean }> {
  const planSet = await readPlanSet(tx, planSetId);
  const period = periodNamed(planSet.schedule, name);
  const [clock] = await rows<{ over: boolean }>(tx, 'select now() >= :to::timestamptz as over', {
    to: period.to,
  });
  if (!clock?.over)
    throw refused('period_not_over', 'The period is not over yet.', { to: period.to });
  const requestedBy = tx.scope.kind === 'staff' ? tx.scope.userId : tx.scope.actor;
  return asSystem(tx, async (system) => {
    const [row] = await rows<SettlementRow>(
      system,
      `insert into settlement (id, plan_set, entity_id, period, from_at, to_at, state, currency, requested_by)
       values (:id, :planSet, :entityId, :period, :from::timestamptz, :to::timestamptz, 'waiting_for_feed', :currency, :requestedBy)
       on conflict (plan_set, period) do nothing returning ${columns}`,
      {
        id: newId('settlement'),
        planSet: planSet.id,
        entityId: planSet.entityId,
        period: period.name,
        from: period.from,
        to: period.to,
        currency: planSet.currency,
        requestedBy,
      },
    );
    if (!row)
      return {
        settlement: await settlementOf(system, { planSet: planSet.id, period: period.name }),
        isNew: false,
      };
    const settlement = fromRow(row);
    if (tx.scope.kind === 'staff')
      await recordParticipation(system, settlement.id, tx.scope.userId, 'requested');
    await appendEvents(system, [settlementEvent(settlement, 'settlement.started', {})]);
    await enqueueStart(system, {
      workflow: 'settlement',
      workflowId: processOf(settlement),
      taskQueue: taskQueues.workflows,
      args: { planSet: settlement.planSet, period: settlement.period },
      subject: settlement.id,
      entityId: settlement.entityId,
    });
    return { settlement, isNew: true };
  });
}

export function processOf({ planSet, period }: SettlementKey): string {
  return workflowIds.settlement(planSet, period);
}

export function settlementEvent(
  settlement: Settlement,
  type: EventType,
  payload: { readonly [key: string]: Json },
) {
  return {
    subject: settlement.id,
    type,
    entityId: settlement.entityId,
    payload: { planSet: settlement.planSet, period: settlement.period, ...payload },
  };
}

/** Throws `not_found` (404), also for another entity's. */
export async function readSettlement(tx: Tx, id: string): Promise<Settlement> {
  const [row] = await rows<SettlementRow>(tx, `select ${columns} from settlement where id = :id`, {
    id,
  });
  if (!row) throw notFound('settlement');
  return fromRow(row);
}

/** The settlement of a plan set's period. Throws `not_found` (404). */
export async function settlementOf(tx: Tx, key: SettlementKey): Promise<Settlement> {
  return find(tx, key, '');
}

/** As `settlementOf`, and nobody else changes it until the transaction ends. */
export async function lockSettlement(tx: Tx, key: SettlementKey): Promise<Settlement> {
  return find(tx, key, 'for update');
}

async function find(tx: Tx, key: SettlementKey, lock: '' | 'for update'): Promise<Settlement> {
  const [row] = await rows<SettlementRow>(
    tx,
    `select ${columns} from settlement where plan_set = :planSet and period = :period ${lock}`,
    { planSet: key.planSet, period: key.period },
  );
  if (!row) throw notFound('settlement');
  return fromRow(row);
}

/** Settlements that the scope may see, newest first; `after` is the last one's id. */
export async function listSettlements(
  tx: Tx,
  filter: { planSet?: string; state?: SettlementState; after?: string; limit: number },
): Promise<Settlement[]> {
  const found = await rows<SettlementRow>(
    tx,
    `select ${columns} from settlement
     where (:planSet::text is null or plan_set = :planSet) and (:state::text is null or state = :state)
       and (:after::text is null or id < :after) order by id desc limit :limit`,
    {
      planSet: filter.planSet ?? null,
      state: filter.state ?? null,
      after: filter.after ?? null,
      limit: filter.limit,
    },
  );
  return found.map(fromRow);
}

/**
 * The first settlement of a period before that has not been computed yet: what it finds (who had a CPA, what clients brought
 * in) is where this one starts from, so this one waits.
 */
export async function uncomputedBefore(
  tx: Tx,
  { planSet, from }: Pick<Settlement, 'planSet' | 'from'>,
): Promise<string | undefined> {
  const [row] = await rows<{ period: string }>(
    tx,
    `select period from settlement where plan_set = :planSet and to_at <= :from::timestamptz and run = 0
       and state in ('waiting_for_feed', 'computing') order by from_at limit 1`,
    { planSet, from },
  );
  return row?.period;
}

/** The end of the plan set's last period that was started; undefined before the first. RFC 3339. */
export async function lastStarted(tx: Tx, planSet: string): Promise<string | undefined> {
  const [row] = await rows<{ to_at: string | null }>(
    tx,
    'select max(to_at) as to_at from settlement where plan_set = :planSet',
    { planSet },
  );
  return row?.to_at ? utc(row.to_at) : undefined;
}

/** Keeps when an approved settlement is paid. */
export async function keepPayDay(tx: Tx, id: string, payAt: string | null): Promise<void> {
  await rows(tx, 'update settlement set pay_at = :payAt::timestamptz where id = :id', {
    id,
    payAt,
  });
}

/** Moves the settlement on, once: false when it is past that state already. */
export async function moveSettlement(
  tx: Tx,
  settlement: Settlement,
  { from, to }: { from: readonly SettlementState[]; to: SettlementState },
): Promise<boolean> {
  const moved = await rows(
    tx,
    `update settlement set state = :to, version = version + 1,
       closed_at = case when :to in ('paid', 'rejected') then clock_timestamp() end
     where id = :id and state = any (:from) returning 1`,
    { id: settlement.id, from: [...from], to },
  );
  return moved.length > 0;
}
