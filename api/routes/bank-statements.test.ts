import { rows } from '../../db/connection';
import { startApi, type Person, type TestApi } from '../testing/api';

let api: TestApi;
let operations: Person;
beforeAll(async () => {
  api = await startApi();
  operations = await api.staff(['operations'], ['cy']);
});
afterAll(() => api.close());

const iban = 'CY17002001280000001200527600';

function statementOf(text: string, { account = iban, amount = '12,50' } = {}): string {
  return [
    ...[':20:1', `:25:${account}`, ':28C:1', ':60F:C261126EUR0,00'],
    `:61:2611271127C${amount}NTRFNONREF//${text.replaceAll(' ', '')}`,
    `:86:166?20SVWZ+${text}?32ANNA SCHMIDT`,
    ...[':62F:C261127EUR12,50', '-', ''],
  ].join('\r\n');
}

async function upload(content: string, as = operations) {
  const form = new FormData();
  form.set('file', new Blob([content], { type: 'text/plain' }), 'day.sta');
  const response = await fetch(`${api.url}/api/v1/bank-statements`, {
    method: 'POST',
    headers: { authorization: `Bearer ${as.token}`, 'idempotency-key': crypto.randomUUID() },
    body: form,
  });
  return { status: response.status, json: (await response.json()) as Record<string, unknown> };
}

const receiptsOf = (statementId: unknown) =>
  api.system((tx) =>
    rows<{ id: string; state: string; client_id: string | null; code: string | null }>(
      tx,
      'select id, state, client_id, code from receipt where statement_id = :id',
      { id: String(statementId) },
    ),
  );

describe('a bank’s statement', () => {
  it('is read in once, and its money is the client’s whose reference is on it', async () => {
    const client = await api.client();
    const details = await api.call('GET', '/api/v1/bank-transfer-details', { as: client });
    const [account] = details.json['data'] as { iban: string; reference: string }[];
    expect(account).toMatchObject({ iban, currency: 'EUR' });
    const again = await api.call('GET', '/api/v1/bank-transfer-details', { as: client });
    expect(again.json).toEqual(details.json);

    const file = statementOf(`Deposit ${account?.reference ?? ''}`);
    const first = await upload(file);
    expect([first.status, first.json]).toMatchObject([201, { credits: 1, receipts: 1 }]);
    expect(await upload(file)).toEqual({ status: 200, json: first.json });
    expect(await receiptsOf(first.json['id'])).toMatchObject([
      { state: 'allocated', client_id: client.clientId, code: null },
    ]);
    const deposits = await api.call('GET', '/api/v1/deposits', { as: client });
    expect(deposits.json['data']).toMatchObject([
      { rail: 'bank', provider: 'bank', state: 'requested', amount: { amount: '12.50' } },
    ]);
  });

  it('leaves money that names nobody to people, who read who paid', async () => {
    const { json } = await upload(statementOf('RF60K777777777'));
    const [receipt] = await receiptsOf(json['id']);
    expect(receipt).toMatchObject({ state: 'unallocated', code: 'UNKNOWN_REFERENCE' });
    const path = `/api/v1/receipts/${receipt?.id}`;
    const read = await api.call('GET', path, { as: operations });
    expect(read.json['payer']).toMatchObject({ name: 'ANNA SCHMIDT' });
    const finance = await api.staff(['finance'], ['cy']);
    expect((await api.call('GET', path, { as: finance })).json['payer']).toBeNull();
  });

  it('of which something is wrong is refused with file, line and field, and leaves nothing', async () => {
    const before = await api.system((tx) => rows(tx, 'select 1 from receipt'));
    const broken = await upload(statementOf('x', { amount: '12.5.0' }));
    expect([broken.status, broken.json]).toMatchObject([
      422,
      { code: 'bank_file_broken', file: expect.stringMatching(/^[0-9a-f]{64}$/), line: 5 },
    ]);
    expect(broken.json['field']).toContain(':61');
    expect(await upload('%PDF-1.7')).toMatchObject({
      ...{ status: 422, json: { code: 'bank_file_broken', field: 'format' } },
    });
    expect(await upload(statementOf('x', { account: 'DE89370400440532013000' }))).toMatchObject({
      ...{ status: 422, json: { code: 'unknown_account', field: 'account' } },
    });
    expect(await api.system((tx) => rows(tx, 'select 1 from receipt'))).toHaveLength(before.length);
  });

  it('is another entity’s, or not for everybody', async () => {
    const other = await api.staff(['operations'], ['off']);
    expect((await upload(statementOf('y'), other)).status).toBe(404);
    const finance = await api.staff(['finance'], ['cy']);
    expect((await upload(statementOf('y'), finance)).status).toBe(403);
  });
});
