import type { Scope } from '../../domain/access/scope';
import { permissionsOf } from '../../domain/access/roles';
import type { Scratch } from '../../tests/proofs/scratch';
import { entityId, seedBook } from '../../tests/settlement/book';
import { openSettlementScratch, partnerScope, stranger } from '../../tests/settlement/people';
import { dayTrade, lot, namePartners, smallBook } from '../../tests/settlement/small-book';
import { inScope, rows, type Tx } from '../connection';
import { setBilling, setTaxNumber } from '../partner-billing';
import { proveSettlement } from '../proofs/settlement';
import { decide } from '../task-decisions';
import { claimTask } from '../task-inbox';
import { latestTask, type Task } from '../tasks';
import { listAccruals } from './accruals';
import { computeAndAsk, recomputeSettlement } from './compute';
import { listInvoices } from './invoices';
import { listAdjustments, proposeAdjustment, readAdjustment } from './manual';
import { cancelPayouts, earningsOf, listPayouts, nextPayouts, payPayout } from './payouts';
import { moveSettlement, type Settlement, settlementOf, startSettlement } from './settlements';
import { statementCsv } from './statements';

const trade = (ticket: bigint, day: string) => dayTrade(ticket, day, { volume: 4n * lot });

const planSet = 'ps_book';
const roles = ['partner_manager', 'finance'] as const;
const staff = (userId: string): Scope & { kind: 'staff' } => ({
  ...{ kind: 'staff', actor: `user:${userId}`, userId, entities: [entityId], restricted: false },
  ...{ roles: [...roles], permissions: permissionsOf([...roles]) },
});

