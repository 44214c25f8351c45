import fc from 'fast-check';
import { defaultPartnerPlan } from '../../domain/partners/default-plan';
import { newId } from '../../domain/ids';
import { type Period, periodsEnded, type PlanSchedule } from '../../domain/partners/period';
import type { PartnerPlan } from '../../domain/partners/plan';
import type { Scratch } from '../../tests/proofs/scratch';
import {
  type Book,
  type BookDeal,
  entityId,
  nothingElse,
  plainDeal,
} from '../../tests/settlement/book';
import {
  type BookStanding,
  type Dispute,
  type EarnedLine,
  PartnerAccount,
  type PartnerPayout,
} from '../../tests/settlement/opinion/payouts';
import { openSettlementScratch } from '../../tests/settlement/people';
import { withinBook } from '../../tests/settlement/run-book';
import { rows, utc, type Tx } from '../connection';
import { encryptFor } from '../personal-data';
import { computeAndAsk } from './compute';
import { decideHold, listHolds } from './holds';
import { listPayouts, nextPayouts, payPayout } from './payouts';
import { moveSettlement, settlementOf, startSettlement } from './settlements';

/** Cases of a dozen partners each; one may take so long on a busy machine. */
const runs = Number(process.env['PAYOUT_RUNS'] ?? 8);
const limitMs = 60_000 + runs * 20_000;

/** Three periods of a plan set, one after the other. */
const schedules: readonly PlanSchedule[] = [
  { first: 'monthly', changes: [] },
  { first: 'weekly', changes: [] },
  { first: 'daily', changes: [] },
  {
    first: 'monthly',
    changes: [
      { kind: 'weekly', from: '2026-09-01T00:00:00.000Z' },
      { kind: 'daily', from: '2026-09-07T00:00:00.000Z' },
    ],
  },
];
const steps = [0, 1, 2] as const;
const periodsOf = (schedule: PlanSchedule): Period[] =>
  periodsEnded(schedule, {
    after: '2026-08-01T00:00:00.000Z',
    until: '2026-11-01T00:00:00.000Z',
    limit: 3,
  });
const planSet = 'ps_book';
const partners = 12;

/** How much of a period is over, in thousandths. */
const moment = fc.nat(999);
/** Before the first of the three it is as long before it. */
function momentOf(of: Pick<Story, 'schedule'>, { step, at }: Moment): string {
  const periods = periodsOf(of.schedule);
  const { from, to } = periods[Math.max(step, 0)] ?? { from: '', to: '' };
  const lengthMs = Date.parse(to) - Date.parse(from);
  const offsetMs = (step < 0 ? -lengthMs : 0) + Math.floor((lengthMs * at) / 1_000);
  return new Date(Date.parse(from) + offsetMs).toISOString();
}

interface Moment {
  readonly step: number;
  readonly at: number;
}

const trade = fc.record({
  client: fc.nat(partners - 1),
  step: fc.constantFrom(...steps),
  at: moment,
  profit: fc.integer({ min: -3_000, max: 3_000 }),
});

const dispute = fc.record({
  client: fc.nat(partners - 1),
  step: fc.constantFrom(...steps),
  at: moment,
  deposited: fc.record({ step: fc.constantFrom(-1, ...steps), at: moment }),
  /** The period by which it is won, if ever. */
  wonBy: fc.option(fc.constantFrom(...steps)),
});

const suspicion = fc.record({
  client: fc.nat(partners - 1),
  /** What is decided after each period of what is held by then. */
  decided: fc.tuple(...steps.map(() => fc.option(fc.constantFrom('released', 'denied')))),
});

const standing = fc.record({
  client: fc.nat(partners - 1),
  /** Before that period is computed. */
  step: fc.constantFrom(...steps),
  becomes: fc.constantFrom<BookStanding>(
    { state: 'suspended', unpaid: 'pay' },
    { state: 'active', unpaid: 'pay' },
    { state: 'terminated', unpaid: 'pay' },
    { state: 'terminated', unpaid: 'forfeit' },
    { state: 'deceased', unpaid: 'hold' },
  ),
});

