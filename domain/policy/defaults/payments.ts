import { type LimitRate } from '../../payments/limit-rates';
import { type Rule } from '../body';
import { type RoutedThen } from '../kind';
import { type DepositDecision } from '../kinds/deposit';
import { type ShippedPolicy } from './shipped';

/** Round figures for limits alone; no money is exchanged by them. A house sets its own. */
export const limitRates: readonly LimitRate[] = [
  { from: 'USD', to: 'EUR', rate: '1.00' },
  { from: 'GBP', to: 'EUR', rate: '1.25' },
  { from: 'EUR', to: 'USD', rate: '1.10' },
  { from: 'GBP', to: 'USD', rate: '1.30' },
  { from: 'USDT', to: 'USD', rate: '1.00' },
  { from: 'USDC', to: 'USD', rate: '1.00' },
  { from: 'USDT', to: 'EUR', rate: '1.00' },
  { from: 'USDC', to: 'EUR', rate: '1.00' },
  { from: 'KES', to: 'USD', rate: '0.0080' },
  { from: 'EGP', to: 'USD', rate: '0.021' },
  { from: 'IDR', to: 'USD', rate: '0.000065' },
  { from: 'THB', to: 'USD', rate: '0.030' },
  { from: 'MYR', to: 'USD', rate: '0.24' },
];

