import { type Rule } from '../body';
import { type Condition } from '../condition';
import { type KycRiskThen } from '../kinds/kyc-risk';
import { kycRiskByPlace } from './kyc-jurisdictions';
import { type ShippedPolicy } from './shipped';

function points(
  id: string,
  title: string,
  when: Condition,
  amount: number,
  source = 'EBA/GL/2021/02 risk factors',
): Rule<KycRiskThen> {
  return {
    id,
    title,
    when,
    then: { points: amount },
    reason: `RISK_${id.toUpperCase().replaceAll('-', '_').replaceAll('.', '_')}`,
    source,
  };
}

export const kycRiskPolicy: ShippedPolicy<'kyc.risk'> = {
  base: {
    title: 'KYC risk score',
    parameters: {
      mediumFrom: 25,
      highFrom: 50,
      reviewMonths: { low: 36, medium: 24, high: 12 },
    },
    rules: [
      {
        ...points(
          'pep',
          'Politically exposed',
          { fact: 'client.pep', operator: 'equal', value: true },
          50,
          'AMLR 2024/1624 art. 42',
        ),
        mandatory: true,
      },
      points(
        'country.residence',
        'Lives in a high-risk country',
        { fact: 'client.residence', operator: 'in', value: { list: 'high_risk_countries' } },
        40,
        'AMLR 2024/1624 art. 29; FATF',
      ),
      points(
        'country.nationality',
        'National of a high-risk country',
        { fact: 'client.nationality', operator: 'in', value: { list: 'high_risk_countries' } },
        15,
      ),
      points(
        'deposit.large',
        'Expects to deposit 50,000 or more',
        { fact: 'client.expectedDeposit', operator: 'greaterThanInclusive', value: '50000.00' },
        15,
      ),
      points(
        'deposit.very-large',
        'Expects to deposit 250,000 or more',
        { fact: 'client.expectedDeposit', operator: 'greaterThanInclusive', value: '250000.00' },
        15,
      ),
      points(
        'funds.source',
        'Source of funds that is hard to trace',
        { fact: 'client.fundsSource', operator: 'in', value: ['crypto', 'gambling', 'other'] },
        20,
      ),
      points(
        'occupation',
        'Occupation with a high risk',
        { fact: 'client.occupationRisk', operator: 'equal', value: 'high' },
        20,
      ),
      points(
        'media.grave',
        'Something grave was published about them',
        { fact: 'media.worst', operator: 'equal', value: 'high' },
        50,
        'EBA/GL/2021/02 para. 2.5; FATF guidance on the risk-based approach',
      ),
      points(
        'media.serious',
        'Something serious was published about them',
        { fact: 'media.worst', operator: 'equal', value: 'medium' },
        25,
        'EBA/GL/2021/02 para. 2.5',
      ),
      points(
        'screening',
        'Screening is not clear',
        { fact: 'screening.verdict', operator: 'notEqual', value: 'clear' },
        30,
      ),
    ],
  },
  ...kycRiskByPlace,
  offshore: {
    title: 'Offshore (FSC, FSA)',
    changes: [
      {
        target: 'parameter',
        mode: 'override',
        name: 'mediumFrom',
        value: 30,
        reason: 'The clientele is international: nationality alone does not make it medium.',
      },
    ],
  },
};
