import { startApi, type TestApi } from '../testing/api';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const company = {
  name: 'Example Holdings Ltd',
  country: 'CY',
  address: '1 Example Street, Limassol',
  registrationNumber: 'HE123456',
  legalForm: 'Limited company',
  incorporatedOn: '2015-03-01',
};

describe('a company by the API', () => {
  it('is declared, gets its people and shares, and says what is missing of each', async () => {
    const as = await api.client({ residence: 'CY' });
    const call = (method: string, path: string, body?: unknown) =>
      api.call(method, path, { as, body });
    const before = await call('GET', '/api/v1/me/parties');
    expect(before.json).toMatchObject({ company: null, parties: [], unnamedPercent: null });
    const { status, json } = await call('PUT', '/api/v1/me/company', company);
    expect([status, json['unnamedPercent']]).toEqual([200, '100.00']);
    expect(json['parties']).toMatchObject([{ role: 'signatory', kind: 'individual' }]);
    const { partyId } = json['company'] as { partyId: string };
    const added = await call('POST', '/api/v1/me/parties', {
      ...{ role: 'beneficial_owner', name: 'Maria Example', nationality: 'CY' },
    });
    expect(added.status).toBe(201);
    const owner = String(added.json['id']);
    const shares = (percent: string) =>
      call('PUT', '/api/v1/me/company/shares', { shares: [{ owner, owned: partyId, percent }] });
    const told = await shares('80.5');
    expect(told.json['unnamedPercent']).toBe('19.50');
    expect(told.json['parties']).toContainEqual(
      expect.objectContaining({
        ...{ id: owner, effectivePercent: '80.50', isBeneficialOwner: true },
        missing: ['birth_date', 'address', 'document:identity', 'document:address'],
      }),
    );
    expect(told.json['missing']).toContain('company:director');
    expect((await shares('0')).status).toBe(400);
    expect((await shares('100.01')).status).toBe(400);
    const gone = await call('DELETE', `/api/v1/me/parties/${owner}`);
    expect(gone.json['shares']).toEqual([]);
    expect((await call('DELETE', `/api/v1/me/parties/${owner}`)).status).toBe(404);
  });

  it.each([
    ['a role that a person does not have', { role: 'director', name: 'x' }, 422],
    ['a role that nobody has', { role: 'friend', name: 'x' }, 400],
    ['no name', { role: 'joint_holder' }, 400],
    ['a country that there is not', { role: 'joint_holder', name: 'x', nationality: 'ZZ' }, 400],
    ['a field that is not asked for', { role: 'joint_holder', name: 'x', email: 'a@b.c' }, 400],
  ])('takes nobody with %s', async (_what, body, status) => {
    const as = await api.client({ residence: 'CY' });
    expect((await api.call('POST', '/api/v1/me/parties', { as, body })).status).toBe(status);
  });

  it.each([
    ['529900T8BM49AURSDO55', 200],
    ['529900T8BM49AURSDO56', 400],
    ['529900T8BM49AURSDO5', 400],
  ])('takes the LEI %s with %d', async (lei, status) => {
    const as = await api.client({ residence: 'CY' });
    const answer = await api.call('PUT', '/api/v1/me/company', { as, body: { ...company, lei } });
    expect(answer.status).toBe(status);
  });

  it('asks a person for themselves and a company for its business alone', async () => {
    const as = await api.client({ residence: 'CY' });
    const said = {
      ...{ pep: false, occupation: 'employed', fundsSource: 'business' },
      expectedDeposit: '5000.00',
    };
    const details = () => api.call('PUT', '/api/v1/me/onboarding/details', { as, body: said });
    expect((await details()).status).toBe(400);
    await api.call('PUT', '/api/v1/me/company', { as, body: company });
    const { status, json } = await details();
    expect([status, json['details']]).toMatchObject([200, { name: company.name, birthDate: null }]);
  });
});
