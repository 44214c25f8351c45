import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import { isId } from '../../../domain/ids';
import { malformed } from '../../../domain/problem';
import { bulkTasksMax } from '../../../domain/task/bulk';
import {
  inboxViews,
  taskChoices,
  taskRules,
  type InboxView,
  type TaskKind,
} from '../../../domain/task/task';
import type { Tx } from '../../../db/connection';
import { changeTasks, readTaskBulk, type SeenTask, type TaskAction } from '../../../db/task-bulk';
import { claimNext, claimTask, releaseTask } from '../../../db/task-inbox';
import { assertQueue, countMax, countTasks, listTasks, openQueues } from '../../../db/task-lists';
import { reassignTask } from '../../../db/task-reassignment';
import { resumeTask, waitForClient } from '../../../db/task-waiting';
import { listUsers } from '../../../db/users';
import { idOf, reason, taskKind, taskQueue } from '../../schemas';
import { defineForm, definePage } from '../page';
import { colleagueOptions } from './decision';
import {
  address,
  afterOf,
  chipsOf,
  cursorQuery,
  pageOfRows,
  rowsPerPage,
  severalTexts,
  type Chip,
} from './lists';
import { savedFilterData } from './saved-filters';
import { pageOfTask, showTasks, taskKindWords, wordsOfChoice } from './task-words';

const inboxQuery = {
  view: z.enum(inboxViews).optional(),
  kind: taskKind.optional(),
  queue: taskQueue.optional(),
  cursor: cursorQuery,
};

const viewWords: Readonly<Record<InboxView, string>> = {
  mine: 'Mine',
  unclaimed: 'Unclaimed',
  due_today: 'Due today',
  overdue: 'Overdue',
  waiting: 'Waiting for the client',
  second_review: 'Second review',
  escalated: 'Escalated',
};

const emptyWords: Readonly<Record<InboxView | 'all', string>> = {
  mine: 'You have claimed nothing. Claim the next task, or choose one from all open tasks.',
  unclaimed: 'Every open task is claimed by somebody.',
  due_today: 'Nothing else is due before the day ends.',
  overdue: 'Nothing is overdue.',
  waiting: 'No task waits for a client.',
  second_review: 'No task waits for a second approval.',
  escalated: 'Nothing is late that was not escalated, and no task is short of people.',
  all: 'No task is open for your roles. New ones appear here as soon as a process needs a decision.',
};

