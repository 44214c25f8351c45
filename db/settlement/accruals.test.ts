import type { Scratch } from '../../tests/proofs/scratch';
import { entityId, seedBook } from '../../tests/settlement/book';
import {
  manager,
  openSettlementScratch,
  partnerScope,
  stranger,
} from '../../tests/settlement/people';
import { dayTrade, lot, namePartners, smallBook } from '../../tests/settlement/small-book';
import { inScope, rows, type Tx } from '../connection';
import { accrualKey, accrualsUntil, listAccruals, totalAccruals } from './accruals';
import { computeAndAsk } from './compute';
import { refreshPlanSet } from './month-so-far';
import { earningsOf, nextPayouts, payPayout } from './payouts';
import { moveSettlement, type Settlement, settlementOf, startSettlement } from './settlements';

const trade = (ticket: bigint, day: string, volume = lot) => dayTrade(ticket, day, { volume });

/** 6 lots in August (30.00 and 12.00), 1 in September (5.00 and 2.00), 2 and 4 in October (10.00 and 20.00; 4.00 and 8.00). */
const book = smallBook(
  [
    ...trade(1n, '2026-08-10', 6n * lot),
    ...trade(11n, '2026-09-10'),
    ...trade(21n, '2026-10-05', 2n * lot),
    ...trade(31n, '2026-10-20', 4n * lot),
  ],
  '2026-08-01T00:00:00.000Z',
);

