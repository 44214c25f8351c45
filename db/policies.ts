import { shippedLists } from '../domain/policy/defaults/lists';
import { type ShippedLayer } from '../domain/policy/defaults/shipped';
import { parseLayers, type StoredLayer } from '../domain/policy/check';
import { type CompiledPolicy, compilePolicy } from '../domain/policy/compile';
import { hashPolicy } from '../domain/policy/hash';
import { type PolicyKind } from '../domain/policy/kinds/registry';
import { type PolicyLayerName } from '../domain/policy/version';
import { newId } from '../domain/ids';
import type { Keys } from '../domain/keys';
import { unavailable } from '../domain/problem';
import { appendEvents } from './events';
import { rows, type Tx } from './connection';

export interface PolicyInForce<K extends PolicyKind> {
  readonly compiled: CompiledPolicy<K>;
  /** Ids of the versions that were folded, the base first: what a case pins. */
  readonly pins: readonly string[];
  /** SHA-256 of the folded policy. */
  readonly hash: string;
}

interface LayerRow {
  readonly id: string;
  readonly layer: PolicyLayerName;
  readonly layer_key: string;
}

/**
 * What was folded and compiled before, by kind and versions: a published version never changes. Of each database apart,
 * told by its keys, since ids are one database's own.
 */
const compiledBefore = new WeakMap<Keys, Map<string, unknown>>();
/** Far more than the kinds and entities of one house. */
const compiledMax = 500;

/**
 * The policy that applies: base, jurisdiction and entity layers in force at the instant (now when none is
 * given), folded and compiled. With an entity its jurisdiction is the entity's. Throws `policy_missing` (503)
 * when no base is published, and PolicyInvalid when the layers do not fit: never "no rules, so all clear".
 */
export async function effectivePolicy<K extends PolicyKind>(
  tx: Tx,
  kind: K,
  of: {
    readonly entityId?: string;
    readonly jurisdiction?: string;
    readonly at?: string;
    /** When the case was opened that asks: what has been published since for new ones alone does not reach it. */
    readonly openedAt?: string;
  },
): Promise<PolicyInForce<K>> {
  const found = await rows<LayerRow>(
    tx,
    `select distinct on (v.layer, v.layer_key) v.id, v.layer, v.layer_key
     from policy_version v
     left join entity e on e.id = :entityId
     where v.kind = :kind and v.state = 'published'
       and v.effective_from <= coalesce(:at::timestamptz, now())
       and (:openedAt::timestamptz is null or v.effective_from <= :openedAt::timestamptz
         or coalesce(v.reach, 'open') <> 'new')
       and (v.layer = 'base'
         or (v.layer = 'jurisdiction' and v.layer_key = coalesce(e.jurisdiction, :jurisdiction::text))
         or (v.layer = 'entity' and v.layer_key = :entityId::text))
     order by v.layer, v.layer_key, v.effective_from desc, v.version desc`,
    {
      kind,
      entityId: of.entityId ?? null,
      jurisdiction: of.jurisdiction ?? null,
      at: of.at ?? null,
      openedAt: of.openedAt ?? null,
    },
  );
  if (!found.some((row) => row.layer === 'base')) {
    throw unavailable('policy_missing', `No policy of the kind ${kind} has been published.`);
  }
  const order: Record<PolicyLayerName, number> = { base: 0, jurisdiction: 1, entity: 2 };
  const sorted = [...found].sort((a, b) => order[a.layer] - order[b.layer]);
  return compiledOf(tx, kind, sorted);
}

async function compiledOf<K extends PolicyKind>(
  tx: Tx,
  kind: K,
  layers: readonly LayerRow[],
): Promise<PolicyInForce<K>> {
  const pins = layers.map(({ id }) => id);
  const known = compiledBefore.get(tx.keys) ?? new Map<string, unknown>();
  compiledBefore.set(tx.keys, known);
  const key = [kind, ...pins].join(' ');
  // eslint-disable-next-line no-restricted-syntax -- The kind is part of the key under which it was put here.
  const standing = known.get(key) as PolicyInForce<K> | undefined;
  if (standing) return standing;
  const bodies = await rows<{ id: string; body: unknown }>(
    tx,
    'select id, body from policy_version where id = any (:pins)',
    { pins },
  );
  const stored = layers.map(({ id, layer, layer_key: layerKey }): StoredLayer => {
    const body = bodies.find((row) => row.id === id)?.body;
    return { layer, layerKey, body };
  });
  const compiled = compilePolicy(kind, parseLayers(kind, stored, shippedLists));
  const inForce = { compiled, pins, hash: hashPolicy(compiled.effective) };
  if (known.size >= compiledMax) known.clear();
  known.set(key, inForce);
  return inForce;
}

/** Before anything that could ever be evaluated, back-filled months included. */
const installedFrom = '2000-01-01T00:00:00Z';

/**
 * Publishes the layers that ship, each where its kind and layer have no version yet: a policy that people
 * have changed is left alone. The machine's owner installs them; from then on two people are needed.
 */
export async function installPolicies(tx: Tx, layers: readonly ShippedLayer[]): Promise<number> {
  let installed = 0;
  for (const { kind, layer, layerKey, body } of layers) {
    const id = newId('policyVersion');
    const inserted = await rows(
      tx,
      `insert into policy_version (id, kind, layer, layer_key, version, body, body_hash, state, edited_by, submitted_by,
         published_by, effective_from, published_at)
       select :id, :kind, :layer, :layerKey, 1, :body, :hash, 'published', array['system:shipped'], 'system:shipped',
         'system:install', :from, clock_timestamp()
       where not exists (select 1 from policy_version where kind = :kind and layer = :layer and layer_key = :layerKey)
       on conflict do nothing returning 1`,
      {
        id,
        kind,
        layer,
        layerKey,
        body: JSON.stringify(body),
        hash: hashPolicy(body),
        from: installedFrom,
      },
    );
    if (inserted.length === 0) continue;
    installed += 1;
    await appendEvents(tx, [
      {
        subject: `policy/${kind}/${layer}/${layerKey}`,
        type: 'policy.installed',
        entityId: layer === 'entity' ? layerKey : null,
        payload: { version: id, hash: hashPolicy(body) },
      },
    ]);
  }
  return installed;
}
