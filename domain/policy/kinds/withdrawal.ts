import type { LimitRate } from '../../payments/limit-rates';
import { type KindDefinition, type RoutedOutcome, type RoutedThen, worstOf } from '../kind';
import { clientCategories, screeningVerdicts } from './kyc-approval';

export const withdrawalDecisions = ['refuse', 'review', 'approve'] as const;
export type WithdrawalDecision = (typeof withdrawalDecisions)[number];

export const returnOrders = ['FIFO', 'PROPORTIONAL', 'CARD_FIRST'] as const;
export type ReturnOrder = (typeof returnOrders)[number];

/** Amounts are decimal strings in `referenceCurrency`; the facts are converted to it by `limitRates`. */
export interface WithdrawalParameters {
  readonly referenceCurrency: string;
  /** What other currencies count for; a sum in one without a rate is unknown, and goes to a person. */
  readonly limitRates?: readonly LimitRate[];
  readonly autoApproveMax: string;
  readonly autoApproveCount24h: number;
  /** Above these rolling sums, this request included, a second person must approve. */
  readonly fourEyesAbove24h: string;
  readonly fourEyesAbove30d: string;
  /** No automatic approval this long after a changed password, e-mail, second factor, device or instrument. */
  readonly coolingHours: number;
  readonly returnToSource: {
    readonly order: ReturnOrder;
    /** Deposits older than this do not count; null = no window. */
    readonly windowDays: number | null;
  };
  /** Least margin level left behind by a transfer out of a trading account. */
  readonly marginLevelMinPercent: number;
  /** Above this a wallet of the client's own is proven to be theirs before tokens go there. */
  readonly addressProofAbove?: string;
}

/** Decides a withdrawal that holds its money already: pay by itself, a person, two people, or refuse. */
export const withdrawal: KindDefinition<
  RoutedThen<WithdrawalDecision>,
  RoutedOutcome<WithdrawalDecision>,
  WithdrawalParameters
> = {
  kind: 'withdrawal',
  title: 'Withdrawals',
  hitPolicy: 'worst',
  facts: {
    'withdrawal.amount': {
      label: 'amount',
      type: 'money',
      unit: 'reference currency',
      source: 'request',
    },
    'withdrawal.currency': { label: 'currency', type: 'currency', source: 'request' },
    'withdrawal.total24h': {
      label: 'withdrawn in 24 hours, this one included',
      type: 'money',
      unit: 'reference currency',
      source: 'withdrawals',
    },
    'withdrawal.total30d': {
      label: 'withdrawn in 30 days, this one included',
      type: 'money',
      unit: 'reference currency',
      source: 'withdrawals',
    },
    'withdrawal.count24h': {
      label: 'withdrawals in 24 hours, this one included',
      type: 'number',
      source: 'withdrawals',
    },
    'withdrawal.excessToBank': {
      label: 'part that no source can take back',
      type: 'money',
      unit: 'reference currency',
      source: 'return-to-source',
    },
    'withdrawal.toUnprovenAddress': {
      label: "part to a wallet of the client's own that is not proven to be theirs",
      type: 'money',
      unit: 'reference currency',
      source: 'payment instruments',
    },
    'withdrawal.otherSources': {
      label: 'a part goes to a bank while deposits in another currency have not gone back',
      type: 'boolean',
      source: 'return-to-source',
    },
    'withdrawal.fromPartner': {
      label: "from a partner's wallet",
      type: 'boolean',
      source: 'request',
    },
    'instrument.ownName': {
      label: "every destination is in the client's own name",
      type: 'boolean',
      source: 'payment instruments',
    },
    'instrument.expired': {
      label: 'a destination has expired',
      type: 'boolean',
      source: 'payment instruments',
    },
    'client.approved': { label: 'KYC approved', type: 'boolean', source: 'KYC case' },
    'client.kycExpired': { label: 'KYC expired', type: 'boolean', source: 'KYC case' },
    'client.withdrawRestricted': {
      label: 'a restriction covers withdrawals',
      type: 'boolean',
      source: 'restrictions',
    },
    'client.category': {
      label: 'client category',
      type: 'text',
      values: clientCategories,
      source: 'classification',
    },
    'client.openChargebacks': { label: 'open chargebacks', type: 'number', source: 'payments' },
    'client.openAlerts': { label: 'open alerts', type: 'number', source: 'tasks' },
    'security.hoursSinceChange': {
      label: 'time since a password, e-mail, second factor, device or instrument changed',
      type: 'number',
      unit: 'hours',
      source: 'client record',
    },
    'screening.verdict': {
      label: 'sanctions screening',
      type: 'text',
      values: screeningVerdicts,
      source: 'screening with the current list',
    },
  },
  required: [
    'withdrawal.amount',
    'withdrawal.total24h',
    'withdrawal.total30d',
    'withdrawal.count24h',
    'instrument.ownName',
    'client.approved',
    'client.kycExpired',
    'client.withdrawRestricted',
    'client.openChargebacks',
    'security.hoursSinceChange',
    'screening.verdict',
  ],
  conclude: (findings) =>
    worstOf(
      {
        precedence: withdrawalDecisions,
        person: 'review',
        automatic: 'approve',
        queue: 'finance',
        dueHours: 24,
      },
      findings,
    ),
};
