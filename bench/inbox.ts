import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { permissionsOf } from '../domain/access/roles';
import type { StaffScope } from '../domain/access/scope';
import { inScope, type Tx } from '../db/connection';
import { countInbox } from '../db/inbox-count';
import { claimNext } from '../db/task-inbox';
import { countTasks, listTasks } from '../db/task-lists';
import { type ApiProcess, type Caller, startApiProcess } from '../tests/processes/api-process';
import { openStage, type Stage } from '../tests/processes/stage';
import { type BenchLine, type BenchOptions, p99 } from './bench';
import type { BenchServers } from './servers';

const inFull = { tasks: 100_000, pages: 40, claims: 40 } as const;
const officers = 32;
const warmUps = 2;
/** Between two pages of one officer: nobody reads faster. */
const pauseMs = 1_000;
const rowsOnPage = 51;

interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/**
 * Thirty-two officers turn pages of an inbox with a hundred thousand open tasks, and then claim their next task again
 * and again: against the statements that do it, sent to PostgreSQL by as many connections at the same pace. No task may
 * be claimed twice.
 */
export async function inbox(_servers: BenchServers, options: BenchOptions): Promise<BenchLine[]> {
  const { say, rounds, scale } = options;
  const tasks = Math.max(2_000, Math.round(inFull.tasks * scale));
  const each = {
    pages: Math.max(8, Math.round(inFull.pages * Math.min(1, scale * 4))),
    claims: Math.max(8, Math.round(inFull.claims * Math.min(1, scale * 4))),
  };
  const stage = await openStage({ workers: false, replays: false });
  const owner = new Client({ connectionString: stage.database.ownerUrl });
  await owner.connect();
  const bare = Array.from(
    { length: officers },
    () => new Client({ connectionString: stage.database.appUrl }),
  );
  const figures = { page: [], pageSql: [], claim: [], claimSql: [] } as Record<
    'page' | 'pageSql' | 'claim' | 'claimSql',
    number[]
  >;
  let claimed = 0;
  try {
    await Promise.all(bare.map((client) => client.connect()));
    const api = await startApiProcess(stage);
    const people = await gather(api);
    await raise(owner, tasks);
    for (let round = 1; round <= rounds; round += 1) {
      figures.pageSql.push(p99(await pagesBySql(stage, { bare, people }, each.pages)));
      figures.page.push(p99(await pagesByApi(api, people, each.pages)));
      await free(owner);
      const bySql = await claimsBySql(stage, { bare, people }, each.claims);
      await free(owner);
      const byApi = await claimsByApi(api, people, each.claims);
      figures.claimSql.push(p99(bySql.ms));
      figures.claim.push(p99(byApi.ms));
      for (const { ids } of [bySql, byApi]) assertOnce(ids, officers * each.claims);
      claimed += byApi.ids.length;
      say(
        `round ${round}: ${Object.entries(figures)
          .map(([name, all]) => `${name} p99 ${all.at(-1)?.toFixed(1)} ms`)
          .join(', ')}`,
      );
    }
  } finally {
    await Promise.all([owner, ...bare].map((client) => client.end()));
    await stage.close();
  }
  const line = (
    name: string,
    [product, limit, limitIs]: readonly [readonly number[], readonly number[], string],
    notes: readonly string[],
  ): BenchLine => ({
    ...{ line: `inbox, p99 of ${name}`, unit: 'ms', better: 'less', reach: 3 },
    ...{ product, limit, limitIs, notes },
  });
  return [
    line(
      'the page',
      [figures.page, figures.pageSql, 'its list and its counts by themselves'],
      [`${tasks} open tasks, ${officers} officers with a page each second, ${each.pages} each`],
    ),
    line(
      'claim-next',
      [figures.claim, figures.claimSql, 'its statement by itself'],
      [`${claimed} claims by ${officers} officers at once, no task twice`],
    ),
  ];
}

