import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { nodeProgram } from '../cli/stack/children';
import { inScope } from '../db/connection';
import { enqueueSignals } from '../db/dispatch';
import { readProcess } from '../db/processes';
import { requestTransfer } from '../db/transfer-requests';
import { namespaceName } from '../temporal-config/namespace';
import { workflowBundle } from '../temporal-config/server/workflow-bundle';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import {
  fund,
  openAccount,
  type OpenAccount,
  seedClient,
  type TestClient,
} from '../tests/processes/people';
import { openStage, type Stage } from '../tests/processes/stage';
import { type BenchLine, type BenchOptions, median, p99 } from './bench';
import { type Crowd, openCrowd } from './crowd';
import { makeLogin } from './logins';
import type { BenchServers } from './servers';

const inFull = 100_000;
/** One account in a hundred falls due within a minute. */
const dueShare = 0.01;
const minuteMs = 60_000;
/** Clients who give commands meanwhile; what they have has nothing to do with the accounts that fall due. */
const commanders = 20;
const commandEveryMs = 500;
const startsAtOnce = 50;
/** So that what is due can be written and told before its minute begins. */
const arrangedMsMax = 10 * minuteMs;

/**
 * Account workflows that sleep, against bare workflows that sleep: the memory of Temporal and of the worker. Then one
 * account in a hundred falls due within one minute, and a client's command that has nothing to do with them is timed
 * against the same command while nothing is due. One million accounts would sleep alike: a workflow that sleeps is a
 * timer and a history in Temporal's database.
 */
export async function entities(servers: BenchServers, options: BenchOptions): Promise<BenchLine[]> {
  const { say, rounds, scale } = options;
  const count = Math.round(inFull * scale);
  const bare = await bareMemory(servers, count, say);
  const stage = await openStage({ workers: false, replays: false });
  const crowd = await openCrowd('accounts', servers.dir);
  const owner = new Client({ connectionString: stage.database.ownerUrl });
  await owner.connect();
  try {
    await crowd.startWorker({
      ...nodeProgram('workers/main'),
      env: {
        ...stage.variables,
        TEMPORAL_ADDRESS: crowd.address,
        TEMPORAL_NAMESPACE: namespaceName,
      },
    });
    const clients = await gatherCommanders(stage);
    say(`${clients.length} clients with an account each`);
    const empty = await crowd.memory();
    const dueAtOnce = Math.max(1, Math.round(count * dueShare));
    const logins = await makeLogins(stage, dueAtOnce * rounds);
    await sleepers(owner, { from: 0, to: count / 10, logins });
    await asleep(owner, count / 10, say);
    const few = sum(await crowd.memory());
    await sleepers(owner, { from: count / 10, to: count, logins });
    await asleep(owner, count, say);
    const all = await crowd.memory();
    say(
      `${count} accounts: ${words(all)} MB, ${few.toFixed(0)} MB at a tenth, ${words(empty)} with none`,
    );
    const idle: Times[] = [];
    const busy: Times[] = [];
    const lateS: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      idle.push(await command(stage, clients));
      const startsAt = await arrange(stage, owner, { from: round * dueAtOnce, dueAtOnce });
      await sleep(Math.max(0, startsAt - Date.now()));
      busy.push(await command(stage, clients));
      lateS.push(await allLookedAt(owner, { from: round * dueAtOnce, dueAtOnce, startsAt }));
      const last = lateS.at(-1)?.toFixed(0);
      say(
        `round ${round + 1}: p99 idle ${idle.at(-1)?.recorded.toFixed(1)} ms, while ${dueAtOnce} fall due ${busy.at(-1)?.recorded.toFixed(1)} ms; the last looked at ${last} s after the minute`,
      );
    }
    return [
      {
        line: 'entities, memory',
        unit: 'MB',
        better: 'less',
        product: [sum(all)],
        limit: [sum(bare.all)],
        limitIs: `${count} bare sleeping workflows`,
        reach: 1.3,
        notes: [
          `Temporal and worker: ${words(all)} with ${count} accounts, ${few.toFixed(0)} with ${count / 10}, ${words(empty)} with none`,
          `the bare ones: ${words(bare.all)}, ${bare.few.toFixed(0)}, ${words(bare.empty)}`,
        ],
      },
      ...(['recorded', 'carriedOut'] as const).map((what): BenchLine => ({
        line: `entities, p99 of a command ${what === 'recorded' ? 'recorded' : 'carried out'}`,
        unit: 'ms',
        better: 'less',
        product: busy.map((times) => times[what]),
        limit: idle.map((times) => times[what]),
        limitIs: 'nothing due',
        reach: 2,
        notes:
          what === 'recorded'
            ? [
                `${dueAtOnce} accounts fall due within one minute; the last was looked at ${median(lateS).toFixed(0)} s after that minute`,
              ]
            : [],
      })),
    ];
  } finally {
    await owner.end();
    await crowd.stop();
    await stage.close();
  }
}

