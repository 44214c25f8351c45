import type { BeforeAfter } from '../domain/audit/change';
import type { EventType } from '../domain/access/event-access';
import { newId } from '../domain/ids';
import type { PolicyProblem } from '../domain/policy/body';
import { hashPolicy } from '../domain/policy/hash';
import { withoutUnreadQueues } from '../domain/policy/unread-queues';
import { isPolicyKind, type PolicyKind } from '../domain/policy/kinds/registry';
import {
  advancePolicyVersion,
  type PolicyCommand,
  type PolicyLayerName,
  type PolicyReach,
  type PolicyState,
  type PolicyVersion,
} from '../domain/policy/version';
import { conflict, forbidden, notFound, Problem, refused } from '../domain/problem';
import { rows, utc, type Tx } from './connection';
import { appendEvents, type Json } from './events';
import { inTurn } from './in-turn';
import { decryptFor, encryptFor } from './personal-data';
import { checkDraft, errorCount } from './policy-check';
import { assertWhole, everybody } from './whole';

export interface StoredPolicy extends PolicyVersion {
  readonly body: { readonly [key: string]: Json };
  readonly bodyHash: string;
  readonly note: string;
  readonly publishedAt: string | null;
  readonly createdAt: string;
}

interface PolicyRow {
  readonly id: string;
  readonly kind: string;
  readonly layer: PolicyLayerName;
  readonly layer_key: string;
  readonly version: number;
  readonly body: { readonly [key: string]: Json };
  readonly body_hash: string;
  readonly state: PolicyState;
  readonly edited_by: readonly string[];
  readonly submitted_by: string | null;
  readonly published_by: string | null;
  readonly effective_from: string | null;
  readonly published_at: string | null;
  readonly note_ct: string | null;
  readonly reach: PolicyReach | null;
  readonly revision: number;
  readonly created_at: string;
}

const columns = `id, kind, layer, layer_key, version, body, body_hash, state, edited_by, submitted_by, published_by, effective_from,
  published_at, note_ct, reach, revision, created_at`;

/** A staff member sees the base, and the layers of their entities and those entities' jurisdictions. */
const visible = `(:all or layer = 'base' or (layer = 'entity' and layer_key = any (:entities))
  or (layer = 'jurisdiction' and layer_key in (select jurisdiction from entity where id = any (:entities))))`;

function visibility(tx: Tx): { all: boolean; entities: string[] } {
  if (tx.scope.kind === 'system') return { all: true, entities: [] };
  if (tx.scope.kind !== 'staff') throw notFound('policy');
  return { all: false, entities: [...tx.scope.entities] };
}

/** The words about a version may name people: they are kept under the key of who edited it last, and wrote them. */
async function sealNote(tx: Tx, note: string): Promise<string | null> {
  return note === '' ? null : encryptFor(tx, personOf(tx), 'policy.note', note);
}

async function openNote(
  tx: Tx,
  { note_ct: note, edited_by: editedBy }: PolicyRow,
): Promise<string> {
  return note === null ? '' : decryptFor(tx, editedBy.at(-1) ?? '', 'policy.note', note);
}

async function fromRow(tx: Tx, row: PolicyRow): Promise<StoredPolicy> {
  if (!isPolicyKind(row.kind)) throw new Error(`a policy of the unknown kind ${row.kind}`);
  return {
    id: row.id,
    kind: row.kind,
    scope: { layer: row.layer, layerKey: row.layer_key },
    version: row.version,
    state: row.state,
    revision: row.revision,
    editedBy: row.edited_by,
    submittedBy: row.submitted_by,
    publishedBy: row.published_by,
    effectiveFrom: row.effective_from === null ? null : utc(row.effective_from),
    body: row.body,
    bodyHash: row.body_hash,
    note: await openNote(tx, row),
    reach: row.reach,
    publishedAt: row.published_at === null ? null : utc(row.published_at),
    createdAt: utc(row.created_at),
  };
}

