import type { EventType } from '../domain/access/event-access';
import { newId } from '../domain/ids';
import { conflict } from '../domain/problem';
import { appendEvents, type Json } from './events';
import { assertNotHalted } from './halts';
import { rows, sendAhead, type Tx } from './connection';
import {
  accountWrites,
  type Intent,
  intentColumns,
  intentFromRow,
  type IntentKind,
  intentOfStep,
  type IntentRow,
  readIntent,
} from './intent-readers';

/**
 * Something to be done outside, written down before it is done. `target` is the server or provider,
 * `reference` what it is done to (a log-in, a charge).
 */
export interface IntentPlan {
  readonly workflowId: string;
  /** Names the step within the process: with the workflow id it is the key for ever, across runs and resets. */
  readonly step: string;
  readonly kind: IntentKind;
  readonly target: string;
  readonly reference: string | null;
  readonly entityId: string;
  readonly clientId: string | null;
  readonly amountMinor?: bigint;
  readonly currency?: string;
  /** What the outside is to look like afterwards, where that is what is sent; never personal data. */
  readonly wanted?: Json;
}

/** How a call ended. `notSent` says that no byte left, so that the same attempt may be sent again. */
export type IntentOutcome =
  | {
      readonly kind: 'done';
      readonly externalId: string;
      readonly detail?: { readonly [key: string]: Json };
    }
  | {
      readonly kind: 'refused';
      readonly code: string;
      readonly reason: string;
      readonly notSent?: boolean;
    }
  | {
      readonly kind: 'unknown';
      readonly reason: string;
      /** The request is sent once more under its key: a refusal of the first does not count any more. */
      readonly askedAgain?: boolean;
    };

/**
 * The latest attempt of a step, planned if there is none yet. `tokenOf` derives the mark that the outside
 * will carry from the intent's id (a comment token of a trading server, an idempotency key of a provider).
 */
export async function planIntent(
  tx: Tx,
  plan: IntentPlan,
  tokenOf: (id: string) => string,
): Promise<Intent> {
  const latest = await intentOfStep(tx, plan.workflowId, plan.step);
  if (latest && latest.state !== 'absent') return latest;
  const id = newId('intent');
  await sendAhead(
    tx,
    `insert into intent (id, workflow_id, step, attempt, kind, target, reference, entity_id, client_id, amount_minor, currency, token, wanted, state)
     values (:id, :workflowId, :step, :attempt, :kind, :target, :reference, :entityId, :clientId, :amount, :currency, :token, :wanted, 'planned')
     on conflict (workflow_id, step, attempt) do nothing`,
    {
      id,
      workflowId: plan.workflowId,
      step: plan.step,
      attempt: (latest?.attempt ?? 0) + 1,
      kind: plan.kind,
      target: plan.target,
      reference: plan.reference,
      entityId: plan.entityId,
      clientId: plan.clientId,
      amount: plan.amountMinor?.toString() ?? null,
      currency: plan.currency ?? null,
      token: tokenOf(id),
      wanted: plan.wanted === undefined ? null : JSON.stringify(plan.wanted),
    },
  );
  const planned = await intentOfStep(tx, plan.workflowId, plan.step);
  if (!planned)
    throw new Error(
      `the intent of ${plan.workflowId} ${plan.step} is not visible to its own process`,
    );
  return planned;
}

/**
 * The last gate before bytes leave, committed before they do: checks the halt switches and the outflow
 * ceiling, then marks the intent as sending. False when it is no longer planned (someone else sent it).
 * Throws `in_flight` (409) when the log-in has an operation, or a change, whose outcome is not known, `halted` (503).
 */
export async function markSending(tx: Tx, intent: Intent): Promise<boolean> {
  await assertNotHalted(tx, intent);
  const lane = laneOf(intent.kind);
  if (lane.length > 0) {
    const [other] = await rows<{ id: string; state: string }>(
      tx,
      `select id, state from intent where kind = any (:lane) and target = :target and reference = :reference
         and state in ('sending', 'unknown') and id <> :id limit 1`,
      { lane: [...lane], target: intent.target, reference: intent.reference, id: intent.id },
    );
    if (other) {
      throw conflict('in_flight', 'Another operation of this log-in is in flight.', {
        intent: other.id,
        state: other.state,
      });
    }
  }
  const moved = await rows(
    tx,
    `update intent set state = 'sending', sent_at = clock_timestamp() where id = :id and state = 'planned' returning 1`,
    { id: intent.id },
  );
  if (moved.length === 0) return false;
  await appendEvents(tx, [intentEvent(intent, 'intent.sent', {})]);
  return true;
}

/**
 * Kinds of which one log-in has at most one in flight. Money and settings have a lane each: a freeze does not wait
 * for an operation that people have to find.
 */
function laneOf(kind: IntentKind): readonly IntentKind[] {
  if (kind === 'balance_operation') return ['balance_operation'];
  return accountWrites.includes(kind) ? accountWrites : [];
}