export const withdrawalPolicy: ShippedPolicy<'withdrawal'> = {
  base: {
    title: 'Withdrawals',
    parameters: {
      referenceCurrency: 'EUR',
      limitRates,
      autoApproveMax: '1000.00',
      autoApproveCount24h: 3,
      fourEyesAbove24h: '10000.00',
      fourEyesAbove30d: '50000.00',
      coolingHours: 72,
      returnToSource: { order: 'FIFO', windowDays: 180 },
      marginLevelMinPercent: 150,
      addressProofAbove: '1000.00',
    },
    rules: [
      {
        id: 'auto',
        title: 'Small, few and in own name',
        when: {
          all: [
            {
              fact: 'withdrawal.amount',
              operator: 'lessThanInclusive',
              value: { parameter: 'autoApproveMax' },
            },
            {
              fact: 'withdrawal.count24h',
              operator: 'lessThanInclusive',
              value: { parameter: 'autoApproveCount24h' },
            },
            { fact: 'instrument.ownName', operator: 'equal', value: true },
            { fact: 'client.approved', operator: 'equal', value: true },
          ],
        },
        then: { decision: 'approve' },
        reason: 'WITHIN_AUTO_LIMITS',
        source: 'house rule',
      },
      {
        id: 'above-auto',
        title: 'Above what is paid by itself',
        when: {
          any: [
            {
              fact: 'withdrawal.amount',
              operator: 'greaterThan',
              value: { parameter: 'autoApproveMax' },
            },
            {
              fact: 'withdrawal.count24h',
              operator: 'greaterThan',
              value: { parameter: 'autoApproveCount24h' },
            },
          ],
        },
        then: { decision: 'review', dueHours: 24 },
        reason: 'ABOVE_AUTO_LIMIT',
        source: 'house rule',
      },
      {
        id: 'four-eyes',
        title: 'Above the rolling limits: two people',
        when: {
          any: [
            {
              fact: 'withdrawal.total24h',
              operator: 'greaterThan',
              value: { parameter: 'fourEyesAbove24h' },
            },
            {
              fact: 'withdrawal.total30d',
              operator: 'greaterThan',
              value: { parameter: 'fourEyesAbove30d' },
            },
          ],
        },
        then: { decision: 'review', dueHours: 24, fourEyes: true },
        reason: 'ABOVE_ROLLING_LIMIT',
        source: 'CySEC C721: control over client money',
        mandatory: true,
      },
      {
        id: 'cooling',
        title: 'Something that guards the account changed lately',
        when: {
          fact: 'security.hoursSinceChange',
          operator: 'lessThan',
          value: { parameter: 'coolingHours' },
        },
        then: { decision: 'review', dueHours: 24 },
        reason: 'RECENT_SECURITY_CHANGE',
        source: 'house rule: account takeover',
      },
      {
        id: 'chargeback',
        title: 'Open chargeback',
        when: { fact: 'client.openChargebacks', operator: 'greaterThan', value: 0 },
        then: { decision: 'review' },
        reason: 'OPEN_CHARGEBACK',
        source: 'house rule',
      },
      {
        id: 'alert',
        title: 'Something unexpected with the money is being looked into',
        when: { fact: 'client.openAlerts', operator: 'greaterThan', value: 0 },
        then: { decision: 'review' },
        reason: 'OPEN_ALERT',
        source: 'house rule',
      },
      {
        id: 'expired-instrument',
        title: 'Paid past an instrument that has expired: evidence, and a second person',
        when: { fact: 'instrument.expired', operator: 'equal', value: true },
        then: { decision: 'review' },
        reason: 'EXPIRED_INSTRUMENT',
        source: 'CySEC C721: back to the source',
        mandatory: true,
      },
      {
        id: 'unproven-address',
        title: "A wallet of the client's own above the limit: proof, and a second person",
        when: {
          fact: 'withdrawal.toUnprovenAddress',
          operator: 'greaterThan',
          value: { parameter: 'addressProofAbove' },
        },
        then: { decision: 'review' },
        reason: 'ADDRESS_NOT_PROVEN',
        source: 'Regulation (EU) 2023/1113 art. 14(5)',
        mandatory: true,
      },
      {
        id: 'other-currency',
        title: 'Exchanged money leaves past the instruments that it came from',
        when: { fact: 'withdrawal.otherSources', operator: 'equal', value: true },
        then: { decision: 'review' },
        reason: 'SOURCE_IN_OTHER_CURRENCY',
        source: 'CySEC C721: back to the source',
      },
      {
        id: 'kyc-expired',
        title: 'KYC is not in order',
        when: {
          any: [
            { fact: 'client.kycExpired', operator: 'equal', value: true },
            { fact: 'client.approved', operator: 'equal', value: false },
          ],
        },
        then: { decision: 'review' },
        reason: 'KYC_NOT_IN_ORDER',
        source: 'AMLR 2024/1624 art. 26',
        mandatory: true,
      },
      {
        id: 'third-party',
        title: "Destination not in the client's own name",
        when: { fact: 'instrument.ownName', operator: 'equal', value: false },
        then: { decision: 'review', fourEyes: true },
        reason: 'NOT_OWN_NAME',
        source: 'CySEC C721',
        mandatory: true,
      },
      {
        id: 'restricted',
        title: 'A restriction covers withdrawals',
        when: { fact: 'client.withdrawRestricted', operator: 'equal', value: true },
        then: { decision: 'review', fourEyes: true },
        reason: 'RESTRICTED',
        source: 'restriction rows',
        mandatory: true,
      },
      {
        // A confirmed hit is frozen and reported, never refunded: so no rule refuses here.
        id: 'sanctions',
        title: 'Screening is not clear',
        when: { fact: 'screening.verdict', operator: 'notEqual', value: 'clear' },
        then: { decision: 'review', dueHours: 4, fourEyes: true },
        reason: 'SANCTIONS_POSSIBLE',
        source: 'Regulation (EU) 2580/2001 art. 2 and others: freeze',
        mandatory: true,
      },
    ],
  },
  offshore: {
    title: 'Offshore (FSC, FSA)',
    changes: (
      [
        ['referenceCurrency', 'USD', 'The books are in USD.'],
        ['autoApproveMax', '5000.00', 'House limit.'],
        ['fourEyesAbove24h', '25000.00', 'House limit.'],
        ['fourEyesAbove30d', '100000.00', 'House limit.'],
        [
          'returnToSource',
          { order: 'CARD_FIRST', windowDays: 120 },
          'Cards are refundable 120 days.',
        ],
      ] as const
    ).map(([name, value, reason]) => ({
      target: 'parameter',
      mode: 'override',
      name,
      value,
      reason,
    })),
  },
};

const unverified = { fact: 'client.verified', operator: 'equal', value: false } as const;
const requested = { fact: 'deposit.stage', operator: 'equal', value: 'request' } as const;
const received = { fact: 'deposit.stage', operator: 'equal', value: 'received' } as const;
const overLimit = {
  fact: 'deposit.cumulative',
  operator: 'greaterThan',
  value: { parameter: 'unverifiedMax' },
} as const;
const tooLate = {
  fact: 'client.daysUnverified',
  operator: 'greaterThan',
  value: { parameter: 'verifyWithinDays' },
} as const;

