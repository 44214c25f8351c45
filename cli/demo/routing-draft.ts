import { isRecord } from '../../domain/record';
import { list, text } from './http';
import type { Staff } from './staff';

/** Who is asked first for a small card payment in dollars, and who takes it when that one refuses. */
export const secondAccountFrom = 'stripe_2';
export const secondAccountTo = 'stripe';

const ruleId = 'small-dollars';

const overlay = {
  title: 'Small card payments in dollars by the second account',
  changes: [
    {
      ...{ target: 'rule', mode: 'add', before: 'otherwise' },
      with: {
        ...{ id: ruleId, title: 'Small card payments in dollars' },
        when: {
          all: [
            { fact: 'payment.rail', operator: 'equal', value: 'card' },
            { fact: 'payment.currency', operator: 'equal', value: 'USD' },
            { fact: 'payment.amount', operator: 'lessThan', value: '500.00' },
          ],
        },
        then: { decision: 'priority', providers: [secondAccountFrom, secondAccountTo] },
        ...{ reason: 'CHEAPER_THERE', source: 'house rule' },
      },
    },
    {
      // What is refused here is refused on purpose, in each run: the breaker is not to learn from it.
      ...{ target: 'parameter', mode: 'override', name: 'health' },
      reason: 'The demonstration refuses on purpose.',
      value: {
        ...{ windowMinutes: 15, failuresMin: 900, failurePercent: 100, failuresInARow: 900 },
        ...{ slowSeconds: 60, coolDownSeconds: 60, probes: 1, lastResort: true },
      },
    },
  ],
};

/** One officer drafts the routing of the offshore entity and another publishes it; once on the same data. */
export async function preferSecondAccount({ compliance1, compliance2 }: Staff): Promise<void> {
  const inForce = await compliance1.get('/api/v1/policies/in-force/routing.payin/off');
  const policy = inForce['policy'];
  if (isRecord(policy) && list(policy, 'rules').some((rule) => rule['id'] === ruleId)) return;
  const drafted = await compliance1.post('/api/v1/policies', {
    ...{ kind: 'routing.payin', layer: 'entity', layerKey: 'off' },
    ...{ body: overlay, note: 'A second account at the card provider.' },
  });
  const path = `/api/v1/policies/${text(drafted, 'id')}`;
  const submitted = await compliance1.postAt(Number(drafted['revision']), `${path}/submit`);
  await compliance2.postAt(Number(submitted['revision']), `${path}/publish`, { reach: 'new' });
}
