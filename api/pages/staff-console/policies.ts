import { z } from 'zod';
import { withoutUnreadQueues } from '../../../domain/policy/unread-queues';
import { policyKinds } from '../../../domain/policy/kinds/registry';
import { policyLayerNames, policyStates } from '../../../domain/policy/version';
import { keysOf } from '../../../domain/record';
import { may } from '../../../domain/access/scope';
import type { Tx } from '../../../db/connection';
import { listEntities } from '../../../db/entities';
import { draftPolicy, listPolicies, readPolicy } from '../../../db/policy-versions';
import { worksForWhole } from '../../../db/whole';
import { idOf, line } from '../../schemas';
import { defineForm, definePage } from '../page';
import { actorWords } from './actors';
import { afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

const kindNames = keysOf(policyKinds);

const policiesPage = definePage({
  path: '/staff/policies',
  auth: { permission: 'policy.read' },
  query: {
    kind: z.enum(kindNames).optional(),
    layer: z.enum(policyLayerNames).optional(),
    state: z.enum(policyStates).optional(),
    cursor: cursorQuery,
  },
  handle: async ({ tx, scope, query }) => {
    const found = await listPolicies(tx, {
      ...(query.kind ? { kind: query.kind } : {}),
      ...(query.layer ? { layer: query.layer } : {}),
      ...(query.state ? { state: query.state } : {}),
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const path = '/staff/policies';
    const { rows, next } = pageOfRows(found, { path, query, after: (each) => each.id });
    const who = await actorWords(
      tx,
      rows.flatMap((each) => [each.publishedBy, ...each.editedBy]),
    );
    return {
      view: 'staff/policies',
      title: 'Policies',
      data: {
        policies: rows.map((policy) => ({
          ...policy,
          kindTitle: policyKinds[policy.kind].title,
          layer: policy.scope.layer,
          layerKey: policy.scope.layerKey,
          by: who(policy.publishedBy ?? policy.editedBy.at(-1)),
        })),
        next,
        places: may(scope, 'policy.edit') ? await overlayPlaces(tx) : [],
        kindOptions: kindNames.map((kind) => ({ value: kind, label: policyKinds[kind].title })),
        kinds: chipsOf(path, query, {
          name: 'kind',
          all: 'Every kind',
          options: kindNames.map((kind) => ({ value: kind, label: policyKinds[kind].title })),
        }),
        layers: [
          ...chipsOf(path, query, {
            name: 'layer',
            all: 'Every layer',
            options: policyLayerNames,
          }),
          ...chipsOf(path, query, { name: 'state', all: 'Every state', options: policyStates }),
        ],
      },
    };
  },
});

/** A new draft that begins with the body of a version. */
const draftForm = defineForm({
  path: '/staff/policies/:id/draft',
  auth: { permission: 'policy.edit' },
  params: { id: idOf('policyVersion') },
  body: { note: line(300).optional() },
  page: policiesPage,
  handle: async ({ tx, params, body }) => {
    const old = await readPolicy(tx, params.id);
    const { layer, layerKey } = old.scope;
    const draft = await draftPolicy(tx, {
      kind: old.kind,
      layer,
      layerKey,
      body: withoutUnreadQueues(old.kind, old.body),
      note: body.note ?? `Begins with version ${old.version}.`,
    });
    return { to: `/staff/policies/${draft.id}`, flash: 'A draft to work on.' };
  },
});

/** An empty overlay of a jurisdiction or an entity, where there is none yet. */
const overlayForm = defineForm({
  path: '/staff/policies/overlays',
  auth: { permission: 'policy.edit' },
  body: { kind: z.enum(kindNames), place: z.string().max(60), title: line(120) },
  page: policiesPage,
  handle: async ({ tx, body }) => {
    const [layer = '', layerKey = ''] = body.place.split('/');
    const draft = await draftPolicy(tx, {
      kind: body.kind,
      layer: layer === 'entity' ? 'entity' : 'jurisdiction',
      layerKey,
      body: { title: body.title, changes: [] },
      note: 'A new overlay.',
    });
    return { to: `/staff/policies/${draft.id}`, flash: 'An empty overlay to work on.' };
  },
});

/** Places whose overlay the reader may write: a jurisdiction is for those who work for each of its entities. */
async function overlayPlaces(tx: Tx): Promise<{ value: string; label: string }[]> {
  const entities = await listEntities(tx);
  const jurisdictions: string[] = [];
  for (const key of new Set(entities.map((entity) => entity.jurisdiction))) {
    if (await worksForWhole(tx, { layer: 'jurisdiction', layerKey: key })) jurisdictions.push(key);
  }
  return [
    ...jurisdictions.map((key) => ({ value: `jurisdiction/${key}`, label: `jurisdiction ${key}` })),
    ...entities.map(({ id, name }) => ({ value: `entity/${id}`, label: name })),
  ];
}

export const policiesPages = [policiesPage, overlayForm, draftForm];
