import { z } from 'zod';
import { bulkTasksMax } from '../../domain/task/bulk';
import { taskChoices } from '../../domain/task/task';
import { changeTasks, readTaskBulk, type TaskBulk } from '../../db/task-bulk';
import { defineRoute } from '../route';
import { idIn } from '../location';
import { exampleId, idOf, line, reason, time } from '../schemas';

const action = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('claim') }),
  z.strictObject({ kind: z.literal('release') }),
  z.strictObject({ kind: z.literal('reassign'), to: idOf('user'), reason }),
  z.strictObject({
    kind: z.literal('decide'),
    decision: z.enum(taskChoices),
    reason: line(500),
  }),
]);

const outcome = z.enum(['processed', 'skipped', 'errored']);

const answer = z
  .object({
    id: idOf('taskBulk'),
    action: z.enum(['claim', 'release', 'reassign', 'decide']),
    createdAt: time,
    processed: z.int(),
    skipped: z
      .int()
      .meta({ description: 'Nothing to do, somebody else’s, or for two people and so by itself.' }),
    errored: z.int(),
    items: z.array(
      z.object({
        taskId: z.string(),
        outcome,
        reason: z.object({ code: z.string(), detail: z.string() }).nullable(),
      }),
    ),
  })
  .meta({ id: 'TaskBulk' });

function show({ items, ...bulk }: TaskBulk): z.input<typeof answer> {
  const count = (of: z.infer<typeof outcome>) => items.filter((item) => item.outcome === of).length;
  return {
    ...bulk,
    processed: count('processed'),
    skipped: count('skipped'),
    errored: count('errored'),
    items: items.map(({ taskId, outcome: of, code, detail }) => ({
      taskId,
      outcome: of,
      reason: code === null ? null : { code, detail: detail ?? '' },
    })),
  };
}

const example = {
  id: exampleId('taskBulk'),
  action: 'decide' as const,
  createdAt: '2026-11-23T20:15:00.000000Z',
  processed: 1,
  skipped: 0,
  errored: 0,
  items: [{ taskId: exampleId('task'), outcome: 'processed' as const, reason: null }],
};

export const taskBulkRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/tasks/bulk',
    operationId: 'changeTasks',
    summary: 'Do the same about many tasks',
    description: `Up to ${bulkTasksMax}; each is answered by itself, and each is decided on the version and content that you saw. A task that two people decide, or of which somebody took part, is skipped with \`four_eyes_task\`. One that is not yours is \`errored\` with \`not_found\`. Reassigning needs \`task.reassign\`.`,
    tags: ['Tasks'],
    auth: { any: [{ permission: 'task.claim' }, { permission: 'task.reassign' }] },
    idempotency: 'required',
    body: z.strictObject({
      tasks: z
        .array(
          z.strictObject({
            taskId: idOf('task'),
            expectedVersion: z.int().min(1).max(1_000_000),
            contentHash: z.string().regex(/^[0-9a-f]{64}$/, 'is not a content hash'),
          }),
        )
        .min(1)
        .max(bulkTasksMax),
      action,
    }),
    responses: { 200: answer },
    example: {
      body: {
        tasks: [
          {
            taskId: exampleId('task'),
            expectedVersion: 1,
            contentHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
          },
        ],
        action: { kind: 'decide', decision: 'approve', reason: 'In order.' },
      },
      answer: { status: 200, body: example },
    },
    location: (body) => `/api/v1/task-bulks/${idIn(body)}`,
    handle: async ({ tx, body }) => ({ status: 200, body: show(await changeTasks(tx, body)) }),
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/task-bulks/:id',
    operationId: 'readTaskBulk',
    summary: 'Read what came of a bulk action of yours',
    tags: ['Tasks'],
    auth: { permission: 'task.claim' },
    params: { id: idOf('taskBulk') },
    responses: { 200: answer },
    example: { answer: { status: 200, body: example } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: show(await readTaskBulk(tx, params.id)),
    }),
  }),
];
