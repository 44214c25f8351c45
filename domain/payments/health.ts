/** When a provider is taken for failing, and how it comes back. Parameters of the routing policies. */
export interface HealthRules {
  /** Attempts older than this say nothing. */
  readonly windowMinutes: number;
  /** Fewer failures than these never open the breaker. */
  readonly failuresMin: number;
  /** Failures, of a hundred attempts in the window, that open it. */
  readonly failurePercent: number;
  /** Failures one after the other that open it, whatever was before. */
  readonly failuresInARow: number;
  /** An answer slower than this is a failure. */
  readonly slowSeconds: number;
  /** After the last failure nothing goes there for so long; then one attempt at a time. */
  readonly coolDownSeconds: number;
  /** So many attempts that went well close the breaker again. */
  readonly probes: number;
  /** When nobody else can take a payment, a provider that fails is asked all the same. */
  readonly lastResort: boolean;
}

/** What the attempts of a window say of one provider and flow. */
export interface Measured {
  readonly attempts: number;
  /** Not reached, outcome unknown, slow, or refused for a trouble of the provider's own. */
  readonly failures: number;
  /** Failures in a row, the last one included. */
  readonly failuresInARow: number;
  /** Attempts that went well since the last failure. */
  readonly successesSince: number;
  /** RFC 3339; null without a failure. */
  readonly lastFailureAt: string | null;
  /** Sent after the last failure and not answered yet. */
  readonly underWaySince: number;
  /** 95 of 100 answers came within so many milliseconds; null without an answer. */
  readonly latencyMs95: number | null;
}

export const unmeasured: Measured = {
  attempts: 0,
  failures: 0,
  failuresInARow: 0,
  successesSince: 0,
  lastFailureAt: null,
  underWaySince: 0,
  latencyMs95: null,
};

/** `half_open`: one attempt at a time finds out whether it is well again. */
export type Circuit = 'closed' | 'open' | 'half_open';

/** The circuit breaker of a provider and flow at an instant. It remembers nothing: the attempts tell it all. */
export function circuitOf(measured: Measured, rules: HealthRules, at: Date): Circuit {
  const { attempts, failures, lastFailureAt } = measured;
  if (lastFailureAt === null || failures < rules.failuresMin) return 'closed';
  const trips =
    measured.failuresInARow >= rules.failuresInARow ||
    failures * 100 >= attempts * rules.failurePercent;
  if (!trips || measured.successesSince >= rules.probes) return 'closed';
  const coolUntil = Date.parse(lastFailureAt) + rules.coolDownSeconds * 1_000;
  return at.getTime() < coolUntil ? 'open' : 'half_open';
}

/** Whether a payment may go there now. */
export function letsThrough(circuit: Circuit, measured: Measured): boolean {
  return circuit === 'closed' || (circuit === 'half_open' && measured.underWaySince === 0);
}

/** Of a hundred attempts so many went well; null without any. */
export function successPercent({ attempts, failures }: Measured): number | null {
  return attempts === 0 ? null : Math.round(((attempts - failures) * 1_000) / attempts) / 10;
}
