import { z } from 'zod';
import { permissionOfAction, type AccountAction } from '../../../domain/account/actions';
import { shownState } from '../../../domain/account/shown-state';
import { askForChange } from '../../../db/account-changes';
import { readListedAccount, type ListedAccount } from '../../../db/account-lists';
import type { WordedAsk } from '../../../db/account-requests';
import type { Tx } from '../../../db/connection';
import { idOf } from '../../schemas';
import { definePage, type Page } from '../page';
import { actionsFor, nameOf } from './account';
import { actionWords } from './account-words';

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

/** The parameters of an action's address. */
export const params = { id: idOf('account') };

interface ActionSpec {
  readonly action: AccountAction;
  /** What follows, in a sentence or two. */
  readonly next: (tx: Tx, account: ListedAccount) => Promise<string>;
  readonly fields: (tx: Tx, account: ListedAccount) => Promise<readonly Field[]>;
  readonly press: string;
  readonly isGrave?: boolean;
}

/** The page of one action: what it does, its form, or why it is not possible now. */
export function defineAction(spec: ActionSpec): Page {
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

/** Records the wish for a change; the account's process answers it. */
export async function ask(
  tx: Tx,
  id: string,
  what: { readonly ask: WordedAsk; readonly reason?: string | undefined },
) {
  await askForChange(tx, id, what);
  return { to: `/staff/accounts/${id}`, flash: asked };
}
