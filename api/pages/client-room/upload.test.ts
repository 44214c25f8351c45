import { Browser, startApi, type TestApi } from '../../testing/api';
import { openCase } from '../../../db/kyc';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** A PNG by its first bytes; `shade` makes it another picture. */
function picture(shade: number): Blob {
  return new Blob([new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, shade])], {
    type: 'image/png',
  });
}

describe('the upload form', () => {
  it('takes one file once however often it is sent, and another file never for the first', async () => {
    const client = await api.client();
    await api.system((tx) => openCase(tx, client.clientId));
    const browser = new Browser(api.url);
    await browser.logIn('client', client.email);
    const path = '/client/documents/address';
    const page = await browser.get(path);
    const hidden = (name: string) =>
      new RegExp(`name="${name}" value="([^"]+)"`).exec(page.text)?.[1] ?? '';
    const send = async (file: Blob) => {
      const form = new FormData();
      form.set('_csrf', hidden('_csrf'));
      form.set('_key', hidden('_key'));
      form.set('kind', 'utility_bill');
      form.set('issuedOn', new Date().toISOString().slice(0, 10));
      form.set('file', file, 'bill.png');
      const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ');
      const headers = { cookie };
      const reply = await fetch(`${api.url}${path}`, {
        method: 'POST',
        body: form,
        headers,
        redirect: 'manual',
      });
      return { status: reply.status, text: await reply.text() };
    };
    const first = await send(picture(1));
    expect(first.status).toBe(303);
    expect((await send(picture(1))).status).toBe(303);
    const other = await send(picture(2));
    expect(other.status).toBe(409);
    const [kept] = await api.system((tx) =>
      tx.sql('document').where({ client_id: client.clientId }).count({ n: '*' }),
    );
    expect(Number(kept?.n)).toBe(1);
  });
});
