import path from 'node:path';
import { Client } from 'pg';
import { inScope, openDatabase } from '../db/connection';
import { enqueueStart } from '../db/dispatch';
import { install } from '../db/installation';
import { systemScope } from '../domain/access/scope';
import { nodeProgram } from '../cli/stack/children';
import { freshDatabase, type FreshDatabase } from '../tests/setup/database';
import { openTestTemporal } from '../tests/setup/temporal';
import { openStage, type Stage } from '../tests/processes/stage';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import type { BenchLine, BenchOptions } from './bench';
import { copyRows } from './copy-rows';
import { makeLogin } from './logins';
import type { BenchServers } from './servers';

const dealsInFull = 1_000_000;
const logins = 200;
const days = 1_000;
/** Deals of one trade of the simulator, which closes one in ten in two parts. */
const dealsPerTrade = 2.09;
const server = 'mt5';

/** Rows that the product writes for deals; the limit writes the same. */
const tables = ['deal_ticket', 'deal', 'ledger_account', 'ledger_transaction', 'ledger_entry'];

/**
 * Deals pulled from the MT5 simulator into PostgreSQL by the product's own worker, raw kept, posted; the limit is
 * `COPY` of every row that the product wrote, into the same tables. The worker is killed three times in the last
 * round, which must lose and double nothing.
 */
export async function feed(servers: BenchServers, options: BenchOptions): Promise<BenchLine[]> {
  const { say, rounds, scale } = options;
  const stage = await openStage({ workers: false, replays: false });
  try {
    const small = await trade(stage, { deals: (dealsInFull * scale) / 10, seed: 1, from: 0 });
    say(`${small.deals} deals on the server`);
    const smallRound = await pull(stage, small, { kills: 0, say });
    await smallRound.database.drop();
    const all = await trade(stage, { deals: (dealsInFull * scale * 9) / 10, seed: 2, from: 1 });
    say(`${all.deals} deals on the server`);
    const product: number[] = [];
    const limit: number[] = [];
    const seconds: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const kills = round === rounds ? 3 : 0;
      const pulled = await pull(stage, all, { kills, say });
      const copied = await copyRows(servers, {
        from: pulled.database,
        tables,
        prepare: makePartitions,
      });
      await pulled.database.drop();
      product.push(all.deals / pulled.seconds);
      limit.push(all.deals / copied.seconds);
      seconds.push(pulled.seconds);
      say(
        `round ${round}: ${pulled.seconds.toFixed(1)} s${kills > 0 ? ` with ${kills} kills` : ''}, COPY of ${copied.rows} rows ${copied.seconds.toFixed(1)} s`,
      );
    }
    return [
      {
        line: 'feed',
        unit: 'deals/s',
        better: 'more',
        product,
        limit,
        limitIs: `COPY of the same rows of ${tables.join(', ')}`,
        reach: 0.2,
        growth: { work: all.deals / small.deals, time: Math.min(...seconds) / smallRound.seconds },
        notes: [
          `${all.deals} deals of ${logins} log-ins; nothing lost or doubled in any round, the last with three kills of the worker`,
        ],
      },
    ];
  } finally {
    await stage.close();
  }
}

interface Traded {
  /** Deals on the server, over all log-ins. */
  readonly deals: number;
  /** Of each log-in, in minor units. */
  readonly balances: ReadonlyMap<string, string>;
}

/** Makes log-ins with money and trades of the past on them. */
async function trade(
  stage: Stage,
  { deals, seed, from }: { deals: number; seed: number; from: number },
): Promise<Traded> {
  const platform = stage.deps.platformFor(server);
  const made: number[] = [];
  for (let at = 0; at < logins / 2; at += 1) {
    const login = Number(await makeLogin(platform, `acc_bench_${from}_${at}`));
    made.push(login);
    await stage.mt5.control('POST', '/dealer-balance', {
      login,
      amount: '9000000.00',
      comment: 'bench',
    });
  }
  const now = Date.now();
  const trades = Math.max(1, Math.round(deals / dealsPerTrade / made.length));
  for (let at = 0; at < made.length; at += 10) {
    await stage.mt5.control('POST', '/backfill', {
      logins: made.slice(at, at + 10),
      from: new Date(now - days * 86_400_000).toISOString(),
      to: new Date(now - 3_600_000).toISOString(),
      trades,
      seed,
    });
  }
  const state = (await stage.mt5.control('GET', '/state')) as {
    dealCount: number;
    accounts: { login: number; balance: string }[];
  };
  return {
    deals: state.dealCount,
    balances: new Map(
      state.accounts.map(({ login, balance }) => [String(login), balance.replace('.', '')]),
    ),
  };
}

interface Pulled {
  readonly seconds: number;
  readonly database: FreshDatabase;
}

