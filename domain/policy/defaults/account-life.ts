import { type PolicyOverlay } from '../body';
import { type Condition } from '../condition';
import { type AccountDormancyThen } from '../kinds/account-dormancy';
import { closeOnlyGroups } from './account-groups';
import { type ShippedPolicy } from './shipped';

const is = (fact: string, value: string | number | boolean): Condition => ({
  fact,
  operator: 'equal',
  value,
});

const atLeast = (fact: string, parameter: string): Condition => ({
  fact,
  operator: 'greaterThanInclusive',
  value: { parameter },
});

const notApproved = {
  id: 'not-approved',
  title: 'KYC comes first',
  when: is('client.approved', false),
  then: { decision: 'refuse' },
  reason: 'KYC_NOT_APPROVED',
  source: 'AMLR 2024/1624 art. 23',
  mandatory: true,
} as const;

/** A change of type: small accounts stay what they are, and open positions make a person look. */
export const accountTypePolicy: ShippedPolicy<'account.type'> = {
  base: {
    title: 'Account type',
    parameters: { equityMin: '500.00' },
    rules: [
      notApproved,
      {
        id: 'same-type',
        title: 'It has this type already',
        when: {
          any: [
            { all: [is('account.type', 'standard'), is('account.typeAsked', 'standard')] },
            { all: [is('account.type', 'pro'), is('account.typeAsked', 'pro')] },
            { all: [is('account.type', 'swap_free'), is('account.typeAsked', 'swap_free')] },
          ],
        },
        then: { decision: 'refuse' },
        reason: 'SAME_TYPE',
        source: 'house rule',
      },
      {
        id: 'demo-stays-demo',
        title: 'A demo account stays one',
        when: {
          any: [is('account.type', 'demo'), is('account.typeAsked', 'demo')],
        },
        then: { decision: 'refuse' },
        reason: 'DEMO_ACCOUNT',
        source: 'house rule',
      },
      {
        id: 'small-for-pro',
        title: 'Too little equity for a pro account',
        when: {
          all: [
            is('account.typeAsked', 'pro'),
            { fact: 'account.equity', operator: 'lessThan', value: { parameter: 'equityMin' } },
          ],
        },
        then: { decision: 'refuse' },
        reason: 'EQUITY_TOO_SMALL',
        source: 'house rule',
      },
      {
        id: 'open-positions',
        title: 'Open positions would change their conditions',
        when: { fact: 'account.openPositions', operator: 'greaterThan', value: 0 },
        then: { decision: 'review', dueHours: 24 },
        reason: 'OPEN_POSITIONS',
        source: 'house rule',
      },
      {
        id: 'otherwise',
        title: 'Nothing stands against it',
        when: { all: [] },
        then: { decision: 'approve' },
        reason: 'TYPE_ALLOWED',
        source: 'house rule',
      },
    ],
  },
};

/** A move to another platform: never with a balance below zero, and credit is settled by a person first. */
export const accountMigrationPolicy: ShippedPolicy<'account.migration'> = {
  base: {
    title: 'Platform migration',
    parameters: { flatWithinDays: 14, closeOnlyGroups },
    rules: [
      notApproved,
      {
        id: 'negative',
        title: 'The balance is below zero',
        when: is('account.balanceNegative', true),
        then: { decision: 'refuse' },
        reason: 'NEGATIVE_BALANCE',
        source: 'house rule',
      },
      {
        id: 'restricted',
        title: 'Trading is restricted',
        when: is('client.tradeRestricted', true),
        then: { decision: 'review' },
        reason: 'IN_REVIEW',
        source: 'house rule',
      },
      {
        id: 'credit',
        title: 'Credit does not move by itself',
        when: is('account.hasCredit', true),
        then: { decision: 'review' },
        reason: 'CREDIT_ON_ACCOUNT',
        source: 'house rule',
      },
      {
        id: 'otherwise',
        title: 'Nothing stands against it',
        when: { all: [] },
        then: { decision: 'approve' },
        reason: 'MIGRATION_ALLOWED',
        source: 'house rule',
      },
    ],
  },
};

