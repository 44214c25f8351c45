import { newId } from '../domain/ids';
import { may } from '../domain/access/scope';
import type { Permission } from '../domain/access/roles';
import { isPolicyKind, type PolicyKind } from '../domain/policy/kinds/registry';
import type { MatrixCell } from '../domain/policy/simulation';
import { forbidden, notFound, refused } from '../domain/problem';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { asSystem, rows, utc, type Tx } from './connection';
import { enqueueStart } from './dispatch';
import { checkDraft, errorCount } from './policy-check';
import { layersAt, layersInForce, placesOf } from './policy-layers';
import { readPolicy } from './policy-versions';

/** A draft tried on what was decided before: kept with the draft, found again after one has left. */
export interface Simulation {
  readonly id: string;
  readonly policyId: string;
  readonly kind: PolicyKind;
  /** Of the text that was tried; the draft may have moved on. */
  readonly bodyHash: string;
  readonly body: unknown;
  /** By entity the versions that it is compared with. */
  readonly layers: Readonly<Record<string, readonly string[]>>;
  readonly entities: readonly string[];
  /** Whether the asker may see hidden holds; otherwise cases are decided as if there were none. */
  readonly restricted: boolean;
  readonly wanted: number;
  /** Cases from before are left out; null: however long ago. */
  readonly since: string | null;
  readonly state: 'running' | 'done';
  readonly phase: 'past' | 'present';
  readonly afterId: string | null;
  /** Evaluations looked at, of these unreadable (the person was erased), and decided otherwise. */
  readonly looked: number;
  readonly unread: number;
  readonly changed: number;
  /** Accounts of today that were looked at, and that would be given something else. */
  readonly accounts: number;
  readonly accountsChanged: number;
  readonly matrix: readonly MatrixCell[];
  readonly askedBy: string;
  readonly createdAt: string;
  readonly finishedAt: string | null;
}

interface SimulationRow extends Pick<
  Simulation,
  | 'id'
  | 'body'
  | 'layers'
  | 'entities'
  | 'restricted'
  | 'wanted'
  | 'state'
  | 'phase'
  | 'looked'
  | 'unread'
  | 'changed'
  | 'accounts'
  | 'matrix'
> {
  readonly policy_id: string;
  readonly kind: string;
  readonly body_hash: string;
  readonly after_id: string | null;
  readonly accounts_changed: number;
  readonly since: string | null;
  readonly asked_by: string;
  readonly created_at: string;
  readonly finished_at: string | null;
}

const columns = `id, policy_id, kind, body, body_hash, layers, entities, restricted, wanted, since, state, phase, after_id, looked, unread, changed,
  accounts, accounts_changed, matrix, asked_by, created_at, finished_at`;

function fromRow(row: SimulationRow): Simulation {
  if (!isPolicyKind(row.kind)) throw new Error(`a simulation of the unknown kind ${row.kind}`);
  return {
    id: row.id,
    policyId: row.policy_id,
    kind: row.kind,
    body: row.body,
    bodyHash: row.body_hash,
    layers: row.layers,
    entities: row.entities,
    restricted: row.restricted,
    wanted: row.wanted,
    since: row.since === null ? null : utc(row.since),
    state: row.state,
    phase: row.phase,
    afterId: row.after_id,
    looked: row.looked,
    unread: row.unread,
    changed: row.changed,
    accounts: row.accounts,
    accountsChanged: row.accounts_changed,
    matrix: row.matrix,
    askedBy: row.asked_by,
    createdAt: utc(row.created_at),
    finishedAt: row.finished_at === null ? null : utc(row.finished_at),
  };
}

export const simulatedCasesMax = 100_000;

/** What one has to be allowed to read to see cases of a kind: the same as on the pages of those cases. */
export function evidencePermission(kind: PolicyKind): Permission {
  if (kind === 'screening') return 'screening.decide';
  if (kind === 'kyc.limits') return 'payment.read';
  if (kind.startsWith('kyc.')) return 'kyc.read';
  if (kind === 'client.appropriateness' || kind === 'client.category') return 'kyc.read';
  if (kind === 'withdrawal' || kind === 'deposit' || kind === 'exchange') return 'payment.read';
  if (kind === 'aml') return 'restricted.read';
  if (kind === 'correction') return 'ledger.read';
  if (kind === 'routing.payin' || kind === 'routing.payout') return 'payment.read';
  if (kind === 'partner.fraud') return 'settlement.read';
  if (kind === 'partner.plan') return 'partner.read';
  if (kind === 'entity.assignment' || kind === 'retention') return 'client.read';
  return 'account.read';
}

function assertMaySeeCases(tx: Tx, kind: PolicyKind): void {
  const permission = evidencePermission(kind);
  if (!may(tx.scope, permission)) throw forbidden(permission);
}

/**
 * Asks for a simulation: the newest `wanted` evaluations of the kind, of the last `days` if given, in the entities of
 * whoever asks, decided by what is in force and by the draft. It runs behind; 422 `policy_has_errors` for what cannot be evaluated.
 */
