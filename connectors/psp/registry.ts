import { z } from 'zod';
import type { AddressBook } from '../../domain/payments/address-book';
import type { PaymentRail } from '../../domain/payments/rails';
import { readSecretJson } from '../secret-file';
import { createBankProvider } from './bank/bank';
import { createChainProvider } from './chain/chain';
import { chainSettings } from './chain/client';
import { custodianSettings } from './custodian/client';
import { createCustodianProvider } from './custodian/custodian';
import { ewalletSettings } from './ewallet/client';
import { createEwalletProvider } from './ewallet/ewallet';
import { fawrySettings } from './fawry/client';
import { createFawryProvider } from './fawry/fawry';
import { mpesaSettings } from './mpesa/client';
import { createMpesaProvider } from './mpesa/mpesa';
import { type PaymentProvider } from './port';
import { stripeAccounts, type StripeVariables } from './stripe/accounts';
import { xenditSettings } from './xendit/client';
import { createXenditProvider } from './xendit/xendit';

/** What has to be known of each provider to speak to it: one object of the file of providers. */
const settingsOf = {
  ewallet: ewalletSettings,
  mpesa: mpesaSettings,
  xendit: xenditSettings,
  fawry: fawrySettings,
  custodian: custodianSettings,
  chain: chainSettings,
} satisfies Record<InFile, z.ZodType>;

/** Those that variables of the environment name are not in the file; every other name of a rail is, or this does not compile. */
type InFile = Exclude<PaymentRail, `stripe${string}` | 'bank'>;

export const providerSettings = z.discriminatedUnion('name', [
  settingsOf.ewallet,
  settingsOf.mpesa,
  settingsOf.xendit,
  settingsOf.fawry,
  settingsOf.custodian,
  settingsOf.chain,
]);
export type ProviderSettings = z.output<typeof providerSettings>;

/** What a provider needs of the product beside its settings. */
export interface ProviderNeeds {
  /** Where the provider of that name keeps which address it has given to which payment. */
  readonly bookOf: (provider: string) => AddressBook;
}

export function createProvider(
  settings: ProviderSettings,
  { bookOf }: ProviderNeeds,
): PaymentProvider {
  switch (settings.name) {
    case 'ewallet':
      return createEwalletProvider(settings);
    case 'mpesa':
      return createMpesaProvider(settings);
    case 'xendit':
      return createXenditProvider(settings);
    case 'fawry':
      return createFawryProvider(settings);
    case 'custodian':
      return createCustodianProvider(settings);
    case 'chain':
      return createChainProvider(settings, bookOf(settings.name));
    default:
      return settings satisfies never;
  }
}

/** Where the settings of providers stand in the environment (temporal-config/environment.schema.ts). */
export interface ProviderVariables extends StripeVariables {
  readonly KEELSON_BANK_URL?: string | undefined;
  readonly KEELSON_BANK_KEY?: string | undefined;
  readonly KEELSON_PAYMENT_PROVIDERS?: string | undefined;
}

/** Every provider whose settings are given: accounts at Stripe, the bank, and those of the file. */
export function providersOf(
  variables: ProviderVariables,
  { bookOf, ...options }: ProviderNeeds & { readonly timeoutMs?: number },
): PaymentProvider[] {
  const { KEELSON_BANK_URL: apiUrl, KEELSON_BANK_KEY: key } = variables;
  return [
    ...stripeAccounts(variables, options),
    ...(apiUrl && key ? [createBankProvider({ apiUrl, key, ...options })] : []),
    ...configuredProviders(variables.KEELSON_PAYMENT_PROVIDERS, { bookOf, ...options }),
  ];
}

/** The providers of the file; none without one. A time limit of their own wins. Throws SecretFileError. */
export function configuredProviders(
  file: string | undefined,
  { bookOf, ...options }: ProviderNeeds & { readonly timeoutMs?: number },
): PaymentProvider[] {
  if (file === undefined) return [];
  return readProviders(file).map((settings) =>
    createProvider({ ...options, ...settings }, { bookOf }),
  );
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
 * @throws {SecretFileError} when others may read it, it cannot be read, or it is not what it should be.
 */
export function readProviders(path: string): ProviderSettings[] {
  return readSecretJson(path, fileSchema);
}
