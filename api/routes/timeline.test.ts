import { appendEvents } from '../../db/events';
import type { Role } from '../../domain/access/roles';
import { newId } from '../../domain/ids';
import { workflowIds } from '../../temporal-config/workflow-ids';
import { Browser, startApi, type TestApi } from '../testing/api';
import { openApproval } from '../testing/tasks';

let api: TestApi;
let clientId = '';
let taskId = '';

/** A client with something of everything in the timeline, each under a sum or word of its own. */
beforeAll(async () => {
  api = await startApi();
  ({ clientId } = await api.client());
  taskId = await openApproval(api, clientId);
  const of = { entityId: 'cy', clientId };
  const [deposit, account] = [newId('deposit'), newId('account')];
  await api.system((tx) =>
    appendEvents(tx, [
      { ...of, subject: deposit, type: 'deposit.credited', payload: { amount: '711.01' } },
      {
        ...of,
        subject: workflowIds.deposit(deposit),
        type: 'intent.done',
        payload: { kind: 'payment', amount: '711.02' },
      },
      { ...of, subject: account, type: 'account.activated', payload: { login: '711.03' } },
      {
        ...of,
        subject: workflowIds.account(account),
        type: 'intent.done',
        payload: { kind: 'balance', amount: '711.04' },
      },
      { ...of, subject: newId('kycCase'), type: 'kyc.opened', payload: { state: '711.05' } },
      {
        ...of,
        subject: clientId,
        type: 'client.payout_instrument_added',
        payload: { kind: '711.06' },
      },
    ]),
  );
});
afterAll(() => api.close());

/** The types that a holder of the role reads over the API, and the page as it stands. */
async function read(role: Role) {
  const colleague = await api.staff([role]);
  const reply = await api.call('GET', `/api/v1/clients/${clientId}/events?limit=200`, {
    as: colleague,
  });
  const browser = new Browser(api.url);
  await browser.logIn('staff', colleague.email);
  const page = await browser.get(`/staff/clients/${clientId}`);
  const data = reply.json['data'] as { type: string }[];
  return { types: data.map(({ type }) => type), text: reply.text, page: page.text, colleague };
}

describe('a client’s timeline', () => {
  it('tells sales nothing of payments, accounts, verification and tasks', async () => {
    const { types, text, page, colleague } = await read('sales');
    expect(types).toContain('client.registered');
    expect(types.filter((type) => !/^(client|mail)\./.test(type))).toEqual([]);
    expect(text).not.toContain('711.');
    expect(page).not.toContain('711.');
    expect(page).toContain('Registered');
    expect(page).not.toMatch(/Task opened|show=payments|show=tasks/);
    const filtered = `/api/v1/clients/${clientId}/events?type=deposit.credited`;
    expect((await api.call('GET', filtered, { as: colleague })).json['data']).toEqual([]);
  });

  it('tells those who see accounts of accounts alone, and the steps outside with them', async () => {
    const { text, page } = await read('dealing');
    for (const seen of ['711.03', '711.04']) {
      expect(text).toContain(seen);
      expect(page).toContain(seen);
    }
    expect(text).not.toMatch(/711\.0[1256]/);
    expect(page).not.toMatch(/711\.0[1256]/);
    expect(page).not.toContain('Task opened');
  });

  it('is whole for support: what they see on each thing’s page', async () => {
    const { text, page } = await read('support');
    for (const seen of ['711.01', '711.02', '711.03', '711.04', '711.05', '711.06', taskId]) {
      expect(text).toContain(seen);
      expect(page).toContain(seen);
    }
  });
});

describe('a timeline that is narrowed', () => {
  const narrowed = async (query: string) => {
    const colleague = await api.staff(['support']);
    return api.call('GET', `/api/v1/clients/${clientId}/events?limit=200&${query}`, {
      as: colleague,
    });
  };
  const typesOf = async (query: string) =>
    (
      (await narrowed(query)).json['data'] as { type: string; actor: string; subject: string }[]
    ).map(({ type }) => type);

  it('shows one subject, one actor, one period', async () => {
    const all = (await narrowed('')).json['data'] as { subject: string; actor: string }[];
    const deposit = all.find(({ subject }) => subject.startsWith('dep_'));
    expect(await typesOf(`subject=${deposit?.subject}`)).toEqual(['deposit.credited']);
    const by = all.filter(({ actor }) => actor === deposit?.actor).length;
    expect(await typesOf(`actor=${deposit?.actor}`)).toHaveLength(by);
    expect(await typesOf('actor=user:usr_nobody')).toEqual([]);
    const today = new Date().toISOString().slice(0, 10);
    expect(await typesOf(`from=${today}&to=${today}`)).toHaveLength(all.length);
    expect(await typesOf('to=2020-01-01')).toEqual([]);
    expect((await narrowed('from=yesterday')).status).toBe(400);
    expect((await narrowed('colour=red')).status).toBe(400);
  });

  it('keeps on the page what was typed', async () => {
    const browser = new Browser(api.url);
    await browser.logIn('staff', (await api.staff(['support'])).email);
    const page = await browser.get(`/staff/clients/${clientId}?show=payments&subject=dep_none`);
    expect(page.text).toContain('value="dep_none"');
    expect(page.text).not.toContain('711.01');
  });
});

describe('a task', () => {
  it('is read on its page and over the API by the same people', async () => {
    for (const [role, status] of [
      ['finance', 200],
      ['support', 200],
      ['auditor', 200],
      ['sales', 404],
      ['dealing', 404],
      ['admin', 404],
    ] as const) {
      const colleague = await api.staff([role]);
      const browser = new Browser(api.url);
      await browser.logIn('staff', colleague.email);
      const replies = [
        await api.call('GET', `/api/v1/tasks/${taskId}`, { as: colleague }),
        await browser.get(`/staff/tasks/${taskId}`),
      ];
      expect([role, ...replies.map((reply) => reply.status)]).toEqual([role, status, status]);
    }
  });

  it('says why they cannot act to those who see it and do not decide', async () => {
    const support = await api.staff(['support']);
    const seen = await api.call('GET', `/api/v1/tasks/${taskId}`, { as: support });
    expect(seen.json['whyNot']).toMatchObject({ code: 'forbidden' });
    const claimed = await api.call('POST', `/api/v1/tasks/${taskId}/claim`, { as: support });
    expect([claimed.status, claimed.json['permission']]).toEqual([403, 'withdrawal.approve']);
  });
});
