import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import { roles } from '../../../domain/access/roles';
import { malformed, notFound, conflict } from '../../../domain/problem';
import { listApiKeys, revokeApiKey } from '../../../db/api-keys';
import { listEntities } from '../../../db/entities';
import { inviteStaff, sendInvitationAgain } from '../../../db/staff';
import { tasksOfSubjects } from '../../../db/task-lists';
import { listUsers, readUser, readUserName, setUserState } from '../../../db/users';
import { email, idOf, line } from '../../schemas';
import { defineForm, definePage } from '../page';
import { afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage, severalTexts } from './lists';

const states = ['active', 'invited', 'disabled'] as const;

/** Colleagues, entities, and who may come in. */
const peoplePage = definePage({
  path: '/staff/people',
  auth: { permission: 'user.read' },
  query: { state: z.enum(states).optional(), cursor: cursorQuery },
  handle: async ({ tx, scope, query }) => {
    const found = await listUsers(tx, {
      kind: 'staff',
      ...(query.state ? { state: query.state } : {}),
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const path = '/staff/people';
    const { rows, next } = pageOfRows(found, { path, query, after: (user) => user.id });
    const open = (
      await tasksOfSubjects(
        tx,
        rows.map((user) => user.id),
      )
    ).filter((task) => task.state === 'open');
    const people = [];
    for (const user of rows) {
      people.push({
        ...user,
        ...(await readUserName(tx, user.id)),
        roleWords: user.roles.map((role) => role.replaceAll('_', ' ')),
        approval: open.find((task) => task.subject === user.id)?.id,
        isMe: scope.kind === 'staff' && scope.userId === user.id,
      });
    }
    const entities = await listEntities(tx);
    return {
      view: 'staff/people',
      title: 'Settings',
      data: {
        people,
        next,
        states: chipsOf(path, query, { name: 'state', all: 'Everybody', options: states }),
        entities,
        roleOptions: roles.map((role) => ({ value: role, label: role.replaceAll('_', ' ') })),
        entityOptions: entities.map(({ id, name }) => ({ value: id, label: name })),
        mayShut: may(scope, 'user.approve'),
      },
    };
  },
});

const inviteForm = defineForm({
  path: '/staff/people',
  auth: { permission: 'user.invite' },
  body: { name: line(120), email, roles: severalTexts, entities: severalTexts },
  page: peoplePage,
  handle: async ({ tx, body }) => {
    const wanted = roles.filter((role) => body.roles.includes(role));
    if (wanted.length === 0) {
      throw malformed('Choose at least one role.', [
        { pointer: '/body/roles', detail: 'needs one at least' },
      ]);
    }
    await inviteStaff(tx, {
      name: body.name,
      email: body.email,
      roles: wanted,
      entities: body.entities,
    });
    return {
      to: '/staff/people',
      flash: 'Asked for. Another person approves, and then the invitation goes out.',
    };
  },
});

const inviteAgainForm = defineForm({
  path: '/staff/people/:id/invitation',
  auth: { permission: 'user.invite' },
  params: { id: idOf('user') },
  page: peoplePage,
  handle: async ({ tx, params }) => {
    const user = await readUser(tx, params.id);
    if (user.kind !== 'staff') throw notFound('user');
    const isWaiting = (await tasksOfSubjects(tx, [user.id])).some((task) => task.state === 'open');
    if (user.state !== 'invited' || isWaiting) {
      throw conflict('not_invited', 'This log-in does not wait for its owner.');
    }
    await sendInvitationAgain(tx, user);
    return { to: '/staff/people', flash: 'The invitation is on its way again.' };
  },
});

const shutForm = defineForm({
  path: '/staff/people/:id/disable',
  auth: { permission: 'user.approve' },
  params: { id: idOf('user') },
  page: peoplePage,
  handle: async ({ tx, scope, params }) => {
    const user = await readUser(tx, params.id);
    if (user.kind !== 'staff') throw notFound('user');
    if (scope.kind === 'staff' && user.id === scope.userId) {
      throw conflict('own_access', 'Somebody else must end your own access.');
    }
    await setUserState(tx, user.id, 'disabled');
    return { to: '/staff/people', flash: 'Shut out: sessions and keys have ended.' };
  },
});

/** The person's own API keys. */
const keysPage = definePage({
  path: '/staff/keys',
  auth: { permission: 'apikey.own' },
  handle: async ({ tx, user }) => ({
    view: 'staff/keys',
    title: 'API keys',
    data: { keys: user ? await listApiKeys(tx, user.id) : [] },
  }),
});

const revokeForm = defineForm({
  path: '/staff/keys/:id/revoke',
  auth: { permission: 'apikey.own' },
  params: { id: idOf('apiKey') },
  page: keysPage,
  handle: async ({ tx, user, params }) => {
    if (!user) throw notFound('API key');
    await revokeApiKey(tx, user, params.id);
    return { to: '/staff/keys', flash: 'The key has ended.' };
  },
});

export const settingsPages = [
  peoplePage,
  inviteForm,
  inviteAgainForm,
  shutForm,
  keysPage,
  revokeForm,
];
