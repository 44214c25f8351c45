import { createHmac } from 'node:crypto';
import type { Role } from '../../domain/access/roles';
import { rows } from '../../db/connection';
import { holderOf } from '../../db/parties';
import { readTask } from '../../db/tasks';
import { seedScreening } from '../../tests/setup/seed-screening';
import { pages } from '../pages';
import { Browser, startApi, testPassword, type Person, type TestApi } from '../testing/api';
import { openApproval } from '../testing/tasks';
import { routes } from '.';

/** Every way in that there is, tried by one person who wants to be two. */
describe('a second person', () => {
  let api: TestApi;
  let clientId: string;

  beforeAll(async () => {
    api = await startApi();
    ({ clientId } = await api.client());
    await api.system(async (tx) => {
      const { id } = await holderOf(tx, clientId);
      await seedScreening(tx, { entityId: 'cy', clientId, partyId: id });
    });
  });
  afterAll(() => api.close());

  /** A withdrawal's approval that the person has asked for. */
  const asked = async (who: Person) => {
    const id = await openApproval(api, clientId, [who.user.id]);
    return api.system((tx) => readTask(tx, id));
  };
  const now = (id: string) => api.system((tx) => readTask(tx, id));
  const decision = (task: { readonly version: number; readonly contentHash: string }) => ({
    expectedVersion: task.version,
    contentHash: task.contentHash,
    decision: 'approve',
    reason: 'In order.',
  });
  const decide = (as: Person, task: Awaited<ReturnType<typeof asked>>) =>
    api.call('POST', `/api/v1/tasks/${task.id}/decision`, { as, body: decision(task) });
  const finance = (): Promise<Person> => api.staff(['finance']);

  it('is not the first one through the API, by a key or a session, on the page, or in bulk', async () => {
    const self = await finance();
    const task = await asked(self);
    const byKey = await decide(self, task);
    expect([byKey.status, byKey.json['code']]).toEqual([409, 'four_eyes']);

    const browser = new Browser(api.url);
    await browser.logIn('staff', self.email);
    const page = await browser.get(`/staff/tasks/${task.id}`);
    expect(page.text).toContain('A different person has to decide.');
    expect(page.text).not.toContain('data-decision');
    const sent = await browser.post(`/staff/tasks/${task.id}`, {
      decision: 'approve',
      reason: 'In order.',
      version: String(task.version),
      contentHash: task.contentHash,
    });
    expect(sent.status).toBe(409);

    const bulk = await api.call('POST', '/api/v1/tasks/bulk', {
      as: self,
      body: {
        tasks: [
          {
            taskId: task.id,
            expectedVersion: task.version,
            contentHash: task.contentHash,
          },
        ],
        action: { kind: 'decide', decision: 'approve', reason: 'In order.' },
      },
    });
    expect(bulk.json).toMatchObject({
      processed: 0,
      skipped: 1,
      items: [{ outcome: 'skipped', reason: { code: 'four_eyes_task' } }],
    });
    expect((await api.call('POST', `/api/v1/tasks/${task.id}/claim`, { as: self })).status).toBe(
      409,
    );
    expect(await now(task.id)).toMatchObject({ state: 'open', approvals: 0, claimedBy: null });
  });

  it('is not made by giving the task to oneself, or by a decision in another’s name', async () => {
    const [self, other] = [await api.staff(['finance', 'senior_approver']), await finance()];
    const task = await asked(self);
    const given = await api.call('POST', `/api/v1/tasks/${task.id}/reassignment`, {
      as: self,
      body: { to: self.user.id, reason: 'Mine.' },
    });
    expect([given.status, given.json['code']]).toEqual([422, 'not_eligible']);
    const named = await api.call('POST', `/api/v1/tasks/${task.id}/decision`, {
      as: self,
      body: { ...decision(task), officer: other.user.id },
    });
    expect([named.status, named.json['code']]).toEqual([409, 'named_for_another']);
  });

  it('is not a token or a session that somebody signed for another', async () => {
    const [self, other] = [await finance(), await finance()];
    const task = await asked(self);
    for (const token of [
      `kls_${Buffer.from(JSON.stringify({ sub: other.user.id })).toString('base64url')}`,
      `${other.token.slice(0, -2)}xx`,
      `${self.token}.${other.user.id}`,
    ]) {
      expect((await decide({ ...self, token }, task)).status).toBe(401);
    }
    // The cookie of the other's session, signed with another secret than the server's.
    const theirs = new Browser(api.url);
    await theirs.logIn('staff', other.email);
    const [cookie] = theirs.cookies;
    const [name = '', value = ''] = cookie ?? [];
    const sid = /^s:([^.]+)\./.exec(decodeURIComponent(value))?.[1] ?? '';
    expect(sid).not.toBe('');
    const mac = createHmac('sha256', 'another secret')
      .update(sid)
      .digest('base64')
      .replace(/=+$/, '');
    const me = async (text: string) =>
      (await fetch(`${api.url}/api/v1/me`, { headers: { cookie: `${name}=${text}` } })).status;
    expect(await me(value)).toBe(200);
    expect(await me(encodeURIComponent(`s:${sid}.${mac}`))).toBe(401);
    // A key acts for who made it, and nobody can make one for another.
    const key = await api.call('POST', '/api/v1/api-keys', {
      as: self,
      body: { name: 'for two', hours: 1, userId: other.user.id },
    });
    expect([400, 404, 405]).toContain(key.status);
  });

  it('is not a second account of one’s own, nor one whose way in one has had sent', async () => {
    const [self, approver] = [await api.staff(['admin', 'finance']), await api.staff(['admin'])];
    const invited = await api.call('POST', '/api/v1/users', {
      as: self,
      body: {
        name: 'Second Self',
        email: 'second.self@keelson.example',
        roles: ['finance'],
        entities: ['cy'],
      },
    });
    const ask = await now(String(invited.json['taskId']));
    expect((await decide(self, ask)).json['code']).toBe('four_eyes');
    expect((await decide(approver, ask)).status).toBe(200);
    const token = await api.mailedLink('staff_invitation');
    const used = await api.call('POST', `/api/v1/links/${token.split('/').pop() ?? ''}/password`, {
      body: { password: testPassword },
    });
    expect(used.status).toBeLessThan(300);
    const second = await logIn('second.self@keelson.example');

    const task = await asked(self);
    const refused = await decide({ ...self, token: second }, task);
    expect([refused.status, refused.json['code']]).toEqual([409, 'four_eyes']);
    expect((await decide(await finance(), task)).status).toBe(200);
  });

  async function logIn(email: string): Promise<string> {
    const reply = await api.call('POST', '/api/v1/tokens', {
      body: { kind: 'staff', email, password: testPassword, name: 'test' },
    });
    expect(reply.status).toBe(201);
    return String(reply.json['token']);
  }

  it('is nobody whose password or e-mail a colleague could change', () => {
    // A way to change what another logs in with would be a way to be two: it has to become a task of its own, with the
    // change noted in `login_hand` (docs/decisions/0042).
    const known = new Set([
      'POST /api/v1/users',
      'POST /api/v1/users/:id/invitation',
      'POST /api/v1/users/:id/disable',
      'POST /staff/people',
      'POST /staff/people/:id/invitation',
      'POST /staff/people/:id/disable',
      // A partner's own, invited by its owner: nobody of them decides anything, and each sets the own password.
      'POST /partner/people',
      'POST /partner/people/:id/invitation',
      'POST /partner/people/:id/role',
      'POST /partner/people/:id/remove',
    ]);
    const ways = [
      ...routes.flatMap(({ method, path }) => (method === 'GET' ? [] : [`${method} ${path}`])),
      ...pages.flatMap((entry) => (entry.kind === 'form' ? [`POST ${entry.path}`] : [])),
    ];
    const aboutPeople = ways.filter((way) => /\/(users|people|colleagues)\b/.test(way));
    expect(aboutPeople.sort()).toEqual([...known].sort());
  });

  it('asks the owner alone for a new password, and tells nobody else the way in', async () => {
    const [self, other] = [await finance(), await finance()];
    const asking = await api.call('POST', '/api/v1/password-resets', {
      as: self,
      body: { kind: 'staff', email: other.email },
    });
    expect(asking.status).toBeLessThan(300);
    expect(asking.text).not.toMatch(/links\//);
    const [mail] = await api.system((tx) =>
      rows<{ recipient: string }>(tx, 'select recipient from mail order by id desc limit 1'),
    );
    expect(mail?.recipient).toContain(other.user.id);
  });

  it.each<readonly [Role]>([['admin'], ['mlro'], ['senior_approver'], ['auditor']])(
    'is no %s who took part: nobody is past it',
    async (role) => {
      const self = await api.staff([role, 'finance']);
      expect((await decide(self, await asked(self))).json['code']).toBe('four_eyes');
    },
  );
});
