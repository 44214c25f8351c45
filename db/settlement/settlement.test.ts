import type { Scope } from '../../domain/access/scope';
import { defaultPartnerPlan } from '../../domain/partners/default-plan';
import type { PartnerPlan } from '../../domain/partners/plan';
import type { Scratch } from '../../tests/proofs/scratch';
import {
  type Book,
  type BookDeal,
  entityId,
  nothingElse,
  period,
  seedBook,
  seedDeals,
  seedDeposits,
  serverId,
} from '../../tests/settlement/book';
import {
  manager,
  openSettlementScratch,
  partnerScope,
  stranger,
} from '../../tests/settlement/people';
import { dayTrade, lot, namePartners } from '../../tests/settlement/small-book';
import { referredClients } from '../attributions';
import { inScope, rows, type Tx } from '../connection';
import { reinstatePartner, suspendPartner } from '../partner-standing';
import { partnerTreeIds, readPartner } from '../partners';
import { addParty } from '../parties';
import { computeAndAsk, recomputeSettlement } from './compute';
import { feedsBehind } from './feeds-behind';
import { listLines } from './lines';
import { earningsOf, listPayouts, nextPayouts, payPayout } from './payouts';
import { exampleLines } from './plan-example';
import { planSegments } from './plan-segments';
import { tryPlan } from './plan-trial';
import { moveSettlement, type Settlement, settlementOf, startSettlement } from './settlements';
import { statementCsv } from './statements';
import { whyNotPaid } from './why';

const trade = (ticket: bigint, day: string, volume = lot) => dayTrade(ticket, day, { volume });

const symbols = [
  {
    name: 'EURUSD',
    digits: 5,
    contractSize: '100000',
    profitCurrency: 'USD',
    averageSpreadPoints: null,
  },
];

function book(deals: readonly BookDeal[]): Book {
  return {
    planSet: 'ps_book',
    currency: 'USD',
    plan: defaultPartnerPlan,
    partners: [
      { id: 'ptr_root', parentId: null, level: 1 },
      { id: 'ptr_sub', parentId: 'ptr_root', level: 2 },
      { id: 'ptr_other', parentId: null, level: 1 },
    ],
    attributions: [
      { clientId: 'cl_a', partnerId: 'ptr_sub', from: '2026-09-01T00:00:00.000Z', to: null },
    ],
    symbols,
    deals,
    ...nothingElse,
  };
}

