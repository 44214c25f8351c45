import { changesOf, entityEditSchema, readEdit } from '../../../domain/entity/edit';
import { readFields } from '../../../domain/policy/edit/field-form';
import { fieldsOf } from '../../../domain/policy/edit/fields';
import { malformed, notFound } from '../../../domain/problem';
import type { Tx } from '../../../db/connection';
import { listEntities, type Entity } from '../../../db/entities';
import {
  editOf,
  proposeEntityEdit,
  readEntityEdit,
  type EntityEditProposal,
} from '../../../db/entity-edits';
import { latestTask } from '../../../db/tasks';
import { timelineOfSubjects } from '../../../db/timeline';
import { entityId, idOf } from '../../schemas';
import { z } from 'zod';
import { defineForm, definePage, type View } from '../page';
import { actorWords } from './actors';
import { decisionView } from './decision';
import { showEvents } from './events';
import { showProblems } from './plan-problems';
import { showFields } from './policy-fields';

const prefix = 'edit';
const editFields = fieldsOf(entityEditSchema);

async function ownEntity(tx: Tx, id: string): Promise<Entity> {
  const entity = (await listEntities(tx)).find((each) => each.id === id);
  if (!entity) throw notFound('entity');
  return entity;
}

/** The entity as it is, to be changed; what was typed stays, beside what is there now. */
const editPage = definePage({
  path: '/staff/entities/:id/edit',
  auth: { permission: 'entity.propose' },
  params: { id: entityId },
  handle: async ({ tx, params, typed }) => {
    const entity = await ownEntity(tx, params.id);
    const present = editOf(entity);
    const value = typed === undefined ? present : readFields(editFields, prefix, typed);
    const read = typed === undefined ? undefined : readEdit(value);
    return {
      view: 'staff/entity-edit',
      title: `Change ${entity.name}`,
      data: {
        entity: { ...entity, version: entity.version ?? 1 },
        fields: showFields(editFields, prefix, value),
        problems:
          read?.ok === false ? showProblems(read.problems, { fields: editFields, prefix }) : [],
        differs: read?.ok === true ? changesOf(present, read.edit) : [],
      },
    };
  },
});

const editForm = defineForm({
  path: '/staff/entities/:id/edit',
  auth: { permission: 'entity.propose' },
  params: { id: entityId },
  body: { version: z.coerce.number().int().min(1) },
  page: editPage,
  handle: async ({ tx, params, body, fields }) => {
    const read = readEdit(readFields(editFields, prefix, fields));
    if (!read.ok) throw malformed('Something is missing or cannot be used.');
    const { version } = body;
    const { id } = await proposeEntityEdit(tx, params.id, { edit: read.edit, version });
    return {
      to: `/staff/entity-edits/${id}`,
      flash: 'Asked for. Another person has to approve it; until then nothing is changed.',
    };
  },
});

const proposalPage = definePage({
  path: '/staff/entity-edits/:id',
  auth: { permission: 'entity.read' },
  params: { id: idOf('entityProposal') },
  handle: async ({ tx, params }) => {
    const proposal = await readEntityEdit(tx, params.id);
    if (!proposal) throw notFound('change');
    return showEditProposal(tx, proposal);
  },
});

/** What is asked to be changed, beside what was, and its decision. */
export async function showEditProposal(tx: Tx, proposal: EntityEditProposal): Promise<View> {
  const entity = await ownEntity(tx, proposal.entityId);
  const task = await latestTask(tx, proposal.id, 'entity_approval');
  const who = await actorWords(tx, [proposal.requestedBy]);
  return {
    view: 'staff/entity-edit-proposal',
    title: `Change of ${entity.name}`,
    data: {
      proposal,
      entity,
      isStale: proposal.state === 'proposed' && (entity.version ?? 1) !== proposal.baseVersion,
      by: who(proposal.requestedBy),
      decision: task && (await decisionView(tx, task)),
      events: await showEvents(tx, await timelineOfSubjects(tx, [proposal.id], 60)),
    },
  };
}

export const entityEditPages = [editPage, editForm, proposalPage];
