import { Client } from 'pg';
import { systemScope } from '../domain/access/scope';
import { inScope } from '../db/connection';
import { appendEvents, type NewEvent } from '../db/events';
import { type ApiProcess, type Caller, startApiProcess } from '../tests/processes/api-process';
import { seedClient, type TestClient } from '../tests/processes/people';
import { openStage, type Stage } from '../tests/processes/stage';
import { type BenchLine, type BenchOptions, median, p99 } from './bench';
import type { BenchServers } from './servers';

const inFull = 5_000_000;
const eventsPerSubject = 5;
const subjectsPerClient = 10;
const eventsAtOnce = 5_000;
const writers = 2;
/** Clients whose timelines are read, and what each has. */
const readers = { clients: 40, subjects: 20, eventsOfSubject: 8, turns: 10, warmUps: 40 } as const;
const eventsRead = readers.subjects * readers.eventsOfSubject;
const [appendedMin, msMax] = [20_000, 50];

/**
 * Millions of events appended in sets, and one client's whole timeline read out of them through the API, every event's
 * hash computed again and its personal data opened: against the statements that read the same, by themselves.
 */
export async function history(
  _servers: BenchServers,
  { scale, rounds, say }: BenchOptions,
): Promise<BenchLine[]> {
  const stage = await openStage({ workers: false, replays: false });
  const bare = new Client({ connectionString: stage.database.appUrl });
  try {
    await bare.connect();
    await bare.query(`select set_config('keelson.kind', 'system', false)`);
    const clients: TestClient[] = [];
    for (let n = 0; n < readers.clients; n += 1) clients.push(await seedClient(stage));
    const total = Math.max(100_000, Math.round(inFull * scale));
    const appended: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      // Each round writes its share, and the timelines grow among them.
      appended.push(await fill(stage, round, Math.round(total / rounds)));
      say(`round ${round + 1}: ${Math.round(appended.at(-1) ?? NaN)} events/s appended`);
      for (const client of clients) await tellOf(stage, client, { round, rounds });
    }
    const owner = new Client({ connectionString: stage.database.ownerUrl });
    await owner.connect();
    await owner.query('vacuum analyze event').finally(() => owner.end());
    const api = await startApiProcess(stage);
    const auditor = await api.staff('compliance');
    const figures = { api: [], sql: [] } as Record<'api' | 'sql', number[]>;
    for (let round = 1; round <= rounds; round += 1) {
      figures.sql.push(p99(await readBySql(bare, clients)));
      figures.api.push(p99(await readByApi(api, auditor, clients)));
      say(
        `round ${round}: p99 ${figures.api.at(-1)?.toFixed(1)} ms, SQL ${figures.sql.at(-1)?.toFixed(1)} ms`,
      );
    }
    const notes = [
      `${eventsRead} events of one client out of ${total + clients.length * eventsRead}, hashes computed again, a third of them opened`,
    ];
    const timeline = { unit: 'ms', better: 'less', product: figures.api, notes } as const;
    return [
      {
        ...{ ...timeline, line: 'history, p99 of a whole timeline', limit: figures.sql, reach: 3 },
        limitIs: 'its statements by themselves',
      },
      {
        ...{ ...timeline, line: 'history, p99 in all', limit: [msMax], reach: 1 },
        limitIs: 'what a person takes for at once',
      },
      {
        ...{ line: 'history, events appended in sets', unit: 'events/s', better: 'more' },
        ...{ product: appended, limit: [appendedMin], limitIs: 'what must be reached', reach: 1 },
        notes: [
          `${writers} writers, ${eventsAtOnce} events of as many chains at once, committed durably; ${total} in all, median ${Math.round(median(appended))}/s`,
        ],
      },
    ];
  } finally {
    await bare.end();
    await stage.close();
  }
}

