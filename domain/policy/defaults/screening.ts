import { type ShippedPolicy } from './shipped';

export const screeningPolicy: ShippedPolicy<'screening'> = {
  base: {
    title: 'Sanctions screening',
    // docs/screening.md says what was measured at this threshold, and on what.
    parameters: { reviewScore: 84, strongScore: 94 },
    rules: [
      {
        id: 'clear',
        title: 'Nobody on the list comes near',
        when: {
          all: [
            {
              fact: 'screening.bestScore',
              operator: 'lessThan',
              value: { parameter: 'reviewScore' },
            },
            { fact: 'screening.unscreenable', operator: 'equal', value: false },
          ],
        },
        then: { decision: 'clear' },
        reason: 'NO_MATCH',
        source: 'house thresholds',
      },
      {
        id: 'possible',
        title: 'Somebody on the list comes near',
        when: {
          fact: 'screening.bestScore',
          operator: 'greaterThanInclusive',
          value: { parameter: 'reviewScore' },
        },
        then: { decision: 'review', dueHours: 8, fourEyes: true },
        reason: 'SANCTIONS_POSSIBLE',
        source: 'OFAC Compliance Framework 2019; EU best practices on restrictive measures',
        mandatory: true,
      },
      {
        id: 'strong',
        title: 'Nearly the name of somebody on the list, and more agrees',
        when: {
          all: [
            {
              fact: 'screening.bestScore',
              operator: 'greaterThanInclusive',
              value: { parameter: 'strongScore' },
            },
            { fact: 'screening.qualifierAgrees', operator: 'equal', value: true },
          ],
        },
        then: { decision: 'escalate', dueHours: 4, fourEyes: true },
        reason: 'SANCTIONS_POSSIBLE',
        source: 'OFAC Compliance Framework 2019; EU best practices on restrictive measures',
        mandatory: true,
      },
      {
        id: 'unreadable',
        title: 'No Latin form of the name to compare',
        when: { fact: 'screening.unscreenable', operator: 'equal', value: true },
        then: { decision: 'review', dueHours: 8 },
        reason: 'SANCTIONS_POSSIBLE',
        source: 'house rule',
        mandatory: true,
      },
    ],
  },
};
