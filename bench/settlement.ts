import { Client } from 'pg';
import { inScope, openDatabase, rows, type Tx } from '../db/connection';
import { computeLines, keepLines, readResult } from '../db/settlement/engine';
import type { PlanSegment } from '../db/settlement/plan-segments';
import { throwawayKeys } from '../connectors/keys/file-keys';
import { systemScope } from '../domain/access/scope';
import { parsePartnerPlan } from '../domain/partners/plan.schema';
import { freshDatabase } from '../tests/setup/database';
import type { BenchLine, BenchOptions } from './bench';
import type { BenchServers } from './servers';

const dealsInFull = 1_000_000;
const partners = 200;
const levels = 5;
const clients = 2_000;
const month = { from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z' };

/** Per lot, of the spread and for the client, five tiers deep, with every rule about which deals count. */
const plan = parsePartnerPlan({
  currency: 'USD',
  payOn: 'close',
  groups: [
    {
      name: 'All',
      symbols: ['*'],
      ratesPerLot: ['7', '6', '5', '4', '3'],
      spreadPercents: ['20', '18', '16', '14', '12'],
      minMovePoints: 5,
    },
  ],
  minHoldSeconds: 60,
  hedged: 'larger_side',
  bonusMoney: 'own_share',
  spikeTimes: '5',
  override: { by: 'difference' },
  tiersMax: levels,
  capAtRevenue: true,
  cpa: {
    amounts: ['300', '280', '260', '240', '220'],
    firstDepositMin: '200',
    depositMin: '200',
    lotsMin: '5',
  },
  minimumPayout: '10.00',
  latenessMinutes: 0,
});

const plans: PlanSegment[] = [{ ...month, plan, pins: ['bench'], hash: 'b'.repeat(64) }];

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
    await trade(owner, deals);
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

/** Positions of one to three lots, a fifth of them hedged by the one before; a deposit of each client. */
async function trade(owner: Client, deals: number): Promise<void> {
  const positions = Math.round(deals / 2);
  await owner.query(`
    alter table deal disable row level security;
    insert into entity (id, name, jurisdiction, licence, currencies, brand) values ('off', 'Offshore', 'SC', '-', '{USD}', '{}') on conflict do nothing;
    insert into plan_set (id, entity_id, name, period, currency) values ('ps_bench', 'off', 'bench', 'monthly', 'USD');
    insert into settlement (id, plan_set, entity_id, period, from_at, to_at, state, currency)
      values ('stl_product', 'ps_bench', 'off', '2026-10', '${month.from}', '${month.to}', 'computing', 'USD');
    insert into partner (id, entity_id, name_ct, email_ct, parent_id, level, plan_set, payout_currency)
      select 'ptr_' || n, 'off', '', '', case when n % ${levels} = 0 then null else 'ptr_' || (n - 1) end, n % ${levels} + 1, 'ps_bench', 'USD'
      from generate_series(0, ${partners - 1}) n;
    insert into client (id, entity_id, residence, state, currency) select 'cl_' || n, 'off', 'SC', 'active', 'USD' from generate_series(0, ${clients - 1}) n;
    insert into attribution (client_id, partner_id, entity_id, from_at, actor)
      select 'cl_' || n, 'ptr_' || (n % ${partners}), 'off', '2026-01-01', 'bench' from generate_series(0, ${clients - 1}) n;
    insert into symbol (server_id, name, digits, contract_size, profit_currency, symbol_group, average_spread_points)
      values ('mt5', 'EURUSD', 5, 100000, 'USD', '', 12), ('mt5', 'GBPUSD', 5, 100000, 'USD', '', 15);
    insert into deposit (id, entity_id, client_id, amount_minor, currency, provider, state, created_at, credited_at)
      select 'dep_' || n, 'off', 'cl_' || n, 10000 + (n % 40) * 1000, 'USD', 'bench', 'credited', '2026-09-20', timestamptz '2026-09-20' + (n % 30) * interval '1 day'
      from generate_series(0, ${clients - 1}) n;
    select make_deal_partitions('${month.from}', '${month.to}');
    insert into deal (server_id, ticket, time, login, entity_id, client_id, position_id, kind, side, entry, symbol, volume, price, profit_minor, swap_minor,
        commission_minor, fee_minor, currency, bid, ask, contract_size, profit_rate, digits, equity_minor, credit_minor, raw, raw_hash, seen_at)
      select 'mt5', 2 * n + leg, timestamptz '${month.from}' + ((n * 7919) % 2500000) * interval '1 second' + leg * (30 + n % 7200) * interval '1 second',
        (n % ${clients})::text, 'off', 'cl_' || (n % ${clients}), n, 'trade', case when (n + leg) % 5 < 3 then 'buy' else 'sell' end, case leg when 0 then 'in' else 'out' end,
        case when n % 3 = 0 then 'GBPUSD' else 'EURUSD' end, (1 + n % 300) * 1000000, 1.1 + leg * ((n % 41) - 20) * 0.00001, 0, 0, -(n % 700), 0, 'USD',
        1.1, 1.1 + (5 + n % 20) * 0.00001, 100000, 1, 5, 100000, case when n % 10 = 0 then 20000 else 0 end, '{}', '', '2026-11-01'
      from generate_series(1, ${positions}) n cross join generate_series(0, 1) leg;
    alter table deal enable row level security;
    grant select on all tables in schema public to keelson_app;
    alter default privileges grant select on tables to keelson_app;
    analyze;
  `);
}
