import { z } from 'zod';
import { may, type Scope } from '../../../domain/access/scope';
import { malformed } from '../../../domain/problem';
import type { FactCatalogue } from '../../../domain/policy/fact';
import { parseOverlay, parsePolicy } from '../../../domain/policy/check';
import { shippedLists } from '../../../domain/policy/defaults/lists';
import { policyKinds } from '../../../domain/policy/kinds/registry';
import { policyReaches } from '../../../domain/policy/version';
import { readsAs } from '../../../domain/policy/words';
import { checkDraft } from '../../../db/policy-check';
import type { Tx } from '../../../db/connection';
import {
  editPolicy,
  listPolicies,
  publishPolicy,
  readPolicy,
  rollBackTo,
  submitPolicy,
  withdrawPolicy,
  type StoredPolicy,
} from '../../../db/policy-versions';
import { timelineOfSubjects } from '../../../db/timeline';
import { jsonOf } from '../../input';
import { idOf, jsonObject, line } from '../../schemas';
import { defineForm, definePage } from '../page';
import { actorWords } from './actors';
import { showEvents } from './events';

interface Sentence {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly source: string;
  readonly mandatory: boolean;
  readonly how: string;
}

const policyPage = definePage({
  path: '/staff/policies/:id',
  auth: { permission: 'policy.read' },
  params: { id: idOf('policyVersion') },
  handle: async ({ tx, scope, params }) => {
    const policy = await readPolicy(tx, params.id);
    const isOpen = policy.state === 'draft' || policy.state === 'submitted';
    const problems = isOpen ? await checkDraft(tx, policy) : [];
    const who = await actorWords(tx, [...policy.editedBy, policy.submittedBy, policy.publishedBy]);
    const { layer, layerKey } = policy.scope;
    return {
      view: 'staff/policy',
      title: `${policyKinds[policy.kind].title}, version ${policy.version}`,
      data: {
        policy,
        layer: layerKey === '' ? layer : `${layer} ${layerKey}`,
        editedBy: policy.editedBy.map(who),
        submittedBy: who(policy.submittedBy),
        publishedBy: who(policy.publishedBy),
        isOpen,
        problems,
        errors: problems.filter((problem) => problem.severity === 'error').length,
        ...(await sentencesOf(tx, policy)),
        bodyText: JSON.stringify(policy.body, undefined, 2),
        ...actionsOf(scope, policy),
        reaches: policyReaches.map((value) => ({ value, label: reachWords[value] })),
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

const reachWords = {
  new: 'what begins from then on',
  open: 'what is open, too',
  existing: 'everybody, decided ones as well',
} as const satisfies Record<(typeof policyReaches)[number], string>;

/** What the person may do with the version, and why not the rest. */
function actionsOf(scope: Scope, policy: StoredPolicy) {
  const own = scope.kind === 'staff' ? scope.userId : '';
  const tookPart = policy.editedBy.includes(own) || policy.submittedBy === own;
  const mayEdit = may(scope, 'policy.edit');
  return {
    mayEdit: mayEdit && (policy.state === 'draft' || policy.state === 'submitted'),
    maySubmit: mayEdit && policy.state === 'draft',
    mayPublish: may(scope, 'policy.publish') && policy.state === 'submitted' && !tookPart,
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

/** The rules as sentences, and parameters, of a base or an overlay; nothing for a body that cannot be read. */
async function sentencesOf(tx: Tx, policy: StoredPolicy) {
  const facts = policyKinds[policy.kind].facts;
  const none = { sentences: [], parameters: [], changes: [] };
  if (policy.scope.layer === 'base') {
    const parsed = parsePolicy(policy.kind, policy.body, shippedLists);
    if (!parsed.ok) return none;
    const parameters = jsonObject.parse(jsonOf(parsed.value.parameters));
    return {
      ...none,
      sentences: parsed.value.rules.map((rule) => sentence(facts, rule, '')),
      parameters: Object.entries(parameters).map(([name, value]) => ({
        name,
        value: JSON.stringify(value),
      })),
    };
  }
  const [below] = await listPolicies(tx, {
    kind: policy.kind,
    layer: 'base',
    state: 'published',
    limit: 1,
  });
  const base = below && parsePolicy(policy.kind, below.body, shippedLists);
  if (!base?.ok) return none;
  const layers = { base: base.value, overlays: [], lists: shippedLists };
  const parsed = parseOverlay(policy.kind, layers, policy.body);
  if (!parsed.ok) return none;
  const { changes } = parsed.value;
  return {
    sentences: changes.flatMap((change) =>
      change.target === 'rule' && (change.mode === 'add' || change.mode === 'override')
        ? [sentence(facts, change.with, change.mode === 'add' ? 'adds' : 'replaces')]
        : [],
    ),
    parameters: changes.flatMap((change) =>
      change.target === 'parameter'
        ? [{ name: change.name, value: `${JSON.stringify(change.value)} because ${change.reason}` }]
        : [],
    ),
    changes: changes.flatMap((change) =>
      change.target === 'rule' && change.mode === 'off'
        ? [{ id: change.id, reason: change.reason }]
        : [],
    ),
  };
}

function sentence(
  facts: FactCatalogue,
  rule: Parameters<typeof readsAs>[1],
  how: string,
): Sentence {
  return {
    id: rule.id,
    title: rule.title,
    text: readsAs(facts, rule),
    source: rule.source,
    mandatory: rule.mandatory ?? false,
    how,
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
