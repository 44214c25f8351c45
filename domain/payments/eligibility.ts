import { obstaclesTo, type Capabilities, type Movement, type Obstacle } from './capabilities';
import type { Flow } from './flow';
import type { Rail } from './rails';

/** A provider that this installation has, and what it can do. */
export interface ConfiguredProvider {
  readonly name: string;
  readonly capabilities: Capabilities;
}

/** A payment that looks for its provider. */
export interface RoutedPayment extends Omit<Movement, 'operation'> {
  readonly flow: Flow;
  readonly rail: Rail;
  /** Country of the payer or payee. */
  readonly country: string;
}

/** What is known of the providers when a payment looks for one. */
export interface ProviderStandings {
  /** Those that operations have stopped for this flow. */
  readonly stopped: ReadonlySet<string>;
  /** Those whose circuit breaker lets nothing through now. */
  readonly unhealthy: ReadonlySet<string>;
  /** Those that have refused this very payment. */
  readonly tried: ReadonlySet<string>;
}

/** Why a provider cannot take a payment; the first that applies is told. */
export const passOverReasons = [
  'OTHER_RAIL',
  'OTHER_CURRENCY',
  'OTHER_COUNTRY',
  'OUTSIDE_LIMITS',
  'STOPPED',
  'TRIED',
  // Last, so that it is told of those that could take the payment if they were well.
  'UNHEALTHY',
] as const;
export type PassOverReason = (typeof passOverReasons)[number];

const reasonOf: Readonly<Record<Obstacle, PassOverReason>> = {
  unsupported: 'OTHER_RAIL',
  rail_unsupported: 'OTHER_RAIL',
  destination_unsupported: 'OTHER_RAIL',
  currency_unsupported: 'OTHER_CURRENCY',
  country_unsupported: 'OTHER_COUNTRY',
  amount_out_of_range: 'OUTSIDE_LIMITS',
};

/** Why the provider cannot take the payment; undefined when it can. */
export function passOver(
  { name, capabilities }: ConfiguredProvider,
  { flow, ...movement }: RoutedPayment,
  standings: ProviderStandings,
): PassOverReason | undefined {
  const operation = flow === 'payin' ? 'payment' : 'payout';
  const obstacles = obstaclesTo(capabilities, { ...movement, operation });
  const reasons = new Set(obstacles.map((obstacle) => reasonOf[obstacle]));
  if (standings.stopped.has(name)) reasons.add('STOPPED');
  if (standings.unhealthy.has(name)) reasons.add('UNHEALTHY');
  if (standings.tried.has(name)) reasons.add('TRIED');
  return passOverReasons.find((reason) => reasons.has(reason));
}
