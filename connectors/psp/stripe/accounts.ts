import type { PaymentProvider } from '../port';
import { createStripeProvider } from './stripe';

/** The accounts at Stripe as the environment names them (temporal-config/environment.schema.ts). */
export interface StripeVariables {
  readonly KEELSON_STRIPE_URL?: string | undefined;
  readonly KEELSON_STRIPE_SECRET?: string | undefined;
  readonly KEELSON_STRIPE_WEBHOOK_SECRET?: string | undefined;
  readonly KEELSON_STRIPE_CHECKOUT_URL?: string | undefined;
  readonly KEELSON_STRIPE_2_URL?: string | undefined;
  readonly KEELSON_STRIPE_2_SECRET?: string | undefined;
  readonly KEELSON_STRIPE_2_WEBHOOK_SECRET?: string | undefined;
  readonly KEELSON_STRIPE_2_CHECKOUT_URL?: string | undefined;
}

/** A provider for each account whose secrets are given. Throws for one that has them and no page to pay on. */
export function stripeAccounts(
  variables: StripeVariables,
  options: { readonly timeoutMs?: number } = {},
): PaymentProvider[] {
  const { KEELSON_STRIPE_URL: apiUrl, KEELSON_STRIPE_CHECKOUT_URL: checkoutUrl } = variables;
  return [
    {
      ...{ name: 'stripe' as const, apiUrl, checkoutUrl },
      secretKey: variables.KEELSON_STRIPE_SECRET,
      webhookSecret: variables.KEELSON_STRIPE_WEBHOOK_SECRET,
    },
    {
      name: 'stripe_2' as const,
      apiUrl: variables.KEELSON_STRIPE_2_URL ?? apiUrl,
      checkoutUrl: variables.KEELSON_STRIPE_2_CHECKOUT_URL ?? checkoutUrl,
      secretKey: variables.KEELSON_STRIPE_2_SECRET,
      webhookSecret: variables.KEELSON_STRIPE_2_WEBHOOK_SECRET,
    },
  ].flatMap(({ name, secretKey, webhookSecret, ...account }) => {
    if (!secretKey || !webhookSecret) return [];
    if (account.checkoutUrl === undefined)
      throw new Error(`the account ${name} has no page to pay on (KEELSON_STRIPE_CHECKOUT_URL)`);
    return [
      createStripeProvider({
        ...{ name, secretKey, webhookSecret, checkoutUrl: account.checkoutUrl, ...options },
        ...(account.apiUrl === undefined ? {} : { apiUrl: account.apiUrl }),
      }),
    ];
  });
}