type Memory = Awaited<ReturnType<Crowd['memory']>>;

const sum = ({ temporal, worker }: Memory): number => temporal + worker;
const words = ({ temporal, worker }: Memory): string =>
  `${temporal.toFixed(0)} + ${worker.toFixed(0)}`;

async function bareMemory(
  servers: BenchServers,
  count: number,
  say: BenchOptions['say'],
): Promise<{ readonly empty: Memory; readonly few: number; readonly all: Memory }> {
  const crowd = await openCrowd('bare', servers.dir);
  try {
    const { codePath } = await workflowBundle(require.resolve('./sleeper'));
    const { command: program, args } = nodeProgram('bench/sleeper-worker');
    await crowd.startWorker({
      command: program,
      args: [...args, crowd.address, namespaceName, codePath],
    });
    const empty = await crowd.memory();
    await startBare(crowd, 0, count / 10);
    const few = sum(await crowd.memory());
    await startBare(crowd, count / 10, count);
    const all = await crowd.memory();
    say(`${count} bare workflows: ${words(all)} MB, ${few.toFixed(0)} MB at a tenth`);
    return { empty, few, all };
  } finally {
    await crowd.stop();
  }
}

async function startBare({ client }: Crowd, from: number, to: number): Promise<void> {
  let next = from;
  const startSome = async () => {
    for (let at = next++; at < to; at = next++) {
      await client.workflow.start('sleeper', {
        workflowId: `bare/${at}`,
        taskQueue: taskQueues.workflows,
      });
    }
  };
  await Promise.all(Array.from({ length: startsAtOnce }, startSome));
  // They are served in order: when the last ones have their timer, all have.
  for (let at = Math.max(from, to - 2 * startsAtOnce); at < to; at += 1) {
    const handle = client.workflow.getHandle(`bare/${at}`);
    while (Number((await handle.describe()).historyLength) < 5) await sleep(100);
  }
}

async function gatherCommanders(stage: Stage): Promise<Commander[]> {
  const found: Commander[] = [];
  for (let at = 0; at < commanders; at += 1) {
    const client = await seedClient(stage);
    await fund(stage, client, '10000.00');
    found.push({ client, account: await openAccount(stage, client) });
  }
  return found;
}

interface Commander {
  readonly client: TestClient;
  readonly account: OpenAccount;
}

/** Log-ins on the trading server, for the accounts that fall due: those are looked at there. */
async function makeLogins(stage: Stage, count: number): Promise<string[]> {
  const platform = stage.deps.platformFor('mt5');
  const made: string[] = [];
  for (let at = 0; at < count; at += 1) {
    made.push(await makeLogin(platform, `acc_bench_${at}`));
  }
  return made;
}

/** Accounts in use, each of a client of its own, with nothing due for a month, and their processes to be started. */
async function sleepers(
  owner: Client,
  { from, to, logins }: { from: number; to: number; logins: readonly string[] },
): Promise<void> {
  await owner.query(
    `with crowd as (
       select n, 'cl_bench_' || n as client, 'acc_bench_' || n as account, ($3::text[])[n + 1] as login
       from generate_series($1::int, $2::int - 1) as n
     ), clients as (
       insert into client (id, entity_id, residence, state, currency)
       select client, 'off', 'SC', 'approved', 'USD' from crowd returning 1
     ), accounts as (
       insert into trading_account (id, entity_id, client_id, server_id, login, group_name, account_type, currency, leverage,
         state, activated_at, due_at)
       select account, 'off', client, 'mt5', coalesce(login, 'none-' || n), 'real\\off-usd-std', 'standard', 'USD', 100,
         'active', now(), now() + interval '30 days' + n * interval '1 second' from crowd returning 1
     ), processes as (
       insert into process (workflow_id, workflow, task_queue, args, subject, entity_id, client_id, restricted, state, waits_for)
       select 'account/' || account, 'tradingAccount', $4, jsonb_build_object('id', account), account, 'off', client, false,
         'queued', 'a worker' from crowd returning 1
     )
     insert into outbox (kind, workflow_id, command_id, args)
     select 'start', 'account/' || account, 'cmd_bench_' || n, jsonb_build_object('id', account) from crowd order by n`,
    [from, to, logins, taskQueues.workflows],
  );
}

