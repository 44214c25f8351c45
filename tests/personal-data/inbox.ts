import { newId } from '../../domain/ids';
import { openTask, type Task } from '../../db/tasks';
import type { Applicant } from './applicants';
import type { Colleague } from './colleagues';
import type { House } from './house';

/** For tests only: what colleagues say while they share their work out, and how they set the inbox up. */

type Two = readonly [Colleague, Colleague];

/** Waits for the client, gives tasks away, and decides several at once, through the API and on pages. */
export async function shareWork(house: House, [one, other]: Two, who: Applicant): Promise<void> {
  const { api, markers } = house;
  const words = (what: string) => `${markers.word(`inbox: ${what}`)} called`;
  const ids = { one: await idOf(house, one), other: await idOf(house, other) };
  const [first, second, third, fourth] = [
    await question(house, who),
    await question(house, who),
    await question(house, who),
    await question(house, who),
  ];
  const seen = ({ id, version, contentHash }: Task) => ({
    taskId: id,
    expectedVersion: version,
    contentHash,
  });
  const template = '/api/v1/tasks/{id}';
  await api.must('POST', `${template}/wait`, {
    token: one.token,
    params: { id: first.id },
    body: { reason: words('what is waited for'), until: inDays(2) },
  });
  await api.must('POST', `${template}/resume`, { token: one.token, params: { id: first.id } });
  await api.must('POST', `${template}/reassignment`, {
    token: one.token,
    params: { id: first.id },
    body: { to: ids.other, reason: words('why it is given away') },
  });
  await one.visitor.submit('/staff/tasks/:id/wait', {
    params: { id: second.id },
    fields: { reason: words('what is waited for on a page') },
  });
  await one.visitor.submit('/staff/tasks/:id/resume', { params: { id: second.id } });
  await one.visitor.submit('/staff/tasks/:id/reassign', {
    params: { id: second.id },
    fields: { to: ids.other, reason: words('why it is given away on a page') },
  });
  const bulk = '/api/v1/tasks/bulk';
  await api.must('POST', bulk, {
    token: other.token,
    body: {
      tasks: [seen(first)],
      action: { kind: 'decide', decision: 'reject', reason: words('of several') },
    },
  });
  await api.must('POST', bulk, {
    token: one.token,
    body: {
      tasks: [seen(third)],
      action: { kind: 'reassign', to: ids.other, reason: words('of several given away') },
    },
  });
  for (const task of [second, third, fourth]) {
    await other.visitor.submit('/staff/inbox/bulk', {
      fields: {
        task: [task.id, task.version, task.contentHash].join(':'),
        action: 'decide:reject',
        reason: words('of several on a page'),
      },
    });
  }
}

/** When the off-shore entity works, who leads, and who is away. */
export async function setUpInbox(house: House, [one, other]: Two): Promise<void> {
  const { api, markers } = house;
  const { token, visitor } = one;
  const ids = { one: await idOf(house, one), other: await idOf(house, other) };
  const params = { id: 'off' };
  const hours = { opens: '00:00', closes: '24:00', timeZone: 'UTC' };
  await api.must('PUT', '/api/v1/entities/{id}/calendar', {
    token,
    params,
    body: { ...hours, workingDays: [1, 2, 3, 4, 5], expectedVersion: 0 },
  });
  const holiday = { ...params, day: '2030-12-25' };
  await api.must('PUT', '/api/v1/entities/{id}/holidays/{day}', {
    token,
    params: holiday,
    body: { name: markers.word('PUT /api/v1/entities/{id}/holidays/{day} name') },
  });
  await api.must('DELETE', '/api/v1/entities/{id}/holidays/{day}', { token, params: holiday });
  const lead = { ...params, queue: 'any' };
  await api.must('PUT', '/api/v1/entities/{id}/queue-leads/{queue}', {
    token,
    params: lead,
    body: { leadId: ids.one, deputyId: ids.other },
  });
  await api.must('DELETE', '/api/v1/entities/{id}/queue-leads/{queue}', { token, params: lead });
  await api.must('POST', '/api/v1/absences', {
    token,
    body: { userId: ids.one, from: inDays(100), until: inDays(101), deputyId: ids.other },
  });
  const page = '/staff/inbox/settings';
  const entity = 'off';
  await visitor.submit(`${page}/calendar`, {
    fields: { entity, ...hours, workingDays: '1', version: '1' },
  });
  await visitor.submit(`${page}/holidays`, {
    fields: {
      entity,
      day: '2030-12-26',
      name: markers.word('POST /staff/inbox/settings/holidays name'),
    },
  });
  await visitor.submit(`${page}/holidays/remove`, { fields: { entity, day: '2030-12-26' } });
  await visitor.submit(`${page}/leads`, { fields: { entity, queue: 'any', leadId: ids.one } });
  await visitor.submit(`${page}/leads/remove`, { fields: { entity, queue: 'any' } });
  await visitor.submit(`${page}/absences`, {
    fields: {
      userId: ids.one,
      from: inDays(200).slice(0, 16),
      until: inDays(201).slice(0, 16),
      deputyId: ids.other,
    },
  });
}

const inDays = (n: number) => new Date(Date.now() + n * 86_400_000).toISOString();

async function idOf({ api }: House, { token }: Colleague): Promise<string> {
  const me = await api.must('GET', '/api/v1/me', { token });
  const { id }: { id?: unknown } = Object(me['user'] ?? me);
  if (typeof id !== 'string') throw new Error('nobody is logged in');
  return id;
}

/** A question about the client that no process waits for. */
function question({ stage }: House, { clientId }: Applicant): Promise<Task> {
  const subject = newId('withdrawal');
  return stage.system((tx) =>
    openTask(tx, {
      ...{ kind: 'withdrawal_approval', subject, workflowId: null, entityId: 'cy', clientId },
      ...{ title: 'Withdrawal of 10.00 EUR', issue: [], content: { withdrawal: subject } },
      key: subject,
    }),
  );
}
