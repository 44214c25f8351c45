import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { PaymentRail } from '../../domain/payments/rails';
import { createBankProvider } from './bank/bank';
import { bankSettings } from './bank/client';
import { ewalletSettings } from './ewallet/client';
import { createEwalletProvider } from './ewallet/ewallet';
import { fawrySettings } from './fawry/client';
import { createFawryProvider } from './fawry/fawry';
import { mpesaSettings } from './mpesa/client';
import { createMpesaProvider } from './mpesa/mpesa';
import { type PaymentProvider } from './port';
import { stripeSettings } from './stripe/client';
import { createStripeProvider } from './stripe/stripe';
import { xenditSettings } from './xendit/client';
import { createXenditProvider } from './xendit/xendit';

/** What has to be known of each provider to speak to it: one object of the file of providers. */
export const providerSettings = z.discriminatedUnion('name', [
  stripeSettings,
  bankSettings,
  ewalletSettings,
  mpesaSettings,
  xenditSettings,
  fawrySettings,
]);
export type ProviderSettings = z.output<typeof providerSettings>;

/** The names of these settings are those that halts and policies know, neither more nor fewer. */
export const configurable = providerSettings.options.map(
  (option) => option.shape.name.value,
) satisfies PaymentRail[];

export function createProvider(settings: ProviderSettings): PaymentProvider {
  switch (settings.name) {
    case 'stripe':
      return createStripeProvider(settings);
    case 'bank':
      return createBankProvider(settings);
    case 'ewallet':
      return createEwalletProvider(settings);
    case 'mpesa':
      return createMpesaProvider(settings);
    case 'xendit':
      return createXenditProvider(settings);
    case 'fawry':
      return createFawryProvider(settings);
    default:
      return settings satisfies never;
  }
}

/** The configured providers by name. The later of two with one name counts. */
export function providersOf(
  settings: readonly ProviderSettings[],
): ReadonlyMap<string, PaymentProvider> {
  return new Map(settings.map((one) => [one.name, createProvider(one)]));
}

/** The file of providers cannot be used; the message names the place and never a value. */
export class ProvidersFileError extends Error {
  override readonly name = 'ProvidersFileError';
}

const fileSchema = z
  .array(providerSettings)
  .max(100)
  .refine(
    (all) => new Set(all.map(({ name }) => name)).size === all.length,
    'two providers have the same name',
  );

/**
 * Reads the payment providers from a JSON file of mode 0600: an array, one object a provider.
 * @throws {ProvidersFileError} when it cannot be read or is not what it should be.
 */
export function readProviders(path: string): ProviderSettings[] {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new ProvidersFileError(`${path} cannot be read as JSON`);
  }
  const parsed = fileSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ProvidersFileError(`${path}: ${issue?.path.join('/') ?? ''} ${issue?.message ?? ''}`);
}
