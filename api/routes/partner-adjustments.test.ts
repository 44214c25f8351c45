import { startApi, type Person, type TestApi } from '../testing/api';

let api: TestApi;
let manager: Person;
let partner: string;
beforeAll(async () => {
  api = await startApi();
  manager = await api.staff(['partner_manager'], ['cy']);
  const set = await api.call('POST', '/api/v1/plan-sets', {
    as: manager,
    body: { entityId: 'cy', name: 'Introducers', currency: 'EUR' },
  });
  const made = await api.call('POST', '/api/v1/partners', {
    as: manager,
    body: { name: 'North', email: 'north@ib.example', planSet: String(set.json['id']) },
  });
  partner = String(made.json['id']);
});
afterAll(() => api.close());

const body = { amount: '-25.00', reasonCode: 'MANUAL_ERROR', reason: 'Paid twice in September.' };
const propose = (change: object = {}, as = manager) =>
  api.call('POST', `/api/v1/partners/${partner}/adjustments`, { as, body: { ...body, ...change } });

describe('adjustments by hand over the API', () => {
  it('are proposed, listed by partner and state, and read', async () => {
    const { status, json } = await propose();
    expect([status, json]).toMatchObject([
      202,
      {
        ...{ partnerId: partner, state: 'proposed', reason: body.reason, takenInto: null },
        amount: { amount: '-25.00', currency: 'EUR' },
      },
    ]);
    const list = (query: string) =>
      api.call('GET', `/api/v1/partner-adjustments?partnerId=${partner}${query}`, { as: manager });
    expect((await list('')).json['data']).toMatchObject([{ id: json['id'] }]);
    expect((await list('&state=approved')).json['data']).toEqual([]);
    expect((await list('&colour=red')).status).toBe(400);
    const read = await api.call('GET', `/api/v1/partner-adjustments/${String(json['id'])}`, {
      as: manager,
    });
    expect(read.json).toEqual(json);
  });

  it('are refused with the field that is wrong, and for whom they are not', async () => {
    for (const amount of ['0', '1.001', 'ten'])
      expect(await propose({ amount })).toMatchObject({
        ...{ status: 400, json: { errors: [{ pointer: '/body/amount' }] } },
      });
    expect(await propose({ reasonCode: 'MOOD' })).toMatchObject({
      ...{ status: 400, json: { errors: [{ pointer: '/body/reasonCode' }] } },
    });
    expect((await propose({}, await api.staff(['support'], ['cy']))).status).toBe(403);
    expect((await propose({}, await api.staff(['partner_manager'], ['off']))).status).toBe(404);
  });
});
