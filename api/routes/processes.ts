import { z } from 'zod';
import { notFound } from '../../domain/problem';
import { findOrphans, orphansListedMax, sumOfScans } from '../../db/orphans/find-orphans';
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

const orphanScan = z
  .object({
    kind: z.string().meta({ description: 'What was looked at.', example: 'hold on money' }),
    scanned: z.int().meta({ description: 'How many of them there are.' }),
    found: z.int().meta({ description: 'How many no process works on.' }),
    orphans: z
      .array(
        z.object({
          thing: z.string().meta({ example: exampleId('deposit') }),
          entityId: z.string().nullable().meta({ description: 'Null: everybody’s.' }),
          why: z.string().meta({ description: 'Why nobody works on it.' }),
        }),
      )
      .meta({ description: `The first ${orphansListedMax} of them by id.` }),
  })
  .meta({ id: 'OrphanScan' });

const orphans = defineRoute({
  method: 'GET',
  path: '/api/v1/orphans',
  operationId: 'listOrphans',
  summary: 'List what no process works on',
  description:
    'Looks through everything unfinished in your entities, and, for who works for all of them, of no entity (cases, payments, holds, tasks, steps outside, commands, processes) for what no process owns, and says how many of each kind it scanned. `keelson orphans` also asks Temporal.',
  tags: ['Operations'],
  auth: { permission: 'process.read' },
  responses: {
    200: z.object({ scanned: z.int(), found: z.int(), scans: z.array(orphanScan) }).meta({
      id: 'OrphanReport',
    }),
  },
  example: {
    answer: {
      status: 200,
      body: {
        scanned: 41,
        found: 1,
        scans: [
          { kind: 'open withdrawal', scanned: 40, found: 0, orphans: [] },
          {
            kind: 'open deposit',
            scanned: 1,
            found: 1,
            orphans: [
              {
                thing: exampleId('deposit'),
                entityId: 'cy',
                why: `there is no process deposit/${exampleId('deposit')}`,
              },
            ],
          },
        ],
      },
    },
  },
  handle: async ({ tx }) => {
    const scans = await findOrphans(tx);
    const body = {
      ...sumOfScans(scans),
      scans: scans.map((scan) => ({ ...scan, orphans: [...scan.orphans] })),
    };
    return { status: 200, body };
  },
});

export const processRoutes = [list, read, orphans];
