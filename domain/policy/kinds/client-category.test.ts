import { compilePolicy } from '../compile';
import { clientAppropriatenessPolicy } from '../defaults/client-appropriateness';
import { clientCategoryPolicy } from '../defaults/client-category';
import { evaluate } from '../evaluate';
import type { Facts } from '../fact';

const category = compilePolicy('client.category', {
  base: clientCategoryPolicy.base,
  overlays: [],
  lists: {},
});
const test = compilePolicy('client.appropriateness', {
  base: clientAppropriatenessPolicy.base,
  overlays: [],
  lists: {},
});

describe('a wish for another category, as it ships', () => {
  const wish = (facts: Facts) => evaluate(category, { 'client.approved': true, ...facts }).outcome;

  it.each([0, 1])('is refused with %d criteria shown', (criteria) => {
    expect(wish({ 'request.wish': 'professional', 'request.criteria': criteria }).decision).toBe(
      'refuse',
    );
  });

  it.each([2, 3])('is decided by two people with %d', (criteria) => {
    expect(wish({ 'request.wish': 'professional', 'request.criteria': criteria })).toMatchObject({
      decision: 'review',
      fourEyes: true,
    });
  });

  it('is granted at once to whoever wants more protection, verified or not', () => {
    expect(
      wish({ 'request.wish': 'retail', 'request.criteria': 0, 'client.approved': false }).decision,
    ).toBe('grant');
  });

  it('goes to a person where it is not known whether the client is verified', () => {
    expect(
      wish({ 'request.wish': 'retail', 'request.criteria': 0, 'client.approved': null }).decision,
    ).toBe('review');
  });
});

describe('the test of appropriateness, as it ships', () => {
  const score = (facts: Facts) =>
    evaluate(test, { 'questionnaire.answers': ['a: b'], ...facts }).outcome;
  const knows = {
    'answer.choice.leverage_meaning': '300',
    'answer.choice.margin_close': 'Positions are closed',
    'answer.choice.product_trades': 'never',
    'answer.yes_no.finance_profession': false,
  };

  it('is passed by knowledge alone', () => {
    expect(score(knows)).toMatchObject({ decision: 'appropriate', score: 50 });
  });

  it('is passed by practice with some knowledge', () => {
    expect(
      score({
        ...knows,
        'answer.choice.margin_close': 'Nothing',
        'answer.choice.product_trades': 'more than 20 times',
      }).decision,
    ).toBe('appropriate');
  });

  it('is not passed by practice alone', () => {
    expect(
      score({
        ...knows,
        'answer.choice.leverage_meaning': '10',
        'answer.choice.margin_close': 'Nothing',
        'answer.choice.product_trades': 'more than 20 times',
      }),
    ).toMatchObject({ decision: 'not_appropriate', score: 40 });
  });

  it('is not passed by what is not known', () => {
    expect(score({ ...knows, 'answer.choice.leverage_meaning': null })).toMatchObject({
      decision: 'not_appropriate',
      score: 20,
      reasons: expect.arrayContaining(['DATA_MISSING']) as string[],
    });
    expect(score({ ...knows, 'questionnaire.answers': null }).decision).toBe('not_appropriate');
  });
});
