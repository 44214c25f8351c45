import { z } from 'zod';
import { malformed, notFound, unauthenticated } from '../../../domain/problem';
import { listApiKeys, revokeApiKey } from '../../../db/api-keys';
import { lastTest } from '../../../db/appropriateness';
import { readClient } from '../../../db/clients';
import { readEntity } from '../../../db/entities';
import { erasureRequestsOf, requestErasure } from '../../../db/erasure-requests';
import { readRetention } from '../../../db/retention';
import type { RecordKind } from '../../../domain/retention/retention';
import { holderOf, readPersonalData } from '../../../db/parties';
import { hashPassword, verifyPassword } from '../../../db/passwords';
import { sourcesOfClient } from '../../../db/payment-sources';
import { findCredentials, readUserName, setPassword } from '../../../db/users';
import { asSystem } from '../../../db/connection';
import { clientOf } from '../../routes/client-scope';
import { idOf, password } from '../../schemas';
import { defineForm, definePage } from '../page';
import { countryName } from './choices';

const profile = definePage({
  path: '/client/profile',
  auth: { client: true },
  handle: async ({ tx, scope }) => {
    const { clientId, entityId, userId } = clientOf(scope);
    const client = await readClient(tx, clientId);
    const holder = await holderOf(tx, clientId);
    const personal = await readPersonalData(tx, holder.id);
    return {
      view: 'client/profile',
      title: 'Profile',
      data: {
        client,
        personal,
        residence: countryName(client.residence),
        nationality: countryName(personal.nationality),
        entity: await readEntity(tx, entityId),
        sources: await sourcesOfClient(tx, clientId),
        keys: await listApiKeys(tx, userId),
        test: await lastTest(tx, clientId),
      },
    };
  },
});

const passwordPage = definePage({
  path: '/client/profile/password',
  auth: { client: true },
  handle: () => Promise.resolve({ view: 'client/password', title: 'Change your password' }),
});

const passwordForm = defineForm({
  path: '/client/profile/password',
  auth: { client: true },
  body: { presentPassword: z.string().max(200), password, repeatedPassword: z.string().max(200) },
  page: passwordPage,
  handle: async ({ tx, user, body }) => {
    if (!user) throw unauthenticated();
    const { email } = await readUserName(tx, user.id);
    const found = await asSystem(tx, (system) => findCredentials(system, 'client', email));
    if (!(await verifyPassword(found?.passwordHash, body.presentPassword))) {
      throw wrong('presentPassword', 'is not your present password');
    }
    if (body.password !== body.repeatedPassword) {
      throw wrong('repeatedPassword', 'is not the same');
    }
    await setPassword(tx, user.id, await hashPassword(body.password), 'changed');
    return {
      to: '/client/login',
      flash: 'Your password has changed. Log in with the new one.',
    };
  },
});

function wrong(field: string, detail: string) {
  return malformed('Your password has not changed.', [{ pointer: `/body/${field}`, detail }]);
}

const revokeForm = defineForm({
  path: '/client/profile/api-keys/:id/revoke',
  auth: { client: true },
  params: { id: idOf('apiKey') },
  handle: async ({ tx, user, params }) => {
    if (!user) throw notFound('API key');
    await revokeApiKey(tx, user, params.id);
    return { to: '/client/profile', flash: 'The key has ended.' };
  },
});

const recordWords: Readonly<Record<RecordKind, string>> = {
  identity: 'Who you are: your documents and what was checked',
  transactions: 'Your deposits, withdrawals and transfers',
  orders: 'Your orders and deals',
  correspondence: 'Letters and complaints',
  accounts: 'Our books',
  application: 'Your application',
};

const dataPage = definePage({
  path: '/client/profile/data',
  auth: { client: true },
  handle: async ({ tx, scope }) => {
    const { clientId } = clientOf(scope);
    const { kept, keptUntil } = await readRetention(
      tx,
      clientId,
      new Date().toISOString().slice(0, 10),
    );
    const [latest] = await erasureRequestsOf(tx, clientId);
    return {
      view: 'client/data',
      title: 'Your data',
      data: {
        kept: kept.map((each) => ({ ...each, words: recordWords[each.record] })),
        keptUntil,
        latest,
      },
    };
  },
});

const dataForm = defineForm({
  path: '/client/profile/data',
  auth: { client: true },
  page: dataPage,
  handle: async ({ tx, scope }) => {
    await requestErasure(tx, clientOf(scope).clientId);
    return { to: '/client/profile/data', flash: 'We have recorded what you ask for.' };
  },
});

export const profilePages = [profile, passwordPage, passwordForm, revokeForm, dataPage, dataForm];
