import { platformKinds } from '../../trading/capabilities';
import { type KindDefinition, type RoutedOutcome, type RoutedThen, worstOf } from '../kind';

export const accountMigrationDecisions = ['refuse', 'review', 'approve'] as const;
export type AccountMigrationDecision = (typeof accountMigrationDecisions)[number];

export interface AccountMigrationParameters {
  /** Days that the old account may keep positions open before a person is asked what to do. */
  readonly flatWithinDays: number;
  /**
   * Groups in which only closing is allowed, as their servers spell them: where a platform cannot tell one log-in so,
   * an account that moves is put into the one of its currency while it has positions. None when left out.
   */
  readonly closeOnlyGroups?: readonly string[];
}

/** Decides whether an account moves to another platform; where it goes follows from `account.provisioning`. */
export const accountMigration: KindDefinition<
  RoutedThen<AccountMigrationDecision>,
  RoutedOutcome<AccountMigrationDecision>,
  AccountMigrationParameters
> = {
  kind: 'account.migration',
  title: 'Platform migration',
  hitPolicy: 'worst',
  facts: {
    'platform.from': {
      label: 'platform now',
      type: 'text',
      values: platformKinds,
      source: 'account',
    },
    'platform.to': {
      label: 'platform asked for',
      type: 'text',
      values: platformKinds,
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
    'client.approved': { label: 'KYC approved', type: 'boolean', source: 'KYC case' },
    'client.tradeRestricted': {
      label: 'a restriction covers trading',
      type: 'boolean',
      source: 'restrictions',
    },
  },
  required: ['platform.from', 'platform.to', 'account.balanceNegative', 'client.approved'],
  conclude: (findings) =>
    worstOf(
      {
        precedence: accountMigrationDecisions,
        person: 'review',
        automatic: 'approve',
        queue: 'operations',
        dueHours: 24,
      },
      findings,
    ),
};
