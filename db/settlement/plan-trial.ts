import type { PartnerPlan } from '../../domain/partners/plan';
import { periodNamed } from '../../domain/partners/period';
import { hashPolicy } from '../../domain/policy/hash';
import { asSystem, rows, type Tx } from '../connection';
import { readPlanSet } from '../plan-sets';
import { computeLines } from './engine';
import { planSegments } from './plan-segments';

/** What a past period came to for a partner, and what it would have come to. Minor units. */
export interface TrialRow {
  readonly partnerId: string;
  readonly beforeMinor: bigint;
  readonly afterMinor: bigint;
}

export interface PlanTrial {
  readonly currency: string;
  readonly rows: readonly TrialRow[];
}

/** More deals than this in a month are not computed twice while somebody waits. */
const dealsMax = 50_000;

/**
 * Computes a period of a plan set that the scope may see by the plans that were in force, and by another one. Nothing is
 * kept. Undefined when it has too many deals to do so for a page. 404 for a plan set that is not the caller's.
 */
export async function tryPlan(
  tx: Tx,
  of: { readonly planSet: string; readonly period: string; readonly plan: PartnerPlan },
): Promise<PlanTrial | undefined> {
  const planSet = await readPlanSet(tx, of.planSet);
  const { from, to } = periodNamed(planSet.schedule, of.period);
  const { entityId, currency } = planSet;
  return asSystem(tx, async (system) => {
    const [counted] = await rows<{ deals: string }>(
      system,
      `select count(*) as deals from (select 1 from deal
         where entity_id = :entityId and time >= :from::timestamptz and time < :to::timestamptz limit ${dealsMax + 1}) d`,
      { entityId, from, to },
    );
    if (Number(counted?.deals ?? 0) > dealsMax) return undefined;
    const scope = { planSet: planSet.id, entityId, currency, from, to };
    const plans = await planSegments(system, scope);
    await computeLines(system, { ...scope, plans });
    const before = await sums(system);
    const { plan } = of;
    const tried = [{ from, to, plan, pins: ['draft'], hash: hashPolicy(plan) }];
    await computeLines(system, { ...scope, plans: tried });
    const after = await sums(system);
    const partners = [...new Set([...before.keys(), ...after.keys()])].sort();
    return {
      currency,
      rows: partners.map((partnerId) => ({
        partnerId,
        beforeMinor: before.get(partnerId) ?? 0n,
        afterMinor: after.get(partnerId) ?? 0n,
      })),
    };
  });
}

async function sums(tx: Tx): Promise<Map<string, bigint>> {
  const found = await rows<{ partner_id: string; amount: string }>(
    tx,
    'select partner_id, sum(amount_minor)::text as amount from run_line group by 1 having sum(amount_minor) <> 0',
  );
  return new Map(found.map((row) => [row.partner_id, BigInt(row.amount)]));
}
