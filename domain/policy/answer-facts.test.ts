import type { Question } from '../onboarding/questions';
import { answerFact, answerFactId, answerFacts, withQuestions } from './answer-facts';
import type { Rule } from './body';
import { checkPolicy } from './check';
import { compilePolicy } from './compile';
import type { Condition } from './condition';
import { kycApprovalPolicy } from './defaults/kyc-approval';
import { shippedLists } from './defaults/lists';
import { evaluate } from './evaluate';
import type { Facts } from './fact';
import { kycApproval, type KycApprovalThen } from './kinds/kyc-approval';

const questions: readonly Question[] = [
  { code: 'income', text: 'Income a year?', type: 'number', required: true },
  { code: 'since', text: 'Since when?', type: 'date', required: true },
  { code: 'wealth', text: 'From?', type: 'choice', choices: ['work', 'estate'], required: true },
  { code: 'assets', text: 'What?', type: 'choices', choices: ['gold', 'art'], required: false },
  { code: 'taxed', text: 'Taxed?', type: 'yes_no', required: false },
  { code: 'more', text: 'More?', type: 'text', required: false },
  {
    ...{ code: 'estate_of', text: 'How much?', type: 'number', required: false },
    onlyIf: { question: 'wealth', is: 'estate' },
  },
];
const answers = {
  ...{ income: '12000.50', since: '2019-03-31', wealth: 'estate', assets: ['gold', 'art'] },
  ...{ taxed: 'no', more: 'words', estate_of: '7' },
};

const { base } = kycApprovalPolicy;

/** The shipped policy with one row more. */
function withRow(when: Condition) {
  const row: Rule<KycApprovalThen> = {
    ...{ id: 'asked', title: 'Asked', when, then: { decision: 'review' } },
    ...{ reason: 'DATA_MISSING', source: 'house rule' },
  };
  return { ...base, rules: [...base.rules, row] };
}

const clean: Facts = {
  ...{ 'documents.complete': true, 'documents.failures': [], 'identity.checksPassed': true },
  ...{ 'client.ageYears': 30, 'client.pep': false, 'client.duplicate': false },
  ...{ 'screening.verdict': 'clear', 'screening.ageHours': 0, 'risk.level': 'low' },
};

function decisionOf(when: Condition, given: typeof answers | undefined) {
  const policy = compilePolicy('kyc.approval', {
    ...{ base: withRow(when), overlays: [], lists: shippedLists },
  });
  const { outcome, says } = evaluate(policy, { ...clean, ...answerFacts(questions, given) });
  return [outcome.decision, says];
}

describe('answers to a questionnaire', () => {
  it('are facts of their own types', () => {
    expect(answerFacts(questions, answers)).toEqual({
      'answer.number.income': 12000.5,
      'answer.date.since': '2019-03-31',
      'answer.choice.wealth': 'estate',
      'answer.choices.assets': ['gold', 'art'],
      'answer.yes_no.taxed': false,
      'answer.number.estate_of': 7,
    });
    expect(answerFacts(questions, { ...answers, wealth: 'work' })).not.toHaveProperty([
      'answer.number.estate_of',
    ]);
    expect(answerFacts(questions, undefined)).toEqual({});
  });

  it.each([
    ['a number', { fact: 'answer.number.income', operator: 'greaterThan', value: 12_000 }],
    ['a day', { fact: 'answer.date.since', operator: 'lessThan', value: '2019-04-01' }],
    ['a choice', { fact: 'answer.choice.wealth', operator: 'in', value: ['estate'] }],
    ['several', { fact: 'answer.choices.assets', operator: 'contains', value: 'art' }],
    ['yes or no', { fact: 'answer.yes_no.taxed', operator: 'equal', value: false }],
  ] as const)('are compared as %s', (_what, when) => {
    expect(decisionOf(when, answers)).toEqual(['review', []]);
    expect(decisionOf({ not: when }, answers)).toEqual(['approve', []]);
  });

  it('that are not there are not known, and a person decides', () => {
    const when: Condition = { fact: 'answer.number.income', operator: 'greaterThan', value: 1 };
    expect(decisionOf(when, undefined)).toEqual(['review', ['data missing: the answer “income”']]);
  });

  it.each([
    ['number', 'answer.number.income', 'greaterThan', 'a lot', 'value_type'],
    ['date', 'answer.date.since', 'lessThan', '2019-02-30', 'value_type'],
    ['list', 'answer.choices.assets', 'equal', 'art', 'operator_not_allowed'],
    ['type of question', 'answer.text.more', 'equal', 'x', 'unknown_fact'],
  ] as const)('are checked: a wrong %s', (_what, fact, operator, value, code) => {
    const found = checkPolicy('kyc.approval', withRow({ fact, operator, value }), shippedLists);
    expect(found.map((problem) => problem.code)).toContain(code);
  });

  it('contradict each other as days do', () => {
    const when: Condition = {
      all: [
        { fact: 'answer.date.since', operator: 'lessThan', value: '2019-01-01' },
        { fact: 'answer.date.since', operator: 'greaterThan', value: '2020-01-01' },
      ],
    };
    const found = checkPolicy('kyc.approval', withRow(when), shippedLists);
    expect(found.map((problem) => problem.code)).toContain('contradiction');
  });

  it('are offered in the words of their questions, and only where answers are read', () => {
    const offered = withQuestions(kycApproval.facts, questions);
    expect(offered['answer.choice.wealth']).toMatchObject({
      ...{ label: 'answer: From?', type: 'text', values: ['work', 'estate'] },
    });
    expect(withQuestions({}, questions)).toEqual({});
    expect(questions.flatMap((question) => answerFactId(question) ?? [])).toHaveLength(6);
    expect(answerFact('client.pep')).toBeUndefined();
  });
});
