import type { ShownState } from '../domain/account/shown-state';
import type { PlatformKind } from '../domain/trading/capabilities';
import { notFound } from '../domain/problem';
import { accountColumns, accountFromRow, type AccountRow, type TradingAccount } from './accounts';
import { rows, utc, type Tx } from './connection';

/** An account as lists show it, with what it waits for. */
export interface ListedAccount extends TradingAccount {
  readonly platform: PlatformKind;
  /** The client's. */
  readonly category: string;
  readonly residence: string;
  /** Requests that have not ended. */
  readonly openRequests: number;
  readonly waitsFor: string | null;
  readonly waitsSince: string | null;
}

export interface AccountFilter {
  readonly state?: ShownState | undefined;
  readonly entityId?: string | undefined;
  readonly server?: string | undefined;
  readonly platform?: PlatformKind | undefined;
  readonly group?: string | undefined;
  readonly accountType?: string | undefined;
  readonly category?: string | undefined;
  readonly login?: string | undefined;
  readonly clientId?: string | undefined;
  /** Whether it is being opened or a request about it has not ended. */
  readonly waiting?: boolean | undefined;
  /** Whether people stepped over the policy for its settings. */
  readonly overridden?: boolean | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

interface ListedRow extends AccountRow {
  readonly platform: PlatformKind;
  readonly category: string;
  readonly residence: string;
  readonly open_requests: number;
  readonly waits_for: string | null;
  readonly waits_since: string | null;
}

function fromRow(row: ListedRow): ListedAccount {
  return {
    ...accountFromRow(row),
    platform: row.platform,
    category: row.category,
    residence: row.residence,
    openRequests: row.open_requests,
    waitsFor: row.waits_for,
    waitsSince: row.waits_since === null ? null : utc(row.waits_since),
  };
}

// The process of an account that only waits for the next request waits for nothing that a reader could do.
const listed = `select a.*, s.platform, c.category, c.residence, p.waits_for, p.since as waits_since,
     (select count(*)::int from account_request r where r.account_id = a.id and r.state not in ('done', 'refused')) as open_requests
   from (select ${accountColumns} from trading_account) a
   join trading_server s on s.id = a.server_id
   join client c on c.id = a.client_id
   left join process p on p.workflow_id = 'account/' || a.id and p.finished_at is null
     and p.waits_for is distinct from 'the next request about this account'`;

/** Accounts in order of id, the newest first. */
export async function listAccounts(tx: Tx, filter: AccountFilter): Promise<ListedAccount[]> {
  const found = await rows<ListedRow>(
    tx,
    `${listed}
     where (:state::text is null or :state = case
         when a.state in ('active', 'dormant') and a.access = 'blocked' then 'suspended'
         when a.state in ('active', 'dormant') and a.access <> 'full' then 'restricted'
         else a.state end)
       and (:entityId::text is null or a.entity_id = :entityId)
       and (:server::text is null or a.server_id = :server)
       and (:platform::text is null or s.platform = :platform)
       and (:group::text is null or a.group_name = :group)
       and (:accountType::text is null or a.account_type = :accountType)
       and (:category::text is null or c.category = :category)
       and (:login::text is null or a.login = :login)
       and (:clientId::text is null or a.client_id = :clientId)
       and (:waiting::boolean is null or :waiting = (a.state in ('requested', 'provisioning', 'waiting') or exists (
         select 1 from account_request r where r.account_id = a.id and r.state not in ('done', 'refused'))))
       and (:overridden::boolean is null or :overridden = (a.overridden_at is not null))
       and (:after::text is null or a.id < :after)
     order by a.id desc limit :limit`,
    {
      state: filter.state ?? null,
      entityId: filter.entityId ?? null,
      server: filter.server ?? null,
      platform: filter.platform ?? null,
      group: filter.group ?? null,
      accountType: filter.accountType ?? null,
      category: filter.category ?? null,
      login: filter.login ?? null,
      clientId: filter.clientId ?? null,
      waiting: filter.waiting ?? null,
      overridden: filter.overridden ?? null,
      after: filter.after ?? null,
      limit: filter.limit,
    },
  );
  return found.map(fromRow);
}

/** Throws `not_found` (404). */
export async function readListedAccount(tx: Tx, id: string): Promise<ListedAccount> {
  const [row] = await rows<ListedRow>(tx, `${listed} where a.id = :id`, { id });
  if (!row) throw notFound('account');
  return fromRow(row);
}

/** The accounts of these ids that the scope sees, the newest first. */
export async function accountsOfIds(tx: Tx, ids: readonly string[]): Promise<ListedAccount[]> {
  if (ids.length === 0) return [];
  const found = await rows<ListedRow>(tx, `${listed} where a.id = any (:ids) order by a.id desc`, {
    ids: [...ids],
  });
  return found.map(fromRow);
}
