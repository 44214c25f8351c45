import { type PolicyBody } from './body';
import { compilePolicy } from './compile';
import { evaluate } from './evaluate';
import { type Facts } from './fact';
import { type KycApprovalParameters, type KycApprovalThen } from './kinds/kyc-approval';

const body: PolicyBody<KycApprovalThen, KycApprovalParameters> = {
  title: 'test',
  parameters: { minimumAgeYears: 18, screeningAgeHoursMax: 72 },
  rules: [
    {
      id: 'clean',
      title: 'clean',
      when: {
        all: [
          { fact: 'screening.verdict', operator: 'equal', value: 'clear' },
          {
            fact: 'client.ageYears',
            operator: 'greaterThanInclusive',
            value: { parameter: 'minimumAgeYears' },
          },
        ],
      },
      then: { decision: 'approve' },
      reason: 'ALL_CHECKS_PASSED',
      source: 'house rule',
    },
    {
      id: 'expiring',
      title: 'expiring',
      when: { fact: 'identity.expiresInDays', operator: 'lessThan', value: 30 },
      then: { decision: 'request', dueHours: 4, queue: 'operations' },
      reason: 'DOC_EXPIRING',
      source: 'house rule',
    },
    {
      id: 'high',
      title: 'high',
      when: { fact: 'risk.level', operator: 'equal', value: 'high' },
      then: { decision: 'escalate', fourEyes: true, dueHours: 8, queue: 'mlro' },
      reason: 'RISK_HIGH',
      source: 'house rule',
    },
  ],
};
const policy = compilePolicy('kyc.approval', { base: body, overlays: [], lists: {} });

const known: Facts = {
  'documents.complete': true,
  'documents.failures': [],
  'identity.checksPassed': true,
  'identity.expiresInDays': 400,
  'client.ageYears': 30,
  'client.pep': false,
  'client.duplicate': false,
  'screening.verdict': 'clear',
  'risk.level': 'low',
};

