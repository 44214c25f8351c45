/**
 * The work on each item, one after another, in order. A transaction is one connection, which takes one query
 * at a time: `Promise.all` over it only queues, and pg 9 will refuse it.
 */
export async function inTurn<T, U>(
  items: readonly T[],
  work: (item: T) => Promise<U>,
): Promise<U[]> {
  const results: U[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
