import { type KindDefinition, needsPerson, routedReasons } from '../kind';
import { clientCategories } from './kyc-approval';

/** `refuse`: these currencies are not exchanged for this client; the gravest of the rules that hold counts. */
export const exchangeDecisions = ['refuse', 'offer'] as const;
export type ExchangeDecision = (typeof exchangeDecisions)[number];

export interface ExchangeThen {
  readonly decision: ExchangeDecision;
  /** What the house keeps, in hundredths of a percent; left out, what the parameters say. */
  readonly spreadBasisPoints?: number;
}

export interface ExchangeParameters {
  readonly spreadBasisPoints: number;
  /** How long a quote can be taken. */
  readonly quoteSeconds: number;
  /** An older market than this is no rate. */
  readonly rateAgeSecondsMax: number;
}

export type ExchangeOutcome =
  | {
      readonly decision: 'offer';
      readonly spreadBasisPoints: number;
      readonly reasons: readonly string[];
    }
  | { readonly decision: 'refuse'; readonly reasons: readonly string[] };

/** Decides whether a client is offered an exchange, and at which spread: that of the first rule that names one. */
export const exchange: KindDefinition<ExchangeThen, ExchangeOutcome, ExchangeParameters> = {
  kind: 'exchange',
  title: 'Currency exchange',
  hitPolicy: 'worst',
  facts: {
    'exchange.from': { label: 'currency given', type: 'currency', source: 'request' },
    'exchange.to': { label: 'currency received', type: 'currency', source: 'request' },
    'exchange.amount': {
      label: 'amount given',
      type: 'money',
      unit: 'of the currency given',
      source: 'request',
    },
    'client.category': {
      label: 'client category',
      type: 'text',
      values: clientCategories,
      source: 'classification',
    },
    'client.approved': { label: 'KYC approved', type: 'boolean', source: 'KYC case' },
    'client.openChargebacks': { label: 'open chargebacks', type: 'number', source: 'payments' },
  },
  required: ['exchange.from', 'exchange.to', 'exchange.amount', 'client.approved'],
  conclude: (findings) => {
    // A quote lives for seconds: nobody could decide on it in time.
    if (needsPerson(findings)) return { decision: 'refuse', reasons: routedReasons(findings) };
    const { hits, parameters } = findings;
    const refusals = hits.filter(({ then }) => then.decision === 'refuse');
    if (refusals.length > 0 || hits.length === 0)
      return {
        decision: 'refuse',
        reasons: [...refusals.map(({ reason }) => reason), ...routedReasons(findings)],
      };
    const priced = hits.find(({ then }) => then.spreadBasisPoints !== undefined);
    return {
      decision: 'offer',
      spreadBasisPoints: priced?.then.spreadBasisPoints ?? parameters.spreadBasisPoints,
      reasons: hits.map(({ reason }) => reason),
    };
  },
};