export async function simulatePolicy(
  tx: Tx,
  policyId: string,
  wanted: number,
  { days }: { readonly days?: number | undefined } = {},
): Promise<Simulation> {
  const policy = await readPolicy(tx, policyId);
  assertMaySeeCases(tx, policy.kind);
  const errors = errorCount(await checkDraft(tx, policy));
  if (errors > 0)
    throw refused('policy_has_errors', `The policy has ${errors} error(s): mend them first.`, {
      errors,
    });
  const places = await placesOf(tx, policy.scope);
  const inForce = await layersInForce(tx, policy.kind);
  if (!inForce.some(({ layer }) => layer === 'base'))
    throw refused('nothing_in_force', 'Nothing of this kind is in force yet to compare it with.');
  const layers = Object.fromEntries(
    places.map((place) => [place.id, layersAt(inForce, place).map(({ id }) => id)]),
  );
  const id = newId('simulation');
  const [row] = await rows<SimulationRow>(
    tx,
    `insert into policy_simulation (id, policy_id, kind, body, body_hash, layers, entities, restricted, wanted, since, asked_by)
     values (:id, :policyId, :kind, :body, :hash, :layers, :entities, :restricted, :wanted,
       now() - :days::int * interval '1 day', :by) returning ${columns}`,
    {
      id,
      policyId,
      kind: policy.kind,
      body: JSON.stringify(policy.body),
      hash: policy.bodyHash,
      layers: JSON.stringify(layers),
      entities: places.map((place) => place.id),
      restricted: tx.scope.kind === 'system' || (tx.scope.kind === 'staff' && tx.scope.restricted),
      wanted: Math.min(wanted, simulatedCasesMax),
      days: days ?? null,
      by: tx.scope.actor,
    },
  );
  if (!row) throw new Error('the simulation was not inserted');
  await asSystem(tx, (system) =>
    enqueueStart(system, {
      workflow: 'policySimulation',
      workflowId: workflowIds.simulation(id),
      taskQueue: taskQueues.workflows,
      args: { id },
      subject: policyId,
      entityId: null,
    }),
  );
  return fromRow(row);
}

/** Throws `not_found` (404), also for one that has read entities which are not yours; 403 without the evidence. */
export async function readSimulation(tx: Tx, id: string): Promise<Simulation> {
  const [row] = await rows<SimulationRow>(
    tx,
    `select ${columns} from policy_simulation where id = :id`,
    { id },
  );
  if (!row) throw notFound('simulation');
  const simulation = fromRow(row);
  assertMaySeeCases(tx, simulation.kind);
  return simulation;
}

/** The simulation for the process that moves it on: nobody else may at the same time. */
export async function lockSimulation(tx: Tx, id: string): Promise<Simulation> {
  const [row] = await rows<SimulationRow>(
    tx,
    `select ${columns} from policy_simulation where id = :id for update`,
    { id },
  );
  if (!row) throw notFound('simulation');
  return fromRow(row);
}

/** Simulations of a draft, newest first. */
export async function simulationsOf(tx: Tx, policyId: string): Promise<Simulation[]> {
  const found = await rows<SimulationRow>(
    tx,
    `select ${columns} from policy_simulation where policy_id = :policyId order by id desc limit 20`,
    { policyId },
  );
  return found.map(fromRow);
}

export interface SimulatedCase {
  readonly about: 'past' | 'present';
  /** Id of the evaluation (past) or of the account (present). */
  readonly id: string;
  readonly subject: string;
  readonly entityId: string;
  readonly clientId: string | null;
  readonly was: unknown;
  readonly becomes: unknown;
}

/** Keeps cases that would be decided otherwise. Keeping one twice changes nothing. */
export async function keepCases(
  tx: Tx,
  simulationId: string,
  cases: readonly SimulatedCase[],
): Promise<void> {
  if (cases.length === 0) return;
  await rows(
    tx,
    `insert into policy_simulation_case (simulation_id, about, case_id, subject, entity_id, client_id, was, becomes)
     select :simulationId, c->>'about', c->>'id', c->>'subject', c->>'entityId', c->>'clientId', c->'was', c->'becomes'
     from jsonb_array_elements(:cases::jsonb) c on conflict do nothing`,
    { simulationId, cases: JSON.stringify(cases) },
  );
}

/** Cases decided otherwise, those about accounts of today first; `after` is the last one's id. */
export async function casesOf(
  tx: Tx,
  simulationId: string,
  filter: { readonly about: 'past' | 'present'; readonly after?: string; readonly limit: number },
): Promise<SimulatedCase[]> {
  return rows<SimulatedCase>(
    tx,
    `select about, case_id as id, subject, entity_id as "entityId", client_id as "clientId", was, becomes
     from policy_simulation_case
     where simulation_id = :simulationId and about = :about and (:after::text is null or case_id < :after)
     order by case_id desc limit :limit`,
    { simulationId, about: filter.about, after: filter.after ?? null, limit: filter.limit },
  );
}

/** How far a simulation has come. */
export async function saveProgress(
  tx: Tx,
  next: Pick<
    Simulation,
    | 'id'
    | 'state'
    | 'phase'
    | 'afterId'
    | 'looked'
    | 'unread'
    | 'changed'
    | 'accounts'
    | 'accountsChanged'
    | 'matrix'
  >,
): Promise<void> {
  await rows(
    tx,
    `update policy_simulation set state = :state, phase = :phase, after_id = :afterId, looked = :looked, unread = :unread,
       changed = :changed, accounts = :accounts, accounts_changed = :accountsChanged, matrix = :matrix,
       finished_at = case when :state = 'done' then clock_timestamp() end
     where id = :id`,
    {
      id: next.id,
      state: next.state,
      phase: next.phase,
      afterId: next.afterId,
      looked: next.looked,
      unread: next.unread,
      changed: next.changed,
      accounts: next.accounts,
      accountsChanged: next.accountsChanged,
      matrix: JSON.stringify(next.matrix),
    },
  );
}
