import { bulkAccountsMax, outcomeOfRefusal, permissionOfBulk } from '../domain/account/bulk';
import type { BulkActionKind, BulkOutcome } from '../domain/account/bulk';
import { endedStates } from '../domain/account/access';
import { may } from '../domain/access/scope';
import { newId } from '../domain/ids';
import { conflict, forbidden, malformed, notFound, Problem } from '../domain/problem';
import { askForChange } from './account-changes';
import { accountsOfIds, type ListedAccount } from './account-lists';
import { assertAccountType } from './account-types';
import { sendPasswordLink } from './account-password-link';
import { liftRestriction, setRestriction, type RestrictionKind } from './client-restrictions';
import { inSavepoint, asSystem, rows, utc, type Tx } from './connection';
import { listEntities } from './entities';
import { restrictionsOfAccount, type RestrictionScope } from './restrictions';

/** What is done about each account. `reason`: words for colleagues, kept with each restriction. */
export type BulkAction =
  | { readonly kind: 'change_leverage'; readonly leverage: number }
  | { readonly kind: 'change_type'; readonly accountType: string }
  | { readonly kind: 'close' }
  | { readonly kind: 'password_link' }
  | {
      readonly kind: 'restrict';
      readonly restriction: RestrictionKind;
      readonly scopes: readonly RestrictionScope[];
      readonly reason: string;
    }
  | {
      readonly kind: 'lift';
      readonly restriction: RestrictionKind;
      readonly reason: string;
    };

export interface BulkItem {
  readonly accountId: string;
  readonly outcome: BulkOutcome;
  readonly requestId: string | null;
  readonly code: string | null;
  readonly detail: string | null;
}

export interface Bulk {
  readonly id: string;
  readonly madeBy: string;
  readonly action: { readonly kind: BulkActionKind } & Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly items: readonly BulkItem[];
}

/**
 * Does the same about up to 200 accounts in one transaction, each in a savepoint of its own: what cannot be done
 * about one leaves the others done. An account that the person does not see reads like one that is not there.
 * 403 without the action's permission; 422 `unknown_account_type` when no entity of the person's has the type.
 */
export async function changeAccounts(
  tx: Tx,
  { accountIds, action }: { readonly accountIds: readonly string[]; readonly action: BulkAction },
): Promise<Bulk> {
  assertMayDo(tx, action);
  const ids = [...new Set(accountIds)];
  if (ids.length === 0 || ids.length > bulkAccountsMax) {
    throw malformed(`Name 1 to ${bulkAccountsMax} accounts.`, [
      { pointer: '/body/accountIds', detail: `names ${ids.length} accounts` },
    ]);
  }
  if (action.kind === 'change_type') await assertTypeOfAny(tx, action.accountType);
  const accounts = new Map((await accountsOfIds(tx, ids)).map((account) => [account.id, account]));
  const items = new Map<string, BulkItem>();
  for (const id of inLockingOrder(ids, accounts)) {
    items.set(id, await changeOne(tx, { id, account: accounts.get(id), action }));
  }
  return keepBulk(tx, {
    action,
    entities: [...new Set([...accounts.values()].map(({ entityId }) => entityId))],
    items: ids.flatMap((id) => items.get(id) ?? []),
  });
}

function assertMayDo(tx: Tx, action: BulkAction): void {
  const permission = permissionOfBulk(action.kind);
  if (!may(tx.scope, permission)) throw forbidden(permission);
  const isHidden = 'restriction' in action && action.restriction === 'restricted_hold';
  if (isHidden && !may(tx.scope, 'restricted.read')) throw forbidden('restricted.read');
}

/** What is done about nobody's account is kept, too. */
async function assertTypeOfAny(tx: Tx, accountType: string): Promise<void> {
  const entities = (await listEntities(tx)).map(({ id }) => id);
  await assertAccountType(tx, entities, accountType);
}

