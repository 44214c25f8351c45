import { lastCheckpoint } from './audit/checkpoint-rows';
import { asSystem, rows, type Tx } from './connection';

/** Where the audit trail stands: what the last signature vouches for, and what came after it. */
export interface AuditStatus {
  readonly events: number;
  readonly subjects: number;
  readonly checkpoint: Awaited<ReturnType<typeof lastCheckpoint>>;
  /** Events after the last checkpoint: recorded and chained, not signed yet. */
  readonly unanchored: number;
}

/** Chains that one may not read are not counted either: a number that grows would tell of them. */
export async function auditStatus(tx: Tx): Promise<AuditStatus> {
  const { scope } = tx;
  const all = scope.kind === 'system' || (scope.kind === 'staff' && scope.restricted);
  return asSystem(tx, async (system) => {
    const checkpoint = await lastCheckpoint(system);
    const [counts] = await rows<{ events: number; subjects: number; unanchored: number }>(
      system,
      `select (select count(*)::int from event where :all or not restricted) as events,
         (select count(*)::int from event_head where :all or subject not like 'restricted/%') as subjects,
         (select count(*)::int from event where recorded_order > :lastOrder and (:all or not restricted)) as unanchored`,
      { all, lastOrder: checkpoint?.lastOrder ?? '0' },
    );
    const { events = 0, subjects = 0, unanchored = 0 } = counts ?? {};
    return { events, subjects, checkpoint, unanchored };
  });
}
