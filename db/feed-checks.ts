import type { DealTotals } from '../domain/trading/deal';
import { appendEvents } from './events';
import { dropGapTask } from './feed-gaps';
import { rows, utc, type Tx } from './connection';

/** A log-in that is to be held against its server. */
export interface DueCheck {
  readonly login: string;
  readonly accountId: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly currency: string;
  readonly agreedAt: string | null;
  readonly attempts: number;
}

/** Counted from this attempt on, a difference is a gap and not a deal on its way. */
const gapAttempts = 3;

/** The log-in that has waited longest for its check; every log-in is due once a day. */
export async function nextCheck(tx: Tx, serverId: string): Promise<DueCheck | undefined> {
  const [row] = await rows<{
    login: string;
    account_id: string;
    entity_id: string;
    client_id: string;
    currency: string;
    agreed_at: string | null;
    attempts: number;
  }>(
    tx,
    `select c.login, c.account_id, c.entity_id, c.client_id, a.currency, c.agreed_at, c.attempts
     from feed_check c join trading_account a on a.id = c.account_id
     where c.server_id = :serverId and c.due_at <= clock_timestamp() and a.state <> 'archived'
     order by c.due_at limit 1`,
    { serverId },
  );
  return (
    row && {
      login: row.login,
      accountId: row.account_id,
      entityId: row.entity_id,
      clientId: row.client_id,
      currency: row.currency,
      agreedAt: row.agreed_at === null ? null : utc(row.agreed_at),
      attempts: row.attempts,
    }
  );
}

/** Log-ins without deals are checked too: brings those of a server in that were never. */
export async function enrolLogins(tx: Tx, serverId: string): Promise<void> {
  await rows(
    tx,
    `insert into feed_check (server_id, login, account_id, entity_id, client_id)
     select a.server_id, a.login, a.id, a.entity_id, a.client_id from trading_account a
     where a.server_id = :serverId and a.login is not null and a.state <> 'archived'
       and not exists (select 1 from feed_check c where c.server_id = a.server_id and c.login = a.login)
     on conflict do nothing`,
    { serverId },
  );
}

/** An account that is archived is not held against its server any more. */
export async function leaveFeedChecks(
  tx: Tx,
  {
    id,
    serverId,
    login,
  }: { readonly id: string; readonly serverId: string; readonly login: string | null },
): Promise<void> {
  await dropGapTask(tx, id, 'ACCOUNT_ENDED');
  await rows(tx, 'delete from feed_check where server_id = :serverId and login = :login', {
    serverId,
    login,
  });
}

/** What is kept here of a log-in: its deals of a stretch of time (both ends included), and what all of them make. */
export interface KeptTotals {
  readonly count: number;
  readonly profitMinor: bigint;
  readonly swapMinor: bigint;
  readonly costsMinor: bigint;
  /** Over the log-in's whole life. */
  readonly balanceMinor: bigint;
}

export async function keptTotals(
  tx: Tx,
  { serverId, login, from, to }: { serverId: string; login: string; from: string; to: string },
): Promise<KeptTotals> {
  const [row] = await rows<{
    count: number;
    profit: string;
    swap: string;
    costs: string;
    balance: string;
  }>(
    tx,
    `select count(*) filter (where inside)::int as count, coalesce(sum(profit_minor) filter (where inside), 0) as profit,
       coalesce(sum(swap_minor) filter (where inside), 0) as swap,
       coalesce(sum(commission_minor + fee_minor) filter (where inside), 0) as costs,
       coalesce(sum(profit_minor + swap_minor + commission_minor + fee_minor) filter (where kind <> 'credit'), 0) as balance
     from (select *, time >= :from::timestamptz and time <= :to::timestamptz as inside
       from deal where server_id = :serverId and login = :login) d`,
    { serverId, login, from, to },
  );
  return {
    count: row?.count ?? 0,
    profitMinor: BigInt(row?.profit ?? '0'),
    swapMinor: BigInt(row?.swap ?? '0'),
    costsMinor: BigInt(row?.costs ?? '0'),
    balanceMinor: BigInt(row?.balance ?? '0'),
  };
}

/** In what a log-in differs from its server: names of figures with both values. Empty when all agrees. */
export type Differences = {
  readonly [figure: string]: { readonly here: string; readonly server: string };
};

export function differencesOf(
  kept: KeptTotals,
  server: { readonly totals: DealTotals; readonly balanceMinor: bigint },
): Differences {
  const { totals, balanceMinor } = server;
  const pairs: readonly (readonly [string, bigint, bigint])[] = [
    ['deals', BigInt(kept.count), BigInt(totals.count)],
    ['profit', kept.profitMinor, totals.profitMinor],
    ['swap', kept.swapMinor, totals.swapMinor],
    ['costs', kept.costsMinor, totals.commissionMinor + totals.feeMinor],
    ['balance', kept.balanceMinor, balanceMinor],
  ];
  return Object.fromEntries(
    pairs
      .filter(([, here, there]) => here !== there)
      .map(([figure, here, there]) => [figure, { here: String(here), server: String(there) }]),
  );
}