async function asleep(owner: Client, count: number, say: BenchOptions['say']): Promise<void> {
  let saidAt = Date.now();
  for (;;) {
    const { rows } = await owner.query<{ n: number }>(
      `select count(*)::int as n from process where workflow = 'tradingAccount' and subject like 'acc_bench_%'
         and state = 'active' and due is not null`,
    );
    const n = rows[0]?.n ?? 0;
    if (n >= count) return;
    if (Date.now() - saidAt > 30_000) {
      saidAt = Date.now();
      say(`${n} of ${count} accounts sleep`);
    }
    await sleep(1_000);
  }
}

/** Of a round of commands, in milliseconds. */
interface Times {
  readonly recorded: number;
  readonly carriedOut: number;
}

/** For one minute, clients move money to their account, one after the other; p99 of its record, and of its end. */
async function command(stage: Stage, clients: readonly Commander[]): Promise<Times> {
  const recorded: number[] = [];
  const carriedOut: Promise<number>[] = [];
  const until = Date.now() + minuteMs;
  for (let turn = 0; Date.now() < until; turn += 1) {
    const nextAt = Date.now() + commandEveryMs;
    const commander = clients[turn % clients.length];
    if (!commander) throw new Error('nobody commands');
    const start = performance.now();
    const { id } = await inScope(stage.db, commander.client.scope, (tx) =>
      requestTransfer(tx, {
        accountId: commander.account.id,
        direction: 'to_account',
        amount: { amountMinor: 100n, currency: 'USD' },
      }),
    );
    recorded.push(performance.now() - start);
    carriedOut.push(untilDone(stage, id).then(() => performance.now() - start));
    await sleep(Math.max(0, nextAt - Date.now()));
  }
  return { recorded: p99(recorded), carriedOut: p99(await Promise.all(carriedOut)) };
}

async function untilDone(stage: Stage, transferId: string): Promise<void> {
  for (;;) {
    const process = await stage.system((tx) => readProcess(tx, workflowIds.transfer(transferId)));
    if (process?.outcome === 'done') return;
    if (process?.outcome) throw new Error(`${transferId} ended as ${process.outcome}`);
    await sleep(20);
  }
}

/** Makes accounts due at moments of one coming minute and lets their processes know; answers when it begins. */
async function arrange(
  stage: Stage,
  owner: Client,
  { from, dueAtOnce }: { from: number; dueAtOnce: number },
): Promise<number> {
  const ids = Array.from({ length: dueAtOnce }, (_, at) => `acc_bench_${from + at}`);
  // A slow machine tells seven accounts a second: a signal and a step each.
  const startsAt = Date.now() + 30_000 + dueAtOnce * 150;
  await owner.query(
    `update trading_account a set due_at = to_timestamp($2::float8 / 1000) + d.n * ($3::float8 / $4) * interval '1 millisecond'
     from unnest($1::text[]) with ordinality as d(id, n) where a.id = d.id`,
    [ids, startsAt, minuteMs, dueAtOnce],
  );
  await stage.system((tx) =>
    enqueueSignals(
      tx,
      ids.map((id) => ({
        workflowId: workflowIds.account(id),
        signal: 'changed',
        args: { what: 'due' },
      })),
    ),
  );
  const deadline = Date.now() + arrangedMsMax;
  for (;;) {
    const { rows } = await owner.query<{ n: number }>(
      `select count(*)::int as n from process p join trading_account a on a.id = p.subject
       where p.subject = any ($1::text[]) and p.due = a.due_at`,
      [ids],
    );
    if (rows[0]?.n === dueAtOnce) break;
    if (Date.now() > deadline)
      throw new Error(`${rows[0]?.n} of ${dueAtOnce} know when they are due`);
    await sleep(250);
  }
  if (Date.now() > startsAt) throw new Error('the minute began before all knew of it');
  return startsAt;
}

/** Waits until each has been looked at and sleeps again; answers how many seconds after its minute. */
async function allLookedAt(
  owner: Client,
  { from, dueAtOnce, startsAt }: { from: number; dueAtOnce: number; startsAt: number },
): Promise<number> {
  const ids = Array.from({ length: dueAtOnce }, (_, at) => `acc_bench_${from + at}`);
  for (;;) {
    const { rows } = await owner.query<{ n: number; last: string }>(
      `select count(*)::int as n, max(p.updated_at) as last from process p join account_reading r on r.account_id = p.subject
       where p.subject = any ($1::text[]) and p.due > now() + interval '1 day'`,
      [ids],
    );
    if (rows[0]?.n === dueAtOnce)
      return Math.max(0, Date.parse(rows[0].last) - startsAt - minuteMs) / 1_000;
    await sleep(250);
  }
}
