import { type Operator } from '../../../domain/policy/condition';
import { groupWords, type Part } from '../../../domain/policy/edit/condition-form';
import { listOf, textOf } from '../../../domain/policy/edit/loose';
import { wordsOfOperator } from '../../../domain/policy/edit/words';
import { labelOf } from '../../../domain/policy/edit/fields';
import {
  type FactCatalogue,
  type FactDefinition,
  operatorsByType,
} from '../../../domain/policy/fact';
import type { Option } from './policy-fields';

/** A part of a condition as its template reads it. */
export interface ShownPart {
  readonly name: string;
  /** Positions on the way here, for the buttons: `0.1`. */
  readonly path: string;
  readonly isFirst: boolean;
  readonly group:
    | {
        readonly modes: readonly Option[];
        readonly parts: readonly ShownPart[];
        readonly newFacts: readonly FactGroup[];
        readonly isRoot: boolean;
      }
    | undefined;
  readonly comparison: ShownComparison | undefined;
}

interface ShownComparison {
  readonly facts: readonly FactGroup[];
  readonly operators: readonly Option[];
  readonly bys: readonly Option[];
  readonly isTyped: boolean;
  readonly select: readonly Option[] | undefined;
  readonly checks: readonly Option[] | undefined;
  readonly text: string;
  readonly isNumber: boolean;
  readonly isList: boolean;
  readonly unit: string;
  readonly label: string;
}

/** Facts of one subject together: `client`, `account`. */
interface FactGroup {
  readonly label: string;
  readonly options: readonly Option[];
}

export interface ConditionContext {
  readonly facts: FactCatalogue;
  /** Lists and plain parameters that a value may come from. */
  readonly lists: readonly string[];
  readonly parameters: readonly string[];
}

export function showPart(context: ConditionContext, part: Part, name: string): ShownPart {
  return showAt(context, part, { name, path: '', position: 0 });
}

function showAt(
  context: ConditionContext,
  part: Part,
  { name, path, position }: { name: string; path: string; position: number },
): ShownPart {
  const at = { name, path, isFirst: position === 0 };
  if (part.type === 'comparison')
    return { ...at, group: undefined, comparison: showComparison(context, part) };
  return {
    ...at,
    comparison: undefined,
    group: {
      modes: Object.entries(groupWords).map(([value, label]) => ({
        value,
        label,
        chosen: value === part.mode,
      })),
      parts: part.parts.map((each, i) =>
        showAt(context, each, {
          name: `${name}.${i}`,
          path: path === '' ? String(i) : `${path}.${i}`,
          position: i,
        }),
      ),
      newFacts: factOptions(context.facts, ''),
      isRoot: path === '',
    },
  };
}

function showComparison(
  context: ConditionContext,
  part: Extract<Part, { type: 'comparison' }>,
): ShownComparison {
  const definition = Object.hasOwn(context.facts, part.fact) ? context.facts[part.fact] : undefined;
  const allowed: readonly Operator[] =
    definition === undefined ? ['equal'] : operatorsByType[definition.type];
  const isList = part.operator === 'in' || part.operator === 'notIn';
  const isTyped = part.by === '';
  const choices = definition === undefined ? undefined : choicesOf(definition);
  const chosen = listOf(part.value).map(textOf);
  const present =
    typeof part.value === 'boolean' ? (part.value ? 'yes' : 'no') : textOf(part.value);
  const option = (value: string, isChosen: boolean): Option => ({
    value,
    label: value.replaceAll('_', ' '),
    chosen: isChosen,
  });
  return {
    facts: factOptions(context.facts, part.fact),
    operators: allowed.map((value) => ({
      value,
      label: wordsOfOperator(definition?.type, value),
      chosen: value === part.operator,
    })),
    bys: bysOf(context, isList, part.by),
    isTyped,
    select:
      choices && !isList
        ? [...choices, ...(choices.includes(present) || present === '' ? [] : [present])].map(
            (value) => option(value, value === present),
          )
        : undefined,
    checks:
      choices && isList ? choices.map((value) => option(value, chosen.includes(value))) : undefined,
    text: isList ? chosen.join(', ') : present,
    isNumber: definition?.type === 'number' || definition?.type === 'money',
    isList,
    unit: definition?.unit ?? '',
    label: definition?.label ?? part.fact,
  };
}

function choicesOf(definition: FactDefinition): readonly string[] | undefined {
  return definition.type === 'boolean' ? ['yes', 'no'] : definition.values;
}

function bysOf(context: ConditionContext, isList: boolean, by: string): Option[] {
  const offered = [
    ...(isList ? context.lists.map((name) => `list:${name}`) : []),
    ...context.parameters.map((name) => `parameter:${name}`),
  ];
  const all = by === '' || offered.includes(by) ? offered : [...offered, by];
  return [
    { value: '', label: 'this value', chosen: by === '' },
    ...all.map((value) => {
      const [from = '', name = ''] = value.split(/:(.*)/s);
      const label = from === 'list' ? `the list ${name}` : `the parameter ${labelOf(name)}`;
      return { value, label, chosen: value === by };
    }),
  ];
}

function factOptions(facts: FactCatalogue, chosen: string): FactGroup[] {
  const groups = new Map<string, Option[]>();
  const known = Object.keys(facts);
  // A fact that the kind does not have stays to be seen until another is chosen.
  const all = chosen === '' || known.includes(chosen) ? known : [...known, chosen];
  for (const id of all) {
    const label = id.split('.')[0] ?? '';
    const options = groups.get(label) ?? [];
    options.push({ value: id, label: facts[id]?.label ?? id, chosen: id === chosen });
    groups.set(label, options);
  }
  return [...groups].map(([label, options]) => ({ label, options }));
}
