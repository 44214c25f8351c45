import type { Tx } from '../../db/connection';
import { computeLines, type RunResult } from '../../db/settlement/engine';
import type { Scratch } from '../proofs/scratch';
import { type Book, entityId, seedBook, segmentOf } from './book';

class RolledBack extends Error {}

/** For tests only: works on a book and leaves nothing behind. */
export async function withinBook<T>(
  scratch: Scratch,
  of: Book,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  let answer: { readonly value: T } | undefined;
  await scratch
    .asSystem(async (tx) => {
      await seedBook(tx, of);
      answer = { value: await work(tx) };
      throw new RolledBack();
    })
    .catch((error: unknown) => {
      if (!(error instanceof RolledBack)) throw error;
    });
  if (!answer) throw new Error('no answer');
  return answer.value;
}

/** For tests only: computes the lines of a book that is seeded. */
export function runBook(tx: Tx, of: Book): Promise<RunResult> {
  const { planSet, currency, period, rates, previous } = of;
  return computeLines(tx, {
    ...{ planSet, entityId, currency, rates, previous },
    ...{ from: period.from, to: period.to, plans: [segmentOf(of)] },
  });
}
