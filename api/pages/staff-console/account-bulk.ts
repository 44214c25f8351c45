import { z } from 'zod';
import { bulkAccountsMax, type BulkActionKind } from '../../../domain/account/bulk';
import { permissionOfAction } from '../../../domain/account/actions';
import { isId } from '../../../domain/ids';
import { malformed } from '../../../domain/problem';
import { changeAccounts, readBulk, type BulkAction } from '../../../db/account-bulk';
import { accountsOfIds } from '../../../db/account-lists';
import { restrictionKinds, scopesOfAccount } from '../../../db/client-restrictions';
import type { Tx } from '../../../db/connection';
import { accountType } from '../../routes/account-schemas';
import { idOf, reason } from '../../schemas';
import { defineForm, definePage, type Form, type Page } from '../page';
import { leverageField, reasonField, type Field } from './account-action';
import { typeOptions } from './account-changes';
import { restrictionOptions, scopeOptions } from './account-restriction';
import { actionWords } from './account-words';
import { actorWords } from './actors';
import { severalTexts } from './lists';

const accountIds = z.string().max(bulkAccountsMax * 60);

const idsField: Field = {
  kind: 'field',
  name: 'accountIds',
  label: 'Accounts',
  hint: `Their ids, one on a line or with blanks between, ${bulkAccountsMax} at most.`,
  required: true,
};

async function fieldsOf(tx: Tx, action: BulkActionKind): Promise<readonly Field[]> {
  switch (action) {
    case 'change_leverage':
      return [
        {
          kind: 'field',
          name: 'leverage',
          label: 'New leverage, 1:',
          hint: 'The policy decides on each account by itself.',
          inputmode: 'numeric',
          required: true,
        },
      ];
    case 'change_type':
      return [
        {
          kind: 'choice',
          name: 'accountType',
          label: 'New type',
          required: true,
          options: await typeOptions(tx, undefined),
        },
      ];
    case 'close':
    case 'password_link':
      return [];
    case 'restrict':
      return [
        kindField(tx),
        { kind: 'checks', name: 'scopes', label: 'What is barred', options: scopeOptions },
        { ...reasonField, required: true },
      ];
    case 'lift':
      return [kindField(tx), { ...reasonField, label: 'Why it is lifted', required: true }];
  }
}

function kindField(tx: Tx): Field {
  const options = restrictionOptions(tx);
  return { kind: 'choice', name: 'kind', label: 'Kind of restriction', required: true, options };
}

/** What was typed: the fields of the action, and the ids of the accounts. */
type Typed<
  B extends Readonly<Record<string, z.ZodType>>,
  All = B & { accountIds: typeof accountIds },
> = {
  readonly [K in keyof All]: z.output<All[K]>;
};

/** The page and the form of one action about many accounts. */
function defineBulk<B extends Readonly<Record<string, z.ZodType>>>(
  kind: BulkActionKind,
  body: B,
  actionOf: (body: Typed<B>) => BulkAction,
): readonly [Page, Form] {
  const path = `/staff/accounts/bulk/${actionWords[kind].path}` as const;
  const permission = permissionOfAction[kind];
  const page = definePage({
    path,
    auth: { permission },
    query: { id: severalTexts },
    handle: async ({ tx, query }) => {
      const chosen = await accountsOfIds(tx, query.id.slice(0, bulkAccountsMax));
      return {
        view: 'staff/account-bulk',
        title: actionWords[kind].label,
        data: {
          action: path,
          ids: chosen.map(({ id }) => id).join('\n'),
          idsField,
          fields: await fieldsOf(tx, kind),
          isGrave: kind === 'close' || kind === 'restrict',
        },
      };
    },
  });
  const form = defineForm({
    path,
    auth: { permission },
    body: { ...body, accountIds },
    page,
    handle: async ({ tx, body: typed }) => {
      const bulk = await changeAccounts(tx, {
        accountIds: idsOf(typed.accountIds),
        action: actionOf(typed),
      });
      return { to: `/staff/account-bulks/${bulk.id}` };
    },
  });
  return [page, form];
}

/** Throws 400 at the field for what is no id of an account. */
function idsOf(text: string): string[] {
  const ids = text.split(/[\s,;]+/).filter((each) => each !== '');
  const wrong = ids.find((each) => !isId('account', each));
  if (wrong !== undefined) {
    throw malformed('One of the accounts cannot be read.', [
      { pointer: '/body/accountIds', detail: `hold “${wrong.slice(0, 60)}”, which is no id` },
    ]);
  }
  return ids;
}

const kind = z.enum(restrictionKinds);

const bulkPage = definePage({
  path: '/staff/account-bulks/:id',
  auth: { permission: 'account.read' },
  params: { id: idOf('accountBulk') },
  handle: async ({ tx, params }) => {
    const bulk = await readBulk(tx, params.id);
    const accounts = new Map(
      (
        await accountsOfIds(
          tx,
          bulk.items.map(({ accountId }) => accountId),
        )
      ).map((account) => [account.id, account]),
    );
    const who = await actorWords(tx, [bulk.madeBy]);
    const { kind: action, ...details } = bulk.action;
    const count = (outcome: string) => bulk.items.filter((item) => item.outcome === outcome).length;
    return {
      view: 'staff/account-bulk-done',
      title: actionWords[action].label,
      data: {
        bulk,
        by: who(bulk.madeBy),
        details: Object.entries(details).map(([name, value]) => ({
          name: name.replaceAll(/([A-Z])/g, ' $1').toLowerCase(),
          value: String(value).replaceAll('_', ' '),
        })),
        counts: {
          processed: count('processed'),
          skipped: count('skipped'),
          errored: count('errored'),
        },
        items: bulk.items.map((item) => ({ ...item, login: accounts.get(item.accountId)?.login })),
      },
    };
  },
});

export const accountBulkPages: readonly (Page | Form)[] = [
  ...defineBulk('change_leverage', { leverage: leverageField }, ({ leverage }) => ({
    kind: 'change_leverage',
    leverage,
  })),
  ...defineBulk('change_type', { accountType }, (body) => ({
    kind: 'change_type',
    accountType: body.accountType,
  })),
  ...defineBulk('close', {}, () => ({ kind: 'close' })),
  ...defineBulk('password_link', {}, () => ({ kind: 'password_link' })),
  ...defineBulk('restrict', { kind, scopes: severalTexts, reason }, (body) => ({
    kind: 'restrict',
    restriction: body.kind,
    scopes: chosenScopes(body.scopes),
    reason: body.reason,
  })),
  ...defineBulk('lift', { kind, reason }, (body) => ({
    kind: 'lift',
    restriction: body.kind,
    reason: body.reason,
  })),
  bulkPage,
];

function chosenScopes(typed: readonly string[]) {
  const scopes = scopesOfAccount.filter((each) => typed.includes(each));
  if (scopes.length > 0) return scopes;
  throw malformed('Say what is barred.', [{ pointer: '/body/scopes', detail: 'is required' }]);
}
