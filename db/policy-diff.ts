import { diffBodies, type PolicyDifference } from '../domain/policy/edit/diff';
import { refused } from '../domain/problem';
import { rows, type Tx } from './connection';
import { factsOfVersion } from './policy-questions';
import { readPolicy, type StoredPolicy } from './policy-versions';

export interface PolicyDiff {
  /** Undefined for the first version of a layer: everything in it is new. */
  readonly from: StoredPolicy | undefined;
  readonly to: StoredPolicy;
  readonly differences: readonly PolicyDifference[];
}

/**
 * What a version says otherwise than another one of its layer; without one, than the version published before
 * it. Throws `not_found` (404) for either, and 422 `another_layer` when they are not of one layer.
 */
export async function diffPolicy(tx: Tx, id: string, fromId?: string): Promise<PolicyDiff> {
  const to = await readPolicy(tx, id);
  const earlier = fromId ?? (await publishedBefore(tx, to));
  const from = earlier === undefined ? undefined : await readPolicy(tx, earlier);
  if (from !== undefined && !isSameLayer(from, to))
    throw refused('another_layer', 'Versions are compared within one layer of one policy.');
  const { layer } = to.scope;
  const bodies = { from: from?.body ?? {}, to: to.body };
  return { from, to, differences: diffBodies(await factsOfVersion(tx, to), layer, bodies) };
}

function isSameLayer(a: StoredPolicy, b: StoredPolicy): boolean {
  return (
    a.kind === b.kind && a.scope.layer === b.scope.layer && a.scope.layerKey === b.scope.layerKey
  );
}

async function publishedBefore(tx: Tx, policy: StoredPolicy): Promise<string | undefined> {
  const [row] = await rows<{ id: string }>(
    tx,
    `select id from policy_version
     where kind = :kind and layer = :layer and layer_key = :layerKey and state = 'published' and version < :version
     order by version desc limit 1`,
    { kind: policy.kind, ...policy.scope, version: policy.version },
  );
  return row?.id;
}

/** The other versions of the layer, newest first. */
export async function versionsOfLayer(
  tx: Tx,
  policy: StoredPolicy,
): Promise<{ id: string; version: number; state: string }[]> {
  return rows(
    tx,
    `select id, version, state from policy_version
     where kind = :kind and layer = :layer and layer_key = :layerKey and id <> :id
     order by version desc limit 50`,
    { kind: policy.kind, ...policy.scope, id: policy.id },
  );
}
