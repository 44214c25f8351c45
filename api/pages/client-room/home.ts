import { owedByClient } from '../../../db/chargebacks';
import { readEntity } from '../../../db/entities';
import { accountsOfClient } from '../../../db/accounts';
import { clientOf } from '../../routes/client-scope';
import { follow, liveQuery } from '../live';
import { definePage } from '../page';
import { readOwnApplication } from './application';
import { levelData } from './level';
import { listRequests } from './requests';
import { balanceOf, readWallets } from './wallets';
import { accountWords } from './words';

/** The client's first page: what is missing until approval, then money and accounts. */
const home = definePage({
  path: '/client',
  auth: { client: true },
  query: liveQuery,
  handle: async ({ tx, scope, query }) => {
    const { clientId, entityId } = clientOf(scope);
    const view = await readOwnApplication(tx, clientId);
    const { client, case: of, personal } = view.application;
    const accounts = await accountsOfClient(tx, clientId);
    const { wallets, balances } = await readWallets(tx, client);
    const isOpening = accounts.some(
      ({ state }) => state === 'requested' || state === 'provisioning',
    );
    const newest = accounts.at(-1);
    return follow(
      {
        view: 'client/home',
        title: 'Overview',
        data: {
          ...view,
          firstName: personal.name.split(/\s+/)[0] ?? '',
          done: view.steps.length - view.left,
          wallets,
          accounts: accounts.map((account) => ({
            ...account,
            balance: balanceOf(balances, account),
            status: accountWords(account),
          })),
          requests: await listRequests(tx, { clientId, limit: 5 }),
          standing: await levelData(tx, clientId),
          owed: await owedByClient(tx, clientId),
          entity: await readEntity(tx, entityId),
        },
      },
      {
        path: '/client',
        mark: [of.state, of.version, client.kycLevel, ...accounts.map((each) => each.version)].join(
          '/',
        ),
        since: isOpening && newest ? newest.createdAt : (of.submittedAt ?? of.openedAt),
        isMoving: view.isMoving || isOpening,
      },
      query.seen,
    );
  },
});

export const homePages = [home];
