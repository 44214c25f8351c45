import { type EffectiveRule } from '../policy/body';
import { type Condition } from '../policy/condition';
import { campaignsOf } from './campaigns';

const asks = (value: string | readonly string[] | { readonly list: string }): Condition => ({
  fact: 'bonus.campaign',
  operator: typeof value === 'string' ? 'equal' : 'in',
  value,
});

it('finds the campaigns that rules name, however deep, in words or by a list', () => {
  const rule = (when: Condition): EffectiveRule<unknown> => ({
    ...{ id: 'x', title: 'x', when, then: {}, reason: 'X', source: 'x', layer: 'base' },
  });
  const lists = { spring: { version: '1', values: ['SPRING1', 'SPRING2'] } };
  const rules = [
    rule({ all: [{ any: [asks('WELCOME'), { not: asks(['A1', 'none']) }] }] }),
    rule(asks({ list: 'spring' })),
    rule({ fact: 'account.type', operator: 'equal', value: 'PRO' }),
  ];
  expect([...campaignsOf({ rules, lists })]).toEqual(['WELCOME', 'A1', 'SPRING1', 'SPRING2']);
});
