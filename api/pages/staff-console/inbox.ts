import { z } from 'zod';
import { claimNext, claimTask, listTasks, releaseTask } from '../../../db/task-inbox';
import { countTasks } from '../../../db/task-lists';
import { inboxViews } from '../../filtered-lists';
import { idOf, taskKind } from '../../schemas';
import { defineForm, definePage } from '../page';
import { address, afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';
import { savedFilterData } from './saved-filters';
import { pageOfTask, showTasks, taskKindWords } from './task-words';

const views = inboxViews;

const inboxQuery = {
  view: z.enum(views).optional(),
  kind: taskKind.optional(),
  cursor: cursorQuery,
};

const emptyWords: Readonly<Record<(typeof views)[number] | 'all', string>> = {
  mine: 'You have claimed nothing. Claim the next task, or choose one from all open tasks.',
  unclaimed: 'Every open task is claimed by somebody.',
  due_today: 'Nothing is due within 24 hours.',
  overdue: 'Nothing is overdue.',
  second_review: 'No task waits for a second approval.',
  all: 'No task is open for your roles. New ones appear here as soon as a process needs a decision.',
};

/** Every decision that waits for a person and that this person's permissions cover. */
const inbox = definePage({
  path: '/staff/inbox',
  auth: { permission: 'task.read' },
  query: inboxQuery,
  handle: async ({ tx, query }) => {
    const { view = 'all', kind } = query;
    const found = await listTasks(tx, {
      view,
      ...(kind ? { kind } : {}),
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const { rows, next } = pageOfRows(found, {
      path: '/staff/inbox',
      query,
      after: (task) => task.id,
    });
    const counts = await countTasks(tx);
    return {
      view: 'staff/inbox',
      title: 'Inbox',
      data: {
        tasks: await showTasks(tx, rows, Date.now()),
        next,
        saved: await savedFilterData(tx, 'inbox', query),
        counts,
        views: chipsOf('/staff/inbox', query, {
          name: 'view',
          all: 'All open',
          options: views,
          counts: Object.fromEntries(views.map((each) => [each, counts[each]])),
        }).map((chip, position) => (position === 0 ? { ...chip, count: counts.all } : chip)),
        kinds: chipsOf('/staff/inbox', query, {
          name: 'kind',
          all: 'Every kind',
          options: counts.byKind.map((each) => ({
            value: each.kind,
            label: taskKindWords[each.kind],
          })),
          counts: Object.fromEntries(counts.byKind.map((each) => [each.kind, each.open])),
        }),
        emptyWords: emptyWords[view],
        isFiltered: kind !== undefined || query.view !== undefined,
      },
    };
  },
});

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

export const inboxPages = [inbox, claimNextForm, claimForm, releaseForm];
