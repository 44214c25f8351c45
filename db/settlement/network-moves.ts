import { withMicroseconds } from '../../domain/audit/event-hash';
import { rows, utc, type Tx } from '../connection';
import type { PlanSegment } from './plan-segments';

/** More moves than this in one period are not told apart: the run is refused. */
const movesMax = 1_000;

/**
 * The segments, cut wherever a partner of the plan set was moved in the network: in each of them the network stands still.
 */
export async function splitAtMoves(
  tx: Tx,
  {
    planSet,
    from,
    to,
    plans,
  }: { planSet: string; from: string; to: string; plans: readonly PlanSegment[] },
): Promise<PlanSegment[]> {
  const moves = await rows<{ at: string }>(
    tx,
    `select distinct w.from_at as at from partner p join partner_place w on w.partner_id = p.id
     where p.plan_set = :planSet and w.from_at > :from::timestamptz and w.from_at < :to::timestamptz order by at limit ${movesMax + 1}`,
    { planSet, from, to },
  );
  if (moves.length > movesMax) throw new Error(`more than ${movesMax} moves in one period`);
  const moments = moves.map(({ at }) => utc(at));
  return plans.flatMap((segment) => cut(segment, moments));
}

function cut(segment: PlanSegment, moments: readonly string[]): PlanSegment[] {
  const [from, to] = [withMicroseconds(segment.from), withMicroseconds(segment.to)];
  const within = moments.filter((at) => from < withMicroseconds(at) && withMicroseconds(at) < to);
  const starts = [segment.from, ...within];
  return starts.map((from, position) => ({
    ...segment,
    from,
    to: starts[position + 1] ?? segment.to,
  }));
}
