import { rows, utc, type Tx } from './connection';
import { feedState } from './halt-in-force';

/** Verification work, for whoever may read cases. */
export interface ComplianceFigures {
  readonly inReview: number;
  readonly informationRequested: number;
  readonly checking: number;
  readonly approvedToday: number;
  readonly rejectedToday: number;
  /** Clients with a restriction in force that the reader may see. */
  readonly restricted: number;
  readonly highRisk: number;
}

export async function complianceFigures(tx: Tx): Promise<ComplianceFigures> {
  const [row] = await rows<ComplianceFigures>(
    tx,
    `select c.*, (select count(distinct client_id)::int from restriction where lifted_at is null) as restricted,
       (select count(*)::int from client where risk_level = 'high') as "highRisk"
     from (select count(*) filter (where state = 'in_review')::int as "inReview",
         count(*) filter (where state = 'information_requested')::int as "informationRequested",
         count(*) filter (where state = 'checking')::int as checking,
         count(*) filter (where state = 'approved' and decided_at > now() - interval '24 hours')::int as "approvedToday",
         count(*) filter (where state = 'rejected' and decided_at > now() - interval '24 hours')::int as "rejectedToday"
       from kyc_case) c`,
  );
  if (!row) throw new Error('a count answered no row');
  return row;
}

/** What has broken or stands still. */
export interface OperationFigures {
  /** Processes that name nothing they wait for and have not moved for two minutes. */
  readonly stuck: number;
  readonly openProcesses: number;
  readonly overdueProcesses: number;
  readonly unknownIntents: number;
  readonly outboxDepth: number;
  /** When the oldest command was written that Temporal has not taken. */
  readonly outboxSince: string | null;
  readonly mailsFailed: number;
  readonly feedErrors: number;
  readonly accountsWaiting: number;
}

export async function operationFigures(tx: Tx): Promise<OperationFigures> {
  const [row] = await rows<OperationFigures>(
    tx,
    `select p.*,
       (select count(*)::int from intent where state = 'unknown') as "unknownIntents",
       (select count(*)::int from outbox where dispatched_at is null) as "outboxDepth",
       (select min(created_at) from outbox where dispatched_at is null) as "outboxSince",
       (select count(*)::int from mail where state = 'failed' and created_at > now() - interval '7 days') as "mailsFailed",
       (select count(*)::int from feed f where f.last_error is not null and ${feedState} = 'running') as "feedErrors",
       (select count(*)::int from trading_account where state = 'waiting') as "accountsWaiting"
     from (select count(*)::int as "openProcesses",
         count(*) filter (where coalesce(waits_for, '') = '' and since < now() - interval '2 minutes')::int as stuck,
         count(*) filter (where due < now())::int as "overdueProcesses"
       from process where finished_at is null) p`,
  );
  if (!row) throw new Error('a count answered no row');
  return { ...row, outboxSince: row.outboxSince === null ? null : utc(row.outboxSince) };
}

/** Payments in one state and currency. */
export interface PaymentSum {
  readonly kind: 'deposit' | 'withdrawal' | 'transfer';
  readonly state: string;
  readonly payments: number;
  readonly amountMinor: bigint;
  readonly currency: string;
}

/** Payments that are under way or need somebody, and those that ended in the last 24 hours. */
export async function paymentSums(tx: Tx): Promise<PaymentSum[]> {
  const found = await rows<Omit<PaymentSum, 'amountMinor'> & { amount: string }>(
    tx,
    `select 'deposit' as kind, state, count(*)::int as payments, sum(amount_minor) as amount, currency from deposit
       where state in ('requested', 'awaiting_payment', 'held') or created_at > now() - interval '24 hours' group by state, currency
     union all
     select 'withdrawal', state, count(*)::int, sum(amount_minor), currency from withdrawal
       where finished_at is null or finished_at > now() - interval '24 hours' group by state, currency
     union all
     select 'transfer', state, count(*)::int, sum(amount_minor), currency from transfer
       where finished_at is null or finished_at > now() - interval '24 hours' group by state, currency
     order by 1, 2, 5`,
  );
  return found.map(({ amount, ...row }) => ({ ...row, amountMinor: BigInt(amount) }));
}

/** What the ledger holds by code, entity and currency. */
export interface CodeBalance {
  readonly entityId: string;
  readonly code: string;
  readonly currency: string;
  readonly accounts: number;
  readonly balanceMinor: bigint;
  readonly heldMinor: bigint;
}

/** `instant`: as they stood when everything effective until then had happened; what was held then is not known. */
export async function balancesByCode(
  tx: Tx,
  {
    entityId,
    instant,
  }: { readonly entityId?: string | undefined; readonly instant?: string | undefined } = {},
): Promise<CodeBalance[]> {
  const found = await rows<{
    entity_id: string;
    code: string;
    currency: string;
    accounts: number;
    balance: string;
    held: string;
  }>(
    tx,
    `select la.entity_id, la.code, la.currency, count(*)::int as accounts, sum(la.held) as held,
       sum(case when :instant::timestamptz is not null then ledger_balance_effective(la.id, :instant::timestamptz)
         when la.entry_only then entry_only_balance(la.id) else la.balance end) as balance
     from ledger_account la where (:entityId::text is null or la.entity_id = :entityId)
     group by la.entity_id, la.code, la.currency order by la.entity_id, la.code, la.currency limit 500`,
    { entityId: entityId ?? null, instant: instant ?? null },
  );
  return found.map((row) => ({
    entityId: row.entity_id,
    code: row.code,
    currency: row.currency,
    accounts: row.accounts,
    balanceMinor: BigInt(row.balance),
    heldMinor: BigInt(row.held),
  }));
}

/** Deals of the last 24 hours by server. */
export async function dealsToday(
  tx: Tx,
): Promise<{ readonly serverId: string; readonly deals: number; readonly accounts: number }[]> {
  const found = await rows<{ server_id: string; deals: number; accounts: number }>(
    tx,
    `select server_id, count(*)::int as deals, count(distinct login)::int as accounts from deal
     where time > now() - interval '24 hours' group by server_id order by server_id`,
  );
  return found.map((row) => ({
    serverId: row.server_id,
    deals: row.deals,
    accounts: row.accounts,
  }));
}
