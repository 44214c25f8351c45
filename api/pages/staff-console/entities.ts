import { entityPlanSchema, readPlan } from '../../../domain/entity/plan';
import { may } from '../../../domain/access/scope';
import { readFields } from '../../../domain/policy/edit/field-form';
import { fieldsOf } from '../../../domain/policy/edit/fields';
import { listOf, looseOf } from '../../../domain/policy/edit/loose';
import { malformed, notFound } from '../../../domain/problem';
import { listAgreements } from '../../../db/agreements';
import { asSystem, type Tx } from '../../../db/connection';
import { listEntities } from '../../../db/entities';
import { editsOfEntity, readEntityEdit } from '../../../db/entity-edits';
import { listEntityProposals, readEntityProposal } from '../../../db/entity-proposals';
import { planProblems, proposeEntity } from '../../../db/entity-requests';
import { houseBankAccounts } from '../../../db/house-bank-accounts';
import { listPolicies } from '../../../db/policy-versions';
import { listServers } from '../../../db/servers';
import { latestTask } from '../../../db/tasks';
import { timelineOfSubjects } from '../../../db/timeline';
import { worksForWhole, everybody } from '../../../db/whole';
import { entityId, idOf } from '../../schemas';
import { defineForm, definePage } from '../page';
import { actorWords } from './actors';
import { decisionView } from './decision';
import { showEditProposal } from './entity-edit';
import { showEvents } from './events';
import { afterOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';
import { showProblems } from './plan-problems';
import { showFields } from './policy-fields';

const path = '/staff/entities';

/** The entities there are, and those that somebody asks for. */
const listPage = definePage({
  path,
  auth: { permission: 'entity.read' },
  query: { cursor: cursorQuery },
  handle: async ({ tx, scope, query }) => {
    const found = await listEntityProposals(tx, {
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const { rows, next } = pageOfRows(found, { path, query, after: ({ id }) => id });
    const who = await actorWords(
      tx,
      rows.map(({ requestedBy }) => requestedBy),
    );
    return {
      view: 'staff/entities',
      title: 'Entities',
      data: {
        entities: await listEntities(tx),
        proposals: rows.map((each) => ({ ...each, by: who(each.requestedBy) })),
        next,
        mayPropose: may(scope, 'entity.propose'),
      },
    };
  },
});

const prefix = 'plan';
const planFields = fieldsOf(entityPlanSchema);
const emptyPlan = { bankAccounts: [{}], groups: [{}], legalTexts: [{}] };

/** Everything that a licence needs, on one page; what was refused before may be its beginning. */
const newPage = definePage({
  path: '/staff/entities/new',
  auth: { permission: 'entity.propose' },
  query: { from: idOf('entityProposal').optional() },
  handle: async ({ tx, query, typed }) => {
    const begun = query.from ? (await readEntityProposal(tx, query.from)).plan : emptyPlan;
    const value = typed === undefined ? begun : readFields(planFields, prefix, typed);
    const servers = await listServers(tx);
    return {
      view: 'staff/entity-form',
      title: 'New entity',
      data: {
        fields: showFields(planFields, prefix, value),
        problems: typed === undefined || isReshaped(typed) ? [] : await problemsOf(tx, typed),
        isReshaped: typed !== undefined && isReshaped(typed),
        isWhole: await worksForWhole(tx, everybody),
        suggested: [{ of: 'server', values: servers.map(({ id }) => id) }],
      },
    };
  },
});

/** What was typed into the form; rows that were left empty are none. */
function typedPlan(typed: Readonly<Record<string, unknown>>): unknown {
  const read = readFields(planFields, prefix, typed);
  const filled = (name: string) =>
    listOf(read[name]).filter((row) => Object.keys(looseOf(row)).length > 0);
  return {
    ...read,
    ...{ bankAccounts: filled('bankAccounts'), groups: filled('groups') },
    legalTexts: filled('legalTexts'),
  };
}

/** A row was added or taken away: the form is shown again, and nothing is asked for yet. */
function isReshaped(typed: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(typed).some((name) => /\.(more|gone)$/.test(name));
}

async function problemsOf(tx: Tx, typed: Readonly<Record<string, unknown>>) {
  const read = readPlan(typedPlan(typed));
  const found = read.ok
    ? await asSystem(tx, (system) => planProblems(system, read.plan))
    : read.problems;
  return showProblems(found, { fields: planFields, prefix });
}

const newForm = defineForm({
  path: '/staff/entities/new',
  auth: { permission: 'entity.propose' },
  page: newPage,
  handle: async ({ tx, fields }) => {
    if (isReshaped(fields)) throw malformed('The rows have changed: fill them in.');
    const read = readPlan(typedPlan(fields));
    if (!read.ok) throw malformed('Something is missing or cannot be used.');
    const { id } = await proposeEntity(tx, read.plan);
    return {
      to: `/staff/entity-proposals/${id}`,
      flash: 'Asked for. Another person who works for every entity has to approve it.',
    };
  },
});

const proposalPage = definePage({
  path: '/staff/entity-proposals/:id',
  auth: { permission: 'entity.read' },
  params: { id: idOf('entityProposal') },
  handle: async ({ tx, scope, params }) => {
    // An id does not say of which of the two it is.
    const edit = await readEntityEdit(tx, params.id);
    if (edit) return showEditProposal(tx, edit);
    const proposal = await readEntityProposal(tx, params.id);
    const task = await latestTask(tx, proposal.id, 'entity_approval');
    const who = await actorWords(tx, [proposal.requestedBy]);
    return {
      view: 'staff/entity-proposal',
      title: `New entity ${proposal.code}`,
      data: {
        proposal,
        plan: proposal.plan,
        texts: proposal.plan.legalTexts.map(({ title, text }) => ({ title, body: text })),
        by: who(proposal.requestedBy),
        mayRepeat: proposal.state === 'rejected' && may(scope, 'entity.propose'),
        decision: task && (await decisionView(tx, task)),
        events: await showEvents(tx, await timelineOfSubjects(tx, [proposal.id], 60)),
      },
    };
  },
});

const policiesShown = 100;
const agreementsShown = 100;

const entityPage = definePage({
  path: '/staff/entities/:id',
  auth: { permission: 'entity.read' },
  params: { id: entityId },
  handle: async ({ tx, scope, params, deps }) => {
    const entity = (await listEntities(tx)).find(({ id }) => id === params.id);
    if (!entity) throw notFound('entity');
    const accounts = await houseBankAccounts(tx, deps.bankAccounts);
    const own = (
      await listPolicies(tx, { layer: 'entity', state: 'published', limit: policiesShown })
    ).filter(({ scope }) => scope.layerKey === entity.id);
    return {
      view: 'staff/entity',
      title: entity.name,
      data: {
        entity,
        accounts: accounts.filter((account) => account.entityId === entity.id),
        agreements: await listAgreements(tx, { entityId: entity.id, limit: agreementsShown }),
        policies: own,
        edits: await editsOfEntity(tx, entity.id),
        mayEdit: may(scope, 'entity.propose'),
      },
    };
  },
});

export const entityPages = [listPage, newPage, newForm, proposalPage, entityPage];
