import type { DepositRail, PaymentRail, Rail } from '../domain/payments/rails';
import { taskKinds } from '../domain/task/task';
import { taskKindsSeenBy } from '../domain/task/visible';
import { rows, utc, type Tx } from './connection';
import { depositStates } from './deposits';
import { streamRows } from './snapshot';
import { transferStates, type TransferPurpose } from './transfers';
import { withdrawalStates } from './withdrawals';

export const paymentKinds = ['deposit', 'withdrawal', 'transfer', 'exchange'] as const;
export type PaymentKind = (typeof paymentKinds)[number];

/** The states of each kind of payment. */
export const paymentStates = {
  deposit: depositStates,
  withdrawal: withdrawalStates,
  transfer: transferStates,
  // It is posted as it is asked for.
  exchange: ['done'],
} as const satisfies Readonly<Record<PaymentKind, readonly string[]>>;

/** What payments are narrowed to; whatever is undefined narrows nothing. */
export interface PaymentsFilter {
  readonly kind?: PaymentKind | undefined;
  readonly state?: string | undefined;
  readonly entityId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly currency?: string | undefined;
  /** Who takes it now, or takes a leg of it. */
  readonly provider?: PaymentRail | undefined;
  /** The way the money comes, or a part of it goes. */
  readonly rail?: Rail | undefined;
  /** Minor units of the currency; both ends belong to the range. */
  readonly amountFromMinor?: bigint | undefined;
  readonly amountToMinor?: bigint | undefined;
  /** RFC 3339; `to` is just outside. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Which time `from` and `to` are about: when it was asked for (unless said), or when it ended. */
  readonly times?: 'asked' | 'ended' | undefined;
  /** Only what waits for a person to decide. */
  readonly needsPerson?: boolean | undefined;
  /** The payment's id, its number at a provider, or its ticket at a trading server; exactly. */
  readonly reference?: string | undefined;
}

/** A payment of any kind, as lists and files show it. */
export interface ListedPayment {
  readonly id: string;
  readonly kind: PaymentKind;
  readonly entityId: string;
  readonly clientId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly state: string;
  /** Code of why it failed, was refused or is held. */
  readonly reason: string | null;
  /** Of a withdrawal those of its legs; of a transfer none. */
  readonly rails: readonly Rail[];
  readonly providers: readonly string[];
  /** Numbers at providers and trading servers. */
  readonly references: readonly string[];
  readonly accountId: string | null;
  readonly direction: 'to_account' | 'to_wallet' | null;
  /** Of a transfer: why it was made. */
  readonly purpose: TransferPurpose | null;
  /** Of an exchange: the currency that was bought. */
  readonly into: string | null;
  readonly needsPerson: boolean;
  readonly createdAt: string;
  readonly endedAt: string | null;
}

interface PaymentRow {
  readonly id: string;
  readonly kind: PaymentKind;
  readonly entity_id: string;
  readonly client_id: string;
  readonly amount_minor: string;
  readonly currency: string;
  readonly state: string;
  readonly reason: string | null;
  readonly rail: DepositRail | null;
  readonly provider: string | null;
  readonly reference: string | null;
  readonly leg_rails: readonly Rail[] | null;
  readonly leg_providers: readonly string[] | null;
  readonly leg_references: readonly string[] | null;
  readonly account_id: string | null;
  readonly direction: 'to_account' | 'to_wallet' | null;
  readonly purpose: TransferPurpose | null;
  readonly into_currency: string | null;
  readonly needs_person: boolean;
  readonly created_at: string;
  readonly ended_at: string | null;
}

const listOf = <T>(one: T | null): readonly T[] => (one === null ? [] : [one]);

function fromRow(row: PaymentRow): ListedPayment {
  return {
    id: row.id,
    kind: row.kind,
    entityId: row.entity_id,
    clientId: row.client_id,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    state: row.state,
    reason: row.reason,
    rails: row.leg_rails ?? listOf(row.rail),
    providers: row.leg_providers ?? listOf(row.provider),
    references: row.leg_references ?? listOf(row.reference),
    accountId: row.account_id,
    direction: row.direction,
    purpose: row.purpose,
    into: row.into_currency,
    needsPerson: row.needs_person,
    createdAt: utc(row.created_at),
    endedAt: row.ended_at === null ? null : utc(row.ended_at),
  };
}

