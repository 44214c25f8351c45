import { defaultPartnerPlan } from '../../domain/partners/default-plan';
import type { PartnerPlan } from '../../domain/partners/plan';
import type { Scratch } from '../../tests/proofs/scratch';
import {
  type Book,
  type BookDeal,
  entityId,
  nothingElse,
  period,
  plainDeal,
} from '../../tests/settlement/book';
import { openSettlementScratch } from '../../tests/settlement/people';
import { withinBook } from '../../tests/settlement/run-book';
import { rows, type Tx } from '../connection';
import { computeAndAsk } from './compute';
import { listHolds } from './holds';
import { moveSettlement, settlementOf, startSettlement } from './settlements';

interface Trade {
  readonly client?: string;
  readonly lots?: number;
  /** Whole ones. */
  readonly seconds?: number;
  /** Seconds after the trade's own hour. */
  readonly late?: number;
  readonly side?: 'buy' | 'sell';
  readonly close?: string;
  readonly ask?: string;
}

/** One after the other, an hour between the openings. */
function deals(trades: readonly Trade[]): BookDeal[] {
  return trades.flatMap((of, at) => {
    const { client = 'cl_a', lots = 1, seconds = 1_800, late = 0, side = 'buy' } = of;
    const { close = '1.20000', ask = '1.10020' } = of;
    // Each pair of trades of two clients shares an hour.
    const hour = client === 'cl_a' ? at : at - 1;
    const opened = Date.parse(period.from) + hour * 3_600_000 + late * 1_000;
    const common = {
      ...plainDeal,
      ...{ position: BigInt(at + 1), login: client, clientId: client, kind: 'trade' as const },
      ...{ symbol: 'EURUSD', volume: BigInt(lots) * 100_000_000n, commissionMinor: 0n },
      ...{ currency: 'USD', bid: '1.10000', ask, profitRate: '1' },
    };
    const closing = side === 'buy' ? ('sell' as const) : ('buy' as const);
    return [
      {
        ...{ ...common, ticket: BigInt(2 * at + 1), entry: 'in' as const, side },
        ...{ time: new Date(opened).toISOString(), price: '1.10000' },
      },
      {
        ...{ ...common, ticket: BigInt(2 * at + 2), entry: 'out' as const, side: closing },
        ...{ time: new Date(opened + seconds * 1_000).toISOString(), price: close },
      },
    ];
  });
}

const many = (n: number, trade: Trade = {}): Trade[] => Array.from({ length: n }, () => trade);

/** Two clients who trade against each other, hour by hour. */
const pairs = (n: number, other: Trade): Trade[] =>
  Array.from({ length: n }, () => [{}, { client: 'cl_b', side: 'sell' as const, ...other }]).flat();

interface Case {
  readonly trades: readonly Trade[];
  readonly deposited?: number;
  readonly plan?: PartnerPlan;
  readonly related?: 'family';
  readonly partners?: { readonly root?: string; readonly sub?: string; readonly ofB?: string };
  readonly moves?: Book['moves'];
  readonly prepare?: (tx: Tx) => Promise<unknown>;
}

function bookOf({ trades, deposited, plan, related, moves = [], partners = {} }: Case): Book {
  const since = { from: '2026-09-01T00:00:00.000Z', to: null };
  const as = (clientId: string | undefined) => (clientId === undefined ? {} : { clientId });
  return {
    ...{ planSet: 'ps_book', currency: 'USD', ...nothingElse },
    plan: plan ?? defaultPartnerPlan,
    partners: [
      { id: 'ptr_root', parentId: null, level: 1, ...as(partners.root) },
      { id: 'ptr_sub', parentId: 'ptr_root', level: 2, ...as(partners.sub) },
      { id: 'ptr_other', parentId: 'ptr_root', level: 2 },
    ],
    moves,
    attributions: [
      { clientId: 'cl_a', partnerId: 'ptr_sub', ...since, ...(related ? { related } : {}) },
      { clientId: 'cl_b', partnerId: partners.ofB ?? 'ptr_sub', ...since },
      { clientId: 'cl_root', partnerId: 'ptr_other', ...since },
    ],
    symbols: [
      {
        ...{ name: 'EURUSD', digits: 5, contractSize: '100000', profitCurrency: 'USD' },
        averageSpreadPoints: null,
      },
    ],
    deals: deals(trades),
    deposits:
      deposited === undefined
        ? []
        : [
            {
              ...{ id: 'dep_a', clientId: 'cl_a', amountMinor: BigInt(deposited) * 100n },
              ...{ currency: 'USD', time: '2026-09-05T08:00:00.000Z' },
            },
          ],
  };
}

