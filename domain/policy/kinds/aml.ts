import { type LimitRate } from '../../payments/limit-rates';
import {
  type KindDefinition,
  needsPerson,
  type RoutedOutcome,
  type RoutedThen,
  worstOf,
} from '../kind';
import { clientCategories, riskLevels } from './kyc-approval';

/** `hold` stops what the client has until the MLRO decides; `alert` asks the MLRO while everything goes on. */
export const amlDecisions = ['hold', 'alert', 'clear'] as const;
export type AmlDecision = (typeof amlDecisions)[number];

export const movementKinds = ['deposit', 'withdrawal'] as const;
export type MovementKind = (typeof movementKinds)[number];

export interface AmlParameters {
  readonly referenceCurrency: string;
  /** What other currencies count for in the reference currency; what has no rate, the MLRO looks at. */
  readonly limitRates?: readonly LimitRate[];
  /** So many payments in and out within 24 hours are fast. */
  readonly velocityCount24h: number;
  readonly velocityTotal7d: string;
  /** Sums just below it are counted: `structuring.count7d`. */
  readonly structuringBelow: string;
  /** How far below still is just below. */
  readonly structuringBandPercent: number;
  readonly structuringCount7d: number;
  /** Below this, money that goes out untraded is nobody's concern. */
  readonly passThroughMin: string;
  readonly passThroughPercent: number;
  readonly dormantDays: number;
  readonly dormantAmountMin: string;
  readonly highRiskAmountMin: string;
  /** Deposits of 12 months above so much of what the client declared to have are looked at. */
  readonly meansPercentMax?: number;
  /** Working days in which nothing is done after the authority was asked for its consent. */
  readonly consentWorkingDays: number;
  /** Days in which nothing is done after it refused; the day of the refusal is the first. */
  readonly moratoriumDays: number;
}

/**
 * Looks at a client's money after each movement of it. Every hit is told; nothing that was not known is clear, and no
 * rule that speaks is: whoever has done nothing of what the rules name is.
 */
export const aml: KindDefinition<
  RoutedThen<AmlDecision>,
  RoutedOutcome<AmlDecision>,
  AmlParameters
> = {
  kind: 'aml',
  title: 'Money laundering',
  hitPolicy: 'worst',
  facts: {
    'movement.kind': {
      label: 'movement',
      type: 'text',
      values: movementKinds,
      source: 'deposit, withdrawal',
    },
    'movement.amount': {
      label: 'amount',
      type: 'money',
      unit: 'reference currency',
      source: 'deposit, withdrawal',
    },
    'movement.thirdParty': {
      label: 'the instrument is on record as another client’s, too',
      type: 'boolean',
      source: 'payment instruments',
    },
    'movement.country': {
      label: 'country of the bank account, of the client where no account is known',
      type: 'country',
      source: 'payment instruments, registration',
    },
    'velocity.count24h': {
      label: 'deposits and withdrawals in 24 hours',
      type: 'number',
      source: 'payments',
    },
    'velocity.total7d': {
      label: 'deposited and withdrawn in 7 days',
      type: 'money',
      unit: 'reference currency',
      source: 'payments',
    },
    'structuring.count7d': {
      label: 'deposits just below the threshold in 7 days',
      type: 'number',
      source: 'payments',
    },
    'structuring.total7d': {
      label: 'sum of the deposits just below the threshold in 7 days',
      type: 'money',
      unit: 'reference currency',
      source: 'payments',
    },
    'passThrough.percent30d': {
      label: 'withdrawn of what was deposited in 30 days',
      type: 'number',
      unit: 'percent',
      source: 'payments',
    },
    'sources.means': {
      label: 'declared income of a year, and what was declared once',
      type: 'money',
      unit: 'reference currency',
      source: 'declared sources that were not refused; 0 where none is declared',
    },
    'deposits.total12m': {
      label: 'deposited in 12 months',
      type: 'money',
      unit: 'reference currency',
      source: 'payments',
    },
    'sources.depositsPercent12m': {
      label: 'deposited in 12 months, of the declared means',
      type: 'number',
      unit: 'percent',
      source: 'payments, declared sources; 0 where none is declared',
    },
    'trading.deals30d': { label: 'deals in 30 days', type: 'number', source: 'deals' },
    'activity.silentDays': {
      label: 'days without any payment or deal before this movement',
      type: 'number',
      unit: 'days',
      source: 'payments, deals; 0 for the first of all',
    },
    'client.residence': { label: 'residence', type: 'country', source: 'registration' },
    'client.category': {
      label: 'client category',
      type: 'text',
      values: clientCategories,
      source: 'classification',
    },
    'risk.level': { label: 'risk level', type: 'text', values: riskLevels, source: 'kyc.risk' },
  },
  required: [
    'movement.kind',
    'movement.amount',
    'movement.thirdParty',
    'velocity.count24h',
    'client.residence',
  ],
  conclude: (findings) =>
    findings.hits.length === 0 && !needsPerson(findings)
      ? { decision: 'clear', reasons: [], queue: 'mlro', dueHours: 24, fourEyes: false }
      : worstOf(
          {
            precedence: amlDecisions,
            person: 'alert',
            automatic: 'clear',
            queue: 'mlro',
            dueHours: 24,
          },
          findings,
        ),
};