/**
 * Where the page begins, and what people are asked about; of a refund or a chargeback it is the deposit. A reader who may not see a kind of task does not learn
 * from here that there is one. An id of no payment has no place: nothing follows it.
 */
const before = `with place as materialized (
    select created_at, id from deposit where id = :after union all select created_at, id from withdrawal where id = :after
    union all select created_at, id from transfer where id = :after union all select created_at, id from exchange where id = :after
    union all select 'infinity'::timestamptz, '' where :after::text is null),
  asked as materialized (
    select coalesce(r.deposit_id, c.deposit_id, t.about) as id
    from (select distinct split_part(subject, '/', 1) as about from task
      where state = 'open' and kind = any (:taskKinds::text[])) t
    left join deposit_refund r on r.id = t.about left join chargeback c on c.id = t.about)`;

/** A leg that returns a deposit goes by that deposit's way. */
const railOfLeg = `case when l.kind = 'crypto_payout' then 'crypto' when l.deposit_id is null then 'bank' else (select d.rail from deposit d where d.id = l.deposit_id) end`;

/** One kind of payment, narrowed and in order; each table has an index of (created_at, id). */
function arm(
  kind: PaymentKind,
  of: {
    /** Unless it is the table of its name. */
    readonly from?: string;
    readonly columns: string;
    readonly endedAt: string;
    readonly byRail: string;
    readonly byProvider: string;
    readonly byReference: string;
  },
): string {
  return `(select '${kind}' as kind, id, entity_id, client_id, amount_minor, currency, state, created_at, ${of.endedAt} as ended_at, ${of.columns}
    from ${of.from ?? kind}
    where (:kind::text is null or :kind = '${kind}') and (:state::text is null or state = :state)
      and (:entityId::text is null or entity_id = :entityId) and (:clientId::text is null or client_id = :clientId)
      and (:currency::text is null or currency = :currency)
      and (:amountFrom::numeric is null or amount_minor >= :amountFrom::numeric)
      and (:amountTo::numeric is null or amount_minor <= :amountTo::numeric)
      and (:askedFrom::timestamptz is null or created_at >= :askedFrom::timestamptz)
      and (:askedTo::timestamptz is null or created_at < :askedTo::timestamptz)
      and (:endedFrom::timestamptz is null or ${of.endedAt} >= :endedFrom::timestamptz)
      and (:endedTo::timestamptz is null or ${of.endedAt} < :endedTo::timestamptz)
      and (:rail::text is null or ${of.byRail}) and (:provider::text is null or ${of.byProvider})
      and (:reference::text is null or ${of.byReference})
      and (not :needsPerson::boolean or state in ('held', 'in_review') or id in (select asked.id from asked))
      and (created_at, id) < ((select place.created_at from place), (select place.id from place))
    order by created_at desc, id desc limit :limit)`;
}

const payments = [
  arm('deposit', {
    columns: `failure as reason, rail, provider, provider_ref as reference, null::text as account_id,
      null::text as direction, null::text as purpose, null::text as into_currency`,
    endedAt: 'credited_at',
    byRail: 'rail = :rail',
    byProvider: 'provider = :provider',
    byReference: '(id = :reference or provider_ref = :reference)',
  }),
  arm('withdrawal', {
    columns: 'refusal, null, null, null, null, null, null, null',
    endedAt: 'finished_at',
    byRail: `id in (select l.withdrawal_id from withdrawal_leg l where ${railOfLeg} = :rail)`,
    byProvider: 'id in (select l.withdrawal_id from withdrawal_leg l where l.provider = :provider)',
    byReference: `id in (select :reference union all
        select l.withdrawal_id from withdrawal_leg l where l.provider_ref = :reference)`,
  }),
  arm('transfer', {
    columns: 'refusal, null, null, ticket, account_id, direction, purpose, null',
    endedAt: 'finished_at',
    byRail: 'false',
    byProvider: 'false',
    byReference: '(id = :reference or ticket = :reference)',
  }),
  arm('exchange', {
    from: `(select x.id, x.entity_id, x.client_id, q.from_minor as amount_minor, q.from_currency as currency, 'done' as state,
        x.created_at, q.to_currency from exchange x join fx_quote q on q.id = x.quote_id) exchanged`,
    columns: 'null, null, null, null, null, null, null, to_currency',
    endedAt: 'created_at',
    byRail: 'false',
    byProvider: 'false',
    byReference: 'id = :reference',
  }),
].join(' union all ');

