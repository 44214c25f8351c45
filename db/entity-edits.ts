import {
  changesOf,
  entityEditSchema,
  type EntityChange,
  type EntityEdit,
} from '../domain/entity/edit';
import type { PlanProblem } from '../domain/plan-problem';
import { newId } from '../domain/ids';
import { conflict, notFound, Problem, refused } from '../domain/problem';
import { asSystem, rows, utc, type Tx } from './connection';
import { readEntity, type Entity } from './entities';
import { appendEvents, type Json } from './events';
import { contentHashOf, openTask, recordParticipation } from './tasks';
import { maySeeEntity } from './visible';

/** A change of an entity, as one colleague asks for it. */
export interface EntityEditProposal {
  readonly id: string;
  readonly entityId: string;
  readonly before: EntityEdit;
  readonly after: EntityEdit;
  readonly changes: readonly EntityChange[];
  /** Of the entity, when it was asked for. */
  readonly baseVersion: number;
  readonly state: 'proposed' | 'made' | 'rejected';
  readonly requestedBy: string;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

interface EditRow {
  readonly id: string;
  readonly entity_id: string;
  readonly before: unknown;
  readonly plan: unknown;
  readonly base_version: number;
  readonly state: EntityEditProposal['state'];
  readonly requested_by: string;
  readonly created_at: string;
  readonly finished_at: string | null;
}

const columns =
  'id, entity_id, before, plan, base_version, state, requested_by, created_at, finished_at';

function fromRow(row: EditRow): EntityEditProposal {
  const [before, after] = [row.before, row.plan].map((each) => entityEditSchema.parse(each));
  if (!before || !after) throw new Error(`${row.id} says nothing`);
  return {
    id: row.id,
    entityId: row.entity_id,
    before,
    after,
    changes: changesOf(before, after),
    baseVersion: row.base_version,
    state: row.state,
    requestedBy: row.requested_by,
    createdAt: utc(row.created_at),
    finishedAt: row.finished_at === null ? null : utc(row.finished_at),
  };
}

/** The entity in the words of the form. A licence from before may lack what is asked for now. */
export function editOf({ name, regulator, licence, currencies, brand }: Entity): EntityEdit {
  return {
    ...{ legalName: name, licence, currencies: [...currencies], brand: { ...brand } },
    ...(regulator === undefined || regulator === '' ? {} : { regulator }),
  };
}

/** Undefined for the proposal of a new entity. Throws `not_found` (404) where the caller does not see it. */
export async function readEntityEdit(tx: Tx, id: string): Promise<EntityEditProposal | undefined> {
  const [row] = await rows<EditRow & { readonly kind: string }>(
    tx,
    `select kind, ${columns} from entity_proposal where id = :id`,
    { id },
  );
  if (!row) throw notFound('proposal');
  return row.kind === 'edit' ? fromRow(row) : undefined;
}

/** Changes that were asked for of an entity, the newest first. */
export async function editsOfEntity(tx: Tx, entityId: string): Promise<EntityEditProposal[]> {
  const found = await rows<EditRow>(
    tx,
    `select ${columns} from entity_proposal where kind = 'edit' and entity_id = :entityId
     order by id desc limit 20`,
    { entityId },
  );
  return found.map(fromRow);
}

/**
 * Asks for a change of an entity that the caller works for; another person approves it (task `entity_approval`), and only
 * then it is changed. Throws 404, 409 `stale_edit` with the present version, 409 `edit_open` while another one waits, 422
 * `nothing_changed`, and 422 `entity_edit_refused` with what cannot be, at its field.
 */
export async function proposeEntityEdit(
  tx: Tx,
  entityId: string,
  { edit, version }: { readonly edit: EntityEdit; readonly version: number },
): Promise<EntityEditProposal> {
  const { scope } = tx;
  if (scope.kind !== 'staff' || !maySeeEntity(tx, entityId)) throw notFound('entity');
  const { userId } = scope;
  return asSystem(tx, async (system) => {
    await rows(system, 'select 1 from entity where id = :entityId for update', { entityId });
    const present = await readEntity(system, entityId);
    if (present.version !== version) throw staleEdit(present);
    const before = editOf(present);
    const changes = changesOf(before, edit);
    if (changes.length === 0)
      throw refused('nothing_changed', 'Nothing differs from the entity as it is.');
    assertPossible(await editProblems(system, entityId, edit));
    const id = newId('entityProposal');
    const [row] = await rows<EditRow>(
      system,
      `insert into entity_proposal (id, entity_id, code, plan, requested_by, kind, before, base_version)
       values (:id, :entityId, :entityId, :plan, :userId, 'edit', :before, :version)
       on conflict (code) where kind = 'edit' and state = 'proposed' do nothing returning ${columns}`,
      {
        ...{ id, entityId, userId, version },
        plan: JSON.stringify(edit),
        before: JSON.stringify(before),
      },
    );
    if (!row)
      throw conflict('edit_open', 'Another change of this entity waits for a second person.', {
        entity: entityId,
      });
    const proposal = fromRow(row);
    await recordParticipation(system, id, userId, 'requested');
    await appendEvents(system, [eventOfEdit(proposal, 'entity.edit_proposed')]);
    await openTask(system, {
      kind: 'entity_approval',
      subject: id,
      workflowId: null,
      entityId,
      clientId: null,
      title: `Change of the entity ${entityId}`,
      issue: changes.map(({ label, before: was, after }) => ({
        code: 'ENTITY_CHANGE',
        detail: `${label}: ${was === '' ? 'nothing' : was} → ${after === '' ? 'nothing' : after}`,
      })),
      content: contentOfEdit(proposal),
      excluded: [userId],
      key: `entity_approval/${id}`,
    });
    return proposal;
  });
}

/** What of an edit cannot be as things stand: a currency that clients have wallets or accounts in stays. */
async function editProblems(
  system: Tx,
  entityId: string,
  { currencies }: EntityEdit,
): Promise<PlanProblem[]> {
  const used = await rows<{ currency: string }>(
    system,
    `select distinct currency from ledger_account
     where entity_id = :entityId and side = 'client' and not (currency = any (:currencies)) limit 40`,
    { entityId, currencies: [...currencies] },
  );
  return used.map(({ currency }) => ({
    pointer: '/currencies',
    detail: `clients have wallets or accounts in ${currency}: it stays`,
  }));
}

function assertPossible(problems: readonly PlanProblem[]): void {
  if (problems.length === 0) return;
  throw new Problem({
    status: 422,
    code: 'entity_edit_refused',
    detail: problems.map(({ detail }) => detail).join('; '),
    errors: problems.map(({ pointer, detail }) => ({ pointer: `/body${pointer}`, detail })),
  });
}

function staleEdit({ id, version }: Entity) {
  return conflict(
    'stale_edit',
    'The entity has been changed meanwhile. Look at what it is now, and ask again.',
    { entity: id, version: version ?? 1 },
  );
}

/**
 * What follows where the decision on a change is yes. Throws 409 `stale_edit` where the entity is no longer what the
 * change was asked of. Runs as the system.
 */
export async function changeEntity(
  system: Tx,
  { entityId, after, baseVersion }: EntityEditProposal,
): Promise<void> {
  assertPossible(await editProblems(system, entityId, after));
  const { legalName, regulator = '', licence, currencies, brand } = after;
  const changed = await rows(
    system,
    `update entity set name = :legalName, regulator = :regulator, licence = :licence, currencies = :currencies,
       brand = :brand, version = version + 1
     where id = :entityId and version = :baseVersion returning 1`,
    {
      ...{ entityId, legalName, regulator, licence, baseVersion },
      ...{ currencies: [...currencies], brand: JSON.stringify(brand) },
    },
  );
  if (changed.length === 0) throw staleEdit(await readEntity(system, entityId));
}

/** What an approver signs: all of it, before and after. */
export function contentOfEdit({
  id,
  entityId,
  before,
  after,
  baseVersion,
  requestedBy,
}: EntityEditProposal): { readonly [key: string]: Json } {
  return {
    ...{ proposal: id, entity: entityId, version: baseVersion, requestedBy },
    ...{ before: jsonOf(before), after: jsonOf(after) },
  };
}

function jsonOf(edit: EntityEdit): { readonly [key: string]: Json } {
  return JSON.parse(JSON.stringify(edit)) as { readonly [key: string]: Json };
}

export function eventOfEdit(proposal: EntityEditProposal, type: `entity.${string}`) {
  const { id, entityId, changes, baseVersion } = proposal;
  const side = (which: 'before' | 'after') =>
    Object.fromEntries(changes.map((change) => [change.field, change[which]]));
  return {
    ...{ subject: id, type, entityId },
    payload: {
      ...{ code: entityId, version: baseVersion, before: side('before'), after: side('after') },
      content: contentHashOf(contentOfEdit(proposal)),
    },
  };
}
