import { limitRates } from './payments';
import { type ShippedPolicy } from './shipped';

const deposited = { fact: 'movement.kind', operator: 'equal', value: 'deposit' } as const;
const withdrawn = { fact: 'movement.kind', operator: 'equal', value: 'withdrawal' } as const;

/** Figures are the house's; what is looked for is what the cited sources name. */
export const amlPolicy: ShippedPolicy<'aml'> = {
  base: {
    title: 'Money laundering',
    parameters: {
      referenceCurrency: 'EUR',
      limitRates,
      velocityCount24h: 10,
      velocityTotal7d: '100000.00',
      structuringBelow: '10000.00',
      structuringBandPercent: 10,
      structuringCount7d: 3,
      passThroughMin: '10000.00',
      passThroughPercent: 80,
      dormantDays: 180,
      dormantAmountMin: '5000.00',
      highRiskAmountMin: '1000.00',
      meansPercentMax: 100,
      // POCA 2002 s. 335(5) and (6); a jurisdiction with other times overrides them.
      consentWorkingDays: 7,
      moratoriumDays: 31,
    },
    rules: [
      {
        id: 'velocity',
        title: 'Many payments, or much money, in a short time',
        when: {
          any: [
            {
              fact: 'velocity.count24h',
              operator: 'greaterThan',
              value: { parameter: 'velocityCount24h' },
            },
            {
              fact: 'velocity.total7d',
              operator: 'greaterThan',
              value: { parameter: 'velocityTotal7d' },
            },
          ],
        },
        then: { decision: 'alert', dueHours: 24 },
        reason: 'VELOCITY',
        source: 'FATF, Risk-based approach for the securities sector (2018), annex C',
      },
      {
        id: 'structuring',
        title: 'Several deposits, each just below the threshold',
        when: {
          all: [
            deposited,
            {
              fact: 'structuring.count7d',
              operator: 'greaterThanInclusive',
              value: { parameter: 'structuringCount7d' },
            },
          ],
        },
        then: { decision: 'alert', dueHours: 24 },
        reason: 'STRUCTURING',
        source: 'Directive (EU) 2015/849 art. 11(b): linked operations; JMLSG part I 5.3',
        mandatory: true,
      },
      {
        id: 'pass-through',
        title: 'Paid in and out again, hardly traded',
        when: {
          all: [
            withdrawn,
            {
              fact: 'movement.amount',
              operator: 'greaterThanInclusive',
              value: { parameter: 'passThroughMin' },
            },
            {
              fact: 'passThrough.percent30d',
              operator: 'greaterThanInclusive',
              value: { parameter: 'passThroughPercent' },
            },
            { fact: 'trading.deals30d', operator: 'lessThan', value: 3 },
          ],
        },
        then: { decision: 'alert', dueHours: 8 },
        reason: 'PASS_THROUGH',
        source: 'FATF, Risk-based approach for the securities sector (2018), annex C',
        mandatory: true,
      },
      {
        id: 'beyond-means',
        title: 'More paid in within a year than the client declared to have',
        when: {
          all: [
            deposited,
            {
              fact: 'sources.depositsPercent12m',
              operator: 'greaterThan',
              value: { parameter: 'meansPercentMax' },
            },
          ],
        },
        then: { decision: 'alert', dueHours: 24 },
        reason: 'BEYOND_MEANS',
        source:
          'FATF recommendation 10, interpretive note 20; JMLSG part I 5.7: consistent with the source of funds',
      },
      {
        id: 'third-party',
        title: 'The instrument is another client’s, too',
        when: { fact: 'movement.thirdParty', operator: 'equal', value: true },
        then: { decision: 'alert', dueHours: 8 },
        reason: 'THIRD_PARTY',
        source: 'FATF recommendation 10; CySEC C721: own name only',
        mandatory: true,
      },
      {
        id: 'high-risk-country',
        title: 'A country with strategic deficiencies',
        when: {
          all: [
            {
              fact: 'movement.amount',
              operator: 'greaterThanInclusive',
              value: { parameter: 'highRiskAmountMin' },
            },
            {
              any: [
                {
                  fact: 'client.residence',
                  operator: 'in',
                  value: { list: 'high_risk_countries' },
                },
                {
                  fact: 'movement.country',
                  operator: 'in',
                  value: { list: 'high_risk_countries' },
                },
              ],
            },
          ],
        },
        then: { decision: 'alert', dueHours: 24 },
        reason: 'HIGH_RISK_COUNTRY',
        source: 'Directive (EU) 2015/849 art. 18a; FATF recommendation 19',
        mandatory: true,
      },
      {
        id: 'dormant-active',
        title: 'Silent for long, and much money at once',
        when: {
          all: [
            {
              fact: 'activity.silentDays',
              operator: 'greaterThanInclusive',
              value: { parameter: 'dormantDays' },
            },
            {
              fact: 'movement.amount',
              operator: 'greaterThanInclusive',
              value: { parameter: 'dormantAmountMin' },
            },
          ],
        },
        then: { decision: 'alert', dueHours: 24 },
        reason: 'DORMANT_THEN_ACTIVE',
        source: 'FFIEC BSA/AML examination manual, appendix F: red flags',
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
