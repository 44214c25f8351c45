import { z } from 'zod';
import { alertStates, listAlerts, readAlert, type AmlAlert } from '../../db/aml-alerts';
import type { Tx } from '../../db/connection';
import { latestTask } from '../../db/tasks';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import { entityId, exampleId, idOf, time } from '../schemas';

const alert = z
  .object({
    id: idOf('amlAlert'),
    entityId,
    clientId: idOf('client'),
    movementId: z
      .string()
      .meta({ description: 'The deposit or withdrawal after which it was seen.' }),
    evaluationId: idOf('evaluation'),
    reasons: z.array(z.string()).meta({ description: 'Codes of the rules that spoke.' }),
    state: z.enum(alertStates),
    restrictionId: idOf('restriction')
      .nullable()
      .meta({ description: 'The hold that rests on it; null where there is none.' }),
    openedAt: time,
    decidedAt: time.nullable(),
  })
  .meta({ id: 'AmlAlert' });

const detail = alert
  .extend({ taskId: idOf('task').nullable().meta({ description: 'Where it is decided.' }) })
  .meta({ id: 'AmlAlertDetail' });

const example = {
  id: exampleId('amlAlert'),
  entityId: 'cy',
  clientId: exampleId('client'),
  movementId: exampleId('deposit'),
  evaluationId: exampleId('evaluation'),
  reasons: ['STRUCTURING'],
  state: 'open' as const,
  restrictionId: null,
  openedAt: '2026-11-23T20:15:00.000000Z',
  decidedAt: null,
};

async function showDetail(tx: Tx, found: AmlAlert): Promise<z.input<typeof detail>> {
  const task = await latestTask(tx, found.id, 'aml_alert');
  return { ...found, reasons: [...found.reasons], taskId: task?.id ?? null };
}

export const amlAlertRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/aml-alerts',
    operationId: 'listAmlAlerts',
    summary: 'List what the rules on money laundering have seen',
    description:
      'Newest first; for the MLRO’s circle alone. Each is decided as a task `aml_alert`.',
    tags: ['Compliance'],
    auth: { permission: 'restricted.read' },
    query: {
      ...pageQuery,
      state: z.enum(alertStates).optional(),
      clientId: idOf('client').optional().meta({ description: 'Of this client alone.' }),
    },
    responses: { 200: pageOf(alert) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = await listAlerts(tx, {
        ...{ state: query.state, clientId: query.clientId },
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      const show = (each: AmlAlert) => ({ ...each, reasons: [...each.reasons] });
      return { status: 200, body: pageFrom(found, query.limit, { after: ({ id }) => id, show }) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/aml-alerts/:id',
    operationId: 'readAmlAlert',
    summary: 'Read what the rules on money laundering have seen',
    description: 'For the MLRO’s circle alone; 404 for everybody else’s eyes.',
    tags: ['Compliance'],
    auth: { permission: 'restricted.read' },
    params: { id: idOf('amlAlert') },
    responses: { 200: detail },
    example: { answer: { status: 200, body: { ...example, taskId: exampleId('task') } } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: await showDetail(tx, await readAlert(tx, params.id)),
    }),
  }),
];
