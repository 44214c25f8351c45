import { z } from 'zod';
import {
  changeFilter,
  filteredLists,
  listSavedFilters,
  removeFilter,
  readOwnFilter,
  saveFilter,
  type SavedFilter,
} from '../../db/saved-filters';
import type { Scope } from '../../domain/access/scope';
import { readFilters } from '../filtered-lists';
import { idIn } from '../location';
import { defineRoute, nothing } from '../route';
import { entityId, exampleId, idOf, line, time } from '../schemas';

const savedFilter = z
  .object({
    id: idOf('savedFilter'),
    list: z.enum(filteredLists),
    name: z.string(),
    query: z.string(),
    entityId: z.string().nullable(),
    isOwn: z.boolean(),
    createdAt: time,
  })
  .meta({ id: 'SavedFilter' });

const example: z.input<typeof savedFilter> = {
  id: exampleId('savedFilter'),
  list: 'payments',
  name: 'Held deposits',
  query: 'kind=deposit&state=held',
  entityId: null,
  isOwn: true,
  createdAt: '2026-11-23T20:15:00.000000Z',
};

function show({ userId, ...filter }: SavedFilter, scope: Scope): z.input<typeof savedFilter> {
  return { ...filter, isOwn: scope.kind === 'staff' && scope.userId === userId };
}

const name = line(60).meta({ description: 'No two of yours alike.', example: 'Held deposits' });
const query = line(1000).meta({
  description: 'The filters as they stand in the address of the list.',
  example: 'kind=deposit&state=held',
});
const shared = entityId
  .optional()
  .meta({ description: 'Shares it with the colleagues of this entity; needs `filter.share`.' });

export const savedFilterRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/saved-filters',
    operationId: 'listSavedFilters',
    summary: 'List the filters kept for a list: mine, and those shared with me',
    tags: ['Saved filters'],
    auth: { permission: 'task.read' },
    query: { list: z.enum(filteredLists).meta({ example: 'payments' }) },
    responses: { 200: z.object({ data: z.array(savedFilter) }) },
    example: { answer: { status: 200, body: { data: [example] } } },
    handle: async ({ tx, scope, query: { list } }) => ({
      status: 200,
      body: { data: (await listSavedFilters(tx, list)).map((each) => show(each, scope)) },
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/saved-filters',
    operationId: 'saveFilter',
    summary: 'Keep a filter under a name',
    tags: ['Saved filters'],
    auth: { permission: 'task.read' },
    body: z.strictObject({ list: z.enum(filteredLists), name, query, entityId: shared }),
    responses: { 201: savedFilter },
    problems: { 409: '`name_taken`', 422: '`too_many_filters`' },
    example: {
      body: { list: 'payments', name: 'Held deposits', query: 'kind=deposit&state=held' },
      answer: { status: 201, body: example },
    },
    location: (body) => `/api/v1/saved-filters/${idIn(body)}`,
    handle: async ({ tx, scope, body }) => {
      const made = await saveFilter(tx, {
        list: body.list,
        name: body.name,
        query: await readFilters(tx, body.list, body.query),
        entityId: body.entityId ?? null,
      });
      return { status: 201, body: show(made, scope) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/saved-filters/:id',
    operationId: 'readSavedFilter',
    summary: 'Read a filter of mine',
    tags: ['Saved filters'],
    auth: { permission: 'task.read' },
    params: { id: idOf('savedFilter') },
    responses: { 200: savedFilter },
    example: { answer: { status: 200, body: example } },
    handle: async ({ tx, scope, params }) => ({
      status: 200,
      body: show(await readOwnFilter(tx, params.id), scope),
    }),
  }),
  defineRoute({
    method: 'PUT',
    path: '/api/v1/saved-filters/:id',
    operationId: 'changeSavedFilter',
    summary: 'Change a filter of mine',
    tags: ['Saved filters'],
    auth: { permission: 'task.read' },
    params: { id: idOf('savedFilter') },
    body: z.strictObject({ name, query, entityId: shared }),
    responses: { 200: savedFilter },
    problems: { 409: '`name_taken`' },
    example: {
      body: { name: 'Held deposits', query: 'kind=deposit&state=held&currency=EUR' },
      answer: { status: 200, body: example },
    },
    handle: async ({ tx, scope, params, body }) => {
      const { list } = await readOwnFilter(tx, params.id);
      const changed = await changeFilter(tx, params.id, {
        name: body.name,
        query: await readFilters(tx, list, body.query),
        entityId: body.entityId ?? null,
      });
      return { status: 200, body: show(changed, scope) };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/api/v1/saved-filters/:id',
    operationId: 'removeSavedFilter',
    summary: 'Take a filter of mine away',
    tags: ['Saved filters'],
    auth: { permission: 'task.read' },
    params: { id: idOf('savedFilter') },
    responses: { 204: nothing },
    example: { answer: { status: 204, body: null } },
    handle: async ({ tx, params }) => {
      await removeFilter(tx, params.id);
      return { status: 204, body: null };
    },
  }),
];
