import type { Flow } from './flow';

/** What one provider takes, one way. */
export interface ProviderOffer {
  readonly provider: string;
  readonly flow: Flow;
  /** `card`, `bank` … */
  readonly rails: readonly string[];
  /** ISO 4217 codes or tickers. */
  readonly currencies: readonly string[];
  /** ISO 3166 alpha-2 of the payer or payee; null = everywhere. */
  readonly countries: readonly string[] | null;
  /** Limits of one payment in minor units of its currency, both included. */
  limitsOf(currency: string): { readonly minMinor: bigint; readonly maxMinor: bigint };
}

/** A payment that looks for its provider. */
export interface RoutedPayment {
  readonly flow: Flow;
  readonly rail: string;
  readonly currency: string;
  readonly amountMinor: bigint;
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
  'UNHEALTHY',
  'TRIED',
] as const;
export type PassOverReason = (typeof passOverReasons)[number];

/** Why the provider cannot take the payment; undefined when it can. */
export function passOver(
  offer: ProviderOffer,
  payment: RoutedPayment,
  standings: ProviderStandings,
): PassOverReason | undefined {
  if (offer.flow !== payment.flow || !offer.rails.includes(payment.rail)) return 'OTHER_RAIL';
  if (!offer.currencies.includes(payment.currency)) return 'OTHER_CURRENCY';
  if (offer.countries !== null && !offer.countries.includes(payment.country))
    return 'OTHER_COUNTRY';
  const { minMinor, maxMinor } = offer.limitsOf(payment.currency);
  if (payment.amountMinor < minMinor || payment.amountMinor > maxMinor) return 'OUTSIDE_LIMITS';
  if (standings.stopped.has(offer.provider)) return 'STOPPED';
  if (standings.unhealthy.has(offer.provider)) return 'UNHEALTHY';
  return standings.tried.has(offer.provider) ? 'TRIED' : undefined;
}