/** Events lock their subjects, which are accounts or clients: two bulks that meet take them in the same order. */
function inLockingOrder(
  ids: readonly string[],
  accounts: ReadonlyMap<string, ListedAccount>,
): string[] {
  const order = (id: string) => `${accounts.get(id)?.clientId ?? ''}/${id}`;
  return [...ids].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

async function changeOne(
  tx: Tx,
  {
    id,
    account,
    action,
  }: {
    readonly id: string;
    readonly account: ListedAccount | undefined;
    readonly action: BulkAction;
  },
): Promise<BulkItem> {
  try {
    if (!account) throw notFound('account');
    const requestId = await inSavepoint(tx, (inner) => applyAction(inner, account, action));
    return { accountId: id, outcome: 'processed', requestId, code: null, detail: null };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { code, detail } = error;
    return { accountId: id, outcome: outcomeOfRefusal(code), requestId: null, code, detail };
  }
}

/** Answers the id of the request that it became, if it became one. */
async function applyAction(
  tx: Tx,
  account: ListedAccount,
  action: BulkAction,
): Promise<string | null> {
  switch (action.kind) {
    case 'change_leverage':
      if (account.leverage === action.leverage)
        throw conflict('same_leverage', 'The account has this leverage already.');
      return (await askForChange(tx, account.id, { ask: action })).id;
    case 'change_type':
      if (account.accountType === action.accountType)
        throw conflict('same_type', 'The account has this type already.');
      return (await askForChange(tx, account.id, { ask: action })).id;
    case 'close':
      if (endedStates.includes(account.state))
        throw conflict('account_ended', 'The account has ended already.');
      return (await askForChange(tx, account.id, { ask: action })).id;
    case 'password_link':
      await sendPasswordLink(tx, account.id);
      return null;
    case 'restrict':
      await restrictOne(tx, account, action);
      return null;
    case 'lift':
      await liftOfKind(tx, account, action);
      return null;
  }
}

async function restrictOne(
  tx: Tx,
  account: ListedAccount,
  action: Extract<BulkAction, { kind: 'restrict' }>,
): Promise<void> {
  const standing = (await restrictionsOfAccount(tx, account)).filter(
    ({ kind, scopes }) =>
      kind === action.restriction && action.scopes.every((scope) => scopes.includes(scope)),
  );
  if (standing.length > 0)
    throw conflict('restricted_already', 'The account is restricted in this way already.');
  await setRestriction(tx, {
    clientId: account.clientId,
    accountId: account.id,
    kind: action.restriction,
    scopes: action.scopes,
    reason: action.reason,
  });
}

async function liftOfKind(
  tx: Tx,
  account: ListedAccount,
  action: Extract<BulkAction, { kind: 'lift' }>,
): Promise<void> {
  const standing = (await restrictionsOfAccount(tx, account)).filter(
    ({ kind }) => kind === action.restriction,
  );
  if (standing.length === 0)
    throw conflict('not_restricted', 'No such restriction is in force on this account alone.');
  for (const { id } of standing) await liftRestriction(tx, account.clientId, id, action.reason);
}

async function keepBulk(
  tx: Tx,
  {
    action,
    entities,
    items,
  }: {
    readonly action: BulkAction;
    readonly entities: readonly string[];
    readonly items: readonly BulkItem[];
  },
): Promise<Bulk> {
  const id = newId('accountBulk');
  const madeBy = tx.scope.kind === 'staff' ? tx.scope.userId : tx.scope.actor;
  // The words are with each restriction, as its client's ciphertext.
  const { reason: _reason, ...kept } = { reason: '', ...action };
  const hidden = 'restriction' in action && action.restriction === 'restricted_hold';
  return asSystem(tx, async (system) => {
    await rows(
      system,
      `insert into account_bulk (id, made_by, entities, restricted, action) values (:id, :madeBy, :entities, :hidden, :action)`,
      { id, madeBy, entities: [...entities], hidden, action: JSON.stringify(kept) },
    );
    await rows(
      system,
      `insert into account_bulk_item (bulk_id, account_id, position, outcome, request_id, code, detail)
       select :id, n.account_id, n.position, n.outcome, n.request_id, n.code, n.detail
       from jsonb_to_recordset(:items::jsonb) as n(account_id text, position int, outcome text, request_id text, code text, detail text)`,
      {
        id,
        items: JSON.stringify(
          items.map((item, position) => ({
            account_id: item.accountId,
            position,
            outcome: item.outcome,
            request_id: item.requestId,
            code: item.code,
            detail: item.detail,
          })),
        ),
      },
    );
    return readBulk(system, id);
  });
}

/** Throws `not_found` (404). */
export async function readBulk(tx: Tx, id: string): Promise<Bulk> {
  const [row] = await rows<{
    id: string;
    made_by: string;
    action: Bulk['action'];
    created_at: string;
  }>(tx, 'select id, made_by, action, created_at from account_bulk where id = :id', { id });
  if (!row) throw notFound('bulk action');
  const items = await rows<{
    account_id: string;
    outcome: BulkOutcome;
    request_id: string | null;
    code: string | null;
    detail: string | null;
  }>(
    tx,
    'select account_id, outcome, request_id, code, detail from account_bulk_item where bulk_id = :id order by position',
    { id },
  );
  return {
    id: row.id,
    madeBy: row.made_by,
    action: row.action,
    createdAt: utc(row.created_at),
    items: items.map((item) => ({
      accountId: item.account_id,
      outcome: item.outcome,
      requestId: item.request_id,
      code: item.code,
      detail: item.detail,
    })),
  };
}

export interface BulkSummary {
  readonly id: string;
  readonly kind: BulkActionKind;
  readonly madeBy: string;
  readonly createdAt: string;
  readonly processed: number;
  readonly others: number;
}

/** The latest bulk actions that the scope may see. */
export async function latestBulks(tx: Tx, limit: number): Promise<BulkSummary[]> {
  const found = await rows<{
    id: string;
    kind: BulkActionKind;
    made_by: string;
    created_at: string;
    processed: number;
    others: number;
  }>(
    tx,
    `select b.id, b.action ->> 'kind' as kind, b.made_by, b.created_at,
       (select count(*)::int from account_bulk_item i where i.bulk_id = b.id and i.outcome = 'processed') as processed,
       (select count(*)::int from account_bulk_item i where i.bulk_id = b.id and i.outcome <> 'processed') as others
     from account_bulk b order by b.id desc limit :limit`,
    { limit },
  );
  return found.map((row) => ({
    id: row.id,
    kind: row.kind,
    madeBy: row.made_by,
    createdAt: utc(row.created_at),
    processed: row.processed,
    others: row.others,
  }));
}
