import { attributeClient } from '../../db/attributions';
import { inScope, rows } from '../../db/connection';
import { eventsOfSubject } from '../../db/events';
import { requestBackfill } from '../../db/feeds';
import { postTransaction, readBalance } from '../../db/ledger';
import { createPartner, type Partner } from '../../db/partners';
import { createPlanSet } from '../../db/plan-sets';
import { readProcess } from '../../db/processes';
import { recomputeSettlement } from '../../db/settlement/compute';
import { listHolds } from '../../db/settlement/holds';
import { listLines } from '../../db/settlement/lines';
import { earningsOf, listPayouts, partnerWallet, type Payout } from '../../db/settlement/payouts';
import { statementCsv } from '../../db/settlement/statements';
import {
  processOf,
  readSettlement,
  type Settlement,
  settlementOf,
  startSettlement,
} from '../../db/settlement/settlements';
import { decide as decideWithEffect } from '../../db/task-decisions';
import { requestTransfer } from '../../db/transfer-requests';
import { house } from '../../domain/ledger/account';
import { move } from '../../domain/ledger/posting';
import { monthBefore, type Period } from '../../domain/partners/period';
import { formatAmount, parseAmount } from '../../domain/money';
import { demoInstallation } from '../../domain/policy/defaults/shipped';
import { startProcess } from '../../temporal-config/server/start-process';
import { taskQueues } from '../../temporal-config/task-queues';
import {
  colleague,
  decide,
  fund,
  openAccount,
  openTaskOf,
  seedClient,
  type TestClient,
} from './people';
import { openStage, type Stage } from './stage';
import { until } from './until';

const manager = colleague('partner_manager');
const finance = colleague('finance');
const secondFinance = colleague('finance');
const operations = colleague('operations');

interface Network {
  readonly planSet: string;
  readonly root: Partner;
  readonly sub: Partner;
}

