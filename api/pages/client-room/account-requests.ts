import { z } from 'zod';
import { actionsOfHolder, whyNotNow, type AccountAction } from '../../../domain/account/actions';
import { shownState } from '../../../domain/account/shown-state';
import { migrationTo } from '../../../domain/account/request';
import { askInWords, platformInWords, typeInWords } from '../../../domain/account/words';
import { notFound } from '../../../domain/problem';
import { askForChange } from '../../../db/account-changes';
import { readListedAccount, type ListedAccount } from '../../../db/account-lists';
import { sendPasswordLink } from '../../../db/account-password-link';
import { isToldToHolder } from '../../../db/account-request-lists';
import { openRequests, readAccountRequest, type WordedAsk } from '../../../db/account-requests';
import { readAccount } from '../../../db/accounts';
import { readClient } from '../../../db/clients';
import type { Tx } from '../../../db/connection';
import { leverageCapOf } from '../../../db/leverage-cap';
import { readServer } from '../../../db/servers';
import { accountType } from '../../routes/account-schemas';
import { clientOf } from '../../routes/client-scope';
import { idOf } from '../../schemas';
import { destination, destinationOptions } from '../destinations';
import { follow, liveQuery } from '../live';
import { defineForm, definePage, type Page } from '../page';
import type { Option } from './choices';
import { serverOffers, typeOffers } from './offers';
import { accountRequestWords } from './words';

const params = { id: idOf('account') };

/** Leverages that people choose from; the cap itself is always among them. */
const usualLeverages = [1, 2, 5, 10, 20, 25, 30, 50, 100, 200, 300, 400, 500];

export function leverageOptions({ cap, now }: { cap: number; now: number }): Option[] {
  const offered = [...new Set([...usualLeverages.filter((each) => each <= cap), cap])];
  return offered
    .filter((each) => each !== now)
    .sort((a, b) => a - b)
    .map((each) => ({ value: String(each), label: `1:${each}` }));
}

const links: Readonly<Partial<Record<AccountAction, { path: string; label: string }>>> = {
  change_leverage: { path: 'leverage', label: 'Change the leverage' },
  change_type: { path: 'type', label: 'Change the account type' },
  migrate: { path: 'move', label: 'Move to another platform' },
  close: { path: 'close', label: 'Close the account' },
};

/** What a holder can ask about the account now, and why not the rest. */
export async function holderActions(tx: Tx, account: ListedAccount) {
  const openKinds = (await openRequests(tx, account.id)).map(({ ask }) => ask.kind);
  const standing = { state: shownState(account), openKinds, restrictions: 0, liftable: 0 };
  return actionsOfHolder.map((action) => ({
    action,
    label: links[action]?.label ?? '',
    href: `/client/accounts/${account.id}/${links[action]?.path ?? ''}`,
    whyNot: whyNotNow(action, standing),
  }));
}

interface Wish {
  readonly action: AccountAction;
  readonly view: string;
  readonly data: (tx: Tx, account: ListedAccount) => Promise<Readonly<Record<string, unknown>>>;
}

function wishPage({ action, view, data }: Wish): Page {
  const link = links[action];
  if (!link) throw new Error(`${action} has no page`);
  return definePage({
    path: `/client/accounts/:id/${link.path}`,
    auth: { client: true },
    params,
    handle: async ({ tx, params: { id } }) => {
      const account = await readListedAccount(tx, id);
      const possible = (await holderActions(tx, account)).find((each) => each.action === action);
      return {
        view,
        title: link.label,
        data: {
          account,
          name: account.login === null ? 'New account' : `Account ${account.login}`,
          whyNot: possible?.whyNot,
          ...(await data(tx, account)),
        },
      };
    },
  });
}

async function ask(tx: Tx, accountId: string, wish: WordedAsk) {
  const { id } = await askForChange(tx, accountId, { ask: wish });
  return { to: `/client/account-requests/${id}` };
}

