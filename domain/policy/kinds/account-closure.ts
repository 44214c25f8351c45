import { type KindDefinition, type RoutedOutcome, type RoutedThen, worstOf } from '../kind';

export const accountClosureDecisions = ['refuse', 'review', 'approve'] as const;
export type AccountClosureDecision = (typeof accountClosureDecisions)[number];

export interface AccountClosureParameters {
  /** Days between closing and archiving. */
  readonly archiveAfterDays: number;
  /** Days that it may keep positions open before a person is asked what to do; left out, it waits without end. */
  readonly flatWithinDays?: number;
}

/** Decides whether an account may be closed; closing waits until it is flat and its balance is home. */
export const accountClosure: KindDefinition<
  RoutedThen<AccountClosureDecision>,
  RoutedOutcome<AccountClosureDecision>,
  AccountClosureParameters
> = {
  kind: 'account.closure',
  title: 'Account closure',
  hitPolicy: 'worst',
  facts: {
    'closure.askedBy': {
      label: 'who asks',
      type: 'text',
      values: ['client', 'staff', 'process'],
      source: 'request',
    },
    'account.openPositions': {
      label: 'open positions',
      type: 'number',
      source: 'trading server',
    },
    'account.balanceNegative': {
      label: 'the balance is below zero',
      type: 'boolean',
      source: 'trading server',
    },
    'account.hasCredit': {
      label: 'the account holds credit',
      type: 'boolean',
      source: 'trading server',
    },
    'client.legalHold': {
      label: 'a court order or legal hold is in force',
      type: 'boolean',
      source: 'restrictions',
    },
  },
  required: ['account.balanceNegative', 'client.legalHold'],
  conclude: (findings) =>
    worstOf(
      {
        precedence: accountClosureDecisions,
        person: 'review',
        automatic: 'approve',
        queue: 'operations',
        dueHours: 24,
      },
      findings,
    ),
};
