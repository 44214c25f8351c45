import { passportLines, picture } from '../../tests/processes/applicants';
import { startApi, type Person, type Reply, type TestApi } from '../testing/api';

type Client = Person & { readonly clientId: string };

describe('onboarding over the API', () => {
  let api: TestApi;

  beforeAll(async () => {
    api = await startApi();
  });

  afterAll(() => api.close());

  const details = {
    birthDate: '1988-04-17',
    nationality: 'DE',
    address: '1 Example Street, Berlin',
    pep: false,
    occupation: 'employed',
    fundsSource: 'salary',
    expectedDeposit: '5000.00',
  };

  async function send(
    as: Person,
    fields: Readonly<Record<string, string>>,
    file: Buffer | undefined = picture(),
    type = 'image/jpeg',
  ): Promise<Reply> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    if (file) form.set('file', new Blob([new Uint8Array(file)], { type }), 'passport.jpg');
    const response = await fetch(`${api.url}/api/v1/documents`, {
      method: 'POST',
      headers: { authorization: `Bearer ${as.token}` },
      body: form,
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: JSON.parse(text) as Record<string, unknown>,
    };
  }

  /** A client whose application is handed in. */
  async function submitted(): Promise<{ who: Client; caseId: string; documentId: string }> {
    const who = await api.client({ name: 'Anna Eriksson' });
    await api.call('PUT', '/api/v1/me/onboarding/details', { as: who, body: details });
    const passport = await send(who, {
      kind: 'passport',
      mrz: passportLines('Anna Eriksson', { country: 'D' }),
    });
    await send(who, { kind: 'utility_bill', issuedOn: new Date().toISOString().slice(0, 10) });
    const reply = await api.call('POST', '/api/v1/me/onboarding/submit', { as: who });
    expect(reply.status).toBe(202);
    const documentId = String(passport.json['id']);
    return { who, caseId: String(reply.json['caseId']), documentId };
  }

  it('fills its checklist by itself, until the application can be handed in once', async () => {
    const who = await api.client();
    const empty = await api.call('GET', '/api/v1/me/onboarding', { as: who });
    expect(empty.json).toMatchObject({
      state: 'collecting',
      canSubmit: false,
      missing: [
        'birth_date',
        'nationality',
        'address',
        'answers',
        'document:identity',
        'document:address',
      ],
    });
    const saved = await api.call('PUT', '/api/v1/me/onboarding/details', {
      as: who,
      body: details,
    });
    expect(saved.json).toMatchObject({
      missing: ['document:identity', 'document:address'],
      answers: { account: { accountType: 'standard', currency: 'EUR' } },
    });
    const early = await api.call('POST', '/api/v1/me/onboarding/submit', { as: who });
    expect(early).toMatchObject({ status: 422, json: { code: 'application_incomplete' } });
    await send(who, { kind: 'id_card', number: 'L01X00T47', expiresOn: '2034-01-01' });
    await send(who, { kind: 'utility_bill', issuedOn: '2026-11-01' });
    const ready = await api.call('GET', '/api/v1/me/onboarding', { as: who });
    expect(ready.json).toMatchObject({ missing: [], canSubmit: true });
    const handedIn = await api.call('POST', '/api/v1/me/onboarding/submit', { as: who });
    expect(handedIn).toMatchObject({ status: 202, json: { state: 'in_review', canChange: false } });
    const again = await api.call('POST', '/api/v1/me/onboarding/submit', { as: who });
    expect(again).toMatchObject({ status: 409, json: { code: 'not_collecting' } });
    const late = await send(who, { kind: 'id_card', number: 'L01X00T48', expiresOn: '2034-01-01' });
    expect(late).toMatchObject({ status: 409, json: { code: 'not_collecting' } });
  });

  it('answers the same command with the same answer', async () => {
    const who = await api.client();
    await api.call('PUT', '/api/v1/me/onboarding/details', { as: who, body: details });
    await send(who, { kind: 'id_card', number: 'L01X00T49', expiresOn: '2034-01-01' });
    await send(who, { kind: 'utility_bill', issuedOn: '2026-11-01' });
    const key = 'submit-once';
    const first = await api.call('POST', '/api/v1/me/onboarding/submit', { as: who, key });
    const second = await api.call('POST', '/api/v1/me/onboarding/submit', { as: who, key });
    expect(second).toMatchObject({ status: first.status, json: first.json });
    const none = await api.call('POST', '/api/v1/me/onboarding/submit', { as: who, key: false });
    expect(none.status).toBe(400);
  });

  it('takes pictures and PDFs by their bytes, and says what is wrong with anything else', async () => {
    const who = await api.client();
    const page = Buffer.from('<html><script>alert(1)</script></html>');
    expect(await send(who, { kind: 'passport' }, page)).toMatchObject({
      status: 415,
      json: { code: 'unsupported_media_type' },
    });
    expect(await send(who, { kind: 'passport' }, Buffer.alloc(0))).toMatchObject({ status: 400 });
    expect(await send(who, { kind: 'treaty' })).toMatchObject({
      status: 422,
      json: { errors: [{ pointer: '/body/kind' }] },
    });
    expect(await send(who, { kind: 'passport', mrz: 'P<D' })).toMatchObject({
      status: 400,
      json: { errors: [{ pointer: '/body/mrz' }] },
    });
    expect(await send(who, { kind: 'selfie' })).toMatchObject({
      status: 422,
      json: { code: 'document_not_accepted' },
    });
    const big = Buffer.concat([picture(), Buffer.alloc(8 * 1024 * 1024)]);
    expect((await send(who, { kind: 'passport' }, big)).status).toBe(413);
    const wrongDigit = passportLines('Anna Eriksson').replace(/\d$/, (digit) =>
      String((Number(digit) + 1) % 10),
    );
    const warned = await send(who, { kind: 'passport', mrz: wrongDigit });
    expect(warned).toMatchObject({ status: 201 });
    expect(JSON.stringify(warned.json['warnings'])).toContain('MRZ_CHECK_DIGIT');
  });

  it('shows a case to staff of the entity, as far as each may see', async () => {
    const { who, caseId } = await submitted();
    const path = `/api/v1/kyc-cases/${caseId}`;
    const officer = await api.staff(['compliance']);
    const full = await api.call('GET', path, { as: officer });
    expect(full.json).toMatchObject({ state: 'checking', screenings: [] });
    expect(full.json['personal']).toMatchObject({ name: 'Anna Eriksson' });
    expect(full.headers.get('etag')).toMatch(/^"\d+"$/);
    const support = await api.call('GET', path, { as: await api.staff(['support']) });
    expect(support.json).toMatchObject({ screenings: null });
    const sales = await api.call('GET', path, { as: await api.staff(['sales']) });
    expect(sales).toMatchObject({ status: 403, json: { permission: 'kyc.read' } });
    const elsewhere = await api.call('GET', path, { as: await api.staff(['compliance'], ['off']) });
    expect(elsewhere.status).toBe(404);
    expect((await api.call('GET', path, { as: who })).status).toBe(403);
  });

  it('lists cases by filters and pages, and knows no others', async () => {
    const { who, caseId } = await submitted();
    await submitted();
    const officer = await api.staff(['compliance']);
    const list = (query: string) => api.call('GET', `/api/v1/kyc-cases?${query}`, { as: officer });
    const mine = await list(`clientId=${who.clientId}&state=checking`);
    expect(mine.json['data']).toMatchObject([{ id: caseId }]);
    const first = await list('limit=1');
    const cursor = String(first.json['nextCursor']);
    const second = await list(`limit=1&cursor=${cursor}`);
    expect(second.json['data']).not.toEqual(first.json['data']);
    expect((await list('state=nonsense')).status).toBe(400);
    expect((await list('colour=red')).status).toBe(400);
  });

  it('shows a document in a sandbox, and only to who may look', async () => {
    const { who, documentId } = await submitted();
    const path = `/api/v1/documents/${documentId}/content`;
    const shown = await api.call('GET', path, { as: await api.staff(['compliance']) });
    expect(shown.status).toBe(200);
    expect(shown.headers.get('content-type')).toBe('image/jpeg');
    expect(shown.headers.get('content-security-policy')).toContain('sandbox');
    expect(shown.headers.get('x-content-type-options')).toBe('nosniff');
    expect(shown.headers.get('cache-control')).toBe('no-store');
    const support = await api.call('GET', path, { as: await api.staff(['support']) });
    expect(support).toMatchObject({ status: 403, json: { permission: 'document.read' } });
    expect((await api.call('GET', path, { as: who })).status).toBe(200);
    expect((await api.call('GET', path, { as: await api.client() })).status).toBe(404);
    const auditor = await api.staff(['auditor']);
    const readings = await api.call('GET', `/api/v1/documents/${documentId}/readings`, {
      as: auditor,
    });
    expect(readings.json['data']).toHaveLength(2);
  });

  it('lets a document be decided only in review, by who may, with a key and a reason', async () => {
    const { documentId } = await submitted();
    const path = `/api/v1/documents/${documentId}/decision`;
    const officer = await api.staff(['compliance']);
    const body = { decision: 'approve' };
    expect(await api.call('POST', path, { as: officer, body })).toMatchObject({
      status: 409,
      json: { code: 'not_in_review', state: 'checking' },
    });
    const noKey = await api.call('POST', path, { as: officer, body, key: false });
    expect(noKey.status).toBe(400);
    const noReason = { decision: 'reject', reasons: [] };
    expect(await api.call('POST', path, { as: officer, body: noReason })).toMatchObject({
      status: 400,
      json: { errors: [{ pointer: '/body/reasons' }] },
    });
    const support = await api.staff(['support']);
    expect((await api.call('POST', path, { as: support, body })).status).toBe(403);
  });
});
