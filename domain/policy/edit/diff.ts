import { sameJson } from '../../record';
import { type FactCatalogue } from '../fact';
import { type PolicyLayerName } from '../version';
import { valueInWords } from './field-form';
import { labelOf } from './fields';
import { listOf, type Loose, looseOf, textOf } from './loose';
import { conditionWords, thenWords } from './words';

/** One difference between two bodies of the same layer, in words. */
export interface PolicyDifference {
  readonly what: 'added' | 'removed' | 'changed' | 'moved';
  /** `row “…”`, `parameter accounts per client max`. */
  readonly where: string;
  readonly rule: string | null;
  readonly words: string;
}

/** What the later body says otherwise than the earlier one, rows in the order of the later. */
export function diffBodies(
  facts: FactCatalogue,
  layer: PolicyLayerName,
  { from, to }: { readonly from: unknown; readonly to: unknown },
): PolicyDifference[] {
  const [before, after] = [looseOf(from), looseOf(to)];
  return [
    ...valueDifferences('title', before['title'], after['title']),
    ...(layer === 'base'
      ? [
          ...parameterDifferences(looseOf(before['parameters']), looseOf(after['parameters'])),
          ...valueDifferences('facts that must be known', before['requires'], after['requires']),
          ...rowDifferences(
            facts,
            listOf(before['rules']).map(ownRow),
            listOf(after['rules']).map(ownRow),
          ),
        ]
      : [
          ...parameterDifferences(parameterChanges(before), parameterChanges(after)),
          ...rowDifferences(facts, changeRows(before), changeRows(after)),
        ]),
  ];
}

interface Row {
  readonly id: string;
  readonly how: string;
  readonly rule: Loose;
  readonly reason: string;
}

function ownRow(rule: unknown): Row {
  const read = looseOf(rule);
  return { id: textOf(read['id']), how: '', rule: read, reason: '' };
}

function changeRows(body: Loose): Row[] {
  return listOf(body['changes'])
    .map(looseOf)
    .filter((change) => change['target'] === 'rule' && change['mode'] !== 'inherit')
    .map((change) => {
      const rule = looseOf(change['with']);
      const mode = textOf(change['mode']);
      const id = mode === 'add' ? textOf(rule['id']) : textOf(change['id']);
      const how = mode === 'add' ? 'adds' : mode === 'off' ? 'switches off' : 'overrides';
      return { id, how, rule, reason: textOf(change['reason']) };
    });
}

/** The overlay's parameters, each with its reason, by name. */
function parameterChanges(body: Loose): Loose {
  return Object.fromEntries(
    listOf(body['changes'])
      .map(looseOf)
      .filter((change) => change['target'] === 'parameter')
      .map((change) => [textOf(change['name']), change['value']]),
  );
}

function parameterDifferences(before: Loose, after: Loose): PolicyDifference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name) =>
    valueDifferences(`parameter ${labelOf(name)}`, before[name], after[name]),
  );
}

function valueDifferences(where: string, before: unknown, after: unknown): PolicyDifference[] {
  if (sameJson(before, after)) return [];
  const what = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  const words =
    before === undefined
      ? valueInWords(after)
      : after === undefined
        ? `was ${valueInWords(before)}`
        : `${valueInWords(before)} → ${valueInWords(after)}`;
  return [{ what, where, rule: null, words }];
}

function rowDifferences(
  facts: FactCatalogue,
  before: readonly Row[],
  after: readonly Row[],
): PolicyDifference[] {
  const old = new Map(before.map((row) => [row.id, row]));
  const found = after.flatMap((row): PolicyDifference[] => {
    const was = old.get(row.id);
    if (was === undefined)
      return [{ what: 'added', where: whereOf(row), rule: row.id, words: rowWords(facts, row) }];
    const words = changedWords(facts, was, row);
    return words.length === 0
      ? []
      : [{ what: 'changed', where: whereOf(row), rule: row.id, words: words.join('; ') }];
  });
  const kept = new Set(after.map((row) => row.id));
  const gone = before
    .filter((row) => !kept.has(row.id))
    .map((row): PolicyDifference => ({
      what: 'removed',
      where: whereOf(row),
      rule: row.id,
      words: rowWords(facts, row),
    }));
  return [...found, ...gone, ...moves(before, after)];
}

/** The rows that changed their place among those that both bodies have: as few as explain the new order. */
function moves(before: readonly Row[], after: readonly Row[]): PolicyDifference[] {
  const places = new Map(before.map((row, i) => [row.id, i]));
  const common = after.filter((row) => places.has(row.id));
  const order = common.map((row) => places.get(row.id) ?? 0);
  const stay = longestRise(order);
  return common.flatMap((row, i): PolicyDifference[] => {
    if (stay.has(i)) return [];
    const next = common[i + 1];
    const words = next === undefined ? 'now the last' : `now before ${whereOf(next)}`;
    return [{ what: 'moved', where: whereOf(row), rule: row.id, words }];
  });
}

/** Positions of a longest rising run, by comparing each with those before it: rows are a few hundred. */
function longestRise(order: readonly number[]): ReadonlySet<number> {
  const length: number[] = [];
  const from: number[] = [];
  order.forEach((value, i) => {
    length[i] = 1;
    from[i] = -1;
    for (let j = 0; j < i; j += 1)
      if ((order[j] ?? 0) < value && (length[j] ?? 0) + 1 > (length[i] ?? 0)) {
        length[i] = (length[j] ?? 0) + 1;
        from[i] = j;
      }
  });
  const kept = new Set<number>();
  let at = length.indexOf(Math.max(0, ...length));
  while (at >= 0) {
    kept.add(at);
    at = from[at] ?? -1;
  }
  return kept;
}

function whereOf(row: Row): string {
  return `row “${textOf(row.rule['title']) || row.id}”`;
}

function rowWords(facts: FactCatalogue, { how, rule, reason, id }: Row): string {
  if (how === 'switches off') return `switches ${id} off because ${reason || '…'}`;
  const text = `when ${conditionWords(facts, rule['when'])} → ${thenWords(rule['then'])}`;
  return how === '' ? text : `${how}: ${text}`;
}

function changedWords(facts: FactCatalogue, was: Row, is: Row): string[] {
  const words: string[] = [];
  if (was.how !== is.how) words.push(`${was.how} → ${is.how}`);
  if (was.reason !== is.reason) words.push(`why: “${was.reason}” → “${is.reason}”`);
  const [whenWas, whenIs] = [was, is].map((row) => conditionWords(facts, row.rule['when']));
  if (whenWas !== whenIs) words.push(`when ${whenWas} → when ${whenIs}`);
  const [thenWas, thenIs] = [looseOf(was.rule['then']), looseOf(is.rule['then'])];
  for (const name of new Set([...Object.keys(thenWas), ...Object.keys(thenIs)]))
    if (!sameJson(thenWas[name], thenIs[name]))
      words.push(`${labelOf(name)} ${valueInWords(thenWas[name])} → ${valueInWords(thenIs[name])}`);
  for (const name of ['title', 'reason', 'source', 'mandatory'])
    if (!sameJson(was.rule[name], is.rule[name]))
      words.push(
        `${labelOf(name)} ${valueInWords(was.rule[name])} → ${valueInWords(is.rule[name])}`,
      );
  return words;
}
