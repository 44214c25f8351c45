import { house, wallet } from '../../domain/ledger/account';
import { move } from '../../domain/ledger/posting';
import { rows } from '../../db/connection';
import { postTransaction, readBalance } from '../../db/ledger';
import { currencyPairs } from '../../db/market-rates';
import { seedMarket } from '../../tests/api/market';
import { Browser, startApi, type Person, type TestApi } from '../testing/api';

let api: TestApi;
let client: Person & { readonly clientId: string };

const day = new Date().toISOString().slice(0, 10);
const eur = () => wallet({ entityId: 'cy', clientId: client.clientId, currency: 'EUR' });
const usd = () => wallet({ entityId: 'cy', clientId: client.clientId, currency: 'USD' });
const balanceOf = (account: ReturnType<typeof eur>) =>
  api.system(async (tx) => (await readBalance(tx, account)).balanceMinor);

/** The market of EURUSD as the server says it was so many seconds ago. */
async function market(secondsAgo: number): Promise<void> {
  const at = new Date(Date.now() - secondsAgo * 1_000).toISOString();
  await api.system((tx) =>
    rows(tx, `update market_rate set at = :at where symbol = 'EURUSD'`, { at }),
  );
}

beforeAll(async () => {
  api = await startApi();
  client = await api.client();
  await api.system(async (tx) => {
    await rows(tx, 'update client set approved_at = now() where id = :id', { id: client.clientId });
    await seedMarket(tx);
    const of = { entityId: 'cy', currency: 'EUR' };
    await postTransaction(tx, {
      ...{ key: 'seed', kind: 'deposit', entityId: 'cy', clientId: client.clientId, cause: 'seed' },
      legs: move(house('psp_clearing', of, 'stripe'), eur(), 30_000n),
    });
  });
});
afterAll(() => api.close());

const ask = (amount: string, currency: string, more: object = {}) =>
  api.call('POST', '/api/v1/fx-quotes', {
    as: client,
    body: { from: 'EUR', to: 'USD', amount: { amount, currency }, ...more },
  });

const take = (quoteId: unknown, key?: string) =>
  api.call('POST', '/api/v1/exchanges', {
    as: client,
    body: { quoteId },
    ...(key === undefined ? {} : { key }),
  });