/**
 * Keeps what a check found. A difference is looked at again, sooner first, and is a gap from the third look on.
 * Counts only if nobody recorded another look since `check` was read: a reader that was given up for lost may still
 * be looking beside the one that took its place, and a gap is found once and closed once.
 */
export async function recordCheck(
  tx: Tx,
  serverId: string,
  check: DueCheck,
  { differences, startedAt }: { differences: Differences; startedAt: string },
): Promise<'agrees' | 'looking' | 'gap' | 'overtaken'> {
  const agrees = Object.keys(differences).length === 0;
  const attempts = agrees ? 0 : check.attempts + 1;
  const isGap = attempts >= gapAttempts;
  const recorded = await rows(
    tx,
    `update feed_check set state = :state, attempts = :attempts, checked_at = clock_timestamp(), detail = :detail::jsonb,
       agreed_at = case when :agrees then greatest(agreed_at, :startedAt::timestamptz) else agreed_at end,
       differs_since = case when :isGap then coalesce(differs_since, clock_timestamp()) end,
       due_at = clock_timestamp() + case when :agrees then interval '1 day' else least(600, 2 * power(2, :attempts::int)) * interval '1 second' end
     where server_id = :serverId and login = :login and attempts = :attemptsBefore
     returning login`,
    {
      serverId,
      login: check.login,
      attemptsBefore: check.attempts,
      state: agrees ? 'agrees' : isGap ? 'differs' : 'due',
      attempts,
      agrees,
      isGap,
      detail: JSON.stringify(differences),
      startedAt,
    },
  );
  if (recorded.length === 0) return 'overtaken';
  const hasTurned = isGap ? attempts === gapAttempts : agrees && check.attempts >= gapAttempts;
  if (agrees && check.attempts >= gapAttempts) await dropGapTask(tx, check.accountId, 'GAP_CLOSED');
  if (hasTurned) {
    await appendEvents(tx, [
      {
        subject: check.accountId,
        type: isGap ? 'feed.gap_found' : 'feed.gap_closed',
        entityId: check.entityId,
        clientId: check.clientId,
        payload: { server: serverId, login: check.login, differences },
      },
    ]);
  }
  return agrees ? 'agrees' : isGap ? 'gap' : 'looking';
}

/** Has the log-ins of a plan set's clients checked now that were not found to agree since the period was over. */
export async function askForPlanSetChecks(
  tx: Tx,
  { planSet, from, to }: { planSet: string; from: string; to: string },
  latenessMinutes: number,
): Promise<void> {
  await rows(
    tx,
    `insert into feed_check (server_id, login, account_id, entity_id, client_id)
     select distinct a.server_id, a.login, a.id, a.entity_id, a.client_id
     from trading_account a join attribution t on t.client_id = a.client_id join partner p on p.id = t.partner_id
     where p.plan_set = :planSet and a.login is not null and a.state <> 'archived'
     on conflict (server_id, login) do update set due_at = now()
     where feed_check.due_at > now() and feed_check.state = 'agrees'
       and feed_check.agreed_at < greatest(:to::timestamptz + :lateness * interval '1 minute', (select max(d.seen_at) from deal d
         where d.server_id = feed_check.server_id and d.login = feed_check.login and d.time >= :from::timestamptz and d.time < :to::timestamptz))`,
    { planSet, from, to, lateness: latenessMinutes },
  );
}

export interface Gap {
  readonly serverId: string;
  readonly login: string;
  readonly accountId: string;
  readonly entityId: string;
  readonly since: string;
  readonly checkedAt: string;
  readonly differences: Differences;
}

/** Log-ins whose deals here and at the server differ, the longest first. */
export async function listGaps(
  tx: Tx,
  { serverId, limit }: { serverId: string; limit: number },
): Promise<Gap[]> {
  const found = await rows<{
    login: string;
    account_id: string;
    entity_id: string;
    differs_since: string;
    checked_at: string;
    detail: Differences;
  }>(
    tx,
    `select login, account_id, entity_id, differs_since, checked_at, detail from feed_check
     where server_id = :serverId and state = 'differs' order by differs_since, login limit :limit`,
    { serverId, limit },
  );
  return found.map((row) => ({
    serverId,
    login: row.login,
    accountId: row.account_id,
    entityId: row.entity_id,
    since: utc(row.differs_since),
    checkedAt: utc(row.checked_at),
    differences: row.detail,
  }));
}
