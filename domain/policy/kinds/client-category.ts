import { type KindDefinition, type RoutedOutcome, type RoutedThen, worstOf } from '../kind';
import { clientCategories, riskLevels } from './kyc-approval';

export const categoryDecisions = ['refuse', 'review', 'grant'] as const;
export type CategoryDecision = (typeof categoryDecisions)[number];

export interface ClientCategoryParameters {
  /** What a professional gives up, as the client has to read and acknowledge it. */
  readonly warning: string;
}

/** Decides what becomes of a client's wish to be treated as a professional, or as a retail client again. */
export const clientCategory: KindDefinition<
  RoutedThen<CategoryDecision>,
  RoutedOutcome<CategoryDecision>,
  ClientCategoryParameters
> = {
  kind: 'client.category',
  title: 'Client category on request',
  hitPolicy: 'worst',
  facts: {
    'request.wish': {
      label: 'category that is asked for',
      type: 'text',
      values: clientCategories,
      source: 'the request',
    },
    'request.criteria': {
      label: 'criteria that a paper was handed in for',
      type: 'number',
      source: 'the request',
    },
    'client.approved': { label: 'verified', type: 'boolean', source: 'KYC case' },
    'client.residence': { label: 'country of residence', type: 'country', source: 'registration' },
    'client.appropriate': {
      label: 'trading is appropriate by their last test',
      type: 'boolean',
      source: 'test of appropriateness',
    },
    'risk.level': {
      label: 'risk level',
      type: 'text',
      values: riskLevels,
      source: 'the last assessment or review',
    },
  },
  required: ['request.wish', 'request.criteria', 'client.approved'],
  conclude: (findings) =>
    worstOf(
      {
        ...{ precedence: categoryDecisions, person: 'review', automatic: 'grant' },
        ...{ queue: 'compliance', dueHours: 40 },
      },
      findings,
    ),
};