const story = fc.record({
  standings: fc.uniqueArray(standing, {
    selector: ({ client, step }) => `${client} ${step}`,
    maxLength: partners,
    size: 'max',
  }),
  schedule: fc.constantFrom(...schedules),
  minimum: fc.integer({ min: 0, max: 3_000 }),
  negativeCarryOver: fc.boolean(),
  clawBackDays: fc.constantFrom(5, 20, 60, 180),
  trades: fc.array(trade, { minLength: 20, maxLength: 80, size: 'max' }),
  disputes: fc.uniqueArray(dispute, {
    selector: ({ client }) => client,
    maxLength: partners,
    size: 'max',
  }),
  suspicions: fc.uniqueArray(suspicion, {
    selector: ({ client }) => client,
    maxLength: partners,
    size: 'max',
  }),
});

type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

/** Half of what a client loses, and minus half of what it wins. */
function planOf({ minimum, negativeCarryOver, clawBackDays }: Story): PartnerPlan {
  const [group] = defaultPartnerPlan.groups;
  if (!group) throw new Error('the shipped plan has a group');
  return {
    ...defaultPartnerPlan,
    ...{ negativeCarryOver, clawBackDays, minimumPayout: (minimum / 100).toFixed(2) },
    groups: [{ ...group, symbols: ['*'], ratesPerLot: [], revenuePercents: ['50'] }],
    revenue: { swapPercent: '0', costPercent: '0', clientLosses: true },
    capAtRevenue: false,
    latenessMinutes: 0,
  };
}

function bookOf(of: Story): Book {
  const common = { ...plainDeal, kind: 'trade', symbol: 'EURUSD', currency: 'USD' } as const;
  const priced = { bid: null, ask: null, profitRate: '1', volume: 1_000_000n, commissionMinor: 0n };
  const deals = of.trades.flatMap(({ client, step, at, profit }, position): BookDeal[] => {
    const whose = {
      login: `50${client}`,
      clientId: `cl_${client}`,
      position: BigInt(position + 1),
    };
    const deal = { ...common, ...priced, ...whose, time: momentOf(of, { step, at }) };
    return [
      { ...deal, ticket: BigInt(2 * position + 1), entry: 'in', price: '1.1' },
      {
        ...{ ...deal, ticket: BigInt(2 * position + 2), entry: 'out', price: '1.2' },
        profitMinor: BigInt(profit),
      },
    ];
  });
  const numbers = [...Array(partners).keys()];
  return {
    ...{ planSet, currency: 'USD', plan: planOf(of), deals, ...nothingElse },
    partners: numbers.map((n) => ({ id: `ptr_${n}`, parentId: null, level: 1 })),
    attributions: numbers.map((n) => ({
      ...{ clientId: `cl_${n}`, partnerId: `ptr_${n}`, from: '2026-01-01T00:00:00.000Z', to: null },
      ...(of.suspicions.some(({ client }) => client === n) ? { related: 'family' as const } : {}),
    })),
    symbols: [
      {
        ...{ name: 'EURUSD', digits: 5, contractSize: '100000', profitCurrency: 'USD' },
        averageSpreadPoints: null,
      },
    ],
  };
}

async function prepare(tx: Tx, of: Story): Promise<void> {
  await rows(tx, 'update plan_set set period = :first where id = :planSet', {
    ...{ planSet, first: of.schedule.first },
  });
  await rows(
    tx,
    `insert into plan_set_schedule (plan_set, entity_id, period, from_at, actor)
     select :planSet, :entityId, kind, "from", 'test' from jsonb_to_recordset(:changes::jsonb) as c(kind text, "from" timestamptz)`,
    { planSet, entityId, changes: JSON.stringify(of.schedule.changes) },
  );
  for (let n = 0; n < partners; n += 1) {
    const id = `ptr_${n}`;
    const name = await encryptFor(tx, id, 'name', id);
    await rows(tx, 'update partner set name_ct = :name, email_ct = :name where id = :id', {
      id,
      name,
    });
  }
  const change = { target: 'parameter', mode: 'override', name: 'plan', reason: 'offer' };
  await rows(
    tx,
    `insert into policy_version (id, kind, layer, layer_key, version, body, body_hash, state, edited_by, published_by, effective_from)
     values (:id, 'partner.plan', 'entity', :entityId, 1, :body, '', 'published', array['a'], 'b', '2026-01-01T00:00:00Z')`,
    {
      // What is known of a version is known for good, in this process too.
      id: newId('policyVersion'),
      entityId,
      body: JSON.stringify({ title: 'Own plan', changes: [{ ...change, value: planOf(of) }] }),
    },
  );
}

