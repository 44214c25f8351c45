import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import { permissionOfAction, type AccountAction } from '../../../domain/account/actions';
import { overrideOf } from '../../../domain/account/request';
import { platformInWords, typeInWords } from '../../../domain/account/words';
import { shownState } from '../../../domain/account/shown-state';
import { askForChange } from '../../../db/account-changes';
import { readListedAccount, type ListedAccount } from '../../../db/account-lists';
import { sendPasswordLink } from '../../../db/account-password-link';
import type { WordedAsk } from '../../../db/account-requests';
import {
  liftRestriction,
  restrictionKinds,
  scopesOfAccount,
  setRestriction,
} from '../../../db/client-restrictions';
import type { Tx } from '../../../db/connection';
import { leverageCapOf } from '../../../db/leverage-cap';
import { effectivePolicy } from '../../../db/policies';
import { restrictionsOfAccount } from '../../../db/restrictions';
import { accountType, groupName } from '../../routes/account-schemas';
import { idOf, platform, reason } from '../../schemas';
import { defineForm, definePage, type Form, type Page } from '../page';
import { actionsFor, nameOf } from './account';
import { actionWords, platformOptions } from './account-words';
import { severalTexts } from './lists';

/** A whole number as a form sends it. */
export const leverageField = z.coerce
  .number('is not a whole number')
  .int('is not a whole number')
  .min(1, 'is below 1')
  .max(5_000, 'is above 5000');

/** A field of an action's form, as the view writes it. */
export interface Field {
  readonly kind: 'field' | 'choice' | 'checks';
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly required?: boolean;
  readonly inputmode?: string;
  readonly value?: string;
  readonly options?: readonly { readonly value: string; readonly label: string }[];
}

export const reasonField: Field = {
  kind: 'field',
  name: 'reason',
  label: 'Reason',
  hint: 'For colleagues; kept sealed. No personal data.',
};

const params = { id: idOf('account') };

interface ActionSpec {
  readonly action: AccountAction;
  /** What follows, in a sentence or two. */
  readonly next: (tx: Tx, account: ListedAccount) => Promise<string>;
  readonly fields: (tx: Tx, account: ListedAccount) => Promise<readonly Field[]>;
  readonly press: string;
  readonly isGrave?: boolean;
}

/** The page of one action: what it does, its form, or why it is not possible now. */
function defineAction(spec: ActionSpec): Page {
  const { path, label } = actionWords[spec.action];
  return definePage({
    path: `/staff/accounts/:id/${path}`,
    auth: { permission: permissionOfAction[spec.action] },
    params,
    handle: async ({ tx, scope, params: { id } }) => {
      const account = await readListedAccount(tx, id);
      const actions = await actionsFor(tx, account);
      return {
        view: 'staff/account-action',
        title: label,
        data: {
          account,
          shown: shownState(account),
          clientName: await nameOf(tx, scope, account.clientId),
          whyNot: actions.find(({ action }) => action === spec.action)?.whyNot,
          next: await spec.next(tx, account),
          fields: await spec.fields(tx, account),
          action: `/staff/accounts/${account.id}/${path}`,
          press: spec.press,
          isGrave: spec.isGrave,
        },
      };
    },
  });
}

const asked = 'Asked. The account’s process looks at it now; its answer appears below.';

async function ask(
  tx: Tx,
  id: string,
  what: { readonly ask: WordedAsk; readonly reason?: string | undefined },
) {
  await askForChange(tx, id, what);
  return { to: `/staff/accounts/${id}`, flash: asked };
}

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
  fields: (_tx, account) =>
    Promise.resolve([
      {
        kind: 'choice',
        name: 'platform',
        label: 'New platform',
        required: true,
        options: platformOptions.filter(({ value }) => value !== account.platform),
      },
      reasonField,
    ]),
  press: 'Move the account',
  isGrave: true,
});

