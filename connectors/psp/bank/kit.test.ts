import { startStage } from '../../../simulators/psp/stage';
import { describeProvider } from '../testing/kit';
import { createBankProvider } from './bank';

describeProvider({
  name: 'bank',
  operations: ['payout'],
  start: startStage,
  connect: ({ addresses }, timeoutMs) =>
    createBankProvider({ apiUrl: addresses.bank, key: addresses.bankKey, timeoutMs }),
  payout: {
    amountMinor: 12_345_678_901n,
    currency: 'EUR',
    destination: {
      kind: 'bank_account',
      name: 'Payee',
      country: 'CY',
      iban: 'CY17002001280000001200527600',
    },
  },
  tells: ['payout'],
  chargebacks: false,
});
