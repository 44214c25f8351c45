import { checkPolicy, parseLayers, parseOverlay, parsePolicy } from './check';
import { compileEffective, compilePolicy } from './compile';
import { demoInstallation } from './defaults/shipped';
import { kycDocumentsPolicy } from './defaults/kyc-documents';
import { shippedLists } from './defaults/lists';
import { shippedPolicies } from './defaults/all';
import { withdrawalDecisions } from './kinds/withdrawal';
import { partnerFraudPolicy } from './defaults/partner-fraud';
import { withdrawalPolicy } from './defaults/payments';
import { PolicyInvalid, type PolicyLayers } from './body';
import { hashPolicy } from './hash';
import { foldLayers } from './layers';
import { type ParametersOf, type ThenOf } from './kinds/registry';

const good = {
  title: 'Screening',
  parameters: { reviewScore: 80, strongScore: 95 },
  rules: [
    {
      id: 'clear',
      title: 'clear',
      when: {
        fact: 'screening.bestScore',
        operator: 'lessThan',
        value: { parameter: 'reviewScore' },
      },
      then: { decision: 'clear' },
      reason: 'NO_MATCH',
      source: 'house rule',
    },
  ],
};

function withWhen(when: unknown): unknown {
  return { ...good, rules: [{ ...good.rules[0], when }] };
}

describe('checkPolicy', () => {
  it('finds nothing wrong with a good body', () => {
    expect(checkPolicy('screening', good, {})).toEqual([]);
  });

  it.each([
    ['a misspelt key', { ...good, rulez: [] }, '', 'schema'],
    [
      'a decision that the kind does not have',
      { ...good, rules: [{ ...good.rules[0], then: { decision: 'approve' } }] },
      '/rules/0/then/decision',
      'schema',
    ],
    [
      'a rule id used twice',
      { ...good, rules: [good.rules[0], good.rules[0]] },
      '/rules/1/id',
      'duplicate_rule',
    ],
    [
      'thresholds the wrong way round',
      { ...good, parameters: { reviewScore: 95, strongScore: 80 } },
      '/parameters',
      'schema',
    ],
    [
      'a fact that is not there',
      withWhen({ fact: 'client.shoeSize', operator: 'equal', value: 1 }),
      '/rules/0/when/fact',
      'unknown_fact',
    ],
    [
      'a fact from the prototype',
      withWhen({ fact: 'constructor', operator: 'equal', value: 1 }),
      '/rules/0/when/fact',
      'unknown_fact',
    ],
    [
      'an operator that does not fit the type',
      withWhen({ not: { fact: 'screening.unscreenable', operator: 'lessThan', value: true } }),
      '/rules/0/when/not/operator',
      'operator_not_allowed',
    ],
    [
      'a value of another type',
      withWhen({ any: [{ fact: 'screening.bestScore', operator: 'lessThan', value: '80' }] }),
      '/rules/0/when/any/0/value',
      'value_type',
    ],
    [
      'a list that is not there',
      withWhen({ fact: 'client.residence', operator: 'in', value: { list: 'mars' } }),
      '/rules/0/when/value',
      'unknown_list',
    ],
    [
      'a parameter that is not there',
      withWhen({ fact: 'screening.bestScore', operator: 'lessThan', value: { parameter: 'nope' } }),
      '/rules/0/when/value',
      'unknown_parameter',
    ],
    ['an any that can never hold', withWhen({ any: [] }), '/rules/0/when', 'never_true'],
    [
      'a lower-case country',
      withWhen({ fact: 'client.residence', operator: 'equal', value: 'cy' }),
      '/rules/0/when/value',
      'value_type',
    ],
    [
      'an unknown required fact',
      { ...good, requires: ['client.shoeSize'] },
      '/requires/0',
      'unknown_fact',
    ],
  ])('names %s and where it is', (_what, body, pointer, code) => {
    expect(checkPolicy('screening', body, {})).toEqual(
      expect.arrayContaining([expect.objectContaining({ pointer, code, severity: 'error' })]),
    );
  });

  it('refuses rules nested without end', () => {
    let when: unknown = { fact: 'screening.bestScore', operator: 'lessThan', value: 1 };
    for (let i = 0; i < 20; i += 1) when = { not: when };
    expect(checkPolicy('screening', withWhen(when), {}).map((p) => p.code)).toContain('too_deep');
  });

  it('refuses a money value written as a number', () => {
    const body = {
      ...withdrawalPolicy.base,
      parameters: { ...withdrawalPolicy.base.parameters, autoApproveMax: 1000 },
    };
    expect(checkPolicy('withdrawal', body, {})).toEqual([
      expect.objectContaining({ pointer: '/parameters/autoApproveMax', code: 'schema' }),
    ]);
  });

  it('says in words what a field that is not chosen yet may be', () => {
    const [first, ...others] = withdrawalPolicy.base.rules;
    const body = { ...withdrawalPolicy.base, rules: [{ ...first, then: {} }, ...others] };
    expect(checkPolicy('withdrawal', body, {})).toEqual([
      {
        pointer: '/rules/0/then/decision',
        code: 'schema',
        detail: `must be one of ${withdrawalDecisions.join(', ')}`,
        severity: 'error',
      },
    ]);
  });

  it('warns of a rule behind one that always holds', () => {
    const rule = {
      id: 'always',
      title: 'always',
      when: { all: [] },
      then: { decision: 'review' },
      reason: 'ALWAYS',
      source: 'house rule',
    };
    const body = {
      title: 'test',
      parameters: { offshoreEntities: [], protectedResidences: [] },
      rules: [rule, { ...rule, id: 'never' }],
    };
    expect(checkPolicy('entity.assignment', body, {})).toEqual([
      expect.objectContaining({ pointer: '/rules/1', code: 'unreachable', severity: 'warning' }),
    ]);
  });
});

