import { type HealthRules } from '../../payments/health';
import { type RoutingThen } from '../kinds/routing';
import { type Rule } from '../body';
import { type ShippedPolicy } from './shipped';

const health: HealthRules = {
  windowMinutes: 15,
  failuresMin: 3,
  failurePercent: 50,
  failuresInARow: 5,
  slowSeconds: 20,
  coolDownSeconds: 60,
  probes: 2,
  lastResort: true,
};

const otherwise: Rule<RoutingThen> = {
  id: 'otherwise',
  title: 'Everything else',
  when: { all: [] },
  then: { decision: 'default' },
  reason: 'DEFAULT_ORDER',
  source: 'house rule',
};

/** The default list alone: what a house prefers is its own. */
export const routingPayinPolicy: ShippedPolicy<'routing.payin'> = {
  base: {
    title: 'Routing of pay-ins',
    parameters: {
      fallback: ['stripe', 'stripe_2', 'ewallet', 'mpesa', 'xendit', 'fawry', 'chain'],
      // What the payer's bank says is said of the card and not of the provider: no other one is asked.
      retry: [
        { provider: '*', code: 'processing_error', decision: 'next' },
        { provider: '*', code: 'unsupported', decision: 'next' },
      ],
      health,
    },
    rules: [otherwise],
  },
};

export const routingPayoutPolicy: ShippedPolicy<'routing.payout'> = {
  base: {
    title: 'Routing of payouts',
    parameters: {
      fallback: ['bank', 'xendit', 'custodian'],
      retry: [{ provider: '*', code: 'unsupported', decision: 'next' }],
      health,
    },
    rules: [otherwise],
  },
};