/** Throws `not_found` (404), also for a layer of another entity. */
export async function readPolicy(tx: Tx, id: string): Promise<StoredPolicy> {
  return read(tx, id, '');
}

async function read(tx: Tx, id: string, lock: '' | 'for update'): Promise<StoredPolicy> {
  const [row] = await rows<PolicyRow>(
    tx,
    `select ${columns} from policy_version where id = :id and ${visible} ${lock}`,
    { id, ...visibility(tx) },
  );
  if (!row) throw notFound('policy');
  return fromRow(tx, row);
}

/** Versions that the scope may see, newest first; `after` is the last one's id. */
export async function listPolicies(
  tx: Tx,
  filter: {
    kind?: PolicyKind;
    layer?: PolicyLayerName;
    state?: PolicyState;
    after?: string;
    limit: number;
  },
): Promise<StoredPolicy[]> {
  const found = await rows<PolicyRow>(
    tx,
    `select ${columns} from policy_version
     where ${visible} and (:kind::text is null or kind = :kind) and (:layer::text is null or layer = :layer)
       and (:state::text is null or state = :state) and (:after::text is null or id < :after)
     order by id desc limit :limit`,
    {
      ...visibility(tx),
      kind: filter.kind ?? null,
      layer: filter.layer ?? null,
      state: filter.state ?? null,
      after: filter.after ?? null,
      limit: filter.limit,
    },
  );
  return inTurn(found, (row) => fromRow(tx, row));
}

export interface Draft {
  readonly kind: PolicyKind;
  readonly layer: PolicyLayerName;
  readonly layerKey: string;
  readonly body: { readonly [key: string]: Json };
  readonly note: string;
}

/** Begins a new version of a layer. 409 `draft_exists` while another one is being worked on. */
export async function draftPolicy(tx: Tx, draft: Draft): Promise<StoredPolicy> {
  await assertLayerInScope(tx, draft);
  await tx.sql.raw(`select pg_advisory_xact_lock(hashtext(:layer))`, {
    layer: `policy/${draft.kind}/${draft.layer}/${draft.layerKey}`,
  });
  const [open] = await rows<{ id: string }>(
    tx,
    `select id from policy_version where kind = :kind and layer = :layer and layer_key = :layerKey
       and state in ('draft', 'submitted')`,
    { kind: draft.kind, layer: draft.layer, layerKey: draft.layerKey },
  );
  if (open) {
    throw conflict('draft_exists', 'A draft of this layer is being worked on.', { draft: open.id });
  }
  const [row] = await rows<PolicyRow>(
    tx,
    `insert into policy_version (id, kind, layer, layer_key, version, body, body_hash, state, edited_by, note_ct)
     select :id, :kind, :layer, :layerKey,
       coalesce((select max(version) from policy_version where kind = :kind and layer = :layer and layer_key = :layerKey), 0) + 1,
       :body, :hash, 'draft', array[:by], :note
     returning ${columns}`,
    {
      id: newId('policyVersion'),
      kind: draft.kind,
      layer: draft.layer,
      layerKey: draft.layerKey,
      body: JSON.stringify(draft.body),
      hash: hashPolicy(draft.body),
      by: personOf(tx),
      note: await sealNote(tx, draft.note),
    },
  );
  if (!row) throw new Error('the draft was not inserted');
  const policy = await fromRow(tx, row);
  await appendEvents(tx, [policyEvent(policy, 'policy.drafted', {})]);
  return policy;
}

async function assertLayerInScope(
  tx: Tx,
  { layer, layerKey }: { layer: PolicyLayerName; layerKey: string },
): Promise<void> {
  if (layer === 'base') {
    if (layerKey !== '') throw notFound('policy layer');
    return assertWhole(tx, everybody, 'This policy');
  }
  const { all, entities } = visibility(tx);
  const column = layer === 'entity' ? 'id' : 'jurisdiction';
  const found = await rows(
    tx,
    `select 1 from entity where ${column} = :layerKey and (:all or id = any (:entities)) limit 1`,
    { layerKey, all, entities },
  );
  if (found.length === 0) throw notFound('policy layer');
  await assertWhole(tx, { layer, layerKey }, 'This policy');
}

