import { type FactCatalogue } from '../fact';
import { type Part, partsOf } from './condition-form';
import { valueInWords } from './field-form';
import { labelOf } from './fields';
import { type Loose, looseOf, textOf } from './loose';
import { comparisonWords, conditionWords, thenWords } from './words';

/** Rules that ask much the same of the same facts, as a table: one line a row. */
export interface RuleTable {
  readonly facts: readonly { readonly id: string; readonly label: string }[];
  readonly outcomes: readonly { readonly id: string; readonly label: string }[];
  readonly rows: readonly RuleCells[];
}

export interface RuleCells {
  /** One text a fact, '' where the row asks nothing of it. */
  readonly facts: readonly string[];
  /** What does not fit the columns, as a sentence. */
  readonly also: string;
  readonly outcomes: readonly string[];
}

const rowsMin = 6;
const factsMax = 6;
const outcomesMax = 5;
/** A column that fewer rows use than this share would be empty paper. */
const shareMin = 0.25;

/**
 * The rules as a table, or undefined when sentences tell more. What comes out stands in the order of `outcomeNames`,
 * the kind's own.
 */
export function tableOf(
  facts: FactCatalogue,
  rules: readonly Loose[],
  outcomeNames: readonly string[],
): RuleTable | undefined {
  if (rules.length < rowsMin) return undefined;
  const flat = rules.map((rule) => flatParts(rule['when']));
  const used = counted(flat.flatMap((parts) => (parts ?? []).map((part) => part.fact)));
  const columns = [...used]
    .filter(([, n]) => n >= rules.length * shareMin)
    .sort((a, b) => b[1] - a[1])
    .slice(0, factsMax)
    .map(([id]) => id)
    .sort((a, b) => order(facts, a) - order(facts, b));
  const fitting = flat.filter(
    (parts) => parts !== undefined && parts.every(({ fact }) => columns.includes(fact)),
  );
  if (columns.length < 2 || fitting.length < rules.length / 2) return undefined;
  const said = counted(rules.flatMap((rule) => Object.keys(looseOf(rule['then']))));
  const outcomes = outcomeNames.filter((name) => said.has(name)).slice(0, outcomesMax);
  return {
    facts: columns.map((id) => ({ id, label: facts[id]?.label ?? id })),
    outcomes: outcomes.map((id) => ({ id, label: labelOf(id) })),
    rows: rules.map((rule, i) => cellsOf(facts, { rule, parts: flat[i], columns, outcomes })),
  };
}

function cellsOf(
  facts: FactCatalogue,
  of: {
    readonly rule: Loose;
    readonly parts: readonly Comparison[] | undefined;
    readonly columns: readonly string[];
    readonly outcomes: readonly string[];
  },
): RuleCells {
  const { rule, parts, columns, outcomes } = of;
  const then = looseOf(rule['then']);
  // "Swap free no" on every line would only hide what is.
  const more = Object.entries(then).filter(
    ([name, value]) => !outcomes.includes(name) && value !== false,
  );
  const moreWords = more.length === 0 ? [] : [thenWords(Object.fromEntries(more))];
  const cells = outcomes.map((name) => (name in then ? valueInWords(then[name]) : ''));
  if (parts === undefined)
    return {
      facts: columns.map(() => ''),
      also: [conditionWords(facts, rule['when']), ...moreWords].join('; '),
      outcomes: cells,
    };
  const asked = columns.map((fact) =>
    parts
      .filter((part) => part.fact === fact)
      .map((part) => comparisonWords(facts, part).replace(/^is (?!one of|none of|not )/, ''))
      .join(', '),
  );
  const others = parts.filter((part) => !columns.includes(part.fact));
  const also = others.map((part) => {
    const label = facts[part.fact]?.label ?? part.fact;
    return `${label} ${comparisonWords(facts, part)}`;
  });
  const shown = parts.length === 0 ? asked.map((_, i) => (i === 0 ? 'always' : '')) : asked;
  return { facts: shown, also: [...also, ...moreWords].join('; '), outcomes: cells };
}

type Comparison = Extract<Part, { type: 'comparison' }>;

/** The comparisons of a condition that asks for all of them, and nothing nested. */
function flatParts(condition: unknown): readonly Comparison[] | undefined {
  const group = partsOf(condition);
  if (group.mode !== 'all' && group.parts.length !== 1) return undefined;
  if (group.mode === 'none' || group.mode === 'notAll') return undefined;
  const flat = group.parts.flatMap((part) => (part.type === 'comparison' ? [part] : []));
  return flat.length === group.parts.length ? flat : undefined;
}

function counted(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** Facts in the order of the catalogue. */
function order(facts: FactCatalogue, id: string): number {
  const at = Object.keys(facts).indexOf(id);
  return at < 0 ? Number.MAX_SAFE_INTEGER : at;
}

/** Whether a row speaks of what somebody looks for. */
export function speaksOf(facts: FactCatalogue, rule: Loose, wanted: string): boolean {
  const text = [
    textOf(rule['id']),
    textOf(rule['title']),
    textOf(rule['reason']),
    textOf(rule['source']),
    conditionWords(facts, rule['when']),
    thenWords(rule['then']),
  ].join(' ');
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.toLowerCase().includes(word));
}
