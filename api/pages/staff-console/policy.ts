import { z } from 'zod';
import { may, type Scope } from '../../../domain/access/scope';
import { malformed } from '../../../domain/problem';
import type { EffectiveRule, PolicyProblem } from '../../../domain/policy/body';
import { type Part, partsOf } from '../../../domain/policy/edit/condition-form';
import { draftRows } from '../../../domain/policy/edit/rows';
import { flows } from '../../../domain/payments/flow';
import { policyKinds } from '../../../domain/policy/kinds/registry';
import { policyReaches } from '../../../domain/policy/version';
import { checkDraft } from '../../../db/policy-check';
import { diffPolicy } from '../../../db/policy-diff';
import { policyBelow } from '../../../db/policy-layers';
import { simulationsOf } from '../../../db/policy-simulations';
import {
  editPolicy,
  publishPolicy,
  readPolicy,
  rollBackTo,
  submitPolicy,
  withdrawPolicy,
  type StoredPolicy,
} from '../../../db/policy-versions';
import { timelineOfSubjects } from '../../../db/timeline';
import { whyNotWhole, worksForWhole } from '../../../db/whole';
import { idOf, jsonObject, line } from '../../schemas';
import { defineForm, definePage } from '../page';
import { actorWords } from './actors';
import { showEvents } from './events';
import { showParameters } from './policy-parameters';
import { showRows } from './policy-rows';
import { maySimulate, showSimulation, simulationSizes } from './policy-simulation';

/** One version: its rows, parameters, what the check found, what it was tried on, and the next step. */
const policyPage = definePage({
  path: '/staff/policies/:id',
  auth: { permission: 'policy.read' },
  params: { id: idOf('policyVersion') },
  query: { find: line(100).optional() },
  handle: async ({ tx, scope, params, query }) => {
    const policy = await readPolicy(tx, params.id);
    const isOpen = policy.state === 'draft' || policy.state === 'submitted';
    const problems = isOpen ? await checkDraft(tx, policy) : [];
    const who = await actorWords(tx, [...policy.editedBy, policy.submittedBy, policy.publishedBy]);
    const below = await policyBelow(tx, policy.kind, policy.scope);
    const shown = await showRows(tx, policy, { below, problems, find: query.find });
    const diff = isOpen ? await diffPolicy(tx, policy.id) : undefined;
    const simulations = (await simulationsOf(tx, policy.id)).map((each) =>
      showSimulation(each, policy),
    );
    const { layer, layerKey } = policy.scope;
    return {
      view: 'staff/policy',
      title: `${policyKinds[policy.kind].title}, version ${policy.version}`,
      data: {
        policy,
        kind: policyKinds[policy.kind],
        layer: layerKey === '' ? layer : `${layer} ${layerKey}`,
        isOverlay: layer !== 'base',
        editedBy: policy.editedBy.map(who),
        submittedBy: who(policy.submittedBy),
        publishedBy: who(policy.publishedBy),
        isOpen,
        routingFlow: flows.find((flow) => policy.kind === `routing.${flow}`),
        find: query.find,
        problems: problems.map((problem) => ({
          ...problem,
          href: placeOf(policy, problem, shown.rows),
        })),
        errors: problems.filter((problem) => problem.severity === 'error').length,
        ...shown,
        unread: unreadFacts(policy, below?.rules ?? []),
        parameters: await showParameters(tx, policy),
        differences: diff?.differences,
        comparedWith: diff?.from,
        simulations,
        tried: simulations.find((each) => each.isOfThisText && !each.isRunning),
        sizes: simulationSizes,
        ...maySimulate(scope, policy),
        bodyText: JSON.stringify(policy.body, undefined, 2),
        ...actionsOf(scope, policy, await worksForWhole(tx, policy.scope)),
        reaches: policyReaches.map((value) => ({ value, label: reachWords[value] })),
        reachWords: policy.reach === null ? undefined : reachWords[policy.reach],
        events: await showEvents(
          tx,
          (
            await timelineOfSubjects(tx, [`policy/${policy.kind}/${layer}/${layerKey}`], 100)
          ).filter((event) => event.payload.includes(policy.id)),
        ),
      },
    };
  },
});

/** Where a problem is mended. */
function placeOf(
  policy: StoredPolicy,
  problem: PolicyProblem,
  rows: readonly { readonly href: string; readonly problems: readonly PolicyProblem[] }[],
): string | undefined {
  const row = rows.find((each) => each.problems.includes(problem));
  if (row) return row.href;
  const { pointer } = problem;
  return pointer.startsWith('/parameters') || pointer.startsWith('/requires')
    ? `/staff/policies/${policy.id}/parameters`
    : undefined;
}

