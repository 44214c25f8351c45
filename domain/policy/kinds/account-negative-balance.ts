import { type KindDefinition, needsPerson, routedReasons } from '../kind';
import { clientCategories } from './kyc-approval';

/**
 * What is done with a flat account below zero: `make_good` the house pays it back to zero, `offset` the client's
 * wallet does, with notice, `review` two people decide.
 */
export const negativeBalanceDecisions = ['make_good', 'offset', 'review'] as const;
export type NegativeBalanceDecision = (typeof negativeBalanceDecisions)[number];

export interface NegativeBalanceThen {
  readonly decision: NegativeBalanceDecision;
}

export interface NegativeBalanceParameters {
  /** How often within a year the house makes good for one client before people look. */
  readonly madeGoodMax: number;
  /** Days between the letter and the wallet paying. */
  readonly offsetNoticeDays: number;
}

export interface NegativeBalanceOutcome {
  readonly decision: NegativeBalanceDecision;
  readonly reasons: readonly string[];
}

/** Decides who pays for a negative balance; the first rule that holds decides. */
export const accountNegativeBalance: KindDefinition<
  NegativeBalanceThen,
  NegativeBalanceOutcome,
  NegativeBalanceParameters
> = {
  kind: 'account.negative_balance',
  title: 'Negative balance',
  hitPolicy: 'first',
  facts: {
    'regime.negativeBalanceProtection': {
      label: 'the regime protects retail clients from negative balances',
      type: 'boolean',
      source: 'account.leverage',
    },
    'client.category': {
      label: 'client category',
      type: 'text',
      values: clientCategories,
      source: 'classification',
    },
    'client.madeGoodBefore': {
      label: 'times the house has made good for the client within a year',
      type: 'number',
      source: 'negative balances',
    },
    'client.oppositeTrades': {
      label:
        'trades of two days that another account of the client opened the other way within the hour',
      type: 'number',
      source: 'deals',
    },
    'wallet.covers': {
      label: 'the free money of the wallet covers what is missing',
      type: 'boolean',
      source: 'ledger',
    },
  },
  required: [
    'regime.negativeBalanceProtection',
    'client.category',
    'client.madeGoodBefore',
    'client.oppositeTrades',
    'wallet.covers',
  ],
  conclude: (findings) => {
    const hit = findings.hits[0];
    if (needsPerson(findings) || hit === undefined)
      return { decision: 'review', reasons: routedReasons(findings) };
    return { decision: hit.then.decision, reasons: [hit.reason] };
  },
};
