import { type ShippedPolicy } from './shipped';

export const exchangePolicy: ShippedPolicy<'exchange'> = {
  base: {
    title: 'Currency exchange',
    parameters: { spreadBasisPoints: 50, quoteSeconds: 30, rateAgeSecondsMax: 60 },
    rules: [
      {
        id: 'approved',
        title: 'The client is approved',
        when: { fact: 'client.approved', operator: 'equal', value: true },
        then: { decision: 'offer' },
        reason: 'APPROVED',
        source: 'house rule',
      },
      {
        id: 'not-approved',
        title: 'KYC is not approved',
        when: { fact: 'client.approved', operator: 'equal', value: false },
        then: { decision: 'refuse' },
        reason: 'VERIFY_FIRST',
        source: 'CySEC C721: before verification money only comes in and goes back',
        mandatory: true,
      },
      {
        id: 'chargeback',
        title: 'Open chargeback',
        when: { fact: 'client.openChargebacks', operator: 'greaterThan', value: 0 },
        then: { decision: 'refuse' },
        reason: 'OPEN_CHARGEBACK',
        source: 'house rule',
      },
    ],
  },
};
