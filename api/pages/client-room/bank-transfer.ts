import { showBankReference } from '../../../domain/payments/bank-reference';
import { bankTransferDetails } from '../../routes/bank-transfers';
import { clientOf } from '../../routes/client-scope';
import { definePage } from '../page';

/** Where to send money from the client's own bank, and what to write on it. */
const bankTransfer = definePage({
  path: '/client/cashier/bank-transfer',
  auth: { client: true },
  handle: async ({ tx, scope, deps }) => {
    const accounts = await bankTransferDetails(tx, clientOf(scope), deps.bankAccounts);
    return {
      view: 'client/bank-transfer',
      title: 'Pay by bank transfer',
      data: {
        accounts: accounts.map((account) => ({
          ...account,
          iban: account.iban.replaceAll(/(.{4})(?=.)/g, '$1 '),
          reference: showBankReference(account.reference),
        })),
      },
    };
  },
});

export const bankTransferPages = [bankTransfer];
