import type { DormancyStanding } from '../domain/account/dormancy';
import { instant, type Instant } from '../domain/account/instant';
import type { AccountSettings } from '../domain/account/request';
import type { TradingAccount } from './accounts';
import { rows, utc, type Tx } from './connection';

/** What the rules of dormancy ask of the record. `now` is the process's own time. */
export interface DormancyRecord {
  readonly standing: DormancyStanding;
  readonly pendingWithdrawal: boolean;
}

/**
 * The last activity is the latest trade, deposit or withdrawal of the account itself, or of its holder's wallet,
 * or its opening; what the house does (a fee, a credit to zero) is none.
 */
export async function readDormancy(tx: Tx, account: TradingAccount): Promise<DormancyRecord> {
  const [row] = await rows<{
    last_activity: string;
    last_fee: string | null;
    pending: boolean;
  }>(
    tx,
    `select greatest(a.activated_at, a.created_at,
         (select max(d.time) from deal d where d.server_id = a.server_id and d.login = a.login and d.kind = 'trade'),
         (select max(t.created_at) from transfer t where t.account_id = a.id and t.purpose in ('client', 'migration')),
         (select max(p.credited_at) from deposit p where p.client_id = a.client_id),
         (select max(w.created_at) from withdrawal w where w.client_id = a.client_id)) as last_activity,
       (select max(other.dormancy_fee_at) from trading_account other where other.client_id = a.client_id) as last_fee,
       exists (select 1 from withdrawal w where w.client_id = a.client_id and w.state not in ('paid', 'partly_paid', 'rejected', 'cancelled', 'failed')) as pending
     from trading_account a where a.id = :id`,
    { id: account.id },
  );
  if (!row) throw new Error(`there is no account ${account.id}`);
  return {
    standing: {
      state: account.state === 'dormant' ? 'dormant' : 'active',
      lastActivityAt: instant(utc(row.last_activity)),
      noticedAt: account.dormancyNoticedAt === null ? null : instant(account.dormancyNoticedAt),
      dormantSince: account.dormantSince === null ? null : instant(account.dormantSince),
      lastFeeAt: row.last_fee === null ? null : instant(utc(row.last_fee)),
    },
    pendingWithdrawal: row.pending,
  };
}

/** Notes that the holder was told; answers false when that was noted already. */
export async function noteDormancyNotice(tx: Tx, id: string, at: Instant): Promise<boolean> {
  const noted = await rows(
    tx,
    `update trading_account set dormancy_noticed_at = :at, version = version + 1
     where id = :id and state = 'active' and dormancy_noticed_at is null returning 1`,
    { id, at },
  );
  return noted.length > 0;
}

/** A notice is void once the account is used: the days of inactivity begin anew. */
export async function dropDormancyNotice(tx: Tx, id: string): Promise<void> {
  await rows(
    tx,
    `update trading_account set dormancy_noticed_at = null, version = version + 1
     where id = :id and dormancy_noticed_at is not null`,
    { id },
  );
}

export async function fallAsleep(tx: Tx, id: string, at: Instant): Promise<boolean> {
  const moved = await rows(
    tx,
    `update trading_account set state = 'dormant', dormant_since = :at, version = version + 1
     where id = :id and state = 'active' returning 1`,
    { id, at },
  );
  return moved.length > 0;
}

export async function wakeUp(tx: Tx, id: string): Promise<boolean> {
  const moved = await rows(
    tx,
    `update trading_account set state = 'active', dormant_since = null, dormancy_noticed_at = null, version = version + 1
     where id = :id and state = 'dormant' returning 1`,
    { id },
  );
  return moved.length > 0;
}

/** A fee was taken in this moment of the process's time; the next counts from it, on any account of the client. */
export async function noteDormancyFee(tx: Tx, id: string, at: Instant): Promise<void> {
  await rows(
    tx,
    'update trading_account set dormancy_fee_at = :at, version = version + 1 where id = :id',
    { id, at },
  );
}

/** The account begins to end: it closes or migrates. */
export async function beginEnding(tx: Tx, id: string): Promise<boolean> {
  const moved = await rows(
    tx,
    `update trading_account set state = 'closing', dormant_since = null, version = version + 1
     where id = :id and state in ('active', 'dormant') returning 1`,
    { id },
  );
  return moved.length > 0;
}

/** The end was called off: the account lives on. */
export async function callOffEnding(tx: Tx, id: string): Promise<boolean> {
  const moved = await rows(
    tx,
    `update trading_account set state = 'active', version = version + 1 where id = :id and state = 'closing' returning 1`,
    { id },
  );
  return moved.length > 0;
}

/**
 * `closed` when its holder leaves, to be archived on a later day; `archived` at once when another account takes over.
 * Answers false when that stands already.
 */
export async function endAccount(
  tx: Tx,
  id: string,
  {
    at,
    ...end
  }: { readonly at: Instant } & (
    | { readonly state: 'closed'; readonly archiveAt: Instant }
    | { readonly state: 'archived'; readonly migratedTo: string | null }
  ),
): Promise<boolean> {
  const moved = await rows(
    tx,
    `update trading_account set state = :state, migrated_to = :migratedTo, closed_at = :at, due_at = :archiveAt,
       version = version + 1
     where id = :id and state = 'closing' returning 1`,
    {
      id,
      at,
      state: end.state,
      migratedTo: end.state === 'archived' ? end.migratedTo : null,
      archiveAt: end.state === 'closed' ? end.archiveAt : null,
    },
  );
  return moved.length > 0;
}

/** A closed account goes to the archive: it stays readable, and nothing is asked of its server any more. */
export async function archiveAccount(tx: Tx, id: string): Promise<boolean> {
  const moved = await rows(
    tx,
    `update trading_account set state = 'archived', due_at = null, version = version + 1
     where id = :id and state = 'closed' returning 1`,
    { id },
  );
  return moved.length > 0;
}

/** The move that an account was opened for was given up: it takes over from nobody. */
export async function detachFromPredecessor(tx: Tx, id: string): Promise<void> {
  await rows(
    tx,
    'update trading_account set migrated_from = null, version = version + 1 where id = :id',
    { id },
  );
}

/** Nothing was ever booked on it: no deal at its server, no movement of ours. */
export async function isUnused(
  tx: Tx,
  { id, serverId, login }: Pick<TradingAccount, 'id' | 'serverId' | 'login'>,
): Promise<boolean> {
  const found = await rows(
    tx,
    `select 1 where exists (select 1 from deal where server_id = :serverId and login = :login)
       or exists (select 1 from transfer where account_id = :id)`,
    { id, serverId, login },
  );
  return found.length === 0;
}

/** What the server has been set to. */
export async function recordSettings(
  tx: Tx,
  id: string,
  settings: AccountSettings,
  { overridden }: { overridden: boolean },
): Promise<void> {
  await rows(
    tx,
    `update trading_account set group_name = :group, leverage = :leverage, account_type = :accountType,
       overridden_at = case when :overridden then clock_timestamp() else null end, version = version + 1
     where id = :id`,
    { id, ...settings, overridden },
  );
}