/** What is held is decided: before the next period is computed. */
async function decideHolds(
  tx: Tx,
  of: Story,
  { step, accounts }: { step: number; accounts: readonly PartnerAccount[] },
): Promise<void> {
  const open = await listHolds(tx, { state: 'open', limit: 100 });
  for (const { client, decided } of of.suspicions) {
    const state = decided[step];
    if (!state) continue;
    for (const hold of open.filter(({ clientId }) => clientId === `cl_${client}`))
      await decideHold(tx, hold.id, state);
    accounts[client]?.decide(`cl_${client}`, state);
  }
}

/** How partners stand from before this period on; who has ended stays so. */
async function stand(
  tx: Tx,
  of: Story,
  { step, accounts }: { step: number; accounts: readonly PartnerAccount[] },
): Promise<void> {
  for (const { client, becomes } of of.standings.filter((each) => each.step === step)) {
    const id = `ptr_${client}`;
    const changed = await rows(
      tx,
      `update partner set state = :state where id = :id and state not in ('terminated', 'deceased') returning 1`,
      { id, state: becomes.state },
    );
    if (changed.length === 0) continue;
    await rows(
      tx,
      `with closed as (
         update partner_standing set to_at = from_at + interval '1 second' where partner_id = :id and to_at is null returning to_at
       )
       insert into partner_standing (partner_id, entity_id, state, reason_code, from_at, links, unpaid)
       select :id, :entityId, :state, 'other', coalesce((select to_at from closed), now()), false, :unpaid`,
      { id, entityId, ...becomes },
    );
    accounts[client]?.stand(becomes);
  }
}

/** Whoever earns anything is asked about. */
async function askAboutAll(tx: Tx): Promise<void> {
  const override = { target: 'parameter', mode: 'override', reason: 'test' };
  const changes = [
    { ...override, name: 'commissionMin', value: '0.01' },
    { ...override, name: 'revenuePercentMax', value: 1_000 },
  ];
  await rows(
    tx,
    `insert into policy_version (id, kind, layer, layer_key, version, body, body_hash, state, edited_by, published_by, effective_from)
     values (:id, 'partner.fraud', 'entity', :entityId, 1, :body, '', 'published', array['a'], 'b', '2026-01-01T00:00:00Z')`,
    { id: newId('policyVersion'), entityId, body: JSON.stringify({ title: 'All', changes }) },
  );
}

/** The disputes that there are by the end of the period, as they stand then. */
function disputesBy(of: Story, step: number): Dispute[] {
  return of.disputes
    .filter((each) => each.step <= step)
    .map((each) => ({
      client: `cl_${each.client}`,
      ...{ depositedAt: momentOf(of, each.deposited), at: momentOf(of, each) },
      isWon: each.wonBy !== null && each.wonBy >= each.step && each.wonBy <= step,
    }));
}

async function keepDisputes(tx: Tx, disputes: readonly Dispute[]): Promise<void> {
  const records = JSON.stringify(disputes);
  await rows(
    tx,
    `insert into deposit (id, entity_id, client_id, amount_minor, currency, provider, state, created_at, credited_at)
     select 'dep_' || client, :entityId, client, 100, 'USD', 'stripe', 'credited', "depositedAt", "depositedAt"
     from jsonb_to_recordset(:records::jsonb) as d(client text, "depositedAt" timestamptz) on conflict do nothing`,
    { entityId, records },
  );
  await rows(
    tx,
    `insert into chargeback (id, deposit_id, entity_id, client_id, provider, dispute_ref, amount_minor, currency, reason, state, told, told_at,
       taken_minor, owed_minor, created_at)
     select 'cb_' || client, 'dep_' || client, :entityId, client, 'stripe', 'dp_' || client, 100, 'USD', 'fraudulent', 'open', 'open', now(), 0, 100, at
     from jsonb_to_recordset(:records::jsonb) as d(client text, at timestamptz) on conflict do nothing`,
    { entityId, records },
  );
  await rows(
    tx,
    `update chargeback c set state = 'won', told = 'won', taken_minor = 0, owed_minor = 0, ended_at = now()
     from jsonb_to_recordset(:records::jsonb) as d(client text, "isWon" boolean) where c.client_id = d.client and d."isWon" and c.state <> 'won'`,
    { records },
  );
}

