import { overrideOf } from '../../../domain/account/request';
import type { ListedAccount } from '../../../db/account-lists';
import type { Tx } from '../../../db/connection';
import { leverageCapOf } from '../../../db/leverage-cap';
import { groupsOfferedMax, listGroups } from '../../../db/server-groups';
import { groupName } from '../../routes/account-schemas';
import { reason } from '../../schemas';
import { defineForm, type Form, type Page } from '../page';
import { ask, defineAction, leverageField, params, reasonField } from './account-action';

const secondPerson =
  'This steps over the policy: another person than you has to approve it, and reads your reason. The account is marked until an ordinary change is made.';

/** The groups of the account's server that it could be in, but for the one that it is in. */
async function groupOptions(tx: Tx, { serverId, currency, group }: ListedAccount) {
  const found = await listGroups(tx, { serverId, currency, limit: groupsOfferedMax });
  return found
    .filter(({ name }) => name !== group)
    .map(({ name }) => ({ value: name, label: name }));
}

const groupPage = defineAction({
  action: 'move_group',
  next: (_tx, account) => Promise.resolve(`Now in ${account.group}. ${secondPerson}`),
  fields: async (tx, account) => [
    {
      kind: 'choice',
      name: 'group',
      label: 'Group on the server',
      hint: `Those that the server has in ${account.currency}.`,
      required: true,
      options: await groupOptions(tx, account),
    },
    { ...reasonField, required: true },
  ],
  press: 'Ask a second person',
});

const groupForm = defineForm({
  path: '/staff/accounts/:id/group',
  auth: { permission: 'account.operate' },
  params,
  body: { group: groupName, reason },
  page: groupPage,
  handle: ({ tx, params: { id }, body }) =>
    ask(tx, id, { ask: { kind: 'move_group', group: body.group }, reason: body.reason }),
});

const overridePage = defineAction({
  action: 'override',
  next: async (tx, account) => {
    const cap = await leverageCapOf(tx, account);
    return `Now 1:${account.leverage} in ${account.group}; the policy’s cap is 1:${cap.leverage} (${cap.source}). ${secondPerson}`;
  },
  fields: async (tx, account) => [
    {
      kind: 'field',
      name: 'leverage',
      label: 'Leverage, 1:',
      hint: 'Leave it empty to keep it.',
      inputmode: 'numeric',
    },
    {
      kind: 'choice',
      name: 'group',
      label: 'Group on the server',
      hint: 'Leave it empty to keep it.',
      options: await groupOptions(tx, account),
    },
    { ...reasonField, required: true },
  ],
  press: 'Ask a second person',
  isGrave: true,
});

const overrideForm = defineForm({
  path: '/staff/accounts/:id/override',
  auth: { permission: 'account.operate' },
  params,
  body: { leverage: leverageField.optional(), group: groupName.optional(), reason },
  page: overridePage,
  handle: ({ tx, params: { id }, body }) =>
    ask(tx, id, { ask: overrideOf(body), reason: body.reason }),
});

export const accountOverridePages: readonly (Page | Form)[] = [
  groupPage,
  groupForm,
  overridePage,
  overrideForm,
];
