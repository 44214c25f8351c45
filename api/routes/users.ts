import { z } from 'zod';
import { conflict } from '../../domain/problem';
import { inviteStaff, sendInvitationAgain } from '../../db/staff';
import { latestTask } from '../../db/tasks';
import { listUsers, readUser, readUserName, setUserState, type User } from '../../db/users';
import { decodeCursor, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import { email, entityId, exampleId, idOf, line, role, time } from '../schemas';

const user = z
  .object({
    id: idOf('user'),
    kind: z.enum(['staff', 'client', 'partner']),
    state: z.enum(['invited', 'active', 'disabled']),
    roles: z.array(role),
    entities: z.array(z.string()),
    clientId: z.string().nullable(),
    partnerId: z.string().nullable(),
    createdAt: time,
  })
  .meta({ id: 'User' });

const example = {
  id: exampleId('user'),
  kind: 'staff' as const,
  state: 'invited' as const,
  roles: ['support' as const],
  entities: ['cy'],
  clientId: null,
  partnerId: null,
  createdAt: '2026-11-23T20:15:00.000000Z',
};

function show(found: User): z.input<typeof user> {
  const { id, kind, state, roles, entities, clientId, partnerId, createdAt } = found;
  return {
    id,
    kind,
    state,
    roles: [...roles],
    entities: [...entities],
    clientId,
    partnerId,
    createdAt,
  };
}

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/users',
  operationId: 'listUsers',
  summary: 'List log-ins',
  tags: ['People'],
  auth: { permission: 'user.read' },
  query: {
    ...pageQuery,
    kind: z.enum(['staff', 'client', 'partner']).optional(),
    state: z.enum(['invited', 'active', 'disabled']).optional(),
  },
  responses: { 200: pageOf(user) },
  example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
  handle: async ({ tx, query }) => {
    const after = decodeCursor(query.cursor);
    const found = await listUsers(tx, {
      limit: query.limit + 1,
      ...(query.kind === undefined ? {} : { kind: query.kind }),
      ...(query.state === undefined ? {} : { state: query.state }),
      ...(after === undefined ? {} : { after }),
    });
    return { status: 200, body: pageFrom(found, query.limit, { after: (each) => each.id, show }) };
  },
});

const read = defineRoute({
  method: 'GET',
  path: '/api/v1/users/:id',
  operationId: 'readUser',
  summary: 'Read a log-in',
  description: 'Name and e-mail of colleagues; those of clients stand with the client.',
  tags: ['People'],
  auth: { permission: 'user.read' },
  params: { id: idOf('user') },
  responses: { 200: user.extend({ name: z.string().nullable(), email: z.string().nullable() }) },
  example: {
    answer: { status: 200, body: { ...example, name: 'Max Example', email: 'max@example.com' } },
  },
  handle: async ({ tx, params }) => {
    const found = await readUser(tx, params.id);
    const named = found.kind === 'staff' ? await readUserName(tx, found.id) : undefined;
    return {
      status: 200,
      body: { ...show(found), name: named?.name ?? null, email: named?.email ?? null },
    };
  },
});

const invite = defineRoute({
  method: 'POST',
  path: '/api/v1/users',
  operationId: 'inviteUser',
  summary: 'Ask for a colleague’s access',
  description:
    'Opens a task `user_approval`: another person approves, and only then the invitation is mailed. Nobody gives access alone.',
  tags: ['People'],
  auth: { permission: 'user.invite' },
  idempotency: 'required',
  body: z.strictObject({
    name: line(200).meta({ example: 'Max Example' }),
    email,
    roles: z.array(role).min(1).max(11),
    entities: z.array(entityId).min(1).max(20),
  }),
  responses: { 202: z.object({ userId: idOf('user'), taskId: idOf('task') }) },
  problems: { 409: '`email_taken`.' },
  location: (body) => `/api/v1/users/${z.object({ userId: z.string() }).parse(body).userId}`,
  example: {
    body: { name: 'Max Example', email: 'max@example.com', roles: ['support'], entities: ['cy'] },
    answer: { status: 202, body: { userId: exampleId('user'), taskId: exampleId('task') } },
  },
  handle: async ({ tx, body }) => {
    const made = await inviteStaff(tx, body);
    return { status: 202, body: { userId: made.user.id, taskId: made.task.id } };
  },
});

const resend = defineRoute({
  method: 'POST',
  path: '/api/v1/users/:id/invitation',
  operationId: 'resendInvitation',
  summary: 'Mail a colleague’s invitation again',
  description:
    'Of one who has been approved and has not set a password yet; the old link stops working.',
  tags: ['People'],
  auth: { permission: 'user.invite' },
  params: { id: idOf('user') },
  responses: { 202: user },
  problems: { 409: '`not_invited`.' },
  example: { answer: { status: 202, body: example } },
  handle: async ({ tx, params }) => {
    const found = await readUser(tx, params.id);
    if (found.kind !== 'staff' || found.state !== 'invited' || !(await isApproved(tx, found.id))) {
      throw conflict('not_invited', 'This person is not waiting for an invitation.', {
        state: found.state,
      });
    }
    await sendInvitationAgain(tx, found);
    return { status: 202, body: show(found) };
  },
});

async function isApproved(tx: Parameters<typeof latestTask>[0], userId: string): Promise<boolean> {
  const task = await latestTask(tx, userId, 'user_approval');
  return task?.state === 'decided' && task.decision === 'approve';
}

const disable = defineRoute({
  method: 'POST',
  path: '/api/v1/users/:id/disable',
  operationId: 'disableUser',
  summary: 'Shut a colleague out',
  description: 'At once: sessions and API keys stop working. Nobody shuts themselves out.',
  tags: ['People'],
  auth: { permission: 'user.approve' },
  idempotency: 'required',
  params: { id: idOf('user') },
  responses: { 200: user },
  problems: { 409: '`own_access`.' },
  example: { answer: { status: 200, body: { ...example, state: 'disabled' } } },
  handle: async ({ tx, params, user: me }) => {
    const found = await readUser(tx, params.id);
    if (found.id === me?.id) {
      throw conflict('own_access', 'Somebody else must end your own access.');
    }
    return { status: 200, body: show(await setUserState(tx, found.id, 'disabled')) };
  },
});

export const userRoutes = [list, read, invite, resend, disable];
