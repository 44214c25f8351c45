import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { newId } from '../domain/ids';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { type ApiProcess, type Caller, startApiProcess } from '../tests/processes/api-process';
import { openStage, type Stage } from '../tests/processes/stage';
import { type BareSide, openBareSide } from './bare-side';
import { type BenchLine, type BenchOptions, median } from './bench';
import { nextStepAtMs } from './history-shape';
import { ask, gatherPayees } from './payees';
import {
  type Question,
  recordDecision,
  type RecordedTransaction,
  repeat,
} from './recorded-transaction';
import type { BenchServers } from './servers';

const inFull = 100;
const warmUps = 10;
const lookEveryMs = 10;
/** What one decision wakes (letters, what the server writes of it) is over before the next one: nobody waits for it. */
const restMs = 300;
const msMax = 60_000;

/**
 * An officer's decision on a withdrawal, sent to the API, until it is recorded: against the statements of that very
 * transaction, sent to PostgreSQL by themselves. And until the withdrawal's process takes its next step: against a
 * signal to a bare workflow until its one activity begins. One after the other; nothing else happens meanwhile.
 */
export async function decide(servers: BenchServers, options: BenchOptions): Promise<BenchLine[]> {
  const { say, rounds, scale } = options;
  const count = Math.max(10, Math.round(inFull * scale));
  const stage = await openStage({ workers: false, replays: false });
  const bare = await openBareSide(stage, servers.dir);
  const owner = new Client({ connectionString: stage.database.ownerUrl });
  const app = new Client({ connectionString: stage.database.appUrl });
  await Promise.all([owner.connect(), app.connect()]);
  const figures = {
    recorded: [],
    sql: [],
    nextStep: [],
    sinceRecorded: [],
    bareStep: [],
  } as Record<'recorded' | 'sql' | 'nextStep' | 'sinceRecorded' | 'bareStep', number[]>;
  try {
    await stage.forkWorker('bench-worker');
    const api = await startApiProcess(stage);
    const officer = await api.staff('finance');
    for (let round = 1; round <= rounds; round += 1) {
      if (round > 1) await stage.supervisor.resume('bench-worker');
      const questions = await raise(stage, owner, 2 * (count + warmUps) + 1);
      const [first, ...rest] = questions;
      if (!first) throw new Error('nothing is to be decided');
      const transaction = await recordDecision(stage, officer.userId, first);
      const half = count + warmUps;
      const byPerson = await decided(stage, owner, { api, officer }, rest.slice(0, half));
      const bySql = await repeated({ app, owner }, transaction, rest.slice(half));
      await stage.supervisor.stop('bench-worker');
      await bare.start();
      const bareSteps = await told(bare, half);
      await bare.stop();
      figures.recorded.push(p50(byPerson.recordedMs));
      figures.nextStep.push(p50(byPerson.nextStepMs));
      figures.sinceRecorded.push(
        p50(byPerson.nextStepMs.map((ms, n) => ms - (byPerson.recordedMs[n] ?? NaN))),
      );
      figures.sql.push(p50(bySql));
      figures.bareStep.push(p50(bareSteps));
      say(
        `round ${round}: ${Object.entries(figures)
          .map(([name, all]) => `${name} ${all.at(-1)?.toFixed(1)} ms`)
          .join(', ')}; ${transaction.statements.length} statements`,
      );
    }
  } finally {
    await Promise.all([owner.end(), app.end()]);
    await bare.close();
    await stage.close();
  }
  const line = (
    name: string,
    [product, limit, limitIs]: readonly [readonly number[], readonly number[], string],
    notes: readonly string[] = [],
  ): BenchLine => ({
    ...{ line: `decide, p50 ${name}`, unit: 'ms', better: 'less', reach: 2 },
    ...{ product, limit, limitIs, notes },
  });
  return [
    line(
      'from request to recorded',
      [figures.recorded, figures.sql, 'the statements of that transaction by themselves'],
      [`${count} decisions through the API, one after the other`],
    ),
    line(
      'from request to the next step of the process',
      [figures.nextStep, figures.bareStep, 'a bare signal and one activity that does nothing'],
      [`of that ${median(figures.sinceRecorded).toFixed(1)} ms after the decision was answered`],
    ),
  ];
}