/** A version as it is about to be changed, by somebody of every entity that it reaches (403 `not_whole`). */
async function readToChange(tx: Tx, id: string): Promise<StoredPolicy> {
  const present = await read(tx, id, 'for update');
  await assertWhole(tx, present.scope, 'This policy');
  return present;
}

/** Who edits and publishes is a person: four-eyes compares people, so a job may not. */
function personOf(tx: Tx): string {
  if (tx.scope.kind !== 'staff') throw forbidden('policy.edit');
  return tx.scope.userId;
}

function policyEvent(
  policy: StoredPolicy,
  type: EventType,
  payload: { readonly [key: string]: Json },
) {
  const { layer, layerKey } = policy.scope;
  return {
    subject: `policy/${policy.kind}/${layer}/${layerKey}`,
    type,
    entityId: layer === 'entity' ? layerKey : null,
    payload: { version: policy.id, number: policy.version, hash: policy.bodyHash, ...payload },
  };
}

/** Saves an edit of a draft; a submitted one goes back to draft. 409 `stale_edit` with the present revision. */
export async function editPolicy(
  tx: Tx,
  id: string,
  edit: { body: { readonly [key: string]: Json }; note: string; expectedRevision: number },
): Promise<StoredPolicy> {
  const present = await readToChange(tx, id);
  const next = advance(present, {
    type: 'edit',
    by: personOf(tx),
    expectedRevision: edit.expectedRevision,
  });
  await rows(tx, 'update policy_version set note_ct = :note where id = :id', {
    id,
    note: await sealNote(tx, edit.note),
  });
  return save(tx, { ...next, body: edit.body }, 'policy.edited', {});
}

/** Hands a draft over for publication. 422 `policy_has_errors` with every problem found. */
export async function submitPolicy(
  tx: Tx,
  id: string,
  expectedRevision: number,
): Promise<StoredPolicy> {
  const present = await readToChange(tx, id);
  const problems = await checkDraft(tx, present);
  const next = withProblems(problems, () =>
    advance(present, {
      type: 'submit',
      by: personOf(tx),
      expectedRevision,
      errorCount: errorCount(problems),
    }),
  );
  return save(tx, next, 'policy.submitted', {});
}

/**
 * Publishes a submitted version: by someone who neither wrote nor submitted it (409 `four_eyes`), from now or
 * a later instant. It is checked again, against the other layers as they are now. To reach what is decided
 * already, this very text must have been simulated (422 `preview_required`).
 */
export async function publishPolicy(
  tx: Tx,
  id: string,
  wanted: { expectedRevision: number; effectiveFrom?: string; reach: PolicyReach },
): Promise<StoredPolicy> {
  const present = await readToChange(tx, id);
  if (wanted.reach === 'existing') await assertPreviewed(tx, present);
  const [clock] = await rows<{ now: string }>(tx, 'select clock_timestamp() as now');
  const now = utc(clock?.now ?? '');
  const problems = await checkDraft(tx, present);
  const next = withProblems(problems, () =>
    advance(present, {
      type: 'publish',
      by: personOf(tx),
      expectedRevision: wanted.expectedRevision,
      now,
      effectiveFrom: wanted.effectiveFrom ?? now,
      reach: wanted.reach,
      errorCount: errorCount(problems),
    }),
  );
  const before = await lastPublished(tx, present);
  return save(
    tx,
    next,
    'policy.published',
    { reach: wanted.reach, effectiveFrom: next.effectiveFrom },
    { before, after: { version: next.id, number: next.version, hash: next.bodyHash } },
  );
}

