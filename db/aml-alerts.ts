import { notFound } from '../domain/problem';
import { newId } from '../domain/ids';
import { asSystem, rows, utc, type Tx } from './connection';
import { liftRestriction, setRestriction } from './client-restrictions';
import { keepAnswer } from './evaluations';
import { appendEvents } from './events';
import { movementFacts, type Movement } from './movement-facts';
import { effectivePolicy } from './policies';
import { openSuspicion } from './suspicions';
import { openTask, type Task } from './tasks';
import { newestFirst } from './newest-first';

export const alertStates = ['open', 'dismissed', 'case_opened', 'held'] as const;

/** What the rules on money laundering have seen after a movement, for the MLRO's circle alone. */
export interface AmlAlert {
  readonly id: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly movementId: string;
  readonly evaluationId: string;
  readonly reasons: readonly string[];
  readonly state: (typeof alertStates)[number];
  readonly restrictionId: string | null;
  readonly openedAt: string;
  readonly decidedAt: string | null;
}

interface AlertRow {
  readonly id: string;
  readonly entity_id: string;
  readonly client_id: string;
  readonly movement_id: string;
  readonly evaluation_id: string;
  readonly reasons: string[];
  readonly state: AmlAlert['state'];
  readonly restriction_id: string | null;
  readonly opened_at: string;
  readonly decided_at: string | null;
}

const columns = `id, entity_id, client_id, movement_id, evaluation_id, reasons, state, restriction_id, opened_at, decided_at`;

function fromRow(row: AlertRow): AmlAlert {
  return {
    id: row.id,
    entityId: row.entity_id,
    clientId: row.client_id,
    movementId: row.movement_id,
    evaluationId: row.evaluation_id,
    reasons: row.reasons,
    state: row.state,
    restrictionId: row.restriction_id,
    openedAt: utc(row.opened_at),
    decidedAt: row.decided_at === null ? null : utc(row.decided_at),
  };
}

/** Throws `not_found` (404), for everybody outside the circle, too. */
export async function readAlert(tx: Tx, id: string): Promise<AmlAlert> {
  const [row] = await rows<AlertRow>(tx, `select ${columns} from aml_alert where id = :id`, { id });
  if (!row) throw notFound('alert');
  return fromRow(row);
}

/** Newest first. `after` is the id of the last one of the page before. */
export async function listAlerts(
  tx: Tx,
  of: {
    readonly state?: string | undefined;
    readonly clientId?: string | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  },
): Promise<AmlAlert[]> {
  const found = await newestFirst<AlertRow>(
    tx,
    { table: 'aml_alert', columns },
    { state: of.state, client_id: of.clientId },
    of,
  );
  return found.map(fromRow);
}

/** What a hold of the rules, or of whoever decides an alert, covers: the client looks on, and money stands still. */
export const heldScopes = ['deposit', 'trade', 'withdraw', 'marketing'] as const;

/**
 * Asks the rules about a movement, in the transaction of its own process: nobody waits for it, and the movement goes on
 * whatever they say. An alert opens once a movement; `hold` holds the client before anything leaves. Facts, trace, alert
 * and task are the circle's. Runs as the system.
 */
export async function reviewMovement(tx: Tx, movement: Movement): Promise<void> {
  const { entityId, clientId } = movement;
  const policy = await effectivePolicy(tx, 'aml', { entityId });
  const { parameters } = policy.compiled.effective;
  const answer = await keepAnswer(
    tx,
    {
      ...{ kind: 'aml', entityId, clientId, personId: clientId },
      subject: `restricted/${movement.id}`,
      facts: await movementFacts(tx, movement, parameters),
    },
    policy,
  );
  const { outcome, hits, says } = answer.evaluation;
  if (outcome.decision === 'clear') return;
  const alert = await insertAlert(tx, movement, {
    evaluationId: answer.id,
    reasons: outcome.reasons,
  });
  if (!alert) return;
  if (outcome.decision === 'hold') await holdFor(tx, alert);
  await openTask(tx, {
    kind: 'aml_alert',
    subject: alert.id,
    workflowId: null,
    ...{ entityId, clientId, restricted: true },
    title: 'Money laundering: a movement to be looked at',
    issue: [
      ...outcome.reasons
        .filter((code) => code !== 'DATA_MISSING')
        .map((code) => ({
          code,
          detail: hits.find((hit) => hit.reason === code)?.title ?? code,
        })),
      ...says.map((detail) => ({ code: 'DATA_MISSING', detail })),
    ],
    content: {
      alert: alert.id,
      client: clientId,
      movement: movement.id,
      evaluation: answer.id,
      reasons: [...outcome.reasons],
      held: outcome.decision === 'hold',
    },
    dueHours: outcome.dueHours,
    priority: outcome.decision === 'hold' ? 1 : 2,
    key: `aml_alert/${movement.id}`,
  });
}

