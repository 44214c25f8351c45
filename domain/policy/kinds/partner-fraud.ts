import {
  type KindDefinition,
  needsPerson,
  type RoutedOutcome,
  type RoutedThen,
  worstOf,
} from '../kind';

/** `hold` keeps back what a client earned its partners in a settlement until a person has looked at it. */
export const partnerFraudDecisions = ['hold', 'clear'] as const;
export type PartnerFraudDecision = (typeof partnerFraudDecisions)[number];

/** How a client stands to a partner who is paid for it, and a partner to the one above. */
export const clientRelations = [
  'none',
  'self',
  'family',
  'device',
  'instrument',
  'contact',
] as const;
export type ClientRelation = (typeof clientRelations)[number];

/** A figure that nothing bounds says at most this. */
export const percentTold = 1_000;

export interface PartnerFraudParameters {
  /** In the plan set's currency: about a client who earned partners less nobody is asked. */
  readonly commissionMin: string;
  readonly revenuePercentMax: number;
  /** Figures of fewer lots say nothing. */
  readonly lotsMin: number;
  readonly lotsPerThousandMax: number;
  /** Closed within so many seconds of the opening. */
  readonly shortSeconds: number;
  /** Or after a move of so many points. */
  readonly shortMovePoints: number;
  readonly shortPercentMax: number;
  /** Opened within so many seconds of the other client's. */
  readonly oppositeSeconds: number;
  readonly oppositePercentMax: number;
  readonly clickSecondsMin: number;
  /** Clients of one partner who share something with so many others of them. */
  readonly sharedIpMin: number;
  readonly sharedNameMin: number;
  readonly sharedAddressMin: number;
  /** An IP address that was last seen so many days before the period's end, or earlier, tells nothing. */
  readonly sharedIpDays: number;
}

/** What a policy says that was written before these were asked for. */
export const sharedParameters = {
  ...{ sharedIpMin: 5, sharedNameMin: 2, sharedAddressMin: 3, sharedIpDays: 90 },
} as const satisfies Partial<PartnerFraudParameters>;

/**
 * Looks at what a client earned partners in a settlement. Every hit is told; whoever has done nothing of what the rules name
 * is clear, and what should be known and is not, a person looks at.
 */
export const partnerFraud: KindDefinition<
  RoutedThen<PartnerFraudDecision>,
  RoutedOutcome<PartnerFraudDecision>,
  PartnerFraudParameters
> = {
  kind: 'partner.fraud',
  title: 'Fraud in partners’ business',
  hitPolicy: 'worst',
  facts: {
    'commission.total': {
      label: 'earned all partners',
      type: 'money',
      unit: 'currency of the plan set',
      source: 'lines of the settlement',
    },
    'commission.percentOfRevenue': {
      label: 'commission on trades, of what they brought in',
      type: 'number',
      unit: 'percent',
      source: `lines of the settlement, without the CPA; ${percentTold} where nothing was brought in, and at most`,
    },
    'trading.lots': { label: 'lots closed in the period', type: 'number', source: 'deals' },
    'trading.lotsPerThousand': {
      label: 'lots closed per 1,000 deposited',
      type: 'number',
      unit: 'lots',
      source:
        'deals, deposits until the period’s end in the currency of the plan set, 1,000 at least',
    },
    'trading.shortPercent': {
      label: 'lots that were held too short or hardly moved',
      type: 'number',
      unit: 'percent',
      source: 'deals',
    },
    'trading.oppositePercent': {
      label: 'lots opposite to another client of the same partner, opened at the same time',
      type: 'number',
      unit: 'percent',
      source: 'deals',
    },
    'client.relation': {
      label: 'how the client stands to a partner who is paid',
      type: 'text',
      values: clientRelations,
      source: 'attribution, partners, payment instruments, log-ins',
    },
    'partner.relation': {
      label: 'how the client’s partner stands to the one above',
      type: 'text',
      values: clientRelations,
      source: 'partners, payment instruments, log-ins',
    },
    'registration.clicked': {
      label: 'the time of the click on the partner’s link is known',
      type: 'boolean',
      source: 'registration',
    },
    'registration.clickSeconds': {
      label: 'time from the click to the registration',
      type: 'number',
      unit: 'seconds',
      source: 'registration',
    },
    'sharedIp.partner': {
      label: 'uses the IP address of a partner who is paid',
      type: 'boolean',
      source: 'registration, log-ins',
    },
    'sharedIp.clients': {
      label: 'other clients of the same partner at the same IP address',
      type: 'number',
      source: 'registration, log-ins',
    },
    'sharedName.partner': {
      label: 'has the name of a partner who is paid',
      type: 'boolean',
      source: 'clients, partners, what is agreed on their invoices',
    },
    'sharedName.clients': {
      label: 'other clients of the same partner with the same name',
      type: 'number',
      source: 'clients',
    },
    'sharedAddress.partner': {
      label: 'has the postal address of a partner who is paid',
      type: 'boolean',
      source: 'clients, what is agreed on partners’ invoices',
    },
    'sharedAddress.clients': {
      label: 'other clients of the same partner at the same postal address',
      type: 'number',
      source: 'clients',
    },
  },
  required: [
    'commission.total',
    'commission.percentOfRevenue',
    'trading.lots',
    'client.relation',
    'partner.relation',
  ],
  conclude: (findings) =>
    findings.hits.length === 0 && !needsPerson(findings)
      ? { decision: 'clear', reasons: [], queue: 'finance', dueHours: 48, fourEyes: false }
      : worstOf(
          {
            precedence: partnerFraudDecisions,
            person: 'hold',
            automatic: 'clear',
            queue: 'finance',
            dueHours: 48,
          },
          findings,
        ),
};
