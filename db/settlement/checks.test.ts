import { defaultPartnerPlan } from '../../domain/partners/default-plan';
import type { PartnerPlan } from '../../domain/partners/plan';
import type { Scratch } from '../../tests/proofs/scratch';
import { type BookDeal, entityId, seedBook } from '../../tests/settlement/book';
import { openSettlementScratch } from '../../tests/settlement/people';
import { dayTrade, lot, smallBook } from '../../tests/settlement/small-book';
import { rows, type Tx } from '../connection';
import { latestTask, type Task } from '../tasks';
import { checksOf } from './checks';
import { computeAndAsk } from './compute';
import { moveSettlement, type Settlement, settlementOf, startSettlement } from './settlements';

const trade = (
  ticket: bigint,
  day: string,
  { volume, clientId = 'cl_a' }: { volume?: bigint; clientId?: string } = {},
) =>
  dayTrade(ticket, day, {
    ...(volume === undefined ? {} : { volume }),
    ...{ clientId, login: clientId === 'cl_a' ? '5001' : '5002' },
  });

describe('before a settlement is approved', () => {
  let scratch: Scratch;

  beforeEach(async () => {
    scratch = await openSettlementScratch();
  }, 60_000);

  afterEach(() => scratch.close());

  /** By default cl_a is the sub-partner's from September on. */
  async function seed(
    tx: Tx,
    deals: readonly BookDeal[],
    attributions = [
      {
        ...{ clientId: 'cl_a', partnerId: 'ptr_sub', from: '2026-09-01T00:00:00.000Z' },
        to: null as string | null,
      },
    ],
  ): Promise<void> {
    await seedBook(tx, { ...smallBook(deals, '2026-09-01T00:00:00.000Z'), attributions });
  }

  async function publish(tx: Tx, plan: PartnerPlan): Promise<void> {
    await rows(
      tx,
      `insert into policy_version (id, kind, layer, layer_key, version, body, body_hash, state, edited_by, published_by, effective_from)
       values ('pol_own', 'partner.plan', 'entity', :entityId, 1, :body, '', 'published', array['a'], 'b', '2026-01-01')`,
      {
        entityId,
        body: JSON.stringify({
          title: 'Own plan',
          changes: [
            {
              ...{ target: 'parameter', mode: 'override', name: 'plan', reason: 'offer' },
              value: plan,
            },
          ],
        }),
      },
    );
  }

  async function compute(tx: Tx, period: string): Promise<{ of: Settlement; task: Task }> {
    const key = { planSet: 'ps_book', period };
    const { settlement } = await startSettlement(tx, key);
    await moveSettlement(tx, settlement, { from: ['waiting_for_feed'], to: 'computing' });
    await computeAndAsk(tx, await settlementOf(tx, key));
    const task = await latestTask(tx, settlement.id, 'settlement_approval');
    if (!task) throw new Error('nobody was asked');
    return { of: await settlementOf(tx, key), task };
  }

  const codes = (task: Task) => task.issue.map(({ code }) => code);
  const approved = (tx: Tx, of: Settlement) =>
    moveSettlement(tx, of, { from: ['in_review'], to: 'approved' });

  it('names who earns many times what it earned before, and asks two people', async () => {
    await scratch.asSystem(async (tx) => {
      // September: 5.00 and 2.00; October: 1,250.00 and 500.00.
      await seed(tx, [
        ...trade(1n, '2026-09-10'),
        ...trade(11n, '2026-10-10', { volume: 250n * lot }),
      ]);
      const september = await compute(tx, '2026-09');
      expect(codes(september.task)).toEqual(['SETTLEMENT_COMPUTED']);
      expect(september.task.approvalsRequired).toBe(1);
      await approved(tx, september.of);
      const { task } = await compute(tx, '2026-10');
      expect(task.approvalsRequired).toBe(2);
      expect(task.issue[0]).toMatchObject({
        ...{ code: 'JUMP_AGAINST_LAST_PERIOD', lastPeriod: '2026-09', times: '3' },
        ...{ amount: '1000.00', partners: 1, wholePlanSet: true },
        examples: [
          { what: 'ps_book', before: '7.00', now: '1750.00' },
          { what: 'ptr_sub', before: '5.00', now: '1250.00' },
        ],
      });
    });
  });

  it('asks one person where no period before is approved, or the plan looks for no jump of that size', async () => {
    await scratch.asSystem(async (tx) => {
      await seed(tx, [
        ...trade(1n, '2026-09-10'),
        ...trade(11n, '2026-10-10', { volume: 250n * lot }),
      ]);
      const { of } = await compute(tx, '2026-09');
      const { of: october, task } = await compute(tx, '2026-10');
      expect(codes(task)).not.toContain('JUMP_AGAINST_LAST_PERIOD');
      expect(task.approvalsRequired).toBe(1);
      await approved(tx, of);
      const { checks } = defaultPartnerPlan;
      const jumps = async (change: Partial<typeof checks>) =>
        (await checksOf(tx, october, { ...checks, ...change })).hasJump;
      expect(await jumps({})).toBe(true);
      expect(await jumps({ jumpAmount: null })).toBe(false);
      // 1,743.00 more in all, and 250 times as much: just not more than that.
      expect(await jumps({ jumpAmount: '1743.00' })).toBe(false);
      expect(await jumps({ jumpAmount: '1742.99' })).toBe(true);
      expect(await jumps({ jumpTimes: '250' })).toBe(false);
      expect(await jumps({ jumpTimes: '249.9' })).toBe(true);
    });
  });

  it('counts deals of clients who had a partner or came by a link, and were nobody’s', async () => {
    await scratch.asSystem(async (tx) => {
      const until = '2026-10-10T00:00:00.000Z';
      const from = '2026-09-01T00:00:00.000Z';
      await seed(
        tx,
        [
          ...trade(1n, '2026-10-05'),
          ...trade(11n, '2026-10-15', { volume: 2n * lot }),
          ...trade(21n, '2026-10-16', { clientId: 'cl_b' }),
        ],
        [{ clientId: 'cl_a', partnerId: 'ptr_sub', from, to: until }],
      );
      const { of, task } = await compute(tx, '2026-10');
      expect(task.issue[0]).toMatchObject({
        ...{ code: 'UNASSIGNED_DEALS', deals: 1, clients: 1, lots: '2', lotsMin: '0.01' },
      });
      const { checks } = defaultPartnerPlan;
      const unassigned = async (lots: string | null) =>
        (await checksOf(tx, of, { ...checks, unassignedLots: lots })).issues.length;
      expect([await unassigned('2'), await unassigned('2.01'), await unassigned(null)]).toEqual([
        1, 0, 0,
      ]);
      // Nobody knows of cl_b, until a link that brings nobody did.
      await rows(
        tx,
        `insert into referral_link (code, partner_id, entity_id) values ('sub-1', 'ptr_sub', :entityId)`,
        { entityId },
      );
      await rows(
        tx,
        `insert into client_came_by (client_id, entity_id, link_code, at) values ('cl_b', :entityId, 'sub-1', '2026-10-01')`,
        { entityId },
      );
      expect((await checksOf(tx, of, checks)).issues).toMatchObject([
        { code: 'UNASSIGNED_DEALS', deals: 2, clients: 2, lots: '3' },
      ]);
    });
  });

  it('says how much caps cut off how many lines', async () => {
    await scratch.asSystem(async (tx) => {
      await publish(tx, {
        ...defaultPartnerPlan,
        caps: { ...defaultPartnerPlan.caps, perPeriod: '3' },
      });
      await seed(tx, [...trade(1n, '2026-10-05'), ...trade(11n, '2026-10-06')]);
      const { of, task } = await compute(tx, '2026-10');
      // 10.00 and 4.00 come down to 3.00 each.
      expect(task.issue[0]).toMatchObject({
        ...{ code: 'CAPS_REACHED', lines: 4, amount: '8.00', currency: 'USD' },
        byReason: [{ reason: 'CAPPED_PER_PERIOD', lines: 4, amount: '8.00' }],
      });
      const { checks } = defaultPartnerPlan;
      const told = async (cappedAmount: string | null) =>
        (await checksOf(tx, of, { ...checks, cappedAmount })).issues.length;
      expect([await told('8.00'), await told('8.01'), await told(null)]).toEqual([1, 0, 0]);
    });
  });
});
