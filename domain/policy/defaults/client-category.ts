import { type ShippedPolicy } from './shipped';

const annexII = 'MiFID II Annex II';

export const clientCategoryPolicy: ShippedPolicy<'client.category'> = {
  base: {
    title: 'Client category on request',
    parameters: {
      warning:
        'As a professional client you lose protections that retail clients have: the limits of leverage, the closing of your positions at half of the margin, the protection against a negative balance, the standard risk warnings and key information documents, and perhaps the right to the investor compensation fund and to an ombudsman. You may lose more than you paid in. You can ask to be a retail client again at any time.',
    },
    rules: [
      {
        id: 'retail.again',
        title: 'Wants to be protected as a retail client again',
        when: { fact: 'request.wish', operator: 'equal', value: 'retail' },
        then: { decision: 'grant' },
        reason: 'RETAIL_AGAIN',
        source: `${annexII} section I (right to more protection)`,
        mandatory: true,
      },
      {
        id: 'professional.too-few',
        title: 'Fewer than two of the three criteria are shown',
        when: {
          all: [
            { fact: 'request.wish', operator: 'equal', value: 'professional' },
            { fact: 'request.criteria', operator: 'lessThan', value: 2 },
          ],
        },
        then: { decision: 'refuse' },
        reason: 'CRITERIA_TOO_FEW',
        source: `${annexII} section II.1`,
        mandatory: true,
      },
      {
        id: 'professional.unverified',
        title: 'Not verified yet',
        when: {
          all: [
            { fact: 'request.wish', operator: 'equal', value: 'professional' },
            { fact: 'client.approved', operator: 'equal', value: false },
          ],
        },
        then: { decision: 'refuse' },
        reason: 'NOT_VERIFIED',
        source: 'house rule',
      },
      {
        id: 'professional.assessed',
        title: 'Two or three criteria: their experience and knowledge are assessed',
        when: {
          all: [
            { fact: 'request.wish', operator: 'equal', value: 'professional' },
            { fact: 'request.criteria', operator: 'greaterThanInclusive', value: 2 },
          ],
        },
        then: { decision: 'review', fourEyes: true },
        reason: 'CRITERIA_SHOWN',
        source: `${annexII} section II.1; house rule: two people`,
      },
    ],
  },
};
