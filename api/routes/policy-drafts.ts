import { z } from 'zod';
import { policyReaches } from '../../domain/policy/version';
import {
  draftPolicy,
  editPolicy,
  publishPolicy,
  rollBackTo,
  submitPolicy,
  withdrawPolicy,
} from '../../db/policy-versions';
import {
  layerKey,
  overlayExample,
  policyDetail,
  policyExample,
  policyKind,
  policyLayer,
  showPolicyDetail,
} from '../policy-shape';
import { defineRoute } from '../route';
import { idOf, jsonObject, line } from '../schemas';

const id = { id: idOf('policyVersion') };
const note = line(500).default('').meta({ example: 'Raises the limit.' });
const example = { ...policyExample, body: overlayExample };

const location = (body: unknown) =>
  `/api/v1/policies/${z.object({ id: z.string() }).parse(body).id}`;
const etag = (body: unknown) => z.object({ revision: z.number() }).parse(body).revision;

const draft = defineRoute({
  method: 'POST',
  path: '/api/v1/policies',
  operationId: 'draftPolicy',
  summary: 'Begin a new version of a layer',
  description:
    'The whole body (base) or overlay (other layers), by somebody who works for every entity that the layer reaches (403 `not_whole`). 409 `draft_exists` while one is worked on.',
  tags: ['Policies'],
  auth: { permission: 'policy.edit' },
  body: z.strictObject({
    kind: policyKind,
    layer: policyLayer,
    layerKey,
    body: jsonObject,
    note,
  }),
  responses: { 201: policyDetail },
  problems: { 409: '`draft_exists`.' },
  location,
  etag,
  example: {
    body: {
      kind: 'withdrawal',
      layer: 'entity',
      layerKey: 'cy',
      body: overlayExample,
      note: 'Raises the limit.',
    },
    answer: { status: 201, body: example },
  },
  handle: async ({ tx, body }) => {
    return { status: 201, body: showPolicyDetail(await draftPolicy(tx, body)) };
  },
});

const edit = defineRoute({
  method: 'PUT',
  path: '/api/v1/policies/:id',
  operationId: 'editPolicy',
  summary: 'Save an edit of a draft',
  description:
    'With `If-Match` of the revision you edited: another one is 409 `stale_edit`, and your text is still yours. An edit after submission sends it back to draft.',
  tags: ['Policies'],
  auth: { permission: 'policy.edit' },
  params: id,
  ifMatch: true,
  body: z.strictObject({ body: jsonObject, note }),
  responses: { 200: policyDetail },
  problems: { 409: '`stale_edit` or `policy_state`.' },
  etag,
  example: {
    body: { body: overlayExample, note: 'Raises the limit.' },
    answer: { status: 200, body: example },
  },
  handle: async ({ tx, params, body, expectedVersion }) => {
    const saved = await editPolicy(tx, params.id, { ...body, expectedRevision: expectedVersion });
    return { status: 200, body: showPolicyDetail(saved) };
  },
});

const submit = defineRoute({
  method: 'POST',
  path: '/api/v1/policies/:id/submit',
  operationId: 'submitPolicy',
  summary: 'Hand a draft over for publication',
  description: '422 `policy_has_errors` names every problem at its place.',
  tags: ['Policies'],
  auth: { permission: 'policy.edit' },
  idempotency: 'required',
  params: id,
  ifMatch: true,
  responses: { 200: policyDetail },
  problems: { 409: '`stale_edit` or `policy_state`.', 422: '`policy_has_errors`.' },
  etag,
  example: { answer: { status: 200, body: { ...example, state: 'submitted' } } },
  handle: async ({ tx, params, expectedVersion }) => {
    const saved = await submitPolicy(tx, params.id, expectedVersion);
    return { status: 200, body: showPolicyDetail(saved) };
  },
});

const publish = defineRoute({
  method: 'POST',
  path: '/api/v1/policies/:id/publish',
  operationId: 'publishPolicy',
  summary: 'Publish a submitted version',
  description:
    'By someone who neither wrote, edited nor submitted it, and works for every entity that the layer reaches (403 `not_whole`); immutable from then on. The reach is kept with the version and changes nothing that stands: for `existing` this very text must have been simulated.',
  tags: ['Policies'],
  auth: { permission: 'policy.publish' },
  idempotency: 'required',
  params: id,
  ifMatch: true,
  body: z.strictObject({
    effectiveFrom: z.iso
      .datetime({ offset: true })
      .optional()
      .meta({ description: 'Now when left out; never in the past.' }),
    reach: z.enum(policyReaches).default('new'),
  }),
  responses: { 200: policyDetail },
  problems: {
    409: '`four_eyes`, `stale_edit` or `policy_state`.',
    422: '`policy_has_errors`, `effective_in_past`, or `preview_required` to reach `existing`.',
  },
  etag,
  example: {
    body: { reach: 'new' },
    answer: { status: 200, body: { ...example, state: 'published' } },
  },
  handle: async ({ tx, params, body, expectedVersion }) => {
    const saved = await publishPolicy(tx, params.id, {
      expectedRevision: expectedVersion,
      reach: body.reach,
      ...(body.effectiveFrom === undefined ? {} : { effectiveFrom: body.effectiveFrom }),
    });
    return { status: 200, body: showPolicyDetail(saved) };
  },
});

const withdraw = defineRoute({
  method: 'POST',
  path: '/api/v1/policies/:id/withdraw',
  operationId: 'withdrawPolicy',
  summary: 'Give a draft up',
  tags: ['Policies'],
  auth: { permission: 'policy.edit' },
  idempotency: 'required',
  params: id,
  responses: { 200: policyDetail },
  problems: { 409: '`policy_state`.' },
  example: { answer: { status: 200, body: { ...example, state: 'withdrawn' } } },
  handle: async ({ tx, params }) => {
    return { status: 200, body: showPolicyDetail(await withdrawPolicy(tx, params.id)) };
  },
});

const rollBack = defineRoute({
  method: 'POST',
  path: '/api/v1/policies/:id/roll-back',
  operationId: 'rollBackPolicy',
  summary: 'Begin to roll back to a published version',
  description: 'The old body as a new draft: it takes the same way and the same two people.',
  tags: ['Policies'],
  auth: { permission: 'policy.edit' },
  params: id,
  responses: { 201: policyDetail },
  problems: { 409: '`draft_exists` or `policy_state`.' },
  location,
  etag,
  example: { answer: { status: 201, body: example } },
  handle: async ({ tx, params }) => {
    return { status: 201, body: showPolicyDetail(await rollBackTo(tx, params.id)) };
  },
});

export const policyDraftRoutes = [draft, edit, submit, publish, withdraw, rollBack];
