import fc from 'fast-check';
import { withAnswerFacts } from '../answer-facts';
import { arbitraryCondition, arbitraryRules, catalogue } from '../arbitrary-rules';
import { parameterSchemas, thenSchemas } from '../body.schema';
import { compilePolicy } from '../compile';
import { shippedPolicies } from '../defaults/all';
import { evaluate } from '../evaluate';
import { knownFacts } from '../arbitrary-rules';
import { policyKinds, type PolicyKind } from '../kinds/registry';
import { checkPolicy } from '../check';
import { shippedLists } from '../defaults/lists';
import { type Condition } from '../condition';
import { changeParts, conditionOf, partsOf, readParts } from './condition-form';
import { diffBodies } from './diff';
import { readFields } from './field-form';
import { type Field, fieldsOf } from './fields';
import { looseOf, listOf, textOf } from './loose';
import { readRule } from './rule-form';
import { changeRows, draftRows } from './rows';
import { tableOf } from './table';

const kinds = Object.keys(policyKinds) as PolicyKind[];

/** What a browser would send for the parts of a condition, as the page writes them. */
function typedParts(part: ReturnType<typeof partsOf>, name: string): Record<string, unknown> {
  const typed: Record<string, unknown> = { [`${name}.is`]: part.mode };
  part.parts.forEach((each, i) => {
    const at = `${name}.${i}`;
    if (each.type === 'group') Object.assign(typed, typedParts(each, at));
    else {
      typed[`${at}.fact`] = each.fact;
      typed[`${at}.operator`] = each.operator;
      if (each.by !== '') typed[`${at}.by`] = each.by;
      const value = typedValue(each.value);
      if (value !== undefined) typed[`${at}.value`] = value;
    }
  });
  return typed;
}

function typedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.join(', ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return textOf(value) || undefined;
}

/** What a browser would send for fields that hold the value. */
function typedFields(
  fields: readonly Field[],
  prefix: string,
  value: unknown,
): Record<string, unknown> {
  const typed: Record<string, unknown> = {};
  for (const field of fields) {
    const name = `${prefix}.${field.name}`;
    const each = looseOf(value)[field.name];
    if (each === undefined) continue;
    if (each === null) typed[`${name}.none`] = 'yes';
    else if (field.type === 'group') Object.assign(typed, typedFields(field.fields, name, each));
    else if (field.type === 'rows')
      listOf(each).forEach((row, i) => {
        typed[`${name}.${i}.here`] = 'yes';
        Object.assign(typed, typedFields(field.fields, `${name}.${i}`, row));
      });
    else if (field.type === 'json') typed[name] = JSON.stringify(each);
    else if (field.type === 'choices') typed[name] = each;
    else typed[name] = typedValue(each);
  }
  return typed;
}

