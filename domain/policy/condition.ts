/**
 * The closed rule language: `all` / `any` / `not` over comparisons, in json-rules-engine's JSON shape.
 * There is no way to name code, a clock or a query here: whatever a rule needs is a fact.
 */
export type Condition = AllOf | AnyOf | Not | Comparison;

/** True when every part is true; an empty list is true, which makes a catch-all rule. */
export interface AllOf {
  readonly all: readonly Condition[];
}
export interface AnyOf {
  readonly any: readonly Condition[];
}
export interface Not {
  readonly not: Condition;
}
export interface Comparison {
  readonly fact: string;
  readonly operator: Operator;
  readonly value: Operand;
}

/** A money literal is a decimal string ("2000.00"), never a float. */
export type Literal = boolean | number | string | readonly string[];
export interface ListReference {
  readonly list: string;
}
export interface ParameterReference {
  readonly parameter: string;
}
export type Operand = Literal | ListReference | ParameterReference;

export const operators = [
  'equal',
  'notEqual',
  'lessThan',
  'lessThanInclusive',
  'greaterThan',
  'greaterThanInclusive',
  'in',
  'notIn',
  'contains',
  'doesNotContain',
] as const;
export type Operator = (typeof operators)[number];

/** How an operator reads in a sentence. */
export const operatorWords: Readonly<Record<Operator, string>> = {
  equal: 'is',
  notEqual: 'is not',
  lessThan: 'is less than',
  lessThanInclusive: 'is at most',
  greaterThan: 'is more than',
  greaterThanInclusive: 'is at least',
  in: 'is one of',
  notIn: 'is none of',
  contains: 'contains',
  doesNotContain: 'does not contain',
};

/** The same of days. */
export const dateOperatorWords: Readonly<Partial<Record<Operator, string>>> = {
  lessThan: 'is before',
  lessThanInclusive: 'is at the latest',
  greaterThan: 'is after',
  greaterThanInclusive: 'is at the earliest',
};

/** Limits of a rule's size: every loop over a policy is bounded by them. */
export const conditionDepthMax = 8;
export const conditionsPerRuleMax = 60;

export function isListReference(operand: Operand): operand is ListReference {
  return typeof operand === 'object' && 'list' in operand;
}

export function isParameterReference(operand: Operand): operand is ParameterReference {
  return typeof operand === 'object' && 'parameter' in operand;
}
