import { Client } from 'pg';
import { newId } from '../domain/ids';
import { systemScope } from '../domain/access/scope';
import { house, wallet, type LedgerAccount } from '../domain/ledger/account';
import { move, type PostingResult } from '../domain/ledger/posting';
import { throwawayKeys } from '../connectors/keys/file-keys';
import { inScope, openDatabase, type Database } from '../db/connection';
import { install } from '../db/installation';
import { createLedgerPoster, postItems, type PostingItem } from '../db/ledger-poster';
import { freshDatabase, type FreshDatabase } from '../tests/setup/database';
import type { BenchLine, BenchOptions } from './bench';
import { copyRows } from './copy-rows';
import { openPgbench } from './pgbench';
import type { BenchServers } from './servers';

const transfersInFull = 200_000;
const walletsInFull = 10_000;
const pgbenchScaleInFull = 50;
/** Callers who post one transfer after the other, as pgbench's clients do. */
const callers = 16;
/** Callers behind whom the poster's sets are full. */
const manyCallers = 2_000;
/** The share of the transfers that is posted one by one: a rate needs no more of them. */
const oneByOneShare = 0.1;
/** One transfer in so many asks for more than a wallet has, and must be refused. */
const shortEvery = 10_000;

/** Rows that the product writes for transfers; COPY writes the same. */
const tables = ['ledger_account', 'ledger_transaction', 'ledger_entry', 'event', 'event_head'];

/**
 * Transfers between wallets with a floor and house accounts, each with its idempotency key and an event, posted by many
 * callers at once (in full sets) and by sixteen: against pgbench's tpcb-like transactions and against COPY of every row
 * written. All over one hot house account, and against that the same spread over a thousand, in turn before and after it.
 */
export async function ledger(servers: BenchServers, options: BenchOptions): Promise<BenchLine[]> {
  const { say, rounds, scale } = options;
  const count = Math.max(1_000, Math.round(transfersInFull * scale));
  const wallets = Math.max(100, Math.round(walletsInFull * scale));
  const seconds = Math.max(3, Math.round(20 * Math.min(1, scale * 2)));
  const pgbench = await openPgbench(servers, Math.max(1, Math.round(pgbenchScaleInFull * scale)));
  const rates = {
    pgbench: [],
    copy: [],
    batched: [],
    oneByOne: [],
    alone: [],
    spread: [],
  } as Record<'pgbench' | 'copy' | 'batched' | 'oneByOne' | 'alone' | 'spread', number[]>;
  let tenth = 0;
  try {
    for (let round = 1; round <= rounds; round += 1) {
      rates.pgbench.push(await pgbench.run(seconds));
      const book = { wallets, houses: 1, seed: round };
      const overMany = async () => {
        const spread = await posted({ ...book, count, houses: 1_000 });
        await spread.database.drop();
        rates.spread.push(spread.rate);
      };
      if (round % 2 === 0) await overMany();
      const hot = await posted({ ...book, count });
      rates.batched.push(hot.rate);
      if (round % 2 === 1) await overMany();
      const copied = await copyRows(servers, { from: hot.database, tables });
      await hot.database.drop();
      rates.copy.push((count + wallets) / copied.seconds);
      const few = Math.round(count * oneByOneShare);
      for (const [name, post] of [
        ['oneByOne', oneByOne],
        ['alone', alone],
      ] as const) {
        const single = await posted({ ...book, count: few }, post);
        await single.database.drop();
        rates[name].push(single.rate);
      }
      if (round === rounds) {
        const less = await posted({ ...book, count: Math.round(count / 10) });
        await less.database.drop();
        tenth = less.rate;
      }
      say(
        `round ${round}: ${Object.entries(rates)
          .map(([name, figures]) => `${name} ${figures.at(-1)?.toFixed(0)}/s`)
          .join(', ')}`,
      );
    }
  } finally {
    await pgbench.drop();
  }
  const tpcb = 'pgbench -c 16 -M prepared, tpcb-like';
  const last = rates.batched.at(-1) ?? NaN;
  const line = (
    name: string,
    product: readonly number[],
    against: { limit: readonly number[]; limitIs: string; reach: number },
    notes: readonly string[] = [],
  ): BenchLine => ({
    line: `ledger, ${name}`,
    unit: 'transfers/s',
    better: 'more',
    product,
    ...against,
    notes,
  });
  return [
    {
      ...line('in sets', rates.batched, { limit: rates.pgbench, limitIs: tpcb, reach: 3 }, [
        `${count} transfers over ${wallets} wallets and one house account, ${manyCallers} callers; books proven after each round`,
      ]),
      growth: { work: 10, time: (count / last) * (tenth / (count / 10)) },
    },
    line('in sets', rates.batched, {
      limit: rates.copy,
      limitIs: `COPY of every row of ${tables.join(', ')}`,
      reach: 0.25,
    }),
    line('one by one', rates.oneByOne, { limit: rates.pgbench, limitIs: tpcb, reach: 1 }, [
      `${callers} callers over the same accounts, each transfer with a verdict of its own`,
      `each in a transaction of its own, as the product posts what belongs to a payment: ${(rates.alone.at(-1) ?? NaN).toFixed(0)}/s`,
    ]),
    line('one hot house account', rates.batched, {
      limit: rates.spread,
      limitIs: 'the same over a thousand house accounts',
      reach: 0.8,
    }),
  ];
}

