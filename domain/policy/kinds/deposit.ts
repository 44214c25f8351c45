import { type KindDefinition, type RoutedOutcome, type RoutedThen, worstOf } from '../kind';
import { type LimitRate } from '../../payments/limit-rates';
import { riskLevels } from './kyc-approval';

/** `hold` keeps received money apart and starts its return; `refuse` stops the deposit before it is made. */
export const depositDecisions = ['hold', 'refuse', 'review', 'accept'] as const;
export type DepositDecision = (typeof depositDecisions)[number];

export interface DepositParameters {
  readonly referenceCurrency: string;
  /** What an unverified client may deposit in sum; "0.00" = nothing. */
  readonly unverifiedMax: string;
  /** Days from accepted terms or first deposit, whichever is first, to be verified. */
  readonly verifyWithinDays: number;
  readonly depositMin: string;
  /** What other currencies count for in the reference currency; what has no rate, people look at. */
  readonly limitRates?: readonly LimitRate[];
}

/** Decides a deposit, asked twice: when the client requests it and when the money is there. */
export const deposit: KindDefinition<
  RoutedThen<DepositDecision>,
  RoutedOutcome<DepositDecision>,
  DepositParameters
> = {
  kind: 'deposit',
  title: 'Deposits',
  hitPolicy: 'worst',
  facts: {
    'deposit.stage': {
      label: 'stage',
      type: 'text',
      values: ['request', 'received'],
      source: 'deposit',
    },
    'deposit.amount': {
      label: 'amount',
      type: 'money',
      unit: 'reference currency',
      source: 'request',
    },
    'deposit.cumulative': {
      label: 'deposited so far, this one included',
      type: 'money',
      unit: 'reference currency',
      source: 'ledger',
    },
    'deposit.payerOwnName': {
      label: 'paid by the client',
      type: 'boolean',
      source: 'provider, bank statement',
    },
    'client.verified': { label: 'verified', type: 'boolean', source: 'KYC case' },
    'client.daysUnverified': {
      label: 'days since terms accepted or first deposit',
      type: 'number',
      unit: 'days',
      source: 'client record',
    },
    'client.depositRestricted': {
      label: 'a restriction covers deposits',
      type: 'boolean',
      source: 'restrictions',
    },
    'client.openChargebacks': { label: 'open chargebacks', type: 'number', source: 'payments' },
    'risk.level': { label: 'risk level', type: 'text', values: riskLevels, source: 'kyc.risk' },
  },
  required: ['deposit.stage', 'deposit.amount', 'client.verified', 'client.depositRestricted'],
  conclude: (findings) =>
    worstOf(
      {
        precedence: depositDecisions,
        person: 'review',
        automatic: 'accept',
        queue: 'finance',
        dueHours: 24,
      },
      findings,
    ),
};
