import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { newId } from '../domain/ids';
import type { StaffScope } from '../domain/access/scope';
import { inScope } from '../db/connection';
import { decide } from '../db/task-decisions';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { colleague } from '../tests/processes/people';
import { openStage, type Stage } from '../tests/processes/stage';
import type { bareFlow } from './bare-flow';
import { type BareSide, openBareSide } from './bare-side';
import { type BenchLine, type BenchOptions, p99 } from './bench';
import { type BareStep, type HistoryShape, readShape } from './history-shape';
import { ask, gatherPayees, type Payee } from './payees';
import type { BenchServers } from './servers';

const inFull = 500;
const atOnce = 40;
const activitiesMax = 10;
const eventsMax = 100;
/** Before each measured run, so that both sides have their code compiled and their connections open. */
const warmUps = 10;
const lookEveryMs = 25;
const msMax = 20 * 60_000;

/** How a run of one side went. */
interface Run {
  /** A second. */
  readonly rate: number;
  readonly p99Ms: number;
}

/**
 * Withdrawals from the request to the settled payout, forty at a time, each approved by a second person, against bare
 * workflows of as many activities and signals that do nothing: on the same Temporal server, by one worker process each.
 * The letter that says it is paid is a workflow of its own, which nobody waits for, on both sides.
 */
export async function withdrawal(
  servers: BenchServers,
  options: BenchOptions,
): Promise<BenchLine[]> {
  const { say, rounds, scale } = options;
  const count = Math.max(10, Math.round(inFull * scale));
  const stage = await openStage({ workers: false, replays: false });
  const bare = await openBareSide(stage, servers.dir);
  const owner = new Client({ connectionString: stage.database.ownerUrl });
  await owner.connect();
  const product: Run[] = [];
  const limit: Run[] = [];
  const shapes: HistoryShape[] = [];
  try {
    await stage.forkWorker('bench-worker');
    for (let round = 1; round <= rounds; round += 1) {
      const payees = await gatherPayees(stage, count + warmUps);
      if (round > 1) await stage.supervisor.resume('bench-worker');
      await payOut(stage, owner, payees.slice(count));
      const paid = await payOut(stage, owner, payees.slice(0, count));
      product.push(paid);
      await lettersSent(owner);
      const letter = await readShape(stage.temporal.client, await letterOf(owner, paid.ids));
      for (const id of paid.ids)
        shapes.push(await readShape(stage.temporal.client, workflowIds.withdrawal(id)));
      await stage.supervisor.stop('bench-worker');
      const steps = { own: usual(shapes).steps, letter: letter.steps };
      await bare.start();
      await runBare(bare, steps, warmUps);
      limit.push(await runBare(bare, steps, count));
      await bare.stop();
      say(
        `round ${round}: ${words(paid)}; bare ${words(limit.at(-1))}; ${usual(shapes).activities} activities, ${usual(shapes).events} events`,
      );
    }
  } finally {
    await owner.end();
    await bare.close();
    await stage.close();
  }
  const most = (of: (shape: HistoryShape) => number) => Math.max(...shapes.map(of));
  return [
    {
      line: 'withdrawal',
      unit: 'withdrawals/s',
      better: 'more',
      product: product.map(({ rate }) => rate),
      limit: limit.map(({ rate }) => rate),
      limitIs: 'bare workflows of as many activities and signals',
      reach: 0.7,
      notes: [
        `${count} withdrawals from request to settled, ${atOnce} at a time, approved by a second person; all paid once`,
      ],
    },
    {
      line: 'withdrawal, p99 from request to settled',
      unit: 'ms',
      better: 'less',
      product: product.map(({ p99Ms }) => p99Ms),
      limit: limit.map(({ p99Ms }) => p99Ms),
      limitIs: 'the same bare workflows',
      reach: 2,
      notes: [],
    },
    {
      line: 'withdrawal, most activities of one',
      unit: 'activities',
      better: 'less',
      product: [most(({ activities }) => activities)],
      limit: [activitiesMax],
      limitIs: 'what one may take',
      reach: 1,
      notes: [],
    },
    {
      line: 'withdrawal, most events of one',
      unit: 'events',
      better: 'less',
      product: [most(({ events }) => events)],
      limit: [eventsMax],
      limitIs: 'what one may take',
      reach: 1,
      notes: [],
    },
  ];
}

const words = (run: Run | undefined): string =>
  `${run?.rate.toFixed(1)}/s, p99 ${run?.p99Ms.toFixed(0)} ms`;