const uncapped = { ...defaultPartnerPlan, capAtRevenue: false };

async function publish(tx: Tx, plan: PartnerPlan): Promise<void> {
  const change = { target: 'parameter', mode: 'override', name: 'plan', reason: 'offer' };
  await rows(
    tx,
    `insert into policy_version (id, kind, layer, layer_key, version, body, body_hash, state, edited_by, published_by, effective_from)
     values ('pol_plan', 'partner.plan', 'entity', :entityId, 1, :body, '', 'published', array['a'], 'b', '2026-01-01T00:00:00Z')`,
    { entityId, body: JSON.stringify({ title: 'Own', changes: [{ ...change, value: plan }] }) },
  );
}

const instrument = (client: string, mark: string) => (tx: Tx) =>
  rows(
    tx,
    `insert into payment_source (id, entity_id, client_id, kind, provider, fingerprint_index, label_ct, details_ct)
     values ('src_' || :client, :entityId, :client, 'card', 'stripe', :mark, '', '')`,
    { client, mark, entityId },
  );

const logIn = (kind: 'client' | 'partner', id: string, address: string) => (tx: Tx) =>
  rows(
    tx,
    `insert into user_account (id, kind, entity_id, client_id, partner_id, email_index, email_ct, name_ct)
     values ('usr_' || :id, :kind, :entityId, case :kind when 'client' then :id end, case :kind when 'partner' then :id end, :address, '', '')`,
    { id, kind, address, entityId },
  );

const all =
  (...steps: readonly ((tx: Tx) => Promise<unknown>)[]) =>
  async (tx: Tx) => {
    for (const step of steps) await step(tx);
  };

/** What somebody is known again by, as the digest that the index would keep. */
const known =
  (personId: string, field: 'ip' | 'name' | 'address', digest: string, seenAt = '2026-10-31') =>
  (tx: Tx) =>
    rows(
      tx,
      `insert into blind_index (field, digest, person_id, seen_at) values (:field, :digest, :personId, :seenAt::timestamptz)`,
      { field, digest, personId, seenAt: `${seenAt}T00:00:00Z` },
    );

const holder =
  (client: string, role = 'holder') =>
  (tx: Tx) =>
    rows(
      tx,
      `insert into party (id, entity_id, client_id, role, name_ct, email_ct) values ('pty_' || :client, :entityId, :client, :role, '', '')`,
      { client, role, entityId },
    );

/** So many clients more of a partner, each of the same in one field. */
const others =
  (n: number, field: 'ip' | 'name' | 'address', digest: string, partnerId = 'ptr_sub') =>
  async (tx: Tx) => {
    for (const client of Array.from({ length: n }, (_, at) => `cl_other${at}`)) {
      await rows(
        tx,
        `insert into client (id, entity_id, residence, state, currency, locale) values (:client, :entityId, 'CY', 'approved', 'USD', 'en')`,
        { client, entityId },
      );
      await rows(
        tx,
        `insert into attribution (client_id, partner_id, entity_id, from_at, actor)
         values (:client, :partnerId, :entityId, '2026-09-01T00:00:00Z', 'system:test')`,
        { client, partnerId, entityId },
      );
      const person = field === 'ip' ? `usr_${client}` : `pty_${client}`;
      await (field === 'ip' ? logIn('client', client, client) : holder(client))(tx);
      await known(person, field, digest)(tx);
    }
  };

const clicked = (seconds: number, from: string) => (tx: Tx) =>
  rows(
    tx,
    `update attribution set click_seconds = :seconds, from_at = :from::timestamptz where client_id = 'cl_a'`,
    { seconds, from },
  );

