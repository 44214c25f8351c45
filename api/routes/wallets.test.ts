import { house, wallet } from '../../domain/ledger/account';
import { move, type TransactionKind } from '../../domain/ledger/posting';
import { postTransaction } from '../../db/ledger';
import { keepLedger } from '../../db/ledger-keeping';
import { Browser, startApi, type TestApi } from '../testing/api';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

/** A client with 100.00 in October, 50.00 on 5 November and 30.25 paid out on the 30th. */
async function clientWithMoney() {
  const client = await api.client();
  const of = { entityId: 'cy', clientId: client.clientId, currency: 'EUR' };
  const movements: [TransactionKind, bigint, string][] = [
    ['deposit', 10_000n, '2026-10-03T09:00:00Z'],
    ['deposit', 5_000n, '2026-11-05T09:00:00Z'],
    ['payout', -3_025n, '2026-11-30T23:59:59.999999Z'],
  ];
  await api.system(async (tx) => {
    for (const [kind, minor, effectiveAt] of movements) {
      const clearing = house('psp_clearing', of, 'stripe');
      const legs =
        minor > 0n ? move(clearing, wallet(of), minor) : move(wallet(of), clearing, -minor);
      const key = `${client.clientId}/${effectiveAt}`;
      const posting = { key, kind, cause: 'dep_test', entityId: 'cy', clientId: client.clientId };
      await postTransaction(tx, { ...posting, effectiveAt, legs });
    }
  });
  const { id } = wallet(of);
  return { client, id, address: `/api/v1/wallets/${encodeURIComponent(id)}/statement` };
}

const november = 'from=2026-11-01&to=2026-11-30';

describe('the statement of a wallet', () => {
  it('leads from the opening to the closing balance, each line with its cause', async () => {
    const { client, address } = await clientWithMoney();
    const { status, json } = await api.call('GET', `${address}?${november}`, { as: client });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      to: '2026-12-01T00:00:00Z',
      opening: { amount: '100.00', currency: 'EUR' },
      closing: { amount: '119.75', currency: 'EUR' },
      entries: [
        {
          kind: 'deposit',
          cause: 'dep_test',
          amount: { amount: '50.00' },
          balance: { amount: '150.00' },
        },
        { kind: 'payout', amount: { amount: '-30.25' }, balance: { amount: '119.75' } },
      ],
    });
    const short = `${address}?from=2026-11-01&to=2026-11-30T12:00:00Z`;
    const before = await api.call('GET', short, { as: client });
    expect(before.json['closing']).toEqual({ amount: '150.00', currency: 'EUR' });
  });

  it('comes as CSV and as PDF, too', async () => {
    const { client, address } = await clientWithMoney();
    const csv = await api.call('GET', `${address}?${november}&format=csv`, { as: client });
    expect(csv.headers.get('content-type')).toContain('text/csv');
    expect(csv.headers.get('content-disposition')).toContain('statement-EUR-2026-11-01');
    expect(csv.text.trim().split('\r\n')).toHaveLength(5);
    const pdf = await api.call('GET', `${address}?${november}&format=pdf`, { as: client });
    expect(pdf.headers.get('content-type')).toContain('application/pdf');
    expect(pdf.text).toMatch(/^%PDF-1\.[\s\S]+%%EOF\s*$/);
  });

  it('is for the client and for colleagues who may read the ledger of the entity', async () => {
    const { client, address } = await clientWithMoney();
    const status = async (as: Parameters<typeof api.call>[2]) =>
      (await api.call('GET', `${address}?${november}`, as)).status;
    expect(await status({ as: await api.staff(['finance']) })).toBe(200);
    expect(await status({ as: await api.staff(['finance'], ['off']) })).toBe(404);
    expect(await status({ as: await api.staff(['support']) })).toBe(403);
    expect(await status({ as: await api.client() })).toBe(404);
    expect(await status({})).toBe(401);
    const reversed = await api.call('GET', `${address}?from=2026-11-02&to=2026-11-01T00:00:00Z`, {
      as: client,
    });
    expect(reversed.json['code']).toBe('period_reversed');
  });

  it('is downloaded by the client from the cashier', async () => {
    const { client } = await clientWithMoney();
    const browser = new Browser(api.url);
    await browser.logIn('client', client.email);
    const cashier = await browser.get('/client/cashier');
    expect(cashier.text).toContain('action="/client/statement"');
    const file = await browser.get(`/client/statement?currency=EUR&${november}&format=csv`);
    expect(file.status).toBe(200);
    expect(file.text).toContain('closing balance,,,,119.75,EUR');
  });
});

describe('the books of a wallet', () => {
  it('are searched by time, kind and cause, and lead to a transaction and its place in the chain', async () => {
    const { client, id } = await clientWithMoney();
    const finance = await api.staff(['finance']);
    const entries = async (filter: string) => {
      const path = `/api/v1/ledger/entries?account=${encodeURIComponent(id)}&${filter}`;
      const { status, json } = await api.call('GET', path, { as: finance });
      expect(status).toBe(200);
      return json['data'] as { transactionId: string; amount: { amount: string } }[];
    };
    const amounts = async (filter: string) =>
      (await entries(filter)).map(({ amount }) => amount.amount);
    expect(await amounts(november)).toEqual(['-30.25', '50.00']);
    expect(await amounts('kind=deposit')).toEqual(['50.00', '100.00']);
    expect(await amounts('cause=dep_nobody')).toEqual([]);
    const accounts = await api.call(
      'GET',
      `/api/v1/ledger/accounts?clientId=${client.clientId}&currency=EUR`,
      { as: finance },
    );
    expect(accounts.json['data']).toMatchObject([{ id, balance: { amount: '119.75' } }]);

    const [latest] = await entries('kind=payout');
    const read = async () =>
      (
        await api.call('GET', `/api/v1/ledger/transactions/${latest?.transactionId ?? ''}`, {
          as: finance,
        })
      ).json;
    const fresh = await read();
    expect(fresh).toMatchObject({
      kind: 'payout',
      entries: [{ account: id, amount: { amount: '-30.25' } }, { amount: { amount: '30.25' } }],
      chain: { block: null },
    });
    await keepLedger(api.db);
    const chain = (await read())['chain'] as { digest: string; block: { kept: string } };
    expect(chain.block.kept).toBe(chain.digest);
  });

  it('open from the page of the account, with what it stood at before and after', async () => {
    const { id } = await clientWithMoney();
    const finance = await api.staff(['finance']);
    const browser = new Browser(api.url);
    await browser.logIn('staff', finance.email);
    const page = await browser.get(
      `/staff/ledger/accounts?id=${encodeURIComponent(id)}&${november}`,
    );
    expect(page.status).toBe(200);
    const text = page.text.replace(/<[^>]*>/g, ' ');
    expect(text).toMatch(/100\.00\s*EUR\s+at the beginning/);
    expect(text).toMatch(/119\.75\s*EUR\s+at the end/);
    const then = await browser.get('/staff/ledger?code=wallet&at=2026-11-04');
    expect(then.text).toContain('100.00');
  });
});
