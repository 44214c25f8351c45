import { Client } from 'pg';
import { inScope, openDatabase, rows, type Tx } from '../db/connection';
import { computeLines, keepLines, readResult } from '../db/settlement/engine';
import type { PlanSegment } from '../db/settlement/plan-segments';
import { throwawayKeys } from '../connectors/keys/file-keys';
import { systemScope } from '../domain/access/scope';
import { parsePartnerPlan } from '../domain/partners/plan.schema';
import { bigPlan, levels, partners, seedBigMonth } from '../tests/settlement/big-month';
import { freshDatabase } from '../tests/setup/database';
import type { BenchLine, BenchOptions } from './bench';
import type { BenchServers } from './servers';

const dealsInFull = 1_000_000;
const month = { from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z' };

const plans: PlanSegment[] = [
  { ...month, plan: parsePartnerPlan(bigPlan), pins: ['bench'], hash: 'b'.repeat(64) },
];

/**
 * A month of deals of 200 partners five levels deep, computed and kept as explained lines; the limit joins what was
 * opened with what was closed and inserts the same lines into the same table. The hashes are timed apart.
 */
export async function settlement(
  _: BenchServers,
  { scale, rounds, say }: BenchOptions,
): Promise<BenchLine[]> {
  const deals = Math.round(dealsInFull * scale);
  const small = await measure(Math.round(deals / 5), 1, say);
  const full = await measure(deals, rounds, say);
  const best = (figures: readonly number[]) => Math.min(...figures);
  return [
    {
      line: 'settlement',
      unit: 's',
      better: 'less',
      product: full.product,
      limit: full.limit,
      limitIs: 'join of openings and closings, and INSERT of the same lines',
      reach: 3,
      growth: { work: 5, time: best(full.product) / best(small.product) },
      notes: [
        `${deals} deals of ${partners} partners on ${levels} levels gave ${full.lines} lines; the hashes took ${best(full.hash).toFixed(1)} s besides`,
        'every round came to the same hashes',
      ],
    },
  ];
}

interface Measured {
  readonly product: number[];
  readonly limit: number[];
  readonly hash: number[];
  readonly lines: number;
}

async function measure(
  deals: number,
  rounds: number,
  say: (text: string) => void,
): Promise<Measured> {
  const database = await freshDatabase();
  const owner = new Client({ connectionString: database.ownerUrl });
  await owner.connect();
  const db = openDatabase({ url: database.appUrl, keys: throwawayKeys() });
  const within = <T>(work: (tx: Tx) => Promise<T>) => inScope(db, systemScope('os:bench'), work);
  try {
    await seed(owner, deals);
    const measured: Measured = { product: [], limit: [], hash: [], lines: 0 };
    let hashes: string | undefined;
    let lines = 0;
    for (let round = 1; round <= rounds; round += 1) {
      await owner.query('truncate settlement_line, settlement_client');
      const start = process.hrtime.bigint();
      let hashSeconds = 0;
      await within(async (tx) => {
        const scope = { planSet: 'ps_bench', entityId: 'off', currency: 'USD', ...month, plans };
        const result = await computeLines(tx, scope);
        await keepLines(tx, 'stl_product');
        const hashStart = process.hrtime.bigint();
        const again = await readResult(tx);
        // The run has computed the hashes once, and here once more.
        hashSeconds = secondsSince(hashStart);
        const key = `${result.inputHash} ${result.resultHash}`;
        if (again.resultHash !== result.resultHash || (hashes ?? key) !== key)
          throw new Error('the same deals came to another hash');
        hashes = key;
        lines = result.lines;
      });
      measured.product.push(secondsSince(start) - 2 * hashSeconds);
      measured.hash.push(hashSeconds);
      await owner.query('create table kept as select * from settlement_line');
      await owner.query('truncate settlement_line');
      const limitStart = process.hrtime.bigint();
      await within(joinAndInsert);
      measured.limit.push(secondsSince(limitStart));
      await owner.query('drop table kept');
      say(
        `${deals} deals, round ${round}: ${measured.product.at(-1)?.toFixed(1)} s for ${lines} lines, limit ${measured.limit.at(-1)?.toFixed(1)} s, hashes ${hashSeconds.toFixed(1)} s`,
      );
    }
    return { ...measured, lines };
  } finally {
    await db.pool.destroy();
    await owner.end();
    await database.drop();
  }
}

function secondsSince(start: bigint): number {
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** What nobody can do without: pair the deals, write the lines. */
async function joinAndInsert(tx: Tx): Promise<void> {
  await tx.sql.raw(`set local statement_timeout = '10min'`);
  await rows(
    tx,
    `create temporary table paired on commit drop as
     select o.ticket as out_ticket, i.ticket as in_ticket, o.client_id, o.volume, o.price - i.price as moved, o.time - i.time as held
     from deal o join deal i on i.server_id = o.server_id and i.position_id = o.position_id and i.entry = 'in' where o.entry = 'out'`,
  );
  await rows(tx, 'insert into settlement_line select * from kept');
}

async function seed(owner: Client, deals: number): Promise<void> {
  await owner.query(`
    alter table deal disable row level security;
    insert into entity (id, name, jurisdiction, licence, currencies, brand) values ('off', 'Offshore', 'SC', '-', '{USD}', '{}') on conflict do nothing;
    insert into plan_set (id, entity_id, name, period, currency) values ('ps_bench', 'off', 'bench', 'monthly', 'USD');
    insert into settlement (id, plan_set, entity_id, period, from_at, to_at, state, currency)
      values ('stl_product', 'ps_bench', 'off', '2026-10', '${month.from}', '${month.to}', 'computing', 'USD');
  `);
  await seedBigMonth(owner, { planSet: 'ps_bench', from: month.from, deals });
  await owner.query(`
    alter table deal enable row level security;
    grant select on all tables in schema public to keelson_app;
    alter default privileges grant select on tables to keelson_app;
    analyze;
  `);
}
