import { type Condition } from '../condition';
import { type PartnerFraudParameters, sharedParameters } from '../kinds/partner-fraud';
import { type ShippedPolicy } from './shipped';

const atLeast = (fact: string, parameter: keyof PartnerFraudParameters): Condition => ({
  ...{ fact, operator: 'greaterThanInclusive', value: { parameter } },
});
const above = (fact: string, parameter: keyof PartnerFraudParameters): Condition => ({
  ...{ fact, operator: 'greaterThan', value: { parameter } },
});
const shared = (what: 'Ip' | 'Name' | 'Address'): Condition => ({
  any: [
    { fact: `shared${what}.partner`, operator: 'equal', value: true },
    atLeast(`shared${what}.clients`, `shared${what}Min`),
  ],
});
const manyLots = atLeast('trading.lots', 'lotsMin');

/** Figures are the house's; what is looked for is what the cited sources name. */
export const partnerFraudPolicy: ShippedPolicy<'partner.fraud'> = {
  base: {
    title: 'Fraud in partners’ business',
    parameters: {
      commissionMin: '20.00',
      revenuePercentMax: 100,
      lotsMin: 5,
      lotsPerThousandMax: 200,
      shortSeconds: 120,
      shortMovePoints: 10,
      shortPercentMax: 50,
      oppositeSeconds: 60,
      oppositePercentMax: 50,
      clickSecondsMin: 10,
      ...sharedParameters,
    },
    rules: [
      {
        id: 'self-referral',
        title: 'The client is the partner, or stands too close',
        when: { fact: 'client.relation', operator: 'notEqual', value: 'none' },
        then: { decision: 'hold', dueHours: 48 },
        reason: 'SELF_REFERRAL',
        source:
          'Partner agreement: nothing for oneself and one’s own; ESMA 2018/796 on inducements',
      },
      {
        id: 'phantom-sub-partner',
        title: 'The partner and the one above are the same',
        when: { fact: 'partner.relation', operator: 'notEqual', value: 'none' },
        then: { decision: 'hold', dueHours: 48, fourEyes: true },
        reason: 'PHANTOM_SUB_PARTNER',
        source: 'Partner agreement: one person has one place in the network',
      },
      {
        id: 'paid-above-revenue',
        title: 'Partners get more than the trades brought in',
        when: above('commission.percentOfRevenue', 'revenuePercentMax'),
        then: { decision: 'hold', dueHours: 48 },
        reason: 'PAID_ABOVE_REVENUE',
        source: 'House: all tiers together cost no more than the trade brings in',
      },
      {
        id: 'wash-lots',
        title: 'Lots that were closed at once, or without a move',
        when: { all: [manyLots, above('trading.shortPercent', 'shortPercentMax')] },
        then: { decision: 'hold', dueHours: 48 },
        reason: 'WASH_LOTS',
        source:
          'Commodity Exchange Act s. 4c(a)(2)(A): wash sales; Regulation (EU) 596/2014 art. 12(1)(a)',
      },
      {
        id: 'churning',
        title: 'Far more lots than the deposits explain',
        when: { all: [manyLots, above('trading.lotsPerThousand', 'lotsPerThousandMax')] },
        then: { decision: 'hold', dueHours: 48 },
        reason: 'CHURNING',
        source: 'FCA COBS 9.3.2G: churning; FINRA rule 2111.05(c): turnover rate',
      },
      {
        id: 'opposite-trades',
        title: 'Opposite trades with another client of the same partner',
        when: { all: [manyLots, above('trading.oppositePercent', 'oppositePercentMax')] },
        then: { decision: 'hold', dueHours: 48, fourEyes: true },
        reason: 'OPPOSITE_TRADES',
        source: 'Regulation (EU) 2016/522 annex II: improper matched orders',
      },
      {
        id: 'fast-registration',
        title: 'Registered sooner after the click than anybody can type',
        when: {
          all: [
            { fact: 'registration.clicked', operator: 'equal', value: true },
            {
              fact: 'registration.clickSeconds',
              operator: 'lessThan',
              value: { parameter: 'clickSecondsMin' },
            },
          ],
        },
        then: { decision: 'hold', dueHours: 48 },
        reason: 'FAST_REGISTRATION',
        source: 'MRC invalid traffic guidelines (2020): automated clicks and conversions',
      },
      {
        id: 'shared-ip',
        title: 'The same IP address as the partner, or as many other clients of the partner',
        when: shared('Ip'),
        then: { decision: 'hold', dueHours: 48 },
        reason: 'SHARED_IP',
        source: 'MRC invalid traffic guidelines (2020): traffic of one origin',
      },
      {
        id: 'shared-name',
        title: 'The same name as the partner, or as other clients of the partner',
        when: shared('Name'),
        then: { decision: 'hold', dueHours: 48 },
        reason: 'SHARED_NAME',
        source: 'Partner agreement: a client counts once; nothing for oneself and one’s own',
      },
      {
        id: 'shared-address',
        title: 'The same postal address as the partner, or as other clients of the partner',
        when: shared('Address'),
        then: { decision: 'hold', dueHours: 48 },
        reason: 'SHARED_ADDRESS',
        source: 'Partner agreement: a client counts once; nothing for oneself and one’s own',
      },
    ],
  },
};
