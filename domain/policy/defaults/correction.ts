import { type ShippedPolicy } from './shipped';

const isFee = { fact: 'correction.kind', operator: 'equal', value: 'fee' } as const;

export const correctionPolicy: ShippedPolicy<'correction'> = {
  base: {
    title: 'Movements by hand',
    parameters: { referenceCurrency: 'EUR', feeAloneMax: '25.00' },
    rules: [
      {
        id: 'small-fee',
        title: 'A fee within what one colleague may charge',
        when: {
          all: [
            isFee,
            {
              fact: 'correction.amount',
              operator: 'lessThanInclusive',
              value: { parameter: 'feeAloneMax' },
            },
          ],
        },
        then: { decision: 'post' },
        reason: 'WITHIN_FEE_LIMIT',
        source: 'house rule; terms of business',
      },
      {
        id: 'larger-fee',
        title: 'A fee above it',
        when: {
          all: [
            isFee,
            {
              fact: 'correction.amount',
              operator: 'greaterThan',
              value: { parameter: 'feeAloneMax' },
            },
          ],
        },
        then: { decision: 'review' },
        reason: 'ABOVE_FEE_LIMIT',
        source: 'house rule',
      },
      {
        id: 'second-person',
        title: 'Money is given, taken or taken back by hand',
        when: {
          fact: 'correction.kind',
          operator: 'in',
          value: ['correction', 'reversal'],
        },
        then: { decision: 'review' },
        reason: 'BY_HAND',
        source: 'control over client money: nobody moves it alone',
        mandatory: true,
      },
    ],
  },
  offshore: {
    title: 'Offshore (FSC, FSA)',
    changes: [
      {
        target: 'parameter',
        mode: 'override',
        name: 'referenceCurrency',
        value: 'USD',
        reason: 'The books are in USD.',
      },
    ],
  },
};
