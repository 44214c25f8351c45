import { type Rule } from './body';
import {
  type Comparison,
  type Condition,
  isListReference,
  isParameterReference,
  operatorWords,
} from './condition';
import { type FactCatalogue } from './fact';

/** "When age is less than 18 → review because UNDERAGE": the line under a rule in the editor. */
export function readsAs(facts: FactCatalogue, rule: Rule): string {
  return `When ${conditionInWords(facts, rule.when)} → ${thenInWords(rule.then)} because ${rule.reason}`;
}

/** A condition as a sentence part, with brackets where they are needed. */
export function conditionInWords(facts: FactCatalogue, condition: Condition): string {
  if ('all' in condition)
    return condition.all.length === 0
      ? 'always'
      : condition.all.map((part) => bracketed(facts, part)).join(' and ');
  if ('any' in condition) return condition.any.map((part) => bracketed(facts, part)).join(' or ');
  if ('not' in condition) return `not (${conditionInWords(facts, condition.not)})`;
  const definition = Object.hasOwn(facts, condition.fact) ? facts[condition.fact] : undefined;
  const unit = definition?.unit === undefined ? '' : ` ${definition.unit}`;
  return `${definition?.label ?? condition.fact} ${operatorWords[condition.operator]} ${operandInWords(condition)}${unit}`;
}

function bracketed(facts: FactCatalogue, condition: Condition): string {
  const text = conditionInWords(facts, condition);
  return 'fact' in condition || 'not' in condition ? text : `(${text})`;
}

function operandInWords({ value }: Comparison): string {
  if (isListReference(value)) return `the list ${value.list}`;
  if (isParameterReference(value)) return `the parameter ${value.parameter}`;
  if (value === true) return 'yes';
  if (value === false) return 'no';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

function thenInWords(then: unknown): string {
  if (typeof then !== 'object' || then === null) return String(then);
  return Object.entries(then)
    .map(([name, value]) => {
      if (name === 'decision') return String(value);
      return `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`;
    })
    .join(', ');
}
