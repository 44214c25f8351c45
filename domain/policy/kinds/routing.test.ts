import { checkPolicy } from '../check';
import { compilePolicy } from '../compile';
import { routingPayinPolicy } from '../defaults/routing';
import { evaluate } from '../evaluate';
import { type Facts } from '../fact';
import { headlineOf } from '../simulation';
import { type Rule } from '../body';
import { type Condition } from '../condition';
import { payoutTaker, type RoutingOutcome, type RoutingThen } from './routing';

const is = (fact: string, value: string): Condition => ({ fact, operator: 'equal', value });

const row = (id: string, when: Condition, then: RoutingThen): Rule<RoutingThen> => ({
  id,
  title: id,
  when,
  then,
  reason: id.toUpperCase(),
  source: 'house rule',
});

const above: Condition = { fact: 'payment.amount', operator: 'greaterThan', value: '5000.00' };

const body = {
  ...routingPayinPolicy.base,
  rules: [
    row('brazil', is('payment.country', 'BR'), { decision: 'none' }),
    row('dollars', is('payment.currency', 'USD'), { decision: 'one', provider: 'b' }),
    row(
      'large',
      { all: [is('payment.currency', 'EUR'), above] },
      { decision: 'priority', providers: ['c', 'a'], only: true },
    ),
    row('germany', is('payment.country', 'DE'), {
      decision: 'split',
      shares: [
        { provider: 'a', percent: 30 },
        { provider: 'c', percent: 70 },
      ],
    }),
    row('rest', { all: [] }, { decision: 'default' }),
  ],
  parameters: { ...routingPayinPolicy.base.parameters, fallback: ['a', 'nowhere', 'b', 'c'] },
};
const policy = compilePolicy('routing.payin', { base: body, overlays: [], lists: {} });

const usual: Facts = {
  'payment.rail': 'card',
  'payment.currency': 'EUR',
  'payment.amount': '100.00',
  'payment.country': 'CY',
  'payment.draw': 10,
  'client.entity': 'cy',
  'client.category': 'retail',
  'client.deposits': 0,
  'providers.known': ['a', 'b', 'c'],
  'providers.otherRail': [],
  'providers.otherCurrency': [],
  'providers.otherCountry': [],
  'providers.outsideLimits': [],
  'providers.stopped': [],
  'providers.unhealthy': [],
  'providers.tried': [],
};
const route = (change: Facts = {}): RoutingOutcome =>
  evaluate(policy, { ...usual, ...change }).outcome;
const takenBy = (change: Facts = {}) => headlineOf(route(change));

describe('routing', () => {
  it.each([
    ['as a rule', {}, 'a'],
    ['another currency', { 'payment.currency': 'USD' }, 'b'],
    ['another country', { 'payment.country': 'DE', 'payment.draw': 50 }, 'c'],
    ['another amount', { 'payment.amount': '5000.01' }, 'c'],
    ['another health', { 'providers.unhealthy': ['a'] }, 'b'],
    ['a stop', { 'providers.stopped': ['a'] }, 'b'],
    ['a refusal', { 'providers.tried': ['a', 'b'] }, 'c'],
    ['limits', { 'providers.outsideLimits': ['a'], 'providers.otherCurrency': ['b'] }, 'c'],
    ['another lot', { 'payment.country': 'DE', 'payment.draw': 29.99 }, 'a'],
    ['a country that nobody takes', { 'payment.country': 'BR' }, 'none'],
    [
      'a list without others',
      { 'payment.amount': '6000', 'providers.stopped': ['a', 'c'] },
      'none',
    ],
  ])('%s: %j → %s', (_, change, provider) => {
    expect(takenBy(change)).toBe(provider);
  });

  it('says whom it names next and why the others are passed over', () => {
    expect(route({ 'providers.unhealthy': ['a'], 'payment.currency': 'USD' })).toEqual({
      decision: 'route',
      provider: 'b',
      alternatives: ['c'],
      passedOver: [{ provider: 'a', reason: 'UNHEALTHY' }],
      reasons: ['DOLLARS'],
    });
  });

  it('sends nothing by half a picture', () => {
    expect(route({ 'payment.country': null })).toMatchObject({
      decision: 'none',
      reasons: ['DATA_MISSING'],
    });
    expect(route({ 'providers.stopped': null })).toMatchObject({ decision: 'none' });
  });

  it.each([
    ['whoever can', { 'payment.currency': 'USD' }, 'b'],
    [
      'one that is stopped, for which it waits',
      { 'payment.amount': '6000', 'providers.stopped': ['a'], 'providers.outsideLimits': ['c'] },
      'a',
    ],
    [
      'the first that is named where none can, and nobody else',
      { 'payment.amount': '6000', 'providers.outsideLimits': ['a', 'c'] },
      'c',
    ],
    ['nobody where the policy says so', { 'payment.country': 'BR' }, undefined],
    ['nobody by half a picture', { 'payment.country': null }, undefined],
  ])('asks for a payout %s', (_, change, taker) => {
    expect(payoutTaker(route(change))).toBe(taker);
  });

  it('refuses a draft with shares that do not come to a hundred, or a provider that there is not', () => {
    const problemsOf = (then: unknown) =>
      checkPolicy(
        'routing.payin',
        {
          ...routingPayinPolicy.base,
          rules: [{ ...row('rest', { all: [] }, { decision: 'default' }), then }],
        },
        {},
      ).map(({ pointer }) => pointer);
    const shares = (a: number, b: number) => ({
      decision: 'split',
      shares: [
        { provider: 'stripe', percent: a },
        { provider: 'bank', percent: b },
      ],
    });
    expect(problemsOf(shares(60, 40))).toEqual([]);
    expect(problemsOf(shares(60, 30))).toEqual(['/rules/0/then/shares']);
    expect(problemsOf({ decision: 'priority', providers: ['stripe', 'strype'] })).toEqual([
      '/rules/0/then/providers/1',
    ]);
  });
});
