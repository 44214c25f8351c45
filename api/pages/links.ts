import { z } from 'zod';
import { malformed } from '../../domain/problem';
import { usePasswordLink, usePlatformLink } from '../../db/link-use';
import { readLink } from '../../db/one-time-links';
import { hashPassword } from '../../db/passwords';
import { password, platformPassword } from '../schemas';
import { defineForm, definePage } from './page';

const token = z.string().regex(/^[A-Za-z0-9_-]{20,100}$/);

const titles = {
  verify_email: 'Confirm your e-mail address',
  set_password: 'Set your password',
  platform_password: 'Set your platform password',
} as const;

/** Where a link from a mail leads. Looking at it uses nothing up: mail scanners look, too. */
const linkPage = definePage({
  path: '/links/:token',
  auth: { public: true },
  params: { token },
  handle: async ({ tx, params, user }) => {
    const link = await readLink(tx, params.token);
    const isPlatform = link.purpose === 'platform_password';
    return {
      view: 'link',
      title: titles[link.purpose],
      data: {
        link,
        token: params.token,
        isPlatform,
        needsLogIn: isPlatform && user?.clientId !== link.clientId,
      },
    };
  },
});

function assertRepeated(fields: { password: string; repeatedPassword: string }): void {
  if (fields.password === fields.repeatedPassword) return;
  throw malformed('The two passwords differ.', [
    { pointer: '/body/repeatedPassword', detail: 'is not the same password' },
  ]);
}

const passwordForm = defineForm({
  path: '/links/:token',
  auth: { public: true },
  params: { token },
  body: { password, repeatedPassword: z.string() },
  page: linkPage,
  handle: async ({ tx, params, body }) => {
    assertRepeated(body);
    const user = await usePasswordLink(tx, params.token, await hashPassword(body.password));
    return { to: `/${user.kind}/login`, flash: 'Your password is set. Log in with it.' };
  },
});

const platformForm = defineForm({
  path: '/links/:token/platform-password',
  auth: { client: true },
  params: { token },
  body: { password: platformPassword, repeatedPassword: z.string() },
  page: linkPage,
  handle: async ({ tx, params, body }) => {
    assertRepeated(body);
    await usePlatformLink(tx, params.token, body.password);
    return { to: '/client', flash: 'The platform password is being set on the server.' };
  },
});

export const linkPages = [linkPage, passwordForm, platformForm];
