import { currencies, exponentOf } from '../../domain/money';
import { rows, type Tx } from '../connection';
import { readHashes } from './hashes.sql';
import { createLines, insertLines } from './lines.sql';
import { createRunTables, fillClosings, fillDeals, fillPieces, judgePieces } from './pieces.sql';
import type { PlanSegment } from './plan-segments';
import { createChain, createConversions, createRates } from './rates.sql';

/** What is settled: the closings of one plan set between two moments. */
export interface RunScope {
  readonly planSet: string;
  readonly entityId: string;
  /** Of the lines' amounts. */
  readonly currency: string;
  readonly from: string;
  readonly to: string;
  readonly plans: readonly PlanSegment[];
  /** Deals seen later are a later period's; left out, whatever is there counts. RFC 3339. */
  readonly asOf?: string | null;
}

export interface RunResult {
  /** SHA-256 over all that was used: deals, attribution, network, plans, conversions. */
  readonly inputHash: string;
  /** SHA-256 over the ordered lines, without ids of the run and without times. */
  readonly resultHash: string;
  readonly lines: number;
  readonly totalMinor: bigint;
}

/** A run may take this long; the activity that calls it heartbeats meanwhile. */
const statementMinutesMax = 10;

/**
 * Computes the lines of a period set-based inside PostgreSQL, into the temporary table `run_line` of the
 * caller's transaction, under the system's scope. The order in which deals came in changes nothing, and
 * computing again gives the same hashes for as long as the inputs are the same.
 */
export async function computeLines(tx: Tx, scope: RunScope): Promise<RunResult> {
  if (tx.scope.kind !== 'system') throw new Error('a settlement reads the deals of every client');
  await rows(
    tx,
    `select set_config('TimeZone', 'UTC', true), set_config('statement_timeout', :timeout, true),
       set_config('idle_in_transaction_session_timeout', :timeout, true)`,
    { timeout: `${statementMinutesMax}min` },
  );
  await tx.sql.raw(createRunTables);
  await fillScope(tx, scope);
  await fillPlans(tx, scope.plans);
  for (const statement of [
    fillClosings,
    'analyze run_closing',
    fillDeals,
    'analyze run_deal',
    fillPieces,
    'analyze run_piece',
    judgePieces,
    createChain,
    createRates,
    createConversions,
    createLines,
  ]) {
    await tx.sql.raw(statement);
  }
  const [found] = await rows<{
    input_hash: string;
    result_hash: string;
    lines: string;
    total_minor: string;
  }>(tx, readHashes);
  if (!found) throw new Error('a run answers its hashes');
  return {
    inputHash: found.input_hash,
    resultHash: found.result_hash,
    lines: Number(found.lines),
    totalMinor: BigInt(found.total_minor),
  };
}

/** Keeps the lines that `computeLines` has just made in this transaction as those of the settlement. */
export async function keepLines(tx: Tx, settlementId: string): Promise<void> {
  await rows(tx, 'delete from settlement_line where settlement_id = :id', { id: settlementId });
  await rows(tx, insertLines, { id: settlementId });
}

async function fillScope(tx: Tx, scope: RunScope): Promise<void> {
  await rows(
    tx,
    "insert into run_scope values (:planSet, :entityId, :currency, :from::timestamptz, :to::timestamptz, coalesce(:asOf::timestamptz, 'infinity'))",
    {
      planSet: scope.planSet,
      entityId: scope.entityId,
      currency: scope.currency,
      from: scope.from,
      to: scope.to,
      asOf: scope.asOf ?? null,
    },
  );
  const table = currencies.map((code) => {
    const exponent = exponentOf(code);
    const zeros = '0'.repeat(exponent);
    return {
      code,
      per_major: `1${zeros}`,
      unit: exponent === 0 ? '1' : `0.${zeros.slice(1)}1`,
    };
  });
  await rows(
    tx,
    `insert into run_currency select code, per_major, unit
     from jsonb_to_recordset(:table::jsonb) as c(code text, per_major numeric, unit numeric)`,
    { table: JSON.stringify(table) },
  );
}

async function fillPlans(tx: Tx, plans: readonly PlanSegment[]): Promise<void> {
  const segments = plans.map(({ plan, ...segment }, position) => ({
    segment: position,
    from_at: segment.from,
    to_at: segment.to,
    plan_hash: segment.hash,
    plan_version: segment.pins.join('+'),
    currency: plan.currency,
    min_hold_seconds: plan.minHoldSeconds,
    override_by: plan.override.by,
    override_per_lot: plan.override.by === 'fixed' ? plan.override.perLot : null,
    override_percent: plan.override.by === 'percent_of_child' ? plan.override.percent : null,
    tiers_max: plan.tiersMax,
    cap_at_revenue: plan.capAtRevenue,
  }));
  await rows(
    tx,
    `insert into run_plan select * from jsonb_to_recordset(:segments::jsonb) as s(segment int, from_at timestamptz, to_at timestamptz,
       plan_hash text, plan_version text, currency text, min_hold_seconds int, override_by text, override_per_lot numeric,
       override_percent numeric, tiers_max int, cap_at_revenue boolean)`,
    { segments: JSON.stringify(segments) },
  );
  const groups = plans.flatMap(({ plan }, segment) =>
    plan.groups.map((group, ord) => ({
      segment,
      ord,
      name: group.name,
      symbols: group.symbols,
      rates: group.ratesPerLot,
      min_move_points: group.minMovePoints,
    })),
  );
  await rows(
    tx,
    `insert into run_group select * from jsonb_to_recordset(:groups::jsonb) as g(segment int, ord int, name text, symbols text[],
       rates text[], min_move_points int)`,
    { groups: JSON.stringify(groups) },
  );
}
