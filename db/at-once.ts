import type { Tx } from './connection';

type Read = (tx: Tx) => Promise<unknown>;

/**
 * Several reads of one transaction, sent without waiting for each other. Under a person's scope they go one after the
 * other: a reader that becomes the system for a moment (`asSystem`) would make its neighbours the system, too, and they
 * would show what the person may not see. A lint rule keeps `Promise.all` out of transactions.
 */
export async function atOnce<const Reads extends readonly Read[]>(
  tx: Tx,
  ...reads: Reads
): Promise<{ -readonly [Position in keyof Reads]: Awaited<ReturnType<Reads[Position]>> }> {
  const found: unknown[] = [];
  if (tx.scope.kind === 'system')
    // eslint-disable-next-line no-restricted-syntax -- The one place: the system stays the system meanwhile.
    found.push(...(await Promise.all(reads.map((read) => read(tx)))));
  else for (const read of reads) found.push(await read(tx));
  // eslint-disable-next-line no-restricted-syntax -- One answer for each read, in their order.
  return found as { -readonly [Position in keyof Reads]: Awaited<ReturnType<Reads[Position]>> };
}
