import { currencies, exponentOf } from '../../domain/money';
import type { PartnerPlan } from '../../domain/partners/plan';
import { rows, type Tx } from '../connection';
import type { BasisSymbol } from './basis';
import { capByLifetime, capPerClient, capPerDeal, capPerPeriod } from './caps.sql';
import { findCpas } from './cpa.sql';
import { readHashes } from './hashes.sql';
import {
  createClosedTables,
  createRunTables,
  fillDeals,
  fillDeposits,
  fillEarlier,
  fillEnded,
  fillEvents,
  fillMembers,
  fillPrevious,
  fillRevised,
  fillSymbols,
} from './inputs.sql';
import {
  addBonusLines,
  addCpaLines,
  createLineTable,
  fillLines,
  insertClients,
  insertLines,
} from './lines.sql';
import { fillPieces, payLargerSide } from './pieces.sql';
import { splitAtMoves } from './network-moves';
import { fillRunPlans } from './run-plans';
import type { PlanSegment } from './plan-segments';
import { createChain, createConversions, createRates, fillSteps } from './rates.sql';

/** A rate into the currency of payment. */
export interface GivenRate {
  readonly from: string;
  readonly rate: string;
  readonly source: string;
}

/** What earlier settlements leave: who had a CPA, and what clients have brought in and cost so far. */
export interface PreviousClosing {
  readonly qualified: readonly { readonly clientId: string; readonly at: string }[];
  readonly clients: readonly {
    readonly clientId: string;
    readonly revenueMinor: string;
    readonly paidMinor: string;
  }[];
}

/** What is settled: what one plan set's clients did between two moments. */
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
  /** Taken before those that deals name. */
  readonly rates?: readonly GivenRate[];
  /** As another run took them; those that are left out are taken as they are now. */
  readonly symbols?: readonly Omit<BasisSymbol, 'of'>[];
  /** Left out, it is read from the settlements that are recorded. */
  readonly previous?: PreviousClosing;
  /** Ids of the settlements that it is read from; left out, those of the periods before that were not rejected. */
  readonly earlier?: readonly string[];
  /** Ids of the settlements whose adjustments of closed periods stand; left out, those of `earlier`. */
  readonly adjusters?: readonly string[];
}

export interface RunResult {
  /** SHA-256 over all that was used: deals, deposits, attribution, network, plans, conversions, the previous closing. */
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
  await beginRun(tx, scope);
  // One message: a round trip for each would cost a small month more than its work.
  await tx.sql.raw([...ofClients(scope.plans), ...ofAll(scope.plans)].join(';\n'));
  return readResult(tx);
}

/** Makes the tables of a run and fills in what is no client's: the plans, given rates, what settlements before leave. */
export async function beginRun(tx: Tx, scope: RunScope): Promise<void> {
  if (tx.scope.kind !== 'system') throw new Error('a settlement reads the deals of every client');
  await rows(
    tx,
    `select set_config('TimeZone', 'UTC', true), set_config('statement_timeout', :timeout, true),
       set_config('idle_in_transaction_session_timeout', :timeout, true)`,
    { timeout: `${statementMinutesMax}min` },
  );
  await tx.sql.raw(
    [createRunTables, createLineTable, createAdjusted, createClosedTables].join(';\n'),
  );
  await fillScope(tx, scope);
  await tx.sql.raw(fillEnded);
  await fillRunPlans(tx, await splitAtMoves(tx, scope));
  await fillRates(tx, scope.rates ?? []);
  await bringSymbols(tx, scope.symbols ?? []);
  if (scope.previous) await bringPrevious(tx, scope.previous);
  else await readPrevious(tx, scope.earlier);
}

/** Closed periods that the run adjusts; `computeWithAdjustments` fills it. */
const createAdjusted = `create temporary table if not exists run_adjusted (settlement_id text primary key, input_hash text not null) on commit drop`;

/** What the plans need, in order: what none of them asks for is not computed. */
function asked(plans: readonly PlanSegment[]) {
  return (asks: (plan: PartnerPlan) => boolean, ...statements: string[]): string[] =>
    plans.some(({ plan }) => asks(plan)) ? statements : [];
}

/** Each client's part by itself: deals, deposits, the CPA, what earns, and what is hedged. */
export function ofClients(plans: readonly PlanSegment[]): string[] {
  return [
    ...dealsOfClients(fillMembers),
    ...depositsOfClients(plans),
    ...conversions,
    ...piecesOfClients(plans),
  ];
}

/** Of tables that nobody has analyzed the planner thinks them to be long: joins of a few rows become sorts of billions. */
const analyzeGiven = `analyze run_scope, run_currency, run_ended, run_plan, run_group, run_component, run_step, run_previous_cpa, run_previous_client, run_revised`;

