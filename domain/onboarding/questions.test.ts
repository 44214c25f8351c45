import { answerProblems, answersAsFact, missingAnswers, type Question } from './questions';

const questions: readonly Question[] = [
  {
    ...{ code: 'source_of_wealth', text: 'Where is your wealth from?', type: 'choice' },
    ...{ choices: ['salary', 'inheritance'], required: true },
  },
  {
    ...{ code: 'from_whom', text: 'From whom?', type: 'text', required: true },
    onlyIf: { question: 'source_of_wealth', is: 'inheritance' },
  },
  { code: 'own_account', text: 'Do you act for yourself?', type: 'yes_no', required: false },
  { code: 'years', text: 'Years of trading', type: 'number', required: false },
];

describe('a questionnaire', () => {
  it.each([
    [{}, ['source_of_wealth']],
    [{ source_of_wealth: '' }, ['source_of_wealth']],
    [{ source_of_wealth: 'salary' }, []],
    [{ source_of_wealth: 'inheritance' }, ['from_whom']],
    [{ source_of_wealth: 'inheritance', from_whom: 'an aunt' }, []],
  ])('misses of %j what is asked and must be answered', (answers, missing) => {
    expect(missingAnswers(questions, answers)).toEqual(missing);
  });

  it.each([
    [{ source_of_wealth: 'lottery' }, 'source_of_wealth'],
    [{ own_account: 'perhaps' }, 'own_account'],
    [{ years: 'many' }, 'years'],
    [{ from_whom: 'x'.repeat(501) }, 'from_whom'],
    [{ nobody_asked: 'x' }, 'nobody_asked'],
  ])('names an answer that cannot be: %j', (answers, code) => {
    expect(answerProblems(questions, answers).map((problem) => problem.code)).toEqual([code]);
  });

  it('takes good answers, and gives them to the rules by their codes', () => {
    const answers = { source_of_wealth: 'salary', own_account: 'yes', years: '3.5' };
    expect(answerProblems(questions, answers)).toEqual([]);
    expect(answersAsFact(answers)).toContain('source_of_wealth: salary');
    expect(answersAsFact(undefined)).toEqual([]);
  });
});