const lowRiskOnly: Rule<RoutedThen<DepositDecision>> = {
  id: 'unverified-risk',
  title: 'Only low-risk clients may deposit before they are verified',
  when: { all: [unverified, { fact: 'risk.level', operator: 'notEqual', value: 'low' }] },
  then: { decision: 'refuse' },
  reason: 'VERIFY_FIRST',
  source: 'CySEC C721',
};

export const depositPolicy: ShippedPolicy<'deposit'> = {
  base: {
    title: 'Deposits',
    parameters: {
      referenceCurrency: 'EUR',
      unverifiedMax: '0.00',
      verifyWithinDays: 0,
      depositMin: '10.00',
      limitRates,
    },
    rules: [
      {
        id: 'verified',
        title: 'The client is verified',
        when: { fact: 'client.verified', operator: 'equal', value: true },
        then: { decision: 'accept' },
        reason: 'VERIFIED',
        source: 'house rule',
      },
      {
        id: 'unverified-allowed',
        title: 'Not verified yet, within what is allowed',
        when: {
          all: [
            unverified,
            {
              fact: 'deposit.cumulative',
              operator: 'lessThanInclusive',
              value: { parameter: 'unverifiedMax' },
            },
            {
              fact: 'client.daysUnverified',
              operator: 'lessThanInclusive',
              value: { parameter: 'verifyWithinDays' },
            },
          ],
        },
        then: { decision: 'accept' },
        reason: 'UNVERIFIED_ALLOWED',
        source: 'CySEC C721',
      },
      {
        id: 'unverified-refused',
        title: 'Not verified, and the allowance is used up',
        when: { all: [requested, unverified, { any: [overLimit, tooLate] }] },
        then: { decision: 'refuse' },
        reason: 'VERIFY_FIRST',
        source: 'CySEC C721',
        mandatory: true,
      },
      {
        id: 'unverified-held',
        title: 'Money arrived beyond the allowance',
        when: { all: [received, unverified, { any: [overLimit, tooLate] }] },
        then: { decision: 'hold', dueHours: 24 },
        reason: 'VERIFY_FIRST',
        source: 'CySEC C721: the money goes back',
        mandatory: true,
      },
      {
        id: 'third-party',
        title: 'Paid by somebody else',
        when: {
          all: [received, { fact: 'deposit.payerOwnName', operator: 'equal', value: false }],
        },
        then: { decision: 'hold', dueHours: 24 },
        reason: 'THIRD_PARTY_PAYER',
        source: 'CySEC C721: own name only',
        mandatory: true,
      },
      {
        id: 'restricted',
        title: 'A restriction covers deposits',
        when: {
          all: [requested, { fact: 'client.depositRestricted', operator: 'equal', value: true }],
        },
        then: { decision: 'refuse' },
        reason: 'RESTRICTED',
        source: 'restriction rows',
        mandatory: true,
      },
      {
        id: 'restricted-held',
        title: 'Money arrived although deposits are restricted',
        when: {
          all: [received, { fact: 'client.depositRestricted', operator: 'equal', value: true }],
        },
        then: { decision: 'hold', dueHours: 24 },
        reason: 'RESTRICTED',
        source: 'restriction rows',
        mandatory: true,
      },
      {
        id: 'too-small',
        title: 'Below the smallest deposit',
        when: {
          all: [
            requested,
            { fact: 'deposit.amount', operator: 'lessThan', value: { parameter: 'depositMin' } },
          ],
        },
        then: { decision: 'refuse' },
        reason: 'BELOW_MINIMUM',
        source: 'house rule',
      },
    ],
  },
  cysec: {
    title: 'Cyprus (CySEC C721)',
    changes: [
      {
        target: 'parameter',
        mode: 'override',
        name: 'unverifiedMax',
        value: '2000.00',
        reason: 'C721: up to EUR 2,000 in sum before verification.',
      },
      {
        target: 'parameter',
        mode: 'override',
        name: 'verifyWithinDays',
        value: 15,
        reason: 'C721: 15 days from accepted terms or first deposit.',
      },
      { target: 'rule', mode: 'add', with: lowRiskOnly },
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
      {
        target: 'parameter',
        mode: 'override',
        name: 'unverifiedMax',
        value: '5000.00',
        reason: 'House limit.',
      },
      {
        target: 'parameter',
        mode: 'override',
        name: 'verifyWithinDays',
        value: 30,
        reason: 'House limit.',
      },
    ],
  },
};
