import { list, text, until } from '../../cli/demo/http';
import { newId } from '../../domain/ids';
import type { Applicant } from './applicants';
import { decide, taskAbout, type Colleague } from './colleagues';
import type { House } from './house';
import { activeAccount } from './money';

/** For tests only: what staff ask about clients' trading accounts, each time in their own words. */
export async function askAboutAccounts(
  house: House,
  staff: readonly [Colleague, Colleague],
  { near, eve }: { readonly near: Applicant; readonly eve: Applicant },
): Promise<void> {
  await askOverApi(house, staff, near);
  await askOnPages(house, staff, eve);
  await askInBulk(house, staff, near);
  await askToMove(house, staff, near);
}

async function askOverApi(
  house: House,
  [one, other]: readonly [Colleague, Colleague],
  who: Applicant,
): Promise<void> {
  const { api, markers } = house;
  const { id } = await activeAccount(house, who);
  const reason = () => `${markers.word('request: reason')} called`;
  const ask = (body: object) =>
    api.must('POST', '/api/v1/accounts/{id}/requests', { token: one.token, params: { id }, body });
  await ask({ kind: 'change_type', accountType: 'pro', reason: reason() });
  const group = await otherGroup(house, one, id);
  await api.must('POST', '/api/v1/accounts/{id}/tracing', {
    token: one.token,
    params: { id },
    body: { means: 'telephone', note: `${markers.word('tracing: note')} answered` },
  });
  const moved = await ask({ kind: 'move_group', group, reason: reason() });
  const task = await taskAbout(house, other, 'account_request', text(moved, 'id'));
  await decide(house, other, { id: text(task, 'id'), decision: 'approve' });
}

/** A group of the account's server that it is not in, as soon as the feed has read which there are. */
async function otherGroup({ api }: House, { token }: Colleague, id: string): Promise<string> {
  const account = await api.must('GET', '/api/v1/accounts/{id}', { token, params: { id } });
  return until('the groups of the server', async () => {
    const page = await api.must('GET', '/api/v1/servers/{id}/groups', {
      token,
      params: { id: text(account, 'server') },
      query: { currency: text(account, 'currency') },
    });
    const names = list(page, 'data').map((group) => text(group, 'name'));
    return names.find((name) => name !== account['group']);
  });
}

async function askOnPages(
  house: House,
  [one, other]: readonly [Colleague, Colleague],
  who: Applicant,
): Promise<void> {
  const { api, markers } = house;
  const { id } = await activeAccount(house, who);
  const ask = (path: string, fields: Readonly<Record<string, string>>, by = one) =>
    by.visitor.submit(`/staff/accounts/:id/${path}`, {
      params: { id },
      fields: { ...fields, reason: `${markers.word(`request on a page: reason of ${path}`)} said` },
    });
  await ask('leverage', { leverage: '20' });
  await ask('type', { accountType: 'pro' });
  const group = await otherGroup(house, one, id);
  await ask('group', { group });
  await ask('override', { leverage: '25', group });
  await one.visitor.submit('/staff/accounts/:id/trace', {
    params: { id },
    fields: { means: 'letter', note: `${markers.word('tracing on a page: note')} wrote back` },
  });
  await ask('restrict', { kind: 'manual_review', scopes: 'trade' });
  const standing = await api.must('GET', '/api/v1/clients/{id}/restrictions', {
    token: other.token,
    params: { id: who.clientId },
  });
  const [restriction] = list(standing, 'data');
  await ask('lift', { restriction: text(restriction ?? {}, 'id') }, other);
  await ask('close', {});
}

/** About an account that there is, and about one that is nobody's. */
async function askInBulk(
  house: House,
  [one, other]: readonly [Colleague, Colleague],
  who: Applicant,
): Promise<void> {
  const { api, markers } = house;
  const { id } = await activeAccount(house, who);
  const reason = (what: string) => `${markers.word(`bulk: reason ${what}`)} knows`;
  const restriction = 'manual_review';
  for (const [{ token }, action] of [
    [one, { kind: 'change_type', accountType: 'pro' }],
    [one, { kind: 'restrict', restriction, scopes: ['trade'], reason: reason('to restrict') }],
    [other, { kind: 'lift', restriction, reason: reason('to lift') }],
  ] as const) {
    await api.must('POST', '/api/v1/accounts/bulk', { token, body: { accountIds: [id], action } });
  }
  const submit = (path: string, fields: Readonly<Record<string, string>>, by = one) =>
    by.visitor.submit(`/staff/accounts/bulk/${path}`, { fields });
  const accountIds = id;
  await submit('leverage', { leverage: '20', accountIds });
  await submit('type', { accountType: 'pro', accountIds });
  await submit('password-link', { accountIds });
  const kind = restriction;
  const scopes = 'trade';
  await submit('restrict', { kind, scopes, reason: reason('to restrict on a page'), accountIds });
  await submit('lift', { kind, reason: reason('to lift on a page'), accountIds }, other);
  await submit('close', { accountIds: newId('account') });
}

/** The last thing asked: nothing else is taken up while it is under way. */
async function askToMove(
  house: House,
  [one]: readonly [Colleague, Colleague],
  who: Applicant,
): Promise<void> {
  const { api, markers } = house;
  const { id } = await activeAccount(house, who);
  const staying = await api.must('POST', '/api/v1/accounts/{id}/requests', {
    token: one.token,
    params: { id },
    body: {
      ...{ kind: 'migrate', platform: 'mt5', server: 'mt5' },
      reason: markers.word('request: reason to move nowhere'),
    },
  });
  await until('the answer', async () => {
    const { state } = await api.must('GET', '/api/v1/account-requests/{id}', {
      token: one.token,
      params: { id: text(staying, 'id') },
    });
    return state === 'refused' ? state : undefined;
  });
  const reason = markers.word('request on a page: reason to move');
  const fields = { platform: 'mt4', reason };
  await one.visitor.submit('/staff/accounts/:id/migrate', { params: { id }, fields });
}
