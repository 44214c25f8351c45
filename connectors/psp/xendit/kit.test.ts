import { startStage } from '../../../simulators/psp/stage';
import { describeProvider } from '../testing/kit';
import { connectTo } from '../testing/settings';

describeProvider({
  name: 'xendit',
  operations: ['payment', 'payout'],
  start: startStage,
  connect: connectTo('xendit'),
  payment: { amountMinor: 1_500_050n, currency: 'THB', rail: 'qr' },
  payout: {
    amountMinor: 25_000_000n,
    currency: 'IDR',
    destination: {
      kind: 'bank_account',
      name: 'Payee',
      country: 'ID',
      bankCode: 'BCA',
      accountNumber: '1234567890',
    },
  },
  tells: ['payment', 'payout'],
  chargebacks: false,
});
