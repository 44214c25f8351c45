import { z } from 'zod';
import { accountsOfClient, readAccount } from '../../../db/accounts';
import { readClient } from '../../../db/clients';
import { readTransfer } from '../../../db/transfers';
import { requestTransfer } from '../../../db/transfer-requests';
import { clientOf } from '../../routes/client-scope';
import { idOf } from '../../schemas';
import { formatAmount } from '../../../domain/money';
import { follow, liveQuery } from '../live';
import { defineForm, definePage } from '../page';
import { amount, moneyOf } from './amount';
import { transferTitle } from './requests';
import { balanceOf, readWallets } from './wallets';
import { transferWords } from './words';

const transferPage = definePage({
  path: '/client/cashier/transfer',
  auth: { client: true },
  query: { account: idOf('account').optional() },
  handle: async ({ tx, scope, query }) => {
    const { clientId } = clientOf(scope);
    const { wallets, balances } = await readWallets(tx, await readClient(tx, clientId));
    const active = (await accountsOfClient(tx, clientId)).filter(
      ({ state, demo }) => state === 'active' && !demo,
    );
    return {
      view: 'client/transfer-form',
      title: 'Transfer',
      data: {
        wallets,
        chosen: query.account,
        accounts: active.map((account) => {
          const { amountMinor, currency } = balanceOf(balances, account);
          return {
            value: account.id,
            label: `${account.login ?? ''}: ${formatAmount(amountMinor, currency)} ${currency}`,
          };
        }),
        directions: [
          { value: 'to_account', label: 'From my wallet to the account' },
          { value: 'to_wallet', label: 'From the account to my wallet' },
        ],
      },
    };
  },
});

const transferForm = defineForm({
  path: '/client/cashier/transfer',
  auth: { client: true },
  body: {
    accountId: idOf('account'),
    direction: z.enum(['to_account', 'to_wallet']),
    amount,
  },
  page: transferPage,
  handle: async ({ tx, body }) => {
    const account = await readAccount(tx, body.accountId);
    const { id } = await requestTransfer(tx, {
      accountId: account.id,
      direction: body.direction,
      amount: moneyOf(body.amount, account.currency),
    });
    return { to: `/client/transfers/${id}` };
  },
});

const transfer = definePage({
  path: '/client/transfers/:id',
  auth: { client: true },
  params: { id: idOf('transfer') },
  query: liveQuery,
  handle: async ({ tx, params, query }) => {
    const found = await readTransfer(tx, params.id);
    const account = await readAccount(tx, found.accountId);
    return follow(
      {
        view: 'client/transfer',
        title: 'Transfer',
        data: {
          transfer: found,
          what: transferTitle(found.direction, account.login ?? ''),
          status: transferWords(found),
          account,
          isSetAside: found.holdId !== null && found.finishedAt === null,
        },
      },
      {
        path: `/client/transfers/${found.id}`,
        mark: found.state,
        since: found.createdAt,
        isMoving: found.finishedAt === null,
      },
      query.seen,
    );
  },
});

export const transferPages = [transferPage, transferForm, transfer];