describe('evaluate', () => {
  it('approves a case whose every check is there and true', () => {
    const result = evaluate(policy, known);
    expect(result.status).toBe('decided');
    expect(result.outcome).toMatchObject({ decision: 'approve', reasons: ['ALL_CHECKS_PASSED'] });
  });

  it('keeps the value seen, the operator and what was expected for every comparison of every rule', () => {
    const { trace } = evaluate(policy, known);
    expect(trace.map(({ ruleId, result }) => [ruleId, result])).toEqual([
      ['clean', 'true'],
      ['expiring', 'false'],
      ['high', 'false'],
    ]);
    expect(trace[0]?.tree).toMatchObject({
      type: 'all',
      of: [
        { fact: 'screening.verdict', operator: 'equal', expected: 'clear', seen: 'clear' },
        { fact: 'client.ageYears', label: 'age', expected: 18, seen: 30, result: 'true' },
      ],
    });
  });

  it('reads a missing age as unknown, never as below 18, and says what is missing', () => {
    const result = evaluate(policy, { ...known, 'client.ageYears': null });
    expect(result.status).toBe('incomplete');
    expect(result.outcome).toMatchObject({ decision: 'review', reasons: ['DATA_MISSING'] });
    expect(result.says).toEqual(['data missing: age']);
  });

  it('reports every hit and lets the gravest decide, with its queue and the shortest due time', () => {
    const result = evaluate(policy, {
      ...known,
      'identity.expiresInDays': 3,
      'risk.level': 'high',
    });
    expect(result.hits.map((hit) => hit.ruleId)).toEqual(['clean', 'expiring', 'high']);
    expect(result.outcome).toEqual({
      decision: 'escalate',
      reasons: ['RISK_HIGH', 'DOC_EXPIRING'],
      queue: 'mlro',
      dueHours: 4,
      fourEyes: true,
    });
  });

  it('makes a value of the wrong type an error for a person, even where another rule approves', () => {
    const result = evaluate(policy, { ...known, 'identity.expiresInDays': 'soon' });
    expect(result.status).toBe('error');
    expect(result.outcome).toMatchObject({ decision: 'review', reasons: ['POLICY_ERROR'] });
    expect(result.errors).toEqual(['rule expiring: identity.expiresInDays is not a finite number']);
  });

  it('hands a case that no rule speaks of to a person', () => {
    const silent = compilePolicy('kyc.approval', {
      base: { ...body, rules: [] },
      overlays: [],
      lists: {},
    });
    expect(evaluate(silent, known).outcome).toMatchObject({
      decision: 'review',
      reasons: ['NO_RULE_APPLIES'],
    });
  });

  it('does not take facts from the prototype of the fact object', () => {
    const facts: Facts = Object.create({ 'client.ageYears': 40 });
    expect(evaluate(policy, facts).missing).toContain('client.ageYears');
  });

  it('lets the first rule that holds decide, and an unknown rule before it stops it', () => {
    const first = compilePolicy('entity.assignment', {
      base: {
        title: 'test',
        parameters: { offshoreEntities: ['off'], protectedResidences: ['DE'] },
        rules: [
          {
            id: 'brand',
            title: 'brand',
            when: { fact: 'client.requestedEntity', operator: 'equal', value: 'cy' },
            then: { decision: 'assign', entity: 'cy' },
            reason: 'BRAND',
            source: 'house rule',
          },
          {
            id: 'rest',
            title: 'rest',
            when: { all: [] },
            then: { decision: 'assign', entity: 'off' },
            reason: 'REST',
            source: 'house rule',
          },
        ],
      },
      overlays: [],
      lists: {},
    });
    const decide = (facts: Facts) => evaluate(first, facts).outcome;
    expect(decide({ 'client.residence': 'TH', 'client.requestedEntity': 'off' })).toEqual({
      decision: 'assign',
      entity: 'off',
      reasons: ['REST'],
    });
    expect(decide({ 'client.residence': 'TH' })).toEqual({
      decision: 'review',
      reasons: ['DATA_MISSING'],
    });
    expect(decide({ 'client.residence': 'DE', 'client.requestedEntity': 'off' })).toEqual({
      decision: 'review',
      reasons: ['OFFSHORE_FOR_PROTECTED_RESIDENT'],
    });
  });

  it('counts the points of an undecided risk rule against the client', () => {
    const risk = compilePolicy('kyc.risk', {
      base: {
        title: 'test',
        parameters: {
          mediumFrom: 20,
          highFrom: 50,
          reviewMonths: { low: 36, medium: 24, high: 12 },
        },
        rules: [
          {
            id: 'pep',
            title: 'pep',
            when: { fact: 'client.pep', operator: 'equal', value: true },
            then: { points: 50 },
            reason: 'RISK_PEP',
            source: 'house rule',
          },
          {
            id: 'big',
            title: 'big',
            when: {
              fact: 'client.expectedDeposit',
              operator: 'greaterThanInclusive',
              value: '50000.00',
            },
            then: { points: 25 },
            reason: 'RISK_BIG',
            source: 'house rule',
          },
        ],
      },
      overlays: [],
      lists: {},
    });
    const facts: Facts = { 'client.pep': false, 'client.residence': 'CY' };
    expect(
      evaluate(risk, { ...facts, 'client.expectedDeposit': '49999.99' }).outcome,
    ).toMatchObject({ decision: 'scored', score: 0, level: 'low', reviewMonths: 36 });
    expect(
      evaluate(risk, { ...facts, 'client.expectedDeposit': '50000.000' }).outcome,
    ).toMatchObject({ decision: 'scored', score: 25, level: 'medium' });
    expect(evaluate(risk, facts).outcome).toMatchObject({
      decision: 'review',
      score: 0,
      scoreMax: 25,
      level: 'medium',
    });
  });
});