/** Into the currency of payment. */
export const conversions = [createConversions, 'analyze run_conversion'];

/** The deals that earn of the members that a statement finds, with all of their positions. */
export function dealsOfClients(members: string): string[] {
  return [
    fillRevised,
    analyzeGiven,
    members,
    'analyze run_member',
    fillEvents,
    'analyze run_event',
    fillSymbols,
    fillDeals,
    'analyze run_deal',
  ];
}

export function depositsOfClients(plans: readonly PlanSegment[]): string[] {
  return asked(plans)(({ cpa }) => cpa !== null, fillDeposits, 'analyze run_deposit');
}

export function piecesOfClients(plans: readonly PlanSegment[]): string[] {
  const when = asked(plans);
  return [
    ...when(({ cpa }) => cpa !== null, findCpas),
    fillPieces,
    'analyze run_piece',
    ...when(({ hedged }) => hedged === 'larger_side', payLargerSide),
  ];
}

/** What clients' parts come to: tiers, rates, lines, and the caps last. */
export function ofAll(plans: readonly PlanSegment[]): string[] {
  const when = asked(plans);
  const atEnd = asked(plans.slice(-1));
  return [
    'analyze run_cpa',
    createChain,
    'analyze run_chain',
    ...when(({ tiers }) => tiers !== null, fillSteps),
    createRates,
    'analyze run_rate',
    fillLines,
    ...when(({ cpa }) => cpa !== null, addCpaLines),
    ...atEnd(({ volumeBonus }) => volumeBonus !== null, addBonusLines),
    ...when(({ caps }) => caps.perDeal !== null, capPerDeal),
    ...when(({ caps }) => caps.lifetimePercent !== null, capByLifetime),
    ...when(({ caps }) => caps.perClient !== null, capPerClient),
    ...when(({ caps }) => caps.perPeriod !== null, capPerPeriod),
  ];
}

/** The hashes and sums of what stands in `run_line`. */
export async function readResult(tx: Tx): Promise<RunResult> {
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

/** Keeps what `computeLines` has just made in this transaction as that of the settlement. */
export async function keepLines(tx: Tx, settlementId: string): Promise<void> {
  await rows(tx, 'delete from settlement_line where settlement_id = :id', { id: settlementId });
  await rows(tx, 'delete from settlement_client where settlement_id = :id', { id: settlementId });
  await rows(tx, insertLines, { id: settlementId });
  await rows(tx, insertClients, { id: settlementId });
  await rows(
    tx,
    `update settlement set conversions = coalesce((select jsonb_agg(jsonb_build_object('from', from_code, 'rate', trim_scale(rate)::text, 'source', source)
       order by from_code) from run_conversion), '[]') where id = :id`,
    { id: settlementId },
  );
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

async function fillRates(tx: Tx, rates: readonly GivenRate[]): Promise<void> {
  if (rates.length === 0) return;
  await rows(
    tx,
    `insert into run_given_rate select r.from, r.rate, r.source
     from jsonb_to_recordset(:rates::jsonb) as r("from" text, rate numeric, source text)`,
    { rates: JSON.stringify(rates) },
  );
}

async function bringSymbols(tx: Tx, symbols: readonly Omit<BasisSymbol, 'of'>[]): Promise<void> {
  if (symbols.length === 0) return;
  await rows(
    tx,
    `insert into run_symbol select server, name, digits, "contractSize", "averageSpreadPoints" from jsonb_to_recordset(:symbols::jsonb)
       as s(server text, name text, digits int, "contractSize" numeric, "averageSpreadPoints" numeric)`,
    { symbols: JSON.stringify(symbols) },
  );
}

async function readPrevious(tx: Tx, earlier: readonly string[] | undefined): Promise<void> {
  if (earlier)
    await rows(tx, 'insert into run_earlier select unnest(:earlier::text[])', {
      earlier: [...earlier],
    });
  else await tx.sql.raw(fillEarlier);
  await tx.sql.raw(fillPrevious);
}

async function bringPrevious(tx: Tx, previous: PreviousClosing): Promise<void> {
  await rows(
    tx,
    `insert into run_previous_cpa select "clientId", at
     from jsonb_to_recordset(:qualified::jsonb) as q("clientId" text, at timestamptz)`,
    { qualified: JSON.stringify(previous.qualified) },
  );
  await rows(
    tx,
    `insert into run_previous_client select "clientId", "revenueMinor", "paidMinor"
     from jsonb_to_recordset(:clients::jsonb) as c("clientId" text, "revenueMinor" numeric, "paidMinor" numeric)`,
    { clients: JSON.stringify(previous.clients) },
  );
}
