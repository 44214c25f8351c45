import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import { clientStates } from '../../../domain/kyc/client-state';
import { listClients, namesOfClients } from '../../../db/clients';
import { listEntities } from '../../../db/entities';
import { entityId } from '../../schemas';
import { definePage } from '../page';
import { afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

const levels = ['low', 'medium', 'high'] as const;

const clientsPage = definePage({
  path: '/staff/clients',
  auth: { permission: 'client.read' },
  query: {
    state: z.enum(clientStates).optional(),
    risk: z.enum(levels).optional(),
    entity: entityId.optional(),
    restricted: z.literal('yes').optional(),
    cursor: cursorQuery,
  },
  handle: async ({ tx, scope, query }) => {
    const found = await listClients(tx, {
      ...(query.state ? { state: query.state } : {}),
      ...(query.risk ? { riskLevel: query.risk } : {}),
      ...(query.entity ? { entityId: query.entity } : {}),
      restricted: query.restricted === 'yes',
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const path = '/staff/clients';
    const { rows, next } = pageOfRows(found, { path, query, after: (client) => client.id });
    const names = may(scope, 'client.personal')
      ? await namesOfClients(
          tx,
          rows.map((client) => client.id),
        )
      : new Map<string, string>();
    const entities = await listEntities(tx);
    return {
      view: 'staff/clients',
      title: 'Clients',
      data: {
        clients: rows.map((client) => ({ ...client, name: names.get(client.id) })),
        next,
        states: chipsOf(path, query, { name: 'state', all: 'Every state', options: clientStates }),
        others: [
          ...chipsOf(path, query, {
            name: 'risk',
            all: 'Every risk',
            options: levels.map((value) => ({ value, label: `${value} risk` })),
          }),
          ...chipsOf(path, query, {
            name: 'restricted',
            all: 'Restricted or not',
            options: [{ value: 'yes', label: 'restricted' }],
          }),
        ],
        entities: chipsOf(path, query, {
          name: 'entity',
          all: 'Every entity',
          options: entities.map(({ id, name }) => ({ value: id, label: name })),
        }),
      },
    };
  },
});

export const clientsPages = [clientsPage];
