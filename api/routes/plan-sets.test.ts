import { startApi, type Person, type TestApi } from '../testing/api';

let api: TestApi;
let manager: Person;
beforeAll(async () => {
  api = await startApi();
  manager = await api.staff(['partner_manager'], ['cy']);
});
afterAll(() => api.close());

const made = (period?: string) =>
  api.call('POST', '/api/v1/plan-sets', {
    as: manager,
    body: { entityId: 'cy', name: 'Introducers', currency: 'EUR', ...(period ? { period } : {}) },
  });

describe('the schedule of a plan set', () => {
  it('is by the month unless another is asked for', async () => {
    expect((await made()).json).toMatchObject({ period: 'monthly', next: null });
    expect((await made('daily')).json).toMatchObject({ period: 'daily', next: null });
    expect(await made('hourly')).toMatchObject({ status: 400 });
  });

  it('changes from the end of the present period on, and is asked for once', async () => {
    const id = String((await made()).json['id']);
    const change = (period: string) =>
      api.call('POST', `/api/v1/plan-sets/${id}/schedule`, { as: manager, body: { period } });
    expect(await change('weekly')).toMatchObject({
      status: 200,
      json: { period: 'monthly', next: { kind: 'weekly' } },
    });
    expect(await change('weekly')).toMatchObject({ status: 409, json: { code: 'already_so' } });
    expect(await change('yearly')).toMatchObject({ status: 400 });
  });

  it('is no business of another entity, nor of whoever edits no partners', async () => {
    const id = String((await made()).json['id']);
    const body = { period: 'weekly' };
    const stranger = await api.staff(['partner_manager'], ['off']);
    const path = `/api/v1/plan-sets/${id}/schedule`;
    expect(await api.call('POST', path, { as: stranger, body })).toMatchObject({ status: 404 });
    const support = await api.staff(['support'], ['cy']);
    expect(await api.call('POST', path, { as: support, body })).toMatchObject({ status: 403 });
  });

  it('says what may be settled: no day of a plan set that is settled by the week', async () => {
    const id = String((await made('weekly')).json['id']);
    const start = (period: string) =>
      api.call('POST', '/api/v1/settlements', { as: manager, body: { planSet: id, period } });
    expect(await start('2026-W41')).toMatchObject({ status: 202, json: { period: '2026-W41' } });
    expect(await start('2026-10-05')).toMatchObject({ status: 400 });
    expect(await start('2026-W60')).toMatchObject({ status: 400 });
    expect(await start('2199-W01')).toMatchObject({
      status: 422,
      json: { code: 'period_not_over' },
    });
  });
});
