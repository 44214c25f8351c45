import { z } from 'zod';
import { policyKinds } from '../domain/policy/kinds/registry';
import { policyLayerNames, policyReaches, policyStates } from '../domain/policy/version';
import { keysOf } from '../domain/record';
import type { StoredPolicy } from '../db/policy-versions';
import { entityId, exampleId, idOf, jsonObject, time } from './schemas';

export const policyKind = z.enum(keysOf(policyKinds));

export const policyLayer = z.enum(policyLayerNames);

/** Key of a layer: '' for the base, a country for a jurisdiction, an entity's id. */
export const layerKey = z
  .union([z.literal(''), z.string().regex(/^[A-Z]{2}$/, 'is not a country'), entityId])
  .meta({ description: 'Empty for the base, a country, or the id of an entity.', example: 'cy' });

export const policy = z
  .object({
    id: idOf('policyVersion'),
    kind: policyKind,
    layer: policyLayer,
    layerKey: z.string(),
    version: z.int(),
    state: z.enum(policyStates),
    revision: z.int(),
    bodyHash: z.string(),
    editedBy: z.array(z.string()),
    submittedBy: z.string().nullable(),
    publishedBy: z.string().nullable(),
    effectiveFrom: time.nullable(),
    publishedAt: time.nullable(),
    reach: z.enum(policyReaches).nullable(),
    note: z.string(),
    createdAt: time,
  })
  .meta({ id: 'Policy' });

export const policyDetail = policy
  .extend({ body: jsonObject.meta({ description: 'A body (base) or an overlay (other layers).' }) })
  .meta({ id: 'PolicyDetail' });

export const policyExample = {
  id: exampleId('policyVersion'),
  kind: 'withdrawal' as const,
  layer: 'entity' as const,
  layerKey: 'cy',
  version: 2,
  state: 'draft' as const,
  revision: 1,
  bodyHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  editedBy: [exampleId('user')],
  submittedBy: null,
  publishedBy: null,
  effectiveFrom: null,
  publishedAt: null,
  reach: null,
  note: 'Raises the limit.',
  createdAt: '2026-11-23T20:15:00.000000Z',
};

export const overlayExample = { title: 'What the entity does differently', changes: [] };

export function showPolicy(found: StoredPolicy): z.input<typeof policy> {
  const { scope, body: _body, editedBy, ...rest } = found;
  return { ...rest, layer: scope.layer, layerKey: scope.layerKey, editedBy: [...editedBy] };
}

export function showPolicyDetail(found: StoredPolicy): z.input<typeof policyDetail> {
  return { ...showPolicy(found), body: jsonObject.parse(found.body) };
}