describe('a condition in the form', () => {
  it('comes back meaning the same, whatever it was', () => {
    fc.assert(
      fc.property(arbitraryCondition(), knownFacts(), (when, facts) => {
        const group = partsOf(when);
        const read = readParts(catalogue, 'when', typedParts(group, 'when'));
        // An empty "any" is refused by the check; there is nothing to evaluate.
        const again = conditionOf(read);
        const [before, after] = [when, again].map((each) => resultOf(each as Condition, facts));
        expect(after).toEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  it('is built by its buttons: add, group, move, remove', () => {
    const is = (fact: string) =>
      ({ type: 'comparison', fact, operator: 'equal', by: '', value: '' }) as const;
    let group = partsOf({ all: [] });
    group = changeParts(group, { do: 'add', at: [], part: is('a') });
    group = changeParts(group, {
      do: 'add',
      at: [],
      part: { type: 'group', mode: 'any', parts: [is('b')] },
    });
    group = changeParts(group, { do: 'add', at: [1], part: is('c') });
    group = changeParts(group, { do: 'up', at: [1, 1] });
    group = changeParts(group, { do: 'up', at: [1] });
    expect(conditionOf(group)).toEqual({
      all: [
        {
          any: [
            { fact: 'c', operator: 'equal', value: '' },
            { fact: 'b', operator: 'equal', value: '' },
          ],
        },
        { fact: 'a', operator: 'equal', value: '' },
      ],
    });
    expect(conditionOf(changeParts(group, { do: 'remove', at: [0, 7] }))).toEqual(
      conditionOf(group),
    );
    expect(conditionOf(changeParts(group, { do: 'remove', at: [0] }))).toEqual({
      all: [{ fact: 'a', operator: 'equal', value: '' }],
    });
  });

  it('gives a fact an operator that its type allows', () => {
    const read = readParts(policyKinds.withdrawal.facts, 'when', {
      'when.is': 'all',
      'when.0.fact': 'withdrawal.amount',
      'when.0.operator': 'in',
      'when.0.value': '100.00',
    });
    expect(conditionOf(read)).toEqual({
      all: [{ fact: 'withdrawal.amount', operator: 'equal', value: '100.00' }],
    });
  });
});

function resultOf(when: Condition, facts: Parameters<typeof evaluate>[1]) {
  try {
    const rule = {
      id: 'r',
      title: 't',
      when,
      then: { decision: 'review' as const },
      reason: 'R',
      source: 's',
    };
    const parameters = { minimumAgeYears: 18, screeningAgeHoursMax: 72 };
    const base = { title: 't', parameters, rules: [rule] };
    const policy = compilePolicy('kyc.approval', { base, overlays: [], lists: {} });
    return evaluate(policy, facts).trace[0]?.result;
  } catch {
    return 'refused';
  }
}

describe('the fields of a kind', () => {
  it.each(kinds)('take what ships of %s and give it back as it was: parameters', (kind) => {
    const base = shippedPolicies().find((each) => each.kind === kind && each.layer === 'base');
    const fields = fieldsOf(parameterSchemas[kind]);
    expect(fields.length).toBeGreaterThan(0);
    if (base === undefined) return;
    const { parameters } = looseOf(base.body);
    expect(readFields(fields, 'p', typedFields(fields, 'p', parameters))).toEqual(parameters);
  });

  it.each(kinds.filter((kind) => kind !== 'partner.plan'))(
    'take the rules that ship of %s and give them back as they were',
    (kind) => {
      const then = fieldsOf(thenSchemas[kind]);
      const bodies = shippedPolicies().filter((each) => each.kind === kind);
      const rules = bodies.flatMap(({ body }) => [
        ...listOf(looseOf(body)['rules']).map(looseOf),
        ...listOf(looseOf(body)['changes'])
          .flatMap((each) => looseOf(each)['with'] ?? [])
          .map(looseOf),
      ]);
      // As the editor offers them: with the answers that the rows read.
      const facts = withAnswerFacts(policyKinds[kind].facts, rules);
      for (const rule of rules) {
        const typed = {
          ...Object.fromEntries(
            ['id', 'title', 'reason', 'source'].map((name) => [name, rule[name]]),
          ),
          ...(rule['mandatory'] === true ? { mandatory: 'yes' } : {}),
          ...typedParts(partsOf(rule['when']), 'when'),
          ...typedFields(then, 'then', rule['then']),
        };
        expect(readRule({ facts, then }, typed, rule)).toEqual(rule);
      }
    },
  );

  it('ask for server, group and leverage only where an account is provisioned', () => {
    const fields = fieldsOf(thenSchemas['account.provisioning']);
    const typed = { 'then.decision': 'refuse', 'then.server': 'mt5', 'then.leverage': '30' };
    expect(readFields(fields, 'then', typed)).toEqual({ decision: 'refuse' });
    expect(readFields(fields, 'then', { ...typed, 'then.decision': 'provision' })).toEqual({
      decision: 'provision',
      server: 'mt5',
      leverage: 30,
    });
  });

  it('offer the servers and groups that are known', () => {
    const fields = fieldsOf(thenSchemas['account.provisioning']);
    const offered = fields.flatMap((field) =>
      field.type === 'text' && field.suggests !== undefined ? [[field.name, field.suggests]] : [],
    );
    expect(offered).toEqual([
      ['server', 'server'],
      ['group', 'group'],
    ]);
  });

  it('keep what does not fit as it was typed, and the check says so', () => {
    const fields = fieldsOf(parameterSchemas.screening);
    const parameters = readFields(fields, 'p', { 'p.reviewScore': 'high', 'p.strongScore': '95' });
    expect(parameters).toEqual({ reviewScore: 'high', strongScore: 95 });
    const found = checkPolicy('screening', { title: 't', parameters, rules: [] }, shippedLists);
    expect(found.map(({ pointer }) => pointer)).toEqual(['/parameters/reviewScore']);
  });
});

describe('the rows of a draft', () => {
  const rule = (id: string) => ({
    id,
    title: id,
    when: { all: [] },
    then: { decision: 'review' as const },
    reason: 'R',
    source: 's',
    layer: 'base',
  });
  const below = [rule('one'), rule('two')];
  const stands = (body: unknown) =>
    draftRows('entity', body, below).map(({ id, standing }) => `${id} ${standing}`);

  it('of an overlay are inherited, overridden, off or added, in their order', () => {
    let body: unknown = { title: 't', changes: [] };
    expect(stands(body)).toEqual(['one inherited', 'two inherited']);
    body = changeRows('entity', body, { do: 'override', id: 'two', rule: below[1] ?? {} });
    body = changeRows('entity', body, { do: 'off', id: 'one', reason: 'not here' });
    body = changeRows('entity', body, { do: 'add', id: 'mine', before: 'two' });
    expect(stands(body)).toEqual(['one off', 'mine added', 'two override']);
    body = changeRows('entity', body, { do: 'off', id: 'two', reason: 'nor this' });
    expect(stands(body)).toEqual(['one off', 'mine added', 'two off']);
    body = changeRows('entity', body, { do: 'remove', at: 0 });
    expect(stands(body)).toEqual(['one inherited', 'mine added', 'two off']);
  });

  it('show a change of a rule that is gone below, so that it can be taken away', () => {
    const changes = [{ target: 'rule', mode: 'off', id: 'gone', reason: 'r' }];
    expect(stands({ title: 't', changes })).toEqual(['one inherited', 'two inherited', 'gone off']);
  });
});

describe('the difference between two bodies', () => {
  const { facts } = policyKinds['kyc.approval'];
  const row = (id: string, decision: string) => ({
    id,
    title: `title ${id}`,
    when: { fact: 'client.pep', operator: 'equal', value: true },
    then: { decision },
    reason: 'R',
    source: 's',
  });
  const of = (rules: unknown[], more = {}) => ({
    title: 't',
    parameters: { a: 1 },
    rules,
    ...more,
  });
  const diff = (from: unknown, to: unknown) =>
    diffBodies(facts, 'base', { from, to }).map(
      ({ what, where, words }) => `${what} ${where}: ${words}`,
    );

  it('is said row by row', () => {
    const [a, b, c] = [row('a', 'approve'), row('b', 'review'), row('c', 'reject')];
    expect(diff(of([a, b]), of([{ ...a, then: { decision: 'review' } }, c]))).toEqual([
      'changed row “title a”: decision approve → review',
      'added row “title c”: when politically exposed is yes → reject',
      'removed row “title b”: when politically exposed is yes → review',
    ]);
    expect(diff(of([a, b, c]), of([c, a, b]))).toEqual([
      'moved row “title c”: now before row “title a”',
    ]);
    expect(diff(of([]), of([], { parameters: { a: 2, noticeDays: 3 } }))).toEqual([
      'changed parameter a: 1 → 2',
      'added parameter notice days: 3',
    ]);
  });

  it('is none between a body and itself, and some for every other set of rules', () => {
    fc.assert(
      fc.property(arbitraryRules(), arbitraryRules(), (from, to) => {
        expect(diff(of(from), of(from))).toEqual([]);
        const same = JSON.stringify(from) === JSON.stringify(to);
        if (same) return;
        const words = (rules: typeof from) =>
          JSON.stringify(rules.map(({ id, then, reason }) => [id, then, reason]));
        if (words(from) !== words(to)) expect(diff(of(from), of(to))).not.toEqual([]);
      }),
    );
  });
});

describe('a table of rows', () => {
  it('has the facts that most rows ask about as columns, and one line a row', () => {
    const rules = ['USD', 'EUR', 'GBP', 'CHF', 'JPY', 'AUD'].map((currency) => ({
      when: {
        all: [
          { fact: 'account.currency', operator: 'equal', value: currency },
          { fact: 'client.category', operator: 'in', value: ['retail'] },
        ],
      },
      then: { decision: 'provision', group: `g-${currency}` },
    }));
    const { facts } = policyKinds['account.provisioning'];
    const table = tableOf(facts, rules, ['decision', 'group', 'leverage']);
    expect(table?.facts.map(({ label }) => label)).toEqual(['client category', 'currency']);
    expect(table?.rows[1]).toEqual({
      facts: ['is one of retail', 'EUR'],
      also: '',
      outcomes: ['provision', 'g-EUR'],
    });
  });

  it('is none of rows that have little in common', () => {
    expect(tableOf({}, [], [])).toBeUndefined();
  });
});