describe('layers', () => {
  const base = withdrawalPolicy.base;
  const below: PolicyLayers<ThenOf<'withdrawal'>, ParametersOf<'withdrawal'>> = {
    base,
    overlays: [],
    lists: {},
  };

  it('inherits what is not named, overrides, switches off and adds, each with its layer and reason', () => {
    const cooling = base.rules.find((rule) => rule.id === 'cooling');
    if (cooling === undefined) throw new Error('no such rule');
    const effective = foldLayers('withdrawal', {
      ...below,
      overlays: [
        {
          id: 'entity:x',
          overlay: {
            title: 'x',
            changes: [
              { target: 'rule', mode: 'off', id: 'chargeback', reason: 'cards are not taken' },
              {
                target: 'rule',
                mode: 'override',
                id: 'cooling',
                with: { ...cooling, then: { decision: 'refuse' } },
                reason: 'takeovers',
              },
              {
                target: 'rule',
                mode: 'add',
                before: 'auto',
                with: { ...cooling, id: 'extra' },
              },
              {
                target: 'parameter',
                mode: 'override',
                name: 'coolingHours',
                value: 24,
                reason: 'shorter',
              },
            ],
          },
        },
      ],
    });
    expect(effective.rules.map(({ id, layer }) => `${layer} ${id}`).slice(0, 2)).toEqual([
      'entity:x extra',
      'base auto',
    ]);
    expect(effective.rules.some((rule) => rule.id === 'chargeback')).toBe(false);
    expect(effective.rules.find((rule) => rule.id === 'cooling')).toMatchObject({
      layer: 'entity:x',
      then: { decision: 'refuse' },
    });
    expect(effective.parameters.coolingHours).toBe(24);
    expect(effective.changes).toContainEqual({
      layer: 'entity:x',
      what: 'off chargeback',
      reason: 'cards are not taken',
    });
  });

  it.each([
    [
      'switching off a mandatory rule',
      { target: 'rule', mode: 'off', id: 'four-eyes', reason: 'no' },
      'mandatory_rule',
    ],
    [
      'a rule that is not there',
      { target: 'rule', mode: 'off', id: 'nope', reason: 'no' },
      'unknown_rule',
    ],
    [
      'a parameter that is not there',
      { target: 'parameter', mode: 'override', name: 'nope', value: 1, reason: 'no' },
      'unknown_parameter',
    ],
    [
      'a parameter of the wrong type',
      { target: 'parameter', mode: 'override', name: 'coolingHours', value: 'long', reason: 'no' },
      'schema',
    ],
    [
      'a blank reason',
      { target: 'rule', mode: 'off', id: 'cooling', reason: ' ' },
      'reason_missing',
    ],
  ])('refuses %s', (_what, change, code) => {
    const checked = parseOverlay('withdrawal', below, { title: 'x', changes: [change] });
    expect(checked.ok).toBe(false);
    expect(checked.problems.map((problem) => problem.code)).toContain(code);
  });

  it('refuses to compile a policy with a broken rule', () => {
    const rule = base.rules[0];
    if (rule === undefined) throw new Error('no rule');
    const broken = {
      ...base,
      rules: [{ ...rule, when: { fact: 'nope', operator: 'equal' as const, value: 1 } }],
    };
    expect(() => compilePolicy('withdrawal', { ...below, base: broken })).toThrow(PolicyInvalid);
  });
});

