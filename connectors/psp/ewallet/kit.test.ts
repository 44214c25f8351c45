import { startStage } from '../../../simulators/psp/stage';
import { describeProvider } from '../testing/kit';
import { connectTo } from '../testing/settings';

describeProvider({
  name: 'ewallet',
  operations: ['payment', 'refund', 'payout'],
  start: startStage,
  connect: connectTo('ewallet'),
  payment: { amountMinor: 12_340n, currency: 'EUR' },
  payout: {
    amountMinor: 5_005n,
    currency: 'USD',
    destination: { kind: 'wallet', walletId: 'payee@wallet.example' },
  },
  tells: ['payment', 'refund'],
  chargebacks: true,
});