const leveragePage = wishPage({
  action: 'change_leverage',
  view: 'client/account-leverage',
  data: async (tx, account) => {
    const cap = await leverageCapOf(tx, account);
    return { cap, options: leverageOptions({ cap: cap.leverage, now: account.leverage }) };
  },
});

const leverageForm = defineForm({
  path: '/client/accounts/:id/leverage',
  auth: { client: true },
  params,
  body: { leverage: z.coerce.number('is not offered').int('is not offered').min(1).max(5_000) },
  page: leveragePage,
  handle: ({ tx, params: { id }, body }) =>
    ask(tx, id, { kind: 'change_leverage', leverage: body.leverage }),
});

const typePage = wishPage({
  action: 'change_type',
  view: 'client/account-type',
  data: async (tx, account) => ({
    now: typeInWords(account.accountType),
    options: (await typeOffers(tx, await readClient(tx, account.clientId), account)).map(
      (offer) => ({
        value: offer.accountType,
        label: `${typeInWords(offer.accountType)}, leverage up to 1:${offer.leverage}`,
      }),
    ),
  }),
});

const typeForm = defineForm({
  path: '/client/accounts/:id/type',
  auth: { client: true },
  params,
  body: { accountType },
  page: typePage,
  handle: ({ tx, params: { id }, body }) =>
    ask(tx, id, { kind: 'change_type', accountType: body.accountType }),
});

const movePage = wishPage({
  action: 'migrate',
  view: 'client/account-move',
  data: async (tx, account) => ({
    now: platformInWords(account.platform),
    options: destinationOptions(
      account.platform,
      await serverOffers(tx, await readClient(tx, account.clientId), account),
    ),
  }),
});

const moveForm = defineForm({
  path: '/client/accounts/:id/move',
  auth: { client: true },
  params,
  body: { platform: destination },
  page: movePage,
  handle: ({ tx, params: { id }, body }) => ask(tx, id, migrationTo(body.platform)),
});

const closePage = wishPage({
  action: 'close',
  view: 'client/account-close',
  data: () => Promise.resolve({}),
});

const closeForm = defineForm({
  path: '/client/accounts/:id/close',
  auth: { client: true },
  params,
  body: { sure: z.literal('yes', 'has to be ticked') },
  page: closePage,
  handle: ({ tx, params: { id } }) => ask(tx, id, { kind: 'close' }),
});

const requestPage = definePage({
  path: '/client/account-requests/:id',
  auth: { client: true },
  params: { id: idOf('accountRequest') },
  query: liveQuery,
  handle: async ({ tx, scope, params: { id }, query }) => {
    clientOf(scope);
    const request = await readAccountRequest(tx, id);
    if (!isToldToHolder(request)) throw notFound('request');
    const account = await readAccount(tx, request.accountId);
    const inWords = askInWords(request.ask);
    return follow(
      {
        view: 'client/account-request',
        title: inWords.charAt(0).toUpperCase() + inWords.slice(1),
        data: {
          request,
          account,
          server: await readServer(tx, account.serverId),
          status: accountRequestWords(request),
          isHolders: request.askedAs === 'client',
        },
      },
      {
        path: `/client/account-requests/${request.id}`,
        mark: `${request.state}/${request.look?.openPositions ?? ''}`,
        since: request.requestedAt,
        isMoving: request.endedAt === null,
      },
      query.seen,
    );
  },
});

/** The form that asks for a new link stands on the account's own page. */
export function passwordLinkForm(page: Page) {
  return defineForm({
    path: '/client/accounts/:id/password-link',
    auth: { client: true },
    params,
    page,
    handle: async ({ tx, params: { id } }) => {
      await sendPasswordLink(tx, id);
      return {
        to: `/client/accounts/${id}`,
        flash: 'A new link is on its way to your e-mail address. Older links do not work any more.',
      };
    },
  });
}

export const accountRequestPages = [
  leveragePage,
  leverageForm,
  typePage,
  typeForm,
  movePage,
  moveForm,
  closePage,
  closeForm,
  requestPage,
];
