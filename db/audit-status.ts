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

export async function auditStatus(tx: Tx): Promise<AuditStatus> {
  return asSystem(tx, async (system) => {
    const checkpoint = await lastCheckpoint(system);
    const [counts] = await rows<{ events: number; subjects: number; unanchored: number }>(
      system,
      `select (select count(*)::int from event) as events, (select count(*)::int from event_head) as subjects,
         (select count(*)::int from event where recorded_order > :lastOrder) as unanchored`,
      { lastOrder: checkpoint?.lastOrder ?? '0' },
    );
    const { events = 0, subjects = 0, unanchored = 0 } = counts ?? {};
    return { events, subjects, checkpoint, unanchored };
  });
}
