import { isRecord } from '../../domain/record';
import { list, text } from './http';
import type { Staff } from './staff';

/** What the campaign is asked for by, and what of a deposit it gives. */
export const campaign = 'WELCOME';
export const campaignPercent = 20;

const ruleId = 'welcome';

const overlay = {
  title: 'A campaign of the offshore entity',
  changes: [
    {
      ...{ target: 'rule', mode: 'add', before: 'first-deposit' },
      with: {
        ...{ id: ruleId, title: 'Campaign WELCOME' },
        when: {
          all: [
            { fact: 'bonus.origin', operator: 'equal', value: 'deposit' },
            { fact: 'bonus.campaign', operator: 'equal', value: campaign },
            { fact: 'client.bonusesBefore', operator: 'equal', value: 0 },
          ],
        },
        then: { decision: 'grant', percent: campaignPercent, maximum: '50.00' },
        ...{ reason: 'CAMPAIGN', source: 'house rule: the regulator sets none' },
      },
    },
  ],
};

/** One officer drafts the campaign of the offshore entity and another publishes it; once on the same data. */
export async function offerCampaign({ compliance1, compliance2 }: Staff): Promise<void> {
  const inForce = await compliance1.get('/api/v1/policies/in-force/bonus/off');
  const policy = inForce['policy'];
  if (isRecord(policy) && list(policy, 'rules').some((rule) => rule['id'] === ruleId)) return;
  const drafted = await compliance1.post('/api/v1/policies', {
    ...{ kind: 'bonus', layer: 'entity', layerKey: 'off' },
    ...{ body: overlay, note: 'A campaign for those who are new.' },
  });
  const path = `/api/v1/policies/${text(drafted, 'id')}`;
  const submitted = await compliance1.postAt(Number(drafted['revision']), `${path}/submit`);
  await compliance2.postAt(Number(submitted['revision']), `${path}/publish`, { reach: 'new' });
}
