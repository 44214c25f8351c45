import { startApi, type TestApi } from '../testing/api';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('backfills', () => {
  it('are read at their own server only', async () => {
    const person = await api.staff(['operations']);
    const body = { from: '2026-10-01T00:00:00Z', to: '2026-11-01T00:00:00Z' };
    const made = await api.call('POST', '/api/v1/servers/mt5/backfills', { as: person, body });
    expect(made.status).toBe(202);
    const read = (server: string) =>
      api.call('GET', `/api/v1/servers/${server}/backfills/${String(made.json['id'])}`, {
        as: person,
      });
    expect((await read('mt5')).json).toMatchObject({ id: made.json['id'], state: 'requested' });
    expect((await read('mt4')).status).toBe(404);
  });

  it.each(['0000-01-01T00:00:00Z', '1999-12-31T23:59:59Z', '2026-02-30T00:00:00Z', '2026-10-01'])(
    'are refused from %s on',
    async (from) => {
      const reply = await api.call('POST', '/api/v1/servers/mt5/backfills', {
        as: await api.staff(['operations']),
        body: { from, to: '2026-11-01T00:00:00Z' },
      });
      expect(reply.status).toBe(400);
      expect(reply.json['errors']).toEqual([expect.objectContaining({ pointer: '/body/from' })]);
    },
  );
});
