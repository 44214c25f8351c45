import { overrideOf } from '../../../domain/account/request';
import { leverageCapOf } from '../../../db/leverage-cap';
import { groupName } from '../../routes/account-schemas';
import { reason } from '../../schemas';
import { defineForm, type Form, type Page } from '../page';
import { ask, defineAction, leverageField, params, reasonField } from './account-action';

const secondPerson =
  'This steps over the policy: another person than you has to approve it, and reads your reason. The account is marked until an ordinary change is made.';

const groupPage = defineAction({
  action: 'move_group',
  next: (_tx, account) => Promise.resolve(`Now in ${account.group}. ${secondPerson}`),
  fields: () =>
    Promise.resolve([
      {
        kind: 'field',
        name: 'group',
        label: 'Group on the server',
        hint: 'In the server’s own spelling. A group of another currency is refused there.',
        required: true,
      },
      { ...reasonField, required: true },
    ]),
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
  fields: () =>
    Promise.resolve([
      {
        kind: 'field',
        name: 'leverage',
        label: 'Leverage, 1:',
        hint: 'Leave it empty to keep it.',
        inputmode: 'numeric',
      },
      {
        kind: 'field',
        name: 'group',
        label: 'Group on the server',
        hint: 'Leave it empty to keep it.',
      },
      { ...reasonField, required: true },
    ]),
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