async function settle(tx: Tx, period: string) {
  const key = { planSet, period };
  const { settlement } = await startSettlement(tx, key);
  await moveSettlement(tx, settlement, { from: ['waiting_for_feed'], to: 'computing' });
  await computeAndAsk(tx, await settlementOf(tx, key));
  const payouts = await listPayouts(tx, { settlementId: settlement.id, limit: 50 });
  await moveSettlement(tx, settlement, { from: ['in_review'], to: 'paying' });
  for (const { payout } of await nextPayouts(tx, settlement.id, 50)) await payPayout(tx, payout);
  await moveSettlement(tx, settlement, { from: ['paying'], to: 'paid' });
  const after = await listPayouts(tx, { settlementId: settlement.id, limit: 50 });
  const fates = new Map(after.map(({ partnerId, state }) => [partnerId, state]));
  const lines = await rows<{
    partner: string;
    client: string;
    component: string;
    at: string;
    amount: string;
  }>(
    tx,
    `select partner_id as partner, client_id as client, component, closed_at as at, amount_minor as amount from settlement_line
     where settlement_id = :id order by line`,
    { id: settlement.id },
  );
  return {
    ...{ payouts, fates },
    lines: lines.map(({ at, amount, ...line }): EarnedLine => ({
      ...line,
      closedAt: utc(at),
      amountMinor: BigInt(amount),
    })),
  };
}

describe('payouts', () => {
  let scratch: Scratch;

  beforeAll(async () => {
    scratch = await openSettlementScratch();
  }, 60_000);

  afterAll(() => scratch.close());

  it(
    `agree with a second opinion, period after period of months, weeks and days, on ${runs * partners} partners: minimum, balances below zero, claw-back, holds, standing`,
    async () => {
      await fc.assert(
        fc.asyncProperty(story, (of) =>
          withinBook(scratch, bookOf(of), async (tx) => {
            await prepare(tx, of);
            await askAboutAll(tx);
            const { negativeCarryOver, clawBackDays } = of;
            const terms = { minimumMinor: BigInt(of.minimum), negativeCarryOver, clawBackDays };
            const accounts = [...Array(partners).keys()].map(() => new PartnerAccount(terms));
            for (const [step, { name }] of periodsOf(of.schedule).entries()) {
              const disputes = disputesBy(of, step);
              await stand(tx, of, { step, accounts });
              await keepDisputes(tx, disputes);
              const { payouts, lines, fates } = await settle(tx, name);
              const expected = accounts.map((account, n) =>
                account.settle(
                  lines.filter(({ partner }) => partner === `ptr_${n}`),
                  disputes,
                  of.suspicions.map(({ client }) => `cl_${client}`),
                ),
              );
              const found = accounts.map((_, n): PartnerPayout | undefined => {
                const payout = payouts.find(({ partnerId }) => partnerId === `ptr_${n}`);
                if (!payout) return undefined;
                const { state, amountMinor, carriedMinor, clawedBackMinor } = payout;
                if (state !== 'computed' && state !== 'below_minimum' && state !== 'forgiven')
                  throw new Error(`it is ${state} already`);
                const { heldMinor, releasedMinor } = payout;
                return {
                  ...{ state, amountMinor, carriedMinor, clawedBackMinor },
                  ...{ heldMinor, releasedMinor },
                };
              });
              expect({ name, payouts: found }).toEqual({ name, payouts: expected });
              for (const [n, account] of accounts.entries())
                if (expected[n]?.state === 'computed')
                  expect([name, n, fates.get(`ptr_${n}`)]).toEqual([name, n, account.fate]);
              await decideHolds(tx, of, { step, accounts });
            }
          }),
        ),
        { numRuns: runs, endOnFailure: true },
      );
    },
    limitMs,
  );
});
