import { type ReasonCode } from './reason-codes';

/** What an outside verifier found: `retry` where the client can mend it by sending something else. */
export const checkAnswers = ['passed', 'retry', 'refused'] as const;
export type CheckAnswer = (typeof checkAnswers)[number];

/**
 * Where a check stands. `unasked`: the verifier would not take it. `unanswered`: it had its time and said nothing.
 * Neither is an answer: an officer does the step instead.
 */
export const checkStates = ['asked', 'sent', 'answered', 'unasked', 'unanswered'] as const;
export type CheckState = (typeof checkStates)[number];

/** One thing that a verifier said of a person, in our words. */
export interface VerifierFinding {
  readonly answer: CheckAnswer;
  /** Codes of ours, internal ones among them; what is near a listed name stands apart (`nearListed`). */
  readonly reasons: readonly ReasonCode[];
  /** The verifier's own labels, as far as an officer may read them. */
  readonly labels: readonly string[];
  /** It holds them for somebody on a sanctions or crime list: this is for those who decide on screenings, and nobody else. */
  readonly nearListed: boolean;
}

/** A check as the rules read it. */
export interface StandingCheck {
  readonly step: string;
  readonly state: CheckState;
  readonly answer: CheckAnswer | null;
  readonly reasons: readonly string[];
}

/** Whether the verifier still has to answer. */
export function isPending({ state }: Pick<StandingCheck, 'state'>): boolean {
  return state === 'asked' || state === 'sent';
}

/** How a step came out, as a rule reads it: `identity: passed`. */
export function checkResults(checks: readonly StandingCheck[]): string[] {
  return checks.map(({ step, state, answer }) => `${step}: ${answer ?? state}`);
}

/** Every code that some verifier gave. */
export function checkReasons(checks: readonly StandingCheck[]): string[] {
  return [...new Set(checks.flatMap(({ reasons }) => reasons))];
}
