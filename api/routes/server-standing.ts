import { z } from 'zod';
import { moneyJson } from '../../domain/money';
import { countAffected, countInFlight, listAffected, listInFlight } from '../../db/server-standing';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import { entityId, exampleId, idOf, moneyAnswer, time } from '../schemas';
import { serverId } from './account-schemas';
import { knownServer } from './servers';

const affected = z
  .object({
    id: idOf('account'),
    entityId,
    clientId: idOf('client'),
    login: z.string().nullable(),
    state: z.string(),
    currency: z.string(),
    inFlight: z.number().int().meta({ description: 'Steps of its that have not ended.' }),
  })
  .meta({ id: 'AffectedAccount' });

const openIntent = z
  .object({
    id: idOf('intent'),
    workflowId: z.string(),
    kind: z.string(),
    state: z.enum(['planned', 'sending', 'unknown']).meta({
      description: '`planned` waits to be sent; `unknown` was sent, and its end is looked for.',
    }),
    reference: z.string().nullable().meta({ description: 'The log-in or account.' }),
    entityId,
    clientId: idOf('client').nullable(),
    amount: moneyAnswer.nullable(),
    createdAt: time,
    sentAt: time.nullable(),
  })
  .meta({ id: 'OpenIntent' });

export const serverStandingRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/servers/:id/affected',
    operationId: 'listAffectedAccounts',
    summary: 'Accounts on a server that have not ended, the newest first',
    description: 'With how many clients and accounts there are in all.',
    tags: ['Servers'],
    auth: { permission: 'account.read' },
    params: { id: serverId },
    query: pageQuery,
    responses: {
      200: pageOf(affected).extend({ clients: z.number().int(), accounts: z.number().int() }),
    },
    example: {
      answer: {
        status: 200,
        body: {
          data: [
            {
              id: exampleId('account'),
              entityId: 'cy',
              clientId: exampleId('client'),
              login: '100017',
              state: 'active',
              currency: 'EUR',
              inFlight: 1,
            },
          ],
          nextCursor: null,
          clients: 1,
          accounts: 1,
        },
      },
    },
    handle: async ({ tx, params, query }) => {
      await knownServer(tx, params.id);
      const found = await listAffected(tx, {
        serverId: params.id,
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return {
        status: 200,
        body: {
          ...pageFrom(found, query.limit, { after: ({ id }) => id, show: (each) => each }),
          ...(await countAffected(tx, params.id)),
        },
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/servers/:id/intents',
    operationId: 'listServerIntents',
    summary: 'What is in flight at a server, the oldest first',
    description: 'Planned and not sent, being sent, or of unknown outcome; with their numbers.',
    tags: ['Servers'],
    auth: { permission: 'process.read' },
    params: { id: serverId },
    query: pageQuery,
    responses: {
      200: pageOf(openIntent).extend({
        planned: z.number().int(),
        sending: z.number().int(),
        unknown: z.number().int(),
      }),
    },
    example: {
      answer: {
        status: 200,
        body: {
          data: [
            {
              id: exampleId('intent'),
              workflowId: `transfer/${exampleId('transfer')}`,
              kind: 'balance_operation',
              state: 'planned',
              reference: '100017',
              entityId: 'cy',
              clientId: exampleId('client'),
              amount: { amount: '500.00', currency: 'EUR' },
              createdAt: '2026-11-23T20:15:00.000000Z',
              sentAt: null,
            },
          ],
          nextCursor: null,
          planned: 1,
          sending: 0,
          unknown: 0,
        },
      },
    },
    handle: async ({ tx, params, query }) => {
      await knownServer(tx, params.id);
      const found = await listInFlight(tx, {
        serverId: params.id,
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      const page = pageFrom(found, query.limit, {
        after: ({ id }) => id,
        show: ({ amountMinor, currency, ...intent }) => ({
          ...intent,
          amount:
            amountMinor === null || currency === null ? null : moneyJson({ amountMinor, currency }),
        }),
      });
      return { status: 200, body: { ...page, ...(await countInFlight(tx, params.id)) } };
    },
  }),
];