const whole = `select p.*, legs.rails as leg_rails, legs.providers as leg_providers, legs.refs as leg_references,
    p.state in ('held', 'in_review') or p.id in (select asked.id from asked) as needs_person
  from (${payments}) p
  left join lateral (
    select array_agg(distinct ${railOfLeg}) as rails, array_agg(distinct l.provider) as providers,
      coalesce(array_agg(distinct l.provider_ref) filter (where l.provider_ref is not null), '{}') as refs
    from withdrawal_leg l where p.kind = 'withdrawal' and l.withdrawal_id = p.id having count(*) > 0) legs on true
  order by p.created_at desc, p.id desc`;

function bindingsOf(
  { scope }: Tx,
  filter: PaymentsFilter,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number | null },
) {
  const [from, to] = [filter.from ?? null, filter.to ?? null];
  const isByEnd = filter.times === 'ended';
  return {
    kind: filter.kind ?? null,
    state: filter.state ?? null,
    entityId: filter.entityId ?? null,
    clientId: filter.clientId ?? null,
    currency: filter.currency ?? null,
    provider: filter.provider ?? null,
    rail: filter.rail ?? null,
    amountFrom: filter.amountFromMinor?.toString() ?? null,
    amountTo: filter.amountToMinor?.toString() ?? null,
    askedFrom: isByEnd ? null : from,
    askedTo: isByEnd ? null : to,
    endedFrom: isByEnd ? from : null,
    endedTo: isByEnd ? to : null,
    needsPerson: filter.needsPerson ?? false,
    reference: filter.reference ?? null,
    taskKinds: scope.kind === 'staff' ? taskKindsSeenBy(scope.permissions) : [...taskKinds],
    after: after ?? null,
    limit,
  };
}

/** Payments of every kind that the reader may see, the newest first; `after` is the last of the page before. */
export async function listPayments(
  tx: Tx,
  filter: PaymentsFilter & { readonly after?: string | undefined; readonly limit: number },
): Promise<ListedPayment[]> {
  const found = await rows<PaymentRow>(
    tx,
    `${before} ${whole} limit :limit`,
    bindingsOf(tx, filter, filter),
  );
  return found.map(fromRow);
}

/** Every payment of the filter, the newest first, through a cursor: as few in memory as one fetch brings. */
export async function* streamPayments(
  tx: Tx,
  filter: PaymentsFilter,
): AsyncGenerator<ListedPayment> {
  const bindings = bindingsOf(tx, filter, { limit: null });
  for await (const row of streamRows<PaymentRow>(tx, `${before} ${whole}`, bindings))
    yield fromRow(row);
}

/** How many payments of a kind are added up for a list; of more, the sum is not said. */
export const summedMax = 100_000;

/** What the filtered payments of one kind and currency come to. */
export interface PaymentTotal {
  readonly kind: PaymentKind;
  readonly currency: string;
  readonly payments: number;
  readonly amountMinor: bigint;
}

export interface PaymentTotals {
  readonly totals: readonly PaymentTotal[];
  /** Kinds with more payments than are added up. */
  readonly tooMany: readonly PaymentKind[];
}

/** Sums of the filtered payments by kind and currency: one statement. */
export async function sumPayments(tx: Tx, filter: PaymentsFilter): Promise<PaymentTotals> {
  const found = await rows<{
    kind: PaymentKind;
    currency: string;
    payments: number;
    amount: string;
  }>(
    tx,
    `${before} select p.kind, p.currency, count(*)::int as payments, sum(p.amount_minor) as amount
     from (${payments}) p group by p.kind, p.currency order by p.kind, p.currency`,
    bindingsOf(tx, filter, { limit: summedMax + 1 }),
  );
  const counted = (kind: PaymentKind) =>
    found.filter((each) => each.kind === kind).reduce((sum, each) => sum + each.payments, 0);
  const tooMany = paymentKinds.filter((kind) => counted(kind) > summedMax);
  return {
    totals: found
      .filter(({ kind }) => !tooMany.includes(kind))
      .map(({ amount, ...row }) => ({ ...row, amountMinor: BigInt(amount) })),
    tooMany,
  };
}