/**
 * Records how a call or a look-up ended. A settled intent never changes again; answers what stands. A refusal of a call
 * whose request was repeated meanwhile settles nothing: the repetition may be carried out, and money that went another
 * way by then would be paid twice.
 */
export async function recordOutcome(
  tx: Tx,
  intent: Intent,
  outcome: IntentOutcome,
): Promise<Intent> {
  if (outcome.kind === 'refused' && outcome.notSent)
    return backToPlanned(tx, intent, outcome.reason);
  const externalId = outcome.kind === 'done' ? outcome.externalId : null;
  const changed = await rows<IntentRow>(
    tx,
    `update intent set state = :state, outcome = :outcome, external_id = :externalId,
       resolved_at = case when :state in ('done', 'refused') then clock_timestamp() end
     where id = :id and (state = 'sending' or (state = 'unknown' and :state <> 'unknown'))
       and not (:state = 'refused' and coalesce(outcome ->> 'askedAgain', '') = 'true') returning ${intentColumns}`,
    { state: outcome.kind, outcome: JSON.stringify(outcome), externalId, id: intent.id },
  );
  if (changed[0]) {
    const detail =
      outcome.kind === 'done'
        ? { externalId: outcome.externalId }
        : outcome.kind === 'refused'
          ? { code: outcome.code }
          : {};
    await appendEvents(tx, [intentEvent(intent, `intent.${outcome.kind}`, detail)]);
    return intentFromRow(changed[0]);
  }
  return readIntent(tx, intent.id);
}

/** No byte left (connection refused): the same attempt may be sent again. */
async function backToPlanned(tx: Tx, intent: Intent, reason: string): Promise<Intent> {
  await rows(
    tx,
    `update intent set state = 'planned', outcome = :outcome where id = :id and state = 'sending'`,
    { id: intent.id, outcome: JSON.stringify({ kind: 'not_sent', reason }) },
  );
  return readIntent(tx, intent.id);
}

/** Proof of absence: the outside never did it, so a new attempt may be planned. */
export async function markAbsent(
  tx: Tx,
  intent: Intent,
  proof: { readonly [key: string]: Json },
): Promise<Intent> {
  const changed = await rows(
    tx,
    `update intent set state = 'absent', outcome = :outcome, resolved_at = clock_timestamp()
     where id = :id and state in ('sending', 'unknown') returning 1`,
    { id: intent.id, outcome: JSON.stringify({ kind: 'absent', proof }) },
  );
  if (changed.length > 0) await appendEvents(tx, [intentEvent(intent, 'intent.absent', proof)]);
  return readIntent(tx, intent.id);
}

/**
 * What is planned and was never taken by the other side will not be sent any more: it goes another way. False when
 * it is being sent, or was.
 */
export async function withdrawPlanned(
  tx: Tx,
  intent: Intent,
  proof: { readonly [key: string]: Json },
): Promise<boolean> {
  const withdrawn = await rows(
    tx,
    `update intent set state = 'absent', outcome = :outcome, resolved_at = clock_timestamp()
     where id = :id and state = 'planned' returning 1`,
    { id: intent.id, outcome: JSON.stringify({ kind: 'absent', proof }) },
  );
  if (withdrawn.length === 0) return false;
  await appendEvents(tx, [intentEvent(intent, 'intent.absent', proof)]);
  return true;
}

/** What a process has planned to set and not sent, and does not want any more, will never be sent. */
export async function withdrawAccountWrites(
  tx: Tx,
  { workflowId, exceptStep }: { workflowId: string; exceptStep: string | null },
): Promise<void> {
  const withdrawn = await rows<IntentRow>(
    tx,
    `update intent set state = 'absent', outcome = :outcome, resolved_at = clock_timestamp()
     where workflow_id = :workflowId and kind = any (:kinds) and state = 'planned' and step is distinct from :exceptStep
     returning ${intentColumns}`,
    {
      workflowId,
      exceptStep,
      kinds: [...accountWrites],
      outcome: JSON.stringify({ kind: 'absent', proof: { neverSent: true } }),
    },
  );
  await appendEvents(
    tx,
    withdrawn.map((row) => intentEvent(intentFromRow(row), 'intent.absent', { neverSent: true })),
  );
}

export async function countLookUp(tx: Tx, id: string): Promise<void> {
  await rows(tx, 'update intent set looked_up = looked_up + 1 where id = :id', { id });
}

function intentEvent(intent: Intent, type: EventType, detail: { readonly [key: string]: Json }) {
  return {
    subject: intent.workflowId,
    type,
    entityId: intent.entityId,
    clientId: intent.clientId,
    payload: {
      intent: intent.id,
      step: intent.step,
      attempt: intent.attempt,
      target: intent.target,
      kind: intent.kind,
      ...detail,
    },
  };
}
