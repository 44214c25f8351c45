import { forbidden } from '../../domain/problem';
import { asSystem, rows, type Tx } from '../connection';
import { orphanRules } from './orphan-rules';

export interface Orphan {
  /** An id that a person can look up. */
  readonly thing: string;
  /** Null: everybody's. */
  readonly entityId: string | null;
  /** Why nobody works on it. */
  readonly why: string;
}

/** What was looked at of one kind, and what nobody works on. */
export interface OrphanScan {
  readonly kind: string;
  readonly scanned: number;
  readonly found: number;
  /** The first of them by id. */
  readonly orphans: readonly Orphan[];
}

/** Orphans listed of each kind; the rest is counted. */
export const orphansListedMax = 50;
/** A process may work, and a command may be on its way, this long before it counts. */
const workingMsMaxDefault = 60_000;

/**
 * Looks for records that no process owns, among those the transaction's scope may know: of its entities, and
 * restricted ones for the MLRO's circle alone, in the list as in the counts; what is no entity's for who works for all
 * of them. 403 `forbidden` for all but colleagues.
 */
export async function findOrphans(
  tx: Tx,
  { workingMsMax = workingMsMaxDefault }: { readonly workingMsMax?: number } = {},
): Promise<OrphanScan[]> {
  const { scope } = tx;
  if (scope.kind !== 'system' && scope.kind !== 'staff') throw forbidden('process.read');
  const seesAll = scope.kind === 'system';
  const seen = {
    seesAll,
    entities: seesAll ? [] : [...scope.entities],
    seesRestricted: seesAll || scope.restricted,
  };
  const before = `now() - interval '${Math.round(workingMsMax)} milliseconds'`;
  // What a thing hangs together with may be hidden from the reader; that must not make it an orphan.
  return asSystem(tx, async (system) => {
    const scans: OrphanScan[] = [];
    for (const { kind, scanned } of orphanRules(before)) {
      const [row] = await rows<{ scanned: string; found: string; orphans: Orphan[] }>(
        system,
        `with seen as (
           select thing, entity_id, orphan from (${scanned}) looked
           where (:seesAll or entity_id = any (:entities::text[])
               or entity_id is null and not exists (select 1 from entity e where e.id <> all (:entities::text[])))
             and (:seesRestricted or not restricted))
         select count(*) as scanned, count(orphan) as found, coalesce((
             select jsonb_agg(jsonb_build_object('thing', thing, 'entityId', entity_id, 'why', orphan) order by thing)
             from (select thing, entity_id, orphan from seen where orphan is not null order by thing limit ${orphansListedMax}) listed),
           '[]') as orphans
         from seen`,
        seen,
      );
      if (!row) throw new Error(`nothing was counted of ${kind}`);
      scans.push({
        kind,
        scanned: Number(row.scanned),
        found: Number(row.found),
        orphans: row.orphans,
      });
    }
    return scans;
  });
}

/** How many were looked at and found in all. */
export function sumOfScans(scans: readonly OrphanScan[]): { scanned: number; found: number } {
  return scans.reduce(
    (sum, { scanned, found }) => ({ scanned: sum.scanned + scanned, found: sum.found + found }),
    { scanned: 0, found: 0 },
  );
}

/** A line for each kind, the orphans beneath it, the sum at the end. */
export function describeScans(scans: readonly OrphanScan[]): string {
  const lines = scans.flatMap(({ kind, scanned, found, orphans }) => [
    `${String(scanned).padStart(8)}  ${kind}${found === 0 ? '' : `: ${found} that nobody works on`}`,
    ...orphans.map(({ thing, why }) => `          ORPHAN  ${thing}: ${why}`),
    ...(found > orphans.length ? [`          ORPHAN  … and ${found - orphans.length} more`] : []),
  ]);
  const { scanned, found } = sumOfScans(scans);
  return [...lines, `${scanned} scanned, ${found} orphans`].join('\n');
}
