import { z } from 'zod';
import { partnerRoles } from '../../domain/access/partner-roles';
import { permissionsOf } from '../../domain/access/roles';
import { unauthenticated } from '../../domain/problem';
import { readUserName } from '../../db/users';
import { defineRoute } from '../route';
import { exampleId, permission, role } from '../schemas';

const me = z
  .object({
    id: z.string(),
    kind: z.enum(['staff', 'client', 'partner']),
    name: z.string(),
    email: z.string(),
    roles: z.array(role),
    permissions: z.array(permission),
    entities: z.array(z.string()),
    clientId: z.string().nullable(),
    partnerId: z.string().nullable(),
    partnerRole: z.enum(partnerRoles).nullable(),
  })
  .meta({ id: 'Me' });

const readMe = defineRoute({
  method: 'GET',
  path: '/api/v1/me',
  operationId: 'readMe',
  summary: 'Who am I',
  description: 'The person this key or session acts for, and what they may do now.',
  tags: ['Access'],
  auth: { loggedIn: true },
  responses: { 200: me },
  example: {
    answer: {
      status: 200,
      body: {
        id: exampleId('user'),
        kind: 'staff',
        name: 'Maria Example',
        email: 'maria@example.com',
        roles: ['support'],
        permissions: ['today.read', 'client.read'],
        entities: ['cy'],
        clientId: null,
        partnerId: null,
        partnerRole: null,
      },
    },
  },
  handle: async ({ tx, user }) => {
    if (!user) throw unauthenticated();
    const { name, email } = await readUserName(tx, user.id);
    return {
      status: 200,
      body: {
        id: user.id,
        kind: user.kind,
        name,
        email,
        roles: [...user.roles],
        permissions: [...permissionsOf(user.roles)],
        entities: user.kind === 'staff' ? [...user.entities] : [user.entityId ?? ''],
        clientId: user.clientId,
        partnerId: user.partnerId,
        partnerRole: user.partnerRole,
      },
    };
  },
});

export const meRoutes = [readMe];
