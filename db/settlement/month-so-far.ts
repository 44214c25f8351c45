import { scheduledPeriod, type ScheduleKind } from '../../domain/partners/period';
import { formatLots } from '../../domain/partners/statement';
import type { Money } from '../../domain/money';
import { asSystem, rows, type Tx } from '../connection';
import { readPartner } from '../partners';
import { readPlanSet } from '../plan-sets';
import { refreshMonth, type MonthRefresh } from './month';
import { planSegments } from './plan-segments';

/** What a settlement of the present period up to now would give a partner. Nothing of it is owed. */
export interface MonthSoFar {
  readonly kind: ScheduleKind;
  /** `2026-11`, `2026-W48` or `2026-11-23`. */
  readonly period: string;
  readonly until: string;
  readonly earned: Money;
  /** Of it, what was closed since midnight UTC. */
  readonly today: Money;
  readonly trades: number;
  /** Decimal string. */
  readonly lots: string;
}

/** More deals than this are computed for the first time by the clock, not while somebody waits. */
const dealsMax = 50_000;

/**
 * The present period of the plan set up to `now` for a partner that the scope may see, brought up to what is recorded; undefined when
 * it has not been computed yet and has too many deals to do so for a page. Throws `not_found` (404).
 */
export async function monthSoFar(
  tx: Tx,
  { partnerId, now }: { partnerId: string; now: Date },
): Promise<MonthSoFar | undefined> {
  const { planSet, entityId } = await readPartner(tx, partnerId);
  const until = now.toISOString();
  return asSystem(tx, async (system) => {
    const { currency, schedule } = await readPlanSet(system, planSet);
    const { kind, name, from } = scheduledPeriod(schedule, until);
    if (await isLong(system, { planSet, entityId, from, until })) return undefined;
    await refreshPlanSet(system, { planSet, now });
    const [sum] = await rows<{ amount: string; today: string; trades: string; lots: string }>(
      system,
      `select coalesce(sum(amount_minor), 0)::numeric(38, 0) as amount,
         coalesce(sum(amount_minor) filter (where day = (:until::timestamptz at time zone 'UTC')::date), 0)::numeric(38, 0) as today,
         coalesce(sum(trades), 0) as trades, coalesce(sum(lots_e8), 0)::numeric(38, 0) as lots
       from month_figure where partner_id = :partnerId and plan_set = :planSet`,
      { partnerId, planSet, until },
    );
    return {
      ...{ kind, period: name },
      until,
      earned: { amountMinor: BigInt(sum?.amount ?? '0'), currency },
      today: { amountMinor: BigInt(sum?.today ?? '0'), currency },
      trades: Number(sum?.trades ?? 0),
      lots: formatLots(BigInt(sum?.lots ?? '0')),
    };
  });
}

/** Brings a plan set's present period up to what is recorded, under the system's scope. */
export async function refreshPlanSet(
  tx: Tx,
  { planSet, now }: { planSet: string; now: Date },
): Promise<MonthRefresh> {
  const { entityId, currency, schedule } = await readPlanSet(tx, planSet);
  const { from, to } = scheduledPeriod(schedule, now.toISOString());
  const plans = await planSegments(tx, { entityId, from, to });
  return refreshMonth(tx, { planSet, entityId, currency, from, to, plans });
}

/** Whether nothing of the period has been kept yet, and it is too long to begin now. */
async function isLong(
  tx: Tx,
  of: { planSet: string; entityId: string; from: string; until: string },
): Promise<boolean> {
  const [found] = await rows<{ is_long: boolean }>(
    tx,
    `select not exists (select 1 from month_run where plan_set = :planSet and until_at >= :from::timestamptz)
       and (select count(*) from (select 1 from deal where entity_id = :entityId and time >= :from::timestamptz
         and time < :until::timestamptz limit ${dealsMax + 1}) d) > ${dealsMax} as is_long`,
    of,
  );
  return found?.is_long ?? false;
}
