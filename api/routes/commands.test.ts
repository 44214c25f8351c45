import { holderOf } from '../../db/parties';
import { seedScreening } from '../../tests/setup/seed-screening';
import { startApi, type TestApi } from '../testing/api';
import { openApproval } from '../testing/tasks';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('commands', () => {
  it('answers the same key and body with the first answer, another body with 409, and needs a key', async () => {
    const person = await api.staff(['operations']);
    const path = '/api/v1/halts';
    const body = { scope: 'rail', key: 'bank', reason: 'outage' };
    const without = await api.call('POST', path, { as: person, body, key: false });
    expect([without.status, without.json['code']]).toEqual([400, 'malformed']);
    const first = await api.call('POST', path, { as: person, body, key: 'one' });
    const again = await api.call('POST', path, { as: person, body, key: 'one' });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.json).toEqual(first.json);
    const other = await api.call('POST', path, {
      as: person,
      body: { ...body, reason: 'another' },
      key: 'one',
    });
    expect([other.status, other.json['code']]).toEqual([409, 'idempotency_mismatch']);
    const lift = `${path}/${String(first.json['id'])}/lift`;
    const own = await api.call('POST', lift, { as: person });
    expect(own.status).toBe(403);
    const finance = await api.staff(['finance']);
    expect((await api.call('POST', lift, { as: finance })).status).toBe(204);
  });

  /** Nobody may approve that money leaves for a client who was never screened. */
  async function screenedClear(clientId: string): Promise<void> {
    await api.system(async (tx) => {
      const { id } = await holderOf(tx, clientId);
      await seedScreening(tx, { entityId: 'cy', clientId, partyId: id });
    });
  }

  it('refuses the person who took part and lets one of two at once decide', async () => {
    const client = await api.client();
    await screenedClear(client.clientId);
    const asker = await api.staff(['finance']);
    const [one, two] = [await api.staff(['finance']), await api.staff(['finance'])];
    const id = await openApproval(api, client.clientId, [asker.user.id]);
    const seen = await api.call('GET', `/api/v1/tasks/${id}`, { as: asker });
    expect(seen.json['whyNot']).toMatchObject({ code: 'four_eyes' });
    const body = {
      expectedVersion: seen.json['version'],
      contentHash: seen.json['contentHash'],
      decision: 'approve',
      reason: 'proven',
    };
    const path = `/api/v1/tasks/${id}/decision`;
    const refused = await api.call('POST', path, { as: asker, body });
    expect([refused.status, refused.json['code']]).toEqual([409, 'four_eyes']);
    const stale = await api.call('POST', path, { as: one, body: { ...body, expectedVersion: 9 } });
    expect([stale.status, stale.json['code'], stale.json['version']]).toEqual([409, 'stale', 1]);
    const both = await Promise.all([
      api.call('POST', path, { as: one, body }),
      api.call('POST', path, { as: two, body }),
    ]);
    expect(both.map((reply) => reply.status).sort()).toEqual([200, 409]);
    const loser = both.find((reply) => reply.status === 409);
    expect(loser?.json).toMatchObject({ code: 'already_decided', decision: 'approve' });
  });

  it('gives a colleague access only when another person approves', async () => {
    const [one, two] = [await api.staff(['admin']), await api.staff(['admin'])];
    const email = `new-${one.user.id.slice(-6)}@keelson.example`;
    const body = { name: 'New Colleague', email, roles: ['support'], entities: ['cy'] };
    const asked = await api.call('POST', '/api/v1/users', { as: one, body });
    expect(asked.status).toBe(202);
    const foreign = await api.call('POST', '/api/v1/users', {
      as: one,
      body: { ...body, email: 'x@y.example', entities: ['off'] },
    });
    expect(foreign.status).toBe(404);
    const task = await api.call('GET', `/api/v1/tasks/${String(asked.json['taskId'])}`, {
      as: two,
    });
    const decision = {
      expectedVersion: task.json['version'],
      contentHash: task.json['contentHash'],
      decision: 'approve',
      reason: 'known to me',
    };
    const path = `/api/v1/tasks/${String(asked.json['taskId'])}/decision`;
    expect((await api.call('POST', path, { as: one, body: decision })).json['code']).toBe(
      'four_eyes',
    );
    await expect(api.mailedLink('staff_invitation')).rejects.toThrow('no mail');
    expect((await api.call('POST', path, { as: two, body: decision })).status).toBe(200);
    const token = (await api.mailedLink('staff_invitation')).split('/').at(-1) ?? '';
    const use = { body: { password: 'a brand new password' } };
    const set = await api.call('POST', `/api/v1/links/${token}/password`, use);
    expect(set.json).toEqual({ userId: asked.json['userId'], kind: 'staff' });
    expect((await api.call('POST', `/api/v1/links/${token}/password`, use)).status).toBe(404);
    const login = await api.call('POST', '/api/v1/tokens', { body: { email, ...use.body } });
    expect(login.status).toBe(201);
  });

  it('publishes a policy by a second person, and edits only the revision that was read', async () => {
    const [author, publisher] = [await api.staff(['operations']), await api.staff(['compliance'])];
    const overlay = { title: 'A stricter entity', changes: [] };
    const drafted = await api.call('POST', '/api/v1/policies', {
      as: author,
      body: { kind: 'deposit', layer: 'entity', layerKey: 'cy', body: overlay },
    });
    const id = String(drafted.json['id']);
    expect([drafted.status, drafted.headers.get('etag')]).toEqual([201, '"1"']);
    expect(drafted.headers.get('location')).toBe(`/api/v1/policies/${id}`);
    const second = await api.call('POST', '/api/v1/policies', {
      as: author,
      body: { kind: 'deposit', layer: 'entity', layerKey: 'cy', body: overlay },
    });
    expect(second.json['code']).toBe('draft_exists');
    const path = `/api/v1/policies/${id}`;
    const note = 'Mr Somebody asked for it.';
    const edit = { body: { ...overlay, title: 'Stricter still' }, note };
    expect((await api.call('PUT', path, { as: author, body: edit })).status).toBe(428);
    const ifMatch = (revision: number) => ({ headers: { 'if-match': `"${revision}"` } });
    const edited = await api.call('PUT', path, { as: author, body: edit, ...ifMatch(1) });
    expect([edited.status, edited.headers.get('etag')]).toEqual([200, '"2"']);
    const stale = await api.call('PUT', path, { as: author, body: edit, ...ifMatch(1) });
    expect([stale.status, stale.json['code'], stale.json['revision']]).toEqual([
      409,
      'stale_edit',
      2,
    ]);
    expect((await api.call('POST', `${path}/submit`, { as: author, ...ifMatch(2) })).status).toBe(
      200,
    );
    const publish = { body: { reach: 'new' }, ...ifMatch(2) };
    const own = await api.call('POST', `${path}/publish`, { as: author, ...publish });
    expect([own.status, own.json['code']]).toEqual([409, 'four_eyes']);
    const done = await api.call('POST', `${path}/publish`, { as: publisher, ...publish });
    expect([done.status, done.json['state'], done.json['note']]).toEqual([200, 'published', note]);
    const force = await api.call('GET', '/api/v1/policies/in-force/deposit/cy', { as: author });
    expect(force.json['pins']).toContain(id);
    const back = await api.call('POST', `${path}/roll-back`, { as: author });
    expect([back.status, back.json['state']]).toEqual([201, 'draft']);
  });

  it('says every problem of a policy at its place', async () => {
    const author = await api.staff(['operations']);
    const drafted = await api.call('POST', '/api/v1/policies', {
      as: author,
      body: {
        kind: 'withdrawal',
        layer: 'entity',
        layerKey: 'cy',
        body: {
          title: 'x',
          changes: [{ target: 'rule', mode: 'off', id: 'no-such-rule', reason: 'x' }],
        },
      },
    });
    const path = `/api/v1/policies/${String(drafted.json['id'])}`;
    const reply = await api.call('POST', `${path}/submit`, {
      as: author,
      headers: { 'if-match': '"1"' },
    });
    expect([reply.status, reply.json['code']]).toEqual([422, 'policy_has_errors']);
    expect(JSON.stringify(reply.json['errors'])).toContain('no-such-rule');
    expect((await api.call('POST', `${path}/withdraw`, { as: author })).status).toBe(200);
  });
});
