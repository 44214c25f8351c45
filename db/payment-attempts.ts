import type { Flow } from '../domain/payments/flow';
import type { RetryDecision } from '../domain/payments/retry';
import { rows, utc, sendAhead, type Tx } from './connection';

/** A payment, or the leg of one; a deposit has none and says 0. */
export interface PaymentPart {
  readonly paymentId: string;
  readonly leg: number;
}

/** One provider that was asked for a payment. */
export interface PaymentAttempt extends PaymentPart {
  /** Counts from 1. */
  readonly attempt: number;
  readonly flow: Flow;
  readonly provider: string;
  /** Step of its intents. */
  readonly step: string;
  /** Why this provider; null for one that was named and not chosen. */
  readonly evaluationId: string | null;
  readonly createdAt: string;
  readonly leftAt: string | null;
  /** The code it was left for. */
  readonly leftFor: string | null;
  readonly decision: RetryDecision | null;
}

interface AttemptRow {
  readonly payment_id: string;
  readonly leg: number;
  readonly attempt: number;
  readonly flow: Flow;
  readonly provider: string;
  readonly step: string;
  readonly evaluation_id: string | null;
  readonly created_at: string;
  readonly left_at: string | null;
  readonly left_for: string | null;
  readonly decision: RetryDecision | null;
}

/** Attempts of a payment in order, leg by leg. */
export async function attemptsOf(tx: Tx, paymentId: string): Promise<PaymentAttempt[]> {
  const found = await rows<AttemptRow>(
    tx,
    `select payment_id, leg, attempt, flow, provider, step, evaluation_id, created_at, left_at, left_for, decision
     from payment_attempt where payment_id = :paymentId order by leg, attempt limit 500`,
    { paymentId },
  );
  return found.map((row) => ({
    paymentId: row.payment_id,
    leg: row.leg,
    attempt: row.attempt,
    flow: row.flow,
    provider: row.provider,
    step: row.step,
    evaluationId: row.evaluation_id,
    createdAt: utc(row.created_at),
    leftAt: row.left_at === null ? null : utc(row.left_at),
    leftFor: row.left_for,
    decision: row.decision,
  }));
}

export async function attemptsOfPart(
  tx: Tx,
  { paymentId, leg }: PaymentPart,
): Promise<PaymentAttempt[]> {
  return (await attemptsOf(tx, paymentId)).filter((attempt) => attempt.leg === leg);
}

/**
 * Writes down that a provider is asked from now on. The first attempt of a part is 1; one that follows on another is
 * 2 at least, though the first was made before attempts were kept and has no row.
 */
export async function openAttempt(
  tx: Tx,
  part: PaymentPart & {
    readonly entityId: string;
    readonly clientId: string;
    readonly flow: Flow;
    readonly provider: string;
    readonly evaluationId: string | null;
    /** Another provider was asked before. */
    readonly follows: boolean;
    /** The step of its intents, given the attempt's number. */
    readonly stepOf: (attempt: number) => string;
  },
): Promise<void> {
  const latest = (await attemptsOfPart(tx, part)).at(-1)?.attempt ?? 0;
  const attempt = Math.max(latest, part.follows ? 1 : 0) + 1;
  await sendAhead(
    tx,
    `insert into payment_attempt (payment_id, leg, attempt, entity_id, client_id, flow, provider, step, evaluation_id)
     values (:paymentId, :leg, :attempt, :entityId, :clientId, :flow, :provider, :step, :evaluationId)`,
    {
      paymentId: part.paymentId,
      leg: part.leg,
      attempt,
      entityId: part.entityId,
      clientId: part.clientId,
      flow: part.flow,
      provider: part.provider,
      step: part.stepOf(attempt),
      evaluationId: part.evaluationId,
    },
  );
}

/** A provider is left: for what, and what the retry table said. What is left stays so, and so does another's attempt. */
export async function leaveAttempt(
  tx: Tx,
  part: PaymentPart & { readonly provider: string },
  { code, decision }: { readonly code: string; readonly decision: RetryDecision },
): Promise<void> {
  await sendAhead(
    tx,
    `update payment_attempt set left_at = clock_timestamp(), left_for = :code, decision = :decision
     where payment_id = :paymentId and leg = :leg and provider = :provider and left_at is null`,
    { paymentId: part.paymentId, leg: part.leg, provider: part.provider, code, decision },
  );
}