/** Everybody turns their first pages before anything counts: code is compiled, plans are made. */
async function paced(count: number, turn: (officer: number) => Promise<number>): Promise<number[]> {
  const all = await Promise.all(
    Array.from({ length: officers }, async (_, officer) => {
      await sleep((officer * pauseMs) / officers);
      const ms: number[] = [];
      for (let page = 0; page < count + warmUps; page += 1) {
        const took = await turn(officer);
        if (page >= warmUps) ms.push(took);
        await sleep(Math.max(0, pauseMs - took));
      }
      return ms;
    }),
  );
  return all.flat();
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function gather(api: ApiProcess): Promise<Caller[]> {
  const people: Caller[] = [];
  for (let n = 0; n < officers; n += 1) people.push(await api.staff('finance', 'operations'));
  return people;
}

function pagesByApi(api: ApiProcess, people: readonly Caller[], count: number): Promise<number[]> {
  return paced(count, (officer) =>
    timed(async () => {
      const response = await fetch(`${api.url}/staff/inbox`, {
        headers: { authorization: `Bearer ${people[officer]?.token ?? ''}`, accept: 'text/html' },
      });
      const html = await response.text();
      const rows = html.split('data-row').length - 1;
      if (response.status !== 200 || rows !== rowsOnPage - 1)
        throw new Error(`${response.status} with ${rows} rows`);
    }),
  );
}

async function pagesBySql(stage: Stage, { bare, people }: Bare, count: number): Promise<number[]> {
  const statements = await recorded(stage, scopeOf(people[0]), async (tx) => {
    await listTasks(tx, { view: 'all', limit: rowsOnPage });
    await countTasks(tx);
    await countInbox(tx);
  });
  return paced(count, (officer) =>
    timed(() => send(bare[officer], about(statements, people, officer))),
  );
}

interface Claims {
  readonly ms: readonly number[];
  readonly ids: readonly string[];
}

/** All at once and without a pause: each officer takes the next as soon as they have one. */
async function claims(count: number, claim: (officer: number) => Promise<string>): Promise<Claims> {
  const ms: number[] = [];
  const ids: string[] = [];
  await Promise.all(
    Array.from({ length: officers }, async (_, officer) => {
      for (let n = 0; n < count; n += 1) {
        ms.push(await timed(async () => void ids.push(await claim(officer))));
      }
    }),
  );
  return { ms, ids };
}

function claimsByApi(api: ApiProcess, people: readonly Caller[], count: number): Promise<Claims> {
  return claims(count, async (officer) => {
    const who = people[officer];
    if (!who) throw new Error('no such officer');
    const { status, json } = await api.call(who, 'POST', '/api/v1/tasks/claim-next');
    const { id }: { id?: unknown } = Object(json['task']);
    if (status !== 200 || typeof id !== 'string') throw new Error(`${status}: ${String(id)}`);
    return id;
  });
}

async function claimsBySql(stage: Stage, { bare, people }: Bare, count: number): Promise<Claims> {
  const statements = await recorded(stage, scopeOf(people[0]), claimNext);
  return claims(count, async (officer) => {
    const rows = await send(bare[officer], about(statements, people, officer));
    const id = rows.find((row) => typeof row['id'] === 'string')?.['id'];
    if (typeof id !== 'string') throw new Error('nothing was claimed');
    return id;
  });
}

interface Bare {
  readonly bare: readonly Client[];
  readonly people: readonly Caller[];
}

function assertOnce(ids: readonly string[], count: number): void {
  const twice = ids.length - new Set(ids).size;
  if (twice > 0 || ids.length !== count)
    throw new Error(`${twice} tasks were claimed twice, ${ids.length} of ${count} claimed`);
}

function scopeOf(who: Caller | undefined): StaffScope {
  const userId = who?.userId ?? '';
  const roles = ['finance', 'operations'] as const;
  return {
    ...{ kind: 'staff', actor: `user:${userId}`, userId, entities: ['cy', 'off'] },
    ...{ restricted: false, roles, permissions: permissionsOf(roles) },
  };
}

/** What the product sends to PostgreSQL for the work, in order. */
async function recorded(
  stage: Stage,
  scope: StaffScope,
  work: (tx: Tx) => Promise<unknown>,
): Promise<Statement[]> {
  const statements: Statement[] = [];
  const keep = ({ sql, bindings }: { sql: string; bindings?: readonly unknown[] }) =>
    void statements.push({ sql, values: bindings ?? [] });
  stage.db.pool.on('query', keep);
  try {
    await inScope(stage.db, scope, work);
  } finally {
    stage.db.pool.removeListener('query', keep);
  }
  return statements;
}

/** The same statements as another officer's. */
function about(
  statements: readonly Statement[],
  people: readonly Caller[],
  officer: number,
): readonly Statement[] {
  const [from, to] = [people[0]?.userId ?? '', people[officer]?.userId ?? ''];
  return statements.map(({ sql, values }) => ({
    sql: sql.replaceAll(from, to),
    values: values.map((value) => (value === from ? to : value)),
  }));
}

async function send(
  client: Client | undefined,
  statements: readonly Statement[],
): Promise<Record<string, unknown>[]> {
  if (!client) throw new Error('no such connection');
  const rows: Record<string, unknown>[] = [];
  for (const { sql, values } of statements) {
    const answer = await client.query<Record<string, unknown>>({ text: sql, values: [...values] });
    if (Array.isArray(answer.rows)) rows.push(...answer.rows);
  }
  return rows;
}

/** Open tasks of seven kinds with due times around now, made by a fixed seed. */
async function raise(owner: Client, count: number): Promise<void> {
  await owner.query('select setseed(0.42)');
  await owner.query(
    `insert into task (id, kind, subject, workflow_id, entity_id, title, issue, choices, permission, approvals_required, approvals,
       content, content_hash, due_at, due_minutes, clock_at, priority, opened_at, opened_key)
     select 'tsk_' || gen_random_uuid(), k.kind, 'wd_' || gen_random_uuid(), null, case when n % 3 = 0 then 'cy' else 'off' end,
       'Withdrawal of 250.00 EUR', '[{"code": "ABOVE_AUTO_LIMIT", "detail": "above the limit"}]', '{approve,reject}', k.permission,
       case when n % 10 = 0 then 2 else 1 end, case when n % 100 = 0 then 1 else 0 end,
       '{"amount": "250.00", "currency": "EUR"}', repeat('0', 64), now() + (random() * 96 - 24) * interval '1 hour', 480, null,
       1 + (n % 5), now() - random() * interval '48 hours', 'bench/' || n
     from generate_series(1, $1::int) n
     join (values (0, 'withdrawal_approval', 'withdrawal.approve'), (1, 'refund_approval', 'withdrawal.approve'),
       (2, 'payout_failed', 'payment.operate'), (3, 'operation_unknown', 'transfer.resolve'), (4, 'kyc_review', 'kyc.decide'),
       (5, 'account_request', 'account.approve'), (6, 'settlement_approval', 'settlement.approve')) k (at, kind, permission)
       on k.at = n % 7`,
    [count],
  );
  await owner.query('vacuum analyze task');
}

async function free(owner: Client): Promise<void> {
  await owner.query(
    'update task set claimed_by = null, lease_until = null where claimed_by is not null',
  );
  await owner.query('vacuum analyze task');
}
