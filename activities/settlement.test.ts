import { systemScope } from '../domain/access/scope';
import { eventsOfSubject } from '../db/events';
import { inScope, rows, type Tx } from '../db/connection';
import { changeSchedule, createPlanSet, readPlanSet } from '../db/plan-sets';
import { readProcess } from '../db/processes';
import { computeAndAsk } from '../db/settlement/compute';
import {
  listSettlements,
  moveSettlement,
  processOf,
  readSettlement,
  settlementOf,
  startSettlement,
} from '../db/settlement/settlements';
import type { Scratch } from '../tests/proofs/scratch';
import { entityId } from '../tests/settlement/book';
import { manager, openSettlementScratch, stranger } from '../tests/settlement/people';
import { createSettlementActivities } from './settlement';

describe('plan sets of days, weeks and months', () => {
  let scratch: Scratch;

  beforeEach(async () => {
    scratch = await openSettlementScratch();
  }, 60_000);

  afterEach(() => scratch.close());

  const as = <T>(work: (tx: Tx) => Promise<T>) => inScope(scratch.db, manager, work);
  const activities = () => createSettlementActivities({ db: scratch.db });
  const made = (period: 'daily' | 'weekly' | 'monthly') =>
    as((tx) => createPlanSet(tx, { entityId, name: period, currency: 'USD', period }));
  const started = async () => {
    const found = await scratch.asSystem((tx) => listSettlements(tx, { limit: 200 }));
    return found.map(({ period }) => period).sort();
  };
  /** As of a plan set that is older than its schedule. */
  const changed = (planSet: string, period: string, from: string) =>
    scratch.asSystem((tx) =>
      rows(
        tx,
        `insert into plan_set_schedule (plan_set, entity_id, period, from_at, actor) values (:planSet, :entityId, :period, :from::timestamptz, 'test')`,
        { planSet, entityId, period, from },
      ),
    );

  it('begin by themselves, each its own last period, and once', async () => {
    for (const period of ['daily', 'weekly', 'monthly'] as const) await made(period);
    const monday = '2026-06-01T06:00:00.000Z';
    expect(await activities().startDueSettlements(monday)).toBe(3);
    expect(await started()).toEqual(['2026-05', '2026-05-31', '2026-W22']);
    expect(await activities().startDueSettlements(monday)).toBe(0);
    expect(await activities().startDueSettlements('2026-06-02T06:00:00.000Z')).toBe(1);
    expect(await started()).toContain('2026-06-01');
  });

  it('make up in order for what was missed, across a change of schedule', async () => {
    const { id } = await made('weekly');
    await activities().startDueSettlements('2026-05-18T06:00:00.000Z');
    await changed(id, 'daily', '2026-06-01T00:00:00Z');
    await activities().startDueSettlements('2026-06-03T06:00:00.000Z');
    expect(await started()).toEqual([
      '2026-06-01',
      '2026-06-02',
      '2026-W20',
      '2026-W21',
      '2026-W22',
    ]);
  });

  it('change from the end of the present period on, and back as long as it has not come', async () => {
    const { id } = await made('monthly');
    const weekly = await as((tx) => changeSchedule(tx, id, { period: 'weekly' }));
    expect(weekly).toMatchObject({ period: 'monthly', next: { kind: 'weekly' } });
    expect(weekly.next?.from).toMatch(/-01T00:00:00\.000Z$/);
    expect(Date.parse(weekly.next?.from ?? '')).toBeGreaterThan(Date.now());
    await expect(as((tx) => changeSchedule(tx, id, { period: 'weekly' }))).rejects.toMatchObject({
      code: 'already_so',
    });
    const daily = await as((tx) => changeSchedule(tx, id, { period: 'daily' }));
    expect(daily.next).toEqual({ kind: 'daily', from: weekly.next?.from });
    const back = await as((tx) => changeSchedule(tx, id, { period: 'monthly' }));
    expect(back).toMatchObject({ period: 'monthly', next: null });
    const events = await scratch.asSystem((tx) => eventsOfSubject(tx, id));
    expect(events.filter(({ type }) => type === 'plan_set.schedule_changed')).toHaveLength(3);
    await expect(
      inScope(scratch.db, stranger, (tx) => changeSchedule(tx, id, { period: 'daily' })),
    ).rejects.toMatchObject({ status: 404 });
  });

  it('keep the schedule that periods were settled by', async () => {
    const { id } = await made('weekly');
    await changed(id, 'daily', '2026-06-01T00:00:00Z');
    expect(await as((tx) => readPlanSet(tx, id))).toMatchObject({ period: 'daily', next: null });
    await expect(
      scratch.asSystem((tx) => rows(tx, 'delete from plan_set_schedule')),
    ).rejects.toThrow(/P0001/);
    await expect(changed(id, 'weekly', '2026-07-01T12:00:00Z')).rejects.toThrow(/violates check/);
    await expect(
      as((tx) => startSettlement(tx, { planSet: id, period: '2026-W23' })),
    ).rejects.toMatchObject({ status: 400, code: 'malformed' });
  });

  it('are computed one after the other', async () => {
    const { id: planSet } = await made('daily');
    await as((tx) => startSettlement(tx, { planSet, period: '2026-06-01' }));
    const { settlement } = await as((tx) => startSettlement(tx, { planSet, period: '2026-06-02' }));
    const key = { planSet, period: '2026-06-02' };
    expect(await activities().checkSettlementFeeds(key)).toBe('behind');
    const process = () => scratch.asSystem((tx) => readProcess(tx, processOf(settlement)));
    expect((await process())?.waitsFor).toBe('the settlement of 2026-06-01 to be computed');
    const first = { planSet, period: '2026-06-01' };
    expect(await activities().checkSettlementFeeds(first)).toBe('complete');
    expect(await activities().checkSettlementFeeds(key)).toBe('behind');
    await inScope(scratch.db, systemScope('test:settle'), async (tx) =>
      computeAndAsk(tx, await settlementOf(tx, first)),
    );
    expect(await activities().checkSettlementFeeds(key)).toBe('complete');
  });

  it('are paid on their day: approved before, not sooner; later, at once', async () => {
    const { id: planSet } = await made('daily');
    const approved = async (period: string) => {
      const key = { planSet, period };
      const { settlement } = await as((tx) => startSettlement(tx, key));
      await inScope(scratch.db, systemScope('test:settle'), async (tx) => {
        await moveSettlement(tx, settlement, { from: ['waiting_for_feed'], to: 'computing' });
        await computeAndAsk(tx, await settlementOf(tx, key));
      });
      return { id: settlement.id, leftMs: await activities().approveSettlement(key), key };
    };
    // A Friday's is paid on the Monday after.
    const past = await approved('2026-06-05');
    expect(past.leftMs).toBe(0);
    const read = (id: string) => scratch.asSystem((tx) => readSettlement(tx, id));
    expect(await read(past.id)).toMatchObject({
      ...{ state: 'approved', payAt: '2026-06-08T00:00:00Z' },
    });
    // Every day until far behind today is a day off.
    await scratch.asSystem((tx) =>
      rows(
        tx,
        `insert into public_holiday (entity_id, day, name)
         select :entityId, (date '2026-06-10' + n)::text::date, 'off' from generate_series(0, current_date - date '2026-06-10' + 3) n`,
        { entityId },
      ),
    );
    const ahead = await approved('2026-06-09');
    expect(ahead.leftMs).toBeGreaterThan(0);
    expect(await activities().approveSettlement(ahead.key)).toBeLessThanOrEqual(ahead.leftMs);
    expect(await read(ahead.id)).toMatchObject({ state: 'approved' });
    await activities().beginSettlementPayouts(ahead.key);
    expect(await read(ahead.id)).toMatchObject({ state: 'paying' });
    const types = (await scratch.asSystem((tx) => eventsOfSubject(tx, ahead.id))).map(
      ({ type }) => type,
    );
    expect(types.filter((type) => type === 'settlement.approved')).toHaveLength(1);
  });
});