describe('what is owed to partners', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openSettlementScratch();
    await scratch.asSystem(async (tx) => {
      await seedBook(tx, book);
      await namePartners(
        tx,
        book.partners.map(({ id }) => id),
      );
      await settle(tx, '2026-08');
      await settle(tx, '2026-09');
      // The real one looks at the present month; this one at October.
      await refreshPlanSet(tx, { planSet: 'ps_book', now: new Date('2026-10-31T12:00:00Z') });
    });
  }, 120_000);

  afterAll(() => scratch.close());

  async function compute(tx: Tx, period: string): Promise<Settlement> {
    const key = { planSet: 'ps_book', period };
    const { settlement } = await startSettlement(tx, key);
    await moveSettlement(tx, settlement, { from: ['waiting_for_feed'], to: 'computing' });
    await computeAndAsk(tx, await settlementOf(tx, key));
    return settlementOf(tx, key);
  }

  /** Computed and paid on the fifth of the month that follows. */
  async function settle(tx: Tx, period: string): Promise<void> {
    const settlement = await compute(tx, period);
    await moveSettlement(tx, settlement, { from: ['in_review'], to: 'paying' });
    for (const { payout } of await nextPayouts(tx, settlement.id, 50)) await payPayout(tx, payout);
    await moveSettlement(tx, settlement, { from: ['paying'], to: 'paid' });
    const on = { id: settlement.id, to: settlement.to };
    await rows(
      tx,
      `update settlement set computed_at = :to::timestamptz + interval '4 days' where id = :id`,
      on,
    );
    await rows(
      tx,
      `update settlement_payout set paid_at = :to::timestamptz + interval '4 days' where settlement_id = :id and state = 'paid'`,
      on,
    );
  }

  const told = async (asOf: string) =>
    Object.fromEntries(
      (await inScope(scratch.db, manager, (tx) => listAccruals(tx, { asOf, limit: 50 }))).map(
        (of) => [
          of.partnerId,
          `${of.earnedMinor} ${of.settledMinor} ${of.carriedMinor} ${of.heldMinor} ${of.paidMinor}`,
        ],
      ),
    );

  it('tells earned, settled, carried, held and paid at the end of each day', async () => {
    expect(await told('2026-07-31')).toEqual({});
    // Known from the settlement that came later.
    expect(await told('2026-08-10')).toEqual({
      ptr_root: '1200 0 0 0 0',
      ptr_sub: '3000 0 0 0 0',
    });
    expect(await told('2026-08-09')).toEqual({});
    expect(await told('2026-09-05')).toEqual({
      ptr_root: '0 0 0 0 1200',
      ptr_sub: '0 0 0 0 3000',
    });
    expect(await told('2026-09-30')).toEqual({
      ptr_root: '200 0 0 0 1200',
      ptr_sub: '500 0 0 0 3000',
    });
    // September was too small to be paid; October is the month that is kept.
    expect(await told('2026-10-19')).toEqual({
      ptr_root: '400 200 0 0 0',
      ptr_sub: '1000 500 0 0 0',
    });
    expect(await told('2026-10-31')).toEqual({
      ptr_root: '1200 200 0 0 0',
      ptr_sub: '3000 500 0 0 0',
    });
  });

  it('sums to what the partners, the settlements and the ledger say', async () => {
    const asOf = '2026-10-31';
    await inScope(scratch.db, manager, async (tx) => {
      for (const of of await listAccruals(tx, { asOf, limit: 50 })) {
        const { pendingMinor, heldMinor } = await earningsOf(tx, of.partnerId);
        expect([of.settledMinor + of.carriedMinor, of.heldMinor]).toEqual([
          pendingMinor,
          heldMinor,
        ]);
      }
    });
    for (const day of ['2026-09-04', '2026-09-05', '2026-09-30']) {
      const totals = await inScope(scratch.db, manager, (tx) => totalAccruals(tx, { asOf: day }));
      const paid = day === '2026-09-04' ? 0n : 4200n;
      expect(totals.map(({ paidMinor, postedMinor }) => [paidMinor, postedMinor])).toEqual([
        [paid, paid],
      ]);
    }
  });

  it('takes a settlement in review as settled, and what it holds as held, by reason', async () => {
    await scratch
      .asSystem(async (tx) => {
        const october = await compute(tx, '2026-10');
        await rows(
          tx,
          `insert into evaluation (id, kind, subject, entity_id, client_id, pins, compiled_hash, facts, outcome, trace)
           values ('evl_x', 'partner.fraud', 'x', :entityId, 'cl_a', '{}', '-', '{}', '{}', '[]')`,
          { entityId },
        );
        await rows(
          tx,
          `insert into settlement_hold (id, settlement_id, entity_id, client_id, evaluation_id, reasons, currency)
           values ('shd_x', :id, :entityId, 'cl_a', 'evl_x', '{WASH_LOTS,CHURNING}', 'USD')`,
          { id: october.id, entityId },
        );
        await rows(
          tx,
          `insert into settlement_hold_part (hold_id, partner_id, entity_id, lines_minor, held_minor) values ('shd_x', 'ptr_sub', :entityId, 700, 700)`,
          { entityId },
        );
        await rows(
          tx,
          `update settlement_payout set amount_minor = case partner_id when 'ptr_sub' then amount_minor - 700 else -100 end,
             state = case partner_id when 'ptr_sub' then state else 'below_minimum' end
           where settlement_id = :id`,
          { id: october.id },
        );
        const asOf = new Date().toISOString().slice(0, 10);
        const found = await listAccruals(tx, { asOf, limit: 50 });
        expect(
          found.map(({ partnerId, earnedMinor, settledMinor, carriedMinor, held }) => [
            ...[partnerId, earnedMinor, settledMinor, carriedMinor],
            held.map(({ reasons, amountMinor }) => `${reasons} ${amountMinor}`).join(),
          ]),
        ).toEqual([
          ['ptr_root', 0n, 0n, -100n, ''],
          ['ptr_sub', 0n, 2800n, 0n, 'WASH_LOTS+CHURNING 700'],
        ]);
        throw new Error('taken back');
      })
      .catch((error: unknown) => {
        if (!(error instanceof Error) || error.message !== 'taken back') throw error;
      });
  });

  it('is filtered and read page by page', async () => {
    const asOf = '2026-10-31';
    await inScope(scratch.db, manager, async (tx) => {
      const [first] = await listAccruals(tx, { asOf, limit: 1 });
      if (!first) throw new Error('somebody is owed something');
      const rest = await listAccruals(tx, { asOf, limit: 5, after: accrualKey(first) });
      expect([first.partnerId, ...rest.map(({ partnerId }) => partnerId)]).toEqual([
        'ptr_root',
        'ptr_sub',
      ]);
      const of = (filter: object) => listAccruals(tx, { asOf, limit: 5, ...filter });
      expect(await of({ partnerId: 'ptr_sub' })).toHaveLength(1);
      expect(await of({ planSet: 'ps_book', currency: 'USD', entityId })).toHaveLength(2);
      for (const other of [{ planSet: 'ps_x' }, { currency: 'EUR' }, { entityId: 'cy' }])
        expect(await of(other)).toEqual([]);
    });
  });

  it('is of one’s own entities, and nothing for partners', async () => {
    const asOf = '2026-10-31';
    await inScope(scratch.db, stranger, async (tx) => {
      expect(await listAccruals(tx, { asOf, limit: 5 })).toEqual([]);
      expect(await totalAccruals(tx, { asOf })).toEqual([]);
      expect(await accrualsUntil(tx)).toBeNull();
    });
    expect(await inScope(scratch.db, manager, accrualsUntil)).not.toBeNull();
    const partner = partnerScope('ptr_sub', ['ptr_sub']);
    await expect(
      inScope(scratch.db, partner, (tx) => listAccruals(tx, { asOf, limit: 5 })),
    ).rejects.toMatchObject({ status: 404 });
  });
});
