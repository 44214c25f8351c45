import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import { readListedAccount } from '../../../db/account-lists';
import {
  liftRestriction,
  restrictionKinds,
  scopesOfAccount,
  setRestriction,
} from '../../../db/client-restrictions';
import type { Tx } from '../../../db/connection';
import { restrictionsOfAccount } from '../../../db/restrictions';
import { idOf, reason } from '../../schemas';
import { defineForm, type Form, type Page } from '../page';
import { severalTexts } from './lists';
import { defineAction, params, reasonField } from './account-action';

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

export const accountRestrictionPages: readonly (Page | Form)[] = [
  restrictPage,
  restrictForm,
  liftPage,
  liftForm,
];
