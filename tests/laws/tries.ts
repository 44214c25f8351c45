/** How often a law is tried; `endOnFailure` leaves out the search for a smaller counterexample. */
export interface Tries {
  readonly numRuns: number;
  readonly endOnFailure?: boolean;
  readonly seed?: number;
}

/** All at once, like Promise.all, but nothing still runs when the first failure is thrown. */
export async function together<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const ended = await Promise.allSettled(work);
  return ended.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
