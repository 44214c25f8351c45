import { type EffectiveRule } from '../body';
import { type PolicyLayerName } from '../version';
import { listOf, type Loose, looseOf, textOf } from './loose';
import { moved } from './condition-form';

/**
 * A row of the editor. In a base every row is the draft's `own`; in an overlay it is `inherited` from the
 * layers below until the draft overrides it, switches it off, or adds one of its own.
 */
export interface DraftRow {
  /** Where it stands in the draft's `rules` or `changes`; null when the draft says nothing about it. */
  readonly at: number | null;
  readonly standing: 'own' | 'inherited' | 'override' | 'off' | 'added';
  readonly id: string;
  /** The rule as it applies here; for one that is off, the rule that is off. */
  readonly rule: Loose;
  /** The rule of the layers below that this one replaces or switches off. */
  readonly below: Loose | null;
  /** Why it differs. */
  readonly reason: string;
  /** The layer it comes from when the draft does not bring it. */
  readonly layer: string;
}

/** The rows of a draft in the order in which they apply; `below` are the folded rules of the layers below. */
export function draftRows(
  layer: PolicyLayerName,
  body: unknown,
  below: readonly EffectiveRule[],
): DraftRow[] {
  const draft = looseOf(body);
  if (layer === 'base')
    return listOf(draft['rules']).map((each, at): DraftRow => {
      const rule = looseOf(each);
      const id = textOf(rule['id']);
      return { at, standing: 'own', id, rule, below: null, reason: '', layer: 'base' };
    });
  const rows = below.map((rule): DraftRow => ({
    at: null,
    standing: 'inherited',
    id: rule.id,
    rule: looseOf(rule),
    below: looseOf(rule),
    reason: '',
    layer: rule.layer,
  }));
  listOf(draft['changes']).forEach((each, at) => applyChange(rows, looseOf(each), at));
  return rows;
}

function applyChange(rows: DraftRow[], change: Loose, at: number): void {
  if (change['target'] !== 'rule') return;
  const rule = looseOf(change['with']);
  const reason = textOf(change['reason']);
  if (change['mode'] === 'add') {
    const before = rows.findIndex(({ id }) => id === change['before']);
    const added: DraftRow = {
      at,
      standing: 'added',
      id: textOf(rule['id']),
      rule,
      below: null,
      reason,
      layer: '',
    };
    rows.splice(before < 0 ? rows.length : before, 0, added);
    return;
  }
  const mode = change['mode'];
  if (mode !== 'override' && mode !== 'off') return;
  const id = textOf(change['id']);
  const place = rows.findIndex((row) => row.id === id);
  const present = rows[place];
  // A rule that the layers below no longer have: the row stays, so that it can be taken away.
  const below = present?.below ?? null;
  const row: DraftRow = {
    at,
    standing: mode,
    id,
    rule: mode === 'off' ? (below ?? {}) : rule,
    below,
    reason,
    layer: '',
  };
  rows.splice(present === undefined ? rows.length : place, present === undefined ? 0 : 1, row);
}

/** What a button beside a row does to the draft's body. */
export type RowCommand =
  | { readonly do: 'up' | 'down' | 'remove'; readonly at: number }
  | { readonly do: 'add'; readonly id: string; readonly before: string }
  | { readonly do: 'override'; readonly id: string; readonly rule: Loose }
  | { readonly do: 'off'; readonly id: string; readonly reason: string };

/** Applies a row command to the body. A position that is not there changes nothing. */
export function changeRows(layer: PolicyLayerName, body: unknown, command: RowCommand): Loose {
  const draft = looseOf(body);
  const name = layer === 'base' ? 'rules' : 'changes';
  const list = listOf(draft[name]);
  switch (command.do) {
    case 'up':
    case 'down':
    case 'remove':
      return { ...draft, [name]: moved(list, command.at, command.do) };
    case 'add': {
      const rule = newRule(command.id);
      if (layer === 'base') {
        const at = list.findIndex((each) => looseOf(each)['id'] === command.before);
        const place = at < 0 ? list.length : at;
        return { ...draft, rules: [...list.slice(0, place), rule, ...list.slice(place)] };
      }
      const before = command.before === '' ? {} : { before: command.before };
      return {
        ...draft,
        changes: [...list, { target: 'rule', mode: 'add', with: rule, ...before }],
      };
    }
    case 'override':
    case 'off': {
      const others = list.filter((each) => !isChangeOf(looseOf(each), command.id));
      const change =
        command.do === 'off'
          ? { target: 'rule', mode: 'off', id: command.id, reason: command.reason }
          : {
              target: 'rule',
              mode: 'override',
              id: command.id,
              with: withoutLayer(command.rule),
              reason: '',
            };
      return { ...draft, changes: [...others, change] };
    }
  }
}

function isChangeOf(change: Loose, id: string): boolean {
  return change['target'] === 'rule' && change['mode'] !== 'add' && change['id'] === id;
}

/** A folded rule says which layer it is of; a rule as written does not. */
function withoutLayer(rule: Loose): Loose {
  const { layer: _, ...written } = rule;
  return written;
}

function newRule(id: string): Loose {
  return {
    id,
    title: 'A new row',
    when: { all: [] },
    then: {},
    reason: 'HOUSE_RULE',
    source: 'house rule',
  };
}

/** An id that no row has yet. */
export function freeRowId(rows: readonly DraftRow[]): string {
  const taken = new Set(rows.map((row) => row.id));
  let n = rows.length + 1;
  while (taken.has(`row-${n}`)) n += 1;
  return `row-${n}`;
}

/** The rule of a row and why it is there, put into the body at its place. */
export function replaceRule(
  layer: PolicyLayerName,
  body: unknown,
  at: number,
  written: { readonly rule: Loose; readonly reason: string },
): Loose {
  const draft = looseOf(body);
  if (layer === 'base')
    return {
      ...draft,
      rules: listOf(draft['rules']).map((each, i) => (i === at ? written.rule : each)),
    };
  return {
    ...draft,
    changes: listOf(draft['changes']).map((each, i) => {
      const change = looseOf(each);
      if (i !== at) return change;
      return change['mode'] === 'override'
        ? { ...change, with: written.rule, reason: written.reason }
        : { ...change, with: written.rule };
    }),
  };
}

/** The parameter's value as this overlay changes it; undefined when it is inherited. */
export function parameterChange(body: unknown, name: string): Loose | undefined {
  return listOf(looseOf(body)['changes'])
    .map(looseOf)
    .find((change) => change['target'] === 'parameter' && change['name'] === name);
}

/** Sets, or with `undefined` takes back, what an overlay says about a parameter. */
export function changeParameter(
  body: unknown,
  name: string,
  change: { readonly value: unknown; readonly reason: string } | undefined,
): Loose {
  const draft = looseOf(body);
  const changes = listOf(draft['changes'])
    .map(looseOf)
    .filter((each) => !(each['target'] === 'parameter' && each['name'] === name));
  if (change === undefined) return { ...draft, changes };
  const { value, reason } = change;
  return {
    ...draft,
    changes: [...changes, { target: 'parameter', mode: 'override', name, value, reason }],
  };
}