describe('hashPolicy', () => {
  it('does not depend on the order of keys, and does on every value', () => {
    const parsed = parsePolicy('screening', good, {});
    if (!parsed.ok) throw new Error('not parsed');
    const effective = foldLayers('screening', { base: parsed.value, overlays: [], lists: {} });
    const reversed = Object.fromEntries(Object.entries(effective).reverse());
    expect(hashPolicy(reversed)).toBe(hashPolicy(effective));
    expect(hashPolicy({ ...effective, title: 'Other' })).not.toBe(hashPolicy(effective));
    expect(hashPolicy(effective)).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('stored layers', () => {
  it('come back from JSON and compile to the same effective policy, jurisdiction below entity', () => {
    const stored = shippedPolicies()
      .filter(
        (layer) =>
          layer.kind === 'account.provisioning' &&
          (layer.layer !== 'entity' || layer.layerKey === demoInstallation.cysecEntity),
      )
      .map((layer) => JSON.parse(JSON.stringify(layer)));
    const layers = parseLayers('account.provisioning', stored.reverse(), shippedLists);
    const compiled = compilePolicy('account.provisioning', layers);
    expect(compiled.effective.rules.map((rule) => rule.id)).toContain('cy.mt5.standard-retail-usd');
    const pinned = JSON.parse(JSON.stringify(compiled.effective));
    expect(hashPolicy(compileEffective('account.provisioning', pinned).effective)).toBe(
      hashPolicy(compiled.effective),
    );
  });

  it('are refused when the base is not there', () => {
    expect(() => parseLayers('deposit', [], {})).toThrow(PolicyInvalid);
  });
});

describe('kinds of document that a policy asks for', () => {
  const base = kycDocumentsPolicy.base;
  const [first] = base.parameters.requirements;
  const asking = (accepted: string[], kinds?: unknown[]) => ({
    ...base,
    parameters: {
      ...base.parameters,
      requirements: [{ ...first, accepted }],
      ...(kinds === undefined ? {} : { kinds }),
    },
  });
  const emirates = {
    ...{ code: 'emirates_id', name: 'Emirates ID', identity: true, mrz: true, expires: true },
    sides: 2,
  };

  it('have to be known, and an officer can add one', () => {
    const problems = checkPolicy(
      'kyc.documents',
      asking(['passport', 'emirates_id']),
      shippedLists,
    );
    expect(problems).toMatchObject([
      {
        ...{ code: 'unknown_document', severity: 'error' },
        pointer: '/parameters/requirements/0/accepted/1',
      },
    ]);
    const known = asking(['passport', 'emirates_id'], [emirates]);
    expect(checkPolicy('kyc.documents', known, shippedLists)).toEqual([]);
  });

  it('are each named once', () => {
    const twice = asking(['emirates_id'], [emirates, emirates]);
    expect(checkPolicy('kyc.documents', twice, shippedLists)).toMatchObject([
      { code: 'schema', pointer: '/parameters/kinds' },
    ]);
  });
});

it('reads a policy that was written before a parameter was asked for, with its default', () => {
  const { base } = partnerFraudPolicy;
  const { sharedIpMin: _, sharedIpDays: __, ...parameters } = base.parameters;
  const rules = base.rules.filter(({ id }) => !id.startsWith('shared-'));
  const old = { ...base, parameters: { ...parameters, clickSecondsMin: 7 }, rules };
  const layers = parseLayers(
    'partner.fraud',
    [{ layer: 'base', layerKey: '', body: old }],
    shippedLists,
  );
  const { effective } = compilePolicy('partner.fraud', layers);
  expect(effective.parameters).toMatchObject({
    ...{ clickSecondsMin: 7, sharedIpMin: base.parameters.sharedIpMin },
    sharedIpDays: base.parameters.sharedIpDays,
  });
});
