import { sendPasswordLink } from '../../../db/account-password-link';
import { defineForm, type Form, type Page } from '../page';
import { defineAction, params } from './account-action';

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

export const accountPasswordPages: readonly (Page | Form)[] = [linkPage, linkForm];
