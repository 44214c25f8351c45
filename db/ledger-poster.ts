import type { Actor } from '../domain/access/scope';
import { systemScope } from '../domain/access/scope';
import type { Posting, PostingResult } from '../domain/ledger/posting';
import { Batcher, type BatcherOptions } from './batcher';
import { inScope, type Database } from './connection';
import { appendEvents, type NewEvent } from './events';
import { postTransactions } from './ledger';

/** Something whose whole effect is data: a posting, and what is told of it when it is posted. */
export interface PostingItem {
  readonly posting: Posting;
  readonly events: readonly NewEvent[];
}

/** Posts items one by one for whoever calls, and together where they come together. */
export interface LedgerPoster {
  /** Answers when it is committed, with a verdict of its own: a refused one fails nobody else and tells nothing. */
  post(item: PostingItem): Promise<PostingResult>;
}

/**
 * Two sets at once, each over the accounts of other clients, and only where each is worth its turns and its durable
 * commit: more only wait for the processors.
 */
const aside = { setsMax: 2, waitingMin: 100, keyOf };

/**
 * One per process. Each item is idempotent by its posting's key, so that a batch may be written again. What is posted for
 * one client goes in the order in which it came: sets that are written at the same time share no wallet to wait for.
 */
export function createLedgerPoster(
  db: Database,
  actor: Actor,
  limits: Pick<BatcherOptions<PostingItem, PostingResult>, 'itemsMax' | 'waitingMax'> = {},
): LedgerPoster {
  const batcher = new Batcher<PostingItem, PostingResult>({
    ...limits,
    aside,
    write: (items) => inScope(db, systemScope(actor), (tx) => postItems(tx, items)),
  });
  return { post: (item) => batcher.add(item) };
}

function keyOf({ posting: { clientId, legs } }: PostingItem): string {
  return clientId ?? legs.find(({ account }) => !account.entryOnly)?.account.id ?? '';
}

/** Posts the items as one set in the caller's transaction, with the events of those that are posted now. */
export async function postItems(
  tx: Parameters<typeof postTransactions>[0],
  items: readonly PostingItem[],
): Promise<PostingResult[]> {
  const results = await postTransactions(
    tx,
    items.map(({ posting }) => posting),
  );
  await appendEvents(
    tx,
    items.flatMap(({ events }, position) =>
      results[position]?.verdict === 'posted' ? events : [],
    ),
  );
  return results;
}