describe('an exchange', () => {
  beforeEach(() => market(1));

  it('is quoted at the market, with its source, what the house keeps and until when', async () => {
    const { status, json, headers } = await ask('100.00', 'EUR');
    expect([status, headers.get('location')]).toEqual([
      201,
      `/api/v1/fx-quotes/${String(json['id'])}`,
    ]);
    expect(json).toMatchObject({
      give: { amount: '100.00', currency: 'EUR' },
      receive: { amount: '107.87', currency: 'USD' },
      spread: { amount: '0.55', currency: 'USD' },
      rate: '1.0842',
      rateSource: 'mt5 EURUSD',
      exchangeId: null,
    });
    const seconds = (name: string) => Date.parse(String(json[name])) / 1_000;
    expect(seconds('expiresAt') - seconds('createdAt')).toBeCloseTo(30, 0);
  });

  it('gives exactly what is asked for where that side is named', async () => {
    expect((await ask('100.00', 'USD')).json).toMatchObject({
      give: { amount: '92.71', currency: 'EUR' },
      receive: { amount: '100.00', currency: 'USD' },
    });
  });

  it('is posted once: the same key has the first answer, another one finds the quote used', async () => {
    const { json: quote } = await ask('100.00', 'EUR');
    const both = await Promise.all([take(quote['id'], 'once'), take(quote['id'], 'twice')]);
    const [done, refused] = [...both].sort((a, b) => a.status - b.status);
    expect(done).toMatchObject({ status: 201, json: { received: { amount: '107.87' } } });
    expect(refused).toMatchObject({ status: 409, json: { code: 'quote_used' } });
    const key = both[0]?.status === 201 ? 'once' : 'twice';
    expect((await take(quote['id'], key)).json).toEqual(done?.json);
    expect([await balanceOf(eur()), await balanceOf(usd())]).toEqual([20_000n, 10_787n]);
    const spread = house('fx_spread', { entityId: 'cy', currency: 'USD' });
    expect(await balanceOf(spread)).toBe(55n);
  });

  it('stands in the list, the statement and the timeline', async () => {
    const list = await api.call('GET', '/api/v1/exchanges', { as: client });
    expect(list.json).toMatchObject({ data: [{ gave: { amount: '100.00', currency: 'EUR' } }] });
    const [{ id }] = list.json['data'] as [{ id: string }];
    const address = `/api/v1/wallets/${encodeURIComponent(usd().id)}/statement?from=${day}&to=${day}`;
    expect((await api.call('GET', address, { as: client })).json).toMatchObject({
      entries: [{ kind: 'exchange', cause: id, balance: { amount: '107.87' } }],
    });
    const browser = new Browser(api.url);
    await browser.logIn('staff', (await api.staff(['operations'])).email);
    expect((await browser.get(`/staff/payments/${id}`)).text).toContain('mt5 EURUSD');
    expect((await browser.get(`/staff/clients/${client.clientId}`)).text).toContain(
      'exchange to USD',
    );
  });

  it('is refused when the quote has expired, and when the money is not there', async () => {
    const { json: quote } = await ask('1.00', 'EUR');
    const old = await api.system(async (tx) => {
      const [row] = await rows<{ id: string }>(
        tx,
        `insert into fx_quote select (jsonb_populate_record(q, jsonb_build_object('id', 'fxq_' || gen_random_uuid(),
           'created_at', now() - interval '2 minutes', 'expires_at', now() - interval '1 minute'))).*
         from fx_quote q where id = :id returning id`,
        { id: String(quote['id']) },
      );
      return row?.id ?? '';
    });
    expect(await take(old)).toMatchObject({ status: 409, json: { code: 'quote_expired' } });
    const { json: much } = await ask('1000.00', 'EUR');
    expect(await take(much['id'])).toMatchObject({
      status: 422,
      json: { code: 'insufficient_funds' },
    });
    expect(await balanceOf(eur())).toBe(20_000n);
  });

  it.each([
    ['the same currency', { to: 'EUR' }, 'same_currency'],
    ['one in which no wallet is kept', { to: 'JPY' }, 'currency_not_kept'],
    ['an amount in a third one', { amount: { amount: '1.00', currency: 'GBP' } }, 'other_currency'],
    ['too little', { from: 'USD', to: 'EUR', amount: { amount: '0.01', currency: 'USD' } }, ''],
  ])('is not quoted for %s', async (_what, change, code) => {
    expect(await ask('1.00', 'EUR', change)).toMatchObject({
      status: 422,
      json: { code: code || 'amount_too_small' },
    });
  });

  it('is not quoted at a market that is old, nor where none is known', async () => {
    await market(61);
    expect(await ask('1.00', 'EUR')).toMatchObject({ status: 422, json: { code: 'rate_stale' } });
    await api.system((tx) => rows(tx, `update market_rate set base_currency = 'XXX'`));
    expect(await ask('1.00', 'EUR')).toMatchObject({ status: 422, json: { code: 'rate_missing' } });
    await api.system((tx) => rows(tx, `update market_rate set base_currency = 'EUR'`));
  });

  it('is not quoted to whoever is not approved or is held', async () => {
    const set = (column: string) =>
      api.system((tx) =>
        rows(tx, `update client set approved_at = ${column} where id = :id`, {
          id: client.clientId,
        }),
      );
    await set('null');
    expect(await ask('1.00', 'EUR')).toMatchObject({
      status: 422,
      json: { code: 'exchange_refused' },
    });
    await set('now()');
  });

  it('is made on pages without script', async () => {
    const browser = new Browser(api.url);
    await browser.logIn('client', client.email);
    await browser.get('/client/cashier/exchange');
    const fields = { from: 'EUR', to: 'USD', side: 'give', amount: '10,00' };
    const asked = await browser.post('/client/cashier/exchange', fields);
    expect(asked.status).toBe(303);
    const page = await browser.get(asked.headers.get('location') ?? '');
    expect(page.text).toMatch(/yours for <strong data-seconds-left="(2\d|30)"/);
    expect(page.text).toContain('10.78');
    const done = await browser.post(asked.headers.get('location') ?? '', {});
    expect(done.headers.get('location')).toMatch(/^\/client\/exchanges\/fx_/);
    expect((await browser.get(done.headers.get('location') ?? '')).text).toContain('1.0842');
    expect((await browser.get(asked.headers.get('location') ?? '')).text).toContain(
      'You have taken this rate',
    );
    expect((await browser.get('/client/requests?kind=exchanges')).text).toContain(
      'Exchange to USD',
    );
  });

  it('follows only pairs of currencies in which wallets are kept', async () => {
    expect(await api.system((tx) => currencyPairs(tx, 'mt5'))).toEqual(['EURUSD']);
  });
});
