import { type KindDefinition, type RoutedOutcome, type RoutedThen, worstOf } from '../kind';
import { clientCategories } from './kyc-approval';

export const accountTypeDecisions = ['refuse', 'review', 'approve'] as const;
export type AccountTypeDecision = (typeof accountTypeDecisions)[number];

/** Amounts are decimal strings in the account's own currency. */
export interface AccountTypeParameters {
  /** Least equity for the types that ask for one. */
  readonly equityMin: string;
}

/** Decides a change of account type; group and leverage then follow from `account.provisioning`. */
export const accountType: KindDefinition<
  RoutedThen<AccountTypeDecision>,
  RoutedOutcome<AccountTypeDecision>,
  AccountTypeParameters
> = {
  kind: 'account.type',
  title: 'Account type',
  hitPolicy: 'worst',
  facts: {
    'account.type': { label: 'account type now', type: 'text', source: 'account' },
    'account.typeAsked': { label: 'account type asked for', type: 'text', source: 'request' },
    'account.equity': {
      label: 'equity',
      type: 'money',
      unit: 'account currency',
      source: 'trading server',
    },
    'account.openPositions': {
      label: 'open positions',
      type: 'number',
      source: 'trading server',
    },
    'client.category': {
      label: 'client category',
      type: 'text',
      values: clientCategories,
      source: 'classification',
    },
    'client.jurisdiction': {
      label: 'country of residence',
      type: 'country',
      source: 'client record',
    },
    'client.approved': { label: 'KYC approved', type: 'boolean', source: 'KYC case' },
  },
  required: ['account.type', 'account.typeAsked', 'client.category', 'client.approved'],
  conclude: (findings) =>
    worstOf(
      {
        precedence: accountTypeDecisions,
        person: 'review',
        automatic: 'approve',
        queue: 'operations',
        dueHours: 24,
      },
      findings,
    ),
};
