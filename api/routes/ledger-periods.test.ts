import { startApi, type TestApi } from '../testing/api';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const path = '/api/v1/ledger/periods';
const body = { entityId: 'cy', endsAt: '2026-06-01T00:00:00Z' };

describe('a period of the books', () => {
  it('is closed by one colleague of finance and sealed by another', async () => {
    const [anna, ben] = [await api.staff(['finance']), await api.staff(['finance'])];
    const closed = await api.call('POST', path, { as: anna, body });
    expect([closed.status, closed.json['state']]).toEqual([201, 'closing']);
    const own = await api.call('POST', `${path}/seal`, { as: anna, body });
    expect([own.status, own.json['code']]).toEqual([422, 'same_person']);
    const sealed = await api.call('POST', `${path}/seal`, { as: ben, body });
    expect(sealed.json).toMatchObject({
      state: 'sealed',
      closedBy: `user:${anna.user.id}`,
      sealedBy: `user:${ben.user.id}`,
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    const listed = await api.call('GET', `${path}?entityId=cy`, { as: ben });
    expect(listed.json['data']).toEqual([sealed.json]);
  });

  it('is for finance of that entity alone', async () => {
    const status = async (person: Awaited<ReturnType<typeof api.staff>>) =>
      (await api.call('POST', path, { as: person, body })).status;
    expect(await status(await api.staff(['finance'], ['off']))).toBe(404);
    expect(await status(await api.staff(['auditor']))).toBe(403);
  });
});
