import { type EffectivePolicy, PolicyInvalid } from '../domain/policy/body';
import { parseLayers, type StoredLayer } from '../domain/policy/check';
import { type CompiledPolicy, compilePolicy } from '../domain/policy/compile';
import { shippedLists } from '../domain/policy/defaults/lists';
import { foldLayers } from '../domain/policy/layers';
import type { PolicyKind } from '../domain/policy/kinds/registry';
import type { PolicyLayerName, PolicyScope } from '../domain/policy/version';
import { rows, type Tx } from './connection';

/** A layer in force, with the version that brought it. */
export interface LayerInForce extends StoredLayer {
  readonly id: string;
  readonly version: number;
}

interface LayerRow {
  readonly id: string;
  readonly layer: PolicyLayerName;
  readonly layer_key: string;
  readonly version: number;
  readonly body: unknown;
}

/** Every layer of the kind that is in force now, whoever may see it: the base first. */
export async function layersInForce(tx: Tx, kind: PolicyKind): Promise<LayerInForce[]> {
  const found = await rows<LayerRow>(
    tx,
    `select distinct on (layer, layer_key) id, layer, layer_key, version, body from policy_version
     where kind = :kind and state = 'published' and effective_from <= now()
     order by layer, layer_key, effective_from desc, version desc`,
    { kind },
  );
  return inOrder(found.map(fromRow));
}

/** The layers by the ids of their versions, as a simulation pinned them. */
export async function layersOfVersions(tx: Tx, ids: readonly string[]): Promise<LayerInForce[]> {
  const found = await rows<LayerRow>(
    tx,
    `select id, layer, layer_key, version, body from policy_version
     where id = any (:ids) and state = 'published'`,
    { ids: [...ids] },
  );
  return inOrder(found.map(fromRow));
}

function fromRow(row: LayerRow): LayerInForce {
  const { id, layer, layer_key: layerKey, version, body } = row;
  return { id, layer, layerKey, version, body };
}

const order: Readonly<Record<PolicyLayerName, number>> = { base: 0, jurisdiction: 1, entity: 2 };

function inOrder(layers: LayerInForce[]): LayerInForce[] {
  return layers.sort((a, b) => order[a.layer] - order[b.layer]);
}

/** An entity and the jurisdiction it is licensed in. */
export interface Place {
  readonly id: string;
  readonly jurisdiction: string;
}

/** The layers that apply in an entity. */
export function layersAt<T extends Pick<StoredLayer, 'layer' | 'layerKey'>>(
  layers: readonly T[],
  entity: Place,
): T[] {
  return layers.filter(
    ({ layer, layerKey }) =>
      layer === 'base' ||
      (layer === 'jurisdiction' && layerKey === entity.jurisdiction) ||
      (layer === 'entity' && layerKey === entity.id),
  );
}

/** Whether a layer has a say in the entity. */
export function appliesAt({ layer, layerKey }: PolicyScope, entity: Place): boolean {
  return layersAt([{ layer, layerKey }], entity).length > 0;
}

/** The entities of the scope on which a layer has a say. */
export async function placesOf(tx: Tx, scope: PolicyScope): Promise<Place[]> {
  const entities = await rows<Place>(
    tx,
    'select id, jurisdiction from entity where :all or id = any (:entities) order by id limit 100',
    tx.scope.kind === 'staff'
      ? { all: false, entities: [...tx.scope.entities] }
      : { all: tx.scope.kind === 'system', entities: [] },
  );
  return entities.filter((entity) => appliesAt(scope, entity));
}

/** What lies below a layer, folded; undefined for a base, and where what is in force cannot be read. */
export async function policyBelow(
  tx: Tx,
  kind: PolicyKind,
  scope: PolicyScope,
): Promise<EffectivePolicy<unknown, unknown> | undefined> {
  if (scope.layer === 'base') return undefined;
  const all = await layersInForce(tx, kind);
  const [entity] = await rows<Place>(
    tx,
    'select id, jurisdiction from entity where id = :id or jurisdiction = :id order by id limit 1',
    { id: scope.layerKey },
  );
  const at = entity ? layersAt(all, entity) : all;
  const below = at.filter(({ layer }) => order[layer] < order[scope.layer]);
  try {
    return foldLayers(kind, parseLayers(kind, below, shippedLists));
  } catch (error) {
    if (error instanceof PolicyInvalid) return undefined;
    throw error;
  }
}

/** The layers folded and compiled. Throws `PolicyInvalid`. */
export function compiledFrom(
  kind: PolicyKind,
  layers: readonly StoredLayer[],
): CompiledPolicy<PolicyKind> {
  return compilePolicy(kind, parseLayers(kind, layers, shippedLists));
}

/** The layers with another body in the place of one of them. */
export function withLayer(
  layers: readonly StoredLayer[],
  { layer, layerKey }: PolicyScope,
  body: unknown,
): StoredLayer[] {
  const others = layers.filter((each) => each.layer !== layer || each.layerKey !== layerKey);
  return [...others, { layer, layerKey, body }].sort((a, b) => order[a.layer] - order[b.layer]);
}
