import { z } from 'zod';
import { declarationKinds } from '../../domain/trading/declaration';
import { serverNotices } from '../../db/declarations';
import { defineRoute } from '../route';
import { time } from '../schemas';
import { serverId } from './account-schemas';

const notice = z
  .object({
    serverId,
    server: z.string().meta({ description: 'Its name.' }),
    kind: z.enum(declarationKinds),
    from: time,
    until: time.nullable().meta({ description: 'Null while nobody knows.' }),
    isNow: z.boolean().meta({ description: 'False for what is announced and has not begun.' }),
  })
  .meta({ id: 'ServerNotice' });

export const serverNoticeRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/server-notices',
    operationId: 'listServerNotices',
    summary: 'Outages and maintenance that concern the caller',
    description:
      'Of servers with accounts that the caller sees: in force, or beginning within a day. What is asked for meanwhile is carried out afterwards.',
    tags: ['Servers'],
    auth: { any: [{ client: true }, { permission: 'account.read' }] },
    responses: { 200: z.object({ data: z.array(notice) }) },
    example: {
      answer: {
        status: 200,
        body: {
          data: [
            {
              serverId: 'mt5',
              server: 'MetaTrader 5',
              kind: 'maintenance',
              from: '2026-11-24T22:00:00.000000Z',
              until: '2026-11-24T23:00:00.000000Z',
              isNow: false,
            },
          ],
        },
      },
    },
    handle: async ({ tx }) => ({ status: 200, body: { data: await serverNotices(tx) } }),
  }),
];