describe('an adjustment by hand', () => {
  let scratch: Scratch;

  /** Four lots each in September and October: 20.00 for the sub-partner, 8.00 for the one above. */
  beforeEach(async () => {
    scratch = await openSettlementScratch();
    await scratch.asSystem(async (tx) => {
      await seedBook(
        tx,
        smallBook(
          [...trade(1n, '2026-09-11'), ...trade(31n, '2026-10-11')],
          '2026-09-01T00:00:00.000Z',
        ),
      );
      await namePartners(tx, ['ptr_root', 'ptr_sub']);
      for (const id of ['usr_a', 'usr_b', 'usr_c'])
        await rows(
          tx,
          `insert into user_account (id, kind, email_ct, email_index, name_ct, entities, roles, state)
           values (:id, 'staff', '-', :id, '-', array[:entityId], array['partner_manager', 'finance'], 'active')`,
          { id, entityId },
        );
    });
  }, 60_000);

  afterEach(() => scratch.close());

  const as = <T>(scope: Scope, work: (tx: Tx) => Promise<T>) => inScope(scratch.db, scope, work);
  const propose = (amount: string, partnerId = 'ptr_sub') =>
    as(staff('usr_a'), (tx) =>
      proposeAdjustment(tx, partnerId, {
        ...{ amount, reasonCode: 'MANUAL_ERROR', reason: 'Paid twice in May.' },
      }),
    );

  const taskOf = async (id: string): Promise<Task> => {
    const task = await scratch.asSystem((tx) => latestTask(tx, id, 'partner_adjustment'));
    if (!task) throw new Error('nobody was asked');
    return task;
  };
  const decideAs = async (userId: string, id: string, decision: string): Promise<void> => {
    const { id: taskId } = await taskOf(id);
    await as(staff(userId), (tx) => claimTask(tx, taskId));
    const { version: expectedVersion, contentHash } = await taskOf(id);
    await as(staff(userId), (tx) =>
      decide(tx, {
        ...{ taskId, expectedVersion, contentHash, decision, reason: 'So it is.', note: '' },
      }),
    );
  };

  async function approved(amount: string, partnerId = 'ptr_sub'): Promise<string> {
    const { id } = await propose(amount, partnerId);
    await decideAs('usr_b', id, 'approve');
    return id;
  }

  const compute = (period: string): Promise<Settlement> =>
    scratch.asSystem(async (tx) => {
      const key = { planSet, period };
      const { settlement } = await startSettlement(tx, key);
      await moveSettlement(tx, settlement, {
        from: ['waiting_for_feed', 'in_review'],
        to: 'computing',
      });
      await computeAndAsk(tx, await settlementOf(tx, key));
      return settlementOf(tx, key);
    });

  const pay = (settlement: Settlement) =>
    scratch.asSystem(async (tx) => {
      await moveSettlement(tx, settlement, { from: ['in_review'], to: 'paying' });
      for (const { payout } of await nextPayouts(tx, settlement.id, 50))
        await payPayout(tx, payout);
      await moveSettlement(tx, settlement, { from: ['paying'], to: 'paid' });
    });

  const payoutsOf = ({ id }: Settlement) =>
    scratch.asSystem((tx) => listPayouts(tx, { settlementId: id, limit: 50 }));
  const told = async (settlement: Settlement) =>
    Object.fromEntries(
      (await payoutsOf(settlement)).map((each) => [
        each.partnerId,
        `${each.state} ${each.amountMinor} with ${each.adjustedMinor}, ${each.carriedMinor} carried`,
      ]),
    );
  const faults = async () => (await proveSettlement(scratch.db)).faults;

  it('is paid with the next settlement once another person has approved it, and the hashes know it', async () => {
    const without = await compute('2026-09');
    const { id } = await propose('12.50');
    expect(await told(await compute('2026-09'))).toMatchObject({
      ptr_sub: 'computed 2000 with 0, 0 carried',
    });
    await expect(decideAs('usr_a', id, 'approve')).rejects.toMatchObject({ status: 409 });
    await decideAs('usr_b', id, 'approve');
    await expect(decideAs('usr_c', id, 'reject')).rejects.toMatchObject({ status: 409 });
    const september = await compute('2026-09');
    expect(await told(september)).toEqual({
      ptr_root: 'below_minimum 800 with 0, 0 carried',
      ptr_sub: 'computed 3250 with 1250, 0 carried',
    });
    expect(september.totalMinor).toBe(without.totalMinor);
    expect(september.inputHash).not.toBe(without.inputHash);
    expect(september.resultHash).not.toBe(without.resultHash);
    const again = await compute('2026-09');
    expect([again.inputHash, again.resultHash]).toEqual([
      september.inputHash,
      september.resultHash,
    ]);
    expect(await scratch.asSystem((tx) => recomputeSettlement(tx, again))).toMatchObject({
      inputHash: again.inputHash,
      resultHash: again.resultHash,
    });
    await pay(again);
    expect(await faults()).toEqual([]);
    const [payout] = (await payoutsOf(again)).filter(({ state }) => state === 'paid');
    if (!payout) throw new Error('nobody is paid');
    const csv = await as(partnerScope('ptr_sub', ['ptr_sub']), (tx) => statementCsv(tx, payout));
    expect(csv).toContain('MANUAL_ERROR,,,12.50,USD');
    expect(await told(await compute('2026-10'))).toMatchObject({
      ptr_sub: 'computed 2000 with 0, 0 carried',
    });
  });

  it('goes to the next settlement when the one it is in is rejected', async () => {
    const id = await approved('5.00');
    const september = await compute('2026-09');
    await scratch.asSystem(async (tx) => {
      await moveSettlement(tx, september, { from: ['in_review'], to: 'rejected' });
      await cancelPayouts(tx, september);
      expect((await readAdjustment(tx, id)).takenInto).toBeNull();
      expect(await earningsOf(tx, 'ptr_sub')).toMatchObject({ earnedMinor: 500n });
    });
    expect(await faults()).toEqual([]);
    const october = await compute('2026-10');
    expect(await told(october)).toMatchObject({ ptr_sub: 'computed 2500 with 500, 0 carried' });
    expect(await faults()).toEqual([]);
  });

  it('takes off below zero, is carried on, and pays a partner who has no lines', async () => {
    await approved('-25.00');
    await approved('40.00', 'ptr_root');
    const september = await compute('2026-09');
    expect(await told(september)).toEqual({
      ptr_root: 'computed 4800 with 4000, 0 carried',
      ptr_sub: 'below_minimum -500 with -2500, 0 carried',
    });
    await pay(september);
    expect(await told(await compute('2026-10'))).toMatchObject({
      ptr_sub: 'computed 1500 with 0, -500 carried',
    });
    expect(await faults()).toEqual([]);
  });

  it('stands on the invoice, and in what is owed before it is paid', async () => {
    await scratch.asSystem(async (tx) => {
      await setTaxNumber(tx, entityId, { taxNumber: 'X-1', expectedVersion: 0 });
      await setBilling(tx, 'ptr_sub', {
        ...{ treatment: 'not_registered', legalName: 'Sub', address: 'Quay 1', taxNumber: '' },
        ...{ exemption: '', agreement: '1', agreedOn: '2026-01-01', endedOn: null },
        expectedVersion: 0,
      });
    });
    await approved('-5.00');
    await approved('7.00');
    const owed = () =>
      scratch.asSystem(async (tx) => {
        const [clock] = await rows<{ day: string }>(
          tx,
          `select (now() at time zone 'UTC')::date::text as day`,
        );
        const [found] = await listAccruals(tx, {
          ...{ asOf: clock?.day ?? '', partnerId: 'ptr_sub', limit: 10 },
        });
        return [found?.settledMinor, found?.carriedMinor, found?.paidMinor];
      });
    expect(await owed()).toEqual([700n, -500n, 0n]);
    const september = await compute('2026-09');
    expect(await owed()).toEqual([2_200n, 0n, 0n]);
    await pay(september);
    expect(await owed()).toEqual([0n, 0n, 2_200n]);
    const [invoice] = await scratch.asSystem((tx) =>
      listInvoices(tx, { partnerId: 'ptr_sub', limit: 5 }),
    );
    expect(invoice?.netMinor).toBe(2_200n);
    expect(invoice?.lines).toContainEqual({
      what: 'Adjustment: Puts right what was computed or paid by mistake.',
      ...{ period: '2026-09', amountMinor: 200n },
    });
  });

  it('is refused for nothing, for what is finer than the currency, and for strangers; a partner sees no proposal', async () => {
    for (const amount of ['0.00', '1.001'])
      await expect(propose(amount)).rejects.toMatchObject({
        ...{ status: 400, errors: [{ pointer: '/body/amount' }] },
      });
    await expect(
      as(stranger, (tx) =>
        proposeAdjustment(tx, 'ptr_sub', {
          ...{ amount: '1', reasonCode: 'MANUAL_OTHER', reason: 'x' },
        }),
      ),
    ).rejects.toMatchObject({ status: 404 });
    const { id } = await propose('1.00');
    const partner = partnerScope('ptr_sub', ['ptr_sub']);
    const seen = () => as(partner, (tx) => listAdjustments(tx, { limit: 5 }));
    expect(await seen()).toEqual([]);
    await decideAs('usr_b', id, 'approve');
    expect(await seen()).toMatchObject([{ id, reason: '', proposedBy: '' }]);
    expect(await as(staff('usr_c'), (tx) => readAdjustment(tx, id))).toMatchObject({
      ...{ reason: 'Paid twice in May.', state: 'approved' },
    });
    await expect(
      scratch.asSystem((tx) => rows(tx, 'update partner_adjustment set amount_minor = 2')),
    ).rejects.toThrow('P0001');
  });

  it('that nobody else has approved, or that a payout leaves out, is told by the proof', async () => {
    await approved('5.00');
    await compute('2026-09');
    await scratch.asSystem((tx) =>
      rows(tx, `update settlement_payout set adjusted_minor = 0 where partner_id = 'ptr_sub'`),
    );
    await scratch.asSystem((tx) =>
      rows(tx, `update task set subject = 'x' where kind = 'partner_adjustment'`),
    );
    const rules = (await faults()).map(({ rule }) => rule);
    expect(rules).toContain(
      'a payout adds the adjustments that its settlement took in, each of its own plan set',
    );
    expect(rules).toContain(
      'an adjustment that is approved was approved by another person than proposed it',
    );
  });
});
