import { type Condition } from './condition';

/** One rule: when the condition holds, `then` applies, because of `reason`. */
export interface Rule<Then = unknown> {
  /** Stable id: overlays and past traces refer to it. Lower case words joined by dots and dashes. */
  readonly id: string;
  readonly title: string;
  readonly when: Condition;
  readonly then: Then;
  /** Reason code (domain/kyc/reason-codes.ts for KYC; upper case words elsewhere). */
  readonly reason: string;
  /** The text this rule rests on: "CySEC C721", "house rule". */
  readonly source: string;
  /** A mandatory rule can be neither switched off nor overridden by an overlay. */
  readonly mandatory?: boolean;
}

/** A list by reference, with the version that was looked at. */
export interface PolicyList {
  readonly version: string;
  readonly values: readonly string[];
}

export type PolicyParameters = Readonly<Record<string, unknown>>;

/** What a person edits: the base of a kind. */
export interface PolicyBody<Then = unknown, Parameters = PolicyParameters> {
  readonly title: string;
  readonly parameters: Parameters;
  readonly rules: readonly Rule<Then>[];
  /** Facts that must be known beyond those the kind itself requires. */
  readonly requires?: readonly string[];
}

export type OverlayChange<Then = unknown> =
  | { readonly target: 'rule'; readonly mode: 'inherit'; readonly id: string }
  | {
      readonly target: 'rule';
      readonly mode: 'override';
      readonly id: string;
      readonly with: Rule<Then>;
      readonly reason: string;
    }
  | {
      readonly target: 'rule';
      readonly mode: 'off';
      readonly id: string;
      readonly reason: string;
    }
  | {
      readonly target: 'rule';
      readonly mode: 'add';
      readonly with: Rule<Then>;
      /** Put it before this rule; without it, last. Matters where the first hit decides. */
      readonly before?: string;
    }
  | {
      readonly target: 'parameter';
      readonly mode: 'override';
      readonly name: string;
      readonly value: unknown;
      readonly reason: string;
    };

/** What one jurisdiction or one entity does differently. A rule that is not named is inherited. */
export interface PolicyOverlay<Then = unknown> {
  readonly title: string;
  readonly changes: readonly OverlayChange<Then>[];
}

/** The layers of one policy, from the base outwards: base, jurisdiction, entity. */
export interface PolicyLayers<Then = unknown, Parameters = PolicyParameters> {
  readonly base: PolicyBody<Then, Parameters>;
  readonly overlays: readonly NamedOverlay<Then>[];
  readonly lists: Readonly<Record<string, PolicyList>>;
}

export interface NamedOverlay<Then = unknown> {
  /** "jurisdiction:CY", "entity:<id>". */
  readonly id: string;
  readonly overlay: PolicyOverlay<Then>;
}

/** The layers folded into one: immutable plain JSON, what is hashed, stored and pinned. */
export interface EffectivePolicy<Then = unknown, Parameters = PolicyParameters> {
  readonly kind: string;
  readonly title: string;
  readonly parameters: Parameters;
  readonly rules: readonly EffectiveRule<Then>[];
  readonly requires: readonly string[];
  readonly lists: Readonly<Record<string, PolicyList>>;
  /** What the overlays changed and why, in order. */
  readonly changes: readonly EffectiveChange[];
}

export interface EffectiveRule<Then = unknown> extends Rule<Then> {
  /** "base" or the id of the overlay that brought or replaced it. */
  readonly layer: string;
}

export interface EffectiveChange {
  readonly layer: string;
  readonly what: string;
  readonly reason: string;
}

/** Parameters by name, for references from rules. */
export function parameterRecord(parameters: unknown): PolicyParameters {
  return typeof parameters === 'object' && parameters !== null
    ? Object.fromEntries(Object.entries(parameters))
    : {};
}

export const rulesPerPolicyMax = 200;
export const overlaysMax = 8;

/** A thing wrong with a policy. `error` stops submission and publication, `warning` does not. */
export interface PolicyProblem {
  /** JSON pointer into the body or overlay. */
  readonly pointer: string;
  readonly code:
    | 'schema'
    | 'duplicate_rule'
    | 'unknown_fact'
    | 'operator_not_allowed'
    | 'value_type'
    | 'unknown_list'
    | 'unknown_parameter'
    | 'unknown_rule'
    | 'mandatory_rule'
    | 'law'
    | 'too_deep'
    | 'too_many'
    | 'never_true'
    | 'unreachable'
    | 'contradiction'
    | 'unused_fact'
    | 'no_default'
    | 'reason_missing'
    | 'unknown_server'
    | 'unknown_group'
    | 'unknown_document'
    | 'unknown_question'
    | 'unknown_queue'
    | 'unread_queue'
    | 'unstaffed_queue';
  readonly detail: string;
  readonly severity: 'error' | 'warning';
  /** Id of the rule it is about: a pointer into a folded policy does not tell the row of a layer. */
  readonly rule?: string;
}

/** The policy cannot be compiled; `problems` say where and why. */
export class PolicyInvalid extends Error {
  override readonly name = 'PolicyInvalid';
  constructor(
    readonly kind: string,
    readonly problems: readonly PolicyProblem[],
  ) {
    super(
      `policy ${kind}: ${problems.map((problem) => `${problem.pointer} ${problem.detail}`).join('; ')}`,
    );
  }
}
