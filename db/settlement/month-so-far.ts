import { parsePeriod } from '../../domain/partners/period';
import { formatLots } from '../../domain/partners/statement';
import type { Money } from '../../domain/money';
import { asSystem, rows, type Tx } from '../connection';
import { readPartner } from '../partners';
import { readPlanSet } from '../plan-sets';
import { computeLines } from './engine';
import { planSegments } from './plan-segments';

/** What a settlement of the month up to now would give a partner. Nothing of it is kept or owed. */
export interface MonthSoFar {
  /** `2026-11`. */
  readonly period: string;
  readonly until: string;
  readonly earned: Money;
  /** Of it, what was closed since midnight UTC. */
  readonly today: Money;
  readonly trades: number;
  /** Decimal string. */
  readonly lots: string;
}

/** More deals than this in the month are computed when it has ended, not while somebody waits. */
const dealsMax = 50_000;

/**
 * Computes the present month up to `now` with the settlement's own engine for a partner that the scope may
 * see; undefined when the month has too many deals to do so for a page. Throws `not_found` (404).
 */
export async function monthSoFar(
  tx: Tx,
  { partnerId, now }: { partnerId: string; now: Date },
): Promise<MonthSoFar | undefined> {
  const partner = await readPartner(tx, partnerId);
  const until = now.toISOString();
  const { name, from } = parsePeriod(until.slice(0, 7));
  const { entityId } = partner;
  return asSystem(tx, async (system) => {
    const [counted] = await rows<{ deals: string }>(
      system,
      `select count(*) as deals from (select 1 from deal
         where entity_id = :entityId and time >= :from::timestamptz and time < :until::timestamptz limit ${dealsMax + 1}) d`,
      { entityId, from, until },
    );
    if (Number(counted?.deals ?? 0) > dealsMax) return undefined;
    const planSet = await readPlanSet(system, partner.planSet);
    const { currency } = planSet;
    const plans = await planSegments(system, { entityId, from, to: until });
    await computeLines(system, { planSet: planSet.id, entityId, currency, from, to: until, plans });
    const [sum] = await rows<{ amount: string; today: string; trades: string; lots: string }>(
      system,
      // A piece has a line for each kind of rate.
      `select coalesce(sum(amount), 0)::numeric(38, 0) as amount,
         coalesce(sum(amount) filter (where closed_at >= date_trunc('day', :until::timestamptz)), 0)::numeric(38, 0) as today, count(distinct position_id) as trades,
         coalesce(sum(lots), 0)::numeric(38, 0) as lots
       from (select position_id, closed_at, sum(amount_minor) as amount, case when event in ('open', 'close') then max(lots_e8) else 0 end as lots
         from run_line where partner_id = :partnerId group by server_id, tickets, position_id, event, tier, closed_at) piece`,
      { partnerId, until },
    );
    return {
      period: name,
      until,
      earned: { amountMinor: BigInt(sum?.amount ?? '0'), currency },
      today: { amountMinor: BigInt(sum?.today ?? '0'), currency },
      trades: Number(sum?.trades ?? 0),
      lots: formatLots(BigInt(sum?.lots ?? '0')),
    };
  });
}
