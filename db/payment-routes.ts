import { z } from 'zod';
import { passedOverReasons, type PassedOver } from '../domain/payments/route';
import { rows, type Tx } from './connection';
import { attemptsOf, type PaymentAttempt } from './payment-attempts';

/** Why a provider was chosen, as the evaluation kept it. */
export interface RouteWhy {
  readonly alternatives: readonly string[];
  readonly passedOver: readonly PassedOver[];
  /** Reason codes of the rule that named it. */
  readonly reasons: readonly string[];
  /** Versions of the policy. */
  readonly pins: readonly string[];
}

export interface RoutedAttempt extends PaymentAttempt {
  /** Null for a provider that nobody chose: a refund goes back by the way the money came. */
  readonly why: RouteWhy | null;
}

/** A parser of what was kept: RoutingOutcome, whose `alternatives` are missing where nobody could take it. */
const kept = z.object({
  alternatives: z.array(z.string()).default([]),
  passedOver: z.array(z.object({ provider: z.string(), reason: z.enum(passedOverReasons) })),
  reasons: z.array(z.string()),
});

/** Every provider that was asked for a payment, in turn, with why. */
export async function routesOf(tx: Tx, paymentId: string): Promise<RoutedAttempt[]> {
  const attempts = await attemptsOf(tx, paymentId);
  const ids = attempts.flatMap(({ evaluationId }) => evaluationId ?? []);
  const found = await rows<{ id: string; outcome: unknown; pins: readonly string[] }>(
    tx,
    'select id, outcome, pins from evaluation where id = any (:ids)',
    { ids },
  );
  return attempts.map((attempt): RoutedAttempt => {
    const evaluation = found.find(({ id }) => id === attempt.evaluationId);
    if (evaluation === undefined) return { ...attempt, why: null };
    return { ...attempt, why: { ...kept.parse(evaluation.outcome), pins: evaluation.pins } };
  });
}
