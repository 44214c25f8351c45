import type { Scope } from '../domain/access/scope';
import { inScope, type Database, type Tx } from '../db/connection';

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

/** Connection faults and the classes 08 (connection), 40 (rollback), 53 (resources), 57 (operator) of SQLSTATE. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^(08|40|53|57)/.test(code) || /^E[A-Z]+$/.test(code) || error.name === 'KnexTimeoutError';
}