interface Work {
  readonly count: number;
  readonly wallets: number;
  readonly houses: number;
  readonly seed: number;
}

/** Posts the transfers into a fresh database and checks the books; answers how many a second. */
async function posted(
  work: Work,
  post: typeof inSets = inSets,
): Promise<{ rate: number; database: FreshDatabase }> {
  const database = await freshDatabase();
  const db = openDatabase({
    url: database.appUrl,
    keys: throwawayKeys(),
    connectionsMax: callers,
  });
  try {
    await install(db, { actor: 'os:bench', settleWindowMs: 1_000, servers: [] });
    const books = booksOf(work);
    await inSets(db, books.gifts());
    const items = books.transfers();
    const start = process.hrtime.bigint();
    const refused = await post(db, items);
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    await check(database, work, refused);
    return { rate: work.count / seconds, database };
  } finally {
    await db.pool.destroy();
  }
}

/** Numbers that are the same each time (Park and Miller). */
function numbers(seed: number): (below: number) => number {
  let state = seed * 7_919 + 1;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

function booksOf({ count, wallets, houses, seed }: Work) {
  const of = { entityId: 'off', currency: 'USD' };
  const purses = Array.from({ length: wallets }, (_, n) => wallet({ ...of, clientId: `cl_${n}` }));
  const clearings = Array.from({ length: houses }, (_, n) => house('psp_clearing', of, `psp_${n}`));
  const next = numbers(seed);
  const one = <T>(list: readonly T[]): T => {
    const found = list[next(list.length)];
    if (found === undefined) throw new Error('an empty list');
    return found;
  };
  const itemOf = (from: LedgerAccount, to: LedgerAccount, minor: bigint): PostingItem => {
    const id = newId('transfer');
    const clientId = from.clientId ?? to.clientId;
    return {
      posting: {
        key: `bench/${id}`,
        kind: 'deposit',
        entityId: 'off',
        clientId,
        cause: id,
        legs: move(from, to, minor),
      },
      events: [
        {
          subject: id,
          type: 'transfer.done',
          entityId: 'off',
          clientId,
          payload: { amountMinor: minor.toString(), currency: 'USD' },
        },
      ],
    };
  };
  return {
    gifts: () => purses.map((purse) => itemOf(one(clearings), purse, 1_000_000n)),
    /** Deposits and payouts in turn over the house accounts. */
    transfers: () =>
      Array.from({ length: count }, (_, n) => {
        const minor = BigInt(1 + next(1_000));
        if (n % shortEvery === shortEvery - 1)
          return itemOf(one(purses), one(clearings), 900_000_000n);
        return n % 2 === 0
          ? itemOf(one(clearings), one(purses), minor)
          : itemOf(one(purses), one(clearings), minor);
      }),
  };
}

/** So many callers that sets fill up behind them. */
const inSets = (db: Database, items: readonly PostingItem[]): Promise<number> =>
  postAll(items, manyCallers, byPoster(db));

const oneByOne = (db: Database, items: readonly PostingItem[]): Promise<number> =>
  postAll(items, callers, byPoster(db));

/** What a posting costs that belongs to a row of its own and is written in that row's transaction. */
const alone = (db: Database, items: readonly PostingItem[]): Promise<number> =>
  postAll(items, callers, async (item) => {
    const [result] = await inScope(db, systemScope('os:bench'), (tx) => postItems(tx, [item]));
    return result;
  });

type Post = (item: PostingItem) => Promise<PostingResult | undefined>;

/** As the product posts what belongs to nothing else. */
function byPoster(db: Database): Post {
  const poster = createLedgerPoster(db, 'os:bench');
  return (item) => poster.post(item);
}

/** Each caller posts one item after the other. Answers how many were refused. */
async function postAll(
  items: readonly PostingItem[],
  callersAtOnce: number,
  post: Post,
): Promise<number> {
  let next = 0;
  let refused = 0;
  const call = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) {
      const result = await post(item);
      if (result?.verdict !== 'posted') refused += 1;
    }
  };
  await Promise.all(Array.from({ length: callersAtOnce }, call));
  return refused;
}

/** Everything that was asked for stands there once, balanced, and no wallet is short. */
async function check(database: FreshDatabase, work: Work, refused: number): Promise<void> {
  const client = new Client({ connectionString: database.ownerUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, string>>(
      `select (select count(*) from ledger_transaction) as transactions, (select count(*) from event where type = 'transfer.done') as events,
         (select count(*) from ledger_entry) as entries, (select sum(amount) from ledger_entry) as total,
         (select count(*) from ledger_account a where not entry_only
           and (balance < 0 or balance <> (select sum(amount) from ledger_entry e where e.account_id = a.id))) as wrong`,
    );
    const kept = work.count - Math.floor(work.count / shortEvery) + work.wallets;
    const expected = { transactions: kept, events: kept, entries: 2 * kept, total: 0, wrong: 0 };
    for (const [what, number] of Object.entries(expected)) {
      if (Number(rows[0]?.[what]) !== number)
        throw new Error(`${what}: ${rows[0]?.[what]} instead of ${number}`);
    }
    if (refused !== Math.floor(work.count / shortEvery))
      throw new Error(`${refused} transfers were refused`);
  } finally {
    await client.end();
  }
}