/** Lets a worker of its own read and post everything into a fresh database, and checks what came of it. */
async function pull(
  stage: Stage,
  traded: Traded,
  { kills, say }: { kills: number; say: (text: string) => void },
): Promise<Pulled> {
  const database = await freshDatabase();
  const temporal = await openTestTemporal();
  const db = openDatabase({ url: database.appUrl, keys: stage.deps.db.keys });
  const client = new Client({ connectionString: database.ownerUrl });
  await client.connect();
  try {
    await install(db, { actor: 'os:bench', settleWindowMs: 1_000, servers: [] });
    await ownLogins(client, traded);
    await inScope(db, systemScope('os:bench'), (tx) =>
      enqueueStart(tx, {
        workflow: 'dealFeed',
        workflowId: workflowIds.feed(server),
        taskQueue: taskQueues.workflows,
        args: { id: server },
        subject: `server/${server}`,
        entityId: null,
        state: 'queued',
      }),
    );
    const start = process.hrtime.bigint();
    await stage.supervisor.start({
      name: 'bench-worker',
      ...nodeProgram('workers/main'),
      env: {
        ...stage.variables,
        KEELSON_DATABASE_URL: database.appUrl,
        TEMPORAL_NAMESPACE: temporal.namespace,
      },
      readiness: { kind: 'json', accept: (line) => line['ready'] === true },
      readyMsMax: 60_000,
      logFile: path.join(stage.variables['KEELSON_DATA'] ?? '.', 'bench-worker.log'),
      stopMsMax: 25_000,
    });
    await followed(client, stage, { traded, kills, say });
    const seconds = Number(process.hrtime.bigint() - start) / 1e9;
    await stage.supervisor.stop('bench-worker');
    await check(client, traded);
    return { seconds, database };
  } finally {
    await client.end();
    await db.pool.destroy();
    await temporal.close();
  }
}

async function ownLogins(client: Client, traded: Traded): Promise<void> {
  await client.query(
    `insert into trading_server (id, platform, name, settings) values ('${server}', 'mt5', 'MetaTrader 5', '{}') on conflict do nothing`,
  );
  await client.query(`insert into feed (server_id) values ('${server}') on conflict do nothing`);
  await client.query(
    `insert into client (id, entity_id, residence, state, currency)
     select 'cl_' || login, 'off', 'SC', 'active', 'USD' from unnest($1::text[]) as l(login)`,
    [[...traded.balances.keys()]],
  );
  await client.query(
    `insert into trading_account (id, entity_id, client_id, server_id, login, group_name, account_type, currency, leverage, state, activated_at)
     select 'acc_' || login, 'off', 'cl_' || login, '${server}', login, 'real\\off-usd-std', 'standard', 'USD', 100, 'active', now()
     from unnest($1::text[]) as l(login)`,
    [[...traded.balances.keys()]],
  );
}

/** Waits until every deal stands posted, killing the worker on the way. */
async function followed(
  client: Client,
  stage: Stage,
  { traded, kills, say }: { traded: Traded; kills: number; say: (text: string) => void },
): Promise<void> {
  let killed = 0;
  let saidAt = Date.now();
  for (;;) {
    const { rows } = await client.query<{ read: string; caught_up: boolean; waiting: boolean }>(
      `select deals as read, caught_up, exists (select 1 from deal_ticket where posted_transaction is null) as waiting
       from feed where server_id = '${server}'`,
    );
    const row = rows[0];
    const read = Number(row?.read ?? 0);
    if (row && row.caught_up && !row.waiting && read >= traded.deals) return;
    if (killed < kills && read > (traded.deals * (killed + 1)) / (kills + 1)) {
      killed += 1;
      await stage.supervisor.kill('bench-worker');
      await stage.supervisor.whenReady('bench-worker');
    }
    if (Date.now() - saidAt > 15_000) {
      saidAt = Date.now();
      say(`${read} of ${traded.deals}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

/** Each deal once, and every log-in's ledger what the server says. */
async function check(client: Client, traded: Traded): Promise<void> {
  const { rows: counts } = await client.query<{ deals: string; tickets: string; keys: string }>(
    `select (select count(*) from deal) as deals, (select count(*) from deal_ticket where posted_transaction is not null) as tickets,
       (select count(*) from deal d where (profit_minor <> 0 or swap_minor <> 0 or commission_minor + fee_minor <> 0)) -
       (select count(*) from ledger_transaction where key like 'deal/%') as keys`,
  );
  const [found] = counts;
  if (
    Number(found?.deals) !== traded.deals ||
    Number(found?.tickets) !== traded.deals ||
    Number(found?.keys) !== 0
  ) {
    throw new Error(`lost or doubled: ${JSON.stringify(found)} of ${traded.deals}`);
  }
  const { rows } = await client.query<{ owner: string; balance: string; entries: string }>(
    `select la.owner, la.balance, (select sum(amount) from ledger_entry e where e.account_id = la.id) as entries
     from ledger_account la where la.code = 'trading'`,
  );
  const ledgers = new Map(rows.map((row) => [row.owner, row]));
  for (const [login, balance] of traded.balances) {
    const row = ledgers.get(`acc_${login}`);
    if (row?.balance !== balance || row.entries !== balance) {
      throw new Error(`log-in ${login}: ${balance} on the server, ${JSON.stringify(row)} here`);
    }
  }
}

/** Deals are kept by month. */
async function makePartitions(source: Client, target: Client): Promise<void> {
  const { rows: months } = await source.query<{ from: string; to: string }>(
    `select min(time)::text as from, max(time)::text as to from deal`,
  );
  await target.query(`select make_deal_partitions($1::timestamptz, $2::timestamptz)`, [
    months[0]?.from,
    months[0]?.to,
  ]);
}
