import { type KindDefinition, needsPerson, routedReasons } from '../kind';

/**
 * What is done with an account that its holder does not use: `none` leaves it, `notice` tells the holder,
 * `sleep` makes it dormant, `fee` charges it, `wake` makes it active again, `close` closes an empty one,
 * `unclaimed` hands money that nobody comes for to people.
 */
export const dormancyDecisions = [
  'none',
  'notice',
  'sleep',
  'fee',
  'wake',
  'close',
  'unclaimed',
  'review',
] as const;
export type DormancyDecision = (typeof dormancyDecisions)[number];

export interface AccountDormancyThen {
  readonly decision: DormancyDecision;
}

export interface AccountDormancyParameters {
  /** Days without trade, deposit or open position until the holder is told. */
  readonly inactiveDays: number;
  /** Days between the notice and dormancy. */
  readonly noticeDays: number;
  /** Decimal string in the account's currency; never takes a balance below zero. Zero: no fee. */
  readonly feeAmount: string;
  readonly feeEveryDays: number;
  /** Days of dormancy after which an empty account closes and money left is unclaimed. */
  readonly closeAfterDays: number;
}

export interface AccountDormancyOutcome {
  readonly decision: DormancyDecision;
  readonly reasons: readonly string[];
}

/** Decides what is due on an account that is not used; the first rule that holds decides. */
export const accountDormancy: KindDefinition<
  AccountDormancyThen,
  AccountDormancyOutcome,
  AccountDormancyParameters
> = {
  kind: 'account.dormancy',
  title: 'Dormancy',
  hitPolicy: 'first',
  facts: {
    'account.state': {
      label: 'state of the account',
      type: 'text',
      values: ['active', 'dormant'],
      source: 'account',
    },
    'account.inactiveDays': {
      label: 'days since the last trade, deposit or transfer',
      type: 'number',
      unit: 'days',
      source: 'deals and transfers',
    },
    'account.activeSinceDormant': {
      label: 'used since it became dormant',
      type: 'boolean',
      source: 'deals and transfers',
    },
    'account.noticed': { label: 'the holder was told', type: 'boolean', source: 'account' },
    'account.noticeDays': {
      label: 'days since the notice',
      type: 'number',
      unit: 'days',
      source: 'account',
    },
    'account.dormantDays': {
      label: 'days of dormancy',
      type: 'number',
      unit: 'days',
      source: 'account',
    },
    'account.feeDays': {
      label: 'days since dormancy or the last fee on any account of the client',
      type: 'number',
      unit: 'days',
      source: 'fees',
    },
    'account.openPositions': {
      label: 'open positions',
      type: 'number',
      source: 'trading server',
    },
    'account.hasMoney': {
      label: 'the balance is above zero',
      type: 'boolean',
      source: 'trading server',
    },
    'client.pendingWithdrawal': {
      label: 'a withdrawal is pending',
      type: 'boolean',
      source: 'withdrawals',
    },
    'client.legalHold': {
      label: 'a court order or legal hold is in force',
      type: 'boolean',
      source: 'restrictions',
    },
    'client.complaint': {
      label: 'a complaint is open',
      type: 'boolean',
      source: 'restrictions',
    },
    'client.restricted': {
      label: 'a restriction is in force',
      type: 'boolean',
      source: 'restrictions',
    },
  },
  required: [
    'account.state',
    'account.inactiveDays',
    'account.openPositions',
    'account.hasMoney',
    'client.pendingWithdrawal',
    'client.restricted',
  ],
  conclude: (findings) => {
    const hit = findings.hits[0];
    if (needsPerson(findings) || hit === undefined)
      return { decision: 'review', reasons: routedReasons(findings) };
    return { decision: hit.then.decision, reasons: [hit.reason] };
  },
};
