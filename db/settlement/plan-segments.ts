import { type PartnerPlan, PlanInvalid } from '../../domain/partners/plan';
import { checkPlanForJurisdiction } from '../../domain/partners/plan-check';
import { parsePartnerPlan } from '../../domain/partners/plan.schema';
import { rows, utc, type Tx } from '../connection';
import { readEntity } from '../entities';
import { effectivePolicy } from '../policies';

/** A plan and the stretch of time in which it decides, of deals closed in it. */
export interface PlanSegment {
  readonly from: string;
  readonly to: string;
  readonly plan: PartnerPlan;
  /** Ids of the policy versions that were folded, the base first. */
  readonly pins: readonly string[];
  readonly hash: string;
}

/** More versions than this in one period are a mistake. */
const segmentsMax = 100;

/**
 * The plans in force in a period, one after the other: a version published in the middle of it counts
 * from its effective moment on, and never for what was closed before.
 * Throws `policy_missing` (503) and PlanInvalid, for what the law of the entity forbids as well.
 */
export async function planSegments(
  tx: Tx,
  { entityId, from, to }: { entityId: string; from: string; to: string },
): Promise<PlanSegment[]> {
  const changes = await rows<{ at: string }>(
    tx,
    `select distinct v.effective_from as at from policy_version v join entity e on e.id = :entityId
     where v.kind = 'partner.plan' and v.state = 'published' and v.effective_from > :from::timestamptz and v.effective_from < :to::timestamptz
       and (v.layer = 'base' or (v.layer = 'jurisdiction' and v.layer_key = e.jurisdiction)
         or (v.layer = 'entity' and v.layer_key = e.id))
     order by at limit ${segmentsMax}`,
    { entityId, from, to },
  );
  const starts = [from, ...changes.map(({ at }) => utc(at))];
  const { jurisdiction } = await readEntity(tx, entityId);
  const segments: PlanSegment[] = [];
  for (const [position, start] of starts.entries()) {
    const { compiled, pins, hash } = await effectivePolicy(tx, 'partner.plan', {
      entityId,
      at: start,
    });
    const plan = parsePartnerPlan(compiled.effective.parameters.plan);
    const forbidden = checkPlanForJurisdiction(plan, jurisdiction);
    if (forbidden.length > 0) throw new PlanInvalid(forbidden);
    segments.push({ from: start, to: starts[position + 1] ?? to, plan, pins, hash });
  }
  return segments;
}
