import { agreementPlanSchema, readAgreementPlan } from '../../../domain/agreement/agreement';
import { may } from '../../../domain/access/scope';
import { readFields } from '../../../domain/policy/edit/field-form';
import { fieldsOf } from '../../../domain/policy/edit/fields';
import { listOf, looseOf } from '../../../domain/policy/edit/loose';
import { malformed } from '../../../domain/problem';
import { proposeAgreement } from '../../../db/agreement-requests';
import { listAgreements, readAgreement } from '../../../db/agreements';
import type { Tx } from '../../../db/connection';
import { readEntity } from '../../../db/entities';
import { latestTask } from '../../../db/tasks';
import { timelineOfSubjects } from '../../../db/timeline';
import { assertVisible } from '../../../db/visible';
import { entityId, idOf } from '../../schemas';
import { defineForm, definePage } from '../page';
import { actorWords } from './actors';
import { decisionView } from './decision';
import { showEvents } from './events';
import { showProblems } from './plan-problems';
import { showFields } from './policy-fields';

const prefix = 'plan';
const planFields = fieldsOf(agreementPlanSchema);
const emptyPlan = { texts: [{ locale: 'en' }], reaccept: true, graceDays: 30 };

/** A new version, which may begin with the text of one before it. */
const newPage = definePage({
  path: '/staff/entities/:id/agreements/new',
  auth: { permission: 'entity.propose' },
  params: { id: entityId },
  query: { from: idOf('agreement').optional() },
  handle: async ({ tx, params, query, typed }) => {
    await assertVisible(tx, 'entity', params.id);
    const begun = query.from === undefined ? emptyPlan : await planFrom(tx, query.from);
    const value = typed === undefined ? begun : readFields(planFields, prefix, typed);
    const found = await listAgreements(tx, { entityId: params.id, limit: 200 });
    const isShown = typed !== undefined && !isReshaped(typed);
    return {
      view: 'staff/agreement-form',
      title: 'New version of an agreement',
      data: {
        entity: await readEntity(tx, params.id),
        fields: showFields(planFields, prefix, value),
        codes: [...new Set(found.map(({ code }) => code))].sort(),
        problems: isShown ? problemsOf(typed) : [],
        isReshaped: typed !== undefined && isReshaped(typed),
      },
    };
  },
});

async function planFrom(tx: Tx, id: string) {
  const { code, texts, reaccept, graceDays } = await readAgreement(tx, id);
  return {
    ...{ code, reaccept, graceDays },
    texts: texts.map(({ locale, title, body: text }) => ({ locale, title, text })),
  };
}

/** What was typed into the form; a language that was left empty is none. */
function typedPlan(typed: Readonly<Record<string, unknown>>): unknown {
  const read = readFields(planFields, prefix, typed);
  return {
    ...read,
    texts: listOf(read['texts']).filter((row) => Object.keys(looseOf(row)).length > 0),
  };
}

/** A language was added or taken away: the form is shown again, and nothing is asked for yet. */
function isReshaped(typed: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(typed).some((name) => /\.(more|gone)$/.test(name));
}

function problemsOf(typed: Readonly<Record<string, unknown>>) {
  const read = readAgreementPlan(typedPlan(typed));
  return read.ok ? [] : showProblems(read.problems, { fields: planFields, prefix });
}

const newForm = defineForm({
  path: '/staff/entities/:id/agreements/new',
  auth: { permission: 'entity.propose' },
  params: { id: entityId },
  page: newPage,
  handle: async ({ tx, params, fields }) => {
    if (isReshaped(fields)) throw malformed('The languages have changed: fill them in.');
    const read = readAgreementPlan(typedPlan(fields));
    if (!read.ok) throw malformed('Something is missing or cannot be used.');
    const { id } = await proposeAgreement(tx, params.id, read.plan);
    return {
      to: `/staff/agreements/${id}`,
      flash: 'Asked for. Another person has to publish it.',
    };
  },
});

const agreementPage = definePage({
  path: '/staff/agreements/:id',
  auth: { permission: 'entity.read' },
  params: { id: idOf('agreement') },
  handle: async ({ tx, scope, params }) => {
    const version = await readAgreement(tx, params.id);
    const task = await latestTask(tx, version.id, 'agreement_approval');
    const who = await actorWords(tx, [version.requestedBy, version.publishedBy]);
    return {
      view: 'staff/agreement',
      title: version.texts[0].title,
      data: {
        version: {
          ...version,
          texts: version.texts.map((text) => ({ ...text, hash: shownHash(text.hash) })),
        },
        entity: await readEntity(tx, version.entityId),
        requestedBy: who(version.requestedBy),
        publishedBy: version.publishedBy === null ? undefined : who(version.publishedBy),
        mayRepeat: version.state !== 'proposed' && may(scope, 'entity.propose'),
        decision: task && (await decisionView(tx, task)),
        events: await showEvents(tx, await timelineOfSubjects(tx, [version.id], 60)),
      },
    };
  },
});

function shownHash(whole: string) {
  return { whole, short: whole.slice(0, 12) };
}

export const agreementPages = [newPage, newForm, agreementPage];
