import { z } from 'zod';
import { partnerRoles } from '../../domain/access/partner-roles';
import {
  changePartnerRole,
  invitePartnerPerson,
  invitePartnerPersonAgain,
  listPartnerPeople,
  readPartnerPerson,
  removePartnerPerson,
  type PartnerPerson,
} from '../../db/partner-people';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { idIn, versionIn } from '../location';
import { defineRoute } from '../route';
import { email, exampleId, idOf, line, time } from '../schemas';

const states = ['invited', 'active', 'disabled'] as const;
const role = z.enum(partnerRoles).meta({
  description: 'What the person is there for; `docs/partner-portal.md` says what each may do.',
  example: 'finance',
});

const personAnswer = z
  .object({
    id: idOf('user'),
    name: z.string(),
    email: z.string(),
    role,
    state: z.enum(states).meta({ description: '`disabled` has been removed.' }),
    version: z.int(),
    createdAt: time,
  })
  .meta({ id: 'PartnerPerson' });

const example = {
  id: exampleId('user'),
  name: 'Nina Example',
  email: 'nina@example.com',
  role: 'finance' as const,
  state: 'invited' as const,
  version: 1,
  createdAt: '2026-11-23T20:15:00.000000Z',
};

function show({ user, name, email: address, role: held }: PartnerPerson) {
  const { id, state, version, createdAt } = user;
  return { id, name, email: address, role: held, state, version, createdAt };
}

const editor = { partner: 'people.edit' } as const;
const params = { id: idOf('user') };

export const partnerPeopleRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/partner-people',
    operationId: 'listPartnerPeople',
    summary: 'List who logs in for the own partner, the oldest first',
    tags: ['Partners'],
    auth: { partner: 'people.read' },
    query: { ...pageQuery, state: z.enum(states).optional() },
    responses: { 200: pageOf(personAnswer) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = await listPartnerPeople(tx, {
        ...(query.state === undefined ? {} : { state: query.state }),
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      const page = pageFrom(found, query.limit, { after: ({ user }) => user.id, show });
      return { status: 200, body: page };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/partner-people/:id',
    operationId: 'readPartnerPerson',
    summary: 'Read one of the people of the own partner',
    tags: ['Partners'],
    auth: { partner: 'people.read' },
    params,
    responses: { 200: personAnswer },
    example: { answer: { status: 200, body: example } },
    etag: versionIn,
    handle: async ({ tx, params: { id } }) => ({
      status: 200,
      body: show(await readPartnerPerson(tx, id)),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/partner-people',
    operationId: 'invitePartnerPerson',
    summary: 'Invite somebody to the own partner’s portal',
    description:
      'Mails the link that sets the password. Who has been removed comes back by it, in the role that is given here.',
    tags: ['Partners'],
    auth: editor,
    idempotency: 'required',
    // An address that is taken is told: it must not be found out in bulk.
    limited: true,
    body: z.strictObject({ name: line(120).meta({ example: 'Nina Example' }), email, role }),
    responses: { 201: personAnswer },
    problems: { 409: 'email_taken', 422: 'partner_not_active' },
    location: (body) => `/api/v1/partner-people/${idIn(body)}`,
    example: {
      body: { name: 'Nina Example', email: 'nina@example.com', role: 'finance' },
      answer: { status: 201, body: example },
    },
    handle: async ({ tx, body }) => ({
      status: 201,
      body: show(await invitePartnerPerson(tx, body)),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/partner-people/:id/invitation',
    operationId: 'resendPartnerInvitation',
    summary: 'Mail the invitation of one of the own people again',
    description: 'At most once in ten minutes; the old link stops working.',
    tags: ['Partners'],
    auth: editor,
    params,
    responses: { 202: personAnswer },
    problems: { 409: 'not_invited', 422: 'partner_not_active' },
    example: { answer: { status: 202, body: example } },
    handle: async ({ tx, params: { id } }) => ({
      status: 202,
      body: show(await invitePartnerPersonAgain(tx, id)),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/partner-people/:id/role',
    operationId: 'changePartnerRole',
    summary: 'Give one of the own people another role',
    description: 'It counts from the next request on; sessions end.',
    tags: ['Partners'],
    auth: editor,
    idempotency: 'required',
    params,
    ifMatch: true,
    body: z.strictObject({ role }),
    responses: { 200: personAnswer },
    problems: { 409: 'stale (with the present `version`), already_so, removed, last_owner' },
    example: {
      body: { role: 'viewer' },
      answer: { status: 200, body: { ...example, role: 'viewer', version: 2 } },
    },
    etag: versionIn,
    handle: async ({ tx, params: { id }, body, expectedVersion }) => ({
      status: 200,
      body: show(await changePartnerRole(tx, id, { role: body.role, expectedVersion })),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/partner-people/:id/remove',
    operationId: 'removePartnerPerson',
    summary: 'Shut one of the own people out',
    description: 'At once: sessions, API keys and links stop working.',
    tags: ['Partners'],
    auth: editor,
    idempotency: 'required',
    params,
    responses: { 200: personAnswer },
    problems: { 409: 'removed, last_owner' },
    example: { answer: { status: 200, body: { ...example, state: 'disabled', version: 2 } } },
    handle: async ({ tx, params: { id } }) => ({
      status: 200,
      body: show(await removePartnerPerson(tx, id)),
    }),
  }),
];
