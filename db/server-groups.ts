import type { TradingGroup } from '../domain/trading/account';
import { Problem } from '../domain/problem';
import { rows, type Tx } from './connection';

export type ServerGroup = Pick<TradingGroup, 'name' | 'currency'>;

/** Keeps which groups a server has; one that has gone goes here, too. */
export async function saveGroups(
  tx: Tx,
  serverId: string,
  groups: readonly ServerGroup[],
): Promise<void> {
  const names = groups.map(({ name }) => name);
  await rows(
    tx,
    'delete from server_group where server_id = :serverId and name <> all (:names::text[])',
    { serverId, names },
  );
  await rows(
    tx,
    `insert into server_group (server_id, name, currency)
     select :serverId, g.name, g.currency from unnest(:names::text[], :currencies::text[]) as g(name, currency)
     on conflict (server_id, name) do update set currency = excluded.currency, refreshed_at = clock_timestamp()`,
    { serverId, names, currencies: groups.map(({ currency }) => currency) },
  );
}

/** A server's groups by name, those of one currency where one is given. */
export async function listGroups(
  tx: Tx,
  {
    serverId,
    currency,
    after,
    limit,
  }: {
    readonly serverId: string;
    readonly currency?: string | undefined;
    /** The name that the page continues after. */
    readonly after?: string | undefined;
    readonly limit: number;
  },
): Promise<ServerGroup[]> {
  return rows<ServerGroup>(
    tx,
    `select name, currency from server_group
     where server_id = :serverId and (:currency::text is null or currency = :currency) and name > :after
     order by name limit :limit`,
    { serverId, currency: currency ?? null, after: after ?? '', limit },
  );
}

/** More groups of one currency than a person chooses from. */
export const groupsOfferedMax = 1_000;

/**
 * Refuses with 422 `unknown_group` what is none of the groups of the account's server in its currency: it stands in
 * clear in requests, tasks and events, and the server would refuse it after two people have decided.
 */
export async function assertGroup(
  tx: Tx,
  { serverId, currency }: { readonly serverId: string; readonly currency: string },
  group: string,
): Promise<void> {
  const known = await rows(
    tx,
    'select 1 from server_group where server_id = :serverId and currency = :currency and name = :group',
    { serverId, currency, group },
  );
  if (known.length > 0) return;
  const found = await listGroups(tx, { serverId, currency, limit: groupsOfferedMax });
  const groups = found.map(({ name }) => name);
  const detail =
    groups.length === 0
      ? `no group of ${serverId} in ${currency} is known here yet`
      : `is none of the groups of ${serverId} in ${currency}`;
  throw new Problem({
    status: 422,
    code: 'unknown_group',
    detail: 'The trading server has no such group for this account.',
    errors: [{ pointer: '/body/group', detail }],
    extra: { groups },
  });
}
