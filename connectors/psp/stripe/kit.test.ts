import { startStage } from '../../../simulators/psp/stage';
import { describeProvider } from '../testing/kit';
import { createStripeProvider } from './stripe';

describeProvider({
  name: 'stripe',
  operations: ['payment', 'refund'],
  start: startStage,
  connect: ({ addresses }, timeoutMs) =>
    createStripeProvider({
      secretKey: addresses.stripeSecret,
      webhookSecret: addresses.webhookSecret,
      checkoutUrl: addresses.checkout,
      apiUrl: addresses.stripe,
      timeoutMs,
    }),
  payment: { amountMinor: 10_000n, currency: 'EUR' },
  tells: ['payment', 'refund'],
  chargebacks: true,
});
