/**
 * A month of 200 partners on five levels through the real workflow, in a worker process that is killed while it computes and
 * again while it pays. SETTLEMENT_DEALS (default 20,000; in full 1,000,000) says how many deals there are.
 */
import { Client } from 'pg';
import { allowMinutes, inScope, rows } from '../../db/connection';
import { encryptFor } from '../../db/personal-data';
import { createPlanSet } from '../../db/plan-sets';
import { installPolicies } from '../../db/policies';
import { readProcess } from '../../db/processes';
import { proveSettlement } from '../../db/proofs/settlement';
import { recomputeSettlement } from '../../db/settlement/compute';
import { listPayouts, type Payout } from '../../db/settlement/payouts';
import {
  processOf,
  readSettlement,
  type Settlement,
  startSettlement,
} from '../../db/settlement/settlements';
import { statementOf } from '../../db/settlement/statements';
import { parseAmount } from '../../domain/money';
import { monthBefore } from '../../domain/partners/period';
import { colleague, decide, openTaskOf } from '../processes/people';
import { openStage, type Stage } from '../processes/stage';
import { until } from '../processes/until';
import { ownParameters } from '../settlement/own-parameters';
import { bigPlan, bigSignals, partners, seedBigMonth } from '../settlement/big-month';

const deals = Number(process.env['SETTLEMENT_DEALS'] ?? 20_000);
/** On two cores a hundred thousand deals take about a minute from the start to the approval. */
const limitMs = 600_000 + deals * 6;
const month = monthBefore(new Date().toISOString());
const manager = colleague('partner_manager');
const finance = colleague('finance');

describe(`a month of ${partners} partners and ${deals} deals`, () => {
  let stage: Stage;
  let settlement: Settlement;
  const seconds: Record<string, number> = {};

  beforeAll(async () => {
    stage = await openStage({ workers: false });
    const own = [
      ownParameters('partner.plan', 'off', { plan: bigPlan }),
      ownParameters('partner.fraud', 'off', bigSignals),
    ];
    expect(await stage.system((tx) => installPolicies(tx, own))).toBe(own.length);
    const { id: planSet } = await inScope(stage.db, manager, (tx) =>
      createPlanSet(tx, { entityId: 'off', name: 'Big', currency: 'USD' }),
    );
    const owner = new Client({ connectionString: stage.database.ownerUrl });
    await owner.connect();
    await seedBigMonth(owner, { planSet, from: month.from, deals });
    await owner.query('analyze');
    await owner.end();
    await stage.system(async (tx) => {
      for (let n = 0; n < partners; n += 1) {
        const id = `ptr_${n}`;
        await rows(tx, 'update partner set name_ct = :name, email_ct = :email where id = :id', {
          id,
          name: await encryptFor(tx, id, 'name', `Partner ${n}`),
          email: await encryptFor(tx, id, 'email', `partner${n}@partners.example`),
        });
      }
    });
    stage.plant('partners.example');
    await stage.forkWorker('worker');
    ({ settlement } = await inScope(stage.db, manager, (tx) =>
      startSettlement(tx, { planSet, period: month.name }),
    ));
  }, limitMs);

  afterAll(() => stage.close(), 600_000);

  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const start = process.hrtime.bigint();
    const value = await work();
    seconds[what] = Math.round(Number(process.hrtime.bigint() - start) / 1e8) / 10;
    return value;
  };

  const kill = async () => {
    await stage.supervisor.kill('worker');
    await stage.supervisor.whenReady('worker');
  };

  const standing = (): Promise<Settlement> =>
    stage.system((tx) => readSettlement(tx, settlement.id));

  const paidSoFar = async (): Promise<number> => {
    const [found] = await stage.system((tx) =>
      rows<{ n: string }>(
        tx,
        `select count(*) as n from settlement_payout where settlement_id = :id and state = 'paid'`,
        { id: settlement.id },
      ),
    );
    return Number(found?.n ?? 0);
  };

  async function allPayouts(): Promise<Payout[]> {
    return stage.system((tx) =>
      listPayouts(tx, { settlementId: settlement.id, limit: partners + 1 }),
    );
  }

  it(
    'is computed and paid once, though its worker is killed while it computes and while it pays',
    async () => {
      await timed('computed', async () => {
        await until('the computing', async () => (await standing()).state === 'computing');
        await kill();
        await until('the review', async () => (await standing()).state === 'in_review', limitMs);
      });
      const task = await openTaskOf(stage, settlement.id, 'settlement_approval');
      await timed('paid', async () => {
        await decide(stage, finance, task, 'approve');
        await until('some to be paid', async () => (await paidSoFar()) >= partners / 10, limitMs);
        await kill();
        expect((await standing()).state).toBe('paying');
        await until(
          'the end',
          async () =>
            (await stage.system((tx) => readProcess(tx, processOf(settlement))))?.finishedAt ??
            false,
          limitMs,
        );
      });
      expect((await standing()).state).toBe('paid');
    },
    limitMs,
  );

  it(
    'has one total: that of its lines, its payouts, the ledger and the statements',
    async () => {
      const [sums] = await stage.system(async (tx) => {
        await allowMinutes(tx, 10);
        return rows<{ lines: string; deals: string; ledger: string; letters: string }>(
          tx,
          `select (select sum(amount_minor) from settlement_line where settlement_id = :id)::text as lines,
           (select count(distinct t) from settlement_line, unnest(tickets) t where settlement_id = :id)::text as deals,
           (select sum(e.amount) from ledger_entry e join ledger_transaction t on t.id = e.transaction_id
            where t.key like 'payout/' || :id || '/%' and e.amount > 0)::text as ledger,
           (select count(*) from mail where kind = 'partner_statement')::text as letters`,
          { id: settlement.id },
        );
      });
      const payouts = await allPayouts();
      const sum = (of: readonly Payout[]) =>
        of.reduce((total, { amountMinor }) => total + amountMinor, 0n);
      const paid = payouts.filter(({ state }) => state === 'paid');
      expect(payouts).toHaveLength(partners);
      expect(paid.length).toBeGreaterThan(partners / 2);
      expect(sums).toMatchObject({
        lines: (await standing()).totalMinor?.toString(),
        ledger: sum(paid).toString(),
        letters: String(paid.length),
      });
      const held = payouts.reduce((total, { heldMinor }) => total + heldMinor, 0n);
      // What a signal holds is no payout, and on the statement all the same.
      expect((sum(payouts) + held).toString()).toBe(sums?.lines);
      expect(Number(sums?.deals)).toBe(deals);
      for (const payout of payouts) {
        const statement = await stage.system((tx) => statementOf(tx, payout));
        const stated = statement.reduce(
          (total, { amount }) => total + parseAmount(amount, 'USD'),
          0n,
        );
        const owed = payout.amountMinor + payout.heldMinor;
        expect([payout.partnerId, stated]).toEqual([payout.partnerId, owed]);
      }
    },
    limitMs,
  );

  it(
    'comes to the same hash again, and to what the proof finds right',
    async () => {
      const before = await standing();
      const again = await timed('computed again', () =>
        stage.system((tx) => recomputeSettlement(tx, before)),
      );
      expect(again).toMatchObject({ inputHash: before.inputHash, resultHash: before.resultHash });
      expect((await proveSettlement(stage.db)).faults).toEqual([]);
      process.stdout.write(`${JSON.stringify({ deals, lines: again.lines, seconds })}\n`);
    },
    limitMs,
  );
});
