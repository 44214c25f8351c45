import { type Operator, operators } from '../condition';
import { type FactCatalogue, type FactDefinition, operatorsByType } from '../fact';
import { numberOrText, textsOf, type Typed } from './field-form';
import { given, listOf, looseOf, textOf } from './loose';

/** How the parts of a group are put together; the last two are what "not" makes of the first two. */
export const groupWords = {
  all: 'all',
  any: 'any',
  none: 'none',
  notAll: 'not all',
} as const;
export type GroupMode = keyof typeof groupWords;

/** A condition as it is edited: groups of parts, at whatever depth. */
export type Part =
  | { readonly type: 'group'; readonly mode: GroupMode; readonly parts: readonly Part[] }
  | {
      readonly type: 'comparison';
      readonly fact: string;
      readonly operator: string;
      /** '' = the value that is typed, else `list:<name>` or `parameter:<name>`. */
      readonly by: string;
      readonly value: unknown;
    };
type Group = Extract<Part, { type: 'group' }>;

const depthMax = 8;
const partsMax = 60;

/** The condition as a group; a lone comparison is a group of one. */
export function partsOf(condition: unknown): Group {
  const part = partOf(condition, 0);
  return part.type === 'group' ? part : { type: 'group', mode: 'all', parts: [part] };
}

function partOf(condition: unknown, depth: number): Part {
  const node = looseOf(condition);
  const group = (mode: GroupMode, parts: readonly unknown[]): Part => ({
    type: 'group',
    mode,
    parts: depth > depthMax ? [] : parts.map((part) => partOf(part, depth + 1)),
  });
  if ('all' in node) return group('all', listOf(node['all']));
  if ('any' in node) return group('any', listOf(node['any']));
  if ('not' in node) {
    const inner = looseOf(node['not']);
    if ('any' in inner) return group('none', listOf(inner['any']));
    if ('all' in inner) return group('notAll', listOf(inner['all']));
    return group('none', [inner]);
  }
  if (!('fact' in node)) return group('all', []);
  const value = looseOf(node['value']);
  const by =
    'list' in value
      ? `list:${textOf(value['list'])}`
      : 'parameter' in value
        ? `parameter:${textOf(value['parameter'])}`
        : '';
  return {
    type: 'comparison',
    fact: textOf(node['fact']),
    operator: textOf(node['operator']),
    by,
    value: by === '' ? node['value'] : undefined,
  };
}

/** The group as a condition of the rule language. */
export function conditionOf(part: Part): unknown {
  if (part.type === 'comparison') {
    const { fact, operator, by } = part;
    const [from = '', name = ''] = by.split(/:(.*)/s);
    const value = by === '' ? (part.value ?? '') : { [from]: name };
    return { fact, operator, value };
  }
  const parts = part.parts.map(conditionOf);
  switch (part.mode) {
    case 'all':
      return { all: parts };
    case 'any':
      return { any: parts };
    case 'none':
      return { not: parts.length === 1 ? parts[0] : { any: parts } };
    case 'notAll':
      return { not: { all: parts } };
  }
}

/** Reads the group that a form holds under the prefix. */
export function readParts(facts: FactCatalogue, prefix: string, typed: Typed): Group {
  const part = readPart(facts, prefix, typed, 0);
  return part?.type === 'group' ? part : { type: 'group', mode: 'all', parts: [] };
}

function readPart(
  facts: FactCatalogue,
  prefix: string,
  typed: Typed,
  depth: number,
): Part | undefined {
  const mode = given(typed[`${prefix}.is`]);
  if (mode !== undefined) {
    const parts: Part[] = [];
    for (let i = 0; i < partsMax && depth < depthMax; i += 1) {
      const part = readPart(facts, `${prefix}.${i}`, typed, depth + 1);
      if (part === undefined) break;
      parts.push(part);
    }
    return { type: 'group', mode: isMode(mode) ? mode : 'all', parts };
  }
  const fact = given(typed[`${prefix}.fact`]);
  if (fact === undefined) return undefined;
  const definition = Object.hasOwn(facts, fact) ? facts[fact] : undefined;
  const operator = fitting(definition, given(typed[`${prefix}.operator`]));
  const by = given(typed[`${prefix}.by`]) ?? '';
  const value = definition
    ? readValue(definition, operator, typed[`${prefix}.value`])
    : textOf(typed[`${prefix}.value`]);
  return { type: 'comparison', fact, operator, by, value };
}

function isMode(text: string): text is GroupMode {
  return Object.hasOwn(groupWords, text);
}

/** The operator that was chosen, or the first that the fact's type allows: another fact may need another one. */
function fitting(definition: FactDefinition | undefined, chosen: string | undefined): string {
  const known = operators.find((operator) => operator === chosen);
  if (definition === undefined) return known ?? 'equal';
  const allowed = operatorsByType[definition.type];
  return known !== undefined && allowed.includes(known) ? known : (allowed[0] ?? 'equal');
}

function readValue(definition: FactDefinition, operator: string, typed: unknown): unknown {
  const upper = definition.type === 'country' || definition.type === 'currency';
  const cased = (text: string) => (upper ? text.toUpperCase() : text);
  if (operator === 'in' || operator === 'notIn') {
    const texts = Array.isArray(typed) ? typed.map(textOf) : textsOf(textOf(typed));
    return texts.map(cased);
  }
  const text = given(typed);
  if (definition.type === 'boolean') return text === undefined ? true : text !== 'no';
  if (text === undefined) return firstValue(definition);
  if (definition.type === 'number') return numberOrText(text);
  const offered = definition.values;
  return offered !== undefined && !offered.includes(text) ? firstValue(definition) : cased(text);
}

function firstValue(definition: FactDefinition): unknown {
  return definition.values?.[0] ?? '';
}

/** A comparison to begin with. */
export function newComparison(facts: FactCatalogue, fact: string): Part {
  const definition = Object.hasOwn(facts, fact) ? facts[fact] : undefined;
  const operator: Operator =
    definition === undefined ? 'equal' : (operatorsByType[definition.type][0] ?? 'equal');
  const value =
    definition?.type === 'boolean' ? true : definition === undefined ? '' : firstValue(definition);
  return { type: 'comparison', fact, operator, by: '', value };
}

/** What a button of the form does to the parts. `at` is a path of positions, `''` the whole. */
export type PartCommand =
  | { readonly do: 'add'; readonly at: readonly number[]; readonly part: Part }
  | { readonly do: 'remove' | 'up' | 'down'; readonly at: readonly number[] };

/** Applies a command; a path that leads nowhere changes nothing. */
export function changeParts(group: Group, command: PartCommand): Group {
  const [first, ...rest] = command.at;
  if (command.do === 'add' && first === undefined)
    return { ...group, parts: [...group.parts, command.part] };
  if (first === undefined) return group;
  if (rest.length === 0 && command.do !== 'add')
    return { ...group, parts: moved(group.parts, first, command.do) };
  const parts = group.parts.map((part, i) =>
    i === first && part.type === 'group' ? changeParts(part, { ...command, at: rest }) : part,
  );
  return { ...group, parts };
}

/** A list without, or with another place of, one of its items. */
export function moved<T>(items: readonly T[], at: number, how: 'remove' | 'up' | 'down'): T[] {
  const copy = [...items];
  const [item] = copy.splice(at, 1);
  if (item === undefined || how === 'remove') return copy;
  copy.splice(Math.max(0, at + (how === 'up' ? -1 : 1)), 0, item);
  return copy;
}