/** Closing: anybody may leave, unless the law holds the account. */
export const accountClosurePolicy: ShippedPolicy<'account.closure'> = {
  base: {
    title: 'Account closure',
    parameters: { archiveAfterDays: 30, flatWithinDays: 14 },
    rules: [
      {
        id: 'legal-hold',
        title: 'A court order or legal hold is in force',
        when: is('client.legalHold', true),
        then: { decision: 'review', dueHours: 24 },
        reason: 'IN_REVIEW',
        source: 'UK MLR reg. 40; house rule',
        mandatory: true,
      },
      {
        id: 'negative',
        title: 'The balance is below zero',
        when: is('account.balanceNegative', true),
        then: { decision: 'review' },
        reason: 'NEGATIVE_BALANCE',
        source: 'house rule',
      },
      {
        id: 'credit',
        title: 'Credit must be taken back first',
        when: is('account.hasCredit', true),
        then: { decision: 'review' },
        reason: 'CREDIT_ON_ACCOUNT',
        source: 'house rule',
      },
      {
        id: 'otherwise',
        title: 'Nothing stands against it',
        when: { all: [] },
        then: { decision: 'approve' },
        reason: 'CLOSURE_ALLOWED',
        source: 'house rule',
      },
    ],
  },
};

/**
 * Below zero without positions: where the regime protects them the house pays for retail clients, elsewhere the
 * wallet does, after a letter. What looks like abuse of the protection is for two people, never refused by rule.
 */
export const accountNegativeBalancePolicy: ShippedPolicy<'account.negative_balance'> = {
  base: {
    title: 'Negative balance',
    parameters: { madeGoodMax: 2, offsetNoticeDays: 3 },
    rules: [
      {
        id: 'opposite-trades',
        title: 'Another account of the client won what this one lost',
        when: { fact: 'client.oppositeTrades', operator: 'greaterThan', value: 0 },
        then: { decision: 'review' },
        reason: 'SUSPECTED_ABUSE',
        source: 'house rule',
      },
      {
        id: 'again-and-again',
        title: 'The house has paid for this client before',
        when: atLeast('client.madeGoodBefore', 'madeGoodMax'),
        then: { decision: 'review' },
        reason: 'SUSPECTED_ABUSE',
        source: 'house rule',
      },
      {
        id: 'protected',
        title: 'A protected retail client',
        when: {
          all: [is('regime.negativeBalanceProtection', true), is('client.category', 'retail')],
        },
        then: { decision: 'make_good' },
        reason: 'NEGATIVE_BALANCE_PROTECTION',
        source: 'ESMA 2018/796 art. 2; ASIC 2020/986; FCA COBS 22.5',
        mandatory: true,
      },
      {
        id: 'wallet-covers',
        title: 'The wallet covers it',
        when: is('wallet.covers', true),
        then: { decision: 'offset' },
        reason: 'OFFSET_FROM_WALLET',
        source: 'house rule; terms of business',
      },
      {
        id: 'otherwise',
        title: 'Nobody is known to pay for it',
        when: { all: [] },
        then: { decision: 'review' },
        reason: 'NEGATIVE_BALANCE',
        source: 'house rule',
      },
    ],
  },
};

/** No fee where the FCA watches over it: a fee that earns nothing for the client is hard to call fair value. */
const noFeeInTheUk: PolicyOverlay<AccountDormancyThen> = {
  title: 'Dormancy in the United Kingdom',
  changes: [
    {
      target: 'parameter',
      mode: 'override',
      name: 'feeAmount',
      value: '0.00',
      reason: 'Consumer duty (PRIN 2A.4, price and value); a fee is a decision of its own.',
    },
  ],
};