/** The first ones of a series are not counted: code is compiled, connections are opened. */
const p50 = (figures: readonly number[]): number => median(figures.slice(warmUps));

/** Withdrawals that wait for their approval, all of them asleep. */
async function raise(stage: Stage, owner: Client, count: number): Promise<Question[]> {
  const payees = await gatherPayees(stage, count);
  const asked: string[] = [];
  for (const payee of payees) asked.push((await ask(stage, payee)).id);
  const deadline = Date.now() + 10 * msMax;
  for (;;) {
    const { rows } = await owner.query<Question>(
      `select t.id as "taskId", t.subject as "withdrawalId", t.content_hash as "contentHash", t.version, t.client_id as "clientId"
       from task t join process p on p.subject = t.subject
       where t.kind = 'withdrawal_approval' and t.state = 'open' and t.subject = any ($1) and p.state = 'in_review'`,
      [asked],
    );
    if (rows.length === count) return rows;
    if (Date.now() > deadline) throw new Error(`${rows.length} of ${count} wait for an approval`);
    await sleep(10 * lookEveryMs);
  }
}

async function decided(
  stage: Stage,
  owner: Client,
  { api, officer }: { readonly api: ApiProcess; readonly officer: Caller },
  questions: readonly Question[],
): Promise<{ readonly recordedMs: number[]; readonly nextStepMs: number[] }> {
  const recordedMs: number[] = [];
  const nextStepMs: number[] = [];
  for (const question of questions) {
    await sleep(restMs);
    const at = performance.timeOrigin + performance.now();
    const { status, json } = await api.call(
      officer,
      'POST',
      `/api/v1/tasks/${question.taskId}/decision`,
      {
        ...{ expectedVersion: question.version, contentHash: question.contentHash },
        ...{ decision: 'approve', reason: 'In order.' },
      },
    );
    recordedMs.push(performance.timeOrigin + performance.now() - at);
    if (status !== 200) throw new Error(`${status}: ${JSON.stringify(json)}`);
    await ended(owner, question);
    const id = workflowIds.withdrawal(question.withdrawalId);
    nextStepMs.push((await nextStepAtMs(stage.temporal.client, id, 'decided')) - at);
  }
  return { recordedMs, nextStepMs };
}

async function ended(owner: Client, { withdrawalId }: Question): Promise<void> {
  const deadline = Date.now() + msMax;
  for (;;) {
    const { rows } = await owner.query<{ state: string }>(
      'select state from withdrawal where id = $1 and finished_at is not null',
      [withdrawalId],
    );
    if (rows[0]?.state === 'paid') return;
    if (rows[0] || Date.now() > deadline)
      throw new Error(`${withdrawalId}: ${rows[0]?.state ?? 'does not end'}`);
    await sleep(lookEveryMs);
  }
}

/** The same statements for other tasks, by a connection of their own, while nothing else goes on. */
async function repeated(
  { app, owner }: { readonly app: Client; readonly owner: Client },
  transaction: RecordedTransaction,
  questions: readonly Question[],
): Promise<number[]> {
  const ms: number[] = [];
  for (const question of questions) {
    await sleep(restMs);
    ms.push(await repeat(app, transaction, question));
    // It counts as a decision, and what it wakes is over before the next one.
    await ended(owner, question);
  }
  return ms;
}

/** Milliseconds from sending a signal to a sleeping workflow until its activity begins. */
async function told({ temporal }: BareSide, count: number): Promise<number[]> {
  const ids = Array.from({ length: count }, () => `bare/${newId('command')}`);
  for (const workflowId of ids) {
    await temporal.client.workflow.start('bareReview', {
      ...{ workflowId, taskQueue: taskQueues.workflows, args: [{ taskQueue: taskQueues.db }] },
    });
  }
  await sleep(50 * lookEveryMs);
  const ms: number[] = [];
  for (const workflowId of ids) {
    await sleep(restMs);
    const handle = temporal.client.workflow.getHandle(workflowId);
    const at = performance.timeOrigin + performance.now();
    await handle.signal('decided', {});
    await handle.result();
    ms.push((await nextStepAtMs(temporal.client, workflowId, 'decided')) - at);
  }
  return ms;
}
