import { type PassOverReason } from '../../payments/eligibility';
import { type Flow } from '../../payments/flow';
import { type HealthRules } from '../../payments/health';
import { rails } from '../../payments/rails';
import { type RetryRow } from '../../payments/retry';
import { chooseProvider, orderOf, type PassedOver, type RouteChoice } from '../../payments/route';
import { type FactCatalogue, type Facts } from '../fact';
import { type KindDefinition, needsPerson, routedReasons } from '../kind';
import { clientCategories } from './kyc-approval';

export type RoutingThen = RouteChoice;

export interface RoutingParameters {
  /** Providers in the order in which they are asked when no row names one that can. */
  readonly fallback: readonly string[];
  /** After which refusals the next provider is asked; after any other one the payment ends. */
  readonly retry: readonly RetryRow[];
  readonly health: HealthRules;
}

/** Who takes a payment. `none`: nobody can, and nothing is sent. */
export type RoutingOutcome = (
  | {
      readonly decision: 'route';
      readonly provider: string;
      /** Who is asked next, should that one refuse it in a way that allows it. */
      readonly alternatives: readonly string[];
    }
  | {
      readonly decision: 'none';
      /** Those that the policy names and that are here, in order: none of them can take it now. */
      readonly named: readonly string[];
    }
) & {
  readonly passedOver: readonly PassedOver[];
  readonly reasons: readonly string[];
};

/** The fact that lists the providers which are passed over for a reason. */
export const passOverFacts: Readonly<Record<PassOverReason, string>> = {
  OTHER_RAIL: 'providers.otherRail',
  OTHER_CURRENCY: 'providers.otherCurrency',
  OTHER_COUNTRY: 'providers.otherCountry',
  OUTSIDE_LIMITS: 'providers.outsideLimits',
  STOPPED: 'providers.stopped',
  TRIED: 'providers.tried',
  UNHEALTHY: 'providers.unhealthy',
};

const providerList = (label: string, source: string) =>
  ({ label, type: 'textList', source }) as const;

const facts = (payee: string): FactCatalogue => ({
  'payment.rail': { label: 'way of paying', type: 'text', values: rails, source: 'request' },
  'payment.currency': { label: 'currency', type: 'currency', source: 'request' },
  'payment.amount': {
    label: 'amount',
    type: 'money',
    unit: 'of the currency',
    source: 'request',
  },
  'payment.country': { label: 'country', type: 'country', source: payee },
  'payment.draw': {
    label: 'lot, 0 to 99.99',
    type: 'number',
    unit: 'percent',
    source: 'hash of the payment',
  },
  'client.entity': { label: 'entity', type: 'text', source: 'client record' },
  'client.category': {
    label: 'client category',
    type: 'text',
    values: clientCategories,
    source: 'classification',
  },
  'client.deposits': {
    label: 'deposits that arrived before',
    type: 'number',
    source: 'payments',
  },
  'providers.known': providerList('providers that are configured', 'installation'),
  'providers.otherRail': providerList('providers without this way of paying', 'capabilities'),
  'providers.otherCurrency': providerList('providers without this currency', 'capabilities'),
  'providers.otherCountry': providerList('providers that do not serve the country', 'capabilities'),
  'providers.outsideLimits': providerList(
    'providers for whose limits the amount is too small or too large',
    'capabilities',
  ),
  'providers.stopped': providerList('providers that are stopped', 'halts'),
  'providers.unhealthy': providerList('providers that fail at present', 'measured attempts'),
  'providers.tried': providerList('providers that refused this payment', 'attempts'),
});

/** Chooses the provider of a payment; the first rule that holds names them, and the first that can takes it. */
function routing(
  flow: Flow,
  title: string,
  payee: string,
): KindDefinition<RoutingThen, RoutingOutcome, RoutingParameters> {
  return {
    kind: `routing.${flow}`,
    title,
    hitPolicy: 'first',
    facts: facts(payee),
    required: [
      'payment.rail',
      'payment.currency',
      'payment.amount',
      'payment.country',
      'payment.draw',
      'client.entity',
      'providers.known',
      ...Object.values(passOverFacts),
    ],
    conclude: (findings) => {
      const [hit] = findings.hits;
      // Money does not go by half a picture: what is not known is found out before anything is sent.
      if (needsPerson(findings))
        return { decision: 'none', named: [], passedOver: [], reasons: routedReasons(findings) };
      const { health } = findings.parameters;
      const known = textsOf(findings.facts, 'providers.known');
      // The default list is for every installation, and few have everybody on it: only a row is told of a stranger.
      const fallback = findings.parameters.fallback.filter((name) => known.includes(name));
      const order = orderOf(hit?.then ?? { decision: 'default' }, {
        draw: Number(findings.facts['payment.draw']),
        fallback,
      });
      const { provider, alternatives, passedOver, named, isLastResort } = chooseProvider({
        order,
        known,
        faults: faultsOf(findings.facts),
        lastResort: health.lastResort,
      });
      const reasons = [
        ...(hit === undefined ? routedReasons(findings) : [hit.reason]),
        ...(isLastResort ? ['LAST_RESORT'] : []),
      ];
      return provider === null
        ? { decision: 'none', named, passedOver, reasons }
        : { decision: 'route', provider, alternatives, passedOver, reasons };
    },
  };
}

export const routingPayin = routing('payin', 'Routing of pay-ins', 'client record');
export const routingPayout = routing('payout', 'Routing of payouts', 'bank account, client record');

/**
 * Who is asked for a payout: who can, or of those that the policy names one that is stopped, for which it waits, else
 * the first, whose refusal people look into. Undefined when the policy lets nobody pay it.
 */
export function payoutTaker(outcome: RoutingOutcome): string | undefined {
  if (outcome.decision === 'route') return outcome.provider;
  const stopped = outcome.passedOver.find(
    ({ provider, reason }) => reason === 'STOPPED' && outcome.named.includes(provider),
  );
  return stopped?.provider ?? outcome.named[0];
}

/** Who cannot take the payment, by the lists among the facts. */
function faultsOf(facts: Facts): Map<string, PassOverReason> {
  const faults = new Map<string, PassOverReason>();
  for (const [reason, fact] of Object.entries(passOverFacts))
    for (const provider of textsOf(facts, fact))
      if (!faults.has(provider) && isPassOverReason(reason)) faults.set(provider, reason);
  return faults;
}

function isPassOverReason(text: string): text is PassOverReason {
  return Object.hasOwn(passOverFacts, text);
}

function textsOf(facts: Facts, fact: string): readonly string[] {
  const value = facts[fact];
  return Array.isArray(value) ? value.map(String) : [];
}
