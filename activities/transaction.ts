import type { Scope } from '../domain/access/scope';
import { inScope, type Database, type Tx } from '../db/connection';
import { isOutage } from '../db/database-error';

const attemptsMax = 20;

/**
 * Records what already happened outside. The fact exists nowhere else, so a passing fault of the
 * database is waited out here (about a minute) before the intent is left `sending` to be looked up.
 */
export async function inTransaction<T>(
  db: Database,
  scope: Scope,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inScope(db, scope, work);
    } catch (error) {
      if (attempt >= attemptsMax || !isPassing(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.min(250 * attempt, 5_000)));
    }
  }
}

/** An outage, or class 40 (rollback) of SQLSTATE. */
function isPassing(error: unknown): boolean {
  if (isOutage(error)) return true;
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('40')
  );
}
