import { newId } from '../domain/ids';
import type { PolicyProblem } from '../domain/policy/body';
import { hashPolicy } from '../domain/policy/hash';
import type { PolicyKind } from '../domain/policy/kinds/registry';
import type { PolicyLayerName } from '../domain/policy/version';
import { conflict, Problem } from '../domain/problem';
import { rows, type Tx } from './connection';
import { appendEvents, type Json } from './events';
import { checkDraft } from './policy-check';

export interface AgreedLayer {
  readonly kind: PolicyKind;
  readonly layer: PolicyLayerName;
  readonly layerKey: string;
  readonly body: { readonly [key: string]: Json };
  /** Ids of two people: who asked for it, and who approved it. */
  readonly proposedBy: string;
  readonly approvedBy: string;
}

/**
 * Publishes a layer that two people have agreed on otherwise, by the task in whose transaction this runs: it becomes a
 * version like any other, written by the one and published by the other. Under the system's scope. Throws 409
 * `draft_exists` while somebody works on the layer, whose draft would take this away again, and 422 `policy_has_errors`.
 */
export async function publishAgreed(tx: Tx, agreed: AgreedLayer): Promise<string> {
  const { kind, layer, layerKey, body } = agreed;
  await assertNoDraft(tx, agreed);
  assertSound(await checkDraft(tx, { kind, scope: { layer, layerKey }, body }));
  const id = newId('policyVersion');
  const hash = hashPolicy(body);
  await rows(
    tx,
    `insert into policy_version (id, kind, layer, layer_key, version, body, body_hash, state, edited_by, submitted_by,
       published_by, effective_from, published_at, reach)
     select :id, :kind, :layer, :layerKey,
       coalesce((select max(version) from policy_version where kind = :kind and layer = :layer and layer_key = :layerKey), 0) + 1,
       :body, :hash, 'published', array[:proposedBy], :proposedBy, :approvedBy, clock_timestamp(), clock_timestamp(), 'new'`,
    {
      ...{ id, kind, layer, layerKey, hash, body: JSON.stringify(body) },
      proposedBy: agreed.proposedBy,
      approvedBy: agreed.approvedBy,
    },
  );
  await appendEvents(tx, [
    {
      subject: `policy/${kind}/${layer}/${layerKey}`,
      type: 'policy.published',
      entityId: layer === 'entity' ? layerKey : null,
      payload: { version: id, hash, reach: 'new', proposedBy: agreed.proposedBy },
    },
  ]);
  return id;
}

/** Holds the layer until the transaction ends. Throws 409 `draft_exists` while a draft of it is being worked on. */
export async function assertNoDraft(
  tx: Tx,
  { kind, layer, layerKey }: Pick<AgreedLayer, 'kind' | 'layer' | 'layerKey'>,
): Promise<void> {
  await tx.sql.raw(`select pg_advisory_xact_lock(hashtext(:layer))`, {
    layer: `policy/${kind}/${layer}/${layerKey}`,
  });
  const [draft] = await rows<{ id: string }>(
    tx,
    `select id from policy_version where kind = :kind and layer = :layer and layer_key = :layerKey
       and state in ('draft', 'submitted')`,
    { kind, layer, layerKey },
  );
  if (!draft) return;
  throw conflict(
    'draft_exists',
    `A draft of ${kind} is being worked on. It has to be published or given up first.`,
    { draft: draft.id },
  );
}

function assertSound(problems: readonly PolicyProblem[]): void {
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return;
  throw new Problem({
    status: 422,
    code: 'policy_has_errors',
    detail: 'The policy that comes of this does not fit.',
    errors: errors.map(({ pointer, detail }) => ({ pointer, detail })),
  });
}
