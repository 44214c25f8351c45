import { isId } from '../../../domain/ids';
import { askInWords } from '../../../domain/account/words';
import { accountsOfIds } from '../../../db/account-lists';
import { reasonsOfRequests } from '../../../db/account-request-lists';
import { readAccountRequest } from '../../../db/account-requests';
import type { Tx } from '../../../db/connection';
import type { Json } from '../../../db/events';
import { listServers } from '../../../db/servers';
import { readVisibleTask } from '../../../db/task-inbox';
import type { Task } from '../../../db/tasks';
import { timelineOfSubjects } from '../../../db/timeline';
import { idOf } from '../../schemas';
import { defineForm, definePage } from '../page';
import { actorWords } from './actors';
import { decideFrom, decisionFields, decisionView } from './decision';
import { showEvents } from './events';
import { pageOfTask } from './task-words';

/** One line of what is decided, as the approver signs it. */
interface ContentLine {
  readonly name: string;
  readonly value: string;
  /** An id that has a page of its own, or may have one. */
  readonly isId: boolean;
  readonly rows: readonly (readonly ContentLine[])[];
}

function linesOf(content: { readonly [key: string]: Json }): ContentLine[] {
  return Object.entries(content).map(([key, value]) => {
    const isTable =
      Array.isArray(value) && value.every((row) => typeof row === 'object' && row !== null);
    const text = textOf(value);
    return {
      name: key
        .replaceAll(/([A-Z])/g, ' $1')
        .replaceAll('_', ' ')
        .toLowerCase(),
      value: isTable && value.length > 0 ? '' : text,
      isId: /^[a-z]{2,4}_[0-9a-f-]{36}$/.test(text),
      rows: isTable && value.length > 0 ? value.map((row) => linesOf({ ...Object(row) })) : [],
    };
  });
}

/** A thing with fields reads `leverage 1, group x`. */
function textOf(value: Json): string {
  if (Array.isArray(value)) return value.map(String).join(', ');
  if (typeof value !== 'object' || value === null) return String(value ?? '—');
  return Object.entries(value)
    .map(([name, field]) => `${name} ${String(field)}`)
    .join(', ');
}

const taskPage = definePage({
  path: '/staff/tasks/:id',
  auth: { permission: 'task.read' },
  params: { id: idOf('task') },
  handle: async ({ tx, params }) => {
    const task = await readVisibleTask(tx, params.id);
    const subject = task.subject.replace(/\/.*$/, '');
    const events = await timelineOfSubjects(
      tx,
      [
        ...[task.subject, subject, ...(task.workflowId ? [task.workflowId] : [])],
        ...(task.restricted ? [`restricted/${task.subject}`] : []),
      ],
      60,
    );
    const href = pageOfTask(task);
    const content = linesOf(task.content);
    const asked =
      task.kind === 'account_request' ? await readAccountRequest(tx, task.subject) : undefined;
    const named = new Set(content.map(({ value }) => value));
    return {
      view: 'staff/task',
      title: task.title,
      data: {
        ...(await decisionView(tx, task)),
        raw: task,
        subject,
        elsewhere: href === `/staff/tasks/${task.id}` ? undefined : href,
        content,
        asked: asked && {
          inWords: askInWords(asked.ask),
          why: (await reasonsOfRequests(tx, [asked])).get(asked.id),
          by: (await actorWords(tx, [asked.askedBy]))(asked.askedBy),
          accountId: asked.accountId,
        },
        others: [
          ...(named.has(subject) ? [] : [{ name: 'subject', value: subject }]),
          ...(task.clientId === null || named.has(task.clientId)
            ? []
            : [{ name: 'client', value: task.clientId }]),
        ],
        away: await serverAway(tx, task),
        events: await showEvents(tx, events),
      },
    };
  },
});

/** The server that a task is about while it is declared to be out of service: what is decided waits for it. */
async function serverAway(tx: Tx, { content }: Task) {
  const { server, account } = content;
  const ofAccount =
    typeof account === 'string' && isId('account', account)
      ? (await accountsOfIds(tx, [account]))[0]?.serverId
      : undefined;
  const id = typeof server === 'string' ? server : ofAccount;
  const found = (await listServers(tx)).find((each) => each.id === id);
  return found?.declared ? { name: found.name, ...found.declared, isNow: true } : undefined;
}

const decideForm = defineForm({
  path: '/staff/tasks/:id',
  auth: { permission: 'task.claim' },
  params: { id: idOf('task') },
  body: decisionFields,
  page: taskPage,
  handle: ({ tx, params, body }) => decideFrom(tx, params.id, body),
});

export const taskPages = [taskPage, decideForm];
