import { defaultPartnerPlan } from '../../domain/partners/default-plan';
import type { Scratch } from '../../tests/proofs/scratch';
import { entityId, nothingElse, seedBook } from '../../tests/settlement/book';
import {
  manager,
  openSettlementScratch,
  partnerScope,
  stranger,
} from '../../tests/settlement/people';
import { dayTrade, lot, namePartners } from '../../tests/settlement/small-book';
import { inScope, rows, type Tx } from '../connection';
import { eventsOfSubject } from '../events';
import { latestTask } from '../tasks';
import { computeAndAsk } from './compute';
import { decideHold, listHolds, partsOfHold, type SettlementHold } from './holds';
import { cancelPayouts, earningsOf, listPayouts, nextPayouts, payPayout } from './payouts';
import { moveSettlement, type Settlement, settlementOf, startSettlement } from './settlements';
import { statementCsv } from './statements';

const trade = (ticket: bigint, clientId: string, day: string) =>
  dayTrade(ticket, day, { volume: 4n * lot, clientId, login: clientId });

const planSet = 'ps_book';

describe('held commission', () => {
  let scratch: Scratch;

  /** Four lots each in September and October, of cl_kin (family of ptr_sub) and cl_a: 20.00 and 8.00 each. */
  beforeEach(async () => {
    scratch = await openSettlementScratch();
    const since = { from: '2026-09-01T00:00:00.000Z', to: null };
    await scratch.asSystem(async (tx) => {
      await seedBook(tx, {
        ...{ planSet, currency: 'USD', plan: defaultPartnerPlan, ...nothingElse },
        partners: [
          { id: 'ptr_root', parentId: null, level: 1 },
          { id: 'ptr_sub', parentId: 'ptr_root', level: 2 },
        ],
        attributions: [
          { clientId: 'cl_kin', partnerId: 'ptr_sub', ...since, related: 'family' },
          { clientId: 'cl_a', partnerId: 'ptr_sub', ...since },
        ],
        symbols: [
          {
            ...{ name: 'EURUSD', digits: 5, contractSize: '100000', profitCurrency: 'USD' },
            averageSpreadPoints: null,
          },
        ],
        deals: [
          ...trade(1n, 'cl_kin', '2026-09-10'),
          ...trade(11n, 'cl_a', '2026-09-11'),
          ...trade(31n, 'cl_a', '2026-10-11'),
        ],
      });
      await namePartners(tx, ['ptr_root', 'ptr_sub']);
    });
  }, 60_000);

  afterEach(() => scratch.close());

  async function compute(tx: Tx, name: string): Promise<Settlement> {
    const key = { planSet, period: name };
    const { settlement } = await startSettlement(tx, key);
    await moveSettlement(tx, settlement, {
      from: ['waiting_for_feed', 'in_review'],
      to: 'computing',
    });
    await computeAndAsk(tx, await settlementOf(tx, key));
    return settlementOf(tx, key);
  }

  async function pay(tx: Tx, settlement: Settlement): Promise<void> {
    await moveSettlement(tx, settlement, { from: ['in_review'], to: 'paying' });
    for (const { payout } of await nextPayouts(tx, settlement.id, 50)) await payPayout(tx, payout);
    await moveSettlement(tx, settlement, { from: ['paying'], to: 'paid' });
  }

  const payouts = async (tx: Tx, { id }: Settlement) =>
    Object.fromEntries(
      (await listPayouts(tx, { settlementId: id, limit: 50 })).map((each) => [
        each.partnerId,
        `${each.state} ${each.amountMinor}, ${each.heldMinor} held, ${each.releasedMinor} released`,
      ]),
    );

  async function onlyHold(tx: Tx): Promise<SettlementHold> {
    const [hold, ...others] = await listHolds(tx, { state: 'open', limit: 10 });
    if (!hold || others.length > 0) throw new Error('there is not one hold');
    return hold;
  }

  it('is left out of the payouts, and paid with the next ones once it is released, once', async () => {
    await scratch.asSystem(async (tx) => {
      const september = await compute(tx, '2026-09');
      expect(september.totalMinor).toBe(5_600n);
      expect(await payouts(tx, september)).toEqual({
        ptr_root: 'below_minimum 800, 800 held, 0 released',
        ptr_sub: 'computed 2000, 2000 held, 0 released',
      });
      const hold = await onlyHold(tx);
      expect(hold).toMatchObject({
        clientId: 'cl_kin',
        reasons: ['SELF_REFERRAL'],
        tickets: ['2'],
      });
      expect(hold.amountMinor).toBe(2_800n);
      expect(await partsOfHold(tx, hold.id)).toEqual([
        { partnerId: 'ptr_root', linesMinor: 800n, heldMinor: 800n },
        { partnerId: 'ptr_sub', linesMinor: 2_000n, heldMinor: 2_000n },
      ]);
      const task = await latestTask(tx, hold.id, 'settlement_hold');
      expect(task?.content).toMatchObject({ client: 'cl_kin', amount: '28.00', tickets: ['2'] });
      await pay(tx, september);
      expect(await earningsOf(tx, 'ptr_sub')).toMatchObject({
        ...{ earnedMinor: 2_000n, paidMinor: 2_000n, heldMinor: 2_000n },
      });
      await decideHold(tx, hold.id, 'released');
      await expect(decideHold(tx, hold.id, 'denied')).rejects.toMatchObject({
        code: 'hold_decided',
      });
      expect(await earningsOf(tx, 'ptr_sub')).toMatchObject({
        ...{ earnedMinor: 4_000n, pendingMinor: 2_000n, heldMinor: 0n },
      });
      const october = await compute(tx, '2026-10');
      const expected = {
        ptr_root: 'computed 2400, 0 held, 800 released',
        ptr_sub: 'computed 4000, 0 held, 2000 released',
      };
      expect(await payouts(tx, october)).toEqual(expected);
      expect(await payouts(tx, await compute(tx, '2026-10'))).toEqual(expected);
      await pay(tx, october);
      expect(await payouts(tx, await compute(tx, '2026-08'))).toEqual({});
      expect(await earningsOf(tx, 'ptr_sub')).toMatchObject({
        ...{ earnedMinor: 6_000n, paidMinor: 6_000n, heldMinor: 0n },
      });
    });
  });

  it('holds what an erased client earned like any other', async () => {
    await scratch.asSystem(async (tx) => {
      await rows(tx, `insert into data_key (person_id, wrapped_key) values ('cl_kin', null)`);
      await compute(tx, '2026-09');
      const hold = await onlyHold(tx);
      expect(hold.clientId).toBe('cl_kin');
      expect(await latestTask(tx, hold.id, 'settlement_hold')).toMatchObject({ clientId: null });
    });
  });

  it('is never paid once it is denied, and the next statement says why', async () => {
    await scratch.asSystem(async (tx) => {
      const september = await compute(tx, '2026-09');
      const hold = await onlyHold(tx);
      await pay(tx, september);
      await decideHold(tx, hold.id, 'denied');
      const october = await compute(tx, '2026-10');
      expect(await payouts(tx, october)).toEqual({
        ptr_root: 'computed 1600, 0 held, 0 released',
        ptr_sub: 'computed 2000, 0 held, 0 released',
      });
      const [payout] = (await listPayouts(tx, { settlementId: october.id, limit: 5 })).filter(
        ({ partnerId }) => partnerId === 'ptr_sub',
      );
      if (!payout) throw new Error('no payout');
      expect(await statementCsv(tx, payout)).toContain(
        '2026-10,"Held before, not paid (20.00 USD of 2026-09)",,SELF_REFERRAL,,,0.00,USD',
      );
      expect((await eventsOfSubject(tx, hold.id)).map(({ type }) => type)).toEqual([
        ...['settlement.hold_opened', 'task.opened', 'settlement.hold_denied'],
      ]);
    });
  });

  it('keeps what was decided when it is computed again the same, and asks anew when it is not', async () => {
    await scratch.asSystem(async (tx) => {
      await compute(tx, '2026-09');
      const hold = await onlyHold(tx);
      await decideHold(tx, hold.id, 'released');
      const again = await compute(tx, '2026-09');
      expect(await payouts(tx, again)).toEqual({
        ptr_root: 'computed 1600, 800 held, 800 released',
        ptr_sub: 'computed 4000, 2000 held, 2000 released',
      });
      await rows(tx, `update deal set volume = 500000000 where position_id = 1`);
      const changed = await compute(tx, '2026-09');
      expect((await onlyHold(tx)).amountMinor).toBe(3_500n);
      expect(await listHolds(tx, { state: 'released', limit: 5 })).toEqual([]);
      expect(await payouts(tx, changed)).toEqual({
        ptr_root: 'below_minimum 800, 1000 held, 0 released',
        ptr_sub: 'computed 2000, 2500 held, 0 released',
      });
    });
  });

  it('ends with a settlement that is rejected, and lets go what that one would have paid', async () => {
    await scratch.asSystem(async (tx) => {
      const september = await compute(tx, '2026-09');
      const hold = await onlyHold(tx);
      await pay(tx, september);
      await decideHold(tx, hold.id, 'released');
      await rows(tx, `update attribution set related = 'family' where client_id = 'cl_a'`);
      const october = await compute(tx, '2026-10');
      const second = await onlyHold(tx);
      await cancelPayouts(tx, october);
      await moveSettlement(tx, october, { from: ['in_review'], to: 'rejected' });
      expect(await latestTask(tx, second.id, 'settlement_hold')).toMatchObject({
        state: 'cancelled',
      });
      const holds = await listHolds(tx, { limit: 5 });
      expect(holds.map(({ state, takenInto }) => [state, takenInto])).toEqual([
        ['closed', null],
        ['released', null],
      ]);
      expect(await payouts(tx, await compute(tx, '2026-08'))).toEqual({
        ptr_root: 'below_minimum 800, 0 held, 800 released',
        ptr_sub: 'computed 2000, 0 held, 2000 released',
      });
    });
  });

  it('keeps no more back than a partner would get where the plan forgives what is below zero', async () => {
    await scratch.asSystem(async (tx) => {
      const [group] = defaultPartnerPlan.groups;
      const plan = {
        ...{ ...defaultPartnerPlan, negativeCarryOver: false, capAtRevenue: false, tiersMax: 1 },
        groups: [{ ...group, symbols: ['*'], ratesPerLot: [], revenuePercents: ['50'] }],
        revenue: { swapPercent: '0', costPercent: '0', clientLosses: true },
      };
      const change = { target: 'parameter', mode: 'override', name: 'plan', reason: 'offer' };
      await rows(
        tx,
        `insert into policy_version (id, kind, layer, layer_key, version, body, body_hash, state, edited_by, published_by, effective_from)
         values ('pol_plan', 'partner.plan', 'entity', :entityId, 1, :body, '', 'published', array['a'], 'b', '2026-01-01T00:00:00Z')`,
        { entityId, body: JSON.stringify({ title: 'Own', changes: [{ ...change, value: plan }] }) },
      );
      // 80.00 of spread each; cl_a wins 220.00 besides: 40.00 and -70.00.
      await rows(tx, `update deal set profit_minor = 22000 where ticket = 12`);
      const september = await compute(tx, '2026-09');
      expect(await payouts(tx, september)).toMatchObject({
        ptr_sub: 'forgiven -3000, 0 held, 0 released',
      });
      await rows(tx, `update deal set profit_minor = 14000 where ticket = 12`);
      expect(await payouts(tx, await compute(tx, '2026-09'))).toMatchObject({
        ptr_sub: 'below_minimum 0, 1000 held, 0 released',
      });
      const hold = await onlyHold(tx);
      expect(hold.amountMinor).toBe(1_000n);
      const task = await latestTask(tx, hold.id, 'settlement_hold');
      expect(task?.content).toMatchObject({ amount: '10.00', partners: { ptr_sub: '10.00' } });
    });
  });

  it('is seen by the entity’s own staff, and by no partner', async () => {
    await scratch.asSystem((tx) => compute(tx, '2026-09'));
    const seen = (scope: typeof manager | ReturnType<typeof partnerScope>) =>
      inScope(scratch.db, scope, async (tx) => (await listHolds(tx, { limit: 5 })).length);
    expect(await seen(manager)).toBe(1);
    expect(await seen(stranger)).toBe(0);
    expect(await seen(partnerScope('ptr_sub', ['ptr_sub']))).toBe(0);
    const of = partnerScope('ptr_sub', ['ptr_sub']);
    expect(await inScope(scratch.db, of, (tx) => earningsOf(tx, 'ptr_sub'))).toMatchObject({
      heldMinor: 2_000n,
    });
    await expect(inScope(scratch.db, of, (tx) => earningsOf(tx, 'ptr_root'))).rejects.toMatchObject(
      { status: 404 },
    );
  });

  it('is no part of what a chargeback takes back, until it is released', async () => {
    await scratch.asSystem(async (tx) => {
      await rows(
        tx,
        `insert into deposit (id, entity_id, client_id, amount_minor, currency, provider, state, credited_at)
         values ('dep_k', :entityId, 'cl_kin', 100, 'USD', 'stripe', 'credited', '2026-09-05T00:00:00Z')`,
        { entityId },
      );
      const september = await compute(tx, '2026-09');
      const hold = await onlyHold(tx);
      await pay(tx, september);
      await rows(
        tx,
        `insert into chargeback (id, deposit_id, entity_id, client_id, provider, dispute_ref, amount_minor, currency, reason, state, told,
           told_at, taken_minor, owed_minor, created_at)
         values ('cb_k', 'dep_k', :entityId, 'cl_kin', 'stripe', 'dp_k', 100, 'USD', 'fraudulent', 'open', 'open', now(), 0, 100,
           '2026-09-30T00:00:00Z')`,
        { entityId },
      );
      const clawed = async () =>
        (
          await listPayouts(tx, {
            settlementId: (await compute(tx, '2026-10')).id,
            partnerId: 'ptr_sub',
            limit: 5,
          })
        ).map(({ amountMinor, clawedBackMinor }) => [amountMinor, clawedBackMinor]);
      expect(await clawed()).toEqual([[2_000n, 0n]]);
      await decideHold(tx, hold.id, 'released');
      expect(await clawed()).toEqual([[2_000n, 2_000n]]);
    });
  });
});
