import { notFound } from '../../domain/problem';
import { asSystem, rows, utc, type Tx } from '../connection';
import { accrualRows, accrualTotals } from './accruals.sql';

/** What is owed to partners, and why; minor units. */
export interface AccrualSums {
  readonly entityId: string;
  readonly currency: string;
  /** Earned in a month that is not settled: as it would be settled now, and nothing of it is owed yet. */
  readonly earnedMinor: bigint;
  /** Settled and not paid: in review, being paid, below the smallest payout, withheld, or released and in no payout yet. */
  readonly settledMinor: bigint;
  /** Below zero: set off against what comes next. */
  readonly carriedMinor: bigint;
  readonly heldMinor: bigint;
  readonly paidMinor: bigint;
}

export interface Accrual extends AccrualSums {
  readonly planSet: string;
  readonly partnerId: string;
  /** What is held, by the codes of the rules that spoke, joined by "+". */
  readonly held: readonly { readonly reasons: string; readonly amountMinor: bigint }[];
}

export interface AccrualTotal extends AccrualSums {
  /** The same payments as the ledger has them. */
  readonly postedMinor: bigint;
}

export interface AccrualFilter {
  /** `2026-11-30`: at the end of this day (UTC). */
  readonly asOf: string;
  readonly entityId?: string | undefined;
  readonly planSet?: string | undefined;
  readonly partnerId?: string | undefined;
  readonly currency?: string | undefined;
}

/** What was paid is counted from the first of the month of the day on. */
function bounds(tx: Tx, { asOf, entityId, planSet, partnerId, currency }: AccrualFilter) {
  const { scope } = tx;
  // Of partners and clients nobody is shown anything: it is finance's.
  if (scope.kind !== 'staff' && scope.kind !== 'system') throw notFound('report');
  const end = new Date(Date.parse(`${asOf}T00:00:00Z`) + 86_400_000).toISOString();
  return {
    ...{ end, from: `${asOf.slice(0, 7)}-01T00:00:00Z` },
    ...{ entityId: entityId ?? null, planSet: planSet ?? null, partnerId: partnerId ?? null },
    currency: currency ?? null,
    entities: scope.kind === 'staff' ? [...scope.entities] : null,
  };
}

interface SumsRow {
  readonly entity_id: string;
  readonly currency: string;
  readonly earned: string;
  readonly settled: string;
  readonly carried: string;
  readonly held: string;
  readonly paid: string;
}

function sumsOf(row: SumsRow): AccrualSums {
  return {
    ...{ entityId: row.entity_id, currency: row.currency },
    ...{ earnedMinor: BigInt(row.earned), settledMinor: BigInt(row.settled) },
    ...{ carriedMinor: BigInt(row.carried), heldMinor: BigInt(row.held) },
    paidMinor: BigInt(row.paid),
  };
}

/** What is owed by partner, of the caller's entities; `after` is the last one's `accrualKey`. */
export async function listAccruals(
  tx: Tx,
  filter: AccrualFilter & { readonly after?: string | undefined; readonly limit: number },
): Promise<Accrual[]> {
  const bound = { ...bounds(tx, filter), after: filter.after ?? null, limit: filter.limit };
  const found = await asSystem(tx, (system) =>
    rows<SumsRow & { plan_set: string; partner_id: string; reasons: Record<string, string> }>(
      system,
      accrualRows,
      bound,
    ),
  );
  return found.map((row) => ({
    ...sumsOf(row),
    ...{ planSet: row.plan_set, partnerId: row.partner_id },
    held: Object.entries(row.reasons)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([reasons, minor]) => ({ reasons, amountMinor: BigInt(minor) })),
  }));
}

export function accrualKey({ partnerId, planSet }: Accrual): string {
  return `${partnerId}/${planSet}`;
}

/** The same by entity and currency, beside the ledger. */
export async function totalAccruals(tx: Tx, filter: AccrualFilter): Promise<AccrualTotal[]> {
  const found = await asSystem(tx, (system) =>
    rows<SumsRow & { posted: string }>(system, accrualTotals, bounds(tx, filter)),
  );
  return found.map((row) => ({ ...sumsOf(row), postedMinor: BigInt(row.posted) }));
}

/** Up to when the months that are not settled are kept: the plan set that is furthest behind; null where none is kept. */
export async function accrualsUntil(tx: Tx): Promise<string | null> {
  const { scope } = tx;
  const [row] = await asSystem(tx, (system) =>
    rows<{ until: string | null }>(
      system,
      `select min(until_at) as until from month_run where :entities::text[] is null or entity_id = any (:entities)`,
      { entities: scope.kind === 'staff' ? [...scope.entities] : null },
    ),
  );
  return row?.until ? utc(row.until) : null;
}