/** The shape that most have: whether a signal comes before or after a step that is under way is chance. */
function usual(shapes: readonly HistoryShape[]): HistoryShape {
  const seen = new Map<string, { shape: HistoryShape; times: number }>();
  for (const shape of shapes) {
    const key = JSON.stringify(shape.steps);
    seen.set(key, { shape, times: (seen.get(key)?.times ?? 0) + 1 });
  }
  const [first] = [...seen.values()].sort((a, b) => b.times - a.times);
  if (!first) throw new Error('there is no history to go by');
  return first.shape;
}

/** Asks for each payee's withdrawal, so many at a time, approves them, and waits until all are settled. */
async function payOut(
  stage: Stage,
  owner: Client,
  payees: readonly Payee[],
): Promise<Run & { readonly ids: readonly string[] }> {
  const approver = colleague('finance');
  const open = new Set<string>();
  const ids: string[] = [];
  const left = [...payees];
  const start = performance.now();
  const deadline = Date.now() + msMax;
  while (left.length > 0 || open.size > 0) {
    const next = left.splice(0, atOnce - open.size);
    for (const { id } of await Promise.all(next.map((payee) => ask(stage, payee)))) {
      ids.push(id);
      open.add(id);
    }
    await approve(stage, owner, approver);
    const { rows } = await owner.query<{ id: string }>(
      'select id from withdrawal where id = any ($1) and finished_at is not null',
      [[...open]],
    );
    for (const { id } of rows) open.delete(id);
    if (Date.now() > deadline) throw new Error(`${open.size} withdrawals do not end`);
    await sleep(lookEveryMs);
  }
  const seconds = (performance.now() - start) / 1_000;
  return { rate: payees.length / seconds, p99Ms: p99(await timesOf(owner, ids)), ids };
}

/** Everything that waits for a second person. */
async function approve(stage: Stage, owner: Client, approver: StaffScope): Promise<void> {
  const { rows } = await owner.query<{ id: string; version: number; content_hash: string }>(
    `select id, version, content_hash from task where kind = 'withdrawal_approval' and state = 'open' limit 100`,
  );
  await Promise.all(
    rows.map((task) =>
      inScope(stage.db, approver, (tx) =>
        decide(tx, {
          taskId: task.id,
          expectedVersion: task.version,
          contentHash: task.content_hash,
          decision: 'approve',
          reason: 'In order.',
        }),
      ),
    ),
  );
}

/** Milliseconds from each request to its end; all of them were paid, once and in full. */
async function timesOf(owner: Client, ids: readonly string[]): Promise<number[]> {
  const { rows } = await owner.query<{ ms: number; state: string; paid: string }>(
    `select extract(epoch from w.finished_at - w.created_at)::float8 * 1000 as ms, w.state,
       (select count(*) from ledger_transaction t where t.cause = w.id and t.kind = 'payout') as paid
     from withdrawal w where w.id = any ($1)`,
    [[...ids]],
  );
  const wrong = rows.filter(({ state, paid }) => state !== 'paid' || paid !== '1');
  if (wrong.length > 0 || rows.length !== ids.length)
    throw new Error(`not paid once: ${JSON.stringify(wrong.slice(0, 3))}`);
  return rows.map(({ ms }) => ms);
}

async function letterOf(owner: Client, ids: readonly string[]): Promise<string> {
  const { rows } = await owner.query<{ id: string }>('select id from mail where key = $1', [
    `withdrawal_paid/${ids.at(-1)}`,
  ]);
  return workflowIds.mail(rows[0]?.id ?? '');
}

async function lettersSent(owner: Client): Promise<void> {
  const deadline = Date.now() + msMax;
  for (;;) {
    const { rows } = await owner.query<{ n: number }>(
      `select count(*)::int as n from process where workflow = 'deliverMail' and finished_at is null`,
    );
    if (rows[0]?.n === 0) return;
    if (Date.now() > deadline) throw new Error(`${rows[0]?.n} letters are not sent`);
    await sleep(10 * lookEveryMs);
  }
}

/** Each is followed by its letter. */
async function runBare(
  { temporal }: BareSide,
  steps: { readonly own: readonly BareStep[]; readonly letter: readonly BareStep[] },
  count: number,
): Promise<Run> {
  const flow = (of: readonly BareStep[]) => ({
    workflowId: `bare/${newId('command')}`,
    taskQueue: taskQueues.workflows,
    args: [{ steps: of }] satisfies Parameters<typeof bareFlow>,
  });
  const ms: number[] = [];
  let begun = 0;
  const start = performance.now();
  const runSome = async () => {
    while (begun < count) {
      begun += 1;
      const startedAt = performance.now();
      await temporal.client.workflow.execute<typeof bareFlow>('bareFlow', flow(steps.own));
      ms.push(performance.now() - startedAt);
      await temporal.client.workflow.start<typeof bareFlow>('bareFlow', flow(steps.letter));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, runSome));
  return { rate: count / ((performance.now() - start) / 1_000), p99Ms: p99(ms) };
}
