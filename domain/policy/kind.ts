import { type FactCatalogue, type Facts } from './fact';

/**
 * How rules that hold are put together:
 * `first` the first in order decides, `all` every hit counts, `worst` the gravest decision of all hits.
 */
export type HitPolicy = 'first' | 'all' | 'worst';

export interface RuleHit<Then> {
  readonly ruleId: string;
  readonly title: string;
  readonly reason: string;
  readonly source: string;
  readonly layer: string;
  readonly then: Then;
}

/** What evaluation found, before the kind draws its conclusion. */
export interface Findings<Then, Parameters> {
  /** Rules that hold, in order; with `first` at most one. */
  readonly hits: readonly RuleHit<Then>[];
  /** Rules that would matter and whose condition is not known. */
  readonly undecided: readonly RuleHit<Then>[];
  /** Ids of facts that someone has to supply. */
  readonly missing: readonly string[];
  readonly errors: readonly string[];
  readonly parameters: Parameters;
  readonly facts: Facts;
}

/** One kind of policy: the facts its rules may use, how hits combine, and what comes out. */
export interface KindDefinition<Then, Outcome, Parameters> {
  readonly kind: string;
  readonly title: string;
  readonly hitPolicy: HitPolicy;
  readonly facts: FactCatalogue;
  /** Must be known, or the outcome goes to a person whatever the rules say. */
  readonly required: readonly string[];
  /** Draws the outcome; with anything missing or broken it must route to a person. */
  conclude(findings: Findings<Then, Parameters>): Outcome;
}

/** Whether anything stands in the way of an automatic outcome. */
export function needsPerson(findings: Findings<unknown, unknown>): boolean {
  return findings.missing.length > 0 || findings.errors.length > 0 || findings.undecided.length > 0;
}

/** Who a person's decision goes to, and by when. */
export interface Routing {
  /** Inbox queue: the role that works it. */
  readonly queue?: string;
  /** Business hours until the task is due. */
  readonly dueHours?: number;
  /** Two different people must decide. */
  readonly fourEyes?: boolean;
}

export interface RoutedThen<Decision extends string> extends Routing {
  readonly decision: Decision;
}

export interface RoutedOutcome<Decision extends string> {
  readonly decision: Decision;
  /** Reason codes of every hit that asks for at least this, gravest first, without repeats. */
  readonly reasons: readonly string[];
  readonly queue: string;
  readonly dueHours: number;
  readonly fourEyes: boolean;
}

export interface RoutingDefaults<Decision extends string> {
  /** From gravest to mildest. */
  readonly precedence: readonly Decision[];
  /** The decision that hands the matter to a person. */
  readonly person: Decision;
  /** The decision nobody has to look at. */
  readonly automatic: Decision;
  readonly queue: string;
  readonly dueHours: number;
}

/**
 * The gravest decision among the hits, at least `person` when data is missing, a rule broke or no
 * rule spoke. Reasons name every hit that is not the automatic decision, so nothing is hidden behind the worst.
 */
export function worstOf<Decision extends string>(
  defaults: RoutingDefaults<Decision>,
  findings: Findings<RoutedThen<Decision>, unknown>,
): RoutedOutcome<Decision> {
  const gravity = (decision: Decision): number => defaults.precedence.indexOf(decision);
  const ordered = [...findings.hits].sort(
    (a, b) => gravity(a.then.decision) - gravity(b.then.decision),
  );
  const person = needsPerson(findings) || ordered.length === 0;
  const gravest = ordered[0]?.then.decision ?? defaults.person;
  const decision =
    person && gravity(gravest) > gravity(defaults.person) ? defaults.person : gravest;

  const speaking = ordered.filter(
    (hit) => decision === defaults.automatic || hit.then.decision !== defaults.automatic,
  );
  const dueHours = speaking.flatMap((hit) => hit.then.dueHours ?? []);
  return {
    decision,
    reasons: [...new Set([...speaking.map((hit) => hit.reason), ...routedReasons(findings)])],
    queue: speaking.find((hit) => hit.then.queue !== undefined)?.then.queue ?? defaults.queue,
    dueHours: dueHours.length > 0 ? Math.min(...dueHours) : defaults.dueHours,
    fourEyes: speaking.some((hit) => hit.then.fourEyes === true),
  };
}

/** The reasons why a person must look although no rule asked for one. */
export function routedReasons(findings: Findings<unknown, unknown>): string[] {
  if (findings.errors.length > 0) return ['POLICY_ERROR'];
  if (findings.missing.length > 0 || findings.undecided.length > 0) return ['DATA_MISSING'];
  return findings.hits.length === 0 ? ['NO_RULE_APPLIES'] : [];
}
