import { systemScope } from '../../domain/access/scope';
import { inScope, rows, utc, type Database, type Tx } from '../connection';
import { recomputeSettlement } from '../settlement/compute';
import type { Basis } from '../settlement/basis';
import type { Settlement } from '../settlement/settlements';
import type { ProofFault } from './report';

/** A settlement as it stands, with all that it was computed from. */
export type StandingSettlement = Pick<
  Settlement,
  | 'id'
  | 'planSet'
  | 'entityId'
  | 'period'
  | 'from'
  | 'to'
  | 'currency'
  | 'inputHash'
  | 'resultHash'
  | 'engineVersion'
  | 'basis'
> & {
  readonly computedAt: string;
  /** Settlements that it stands on and that were computed again since: what it took from them is no more. */
  readonly movedOn: string | null;
};

export async function computedSettlements(tx: Tx): Promise<StandingSettlement[]> {
  const found = await rows<{
    id: string;
    plan_set: string;
    entity_id: string;
    period: string;
    from_at: string;
    to_at: string;
    currency: string;
    input_hash: string | null;
    result_hash: string | null;
    computed_at: string;
    engine_version: number;
    basis: Basis | null;
    moved_on: string | null;
  }>(
    tx,
    `select id, plan_set, entity_id, period, from_at, to_at, currency, input_hash, result_hash, computed_at, engine_version, basis,
       (select string_agg(distinct e.id, ', ' order by e.id)
        from jsonb_to_recordset((s.basis -> 'earlier') || coalesce(s.basis -> 'adjusters', '[]')) as e(id text, run int)
        join settlement p on p.id = e.id where p.run <> e.run) as moved_on
     from settlement s where state in ('in_review', 'approved', 'paying', 'paid') order by id`,
  );
  return found.map((row) => ({
    id: row.id,
    planSet: row.plan_set,
    entityId: row.entity_id,
    period: row.period,
    from: utc(row.from_at),
    to: utc(row.to_at),
    currency: row.currency,
    inputHash: row.input_hash,
    resultHash: row.result_hash,
    computedAt: utc(row.computed_at),
    engineVersion: row.engine_version,
    basis: row.basis,
    movedOn: row.moved_on,
  }));
}

class Undo extends Error {}

/** Computes a settlement again beside the one that stands, keeps nothing, and says what differs. */
export async function recompute(
  db: Database,
  settlement: StandingSettlement,
): Promise<Omit<ProofFault, 'rule'>[]> {
  let faults: Omit<ProofFault, 'rule'>[] = [];
  try {
    await inScope(db, systemScope('job:prove-settlement'), async (tx) => {
      const again = await recomputeSettlement(tx, settlement);
      faults = [...differingHashes(settlement, again), ...(await differingLines(tx, settlement))];
      throw new Undo();
    });
  } catch (error) {
    if (!(error instanceof Undo)) throw error;
  }
  return faults;
}

function differingHashes(
  settlement: StandingSettlement,
  again: { readonly inputHash: string; readonly resultHash: string },
): Omit<ProofFault, 'rule'>[] {
  if (again.resultHash === settlement.resultHash && again.inputHash === settlement.inputHash) {
    return [];
  }
  const why =
    again.inputHash === settlement.inputHash
      ? 'from the same deals, network and plans'
      : 'its deals, network or plans are not those it was computed from';
  const detail = `was computed as ${settlement.resultHash ?? 'nothing'}, computed again it is ${again.resultHash}: ${why}`;
  return [{ thing: `${settlement.id} (${settlement.planSet} ${settlement.period})`, detail }];
}

const linesNamedMax = 10;

async function differingLines(
  tx: Tx,
  settlement: StandingSettlement,
): Promise<Omit<ProofFault, 'rule'>[]> {
  const found = await rows<{ line: string; stands: string | null; again: string | null }>(
    tx,
    `select coalesce(s.line, r.line) as line,
       s.partner_id || ' tier ' || s.tier || ' ' || s.reason || ' ' || s.amount_minor as stands,
       r.partner_id || ' tier ' || r.tier || ' ' || r.reason || ' ' || r.amount_minor as again
     from (select * from settlement_line where settlement_id = :id) s full join run_line r on r.line = s.line
     where (s.partner_id, s.tier::int, s.reason, s.amount_minor, s.tickets, s.server_id, s.lots_e8, s.rate)
       is distinct from (r.partner_id, r.tier::int, r.reason, r.amount_minor, r.tickets, r.server_id, r.lots_e8, r.rate)
     order by 1 limit ${linesNamedMax}`,
    { id: settlement.id },
  );
  return found.map(({ line, stands, again }) => ({
    thing: `${settlement.id} line ${line}`,
    detail: `says ${stands ?? 'nothing'}, computed again it says ${again ?? 'nothing'}`,
  }));
}