const migrateForm = defineForm({
  path: '/staff/accounts/:id/migrate',
  auth: { permission: 'account.operate' },
  params,
  body: { platform, reason: reason.optional() },
  page: migratePage,
  handle: ({ tx, params: { id }, body }) =>
    ask(tx, id, { ask: { kind: 'migrate', platform: body.platform }, reason: body.reason }),
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

const linkPage = defineAction({
  action: 'password_link',
  next: () =>
    Promise.resolve(
      'The holder gets a mail with a link, good once for 72 hours, to choose a new platform password. Older links stop working. Nobody here sees it.',
    ),
  fields: () => Promise.resolve([]),
  press: 'Send the link',
});

const linkForm = defineForm({
  path: '/staff/accounts/:id/password-link',
  auth: { permission: 'account.resend' },
  params,
  page: linkPage,
  handle: async ({ tx, params: { id } }) => {
    await sendPasswordLink(tx, id);
    return { to: `/staff/accounts/${id}`, flash: 'The link is on its way to the holder.' };
  },
});

/** The kinds that this person may set or lift. */
export function restrictionOptions(tx: Tx) {
  return restrictionKinds
    .filter((kind) => kind !== 'restricted_hold' || may(tx.scope, 'restricted.read'))
    .map((value) => ({ value, label: value.replaceAll('_', ' ') }));
}

export const scopeOptions = [
  { value: 'trade', label: 'trading' },
  { value: 'login', label: 'logging in' },
];

const restrictPage = defineAction({
  action: 'restrict',
  next: () =>
    Promise.resolve(
      'On this account alone; the client as a whole is restricted on the client’s page. It is in force at once, and another person than you lifts it.',
    ),
  fields: (tx) =>
    Promise.resolve([
      {
        kind: 'choice',
        name: 'kind',
        label: 'Kind',
        required: true,
        options: restrictionOptions(tx),
      },
      { kind: 'checks', name: 'scopes', label: 'What is barred', options: scopeOptions },
      { ...reasonField, required: true },
    ]),
  press: 'Restrict',
  isGrave: true,
});

const restrictForm = defineForm({
  path: '/staff/accounts/:id/restrict',
  auth: { permission: 'restriction.set' },
  params,
  body: { kind: z.enum(restrictionKinds), scopes: severalTexts, reason },
  page: restrictPage,
  handle: async ({ tx, params: { id }, body }) => {
    const account = await readListedAccount(tx, id);
    await setRestriction(tx, {
      clientId: account.clientId,
      accountId: account.id,
      kind: body.kind,
      scopes: scopesOfAccount.filter((each) => body.scopes.includes(each)),
      reason: body.reason,
    });
    return { to: `/staff/accounts/${id}`, flash: 'The restriction is in force.' };
  },
});

const liftPage = defineAction({
  action: 'lift',
  next: () => Promise.resolve('What else restricts the account or its client stays in force.'),
  fields: async (tx, account) => [
    {
      kind: 'choice',
      name: 'restriction',
      label: 'Restriction',
      required: true,
      options: (await restrictionsOfAccount(tx, account)).map((each) => ({
        value: each.id,
        label: `${each.kind.replaceAll('_', ' ')}: ${each.scopes.join(', ')}`,
      })),
    },
    { ...reasonField, label: 'Why it is lifted', required: true },
  ],
  press: 'Lift it',
});

const liftForm = defineForm({
  path: '/staff/accounts/:id/lift',
  auth: { permission: 'restriction.lift' },
  params,
  body: { restriction: idOf('restriction'), reason },
  page: liftPage,
  handle: async ({ tx, params: { id }, body }) => {
    const account = await readListedAccount(tx, id);
    await liftRestriction(tx, account.clientId, body.restriction, body.reason);
    return { to: `/staff/accounts/${id}`, flash: 'The restriction is lifted.' };
  },
});

export const accountActionPages: readonly (Page | Form)[] = [
  leveragePage,
  leverageForm,
  typePage,
  typeForm,
  migratePage,
  migrateForm,
  closePage,
  closeForm,
  groupPage,
  groupForm,
  overridePage,
  overrideForm,
  linkPage,
  linkForm,
  restrictPage,
  restrictForm,
  liftPage,
  liftForm,
];
