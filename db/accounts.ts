import type { AccessLevel, AccountState } from '../domain/account/access';
import { newId } from '../domain/ids';
import { notFound } from '../domain/problem';
import { type AccountRight, accountRights } from '../domain/trading/account';
import { workflowIds } from '../temporal-config/workflow-ids';
import { rows, utc, type Tx } from './connection';
import { enqueueSignal } from './dispatch';

export interface TradingAccount {
  readonly id: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly serverId: string;
  readonly login: string | null;
  readonly group: string;
  readonly accountType: string;
  readonly currency: string;
  readonly leverage: number;
  readonly state: AccountState;
  readonly policyPins: readonly string[];
  readonly version: number;
  readonly createdAt: string;
  readonly activatedAt: string | null;
  /** What its holder may do on the server, as last set there. */
  readonly access: AccessLevel;
  /** How often that was changed. */
  readonly accessChanges: number;
  /** The group in which it can only close, while it is there instead of in its own. */
  readonly closeOnlyGroup: string | null;
  /** When its process looks at it again by itself. */
  readonly dueAt: string | null;
  readonly dormancyNoticedAt: string | null;
  readonly dormantSince: string | null;
  readonly migratedFrom: string | null;
  readonly migratedTo: string | null;
  /** People stepped over the policy for its settings. */
  readonly overriddenAt: string | null;
  readonly closedAt: string | null;
  /** Play money: none of it is ever in the ledger. */
  readonly demo: boolean;
  readonly swapFree: boolean;
  /** What its holder was given by policy. */
  readonly rights: readonly AccountRight[];
  readonly demoFundedAt: string | null;
}

export interface AccountRow {
  readonly id: string;
  readonly entity_id: string;
  readonly client_id: string;
  readonly server_id: string;
  readonly login: string | null;
  readonly group_name: string;
  readonly account_type: string;
  readonly currency: string;
  readonly leverage: number;
  readonly state: AccountState;
  readonly policy_pins: readonly string[];
  readonly version: number;
  readonly created_at: string;
  readonly activated_at: string | null;
  readonly access: AccessLevel;
  readonly access_changes: number;
  readonly close_only_group: string | null;
  readonly due_at: string | null;
  readonly dormancy_noticed_at: string | null;
  readonly dormant_since: string | null;
  readonly migrated_from: string | null;
  readonly migrated_to: string | null;
  readonly overridden_at: string | null;
  readonly closed_at: string | null;
  readonly demo: boolean;
  readonly swap_free: boolean;
  readonly rights: readonly AccountRight[];
  readonly demo_funded_at: string | null;
}

export const accountColumns = `id, entity_id, client_id, server_id, login, group_name, account_type, currency, leverage, state, policy_pins,
  version, created_at, activated_at, access, access_changes, due_at, dormancy_noticed_at, dormant_since, migrated_from, migrated_to,
  overridden_at, closed_at, demo, swap_free, rights, demo_funded_at, close_only_group`;

export function accountFromRow(row: AccountRow): TradingAccount {
  return {
    id: row.id,
    entityId: row.entity_id,
    clientId: row.client_id,
    serverId: row.server_id,
    login: row.login,
    group: row.group_name,
    accountType: row.account_type,
    currency: row.currency,
    leverage: row.leverage,
    state: row.state,
    policyPins: row.policy_pins,
    version: row.version,
    createdAt: utc(row.created_at),
    activatedAt: utcOrNull(row.activated_at),
    access: row.access,
    accessChanges: row.access_changes,
    closeOnlyGroup: row.close_only_group,
    dueAt: utcOrNull(row.due_at),
    dormancyNoticedAt: utcOrNull(row.dormancy_noticed_at),
    dormantSince: utcOrNull(row.dormant_since),
    migratedFrom: row.migrated_from,
    migratedTo: row.migrated_to,
    overriddenAt: utcOrNull(row.overridden_at),
    closedAt: utcOrNull(row.closed_at),
    demo: row.demo,
    swapFree: row.swap_free,
    rights: row.rights,
    demoFundedAt: utcOrNull(row.demo_funded_at),
  };
}

function utcOrNull(at: string | null): string | null {
  return at === null ? null : utc(at);
}

