import { z } from 'zod';
import { entityEditSchema, readEdit } from '../../domain/entity/edit';
import { malformed, notFound } from '../../domain/problem';
import type { Tx } from '../../db/connection';
import {
  editsOfEntity,
  proposeEntityEdit,
  readEntityEdit,
  type EntityEditProposal,
} from '../../db/entity-edits';
import { entityProposalStates } from '../../db/entity-proposals';
import { latestTask } from '../../db/tasks';
import { assertVisible } from '../../db/visible';
import { idIn } from '../location';
import { defineRoute } from '../route';
import { entityId, exampleId, idOf, time } from '../schemas';

const edit = z
  .object({
    id: idOf('entityProposal'),
    entityId,
    baseVersion: z.int(),
    changes: z.array(
      z.object({ field: z.string(), label: z.string(), before: z.string(), after: z.string() }),
    ),
    state: z.enum(entityProposalStates),
    requestedBy: z.string(),
    createdAt: time,
    finishedAt: time.nullable(),
    taskId: idOf('task').nullable().meta({ description: 'Where it is approved.' }),
  })
  .meta({ id: 'EntityEdit' });

const wanted = {
  legalName: 'Keelson Markets (CY) Ltd',
  regulator: 'CySEC',
  licence: '123/45',
  currencies: ['EUR', 'USD'],
  brand: {
    name: 'Keelson Markets',
    colour: '#1f4e79',
    postalAddress: '1 Example Street, Limassol',
    supportEmail: 'support@cy.keelson.example',
    mailFrom: 'no-reply@cy.keelson.example',
  },
};

const example = {
  id: exampleId('entityProposal'),
  entityId: 'cy',
  baseVersion: 1,
  changes: [{ field: 'licence', label: 'licence', before: 'CySEC', after: '123/45' }],
  state: 'proposed' as const,
  requestedBy: exampleId('user'),
  createdAt: '2026-11-23T20:15:00.000000Z',
  finishedAt: null,
  taskId: exampleId('task'),
};

async function show(tx: Tx, found: EntityEditProposal): Promise<z.input<typeof edit>> {
  const { before: _, after: __, changes, ...rest } = found;
  const task = await latestTask(tx, found.id, 'entity_approval');
  return { ...rest, changes: changes.map((each) => ({ ...each })), taskId: task?.id ?? null };
}

export const entityEditRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/entities/:id/edits',
    operationId: 'proposeEntityEdit',
    summary: 'Ask for a change of a legal entity',
    description:
      'Name, licence, currencies and brand, all of them as they shall be. Opens a task `entity_approval`: another person approves what was and what becomes, and only then the entity is changed. Countries and groups are rows of policies.',
    tags: ['Entities'],
    auth: { permission: 'entity.propose' },
    idempotency: 'required',
    params: { id: entityId },
    body: z.strictObject({
      ...entityEditSchema.shape,
      version: z.int().min(1).meta({ description: 'Of the entity as you have read it.' }),
    }),
    responses: { 201: edit },
    problems: {
      409: '`stale_edit` with the present version, `edit_open`',
      422: '`nothing_changed`, or `entity_edit_refused` with what cannot be at its field',
    },
    example: { body: { ...wanted, version: 1 }, answer: { status: 201, body: example } },
    location: (body) => `/api/v1/entity-edits/${idIn(body)}`,
    handle: async ({ tx, params, body }) => {
      const { version, ...given } = body;
      const read = readEdit(given);
      if (!read.ok)
        throw malformed(
          'The change cannot be read.',
          read.problems.map(({ pointer, detail }) => ({ pointer: `/body${pointer}`, detail })),
        );
      const made = await proposeEntityEdit(tx, params.id, { edit: read.edit, version });
      return { status: 201, body: await show(tx, made) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/entities/:id/edits',
    operationId: 'listEntityEdits',
    summary: 'List the changes that were asked for of an entity, the newest 20 first',
    tags: ['Entities'],
    auth: { permission: 'entity.read' },
    params: { id: entityId },
    responses: { 200: z.object({ data: z.array(edit) }) },
    example: { answer: { status: 200, body: { data: [example] } } },
    handle: async ({ tx, params }) => {
      await assertVisible(tx, 'entity', params.id);
      const shown = [];
      for (const each of await editsOfEntity(tx, params.id)) shown.push(await show(tx, each));
      return { status: 200, body: { data: shown } };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/entity-edits/:id',
    operationId: 'readEntityEdit',
    summary: 'Read a change that was asked for of an entity',
    tags: ['Entities'],
    auth: { permission: 'entity.read' },
    params: { id: idOf('entityProposal') },
    responses: { 200: edit },
    example: { answer: { status: 200, body: example } },
    handle: async ({ tx, params }) => {
      const found = await readEntityEdit(tx, params.id);
      if (!found) throw notFound('change');
      return { status: 200, body: await show(tx, found) };
    },
  }),
];