/** What the publication takes the place of, in the same layer; nothing for its first. */
async function lastPublished(tx: Tx, { kind, scope }: StoredPolicy) {
  const [row] = await rows<{ id: string; version: number; body_hash: string }>(
    tx,
    `select id, version, body_hash from policy_version
     where kind = :kind and layer = :layer and layer_key = :layerKey and state = 'published'
     order by effective_from desc, version desc limit 1`,
    { kind, layer: scope.layer, layerKey: scope.layerKey },
  );
  return row ? { version: row.id, number: row.version, hash: row.body_hash } : {};
}

/** Whom a change of what stands already touches has to be seen before it is published. */
async function assertPreviewed(tx: Tx, policy: StoredPolicy): Promise<void> {
  const found = await rows(
    tx,
    `select 1 from policy_simulation
     where policy_id = :id and body_hash = :hash and state = 'done' limit 1`,
    { id: policy.id, hash: policy.bodyHash },
  );
  if (found.length > 0) return;
  throw refused(
    'preview_required',
    'To reach what is decided already, simulate this text first and see who changes.',
  );
}

/** Gives a draft or submitted version up, so that another one can begin. */
export async function withdrawPolicy(tx: Tx, id: string): Promise<StoredPolicy> {
  const present = await readToChange(tx, id);
  const next = advance(present, { type: 'withdraw', by: personOf(tx) });
  return save(tx, next, 'policy.withdrawn', {});
}

/** Begins to roll back: the old body as a new draft, which takes the same way and two people as any other. */
export async function rollBackTo(tx: Tx, id: string): Promise<StoredPolicy> {
  const old = await readPolicy(tx, id);
  if (old.state !== 'published') {
    throw conflict('policy_state', 'Only a published version can be rolled back to.', {
      state: old.state,
    });
  }
  const { layer, layerKey } = old.scope;
  const note = `Rolls back to version ${old.version}.`;
  const body = withoutUnreadQueues(old.kind, old.body);
  return draftPolicy(tx, { kind: old.kind, layer, layerKey, body, note });
}

function advance(present: StoredPolicy, command: PolicyCommand): StoredPolicy {
  const { body, bodyHash, note, publishedAt, createdAt, ...version } = present;
  return {
    ...advancePolicyVersion(version, command),
    body,
    bodyHash,
    note,
    publishedAt,
    createdAt,
  };
}

async function save(
  tx: Tx,
  policy: StoredPolicy,
  type: EventType,
  payload: { readonly [key: string]: Json },
  change?: BeforeAfter,
): Promise<StoredPolicy> {
  const [row] = await rows<PolicyRow>(
    tx,
    `update policy_version set body = :body, body_hash = :hash, state = :state, revision = :revision,
       edited_by = :editedBy, submitted_by = :submittedBy, published_by = :publishedBy, effective_from = :effectiveFrom,
       reach = :reach, published_at = case when :state = 'published' then clock_timestamp() end
     where id = :id returning ${columns}`,
    {
      id: policy.id,
      body: JSON.stringify(policy.body),
      hash: hashPolicy(policy.body),
      state: policy.state,
      revision: policy.revision,
      editedBy: [...policy.editedBy],
      submittedBy: policy.submittedBy,
      publishedBy: policy.publishedBy,
      effectiveFrom: policy.effectiveFrom,
      reach: policy.reach,
    },
  );
  if (!row) throw notFound('policy');
  const saved = await fromRow(tx, row);
  await appendEvents(tx, [{ ...policyEvent(saved, type, payload), ...(change ? { change } : {}) }]);
  return saved;
}

/** Names each problem in the refusal, so that the editor can show it at its place. */
function withProblems<T>(problems: readonly PolicyProblem[], work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'policy_has_errors') throw error;
    const { status, code, detail } = error;
    const errors = problems.map(({ pointer, detail: what }) => ({ pointer, detail: what }));
    throw new Problem({ status, code, detail, errors });
  }
}
