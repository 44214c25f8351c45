import { migrationTo } from '../../../domain/account/request';
import { platformInWords, typeInWords } from '../../../domain/account/words';
import type { Tx } from '../../../db/connection';
import { leverageCapOf } from '../../../db/leverage-cap';
import { effectivePolicy } from '../../../db/policies';
import { listServers } from '../../../db/servers';
import { accountType } from '../../routes/account-schemas';
import { reason } from '../../schemas';
import { destination, destinationOptions } from '../destinations';
import { defineForm, type Form, type Page } from '../page';
import { ask, defineAction, leverageField, params, reasonField } from './account-action';

const leveragePage = defineAction({
  action: 'change_leverage',
  next: async (tx, account) => {
    const cap = await leverageCapOf(tx, account);
    return `Now 1:${account.leverage}. The policy gives a ${account.category} account up to 1:${cap.leverage} (${cap.regime}: ${cap.source}) and looks at open positions and margin on the server first.`;
  },
  fields: () =>
    Promise.resolve([
      {
        kind: 'field',
        name: 'leverage',
        label: 'New leverage, 1:',
        inputmode: 'numeric',
        required: true,
      },
      reasonField,
    ]),
  press: 'Ask for it',
});

const leverageForm = defineForm({
  path: '/staff/accounts/:id/leverage',
  auth: { permission: 'account.operate' },
  params,
  body: { leverage: leverageField, reason: reason.optional() },
  page: leveragePage,
  handle: ({ tx, params: { id }, body }) =>
    ask(tx, id, {
      ask: { kind: 'change_leverage', leverage: body.leverage },
      reason: body.reason,
    }),
});

export async function typeOptions(tx: Tx, entityId: string | undefined) {
  const of = entityId === undefined ? {} : { entityId };
  const { compiled } = await effectivePolicy(tx, 'account.provisioning', of);
  return compiled.effective.parameters.accountTypes.map((value) => ({
    value,
    label: typeInWords(value),
  }));
}

const typePage = defineAction({
  action: 'change_type',
  next: (_tx, account) =>
    Promise.resolve(
      `Now ${typeInWords(account.accountType)}. Group and leverage follow from the policy; what is on another server needs a move instead.`,
    ),
  fields: async (tx, account) => [
    {
      kind: 'choice',
      name: 'accountType',
      label: 'New type',
      required: true,
      options: (await typeOptions(tx, account.entityId)).filter(
        ({ value }) => value !== account.accountType,
      ),
    },
    reasonField,
  ],
  press: 'Ask for it',
});

const typeForm = defineForm({
  path: '/staff/accounts/:id/type',
  auth: { permission: 'account.operate' },
  params,
  body: { accountType, reason: reason.optional() },
  page: typePage,
  handle: ({ tx, params: { id }, body }) =>
    ask(tx, id, {
      ask: { kind: 'change_type', accountType: body.accountType },
      reason: body.reason,
    }),
});

const migratePage = defineAction({
  action: 'migrate',
  next: (_tx, account) =>
    Promise.resolve(
      `Now on ${platformInWords(account.platform)}. A new account is opened by policy on the other platform; once all positions here are closed the balance goes home to the wallet and on to the new account, exactly once, and this account is archived.`,
    ),
  fields: async (tx, account) => [
    {
      kind: 'choice',
      name: 'platform',
      label: 'New platform',
      required: true,
      options: destinationOptions(
        account.platform,
        (await listServers(tx)).filter(({ id }) => id !== account.serverId),
      ),
    },
    reasonField,
  ],
  press: 'Move the account',
  isGrave: true,
});

const migrateForm = defineForm({
  path: '/staff/accounts/:id/migrate',
  auth: { permission: 'account.operate' },
  params,
  body: { platform: destination, reason: reason.optional() },
  page: migratePage,
  handle: ({ tx, params: { id }, body }) =>
    ask(tx, id, { ask: migrationTo(body.platform), reason: body.reason }),
});

const closePage = defineAction({
  action: 'close',
  next: () =>
    Promise.resolve(
      'Once the holder has closed all positions the balance goes home to the wallet, the log-in is blocked and the account is closed. It cannot be opened again.',
    ),
  fields: () => Promise.resolve([reasonField]),
  press: 'Close the account',
  isGrave: true,
});

const closeForm = defineForm({
  path: '/staff/accounts/:id/close',
  auth: { permission: 'account.operate' },
  params,
  body: { reason: reason.optional() },
  page: closePage,
  handle: ({ tx, params: { id }, body }) =>
    ask(tx, id, { ask: { kind: 'close' }, reason: body.reason }),
});

export const accountChangePages: readonly (Page | Form)[] = [
  leveragePage,
  leverageForm,
  typePage,
  typeForm,
  migratePage,
  migrateForm,
  closePage,
  closeForm,
];
