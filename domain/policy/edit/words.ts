import { dateOperatorWords, type Operator, operatorWords, operators } from '../condition';
import { type FactCatalogue, type FactType } from '../fact';
import { type Part, partsOf } from './condition-form';
import { valueInWords } from './field-form';
import { labelOf } from './fields';
import { type Loose, looseOf, textOf } from './loose';

/** A rule that may still be half written, as a sentence. */
export function draftReadsAs(facts: FactCatalogue, rule: Loose): string {
  return `When ${conditionWords(facts, rule['when'])} → ${thenWords(rule['then'])} because ${textOf(rule['reason']) || '…'}`;
}

export function conditionWords(facts: FactCatalogue, condition: unknown): string {
  const group = partsOf(condition);
  return group.mode === 'all' && group.parts.length === 0 ? 'always' : partWords(facts, group, 0);
}

function partWords(facts: FactCatalogue, part: Part, depth: number): string {
  if (part.type === 'comparison') {
    const definition = Object.hasOwn(facts, part.fact) ? facts[part.fact] : undefined;
    return `${definition?.label ?? part.fact} ${comparisonWords(facts, part)}`;
  }
  const joint = part.mode === 'all' || part.mode === 'notAll' ? ' and ' : ' or ';
  const text =
    part.parts.length === 0
      ? '…'
      : part.parts.map((each) => partWords(facts, each, depth + 1)).join(joint);
  if (part.mode === 'none' || part.mode === 'notAll') return `not (${text})`;
  return depth > 0 && part.parts.length > 1 ? `(${text})` : text;
}

/** "is at most 5 days": the comparison without the fact. */
export function comparisonWords(
  facts: FactCatalogue,
  part: Extract<Part, { type: 'comparison' }>,
): string {
  const definition = Object.hasOwn(facts, part.fact) ? facts[part.fact] : undefined;
  const operator = operators.find((known) => known === part.operator);
  const [from = '', name = ''] = part.by.split(/:(.*)/s);
  const value =
    from === 'list'
      ? `the list ${name}`
      : from === 'parameter'
        ? `the parameter ${labelOf(name)}`
        : part.value === '' || (Array.isArray(part.value) && part.value.length === 0)
          ? '…'
          : valueInWords(part.value);
  const unit = definition?.unit === undefined ? '' : ` ${definition.unit}`;
  const said = operator && wordsOfOperator(definition?.type, operator);
  return `${said ?? part.operator} ${value}${unit}`;
}

/** How a comparison of a fact of the type reads. */
export function wordsOfOperator(type: FactType | undefined, operator: Operator): string {
  return (type === 'date' ? dateOperatorWords[operator] : undefined) ?? operatorWords[operator];
}

/** The outcome in words: the decision first, then what belongs to it. */
export function thenWords(then: unknown): string {
  const { decision, ...rest } = looseOf(then);
  const more = Object.entries(rest).map(([name, value]) =>
    value === true ? labelOf(name) : `${labelOf(name)} ${valueInWords(value)}`,
  );
  const words = [...(decision === undefined ? [] : [textOf(decision)]), ...more];
  return words.length === 0 ? '…' : words.join(', ');
}
