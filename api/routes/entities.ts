import { z } from 'zod';
import type { Scope } from '../../domain/access/scope';
import { notFound } from '../../domain/problem';
import { listEntities, readEntity, type Entity } from '../../db/entities';
import { defineRoute } from '../route';
import { country, entityId } from '../schemas';

const entity = z
  .object({
    id: entityId,
    name: z.string(),
    jurisdiction: country,
    licence: z.string(),
    currencies: z.array(z.string()),
    brand: z.object({ name: z.string(), colour: z.string(), supportEmail: z.string() }),
  })
  .meta({ id: 'Entity' });

const example = {
  id: 'cy',
  name: 'Keelson Markets (CY) Ltd',
  jurisdiction: 'CY',
  licence: 'CySEC',
  currencies: ['EUR', 'USD'],
  brand: {
    name: 'Keelson Markets CY',
    colour: '#1f4e79',
    supportEmail: 'support@cy.keelson.example',
  },
};

function show({ brand, currencies, ...rest }: Entity): z.input<typeof entity> {
  const { name, colour, supportEmail } = brand;
  return { ...rest, currencies: [...currencies], brand: { name, colour, supportEmail } };
}

function isSeen(scope: Scope, { id }: Entity): boolean {
  if (scope.kind === 'system') return false;
  return scope.kind === 'staff' ? scope.entities.includes(id) : scope.entityId === id;
}

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/entities',
  operationId: 'listEntities',
  summary: 'List the legal entities that you see',
  tags: ['Entities'],
  auth: { loggedIn: true },
  responses: { 200: z.object({ data: z.array(entity) }) },
  example: { answer: { status: 200, body: { data: [example] } } },
  handle: async ({ tx, scope }) => {
    const found = (await listEntities(tx)).filter((each) => isSeen(scope, each));
    return { status: 200, body: { data: found.map(show) } };
  },
});

const read = defineRoute({
  method: 'GET',
  path: '/api/v1/entities/:id',
  operationId: 'readEntity',
  summary: 'Read a legal entity',
  tags: ['Entities'],
  auth: { loggedIn: true },
  params: { id: entityId },
  responses: { 200: entity },
  example: { answer: { status: 200, body: example } },
  handle: async ({ tx, scope, params }) => {
    const found = await readEntity(tx, params.id);
    if (!isSeen(scope, found)) throw notFound('entity');
    return { status: 200, body: show(found) };
  },
});

export const entityRoutes = [list, read];
