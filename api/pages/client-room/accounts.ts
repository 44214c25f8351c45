import { z } from 'zod';
import { livingStates } from '../../../domain/account/access';
import { kindInWords } from '../../../domain/account/words';
import { malformed } from '../../../domain/problem';
import { requestAccount } from '../../../db/account-opening';
import { readListedAccount } from '../../../db/account-lists';
import { isToldToHolder } from '../../../db/account-request-lists';
import { openRequests, requestPassword, type AccountRequest } from '../../../db/account-requests';
import { accountsOfClient } from '../../../db/accounts';
import { listBonuses, remainingMinor } from '../../../db/bonuses';
import { readClient } from '../../../db/clients';
import { balancesOfClient, entriesOfAccount } from '../../../db/ledger';
import { readServer } from '../../../db/servers';
import { tradingLedger } from '../../../domain/ledger/account';
import { clientOf } from '../../routes/client-scope';
import { idOf, platformPassword } from '../../schemas';
import { follow, liveQuery } from '../live';
import { defineForm, definePage } from '../page';
import { holderActions, passwordLinkForm } from './account-requests';
import { accountOffers, offerName, offerOptions } from './offers';
import { balanceOf } from './wallets';
import { accountRequestWords, accountWords, bonusWords } from './words';

const bonusesShown = 5;

const accounts = definePage({
  path: '/client/accounts',
  auth: { client: true },
  handle: async ({ tx, scope }) => {
    const { clientId } = clientOf(scope);
    const balances = await balancesOfClient(tx, clientId);
    const client = await readClient(tx, clientId);
    const found = await accountsOfClient(tx, clientId);
    return {
      view: 'client/accounts',
      title: 'Trading accounts',
      data: {
        accounts: found.map((account) => ({
          ...account,
          balance: balanceOf(balances, account),
          status: accountWords(account),
        })),
        isApproved: client.approvedAt !== null,
      },
    };
  },
});

const openPage = definePage({
  path: '/client/accounts/open',
  auth: { client: true },
  handle: async ({ tx, scope }) => {
    const client = await readClient(tx, clientOf(scope).clientId);
    const offers = await accountOffers(tx, client);
    return {
      view: 'client/open-account',
      title: 'Open an account',
      data: { isApproved: client.approvedAt !== null, offers: offerOptions(offers) },
    };
  },
});

const openForm = defineForm({
  path: '/client/accounts/open',
  auth: { client: true },
  body: { account: z.string().max(60) },
  page: openPage,
  handle: async ({ tx, scope, body }) => {
    const { clientId } = clientOf(scope);
    const offers = await accountOffers(tx, await readClient(tx, clientId));
    const chosen = offers.find((offer) => offerName(offer) === body.account);
    if (!chosen) {
      throw malformed('Choose an account.', [
        { pointer: '/body/account', detail: 'is not offered' },
      ]);
    }
    const { accountType, currency, platform } = chosen;
    const { id } = await requestAccount(tx, { clientId, accountType, currency, platform });
    return { to: `/client/accounts/${id}`, flash: 'Your account is being opened.' };
  },
});

const account = definePage({
  path: '/client/accounts/:id',
  auth: { client: true },
  params: { id: idOf('account') },
  query: liveQuery,
  handle: async ({ tx, scope, params, query }) => {
    const found = await readListedAccount(tx, params.id);
    const { clientId } = clientOf(scope);
    const pending = (await openRequests(tx, found.id)).filter(isToldToHolder);
    const [password, ...others] = [
      pending.find(({ ask }) => ask.kind === 'set_password'),
      ...pending.filter(({ ask }) => ask.kind !== 'set_password'),
    ];
    const actions = await holderActions(tx, found);
    const isLiving = livingStates.includes(found.state);
    const isOpening = ['requested', 'provisioning', 'waiting'].includes(found.state);
    return follow(
      {
        view: 'client/account',
        title: found.login === null ? 'New account' : `Account ${found.login}`,
        data: {
          account: found,
          status: accountWords(found),
          server: await readServer(tx, found.serverId),
          balance: balanceOf(await balancesOfClient(tx, clientId), found),
          entries: (
            await entriesOfAccount(tx, tradingLedger({ ...found, accountId: found.id }).id, {
              limit: 20,
            })
          ).map((entry) => ({ ...entry, what: entryWords[entry.kind] ?? 'Result of trading' })),
          bonuses: (await listBonuses(tx, { accountId: found.id, limit: bonusesShown })).map(
            (bonus) => ({
              ...bonus,
              status: bonusWords(bonus),
              shown:
                bonus.state === 'active' ? { ...bonus, amountMinor: remainingMinor(bonus) } : bonus,
            }),
          ),
          canTransfer: (found.state === 'active' || found.state === 'dormant') && !found.demo,
          isLiving,
          isSettingPassword: password !== undefined,
          mayAskLink: actions.some(
            ({ action, whyNot }) => action === 'password_link' && whyNot === null,
          ),
          actions: actions.filter(({ action }) => action !== 'password_link'),
          open: others.flatMap((request) => (request ? [openOf(request)] : [])),
          movedTo: found.migratedTo,
        },
      },
      {
        path: `/client/accounts/${found.id}`,
        mark: `${found.version}/${pending.map(({ state }) => state).join('')}`,
        since: pending[0]?.requestedAt ?? found.createdAt,
        isMoving: isOpening || pending.length > 0,
      },
      query.seen,
    );
  },
});

function openOf(request: AccountRequest) {
  return {
    href: `/client/account-requests/${request.id}`,
    what: kindInWords(request.ask.kind),
    state: accountRequestWords(request),
  };
}

const entryWords: Readonly<Record<string, string>> = {
  transfer_to_account: 'From your wallet',
  transfer_to_wallet: 'To your wallet',
};

const passwordForm = defineForm({
  path: '/client/accounts/:id/password',
  auth: { client: true },
  params: { id: idOf('account') },
  body: { password: platformPassword, repeatedPassword: z.string().max(200) },
  page: account,
  handle: async ({ tx, params, body }) => {
    if (body.password !== body.repeatedPassword) {
      throw malformed('The two passwords differ.', [
        { pointer: '/body/repeatedPassword', detail: 'is not the same' },
      ]);
    }
    await requestPassword(tx, { accountId: params.id, password: body.password });
    return {
      to: `/client/accounts/${params.id}`,
      flash: 'The new password is being set on the server.',
    };
  },
});

export const accountPages = [
  accounts,
  openPage,
  openForm,
  account,
  passwordForm,
  passwordLinkForm(account),
];
