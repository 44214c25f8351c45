import type { Knex } from 'knex';

/** Of one transaction or savepoint: what was sent and is not answered yet, and the first refusal. */
interface Ahead {
  readonly open: Set<Promise<void>>;
  refusal: { readonly error: unknown } | undefined;
}

const aheadOf = new WeakMap<Knex, Ahead>();

/** SQLSTATE of everything that follows a refused statement: it tells nothing of why. */
const abortedTransaction = '25P02';

/** Keeps an answer that nobody waits for. */
export function isSentAhead(sql: Knex, answer: Promise<unknown>): void {
  const ahead: Ahead = aheadOf.get(sql) ?? { open: new Set(), refusal: undefined };
  aheadOf.set(sql, ahead);
  const settled: Promise<void> = answer
    .then(
      () => undefined,
      (error: unknown) => {
        ahead.refusal ??= { error };
      },
    )
    .finally(() => void ahead.open.delete(settled));
  ahead.open.add(settled);
}

/** Waits until all that was sent ahead is answered. Throws the first refusal. */
export async function confirmSent(sql: Knex): Promise<void> {
  const ahead = aheadOf.get(sql);
  if (!ahead) return;
  while (ahead.open.size > 0) await Promise.all(ahead.open);
  if (ahead.refusal) throw ahead.refusal.error;
}

/** Why the work of a transaction has failed: a refusal of what was sent ahead shows in the statement after it. */
export function causeOf(sql: Knex, error: unknown): unknown {
  const refusal = aheadOf.get(sql)?.refusal;
  const isConsequence =
    error instanceof Error && 'code' in error && error.code === abortedTransaction;
  return refusal && isConsequence ? refusal.error : error;
}
