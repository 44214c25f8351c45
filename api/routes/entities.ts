import { z } from 'zod';
import { listEntities, readEntity, type Entity } from '../../db/entities';
import { assertVisible } from '../../db/visible';
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
    version: z.int().meta({ description: 'One more with each change by two people.' }),
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
  version: 1,
};

function show({ brand, currencies, version = 1, ...rest }: Entity): z.input<typeof entity> {
  const { name, colour, supportEmail } = brand;
  return { ...rest, currencies: [...currencies], brand: { name, colour, supportEmail }, version };
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
  handle: async ({ tx }) => ({
    status: 200,
    body: { data: (await listEntities(tx)).map(show) },
  }),
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
  handle: async ({ tx, params }) => {
    await assertVisible(tx, 'entity', params.id);
    return { status: 200, body: show(await readEntity(tx, params.id)) };
  },
});

export const entityRoutes = [list, read];