describe('signals of fraud', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openSettlementScratch();
  }, 60_000);

  afterAll(() => scratch.close());

  /** Whom the shipped rules hold of October, or of its first days, and why. */
  async function heldOf(of: Case, days: readonly string[] = []): Promise<string[]> {
    return withinBook(scratch, bookOf(of), async (tx) => {
      if (of.plan) await publish(tx, of.plan);
      await of.prepare?.(tx);
      if (days.length > 0) await rows(tx, `update plan_set set period = 'daily'`);
      const held: string[] = [];
      for (const name of days.length === 0 ? [period.name] : days) {
        const key = { planSet: 'ps_book', period: name };
        const { settlement } = await startSettlement(tx, key);
        await moveSettlement(tx, settlement, { from: ['waiting_for_feed'], to: 'computing' });
        await computeAndAsk(tx, await settlementOf(tx, key));
        const holds = await listHolds(tx, { settlementId: settlement.id, limit: 10 });
        const told = holds.map(({ clientId, reasons }) => `${clientId} ${reasons.join()}`).sort();
        held.push(...told.map((hold) => (days.length === 0 ? hold : `${name} ${hold}`)));
      }
      return held;
    });
  }

  const table: readonly (readonly [string, Case, readonly string[]])[] = [
    ['nothing of five lots in half an hour each', { trades: many(5) }, []],
    [
      'lots that were closed at once',
      { trades: [...many(3, { seconds: 119 }), ...many(2)] },
      ['cl_a WASH_LOTS'],
    ],
    ['not half of them', { trades: [...many(3, { seconds: 119 }), ...many(3)] }, []],
    ['not after the seconds', { trades: many(5, { seconds: 120 }) }, []],
    [
      'lots that hardly moved',
      { trades: [...many(3, { close: '1.10010' }), ...many(2)] },
      ['cl_a WASH_LOTS'],
    ],
    ['not those that moved a point more', { trades: many(5, { close: '1.10011' }) }, []],
    ['not of fewer lots', { trades: many(4, { seconds: 1 }) }, []],
    ['more lots than the deposits explain', { trades: [{ lots: 201 }] }, ['cl_a CHURNING']],
    ['not just as many', { trades: [{ lots: 200 }] }, []],
    ['not with more deposited', { trades: [{ lots: 201 }], deposited: 1_005 }, []],
    ['and with too little', { trades: [{ lots: 201 }], deposited: 1_004 }, ['cl_a CHURNING']],
    [
      'opposite trades of two clients of a partner',
      { trades: pairs(5, { late: 60 }) },
      ['cl_a OPPOSITE_TRADES', 'cl_b OPPOSITE_TRADES'],
    ],
    ['not later ones', { trades: pairs(5, { late: 61 }) }, []],
    ['not the same side', { trades: pairs(5, { side: 'buy' }) }, []],
    ['not of another partner’s', { trades: pairs(5, {}), partners: { ofB: 'ptr_other' } }, []],
    ['a relation on record', { trades: many(3), related: 'family' }, ['cl_a SELF_REFERRAL']],
    ['not of a small sum', { trades: many(2), related: 'family' }, []],
    [
      'a partner’s way of paying',
      {
        ...{ trades: many(3), partners: { root: 'cl_root' } },
        prepare: all(instrument('cl_root', 'one'), instrument('cl_a', 'one')),
      },
      ['cl_a SELF_REFERRAL'],
    ],
    [
      'not another one',
      {
        ...{ trades: many(3), partners: { root: 'cl_root' } },
        prepare: all(instrument('cl_root', 'one'), instrument('cl_a', 'two')),
      },
      [],
    ],
    [
      'a partner’s address',
      {
        trades: many(3),
        prepare: all(logIn('partner', 'ptr_sub', 'one'), logIn('client', 'cl_a', 'one')),
      },
      ['cl_a SELF_REFERRAL'],
    ],
    [
      'not the address of a partner who gets nothing',
      {
        trades: many(3),
        prepare: all(logIn('partner', 'ptr_other', 'one'), logIn('client', 'cl_a', 'one')),
      },
      [],
    ],
    [
      'a sub-partner who is the one above',
      { trades: many(3), partners: { root: 'cl_root', sub: 'cl_root' } },
      ['cl_a PHANTOM_SUB_PARTNER'],
    ],
    ['not another person', { trades: many(3), partners: { root: 'cl_root', sub: 'cl_b' } }, []],
    [
      'the same way of paying on two levels',
      {
        ...{ trades: many(3), partners: { root: 'cl_root', sub: 'cl_b' } },
        prepare: all(instrument('cl_root', 'one'), instrument('cl_b', 'one')),
      },
      ['cl_a PHANTOM_SUB_PARTNER'],
    ],
    [
      'two levels that were moved apart since',
      {
        ...{ trades: many(3), partners: { root: 'cl_root', sub: 'cl_b' } },
        moves: [{ partnerId: 'ptr_sub', parentId: null, at: '2026-10-20T00:00:00.000Z' }],
        prepare: all(instrument('cl_root', 'one'), instrument('cl_b', 'one')),
      },
      ['cl_a PHANTOM_SUB_PARTNER'],
    ],
    [
      'more than the trades brought in',
      { trades: many(3, { ask: '1.10006' }), plan: uncapped },
      ['cl_a PAID_ABOVE_REVENUE'],
    ],
    ['not just as much', { trades: many(3, { ask: '1.10007' }), plan: uncapped }, []],
    [
      'a registration in no time',
      { trades: many(3), prepare: clicked(9, '2026-10-01T00:00:00Z') },
      ['cl_a FAST_REGISTRATION'],
    ],
    ['not in some', { trades: many(3), prepare: clicked(10, '2026-10-01T00:00:00Z') }, []],
    [
      'not of an earlier month',
      { trades: many(3), prepare: clicked(9, '2026-09-30T00:00:00Z') },
      [],
    ],
    [
      'the name of a partner',
      {
        trades: many(3),
        prepare: all(
          ...[holder('cl_a'), known('pty_cl_a', 'name', 'n')],
          known('ptr_root', 'name', 'n'),
        ),
      },
      ['cl_a SHARED_NAME'],
    ],
    [
      'not of a partner who gets nothing, nor another one',
      {
        trades: many(3),
        prepare: all(
          ...[holder('cl_a'), known('pty_cl_a', 'name', 'n')],
          ...[known('ptr_other', 'name', 'n'), known('ptr_sub', 'name', 'm')],
        ),
      },
      [],
    ],
    [
      'the postal address of a partner',
      {
        trades: many(3),
        prepare: all(
          ...[holder('cl_a'), known('pty_cl_a', 'address', 'a')],
          known('ptr_sub', 'address', 'a'),
        ),
      },
      ['cl_a SHARED_ADDRESS'],
    ],
    [
      'not what is a name here and an address there',
      {
        trades: many(3),
        prepare: all(
          ...[holder('cl_a'), known('pty_cl_a', 'address', 'a')],
          known('ptr_sub', 'name', 'a'),
        ),
      },
      [],
    ],
    [
      'not the name of who acts for the client',
      {
        trades: many(3),
        prepare: all(
          ...[holder('cl_a', 'attorney'), known('pty_cl_a', 'name', 'n')],
          known('ptr_sub', 'name', 'n'),
        ),
      },
      [],
    ],
    [
      'the name of the client that a partner is',
      {
        ...{ trades: many(3), partners: { root: 'cl_root' } },
        prepare: all(
          ...[holder('cl_a'), known('pty_cl_a', 'name', 'n')],
          ...[holder('cl_root'), known('pty_cl_root', 'name', 'n')],
        ),
      },
      ['cl_a SHARED_NAME'],
    ],
    [
      'not the name of a partner’s own account that the plan pays',
      {
        ...{ trades: many(3), partners: { sub: 'cl_a' } },
        plan: { ...defaultPartnerPlan, ownTrades: 'paid' },
        prepare: all(
          ...[holder('cl_a'), known('pty_cl_a', 'name', 'n')],
          known('ptr_sub', 'name', 'n'),
        ),
      },
      [],
    ],
    [
      'the IP address of a partner’s log-in',
      {
        trades: many(3),
        prepare: all(
          ...[logIn('partner', 'ptr_sub', 'one'), logIn('client', 'cl_a', 'two')],
          ...[known('usr_ptr_sub', 'ip', 'i'), known('usr_cl_a', 'ip', 'i', '2026-08-04')],
        ),
      },
      ['cl_a SHARED_IP'],
    ],
    [
      'not one of longer ago',
      {
        trades: many(3),
        prepare: all(
          ...[logIn('partner', 'ptr_sub', 'one'), logIn('client', 'cl_a', 'two')],
          ...[known('usr_ptr_sub', 'ip', 'i'), known('usr_cl_a', 'ip', 'i', '2026-08-02')],
        ),
      },
      [],
    ],
    [
      'the IP address of five other clients',
      {
        trades: many(3),
        prepare: all(
          ...[logIn('client', 'cl_a', 'a'), known('usr_cl_a', 'ip', 'i')],
          others(5, 'ip', 'i'),
        ),
      },
      ['cl_a SHARED_IP'],
    ],
    [
      'not of four',
      {
        trades: many(3),
        prepare: all(
          ...[logIn('client', 'cl_a', 'a'), known('usr_cl_a', 'ip', 'i')],
          others(4, 'ip', 'i'),
        ),
      },
      [],
    ],
    [
      'not of another partner’s clients',
      {
        trades: many(3),
        prepare: all(
          ...[logIn('client', 'cl_a', 'a'), known('usr_cl_a', 'ip', 'i')],
          others(5, 'ip', 'i', 'ptr_other'),
        ),
      },
      [],
    ],
    [
      'the name of two others',
      {
        trades: many(3),
        prepare: all(...[holder('cl_a'), known('pty_cl_a', 'name', 'n')], others(2, 'name', 'n')),
      },
      ['cl_a SHARED_NAME'],
    ],
    [
      'the postal address of three others',
      {
        trades: many(3),
        prepare: all(
          ...[holder('cl_a'), known('pty_cl_a', 'address', 'a')],
          others(3, 'address', 'a'),
        ),
      },
      ['cl_a SHARED_ADDRESS'],
    ],
    [
      'not of two',
      {
        trades: many(3),
        prepare: all(
          ...[holder('cl_a'), known('pty_cl_a', 'address', 'a')],
          others(2, 'address', 'a'),
        ),
      },
      [],
    ],
  ];

  it.each(table)('hold %s', async (_, of, held) => {
    expect(await heldOf(of)).toEqual(held);
  });

  /** A trade an hour: of the first 24 hours, the next ones, and the rest. */
  const days = ['2026-10-01', '2026-10-02', '2026-10-03'];
  const byTheDay: readonly (readonly [string, Case, readonly string[]])[] = [
    [
      'more lots in a month than its deposits explain, from the day on that makes it so',
      { trades: many(67, { lots: 3 }) },
      ['2026-10-03 cl_a CHURNING'],
    ],
    ['not just as many', { trades: [...many(66, { lots: 3 }), { lots: 2 }] }, []],
    [
      'what was closed at once on two days together',
      { trades: [...many(4, { seconds: 1 }), ...many(20, { lots: 0 }), { seconds: 1 }] },
      ['2026-10-02 cl_a WASH_LOTS'],
    ],
    [
      'a registration in no time on an earlier day',
      { trades: many(3), prepare: clicked(9, '2026-09-20T00:00:00Z') },
      ['2026-10-01 cl_a FAST_REGISTRATION'],
    ],
    [
      'not one of more than a month ago',
      { trades: many(3), prepare: clicked(9, '2026-09-01T23:59:59Z') },
      [],
    ],
    [
      'a relation on record, when the sums of the month are no small ones',
      { trades: [...many(2), ...many(22, { lots: 0 }), {}], related: 'family' },
      ['2026-10-02 cl_a SELF_REFERRAL'],
    ],
  ];

  it.each(byTheDay)('hold by the day %s', async (_, of, held) => {
    expect(await heldOf(of, days)).toEqual(held);
  });
});
