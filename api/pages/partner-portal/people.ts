import { z } from 'zod';
import { partnerRoles, type PartnerRole } from '../../../domain/access/partner-roles';
import {
  changePartnerRole,
  invitePartnerPerson,
  invitePartnerPersonAgain,
  listPartnerPeople,
  removePartnerPerson,
} from '../../../db/partner-people';
import { decodeCursor, encodeCursor } from '../../cursor';
import { email, idOf, line } from '../../schemas';
import { defineForm, definePage } from '../page';

const peoplePerPage = 30;

const roleWords: Readonly<Record<PartnerRole, { label: string; text: string }>> = {
  owner: { label: 'Owner', text: 'everything, and who else comes in' },
  finance: { label: 'Finance', text: 'earnings, statements and invoices' },
  marketing: { label: 'Marketing', text: 'links, clicks, network and activity, no sums of money' },
  viewer: { label: 'Viewer', text: 'sees everything, changes nothing' },
};

const roleOptions = partnerRoles.map((value) => ({ value, label: roleWords[value].label }));

/** Those who log in for the partner; who was removed is not among them. */
const people = definePage({
  path: '/partner/people',
  auth: { partner: 'people.read' },
  query: { cursor: z.string().max(500).optional() },
  handle: async ({ tx, user, query }) => {
    const after = decodeCursor(query.cursor);
    const found = await listPartnerPeople(tx, {
      ...(after === undefined ? {} : { after }),
      withoutRemoved: true,
      limit: peoplePerPage + 1,
    });
    const shown = found.slice(0, peoplePerPage);
    const last = shown.at(-1);
    return {
      view: 'partner/people',
      title: 'People',
      data: {
        people: shown.map((person) => ({
          id: person.user.id,
          name: person.name,
          email: person.email,
          role: person.role,
          roleWords: roleWords[person.role],
          since: person.user.createdAt,
          version: person.user.version,
          isInvited: person.user.state === 'invited',
          isMe: person.user.id === user?.id,
        })),
        roles: partnerRoles.map((role) => roleWords[role]),
        roleOptions,
        next:
          found.length > peoplePerPage && last
            ? `/partner/people?cursor=${encodeCursor(last.user.id)}`
            : undefined,
      },
    };
  },
});

const edit = { auth: { partner: 'people.edit' }, page: people } as const;
const of = { params: { id: idOf('user') } } as const;

const inviteForm = defineForm({
  ...edit,
  path: '/partner/people',
  body: { name: line(120), email, role: z.enum(partnerRoles) },
  handle: async ({ tx, body }) => {
    await invitePartnerPerson(tx, body);
    return { to: '/partner/people', flash: 'The invitation is on its way.' };
  },
});

const inviteAgainForm = defineForm({
  ...{ ...edit, ...of },
  path: '/partner/people/:id/invitation',
  handle: async ({ tx, params }) => {
    await invitePartnerPersonAgain(tx, params.id);
    return { to: '/partner/people', flash: 'The invitation is on its way again.' };
  },
});

const roleForm = defineForm({
  ...{ ...edit, ...of },
  path: '/partner/people/:id/role',
  body: { newRole: z.enum(partnerRoles), version: z.coerce.number().int().positive() },
  handle: async ({ tx, params, body }) => {
    await changePartnerRole(tx, params.id, {
      role: body.newRole,
      expectedVersion: body.version,
    });
    return { to: '/partner/people', flash: 'The role is changed.' };
  },
});

const removeForm = defineForm({
  ...{ ...edit, ...of },
  path: '/partner/people/:id/remove',
  handle: async ({ tx, params }) => {
    await removePartnerPerson(tx, params.id);
    return { to: '/partner/people', flash: 'Removed: sessions and keys have ended.' };
  },
});

export const peoplePages = [people, inviteForm, inviteAgainForm, roleForm, removeForm];
