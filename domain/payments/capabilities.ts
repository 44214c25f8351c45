import type { Rail } from './rails';

/** What a provider can do, as data: the port declares it, routing chooses by it, a connector refuses by it. */
export interface Capabilities {
  readonly rails: readonly Rail[];
  /** The operations it has; one that is not here is refused as `unsupported`. */
  readonly operations: Readonly<Partial<Record<ProviderOperation, OperationTerms>>>;
  /** The currencies of a rail that does not move all of them. */
  readonly railCurrencies?: Readonly<Partial<Record<Rail, readonly string[]>>>;
  /** What has to be known of the payer of a rail; nothing of one that is not here. */
  readonly payer?: Readonly<Partial<Record<Rail, PayerNeeds>>>;
  /** Countries whose bank accounts have no IBAN, and how a payout to one there names it. */
  readonly localAccounts?: Readonly<Record<string, LocalAccountTerms>>;
  /**
   * How long the provider answers a repeated operation id with the first one's outcome; null for ever.
   * Past it an operation is only looked up. 0: a repetition may be a second operation, so there is none.
   */
  readonly keyHours: number | null;
}

/** A country's bank accounts as a provider pays to them. */
export interface LocalAccountTerms {
  /** Nothing else is paid to them. */
  readonly currency: string;
  /** How many digits a number has, both included. */
  readonly digitsMin: number;
  readonly digitsMax: number;
  /** The banks that it reaches, by its codes. */
  readonly bankCodes: readonly string[];
}

/** What a payer has to say, and what of their record the provider is told beside it. */
export interface PayerNeeds {
  /** A phone of these countries, E.164 with the plus: `+254`. */
  readonly phonePrefix?: string;
  /** One of these banks, by the provider's codes. */
  readonly bankCodes?: readonly string[];
  readonly record?: readonly ('name' | 'email')[];
}

export const providerOperations = ['payment', 'refund', 'payout'] as const;
export type ProviderOperation = (typeof providerOperations)[number];

export interface OperationTerms {
  /** By ISO 4217 code (crypto: the token's symbol): the least and the most one operation may move. */
  readonly limits: Readonly<Record<string, AmountLimits>>;
  /** ISO 3166-1 alpha-2 codes of the payers (payees, of payouts) it serves. */
  readonly countries: readonly string[] | 'any';
  /**
   * How an unknown outcome becomes known: `reference` the provider is asked by our id; `provider_ref` it is
   * asked by its own id, so an answer that never came is known by its message alone; `message` it is asked
   * by our id and answers with a message, and the look-up says unknown until then.
   */
  readonly lookUp: 'reference' | 'provider_ref' | 'message';
  /** Of payouts: where it can send to. */
  readonly destinations?: readonly DestinationKind[];
}

/** In minor units, both included. */
export interface AmountLimits {
  readonly minMinor: bigint;
  readonly maxMinor: bigint;
}

export const destinationKinds = [
  'bank_account',
  'wallet',
  'msisdn',
  'card',
  'crypto_address',
] as const;
export type DestinationKind = (typeof destinationKinds)[number];

/** The same limits for each of the currencies. */
export function limitsOf(
  currencies: readonly string[],
  minMinor: bigint,
  maxMinor: bigint,
): Readonly<Record<string, AmountLimits>> {
  return Object.fromEntries(currencies.map((currency) => [currency, { minMinor, maxMinor }]));
}

/** One movement that somebody asks a provider for. What is left out is not looked at. */
export interface Movement {
  readonly operation: ProviderOperation;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly rail?: Rail;
  readonly country?: string;
  readonly destination?: DestinationKind;
}

export type Obstacle =
  | 'unsupported'
  | 'rail_unsupported'
  | 'currency_unsupported'
  | 'country_unsupported'
  | 'destination_unsupported'
  | 'amount_out_of_range';

function movesBy({ railCurrencies }: Capabilities, rail: Rail | undefined, currency: string) {
  return (rail === undefined ? undefined : railCurrencies?.[rail])?.includes(currency) ?? true;
}

/** Everything that keeps the provider from it; nothing when it can. */
export function obstaclesTo(capabilities: Capabilities, movement: Movement): Obstacle[] {
  const terms = capabilities.operations[movement.operation];
  if (!terms) return ['unsupported'];
  const { rail, country, destination, currency, amountMinor } = movement;
  const limits = Object.hasOwn(terms.limits, currency) ? terms.limits[currency] : undefined;
  const obstacles: Obstacle[] = [];
  if (rail !== undefined && !capabilities.rails.includes(rail)) obstacles.push('rail_unsupported');
  if (!limits || !movesBy(capabilities, rail, currency)) obstacles.push('currency_unsupported');
  if (country !== undefined && terms.countries !== 'any' && !terms.countries.includes(country)) {
    obstacles.push('country_unsupported');
  }
  if (destination !== undefined && !(terms.destinations ?? []).includes(destination)) {
    obstacles.push('destination_unsupported');
  }
  if (limits && (amountMinor < limits.minMinor || amountMinor > limits.maxMinor)) {
    obstacles.push('amount_out_of_range');
  }
  return obstacles;
}
