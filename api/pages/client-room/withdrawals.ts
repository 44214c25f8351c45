import { isToken } from '../../../domain/payments/token-address';
import { readClient } from '../../../db/clients';
import { readEntity } from '../../../db/entities';
import {
  assertOwnBankAccount,
  assertOwnSource,
  sourcesOfClient,
} from '../../../db/payment-sources';
import { effectivePolicy } from '../../../db/policies';
import { assertOwnAddress, tokenPayer } from '../../../db/token-addresses';
import { cancelWithdrawal } from '../../../db/withdrawal-end';
import { legsOf } from '../../../db/withdrawal-legs';
import { requestOwnWithdrawal } from '../../../db/withdrawal-requests';
import { namedSource, readWithdrawal } from '../../../db/withdrawals';
import { clientOf } from '../../routes/client-scope';
import { idOf } from '../../schemas';
import { follow, liveQuery } from '../live';
import { defineForm, definePage } from '../page';
import { levelData } from './level';
import { amount, currencyField, moneyOf } from './amount';
import { readWallets } from './wallets';
import { canCancel, legTitles, legWords, withdrawalWords } from './words';

const withdrawalPage = definePage({
  path: '/client/cashier/withdraw',
  auth: { client: true },
  handle: async ({ tx, scope }) => {
    const { clientId, entityId } = clientOf(scope);
    const client = await readClient(tx, clientId);
    const { wallets } = await readWallets(tx, client);
    const entity = await readEntity(tx, entityId);
    const policy = await effectivePolicy(tx, 'withdrawal', { entityId });
    const sources = (await sourcesOfClient(tx, clientId)).filter(({ state }) => state === 'active');
    const banks = sources.filter(({ kind }) => kind === 'bank');
    const addresses = sources.filter(({ provider }) => provider === tokenPayer);
    const tokens = entity.currencies.filter(isToken);
    return {
      view: 'client/withdrawal-form',
      title: 'Withdraw',
      data: {
        wallets,
        currency: wallets[0]?.currency ?? client.currency,
        currencies: entity.currencies.map((value) => ({
          ...{ value, label: value },
          asks: isToken(value) ? 'address' : 'bank',
        })),
        standing: await levelData(tx, clientId, ['withdrawal']),
        tokens: tokens.length > 0 ? tokens.join(' and ') : undefined,
        addresses: addresses.map(({ id, label, provenAt }) => ({
          value: id,
          label: provenAt === null ? label : `${label}, proven`,
        })),
        newestAddress: addresses.at(-1)?.id,
        banks: banks.map(({ id, label }) => ({ value: id, label })),
        newest: banks.at(-1)?.id,
        coolingHours: policy.compiled.effective.parameters.coolingHours,
      },
    };
  },
});

const withdrawalForm = defineForm({
  path: '/client/cashier/withdraw',
  auth: { client: true },
  body: {
    amount,
    currency: currencyField,
    bankAccountId: idOf('source').optional(),
    addressId: idOf('source').optional(),
  },
  page: withdrawalPage,
  handle: async ({ tx, scope, body }) => {
    const { clientId, entityId, userId } = clientOf(scope);
    const { addressId, bankAccountId, currency } = body;
    // The form has both; only the one that the currency leaves by is meant.
    const byChain = isToken(currency);
    if (addressId !== undefined) await assertOwnAddress(tx, { clientId, sourceId: addressId });
    if (bankAccountId !== undefined) {
      const of = { clientId, sourceId: bankAccountId };
      if (byChain) await assertOwnSource(tx, { ...of, kind: 'bank' });
      else await assertOwnBankAccount(tx, { ...of, currency });
    }
    const bankSourceId = byChain ? null : (bankAccountId ?? null);
    const addressSourceId = byChain ? (addressId ?? null) : null;
    const { id } = await requestOwnWithdrawal(tx, {
      clientId,
      entityId,
      userId,
      amount: moneyOf(body.amount, body.currency),
      ...{ bankSourceId, addressSourceId },
    });
    return { to: `/client/withdrawals/${id}` };
  },
});

const withdrawal = definePage({
  path: '/client/withdrawals/:id',
  auth: { client: true },
  params: { id: idOf('withdrawal') },
  query: liveQuery,
  handle: async ({ tx, scope, params, query }) => {
    const found = await readWithdrawal(tx, params.id);
    const legs = await legsOf(tx, found.id);
    const labels = new Map(
      (await sourcesOfClient(tx, clientOf(scope).clientId)).map(({ id, label }) => [id, label]),
    );
    const named = labels.get(namedSource(found) ?? '');
    return follow(
      {
        view: 'client/withdrawal',
        title: 'Withdrawal',
        data: {
          withdrawal: found,
          status: withdrawalWords(found),
          canCancel: canCancel(found),
          named,
          // A plan that was given up is no news.
          legs: ['rejected', 'cancelled'].includes(found.state)
            ? []
            : legs.map((leg) => ({
                to: labels.get(leg.sourceId ?? '') ?? legTitles[leg.kind].to,
                how: legTitles[leg.kind].how,
                amount: { amountMinor: leg.amountMinor, currency: leg.currency },
                state: legWords(leg),
              })),
        },
      },
      {
        path: `/client/withdrawals/${found.id}`,
        mark: [found.version, ...legs.map((leg) => leg.state)].join('/'),
        since: found.createdAt,
        isMoving: found.finishedAt === null,
      },
      query.seen,
    );
  },
});

const cancelForm = defineForm({
  path: '/client/withdrawals/:id/cancel',
  auth: { client: true },
  params: { id: idOf('withdrawal') },
  page: withdrawal,
  handle: async ({ tx, params }) => {
    await cancelWithdrawal(tx, params.id);
    return {
      to: `/client/withdrawals/${params.id}`,
      flash: 'Cancelled. The money is back in your wallet.',
    };
  },
});

export const withdrawalPages = [withdrawalPage, withdrawalForm, withdrawal, cancelForm];