export interface NewAccount {
  readonly entityId: string;
  readonly clientId: string;
  readonly serverId: string;
  readonly group: string;
  readonly accountType: string;
  readonly currency: string;
  readonly leverage: number;
  readonly policyPins: readonly string[];
  /** Left out, all of them. */
  readonly rights?: readonly AccountRight[];
  readonly swapFree?: boolean;
  readonly demo?: boolean;
  /** The account that this one takes over from. */
  readonly migratedFrom?: string;
}

/** A new account in state `requested`; the server has not heard of it yet. */
export async function insertAccount(tx: Tx, account: NewAccount): Promise<TradingAccount> {
  const [row] = await rows<AccountRow>(
    tx,
    `insert into trading_account (id, entity_id, client_id, server_id, group_name, account_type, currency, leverage, state, policy_pins,
       rights, swap_free, demo, migrated_from)
     values (:id, :entityId, :clientId, :serverId, :group, :accountType, :currency, :leverage, 'requested', :pins,
       :rights, :swapFree, :demo, :migratedFrom)
     returning ${accountColumns}`,
    {
      id: newId('account'),
      entityId: account.entityId,
      clientId: account.clientId,
      serverId: account.serverId,
      group: account.group,
      accountType: account.accountType,
      currency: account.currency,
      leverage: account.leverage,
      pins: [...account.policyPins],
      rights: [...(account.rights ?? accountRights)],
      swapFree: account.swapFree ?? false,
      demo: account.demo ?? false,
      migratedFrom: account.migratedFrom ?? null,
    },
  );
  if (!row) throw new Error('the account was not inserted');
  return accountFromRow(row);
}

/** Throws `not_found` (404). */
export async function readAccount(tx: Tx, id: string): Promise<TradingAccount> {
  const [row] = await rows<AccountRow>(
    tx,
    `select ${accountColumns} from trading_account where id = :id`,
    { id },
  );
  if (!row) throw notFound('account');
  return accountFromRow(row);
}

export async function accountsOfClient(tx: Tx, clientId: string): Promise<TradingAccount[]> {
  const found = await rows<AccountRow>(
    tx,
    `select ${accountColumns} from trading_account where client_id = :clientId order by created_at limit 100`,
    { clientId },
  );
  return found.map(accountFromRow);
}

/** Moves an account on; answers false when it is no longer in one of `from`. */
export async function moveAccount(
  tx: Tx,
  id: string,
  { from, to, login }: { from: readonly AccountState[]; to: AccountState; login?: string },
): Promise<boolean> {
  const moved = await rows(
    tx,
    `update trading_account set state = :to, version = version + 1, login = coalesce(:login, login),
       activated_at = case when :to = 'active' then coalesce(activated_at, clock_timestamp()) else activated_at end
     where id = :id and state = any (:from) returning 1`,
    { id, to, login: login ?? null, from: [...from] },
  );
  return moved.length > 0;
}

/**
 * What the log-in may do on the server, as just set there by this change of it; answers false when that stands
 * already. The first change is number 1.
 */
export async function recordAccess(
  tx: Tx,
  id: string,
  {
    access,
    change,
    closeOnlyGroup = null,
  }: {
    readonly access: AccessLevel;
    readonly change: number;
    readonly closeOnlyGroup?: string | null;
  },
): Promise<boolean> {
  const moved = await rows(
    tx,
    `update trading_account set access = :access, access_changes = :change, close_only_group = :closeOnlyGroup,
       version = version + 1
     where id = :id and access_changes = :change - 1 returning 1`,
    { id, access, change, closeOnlyGroup },
  );
  return moved.length > 0;
}

/** The server has the play money. */
export async function markDemoFunded(tx: Tx, id: string): Promise<void> {
  await rows(
    tx,
    'update trading_account set demo_funded_at = clock_timestamp(), version = version + 1 where id = :id and demo_funded_at is null',
    { id },
  );
}

/** When the account's process looks at it again by itself; null is never. */
export async function setDue(tx: Tx, id: string, dueAt: string | null): Promise<void> {
  await rows(tx, 'update trading_account set due_at = :dueAt where id = :id', { id, dueAt });
}

/** The account's process looks at it now. */
export async function wakeAccount(tx: Tx, id: string): Promise<void> {
  await rows(tx, 'update trading_account set due_at = clock_timestamp() where id = :id', { id });
  await enqueueSignal(tx, {
    workflowId: workflowIds.account(id),
    signal: 'changed',
    args: { what: 'due' },
  });
}