describe('a monthly settlement', () => {
  let stage: Stage;
  let client: TestClient;
  let month: Period;

  beforeAll(async () => {
    stage = await openStage();
    month = monthBefore(new Date().toISOString());
    client = await seedClient(stage, { name: 'Quirina Plantedname' });
    await tradeFor(client, 40);
  }, 180_000);

  afterAll(() => stage.close());

  /** A funded account, and last month's trades on it as the feed brings them. */
  async function tradeFor(owner: TestClient, trades: number): Promise<void> {
    await fund(stage, owner, '20000.00');
    const account = await openAccount(stage, owner);
    await inScope(stage.db, owner.scope, (tx) =>
      requestTransfer(tx, {
        accountId: account.id,
        direction: 'to_account',
        amount: { amountMinor: parseAmount('15000.00', 'USD'), currency: 'USD' },
      }),
    );
    await until('money on the account', async () => {
      return (await stage.mt5.account(account.login)).balance !== '0.00';
    });
    const stretch = { from: month.from, to: month.to };
    await stage.mt5.control('POST', '/backfill', {
      login: Number(account.login),
      ...stretch,
      trades,
      seed: 7,
    });
    await stage.system((tx) =>
      requestBackfill(tx, {
        serverId: demoInstallation.servers.mt5,
        fromAt: month.from,
        toAt: month.to,
      }),
    );
  }

  async function network(name: string, of: TestClient | undefined): Promise<Network> {
    stage.plant('Rootpartner', 'Subpartner', 'partners.example');
    return inScope(stage.db, manager, async (tx) => {
      const { id: planSet } = await createPlanSet(tx, { entityId: 'off', name, currency: 'USD' });
      const email = (level: string) => `${level}.${planSet.slice(-8)}@partners.example`;
      const root = await createPartner(tx, {
        planSet,
        name: 'Rufus Rootpartner',
        email: email('root'),
      });
      const sub = await createPartner(tx, {
        planSet,
        name: 'Sibyl Subpartner',
        email: email('sub'),
        parentId: root.id,
      });
      if (of)
        await attributeClient(tx, {
          clientId: of.id,
          partnerId: sub.id,
          from: month.from,
          reason: 'claim',
        });
      return { planSet, root, sub };
    });
  }

  const start = async ({ planSet }: Network): Promise<Settlement> =>
    (await inScope(stage.db, manager, (tx) => startSettlement(tx, { planSet, period: month.name })))
      .settlement;

  const ended = (settlement: Settlement) =>
    until(`the end of ${settlement.id}`, async () => {
      const process = await stage.system((tx) => readProcess(tx, processOf(settlement)));
      if (!process?.finishedAt) throw new Error(`${process?.state}: ${process?.waitsFor}`);
      return stage.system((tx) => readSettlement(tx, settlement.id));
    });

  const payoutsOf = (settlement: Settlement): Promise<Payout[]> =>
    stage.system((tx) => listPayouts(tx, { settlementId: settlement.id, limit: 50 }));

  const balanceOf = async (partner: Partner): Promise<bigint> => {
    const of = { entityId: 'off', currency: 'USD', partnerId: partner.id, clientId: null };
    return (await stage.system((tx) => readBalance(tx, partnerWallet(of)))).balanceMinor;
  };

  it('waits for the deals, is approved by another person and pays each partner once', async () => {
    const partners = await network('month', client);
    const settlement = await start(partners);
    const first = await openTaskOf(stage, settlement.id, 'settlement_approval');
    expect(first.content).toMatchObject({ run: 1, partnerCount: 2 });

    await expect(decide(stage, manager, first, 'approve')).rejects.toMatchObject({ status: 403 });
    const runner = { ...finance, userId: manager.userId };
    await expect(decide(stage, runner, first, 'approve')).rejects.toMatchObject({
      status: 409,
      code: 'four_eyes',
    });

    await decide(stage, finance, first, 'recompute');
    const second = await until('the second run', async () => {
      const task = await openTaskOf(stage, settlement.id, 'settlement_approval');
      return task.id !== first.id && task;
    });
    const { run: _, ...again } = second.content;
    expect(again).toEqual((({ run: _run, ...before }) => before)(first.content));

    // The workflow is lost with Temporal's database: started again, it finds the task it had opened.
    const handle = stage.temporal.client.workflow.getHandle(processOf(settlement));
    await handle.terminate('lost');
    const args = { planSet: settlement.planSet, period: settlement.period };
    await startProcess(
      stage.temporal.client,
      {
        workflowId: processOf(settlement),
        workflow: 'settlement',
        taskQueue: taskQueues.workflows,
        args,
      },
      { again: true },
    );

    await decide(stage, secondFinance, second, 'approve');
    const paid = await ended(settlement);
    expect(paid).toMatchObject({ state: 'paid', run: 2 });

    const lines = await stage.system((tx) =>
      listLines(tx, { settlementId: settlement.id, limit: 1_000 }),
    );
    expect(lines.length).toBeGreaterThan(40);
    const sumOf = (partner: Partner) =>
      lines
        .filter(({ partnerId }) => partnerId === partner.id)
        .reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
    for (const partner of [partners.root, partners.sub]) {
      expect(await balanceOf(partner)).toBe(sumOf(partner));
      expect(await stage.system((tx) => earningsOf(tx, partner.id))).toEqual({
        currency: 'USD',
        earnedMinor: sumOf(partner),
        paidMinor: sumOf(partner),
        pendingMinor: 0n,
        heldMinor: 0n,
      });
    }
    const proven = await stage.system((tx) => recomputeSettlement(tx, paid));
    expect(proven).toMatchObject({ inputHash: paid.inputHash, resultHash: paid.resultHash });
    const types = (await stage.system((tx) => eventsOfSubject(tx, settlement.id))).map(
      ({ type }) => type,
    );
    expect(types.filter((type) => type.startsWith('settlement.'))).toEqual([
      'settlement.started',
      'settlement.computed',
      'settlement.computed',
      'settlement.approved',
      'settlement.paid',
    ]);
  }, 90_000);

  it('mails every paid partner a statement that adds up', async () => {
    const settlement = await until('the settlement', async () => {
      const [payout] = await stage.system((tx) => listPayouts(tx, { limit: 1 }));
      return payout && stage.system((tx) => readSettlement(tx, payout.settlementId));
    });
    const [payout] = await payoutsOf(settlement);
    if (!payout) throw new Error('no payout');
    const csv = await stage.system((tx) => statementCsv(tx, payout));
    const table = csv.trim().split('\r\n').slice(1);
    const amounts = table.map((row) => parseAmount(row.split(',')[6] ?? '', 'USD'));
    const total = amounts.pop();
    expect(amounts.reduce((sum, amount) => sum + amount, 0n)).toBe(total);
    expect(total).toBe(payout.amountMinor);
    for (const level of ['root', 'sub']) {
      const address = `${level}.${settlement.planSet.slice(-8)}@partners.example`;
      const letter = await until(`a statement to ${level}`, async () =>
        (await stage.mail.to(address)).find(({ subject }) => subject.includes(month.name)),
      );
      expect((await stage.mail.read(letter.id)).text).toMatch(/Total: \d+\.\d\d USD/);
    }
  });

  it('holds what a signal is about, and pays it once when a person has released it', async () => {
    const kin = await seedClient(stage);
    const partners = await network('signals', kin);
    await stage.system((tx) =>
      rows(tx, `update attribution set related = 'family' where client_id = :id`, { id: kin.id }),
    );
    await tradeFor(kin, 40);
    const settle = async (period: string) => {
      const { settlement } = await inScope(stage.db, manager, (tx) =>
        startSettlement(tx, { planSet: partners.planSet, period }),
      );
      const task = await openTaskOf(stage, settlement.id, 'settlement_approval');
      await decide(stage, finance, task, 'approve');
      return { content: task.content, settlement: await ended(settlement) };
    };
    const balances = async () => (await balanceOf(partners.root)) + (await balanceOf(partners.sub));

    const { settlement, content } = await settle(month.name);
    expect(settlement.state).toBe('paid');
    const [hold] = await stage.system((tx) =>
      listHolds(tx, { settlementId: settlement.id, limit: 10 }),
    );
    if (!hold) throw new Error('nothing is held');
    expect(hold).toMatchObject({ clientId: kin.id, state: 'open', reasons: ['SELF_REFERRAL'] });
    expect(hold.amountMinor).toBe(settlement.totalMinor);
    expect(content).toMatchObject({ payable: '0.00', held: formatAmount(hold.amountMinor, 'USD') });
    expect(await balances()).toBe(0n);

    const question = await openTaskOf(stage, hold.id, 'settlement_hold');
    await expect(decide(stage, manager, question, 'release')).rejects.toMatchObject({
      status: 403,
    });
    await inScope(stage.db, secondFinance, (tx) =>
      decideWithEffect(tx, {
        ...{ taskId: question.id, expectedVersion: question.version },
        ...{ contentHash: question.contentHash, decision: 'release', reason: 'TEST' },
      }),
    );
    const earlier = monthBefore(month.from);
    await settle(earlier.name);
    expect(await balances()).toBe(hold.amountMinor);
    await settle(monthBefore(earlier.from).name);
    expect(await balances()).toBe(hold.amountMinor);
  }, 120_000);

  it('pays the others when one payout fails, and carries what a person refuses to retry', async () => {
    const other = await seedClient(stage);
    const partners = await network('failing', other);
    await tradeFor(other, 12);
    const settlement = await start(partners);
    const task = await openTaskOf(stage, settlement.id, 'settlement_approval');
    // The ledger has another transaction under the payout's key.
    const of = { entityId: 'off', currency: 'USD' };
    await stage.system((tx) =>
      postTransaction(tx, {
        key: `payout/${settlement.id}/${partners.root.id}`,
        kind: 'correction',
        entityId: 'off',
        clientId: null,
        cause: 'test',
        legs: move(house('partner_expense', of), house('suspense', of), 1n),
      }),
    );
    await decide(stage, finance, task, 'approve');
    const rootPayout = (await payoutsOf(settlement)).find(
      ({ partnerId }) => partnerId === partners.root.id,
    );
    const failed = await openTaskOf(stage, rootPayout?.id ?? '', 'payout_failed');
    expect(await balanceOf(partners.sub)).toBeGreaterThan(0n);
    expect(failed.issue).toMatchObject([{ failure: 'key_reused' }]);
    const waiting = await stage.system((tx) => readProcess(tx, processOf(settlement)));
    expect(waiting).toMatchObject({ state: 'paying', waitsFor: `task ${failed.id}` });

    await decide(stage, operations, failed, 'retry');
    const retried = await until('the second failure', async () => {
      const next = await openTaskOf(stage, rootPayout?.id ?? '', 'payout_failed');
      return next.id !== failed.id && next;
    });
    await decide(stage, colleague('operations'), retried, 'refuse');
    expect(await ended(settlement)).toMatchObject({ state: 'paid' });
    expect(await balanceOf(partners.root)).toBe(0n);
    expect(await payoutsOf(settlement)).toContainEqual(
      expect.objectContaining({ partnerId: partners.root.id, state: 'withheld', attempts: 2 }),
    );
  }, 90_000);

  it('is started by the schedule for the month before, and pays nobody when it is rejected', async () => {
    const third = await seedClient(stage);
    const partners = await network('scheduled', third);
    await tradeFor(third, 6);
    const schedule = await stage.temporal.client.schedule.create({
      scheduleId: 'monthly-settlement',
      spec: { cronExpressions: ['0 6 1 * *'] },
      action: {
        type: 'startWorkflow',
        workflowType: 'scheduledSettlement',
        taskQueue: taskQueues.workflows,
        args: [],
      },
    });
    await schedule.trigger();
    const settlement = await until('the scheduled settlement', () =>
      stage.system((tx) => settlementOf(tx, { planSet: partners.planSet, period: month.name })),
    );
    await schedule.delete();
    expect(settlement.requestedBy).toBe('schedule:settlement');
    const task = await openTaskOf(stage, settlement.id, 'settlement_approval');
    await decide(stage, finance, task, 'reject');
    expect(await ended(settlement)).toMatchObject({ state: 'rejected' });
    expect((await payoutsOf(settlement)).map(({ state }) => state)).toEqual([
      'cancelled',
      'cancelled',
    ]);
    expect(await balanceOf(partners.sub)).toBe(0n);
  }, 90_000);

  it('has its present month kept up by the clock', async () => {
    const waiting = () =>
      stage.system((tx) => rows(tx, 'select distinct plan_set from month_change'));
    const planSets = (await waiting()).length;
    expect(planSets).toBeGreaterThan(0);
    const turn = (workflowId: string) =>
      stage.temporal.client.workflow.execute('monthClock', {
        workflowId,
        taskQueue: taskQueues.workflows,
        args: [],
      });
    expect(await turn('month-clock-1')).toEqual({ planSets });
    expect(await waiting()).toEqual([]);
    expect(await turn('month-clock-2')).toEqual({ planSets: 0 });
  }, 60_000);

  it('leaves nothing that the proofs complain about', async () => {
    expect(await stage.faults()).toEqual([]);
  });
});
