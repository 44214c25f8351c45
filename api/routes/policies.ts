import { z } from 'zod';
import { policyStates } from '../../domain/policy/version';
import { notFound, Problem } from '../../domain/problem';
import { effectivePolicy } from '../../db/policies';
import { checkDraft } from '../../db/policy-check';
import { listPolicies, readPolicy } from '../../db/policy-versions';
import { decodeCursor, pageFrom, pageOf, pageQuery } from '../cursor';
import {
  overlayExample,
  policy,
  policyDetail,
  policyExample,
  policyKind,
  policyLayer,
  showPolicy,
  showPolicyDetail,
} from '../policy-shape';
import { defineRoute } from '../route';
import { entityId, idOf, jsonObject } from '../schemas';
import { jsonOf } from '../input';

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/policies',
  operationId: 'listPolicies',
  summary: 'List policy versions',
  description: 'Newest first: the base, and the layers of your entities and their jurisdictions.',
  tags: ['Policies'],
  auth: { permission: 'policy.read' },
  query: {
    ...pageQuery,
    kind: policyKind.optional(),
    layer: policyLayer.optional(),
    state: z.enum(policyStates).optional(),
  },
  responses: { 200: pageOf(policy) },
  example: { answer: { status: 200, body: { data: [policyExample], nextCursor: null } } },
  handle: async ({ tx, query }) => {
    const after = decodeCursor(query.cursor);
    const found = await listPolicies(tx, {
      limit: query.limit + 1,
      ...(query.kind === undefined ? {} : { kind: query.kind }),
      ...(query.layer === undefined ? {} : { layer: query.layer }),
      ...(query.state === undefined ? {} : { state: query.state }),
      ...(after === undefined ? {} : { after }),
    });
    const page = pageFrom(found, query.limit, { after: (each) => each.id, show: showPolicy });
    return { status: 200, body: page };
  },
});

const read = defineRoute({
  method: 'GET',
  path: '/api/v1/policies/:id',
  operationId: 'readPolicy',
  summary: 'Read a policy version',
  tags: ['Policies'],
  auth: { permission: 'policy.read' },
  params: { id: idOf('policyVersion') },
  responses: { 200: policyDetail },
  etag: (body) => z.object({ revision: z.number() }).parse(body).revision,
  example: { answer: { status: 200, body: { ...policyExample, body: overlayExample } } },
  handle: async ({ tx, params }) => {
    return { status: 200, body: showPolicyDetail(await readPolicy(tx, params.id)) };
  },
});

const check = defineRoute({
  method: 'GET',
  path: '/api/v1/policies/:id/problems',
  operationId: 'checkPolicy',
  summary: 'What is wrong with a policy version',
  description: 'In itself, and in every folded policy that it becomes part of.',
  tags: ['Policies'],
  auth: { permission: 'policy.read' },
  params: { id: idOf('policyVersion') },
  responses: {
    200: z.object({
      data: z.array(
        z.object({
          pointer: z.string(),
          code: z.string(),
          detail: z.string(),
          severity: z.enum(['error', 'warning']),
          rule: z.string().optional().meta({ description: 'Id of the rule it is about.' }),
        }),
      ),
    }),
  },
  example: { answer: { status: 200, body: { data: [] } } },
  handle: async ({ tx, params }) => {
    const found = await readPolicy(tx, params.id);
    return { status: 200, body: { data: await checkDraft(tx, found) } };
  },
});

const inForce = defineRoute({
  method: 'GET',
  path: '/api/v1/policies/in-force/:kind/:entity',
  operationId: 'readPolicyInForce',
  summary: 'Read the policy that applies in an entity now',
  description: 'Base, jurisdiction and entity folded into one, with the versions it is made of.',
  tags: ['Policies'],
  auth: { permission: 'policy.read' },
  params: { kind: policyKind, entity: entityId },
  responses: {
    200: z.object({ pins: z.array(z.string()), hash: z.string(), policy: jsonObject }),
  },
  example: {
    answer: {
      status: 200,
      body: { pins: [policyExample.id], hash: policyExample.bodyHash, policy: { rules: [] } },
    },
  },
  handle: async ({ tx, scope, params }) => {
    if (scope.kind !== 'staff' || !scope.entities.includes(params.entity)) throw notFound('entity');
    const found = await orNone(effectivePolicy(tx, params.kind, { entityId: params.entity }));
    const body = jsonObject.parse(jsonOf(found.compiled.effective));
    return { status: 200, body: { pins: [...found.pins], hash: found.hash, policy: body } };
  },
});

/** To a reader a kind that nobody has published is not there; to a process it is an outage. */
async function orNone<T>(policy: Promise<T>): Promise<T> {
  try {
    return await policy;
  } catch (error) {
    if (error instanceof Problem && error.code === 'policy_missing') throw notFound('policy');
    throw error;
  }
}

export const policyRoutes = [list, inForce, read, check];