/** Facts of the kind that no row reads, in words. */
function unreadFacts(policy: StoredPolicy, below: readonly EffectiveRule[]): string[] {
  const read = new Set(
    draftRows(policy.scope.layer, policy.body, below).flatMap((row) =>
      factsRead(partsOf(row.rule['when'])),
    ),
  );
  return Object.entries(policyKinds[policy.kind].facts).flatMap(([id, { label }]) =>
    read.has(id) ? [] : [label],
  );
}

function factsRead(part: Part): string[] {
  return part.type === 'comparison' ? [part.fact] : part.parts.flatMap(factsRead);
}

const reachWords = {
  new: 'what is decided from then on',
  open: 'what is open now, at its next step',
  existing: 'what stands already: people take it up from the list',
} as const satisfies Record<(typeof policyReaches)[number], string>;

/** What the person may do with the version, and why not the rest. */
function actionsOf(scope: Scope, policy: StoredPolicy, isWhole: boolean) {
  const own = scope.kind === 'staff' ? scope.userId : '';
  const tookPart = policy.editedBy.includes(own) || policy.submittedBy === own;
  const mayEdit = isWhole && may(scope, 'policy.edit');
  return {
    mayEdit: mayEdit && (policy.state === 'draft' || policy.state === 'submitted'),
    maySubmit: mayEdit && policy.state === 'draft',
    mayPublish:
      isWhole && may(scope, 'policy.publish') && policy.state === 'submitted' && !tookPart,
    whyNotWhole:
      !isWhole && (may(scope, 'policy.edit') || may(scope, 'policy.publish'))
        ? whyNotWhole(policy.scope, 'This policy')
        : undefined,
    whyNotPublish:
      policy.state !== 'submitted'
        ? undefined
        : !may(scope, 'policy.publish')
          ? 'Publishing needs the permission “policy.publish”.'
          : tookPart
            ? 'You wrote or submitted it: another person has to publish it.'
            : undefined,
    mayCopy: mayEdit && policy.state === 'published',
  };
}

const revision = z.coerce.number().int();

/** The body as typed; a syntax error is said at its field. */
function bodyOf(text: string) {
  try {
    return jsonObject.parse(JSON.parse(text));
  } catch (error) {
    const why = error instanceof SyntaxError ? error.message : 'is not an object';
    throw malformed('The policy cannot be read as JSON.', [{ pointer: '/body/body', detail: why }]);
  }
}

const toPolicy = (id: string) => `/staff/policies/${id}`;

const editForm = defineForm({
  path: '/staff/policies/:id/edit',
  auth: { permission: 'policy.edit' },
  params: { id: idOf('policyVersion') },
  body: { body: z.string().max(200_000), note: line(300).optional(), revision },
  page: policyPage,
  handle: async ({ tx, params, body }) => {
    await editPolicy(tx, params.id, {
      body: bodyOf(body.body),
      note: body.note ?? '',
      expectedRevision: body.revision,
    });
    return { to: toPolicy(params.id), flash: 'Saved and checked.' };
  },
});

const submitForm = defineForm({
  path: '/staff/policies/:id/submit',
  auth: { permission: 'policy.edit' },
  params: { id: idOf('policyVersion') },
  body: { revision },
  page: policyPage,
  handle: async ({ tx, params, body }) => {
    await submitPolicy(tx, params.id, body.revision);
    return { to: toPolicy(params.id), flash: 'Submitted: somebody else publishes it.' };
  },
});

const publishForm = defineForm({
  path: '/staff/policies/:id/publish',
  auth: { permission: 'policy.publish' },
  params: { id: idOf('policyVersion') },
  body: {
    revision,
    reach: z.enum(policyReaches),
    from: z
      .string()
      .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d$/, 'is not a date and time')
      .transform((text) => `${text}:00Z`)
      .optional(),
  },
  page: policyPage,
  handle: async ({ tx, params, body }) => {
    const published = await publishPolicy(tx, params.id, {
      expectedRevision: body.revision,
      reach: body.reach,
      ...(body.from ? { effectiveFrom: body.from } : {}),
    });
    return { to: toPolicy(params.id), flash: `Version ${published.version} is published.` };
  },
});

const withdrawForm = defineForm({
  path: '/staff/policies/:id/withdraw',
  auth: { permission: 'policy.edit' },
  params: { id: idOf('policyVersion') },
  page: policyPage,
  handle: async ({ tx, params }) => {
    await withdrawPolicy(tx, params.id);
    return { to: toPolicy(params.id), flash: 'Withdrawn.' };
  },
});

const rollBackForm = defineForm({
  path: '/staff/policies/:id/roll-back',
  auth: { permission: 'policy.edit' },
  params: { id: idOf('policyVersion') },
  page: policyPage,
  handle: async ({ tx, params }) => {
    const draft = await rollBackTo(tx, params.id);
    return {
      to: toPolicy(draft.id),
      flash: 'A draft with the old body; it takes two people as any other.',
    };
  },
});

export const policyPages = [
  policyPage,
  editForm,
  submitForm,
  publishForm,
  withdrawForm,
  rollBackForm,
];
