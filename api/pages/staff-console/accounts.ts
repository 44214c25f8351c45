import { z } from 'zod';
import { permissionOfAction } from '../../../domain/account/actions';
import { bulkActions } from '../../../domain/account/bulk';
import { shownState, shownStates } from '../../../domain/account/shown-state';
import { may, type Scope } from '../../../domain/access/scope';
import { clientCategories } from '../../../domain/policy/kinds/kyc-approval';
import { latestBulks } from '../../../db/account-bulk';
import { listAccounts } from '../../../db/account-lists';
import { namesOfClients } from '../../../db/clients';
import type { Tx } from '../../../db/connection';
import { listEntities } from '../../../db/entities';
import { effectivePolicy } from '../../../db/policies';
import { listServers } from '../../../db/servers';
import { notFound } from '../../../domain/problem';
import { accountType, groupName, serverId } from '../../routes/account-schemas';
import { entityId, idOf, line, platform } from '../../schemas';
import { definePage } from '../page';
import { actionWords, platformOptions } from './account-words';
import { actorWords } from './actors';
import { address, afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

const path = '/staff/accounts';
const yes = z.enum(['yes']);

type ListQuery = Readonly<Record<string, string | undefined>>;

const accountsPage = definePage({
  path,
  auth: { permission: 'account.read' },
  query: {
    state: z.enum(shownStates).optional(),
    waiting: yes.optional(),
    overridden: yes.optional(),
    entity: entityId.optional(),
    server: serverId.optional(),
    platform: platform.optional(),
    type: accountType.optional(),
    category: z.enum(clientCategories).optional(),
    group: groupName.optional(),
    login: line(40).optional(),
    client: idOf('client').optional(),
    cursor: cursorQuery,
  },
  handle: async ({ tx, scope, query }) => {
    const { entity, type, client, waiting, overridden, cursor, ...rest } = query;
    const servers = await listServers(tx);
    if (query.server !== undefined && !servers.some(({ id }) => id === query.server))
      throw notFound('server');
    const found = await listAccounts(tx, {
      ...rest,
      entityId: entity,
      accountType: type,
      clientId: client,
      waiting: waiting && true,
      overridden: overridden && true,
      ...afterOf(cursor),
      limit: rowsPerPage + 1,
    });
    const { rows, next } = pageOfRows(found, { path, query, after: (account) => account.id });
    const names = may(scope, 'client.personal')
      ? await namesOfClients(
          tx,
          rows.map((account) => account.clientId),
        )
      : new Map<string, string>();
    return {
      view: 'staff/accounts',
      title: 'Trading accounts',
      data: {
        accounts: rows.map((account) => ({
          ...account,
          name: names.get(account.clientId),
          shown: shownState(account),
          ofGroup: address(path, { server: account.serverId, group: account.group }),
        })),
        next,
        ...(await filterData(tx, query)),
        bulkActions: bulkChoices(scope),
        bulks: await bulkData(tx),
      },
    };
  },
});

async function filterData(tx: Tx, query: ListQuery) {
  const chips = (name: string, all: string, options: Parameters<typeof chipsOf>[2]['options']) =>
    chipsOf(path, query, { name, all, options });
  const servers = await listServers(tx);
  const { compiled } = await effectivePolicy(tx, 'account.provisioning', {});
  const rare = ['server', 'platform', 'category', 'type'].some((name) => query[name] !== undefined);
  return {
    query,
    states: chips('state', 'Every state', shownStates),
    waits: [
      ...chips('waiting', 'Waiting or not', [{ value: 'yes', label: 'waiting' }]),
      ...chips('overridden', '', [{ value: 'yes', label: 'past the policy' }]).slice(1),
    ],
    entities: chips(
      'entity',
      'Every entity',
      (await listEntities(tx)).map(({ id, name }) => ({ value: id, label: name })),
    ),
    servers: chips(
      'server',
      'Every server',
      servers.map(({ id, name }) => ({ value: id, label: name })),
    ),
    platforms: chips('platform', 'Every platform', platformOptions),
    categories: chips('category', 'Every category', clientCategories),
    types: chips('type', 'Every type', compiled.effective.parameters.accountTypes),
    isRareOpen: rare,
    typed: (['login', 'group', 'client'] as const).flatMap((name) => {
      const value = query[name];
      if (value === undefined) return [];
      return [
        { name, value, without: address(path, { ...query, [name]: undefined, cursor: undefined }) },
      ];
    }),
    kept: Object.entries(query).flatMap(([name, value]) =>
      value === undefined || ['login', 'group', 'cursor'].includes(name) ? [] : [{ name, value }],
    ),
  };
}

/** The actions that this person may do about many at once. */
function bulkChoices(scope: Scope) {
  return bulkActions
    .filter((action) => may(scope, permissionOfAction[action]))
    .map((action) => ({
      href: `/staff/accounts/bulk/${actionWords[action].path}`,
      label: actionWords[action].label,
    }));
}

const bulksShown = 5;

async function bulkData(tx: Tx) {
  const bulks = await latestBulks(tx, bulksShown);
  const who = await actorWords(
    tx,
    bulks.map(({ madeBy }) => madeBy),
  );
  return bulks.map((bulk) => ({
    ...bulk,
    by: who(bulk.madeBy),
    label: actionWords[bulk.kind].label,
  }));
}

export const accountsPages = [accountsPage];
