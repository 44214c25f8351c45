import { z } from 'zod';
import { decide, decisionsOf } from '../../db/task-decisions';
import { readVisibleTask, claimNext, claimTask, releaseTask, whyNot } from '../../db/task-inbox';
import { assertQueue, countTasks, listTasks } from '../../db/task-lists';
import { reassignTask } from '../../db/task-reassignment';
import { resumeTask, waitDaysMax, waitForClient } from '../../db/task-waiting';
import { inboxViews } from '../../domain/task/task';
import type { Task } from '../../db/tasks';
import { decodeCursor, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import {
  entityId,
  exampleId,
  idOf,
  instant,
  jsonObject,
  line,
  reason,
  taskKind,
  taskQueue,
  time,
} from '../schemas';

const task = z
  .object({
    id: idOf('task'),
    kind: taskKind,
    subject: z
      .string()
      .meta({ description: 'What is decided on.', example: exampleId('withdrawal') }),
    entityId,
    clientId: z.string().nullable(),
    title: z.string(),
    issue: z.array(jsonObject).meta({ description: 'What failed, first: `{code, detail}` each.' }),
    choices: z.array(z.string()),
    permission: z.string(),
    queue: z.object({ code: z.string(), name: z.string() }).nullable().meta({
      description: 'Where its policy sent it; null where its kind alone says who decides.',
    }),
    approvalsRequired: z.int(),
    approvals: z.int(),
    version: z.int(),
    contentHash: z.string(),
    state: z.enum(['open', 'decided', 'cancelled']),
    claimedBy: z.string().nullable(),
    leaseUntil: time.nullable(),
    decision: z.string().nullable(),
    reason: z.string().nullable(),
    decidedBy: z.string().nullable(),
    decidedAt: time.nullable(),
    dueAt: time.nullable().meta({
      description: 'By the business calendar of the entity; it stands still while `waitingSince`.',
    }),
    noticedAt: time.nullable().meta({ description: 'When half of its time was over.' }),
    escalatedAt: time.nullable().meta({ description: 'When all of its time was over.' }),
    escalatedTo: z.string().nullable().meta({ description: 'The lead or deputy it went to.' }),
    shortHanded: z
      .boolean()
      .meta({ description: 'Too few people are left who may decide it; the deputy was told.' }),
    waitingSince: time.nullable().meta({ description: 'The client is waited for since then.' }),
    waitingUntil: time.nullable(),
    priority: z.int(),
    openedAt: time,
  })
  .meta({ id: 'Task' });

const whyNotShape = z
  .object({ code: z.string(), detail: z.string() })
  .nullable()
  .meta({ description: 'Why you cannot act on it; null when you can.' });

const detail = task
  .extend({
    content: jsonObject.meta({
      description: 'Exactly what is decided; `contentHash` is its hash.',
    }),
    whyNot: whyNotShape,
    decisions: z.array(
      z.object({
        userId: z.string(),
        decision: z.string(),
        reason: z.string(),
        at: time,
        voided: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'TaskDetail' });

const example = {
  id: exampleId('task'),
  kind: 'withdrawal_approval' as const,
  subject: exampleId('withdrawal'),
  entityId: 'cy',
  clientId: exampleId('client'),
  title: 'Approve a withdrawal of 250.00 EUR',
  issue: [{ code: 'ABOVE_LIMIT', detail: 'above the limit for automatic approval' }],
  choices: ['approve', 'reject'],
  permission: 'withdrawal.approve',
  queue: null,
  approvalsRequired: 1,
  approvals: 0,
  version: 1,
  contentHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  state: 'open' as const,
  claimedBy: null,
  leaseUntil: null,
  decision: null,
  reason: null,
  decidedBy: null,
  decidedAt: null,
  dueAt: '2026-11-24T04:15:00.000000Z',
  noticedAt: null,
  escalatedAt: null,
  escalatedTo: null,
  shortHanded: false,
  waitingSince: null,
  waitingUntil: null,
  priority: 3,
  openedAt: '2026-11-23T20:15:00.000000Z',
};

const decidedExample = {
  ...example,
  version: 2,
  approvals: 1,
  state: 'decided' as const,
  decision: 'approve',
  reason: 'The source of funds is proven.',
  decidedBy: exampleId('user'),
  decidedAt: '2026-11-23T20:20:00.000000Z',
};

function show(found: Task): z.input<typeof task> {
  const {
    content: _content,
    excluded: _excluded,
    workflowId: _workflowId,
    restricted: _restricted,
    issue,
    choices,
    ...shown
  } = found;
  return { ...shown, choices: [...choices], issue: issue.map((each) => jsonObject.parse(each)) };
}

const views = [...inboxViews, 'all'] as const;

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/tasks',
  operationId: 'listTasks',
  summary: 'List open tasks',
  description: 'Those that your permissions and entities cover, the most urgent first.',
  tags: ['Tasks'],
  auth: { permission: 'task.read' },
  query: {
    ...pageQuery,
    view: z.enum(views).default('all'),
    kind: taskKind.optional(),
    queue: taskQueue.optional(),
  },
  responses: { 200: pageOf(task) },
  example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
  handle: async ({ tx, query }) => {
    const after = decodeCursor(query.cursor);
    await assertQueue(tx, query.queue);
    const found = await listTasks(tx, {
      view: query.view,
      limit: query.limit + 1,
      ...(query.kind === undefined ? {} : { kind: query.kind }),
      ...(query.queue === undefined ? {} : { queue: query.queue }),
      ...(after === undefined ? {} : { after }),
    });
    return { status: 200, body: pageFrom(found, query.limit, { after: (each) => each.id, show }) };
  },
});

const countsShape = z
  .object({
    ...Object.fromEntries(views.map((view) => [view, z.int()])),
    byKind: z.array(z.object({ kind: taskKind, open: z.int() })),
  })
  .meta({ id: 'InboxCounts' });

const counts = defineRoute({
  method: 'GET',
  path: '/api/v1/tasks/counts',
  operationId: 'countTasks',
  summary: 'Count open tasks by view and kind',
  description: 'Those that your permissions and entities cover; a count ends at 1,000.',
  tags: ['Tasks'],
  auth: { permission: 'task.read' },
  responses: { 200: countsShape },
  example: {
    answer: {
      status: 200,
      body: {
        ...Object.fromEntries(views.map((view) => [view, view === 'all' ? 1 : 0])),
        byKind: [{ kind: 'withdrawal_approval', open: 1 }],
      },
    },
  },
  handle: async ({ tx }) => {
    const { byKind, ...of } = await countTasks(tx);
    return { status: 200, body: { ...of, byKind: [...byKind] } };
  },
});

const read = defineRoute({
  method: 'GET',
  path: '/api/v1/tasks/:id',
  operationId: 'readTask',
  summary: 'Read a task',
  description:
    'With exactly what is decided, who has decided so far, and why you cannot act on it. It is there for who decides it, who may read what it is about, and auditors; a screening match only for who decides on matches.',
  tags: ['Tasks'],
  auth: { permission: 'task.read' },
  params: { id: idOf('task') },
  responses: { 200: detail },
  example: {
    answer: {
      status: 200,
      body: {
        ...example,
        content: { withdrawal: exampleId('withdrawal'), amount: '250.00', currency: 'EUR' },
        whyNot: null,
        decisions: [],
      },
    },
  },
  handle: async ({ tx, params }) => {
    const found = await readVisibleTask(tx, params.id);
    const problem = await whyNot(tx, found);
    return {
      status: 200,
      body: {
        ...show(found),
        content: jsonObject.parse(found.content),
        whyNot: problem ? { code: problem.code, detail: problem.detail } : null,
        decisions: await decisionsOf(tx, found.id),
      },
    };
  },
});

const claim = defineRoute({
  method: 'POST',
  path: '/api/v1/tasks/:id/claim',
  operationId: 'claimTask',
  summary: 'Claim a task',
  description:
    'For 30 minutes; claiming again renews the lease. 409 `claimed` when another person holds it.',
  tags: ['Tasks'],
  auth: { permission: 'task.claim' },
  params: { id: idOf('task') },
  responses: { 200: task },
  problems: { 409: '`claimed`, `four_eyes` or `already_decided`.' },
  example: { answer: { status: 200, body: { ...example, claimedBy: exampleId('user') } } },
  handle: async ({ tx, params }) => ({ status: 200, body: show(await claimTask(tx, params.id)) }),
});

const next = defineRoute({
  method: 'POST',
  path: '/api/v1/tasks/claim-next',
  operationId: 'claimNextTask',
  summary: 'Claim the most urgent task',
  description: 'Of those that you may decide and nobody holds; null when there is none.',
  tags: ['Tasks'],
  auth: { permission: 'task.claim' },
  responses: { 200: z.object({ task: task.nullable() }) },
  example: {
    answer: { status: 200, body: { task: { ...example, claimedBy: exampleId('user') } } },
  },
  handle: async ({ tx }) => {
    const found = await claimNext(tx);
    return { status: 200, body: { task: found ? show(found) : null } };
  },
});

const release = defineRoute({
  method: 'POST',
  path: '/api/v1/tasks/:id/release',
  operationId: 'releaseTask',
  summary: 'Give a claimed task back',
  tags: ['Tasks'],
  auth: { permission: 'task.claim' },
  params: { id: idOf('task') },
  responses: { 200: task },
  example: { answer: { status: 200, body: example } },
  handle: async ({ tx, params }) => {
    await releaseTask(tx, params.id);
    return { status: 200, body: show(await readVisibleTask(tx, params.id)) };
  },
});

const decision = defineRoute({
  method: 'POST',
  path: '/api/v1/tasks/:id/decision',
  operationId: 'decideTask',
  summary: 'Decide a task',
  description:
    'You decide on the version and content that you read: another one is 409 `stale`. Whoever took part is refused with 409 `four_eyes`; the second of two at once gets 409 `already_decided` with who, when and what. Of two approvals needed, the first leaves the task open. With `officer` the decision is refused unless it is that officer’s (409 `named_for_another`).',
  tags: ['Tasks'],
  auth: { permission: 'task.claim' },
  idempotency: 'required',
  params: { id: idOf('task') },
  body: z.strictObject({
    expectedVersion: z.int().min(1).max(1_000_000),
    contentHash: z.string().regex(/^[0-9a-f]{64}$/, 'is not a content hash'),
    decision: z.string().regex(/^[a-z_]{1,40}$/, 'is not a choice'),
    reason: line(500).meta({ example: 'The source of funds is proven.' }),
    note: line(2000).optional(),
    officer: idOf('user')
      .optional()
      .meta({ description: 'Whose decision it is meant to be.', example: exampleId('user') }),
  }),
  responses: { 200: task },
  problems: {
    409: '`stale`, `four_eyes`, `already_decided`, `claimed` or `named_for_another`.',
  },
  example: {
    body: {
      expectedVersion: 1,
      contentHash: example.contentHash,
      decision: 'approve',
      reason: 'The source of funds is proven.',
    },
    answer: { status: 200, body: decidedExample },
  },
  handle: async ({ tx, params, body: { note, officer, ...body } }) => {
    const decided = await decide(tx, {
      taskId: params.id,
      ...body,
      ...(note === undefined ? {} : { note }),
      ...(officer === undefined ? {} : { officer }),
    });
    return { status: 200, body: show(decided) };
  },
});

const reassign = defineRoute({
  method: 'POST',
  path: '/api/v1/tasks/:id/reassignment',
  operationId: 'reassignTask',
  summary: 'Give a task to a colleague',
  description:
    'Whoever holds it; it stays with the colleague for a working day. The reason is kept with the event.',
  tags: ['Tasks'],
  auth: { permission: 'task.reassign' },
  params: { id: idOf('task') },
  body: z.strictObject({ to: idOf('user'), reason }),
  responses: { 200: task },
  problems: { 409: '`already_decided` or `held_already`.', 422: '`not_eligible`.' },
  example: {
    body: { to: exampleId('user'), reason: 'Knows the client.' },
    answer: { status: 200, body: { ...example, claimedBy: exampleId('user') } },
  },
  handle: async ({ tx, params, body }) => ({
    status: 200,
    body: show(await reassignTask(tx, params.id, body)),
  }),
});

const wait = defineRoute({
  method: 'POST',
  path: '/api/v1/tasks/:id/wait',
  operationId: 'waitForClient',
  summary: 'Wait for the client',
  description: `Its time stands still until the client has uploaded a document, handed in the application or given or proven a payout instrument, somebody goes on with it, or \`until\` has come, at most ${waitDaysMax} days. The claim is given back.`,
  tags: ['Tasks'],
  auth: { permission: 'task.claim' },
  params: { id: idOf('task') },
  body: z.strictObject({ reason, until: instant.optional() }),
  responses: { 200: task },
  problems: {
    409: '`waiting`, `claimed`, `four_eyes` or `already_decided`.',
    422: '`no_client` or `wait_out_of_reach`.',
  },
  example: {
    body: { reason: 'The bank statement is on its way.' },
    answer: {
      status: 200,
      body: {
        ...example,
        waitingSince: '2026-11-23T20:20:00.000000Z',
        waitingUntil: '2026-12-23T20:20:00.000000Z',
      },
    },
  },
  handle: async ({ tx, params, body: { reason: why, until } }) => ({
    status: 200,
    body: show(
      await waitForClient(tx, params.id, {
        reason: why,
        ...(until === undefined ? {} : { until }),
      }),
    ),
  }),
});

const resume = defineRoute({
  method: 'POST',
  path: '/api/v1/tasks/:id/resume',
  operationId: 'resumeTask',
  summary: 'Go on with a task that waits for the client',
  tags: ['Tasks'],
  auth: { permission: 'task.claim' },
  params: { id: idOf('task') },
  responses: { 200: task },
  problems: { 409: '`not_waiting`, `claimed`, `four_eyes` or `already_decided`.' },
  example: { answer: { status: 200, body: example } },
  handle: async ({ tx, params }) => ({ status: 200, body: show(await resumeTask(tx, params.id)) }),
});

export const taskRoutes = [
  list,
  counts,
  next,
  read,
  claim,
  release,
  decision,
  reassign,
  wait,
  resume,
];