/** Appends about `count` events of strangers; answers how many a second. */
async function fill(stage: Stage, round: number, count: number): Promise<number> {
  const subjects = Math.ceil(count / eventsPerSubject);
  const sets: NewEvent[][] = [];
  for (let from = 0; from < subjects; from += eventsAtOnce) {
    const size = Math.min(eventsAtOnce, subjects - from);
    sets.push(Array.from({ length: size }, (_, n) => strangersEvent(round, from + n)));
  }
  const work = Array.from({ length: eventsPerSubject }, () => sets).flat();
  const left = work[Symbol.iterator]();
  const write = async () => {
    for (const set of left) {
      await inScope(stage.db, systemScope('job:bench'), (tx) => appendEvents(tx, set));
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: writers }, write));
  const events = work.reduce((sum, set) => sum + set.length, 0);
  return events / ((performance.now() - start) / 1_000);
}

function strangersEvent(round: number, n: number): NewEvent {
  const client = `cl_bench_${round}_${Math.floor(n / subjectsPerClient)}`;
  return {
    ...{ subject: `dep_bench_${round}_${n}`, type: 'deposit.noted', entityId: 'off' },
    clientId: client,
    payload: { amount: `${n}.00`, currency: 'USD', provider: 'stripe', reference: `pi_${n}` },
  };
}

/** A client's share of a round, on twenty subjects, every third event with personal data. */
async function tellOf(
  stage: Stage,
  client: TestClient,
  { round, rounds }: { readonly round: number; readonly rounds: number },
): Promise<void> {
  const shareOf = (n: number) => Math.floor((n * readers.eventsOfSubject) / rounds);
  for (let each = shareOf(round); each < shareOf(round + 1); each += 1) {
    await stage.system((tx) =>
      appendEvents(
        tx,
        Array.from({ length: readers.subjects }, (_, n) => ({
          ...{ subject: `${client.id}/bench/${n}`, type: 'client.noted', entityId: 'off' },
          ...{ clientId: client.id, payload: { round, each, note: 'looked at' } },
          ...((n + each) % 3 === 0
            ? { personal: { personId: client.id, data: { name: client.name } } }
            : {}),
        })),
      ),
    );
  }
}

async function readByApi(
  api: ApiProcess,
  auditor: Caller,
  clients: readonly TestClient[],
): Promise<number[]> {
  return timed(clients, async ({ id }) => {
    const { status, json } = await api.call(
      auditor,
      'GET',
      `/api/v1/clients/${id}/events?limit=200`,
    );
    const data = json['data'];
    if (status !== 200 || !Array.isArray(data) || data.length < eventsRead)
      throw new Error(`${status}: not the whole timeline of ${id}`);
    if (!data.every((event: { intact?: unknown }) => event.intact === true))
      throw new Error(`an event of ${id} is not what was hashed`);
  });
}

/** The rows and the person's key, as the API reads them. */
function readBySql(bare: Client, clients: readonly TestClient[]): Promise<number[]> {
  return timed(clients, async ({ id }) => {
    const { rowCount } = await bare.query({
      name: 'timeline',
      text: `select subject, seq, at, actor, entity_id, client_id, type, restricted, payload, prev, hash, recorded_order
        from event where client_id = $1 order by recorded_order desc limit 201`,
      values: [id],
    });
    await bare.query({
      name: 'key',
      text: 'select wrapped_key from data_key where person_id = $1',
      values: [id],
    });
    if ((rowCount ?? 0) < eventsRead) throw new Error(`not the whole timeline of ${id}`);
  });
}

/** Milliseconds of each reading, one after the other; the first ones do not count. */
async function timed(
  clients: readonly TestClient[],
  read: (client: TestClient) => Promise<void>,
): Promise<number[]> {
  const ms: number[] = [];
  for (let turn = 0; turn < readers.turns; turn += 1) {
    for (const client of clients) {
      const start = performance.now();
      await read(client);
      ms.push(performance.now() - start);
    }
  }
  return ms.slice(readers.warmUps);
}
