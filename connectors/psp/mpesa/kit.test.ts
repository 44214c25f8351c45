import { startStage } from '../../../simulators/psp/stage';
import { describeProvider } from '../testing/kit';
import { connectTo } from '../testing/settings';

describeProvider({
  name: 'mpesa',
  operations: ['payment', 'payout'],
  start: startStage,
  connect: connectTo('mpesa'),
  payment: { amountMinor: 250_000n, currency: 'KES', payer: { phone: '+254712345678' } },
  payout: {
    amountMinor: 100_000n,
    currency: 'KES',
    destination: { kind: 'msisdn', phone: '+254712345678' },
  },
  tells: ['payment', 'payout'],
  chargebacks: false,
});
