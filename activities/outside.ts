import { heartbeat } from '@temporalio/activity';
import type { StepResult } from '../domain/outside';
import { Problem } from '../domain/problem';
import { codeOfDeclaration } from '../domain/trading/declaration';
import { systemScope } from '../domain/access/scope';
import { inSavepoint, inScope, type Database, type Tx } from '../db/connection';
import type { Intent } from '../db/intent-readers';
import {
  markSending,
  planIntent,
  recordOutcome,
  type IntentOutcome,
  type IntentPlan,
} from '../db/intents';
import type { DeclaredNow } from '../db/servers';
import { inTransaction } from './transaction';

/** One step outside: what is planned, the mark it carries, and the call, made at most once per attempt. */
export interface OutsideStep {
  readonly plan: IntentPlan;
  readonly tokenOf: (intentId: string) => string;
  /** Throws while it may not be sent; runs in the transaction that marks it as being sent. */
  readonly gate?: (tx: Tx) => Promise<void>;
  readonly call: (intent: Intent) => Promise<IntentOutcome>;
}

/** A step outside of which something is read before it and something follows on it, in the step's own transactions. */
export interface FollowedStep {
  readonly workflowId: string;
  /** What is to be done; a result where nothing is, which is answered as it is. Reads what `begin` locks and checks. */
  readonly prepare: (tx: Tx) => Promise<OutsideStep | StepResult>;
  /** What follows on the result. Safe to repeat. */
  readonly follow?: (tx: Tx, result: StepResult) => Promise<StepResult>;
}

/**
 * Plans the step, commits that it is being sent, calls once, and records how it ended.
 * A step that another run has already sent is not sent again: its outcome is answered as it stands,
 * and `sending` without an outcome is `unknown`.
 */
export async function performOnce(db: Database, step: OutsideStep): Promise<StepResult> {
  return performAndFollow(db, {
    workflowId: step.plan.workflowId,
    prepare: () => Promise.resolve(step),
  });
}

/** As `performOnce`, with what belongs to it in the same two transactions. */
export async function performAndFollow(
  db: Database,
  { workflowId, prepare, follow = stays }: FollowedStep,
): Promise<StepResult> {
  const scope = systemScope(`workflow:${workflowId}`);
  const begun = await inScope(db, scope, async (tx) => {
    const step = await prepare(tx);
    if ('kind' in step) return { kind: 'ended', result: step } as const;
    const entered = await begin(tx, step);
    if (entered.kind !== 'marked') return { kind: 'not_sent', result: entered } as const;
    return { kind: 'marked', step, intent: entered.intent } as const;
  });
  if (begun.kind === 'ended') return begun.result;
  if (begun.kind === 'not_sent') {
    if (follow === stays) return begun.result;
    return inScope(db, scope, (tx) => follow(tx, begun.result));
  }
  const outcome = await beating(() => begun.step.call(begun.intent));
  const record = async (tx: Tx) =>
    resultOf(await recordOutcome(tx, begun.intent, outcome)) ?? notSent(outcome);
  try {
    return await inScope(db, scope, async (tx) => follow(tx, await record(tx)));
  } catch {
    // What has happened outside is recorded whatever becomes of what follows on it; that is tried again, and heard.
    const result = await inTransaction(db, scope, record);
    return inScope(db, scope, (tx) => follow(tx, result));
  }
}

const stays: NonNullable<FollowedStep['follow']> = (_tx, result) => Promise.resolve(result);

function notSent(outcome: IntentOutcome): StepResult {
  const reason = outcome.kind === 'refused' ? outcome.reason : 'not sent';
  return { kind: 'blocked', code: 'not_sent', reason };
}

/** Plans the step and marks it as being sent, together; what may not be sent now stays planned. */
async function begin(
  tx: Tx,
  step: OutsideStep,
): Promise<StepResult | { readonly kind: 'marked'; readonly intent: Intent }> {
  const intent = await planIntent(tx, step.plan, step.tokenOf);
  const standing = resultOf(intent);
  if (standing) return standing;
  try {
    const isMarked = await inSavepoint(tx, async (inner) => {
      await step.gate?.(inner);
      return markSending(inner, intent);
    });
    return isMarked
      ? { kind: 'marked', intent }
      : { kind: 'unknown', intentId: intent.id, reason: 'another run has sent it' };
  } catch (error) {
    return blockedBy(error);
  }
}

/** The result that an intent's row stands for; undefined while nothing has been sent. */
export function resultOf(intent: Intent): StepResult | undefined {
  switch (intent.state) {
    case 'done':
      return { kind: 'done', intentId: intent.id, externalId: intent.externalId ?? '' };
    case 'refused':
      return { kind: 'refused', intentId: intent.id, ...refusalOf(intent) };
    case 'sending':
    case 'unknown':
      return { kind: 'unknown', intentId: intent.id, reason: 'sent, and the outcome is not known' };
    case 'absent':
      return { kind: 'absent', intentId: intent.id };
    case 'planned':
      return undefined;
  }
}

/**
 * What was sent before a server went out of service is looked for when it is back: one that is worked on may show
 * less than it did, and absence would be believed.
 */
export function untilServerIsBack(intent: Intent, declared: DeclaredNow): StepResult {
  return {
    kind: 'unknown',
    intentId: intent.id,
    reason: 'the server is declared to be out of service',
    code: codeOfDeclaration(declared.kind),
  };
}

function refusalOf(intent: Intent): { code: string; reason: string } {
  const outcome = intent.outcome;
  if (outcome === null || typeof outcome !== 'object' || !('code' in outcome))
    return { code: 'REFUSED', reason: '' };
  return { code: String(outcome.code), reason: 'reason' in outcome ? String(outcome.reason) : '' };
}

function blockedBy(error: unknown): StepResult {
  if (error instanceof Problem && (error.status === 503 || error.code === 'in_flight')) {
    return { kind: 'blocked', code: error.code, reason: error.detail };
  }
  // Two log-ins' operations that passed the check together: the unique index let one through.
  if (isUniqueViolation(error))
    return { kind: 'blocked', code: 'in_flight', reason: 'another operation was sent first' };
  throw error;
}

function isUniqueViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505';
}

/** Heartbeats while a call runs, so that a killed worker is noticed in seconds. */
export async function beating<T>(call: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => heartbeat(), 1_000);
  try {
    return await call();
  } finally {
    clearInterval(timer);
  }
}
