import { owedByClient } from '../../../db/chargebacks';
import { readClient } from '../../../db/clients';
import { clientOf } from '../../routes/client-scope';
import { definePage } from '../page';
import { listRequests } from './requests';
import { statement, statementForm } from './statement';
import { readWallets } from './wallets';

/** The wallet and the three things to do with it. */
const cashier = definePage({
  path: '/client/cashier',
  auth: { client: true },
  handle: async ({ tx, scope }) => {
    const { clientId } = clientOf(scope);
    const { wallets } = await readWallets(tx, await readClient(tx, clientId));
    return {
      view: 'client/cashier',
      title: 'Cashier',
      data: {
        wallets,
        requests: await listRequests(tx, { clientId, limit: 5 }),
        owed: await owedByClient(tx, clientId),
        statement: statementForm(wallets),
      },
    };
  },
});

export const cashierPages = [cashier, statement];
