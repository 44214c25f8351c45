/**
 * The work on each item, one after another, in order. A transaction's statements may be under way together (they are
 * carried out in the order in which they are sent), but not where one of them is sent `asSystem`: others would be, too.
 */
export async function inTurn<T, U>(
  items: readonly T[],
  work: (item: T) => Promise<U>,
): Promise<U[]> {
  const results: U[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
