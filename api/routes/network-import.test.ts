import { startApi, type Person, type TestApi } from '../testing/api';

let api: TestApi;
let manager: Person;
let planSet: string;
beforeAll(async () => {
  api = await startApi();
  manager = await api.staff(['partner_manager'], ['cy']);
  const made = await api.call('POST', '/api/v1/plan-sets', {
    as: manager,
    body: { entityId: 'cy', name: 'Introducers', currency: 'EUR' },
  });
  planSet = String(made.json['id']);
});
afterAll(() => api.close());

async function upload(content: string | Uint8Array<ArrayBuffer>, mode: string, as = manager) {
  const form = new FormData();
  form.set('file', new Blob([content], { type: 'text/csv' }), 'network.csv');
  form.set('mode', mode);
  const response = await fetch(`${api.url}/api/v1/plan-sets/${planSet}/partners`, {
    method: 'POST',
    headers: { authorization: `Bearer ${as.token}`, 'idempotency-key': crypto.randomUUID() },
    body: form,
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

const partners = async () => {
  const { json } = await api.call('GET', `/api/v1/partners?planSet=${planSet}`, { as: manager });
  return json['data'];
};
const file = 'ref,name,email,parent\r\nsub,Sub,sub@ib.example,top\r\ntop,Top,top@ib.example,\r\n';

describe('a network in a file', () => {
  it('is tried without a trace, then taken in', async () => {
    const tried = await upload(file, 'try');
    expect([tried.status, tried.json]).toEqual([
      200,
      {
        mode: 'try',
        partners: [
          { line: 3, ref: 'top', level: 1, id: null },
          { line: 2, ref: 'sub', level: 2, id: null },
        ],
        faults: [],
      },
    ]);
    expect(await partners()).toEqual([]);

    const taken = await upload(file, 'import');
    expect(taken).toMatchObject({
      status: 201,
      json: { partners: [{ ref: 'top' }, { ref: 'sub' }] },
    });
    const [top, sub] = taken.json['partners'] as { id: string }[];
    expect(await partners()).toMatchObject([
      { id: sub?.id, parentId: top?.id, level: 2 },
      { id: top?.id, parentId: null, level: 1 },
    ]);
  });

  it('says every fault when it is tried, and is refused with them', async () => {
    const before = await partners();
    const broken =
      'ref,name,email,parent\r\na,A,nowhere,\r\nb,B,b@ib.example,zz\r\nc,C,c@ib.example,\r\n';
    const faults = [
      { line: 2, field: 'email', reason: 'is no e-mail address' },
      { line: 3, field: 'parent', reason: 'is no ref of the file and no id of a partner' },
    ];
    expect(await upload(broken, 'try')).toMatchObject({ status: 200, json: { faults } });
    expect(await upload(broken, 'import')).toMatchObject({
      status: 422,
      json: { code: 'network_broken', faults },
    });
    expect(await partners()).toEqual(before);
  });

  it('is text, and says what is wanted of it', async () => {
    expect(await upload(Uint8Array.from([0xff, 0xfe, 0x00]), 'try')).toMatchObject({
      status: 400,
      json: { errors: [{ pointer: '/body/file' }] },
    });
    expect(await upload(file, 'perhaps')).toMatchObject({
      status: 400,
      json: { errors: [{ pointer: '/body/mode' }] },
    });
  });

  it('is another entity’s, or not for everybody', async () => {
    const other = await api.staff(['partner_manager'], ['off']);
    expect((await upload(file, 'try', other)).status).toBe(404);
    const finance = await api.staff(['finance'], ['cy']);
    expect((await upload(file, 'try', finance)).status).toBe(403);
  });
});
