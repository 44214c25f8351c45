import { systemScope } from '../domain/access/scope';
import { allowMinutes, inScope, rows, type Database, type Tx } from './connection';
import { appendEvents } from './events';
import { expireHolds } from './ledger';
import { settledOrder } from './settled-order';

/** What a round of keeping the books did. */
export interface Kept {
  readonly holdsExpired: number;
  /** House accounts folded, and blocks chained; undefined when another process keeps them or a writer does not end. */
  readonly settled: { readonly folds: number; readonly blocks: number } | undefined;
}

export interface KeepOptions {
  /** How long to wait for transactions that are posting. Default 20 s. */
  readonly waitMsMax?: number;
  /** An account is folded when so many entries came since. Default 1,000. */
  readonly entriesMin?: number;
}

const actor = 'job:ledger';
/** Blocks of one transaction, and transactions of one round; what is left waits a minute. */
const blocksOfSetMax = 10;
const setsMax = 20;
/** The first fold of an account reads all of its entries. */
const foldMinutesMax = 10;

/**
 * What the books need behind the postings, each minute: expired holds are given back, house accounts folded and
 * what is settled chained into blocks, each told of by an event, which the checkpoints sign. It blocks no writer.
 * Blocks are committed a few at a time, so that a ledger with years behind it is caught up with, round by round.
 */
export async function keepLedger(
  db: Database,
  { waitMsMax = 20_000, entriesMin = 1_000 }: KeepOptions = {},
): Promise<Kept> {
  const holdsExpired = await inScope(db, systemScope(actor), (tx) => expireHolds(tx));
  const folded = await asOnlyKeeper(db, async (tx) => {
    const order = await settledOrder(tx, 'ledger_transaction', waitMsMax);
    if (order === undefined) return undefined;
    return { order, folds: await foldHouseAccounts(tx, order, entriesMin) };
  });
  if (folded === undefined) return { holdsExpired, settled: undefined };
  const { order, folds } = folded;
  return { holdsExpired, settled: { folds, blocks: await chainSets(db, order) } };
}

/** Undefined when another process keeps the books. */
async function asOnlyKeeper<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T | undefined> {
  return inScope(db, systemScope(actor), async (tx) =>
    (await isOnlyKeeper(tx)) ? work(tx) : undefined,
  );
}

async function isOnlyKeeper(tx: Tx): Promise<boolean> {
  const [row] = await rows<{ locked: boolean }>(
    tx,
    `select pg_try_advisory_xact_lock(hashtextextended('keelson/ledger', 0)) as locked`,
  );
  return row?.locked ?? false;
}

async function foldHouseAccounts(tx: Tx, order: string, entriesMin: number): Promise<number> {
  await allowMinutes(tx, foldMinutesMax);
  const [row] = await rows<{ folds: string }>(
    tx,
    'select fold_house_accounts(:order::bigint, :entriesMin::bigint) as folds',
    { order, entriesMin },
  );
  return Number(row?.folds ?? 0);
}

/** What was settled stays settled: the order holds for every set of the round. */
async function chainSets(db: Database, order: string): Promise<number> {
  let blocks = 0;
  for (let set = 0; set < setsMax; set += 1) {
    const chained = (await asOnlyKeeper(db, (tx) => chainBlocks(tx, order))) ?? 0;
    blocks += chained;
    if (chained < blocksOfSetMax) break;
  }
  return blocks;
}

async function chainBlocks(tx: Tx, order: string): Promise<number> {
  const blocks = await rows<{
    number: string;
    last_order: string;
    transactions: number;
    hash: string;
  }>(tx, 'select * from chain_ledger(:order::bigint, :blocksMax::int) order by number', {
    order,
    blocksMax: blocksOfSetMax,
  });
  await appendEvents(
    tx,
    blocks.map((block) => ({
      subject: 'ledger',
      type: 'ledger.block_chained' as const,
      entityId: null,
      payload: {
        number: block.number,
        lastOrder: block.last_order,
        transactions: block.transactions,
        hash: block.hash,
      },
    })),
  );
  return blocks.length;
}