/** Every decision that waits for a person and that this person's permissions cover. */
const inbox = definePage({
  path: '/staff/inbox',
  auth: { permission: 'task.read' },
  query: inboxQuery,
  handle: async ({ tx, scope, query }) => {
    const { view = 'all', kind, queue } = query;
    await assertQueue(tx, queue);
    const found = await listTasks(tx, {
      view,
      ...(kind ? { kind } : {}),
      ...(queue ? { queue } : {}),
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const { rows, next } = pageOfRows(found, {
      path: '/staff/inbox',
      query,
      after: (task) => task.id,
    });
    const counts = await countTasks(tx);
    const queues = await openQueues(tx);
    const mayBulk = may(scope, 'task.claim') || may(scope, 'task.reassign');
    return {
      view: 'staff/inbox',
      title: 'Inbox',
      data: {
        tasks: await showTasks(tx, rows, Date.now()),
        next,
        saved: await savedFilterData(tx, 'inbox', query),
        counts,
        isMany: counts.all >= countMax,
        views: liveChips(
          chipsOf('/staff/inbox', query, {
            name: 'view',
            all: 'All open',
            options: inboxViews.map((value) => ({ value, label: viewWords[value] })),
            counts: Object.fromEntries(inboxViews.map((each) => [each, counts[each]])),
          }).map((chip, position) => (position === 0 ? { ...chip, count: counts.all } : chip)),
        ),
        kinds: chipsOf('/staff/inbox', query, {
          name: 'kind',
          all: 'Every kind',
          options: counts.byKind.map((each) => ({
            value: each.kind,
            label: taskKindWords[each.kind],
          })),
          counts: Object.fromEntries(counts.byKind.map((each) => [each.kind, each.open])),
        }),
        queues:
          queues.length > 0 || queue !== undefined
            ? chipsOf('/staff/inbox', query, {
                name: 'queue',
                all: 'Every queue',
                options: queues.map(({ code, name }) => ({ value: code, label: name })),
                counts: Object.fromEntries(queues.map(({ code, open }) => [code, open])),
              })
            : [],
        bulk: mayBulk && rows.length > 0 ? await bulkData(tx, kind) : undefined,
        emptyWords: emptyWords[view],
        isFiltered: kind !== undefined || queue !== undefined || query.view !== undefined,
      },
    };
  },
});

/** The chips of views, each with the name under which its count is kept fresh. */
function liveChips(chips: readonly Chip[]) {
  return chips.map((chip, position) => ({ ...chip, live: inboxViews[position - 1] ?? 'all' }));
}

/** What can be done about the tasks that are ticked. Decisions are offered while one kind is shown. */
async function bulkData(tx: Tx, kind: TaskKind | undefined) {
  const { scope } = tx;
  const rule = kind && taskRules[kind];
  const mayDecide = rule?.approvalsRequired === 1 && may(scope, rule.permission);
  const colleagues = may(scope, 'task.reassign')
    ? await listUsers(tx, { kind: 'staff', state: 'active', limit: 200 })
    : [];
  return {
    most: bulkTasksMax,
    actions: [
      ...(may(scope, 'task.claim')
        ? [
            { value: 'claim', label: 'Claim for 30 minutes' },
            { value: 'release', label: 'Give back' },
          ]
        : []),
      ...(colleagues.length > 0 ? [{ value: 'reassign', label: 'Give to a colleague' }] : []),
      ...(mayDecide
        ? rule.choices.map((choice) => ({
            value: `decide:${choice}`,
            label: `Decide: ${wordsOfChoice(choice)}`,
          }))
        : []),
    ],
    colleagues: await colleagueOptions(
      tx,
      colleagues.map(({ id }) => id),
    ),
    hint: mayDecide
      ? 'Tasks that a second person has to look at are left out.'
      : 'Filter by a kind to decide several at once.',
  };
}

/** Claims the most urgent task there is for this person and opens it. */
const claimNextForm = defineForm({
  path: '/staff/inbox/claim-next',
  auth: { permission: 'task.claim' },
  page: inbox,
  handle: async ({ tx }) => {
    const task = await claimNext(tx);
    return task
      ? { to: pageOfTask(task), flash: 'Claimed for you for 30 minutes.' }
      : { to: '/staff/inbox', flash: 'No unclaimed task is left for you.' };
  },
});

const backTo = z.enum(['task', 'inbox']).default('task');

const claimForm = defineForm({
  path: '/staff/tasks/:id/claim',
  auth: { permission: 'task.claim' },
  params: { id: idOf('task') },
  body: { back: backTo },
  handle: async ({ tx, params, body }) => {
    const task = await claimTask(tx, params.id);
    const to = body.back === 'inbox' ? address('/staff/inbox', { view: 'mine' }) : pageOfTask(task);
    return { to, flash: 'Claimed for you for 30 minutes.' };
  },
});

const releaseForm = defineForm({
  path: '/staff/tasks/:id/release',
  auth: { permission: 'task.claim' },
  params: { id: idOf('task') },
  handle: async ({ tx, params }) => {
    await releaseTask(tx, params.id);
    return { to: '/staff/inbox', flash: 'Released: others can claim it now.' };
  },
});

const waitForm = defineForm({
  path: '/staff/tasks/:id/wait',
  auth: { permission: 'task.claim' },
  params: { id: idOf('task') },
  body: { reason },
  handle: async ({ tx, params, body }) => {
    await waitForClient(tx, params.id, body);
    return { to: '/staff/inbox', flash: 'Its time stands still until the client has answered.' };
  },
});

const resumeForm = defineForm({
  path: '/staff/tasks/:id/resume',
  auth: { permission: 'task.claim' },
  params: { id: idOf('task') },
  handle: async ({ tx, params }) => ({
    to: pageOfTask(await resumeTask(tx, params.id)),
    flash: 'Its time goes on with what was left.',
  }),
});

const reassignForm = defineForm({
  path: '/staff/tasks/:id/reassign',
  auth: { permission: 'task.reassign' },
  params: { id: idOf('task') },
  body: { to: idOf('user'), reason },
  handle: async ({ tx, params, body }) => ({
    to: pageOfTask(await reassignTask(tx, params.id, body)),
    flash: 'Given to the colleague for a working day.',
  }),
});

const bulkActions = [
  ...['claim', 'release', 'reassign'],
  ...taskChoices.map((choice) => `decide:${choice}`),
];

const bulkForm = defineForm({
  path: '/staff/inbox/bulk',
  auth: { any: [{ permission: 'task.claim' }, { permission: 'task.reassign' }] },
  body: {
    task: severalTexts,
    action: z.enum(bulkActions),
    to: idOf('user').optional(),
    reason: reason.optional(),
  },
  page: inbox,
  handle: async ({ tx, body }) => {
    const { id } = await changeTasks(tx, {
      tasks: body.task.map(seenTask),
      action: actionOf(body),
    });
    return { to: `/staff/task-bulks/${id}` };
  },
});

function seenTask(text: string): SeenTask {
  const [taskId = '', version = '', contentHash = ''] = text.split(':');
  if (!isId('task', taskId) || !/^\d{1,6}$/.test(version) || !/^[0-9a-f]{64}$/.test(contentHash)) {
    throw malformed('One of the tasks cannot be read.', [
      { pointer: '/body/task', detail: 'holds what is no task' },
    ]);
  }
  return { taskId, expectedVersion: Number(version), contentHash };
}

function actionOf(body: {
  readonly action: string;
  readonly to?: string | undefined;
  readonly reason?: string | undefined;
}): TaskAction {
  const [kind = '', decision = ''] = body.action.split(':');
  if (kind === 'claim' || kind === 'release') return { kind };
  if (body.reason === undefined) {
    throw malformed('This needs a reason.', [{ pointer: '/body/reason', detail: 'is required' }]);
  }
  if (kind === 'decide') return { kind, decision, reason: body.reason };
  if (body.to === undefined) {
    throw malformed('Say to whom.', [{ pointer: '/body/to', detail: 'is required' }]);
  }
  return { kind: 'reassign', to: body.to, reason: body.reason };
}

const bulkWords: Readonly<Record<TaskAction['kind'], string>> = {
  claim: 'Claimed',
  release: 'Given back',
  reassign: 'Given to a colleague',
  decide: 'Decided',
};

const bulkPage = definePage({
  path: '/staff/task-bulks/:id',
  auth: { any: [{ permission: 'task.claim' }, { permission: 'task.reassign' }] },
  params: { id: idOf('taskBulk') },
  handle: async ({ tx, params }) => {
    const bulk = await readTaskBulk(tx, params.id);
    const count = (outcome: string) => bulk.items.filter((item) => item.outcome === outcome).length;
    return {
      view: 'staff/task-bulk',
      title: bulkWords[bulk.action],
      data: {
        bulk,
        counts: {
          processed: count('processed'),
          skipped: count('skipped'),
          errored: count('errored'),
        },
      },
    };
  },
});

export const inboxPages = [
  inbox,
  claimNextForm,
  claimForm,
  releaseForm,
  waitForm,
  resumeForm,
  reassignForm,
  bulkForm,
  bulkPage,
];