/** Undefined where the movement has one already: it was edited, and is looked at again. */
async function insertAlert(
  tx: Tx,
  { id: movementId, entityId, clientId }: Movement,
  { evaluationId, reasons }: Pick<AmlAlert, 'evaluationId' | 'reasons'>,
): Promise<AmlAlert | undefined> {
  const [row] = await rows<AlertRow>(
    tx,
    `insert into aml_alert (id, entity_id, client_id, movement_id, evaluation_id, reasons)
     values (:id, :entityId, :clientId, :movementId, :evaluationId, :reasons)
     on conflict (movement_id) do nothing returning ${columns}`,
    { id: newId('amlAlert'), entityId, clientId, movementId, evaluationId, reasons: [...reasons] },
  );
  if (!row) return undefined;
  const alert = fromRow(row);
  await appendEvents(tx, [
    alertEvent(alert, 'aml.alert_opened', { movement: movementId, reasons: [...reasons] }),
  ]);
  return alert;
}

async function holdFor(tx: Tx, alert: AmlAlert): Promise<string> {
  const { id } = await setRestriction(tx, {
    clientId: alert.clientId,
    kind: 'restricted_hold',
    scopes: heldScopes,
    reason: `alert ${alert.id}`,
  });
  await rows(tx, 'update aml_alert set restriction_id = :restriction where id = :id', {
    id: alert.id,
    restriction: id,
  });
  return id;
}

/**
 * What follows on the decision, in its transaction: `explained` ends it and lifts the hold that the rules set, `open_case`
 * drafts a report, `hold` holds the client and drafts one.
 */
export async function settleAlert(tx: Tx, task: Task): Promise<void> {
  await asSystem(tx, async (system) => {
    const alert = await readAlert(system, task.subject);
    if (task.decision === 'explained') {
      if (alert.restrictionId !== null)
        await liftRestriction(system, alert.clientId, alert.restrictionId, `task ${task.id}`);
      return endAlert(system, alert, 'dismissed');
    }
    const restrictionId =
      task.decision === 'hold' && alert.restrictionId === null
        ? await holdFor(system, alert)
        : alert.restrictionId;
    await endAlert(system, alert, task.decision === 'hold' ? 'held' : 'case_opened');
    await openSuspicion(system, {
      clientId: alert.clientId,
      ...{ alertId: alert.id, restrictionId, grounds: `Alert: ${alert.reasons.join(', ')}.` },
    });
  });
}

async function endAlert(
  tx: Tx,
  alert: AmlAlert,
  state: Exclude<AmlAlert['state'], 'open'>,
): Promise<void> {
  const changed = await rows(
    tx,
    `update aml_alert set state = :state, decided_at = clock_timestamp() where id = :id and state = 'open' returning 1`,
    { id: alert.id, state },
  );
  if (changed.length === 0) throw new Error(`${alert.id} is decided already`);
  await appendEvents(tx, [alertEvent(alert, `aml.alert_${state}`, {})]);
}

function alertEvent(
  { id, entityId, clientId }: AmlAlert,
  type: `aml.${string}`,
  payload: { readonly movement?: string; readonly reasons?: readonly string[] },
) {
  return { subject: `restricted/${id}`, restricted: true, type, entityId, clientId, payload };
}