/** 180 days, a notice, 30 days, then 10 every 30 days, never below zero; after a year an empty one closes. */
export const accountDormancyPolicy: ShippedPolicy<'account.dormancy'> = {
  base: {
    title: 'Dormancy',
    parameters: {
      inactiveDays: 180,
      noticeDays: 30,
      feeAmount: '10.00',
      feeEveryDays: 30,
      closeAfterDays: 365,
    },
    rules: [
      {
        id: 'used-again',
        title: 'It was used since it became dormant',
        when: {
          all: [
            is('account.state', 'dormant'),
            {
              any: [
                is('account.activeSinceDormant', true),
                { fact: 'account.openPositions', operator: 'greaterThan', value: 0 },
              ],
            },
          ],
        },
        then: { decision: 'wake' },
        reason: 'USED_AGAIN',
        source: 'house rule',
      },
      {
        id: 'open-position',
        title: 'An open position is activity',
        when: { fact: 'account.openPositions', operator: 'greaterThan', value: 0 },
        then: { decision: 'none' },
        reason: 'OPEN_POSITIONS',
        source: 'house rule',
      },
      {
        id: 'on-hold',
        title: 'A legal hold or a complaint: nothing is charged and nobody is written to',
        when: { any: [is('client.legalHold', true), is('client.complaint', true)] },
        then: { decision: 'none' },
        reason: 'ON_HOLD',
        source: 'UK MLR reg. 40; FCA DISP 1.4; house rule',
        mandatory: true,
      },
      {
        id: 'something-pending',
        title: 'A withdrawal is pending or a restriction is in force',
        when: { any: [is('client.pendingWithdrawal', true), is('client.restricted', true)] },
        then: { decision: 'none' },
        reason: 'SOMETHING_PENDING',
        source: 'house rule',
      },
      {
        id: 'empty-for-long',
        title: 'Dormant for long and empty',
        when: {
          all: [
            is('account.state', 'dormant'),
            is('account.hasMoney', false),
            atLeast('account.dormantDays', 'closeAfterDays'),
          ],
        },
        then: { decision: 'close' },
        reason: 'DORMANT_AND_EMPTY',
        source: 'house rule',
      },
      {
        id: 'money-for-long',
        title: 'Dormant for long with money left',
        when: {
          all: [
            is('account.state', 'dormant'),
            is('account.hasMoney', true),
            atLeast('account.dormantDays', 'closeAfterDays'),
          ],
        },
        then: { decision: 'unclaimed' },
        reason: 'UNCLAIMED_MONEY',
        source: 'house rule; CASS 7.11 for client money',
      },
      {
        id: 'fee-due',
        title: 'A fee is due',
        when: {
          all: [
            is('account.state', 'dormant'),
            is('account.hasMoney', true),
            atLeast('account.feeDays', 'feeEveryDays'),
          ],
        },
        then: { decision: 'fee' },
        reason: 'DORMANCY_FEE',
        source: 'house rule; terms of business',
      },
      {
        id: 'notice-over',
        title: 'The notice has run out',
        when: {
          all: [
            is('account.state', 'active'),
            is('account.noticed', true),
            atLeast('account.noticeDays', 'noticeDays'),
            atLeast('account.inactiveDays', 'inactiveDays'),
          ],
        },
        then: { decision: 'sleep' },
        reason: 'NOT_USED',
        source: 'house rule; terms of business',
      },
      {
        id: 'notice-due',
        title: 'Not used for long',
        when: {
          all: [
            is('account.state', 'active'),
            is('account.noticed', false),
            atLeast('account.inactiveDays', 'inactiveDays'),
          ],
        },
        then: { decision: 'notice' },
        reason: 'NOT_USED',
        source: 'house rule; terms of business',
      },
      {
        id: 'otherwise',
        title: 'Nothing is due',
        when: { all: [] },
        then: { decision: 'none' },
        reason: 'NOTHING_DUE',
        source: 'house rule',
      },
    ],
  },
  uk: noFeeInTheUk,
};
