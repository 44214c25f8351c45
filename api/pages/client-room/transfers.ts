import { z } from 'zod';
import { accountsOfClient, readAccount } from '../../../db/accounts';
import { bonusOffers, type BonusOffer } from '../../../db/bonus-offers';
import { bonusOfTransfer } from '../../../db/bonuses';
import { readClient } from '../../../db/clients';
import { readTransfer } from '../../../db/transfers';
import { requestTransfer } from '../../../db/transfer-requests';
import { clientOf } from '../../routes/client-scope';
import { campaignCode, idOf } from '../../schemas';
import { formatAmount } from '../../../domain/money';
import { follow, liveQuery } from '../live';
import { defineForm, definePage } from '../page';
import { levelData } from './level';
import { amount, moneyOf } from './amount';
import { transferTitle } from './requests';
import { balanceOf, readWallets } from './wallets';
import { bonusWords, transferWords } from './words';

const transferPage = definePage({
  path: '/client/cashier/transfer',
  auth: { client: true },
  query: { account: idOf('account').optional() },
  handle: async ({ tx, scope, query }) => {
    const { clientId } = clientOf(scope);
    const client = await readClient(tx, clientId);
    const { wallets, balances } = await readWallets(tx, client);
    const active = (await accountsOfClient(tx, clientId)).filter(
      ({ state, demo }) => state === 'active' && !demo,
    );
    return {
      view: 'client/transfer-form',
      title: 'Transfer',
      data: {
        wallets,
        offers: offersOf(await bonusOffers(tx, { clientId, entityId: client.entityId })),
        standing: await levelData(tx, clientId, ['trading']),
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

/** One line for each deposit, whichever of the client's accounts its money may go to. */
function offersOf(found: readonly BonusOffer[]) {
  const byDeposit = new Map(found.map((offer) => [offer.depositId, offer]));
  return [...byDeposit.values()].map((offer) => {
    const { depositId, creditMinor, paidMinor, currency, creditedAt } = offer;
    const [credit, paid] = [creditMinor, paidMinor].map((minor) => formatAmount(minor, currency));
    return {
      value: depositId,
      label: `Up to ${credit} ${currency} for the deposit of ${paid} ${currency} on ${creditedAt.slice(0, 10)}`,
    };
  });
}

const transferForm = defineForm({
  path: '/client/cashier/transfer',
  auth: { client: true },
  body: {
    accountId: idOf('account'),
    direction: z.enum(['to_account', 'to_wallet']),
    amount,
    bonusDeposit: idOf('deposit').optional(),
    campaign: campaignCode.optional(),
  },
  page: transferPage,
  handle: async ({ tx, body }) => {
    const account = await readAccount(tx, body.accountId);
    const { id } = await requestTransfer(tx, {
      accountId: account.id,
      direction: body.direction,
      amount: moneyOf(body.amount, account.currency),
      ...(body.bonusDeposit === undefined
        ? {}
        : { bonus: { depositId: body.bonusDeposit, campaign: body.campaign } }),
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
    const bonus = await bonusOfTransfer(tx, found.id);
    return follow(
      {
        view: 'client/transfer',
        title: 'Transfer',
        data: {
          transfer: found,
          what: transferTitle(found.direction, account.login ?? ''),
          status: transferWords(found),
          account,
          bonus: bonus && { ...bonus, status: bonusWords(bonus) },
          isSetAside: found.holdId !== null && found.finishedAt === null,
        },
      },
      {
        path: `/client/transfers/${found.id}`,
        mark: `${found.state}${bonus?.state ?? ''}`,
        since: found.createdAt,
        isMoving: found.finishedAt === null || bonus?.state === 'granting',
      },
      query.seen,
    );
  },
});

export const transferPages = [transferPage, transferForm, transfer];
