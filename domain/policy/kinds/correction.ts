import { correctionKinds, correctionReasons } from '../../ledger/correction';
import { type KindDefinition, type RoutedOutcome, type RoutedThen, worstOf } from '../kind';
import { clientCategories } from './kyc-approval';

/** `post`: whoever asks for it posts it; `review`: another person approves it, or two with four eyes. */
export const correctionDecisions = ['refuse', 'review', 'post'] as const;
export type CorrectionDecision = (typeof correctionDecisions)[number];

export interface CorrectionParameters {
  readonly referenceCurrency: string;
  /** Up to this one colleague alone may charge a fee; "0.00" = never. */
  readonly feeAloneMax: string;
}

/** Decides how many people a movement by hand needs beside the one who asks for it. */
export const correction: KindDefinition<
  RoutedThen<CorrectionDecision>,
  RoutedOutcome<CorrectionDecision>,
  CorrectionParameters
> = {
  kind: 'correction',
  title: 'Movements by hand',
  hitPolicy: 'worst',
  facts: {
    'correction.kind': { label: 'kind', type: 'text', values: correctionKinds, source: 'request' },
    'correction.amount': {
      label: 'amount',
      type: 'money',
      unit: 'reference currency',
      source: 'request',
    },
    'correction.reason': {
      label: 'reason',
      type: 'text',
      values: correctionReasons,
      source: 'request',
    },
    'correction.backdated': {
      label: 'effective before today',
      type: 'boolean',
      source: 'request',
    },
    'account.code': { label: 'account in the ledger', type: 'text', source: 'ledger' },
    'client.category': {
      label: 'client category',
      type: 'text',
      values: clientCategories,
      source: 'classification',
    },
  },
  required: ['correction.kind', 'correction.reason', 'account.code'],
  conclude: (findings) =>
    worstOf(
      {
        precedence: correctionDecisions,
        person: 'review',
        automatic: 'post',
        queue: 'finance',
        dueHours: 24,
      },
      findings,
    ),
};
