import type { Database } from '../connection';
import { startRounds } from '../rounds';
import { writeCheckpoint, type CheckpointOutcome } from './checkpoints';

export interface CheckpointLoopOptions {
  readonly copyPath: string;
  readonly everyMs?: number;
  readonly onOutcome: (outcome: CheckpointOutcome) => void;
  readonly onError: (error: unknown) => void;
}

/**
 * Writes a checkpoint every minute until stopped. Several processes may run it: one writes, the
 * others find nothing new. A failure is reported and the next minute tries again.
 */
export function startCheckpoints(
  db: Database,
  { copyPath, everyMs = 60_000, onOutcome, onError }: CheckpointLoopOptions,
): { stop(): Promise<void> } {
  return startRounds({
    everyMs,
    round: async () => onOutcome(await writeCheckpoint(db, { copyPath })),
    onError,
  });
}
