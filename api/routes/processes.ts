import { z } from 'zod';
import { notFound } from '../../domain/problem';
import { openProcesses, readProcess, type ProcessState } from '../../db/processes';
import { decodeCursor, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import { exampleId, time } from '../schemas';

const process = z
  .object({
    workflowId: z.string(),
    workflow: z.string(),
    subject: z.string(),
    entityId: z.string().nullable(),
    clientId: z.string().nullable(),
    state: z.string(),
    waitsFor: z.string().nullable().meta({ description: 'The named thing; null while it works.' }),
    since: time,
    due: time.nullable(),
    finishedAt: time.nullable(),
    outcome: z.string().nullable(),
  })
  .meta({ id: 'Process' });

const example = {
  workflowId: `deposit/${exampleId('deposit')}`,
  workflow: 'deposit',
  subject: exampleId('deposit'),
  entityId: 'cy',
  clientId: exampleId('client'),
  state: 'awaiting_payment',
  waitsFor: 'the payer at stripe',
  since: '2026-11-23T20:15:00.000000Z',
  due: '2026-11-24T20:15:00.000000Z',
  finishedAt: null,
  outcome: null,
};

function show({
  args: _args,
  taskQueue: _taskQueue,
  ...shown
}: ProcessState): z.input<typeof process> {
  return shown;
}

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/processes',
  operationId: 'listOpenProcesses',
  summary: 'List what runs and what it waits for',
  description: 'Unfinished processes, the longest waiting first.',
  tags: ['Operations'],
  auth: { permission: 'process.read' },
  query: pageQuery,
  responses: { 200: pageOf(process) },
  example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
  handle: async ({ tx, query }) => {
    const after = decodeCursor(query.cursor);
    const found = await openProcesses(tx, {
      limit: query.limit + 1,
      ...(after === undefined ? {} : { afterWorkflowId: after }),
    });
    const page = pageFrom(found, query.limit, { after: (each) => each.workflowId, show });
    return { status: 200, body: page };
  },
});

const read = defineRoute({
  method: 'GET',
  path: '/api/v1/processes/:process/:id',
  operationId: 'readProcess',
  summary: 'Read a process',
  description: 'By its workflow id, `<process>/<id>`.',
  tags: ['Operations'],
  auth: { permission: 'process.read' },
  params: {
    process: z
      .string()
      .regex(/^[A-Za-z]{1,40}$/)
      .meta({ example: 'deposit' }),
    id: z
      .string()
      .regex(/^[A-Za-z0-9._:-]{1,200}$/)
      .meta({ example: exampleId('deposit') }),
  },
  responses: { 200: process },
  example: { answer: { status: 200, body: example } },
  handle: async ({ tx, params }) => {
    const found = await readProcess(tx, `${params.process}/${params.id}`);
    if (!found) throw notFound('process');
    return { status: 200, body: show(found) };
  },
});

export const processRoutes = [list, read];