describe('settlements', () => {
  let scratch: Scratch;

  beforeEach(async () => {
    scratch = await openSettlementScratch();
  }, 60_000);

  afterEach(() => scratch.close());

  const as = <T>(scope: Scope, work: (tx: Tx) => Promise<T>) => inScope(scratch.db, scope, work);
  /** Starts and computes a month of the book. */
  async function compute(tx: Tx, name = period.name): Promise<Settlement> {
    const key = { planSet: 'ps_book', period: name };
    const { settlement } = await startSettlement(tx, key);
    await moveSettlement(tx, settlement, { from: ['waiting_for_feed'], to: 'computing' });
    await computeAndAsk(tx, await settlementOf(tx, key));
    return settlementOf(tx, key);
  }

  /** As the approver asks for it. */
  async function computeAgain(tx: Tx): Promise<Settlement> {
    const key = { planSet: 'ps_book', period: period.name };
    await moveSettlement(tx, await settlementOf(tx, key), { from: ['in_review'], to: 'computing' });
    await computeAndAsk(tx, await settlementOf(tx, key));
    return settlementOf(tx, key);
  }

  async function pay(tx: Tx, settlement: Settlement): Promise<void> {
    await moveSettlement(tx, settlement, { from: ['in_review'], to: 'paying' });
    for (const { payout } of await nextPayouts(tx, settlement.id, 50)) await payPayout(tx, payout);
    await moveSettlement(tx, settlement, { from: ['paying'], to: 'paid' });
  }

  const states = async (tx: Tx, settlement: Settlement) =>
    Object.fromEntries(
      (await listPayouts(tx, { settlementId: settlement.id, limit: 50 })).map((payout) => [
        payout.partnerId,
        `${payout.state} ${payout.amountMinor} of which ${payout.carriedMinor}`,
      ]),
    );

  /** The book's partners get names, as whoever is paid has one. */
  async function named(tx: Tx, of: Book): Promise<void> {
    await seedBook(tx, of);
    await namePartners(
      tx,
      of.partners.map(({ id }) => id),
    );
  }

  it('carry what is below the minimum into the next month, once', async () => {
    await scratch.asSystem(async (tx) => {
      // 1 lot in September: 5.00 and 2.00, below 10.00. 2 lots in October: 10.00 and 4.00.
      await named(tx, book([...trade(1n, '2026-09-10'), ...trade(11n, '2026-10-10', 2n * lot)]));
      const september = await compute(tx, '2026-09');
      expect(await states(tx, september)).toEqual({
        ptr_root: 'below_minimum 200 of which 0',
        ptr_sub: 'below_minimum 500 of which 0',
      });
      await pay(tx, september);
      const october = await compute(tx);
      expect(await states(tx, october)).toEqual({
        ptr_root: 'below_minimum 600 of which 200',
        ptr_sub: 'computed 1500 of which 500',
      });
      await pay(tx, october);
      expect(await earningsOf(tx, 'ptr_sub')).toMatchObject({
        earnedMinor: 1500n,
        paidMinor: 1500n,
        pendingMinor: 0n,
      });
      expect(await earningsOf(tx, 'ptr_root')).toMatchObject({
        earnedMinor: 600n,
        paidMinor: 0n,
        pendingMinor: 600n,
      });
    });
  });

  it('claw back what a chargeback makes unearned, as far as payouts go, and give it back when it was won', async () => {
    await scratch.asSystem(async (tx) => {
      // 6 lots in August, before the chargeback: 30.00 and 12.00; 2 lots each in September and October: 10.00 and 4.00.
      const of = book([
        ...trade(1n, '2026-08-10', 6n * lot),
        ...trade(11n, '2026-09-10', 2n * lot),
        ...trade(21n, '2026-10-10', 2n * lot),
      ]);
      const attributions = of.attributions.map((each) => ({
        ...each,
        from: '2026-08-01T00:00:00.000Z',
      }));
      await named(tx, { ...of, attributions });
      await pay(tx, await compute(tx, '2026-08'));
      await chargedBack(tx);
      const september = await compute(tx, '2026-09');
      expect(await clawed(tx, september)).toEqual({
        ptr_root: 'below_minimum 0 after 400',
        ptr_sub: 'below_minimum 0 after 1000',
      });
      await pay(tx, september);
      // Fewer days from October on: what was taken stands until the dispute is won.
      await publish(tx, { ...defaultPartnerPlan, clawBackDays: 1 }, '2026-10-01');
      expect(await clawed(tx, await compute(tx))).toEqual({
        ptr_root: 'below_minimum 400 after 0',
        ptr_sub: 'computed 1000 after 0',
      });
      await rows(
        tx,
        `update chargeback set state = 'won', told = 'won', taken_minor = 0, owed_minor = 0, ended_at = now()`,
      );
      const october = await computeAgain(tx);
      expect(await clawed(tx, october)).toEqual({
        ptr_root: 'below_minimum 800 after -400',
        ptr_sub: 'computed 2000 after -1000',
      });
      await pay(tx, october);
      expect(await earningsOf(tx, 'ptr_sub')).toMatchObject({ earnedMinor: 5_000n });
    });
  });

  const clawed = async (tx: Tx, settlement: Settlement) =>
    Object.fromEntries(
      (await listPayouts(tx, { settlementId: settlement.id, limit: 50 })).map((payout) => [
        payout.partnerId,
        `${payout.state} ${payout.amountMinor} after ${payout.clawedBackMinor}`,
      ]),
    );

  /** The client's deposit of early August, which the bank took back at the month's end. */
  async function chargedBack(tx: Tx): Promise<void> {
    await rows(
      tx,
      `insert into deposit (id, entity_id, client_id, amount_minor, currency, provider, state, credited_at)
       values ('dep_a', :entityId, 'cl_a', 100, 'USD', 'stripe', 'credited', '2026-08-05T00:00:00Z')`,
      { entityId },
    );
    await rows(
      tx,
      `insert into chargeback (id, deposit_id, entity_id, client_id, provider, dispute_ref, amount_minor, currency, reason, state, told,
         told_at, taken_minor, owed_minor, created_at)
       values ('cb_a', 'dep_a', :entityId, 'cl_a', 'stripe', 'dp_a', 100, 'USD', 'fraudulent', 'open', 'open', now(), 0, 100,
         '2026-08-31T00:00:00Z')`,
      { entityId },
    );
  }

  /** As the feed replaces a record: the one before is kept. */
  async function edit(tx: Tx, ticket: bigint, change: string): Promise<void> {
    await rows(
      tx,
      `insert into deal_revision (server_id, ticket, revision, kind, profit_minor, swap_minor, commission_minor, fee_minor, raw, raw_hash, record)
       select server_id, ticket, 1, kind, 0, 0, 0, 0, '{}', '', to_jsonb(d) from deal d where ticket = :ticket`,
      { ticket: ticket.toString() },
    );
    await rows(tx, `update deal set ${change}, modified = true where ticket = :ticket`, {
      ticket: ticket.toString(),
    });
  }

  it('adjust in the next month what came late, was cancelled or edited, and stay what they were', async () => {
    const closed = await scratch.asSystem(async (tx) => {
      const days = ['2026-09-05', '2026-09-06', '2026-09-07'];
      await named(tx, book(days.flatMap((day, at) => trade(BigInt(at * 10 + 1), day, 2n * lot))));
      const settlement = await compute(tx, '2026-09');
      await pay(tx, settlement);
      return settlement;
    });
    await scratch.asSystem(async (tx) => {
      await seedDeals(tx, book([]), trade(41n, '2026-09-20'));
      await edit(tx, 12n, `volume = ${lot / 2n}`);
      await edit(tx, 22n, `kind = 'cancelled'`);
    });
    const october = await scratch.asSystem((tx) => compute(tx));
    await scratch.asSystem(async (tx) => {
      const lines = await listLines(tx, { settlementId: october.id, limit: 20 });
      expect(
        lines.map(({ tickets, partnerId, reason, amountMinor, adjusts, event }) => [
          tickets.join('+'),
          ...[partnerId, reason, amountMinor, adjusts === closed.id, event],
        ]),
      ).toEqual([
        ['11+12', 'ptr_sub', 'EDITED_LATER', -750n, true, 'adjustment'],
        ['11+12', 'ptr_root', 'EDITED_LATER', -300n, true, 'adjustment'],
        ['21+22', 'ptr_sub', 'CANCELLED_LATER', -1000n, true, 'adjustment'],
        ['21+22', 'ptr_root', 'CANCELLED_LATER', -400n, true, 'adjustment'],
        ['41+42', 'ptr_sub', 'LATE_DEAL', 500n, true, 'adjustment'],
        ['41+42', 'ptr_root', 'LATE_DEAL', 200n, true, 'adjustment'],
      ]);
      expect(await states(tx, october)).toEqual({
        ptr_root: 'below_minimum -500 of which 0',
        ptr_sub: 'below_minimum -1250 of which 0',
      });
      for (const settlement of [closed, october])
        expect(await recomputeSettlement(tx, settlement)).toMatchObject({
          inputHash: settlement.inputHash,
          resultHash: settlement.resultHash,
        });
    });
  });

  /** Puts a plan of the entity's own in force. */
  async function publish(tx: Tx, plan: PartnerPlan, from = '2026-01-01'): Promise<void> {
    const reason = 'offer';
    await rows(
      tx,
      `insert into policy_version (id, kind, layer, layer_key, version, body, body_hash, state, edited_by, published_by, effective_from)
       select 'pol_' || n.version, 'partner.plan', 'entity', :entityId, n.version, :body, '', 'published', array['a'], 'b', :from::timestamptz
       from (select 1 + count(*) as version from policy_version where kind = 'partner.plan' and layer = 'entity') n`,
      {
        entityId,
        from,
        body: JSON.stringify({
          title: 'Own plan',
          changes: [{ target: 'parameter', mode: 'override', name: 'plan', reason, value: plan }],
        }),
      },
    );
  }

  const summer = [
    { clientId: 'cl_a', partnerId: 'ptr_sub', from: '2026-08-01T00:00:00.000Z', to: null },
  ];

  const deposits = [
    {
      ...{ id: 'dep_a', clientId: 'cl_a', amountMinor: 25_000n, currency: 'USD' },
      time: '2026-08-05T08:00:00.000Z',
    },
  ];

  /** 40.00 for a client who deposits 200.00 and closes two lots; rebates only from then on. */
  const afterCpa: PartnerPlan = {
    ...defaultPartnerPlan,
    cpa: {
      ...{ amounts: ['40'], firstDepositMin: '200', firstDepositHours: 24, depositMin: '200' },
      ...{ lotsMin: '2', qualifyWithinDays: 60 },
    },
    rebates: 'after_cpa',
    tiersMax: 1,
  };

  const said = async (tx: Tx, settlement: Settlement) =>
    (await listLines(tx, { settlementId: settlement.id, limit: 50 })).map(
      ({ tickets, partnerId, component, reason, amountMinor }) =>
        `${tickets.join('+')} ${partnerId} ${component} ${reason} ${amountMinor}`,
    );

  const twice = async (tx: Tx, settlement: Settlement) => {
    const { inputHash, resultHash } = settlement;
    expect(await recomputeSettlement(tx, settlement)).toMatchObject({ inputHash, resultHash });
  };

  it('pay after a CPA that came by an adjustment, at once and in later months, and pay the CPA once', async () => {
    await scratch.asSystem(async (tx) => {
      await publish(tx, afterCpa);
      const deals = [
        ...trade(1n, '2026-08-10'),
        ...trade(11n, '2026-09-10'),
        ...trade(21n, '2026-10-10'),
      ];
      await named(tx, { ...book(deals), attributions: summer, deposits });
      await pay(tx, await compute(tx, '2026-08'));
    });
    await scratch.asSystem((tx) => seedDeals(tx, book([]), trade(5n, '2026-08-20')));
    const september = await scratch.asSystem(async (tx) => {
      const settlement = await compute(tx, '2026-09');
      expect(await said(tx, settlement)).toEqual([
        '11+12 ptr_sub per_lot PAID 500',
        '11+12 ptr_root per_lot BEYOND_TIERS 0',
        '5+6 ptr_sub per_lot LATE_DEAL 500',
        ' ptr_sub cpa LATE_DEAL 4000',
      ]);
      await pay(tx, settlement);
      return settlement;
    });
    await scratch.asSystem(async (tx) => {
      const october = await compute(tx);
      expect(await said(tx, october)).toEqual([
        '21+22 ptr_sub per_lot PAID 500',
        '21+22 ptr_root per_lot BEYOND_TIERS 0',
      ]);
      await twice(tx, september);
      await twice(tx, october);
    });
  });

  it('adjust once what came late, also when months are settled out of order', async () => {
    const closed = await scratch.asSystem(async (tx) => {
      await named(tx, { ...book(trade(1n, '2026-08-10', 2n * lot)), attributions: summer });
      const august = await compute(tx, '2026-08');
      await pay(tx, august);
      return august;
    });
    await scratch.asSystem((tx) => seedDeals(tx, book([]), trade(11n, '2026-08-20')));
    const october = await scratch.asSystem((tx) => compute(tx));
    const september = await scratch.asSystem((tx) => compute(tx, '2026-09'));
    await scratch.asSystem(async (tx) => {
      expect(await said(tx, october)).toEqual([
        '11+12 ptr_sub per_lot LATE_DEAL 500',
        '11+12 ptr_root per_lot LATE_DEAL 200',
      ]);
      expect(await said(tx, september)).toEqual([]);
      for (const settlement of [closed, october, september]) await twice(tx, settlement);
    });
    // Computed again, it still leaves to the other month what that one has adjusted.
    const again = await scratch.asSystem((tx) => computeAgain(tx));
    await scratch.asSystem(async (tx) => expect(await said(tx, again)).toHaveLength(2));
  });

  it('adjust for a deposit that was recorded after its month was settled', async () => {
    const august = await scratch.asSystem(async (tx) => {
      await publish(tx, afterCpa);
      await named(tx, { ...book(trade(1n, '2026-08-10', 2n * lot)), attributions: summer });
      const settlement = await compute(tx, '2026-08');
      await pay(tx, settlement);
      return settlement;
    });
    await scratch.asSystem((tx) => seedDeposits(tx, deposits));
    const september = await scratch.asSystem((tx) => compute(tx, '2026-09'));
    await scratch.asSystem(async (tx) => {
      const lines = await said(tx, september);
      expect(lines).toContain(' ptr_sub cpa LATE_DEAL 4000');
      for (const settlement of [august, september]) await twice(tx, settlement);
    });
  });

  it('stay what they were whatever becomes of those that they stand on', async () => {
    await scratch.asSystem(async (tx) => {
      await publish(tx, afterCpa);
      const deals = [...trade(1n, '2026-08-10', 2n * lot), ...trade(11n, '2026-09-10')];
      await named(tx, { ...book(deals), attributions: summer, deposits });
    });
    const august = await scratch.asSystem((tx) => compute(tx, '2026-08'));
    await scratch.asSystem((tx) => seedDeals(tx, book([]), trade(5n, '2026-08-20')));
    await scratch.asSystem(async (tx) => {
      // August is not closed yet: nothing of it is adjusted, and its CPA counts.
      const september = await compute(tx, '2026-09');
      expect(await said(tx, september)).toEqual([
        '11+12 ptr_sub per_lot PAID 500',
        '11+12 ptr_root per_lot BEYOND_TIERS 0',
      ]);
      await moveSettlement(tx, august, { from: ['in_review'], to: 'paid' });
      await twice(tx, september);
      await moveSettlement(tx, august, { from: ['paid'], to: 'rejected' });
      await twice(tx, september);
    });
  });

  it('convert an adjustment as the lines of its month, also where nothing else kept the rate', async () => {
    const inEuro = (deals: BookDeal[], profitRate: string) =>
      deals.map((deal) => ({ ...deal, currency: 'EUR', profitRate }));
    await scratch.asSystem(async (tx) => {
      const deals = inEuro(trade(1n, '2026-09-05', 2n * lot), '0.92');
      await named(tx, { ...book(deals), currency: 'EUR' });
      await pay(tx, await compute(tx, '2026-09'));
      await rows(tx, `update settlement set conversions = '[]', basis = null, engine_version = 1`);
    });
    await scratch.asSystem((tx) =>
      seedDeals(tx, book([]), inEuro(trade(41n, '2026-09-20', 2n * lot), '0.50')),
    );
    await scratch.asSystem(async (tx) => {
      // 10.00 and 4.00 USD at 0.92, as the month was paid: the late deal's own rate is another.
      expect(await said(tx, await compute(tx))).toEqual([
        '41+42 ptr_sub per_lot LATE_DEAL 920',
        '41+42 ptr_root per_lot LATE_DEAL 368',
      ]);
    });
  });

  it('count what late and cancelled deals brought in over a client’s life, and what was paid for them', async () => {
    const caps = { perDeal: null, perClient: null, perPeriod: null, lifetimePercent: '50' };
    const lives = (tx: Tx) =>
      rows(
        tx,
        `select f.period as of, o.period as by, trim_scale(c.revenue_minor) as revenue, c.paid_minor as paid from settlement_client c
         join settlement f on f.id = c.of_settlement join settlement o on o.id = c.settlement_id order by 1, 2`,
      );
    await scratch.asSystem(async (tx) => {
      await publish(tx, { ...defaultPartnerPlan, caps, capAtRevenue: false });
      const deals = [
        ...[...trade(1n, '2026-08-10'), ...trade(11n, '2026-08-11')],
        ...[...trade(31n, '2026-09-10'), ...trade(41n, '2026-10-10')],
      ];
      await named(tx, { ...book(deals), attributions: summer });
      await pay(tx, await compute(tx, '2026-08'));
    });
    await scratch.asSystem(async (tx) => {
      await seedDeals(tx, book([]), trade(5n, '2026-08-20', 3n * lot));
      await edit(tx, 12n, `kind = 'cancelled'`);
    });
    await scratch.asSystem(async (tx) => pay(tx, await compute(tx, '2026-09')));
    await scratch.asSystem(async (tx) => {
      const october = await compute(tx);
      // Spread of 20.00 a lot and 7.00 paid: two lots at first, four with the late deal and without the cancelled one.
      expect(await lives(tx)).toEqual([
        { of: '2026-08', by: '2026-08', revenue: '4000', paid: '1400' },
        { of: '2026-08', by: '2026-09', revenue: '4000', paid: '1400' },
        { of: '2026-09', by: '2026-09', revenue: '2000', paid: '700' },
        { of: '2026-10', by: '2026-10', revenue: '2000', paid: '700' },
      ]);
      await twice(tx, october);
    });
  });

  it('take the average spread that they were computed with, whatever it is now', async () => {
    const unknown = (deals: BookDeal[]) => deals.map((deal) => ({ ...deal, bid: null, ask: null }));
    const averages = (tx: Tx, points: string) =>
      rows(tx, 'update symbol set average_spread_points = :points', { points });
    const groups = defaultPartnerPlan.groups.map((each) => ({
      ...{ ...each, ratesPerLot: [], spreadPercents: ['50', '25'] },
    }));
    await scratch.asSystem(async (tx) => {
      await publish(tx, { ...defaultPartnerPlan, groups, tiersMax: 1 });
      const deals = [...trade(1n, '2026-09-10'), ...trade(11n, '2026-10-10')];
      await named(tx, book(unknown(deals)));
      await averages(tx, '12');
      await pay(tx, await compute(tx, '2026-09'));
    });
    await scratch.asSystem((tx) => seedDeals(tx, book([]), unknown(trade(5n, '2026-09-20'))));
    await scratch.asSystem(async (tx) => {
      await averages(tx, '20');
      const october = await compute(tx);
      // 20 points are 20.00, a quarter of it 5.00; the late deal is September's, at its 12 points.
      expect((await said(tx, october)).filter((line) => line.includes('ptr_sub'))).toEqual([
        '11+12 ptr_sub spread PAID 500',
        '5+6 ptr_sub spread LATE_DEAL 300',
      ]);
      await averages(tx, '99');
      await twice(tx, october);
      await twice(tx, await settlementOf(tx, { planSet: 'ps_book', period: '2026-09' }));
    });
  });

  it('set what is below zero off against what is earned next, once', async () => {
    await scratch.asSystem(async (tx) => {
      await named(tx, book(trade(1n, '2026-10-10', 5n * lot)));
      await rows(
        tx,
        `insert into settlement (id, plan_set, entity_id, period, from_at, to_at, state, currency, computed_at)
         values ('stl_before', 'ps_book', :entityId, '2026-09', '2026-09-01', '2026-10-01', 'paid', 'USD', now())`,
        { entityId },
      );
      await rows(
        tx,
        `insert into settlement_payout (id, settlement_id, entity_id, partner_id, amount_minor, currency, lines, state)
         values ('po_sub', 'stl_before', :entityId, 'ptr_sub', -700, 'USD', 0, 'below_minimum'),
           ('po_root', 'stl_before', :entityId, 'ptr_root', -700, 'USD', 0, 'forgiven')`,
        { entityId },
      );
      const october = await compute(tx);
      expect(await states(tx, october)).toEqual({
        ptr_root: 'computed 1000 of which 0',
        ptr_sub: 'computed 1800 of which -700',
      });
      expect(await earningsOf(tx, 'ptr_root')).toMatchObject({ earnedMinor: 1000n });
      expect(await earningsOf(tx, 'ptr_sub')).toMatchObject({ earnedMinor: 1800n });
    });
  });

  it('withhold the payout of a partner who is suspended, and change no line', async () => {
    await scratch.asSystem(async (tx) => {
      await named(tx, book(trade(1n, '2026-10-10', 5n * lot)));
      const october = await compute(tx);
      const change = { reasonCode: 'complaint', reason: 'review', expectedVersion: 1 };
      await suspendPartner(tx, 'ptr_sub', change);
      await expect(suspendPartner(tx, 'ptr_sub', change)).rejects.toMatchObject({ code: 'stale' });
      await pay(tx, october);
      expect(await states(tx, october)).toEqual({
        ptr_root: 'paid 1000 of which 0',
        ptr_sub: 'withheld 2500 of which 0',
      });
      expect(await recomputeSettlement(tx, october)).toMatchObject({
        inputHash: october.inputHash,
        resultHash: october.resultHash,
      });
    });
  });

  it('pay what was withheld of a partner with the next payout when the suspension is lifted', async () => {
    await scratch.asSystem(async (tx) => {
      await named(
        tx,
        book([...trade(1n, '2026-09-10', 5n * lot), ...trade(11n, '2026-10-10', 5n * lot)]),
      );
      const change = { reasonCode: 'other', reason: 'review' };
      await suspendPartner(tx, 'ptr_sub', { ...change, expectedVersion: 1 });
      const september = await compute(tx, '2026-09');
      await pay(tx, september);
      const [withheld] = await listPayouts(tx, { partnerId: 'ptr_sub', limit: 1 });
      expect(withheld).toMatchObject({ state: 'withheld', failure: 'PARTNER_SUSPENDED' });
      await reinstatePartner(tx, 'ptr_sub', { ...change, expectedVersion: 2 });
      const october = await compute(tx);
      await pay(tx, october);
      expect(await states(tx, october)).toMatchObject({ ptr_sub: 'paid 5000 of which 2500' });
    });
  });

  /** As the end of an agreement is decided: the unit of `db/partner-standing.ts` is tested there. */
  const end = (tx: Tx, state: 'terminated' | 'deceased', of: { unpaid: string; at: string }) =>
    rows(
      tx,
      `with ended as (update partner set state = :state where id = 'ptr_sub' returning id)
       insert into partner_standing (partner_id, entity_id, state, reason_code, from_at, links, unpaid)
       select id, :entityId, :state, 'other', :at::timestamptz, false, :unpaid from ended`,
      { state, entityId, ...of },
    );

  it.each([
    ['terminated', 'pay', 'paid 500 of which 500', null],
    ['terminated', 'forfeit', 'forfeited 500 of which 500', 'PARTNER_TERMINATED'],
    ['deceased', 'hold', 'withheld 500 of which 500', 'PARTNER_DECEASED'],
  ] as const)(
    'of a partner who is %s give nothing from then on; what was left is, by the rule %s, %s',
    async (state, unpaid, left, failure) => {
      await scratch.asSystem(async (tx) => {
        await named(tx, book([...trade(1n, '2026-09-10'), ...trade(11n, '2026-10-10', 5n * lot)]));
        await pay(tx, await compute(tx, '2026-09'));
        await end(tx, state, { unpaid, at: '2026-10-05T00:00:00Z' });
        const october = await compute(tx);
        const lines = await rows(
          tx,
          `select partner_id, reason, amount_minor from settlement_line where settlement_id = :id order by line`,
          { id: october.id },
        );
        expect(lines).toEqual([
          {
            ...{ partner_id: 'ptr_sub', reason: `PARTNER_${state.toUpperCase()}` },
            amount_minor: '0',
          },
          { partner_id: 'ptr_root', reason: 'PAID', amount_minor: '1000' },
        ]);
        await pay(tx, october);
        expect(await states(tx, october)).toMatchObject({ ptr_sub: left });
        const [payout] = await listPayouts(tx, { partnerId: 'ptr_sub', limit: 1 });
        expect(payout?.failure).toBe(failure);
        const told = payout && (await statementCsv(tx, payout));
        expect(told).toContain(`Total,,${failure ?? ''},,,5.00,USD`);
        expect(await earningsOf(tx, 'ptr_sub')).toMatchObject({
          pendingMinor: unpaid === 'hold' ? 500n : 0n,
          paidMinor: unpaid === 'pay' ? 500n : 0n,
        });
        expect(await recomputeSettlement(tx, october)).toMatchObject({
          ...{ inputHash: october.inputHash, resultHash: october.resultHash },
        });
      });
    },
  );

  it('that were computed before an agreement ended do not change with it', async () => {
    await scratch.asSystem(async (tx) => {
      await named(tx, book(trade(1n, '2026-10-10', 5n * lot)));
      const october = await compute(tx);
      await end(tx, 'terminated', { unpaid: 'pay', at: '2026-11-01T00:00:00Z' });
      expect(await recomputeSettlement(tx, october)).toMatchObject({
        ...{ inputHash: october.inputHash, resultHash: october.resultHash },
      });
    });
  });

  it('pay by the plan that was in force when the deal was closed', async () => {
    await scratch.asSystem(async (tx) => {
      await named(tx, book([...trade(1n, '2026-10-10'), ...trade(11n, '2026-10-20')]));
      await rows(
        tx,
        `insert into policy_version (id, kind, layer, layer_key, version, body, body_hash, state, edited_by, published_by, effective_from)
         values ('pol_2', 'partner.plan', 'entity', :entityId, 1, :body, '', 'published', array['a'], 'b', '2026-10-15T00:00:00Z')`,
        {
          entityId,
          body: JSON.stringify({
            title: 'More for sub-partners',
            changes: [
              {
                target: 'parameter',
                mode: 'override',
                name: 'plan',
                reason: 'offer',
                value: {
                  ...defaultPartnerPlan,
                  groups: [
                    {
                      name: 'All',
                      symbols: ['*'],
                      ratesPerLot: ['8', '6'],
                      minMovePoints: null,
                    },
                  ],
                },
              },
            ],
          }),
        },
      );
      const october = await compute(tx);
      const lines = await listLines(tx, { settlementId: october.id, limit: 10 });
      expect(
        lines.map(({ tickets, rate, planVersion }) => [
          tickets[1],
          rate,
          planVersion.split('+').length,
        ]),
      ).toEqual([
        ['2', '5', 1],
        ['2', '2', 1],
        ['12', '6', 2],
        ['12', '2', 2],
      ]);
      expect((await planSegments(tx, october)).map(({ from }) => from.slice(0, 10))).toEqual([
        '2026-10-01',
        '2026-10-15',
      ]);
      expect(october.policyPins).toHaveLength(2);
    });
  });

  it('try a plan on a past month: who gains, who loses', async () => {
    await scratch.asSystem((tx) => named(tx, book(trade(1n, '2026-10-10', 5n * lot))));
    const groups = defaultPartnerPlan.groups.map((group) => ({
      ...group,
      ratesPerLot: ['7', '6.5'],
    }));
    const of = { planSet: 'ps_book', period: '2026-10', plan: { ...defaultPartnerPlan, groups } };
    expect(await as(manager, (tx) => tryPlan(tx, of))).toEqual({
      currency: 'USD',
      rows: [
        { partnerId: 'ptr_root', beforeMinor: 1000n, afterMinor: 250n },
        { partnerId: 'ptr_sub', beforeMinor: 2500n, afterMinor: 3250n },
      ],
    });
    await expect(as(stranger, (tx) => tryPlan(tx, of))).rejects.toMatchObject({ status: 404 });
  });

  it('work an example of a plan out with the same engine, and leave nothing of it', async () => {
    const trade = {
      ...{ symbol: 'EURUSD', volume: lot, digits: 5, spreadPoints: 12, movePoints: 60 },
      ...{ minutes: 60, trades: 1, level: 2 },
    };
    const lines = await exampleLines(scratch.db, { plan: defaultPartnerPlan, trade });
    expect(lines.map(({ partner, reason, amountMinor }) => [partner, reason, amountMinor])).toEqual(
      [
        ['level 2', 'PAID', 500n],
        ['level 1', 'PAID', 200n],
      ],
    );
    const still = { ...defaultPartnerPlan, minHoldSeconds: 7_200 };
    const [short] = await exampleLines(scratch.db, { plan: still, trade });
    expect(short?.reason).toBe('MIN_HOLD');
    const left = await scratch.asSystem((tx) =>
      rows(tx, 'select 1 from partner union all select 1 from deal'),
    );
    expect(left).toEqual([]);
  });

  it('answer why a deal was paid or not, to those who may know', async () => {
    await scratch.asSystem(async (tx) => {
      const free = trade(31n, '2026-10-11').map((deal) => ({ ...deal, clientId: 'cl_free' }));
      const next = trade(41n, '2026-11-02');
      await named(tx, book([...trade(1n, '2026-10-10'), ...free, ...next]));
      await compute(tx);
      await seedDeals(tx, book([]), trade(51n, '2026-10-12'));
    });
    const ask = (scope: Scope, ticket: string) =>
      as(scope, async (tx) => (await whyNotPaid(tx, { serverId, ticket })).code);
    const tree = await as(manager, (tx) => partnerTreeIds(tx, 'ptr_root'));
    expect(tree).toEqual(['ptr_root', 'ptr_sub']);
    const root = partnerScope('ptr_root', tree);
    expect(await ask(manager, '2')).toBe('PAID');
    expect(await ask(root, '2')).toBe('PAID');
    expect(await ask(manager, '32')).toBe('NO_PARTNER');
    expect(await ask(manager, '42')).toBe('NOT_SETTLED_YET');
    expect(await ask(manager, '41')).toBe('PAYS_ON_CLOSE');
    expect(await ask(manager, '52')).toBe('CAME_LATE');
    for (const [scope, ticket] of [
      [root, '32'],
      [partnerScope('ptr_other', ['ptr_other']), '2'],
      [stranger, '2'],
      [manager, '999'],
    ] as const)
      await expect(ask(scope, ticket)).rejects.toMatchObject({ status: 404 });
  });

  it('show a partner the own network only', async () => {
    await scratch.asSystem(async (tx) => {
      await named(tx, book(trade(1n, '2026-10-10', 5n * lot)));
      await compute(tx);
      await addParty(
        tx,
        { entityId, clientId: 'cl_a', role: 'holder' },
        { name: 'Quirina Plantedname', email: 'q@example.com' },
      );
    });
    const sub = partnerScope('ptr_sub', ['ptr_sub']);
    const payouts = await as(sub, (tx) => listPayouts(tx, { limit: 10 }));
    expect(payouts).toMatchObject([
      { partnerId: 'ptr_sub', period: '2026-10', amountMinor: 2500n },
    ]);
    const settlementId = payouts[0]?.settlementId ?? '';
    const seen = (scope: Scope) => as(scope, (tx) => listLines(tx, { settlementId, limit: 10 }));
    expect((await seen(sub)).map(({ partnerId }) => partnerId)).toEqual(['ptr_sub']);
    expect(await seen(partnerScope('ptr_other', ['ptr_other']))).toEqual([]);
    expect(await as(sub, (tx) => referredClients(tx, { limit: 10 }))).toMatchObject([
      { clientId: 'cl_a', maskedName: 'Q••• P•••', lots: '5' },
    ]);
    await expect(as(sub, (tx) => readPartner(tx, 'ptr_root'))).rejects.toMatchObject({
      status: 404,
    });
  });

  it('wait for every server on which the clients trade', async () => {
    await scratch.asSystem(async (tx) => {
      await seedBook(tx, book([]));
      const { settlement, isNew } = await startSettlement(tx, {
        planSet: 'ps_book',
        period: '2026-10',
      });
      expect(isNew).toBe(true);
      expect((await startSettlement(tx, { planSet: 'ps_book', period: '2026-10' })).isNew).toBe(
        false,
      );
      const behind = () => feedsBehind(tx, settlement, 15);
      expect(await behind()).toEqual([]);
      await rows(
        tx,
        `insert into trading_account (id, entity_id, client_id, server_id, login, group_name, account_type, currency, leverage, state)
         values ('acc_1', :entityId, 'cl_a', :serverId, '5001', 'g', 's', 'USD', 30, 'active')`,
        { entityId, serverId },
      );
      expect(await behind()).toEqual([{ serverId, missing: 'watermark', declared: null }]);
      await rows(
        tx,
        `insert into feed (server_id, watermark) values (:serverId, '2026-11-01T00:14:59Z')`,
        { serverId },
      );
      expect(await behind()).toEqual([{ serverId, missing: 'watermark', declared: null }]);
      await rows(
        tx,
        `insert into halt (id, scope, scope_key, kind, set_by) values ('dcl_1', 'server', :serverId, 'outage', 'usr_1')`,
        { serverId },
      );
      expect(await behind()).toEqual([{ serverId, missing: 'watermark', declared: 'outage' }]);
      await rows(tx, 'update halt set lifted_at = clock_timestamp()');
      await rows(tx, `update feed set watermark = '2026-11-01T00:15:00Z'`);
      expect(await behind()).toEqual([]);
      await rows(
        tx,
        `insert into feed_backfill (id, server_id, from_at, to_at, requested_by)
         values ('cmd_1', :serverId, '2026-10-31T00:00:00Z', '2026-11-02T00:00:00Z', 'x')`,
        { serverId },
      );
      expect(await behind()).toEqual([{ serverId, missing: 'backfill', declared: null }]);
      await rows(tx, `update feed_backfill set state = 'done'`);
      await seedDeals(tx, book([]), trade(1n, '2026-10-10'));
      expect(await behind()).toEqual([{ serverId, missing: 'owners', declared: null }]);
    });
  });

  it('are not started for a month that goes on, nor for another entity', async () => {
    await scratch.asSystem((tx) => seedBook(tx, book([])));
    const start = (scope: Scope, name: string) =>
      as(scope, (tx) => startSettlement(tx, { planSet: 'ps_book', period: name }));
    await expect(start(manager, '2999-01')).rejects.toMatchObject({ code: 'period_not_over' });
    await expect(start(manager, 'October')).rejects.toMatchObject({ status: 400 });
    await expect(start(stranger, '2026-10')).rejects.toMatchObject({ status: 404 });
  });
});
