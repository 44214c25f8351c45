import { get } from 'node:http';
import { parse } from 'csv-parse/sync';
import { rows } from '../../db/connection';
import { openTask } from '../../db/tasks';
import { until } from '../../tests/processes/until';
import { startApi, type Person, type TestApi } from '../testing/api';

/** With their long references more than the socket's buffers hold: a reader who waits makes the writer wait. */
const manyRows = 30_000;
const uuid = (series: string, n: string) =>
  `'${series}-' || lpad(to_hex(${n}), 8, '0') || '-7000-8000-000000000000'`;

let api: TestApi;
let finance: Person;
let owner: { entityId: string; clientId: string };

/** Some payments of every kind, one minute after the other, the numbered ones in euro of their number. */
beforeAll(async () => {
  api = await startApi({ limits: { exportsMax: 12 } });
  finance = await api.staff(['finance']);
  const { clientId } = await api.client();
  owner = { entityId: 'cy', clientId };
  await api.system(async (tx) => {
    const at = (n: string) => `timestamptz '2026-10-01T00:00:00Z' + ${n} * interval '1 minute'`;
    await rows(
      tx,
      `insert into deposit (id, entity_id, client_id, amount_minor, currency, rail, provider, provider_ref, state, failure, created_at, credited_at)
       select 'dep_' || ${uuid('019a0000', 'n')}, :entityId, :clientId, n * 100, case when n = 9 then 'JPY' else 'EUR' end, 'card',
         case when n % 2 = 0 then 'stripe' else 'stripe_2' end, case when n = 3 then '=cmd()' else 'pi_' || n end,
         case when n = 4 then 'held' when n = 5 then 'failed' else 'credited' end, case when n = 5 then 'card_declined' end,
         ${at('n')}, case when n not in (4, 5) then ${at('n')} + interval '40 days' end
       from generate_series(1, 9) n`,
      owner,
    );
    await rows(
      tx,
      `insert into withdrawal (id, entity_id, client_id, amount_minor, currency, hold_id, state, requested_by, created_at, finished_at)
       select 'wd_' || ${uuid('019a0001', 'n')}, :entityId, :clientId, n * 100, 'EUR', 'hold_' || n, 'paid', 'usr_1', ${at('n')}, ${at('n')}
       from generate_series(11, 14) n`,
      owner,
    );
    await rows(
      tx,
      `insert into withdrawal_leg (withdrawal_id, leg, entity_id, client_id, kind, deposit_id, amount_minor, currency, provider, state, provider_ref)
       select 'wd_' || ${uuid('019a0001', '11')}, leg, :entityId, :clientId, case leg when 1 then 'card_refund' else 'bank_payout' end,
         case leg when 1 then 'dep_' || ${uuid('019a0000', '1')} end, 50, 'EUR', case leg when 1 then 'stripe' else 'bank' end, 'paid', 'po_' || leg
       from generate_series(1, 2) leg`,
      owner,
    );
  });
});
afterAll(() => api.close());

const idOf = (series: string, prefix: string, n: number) =>
  `${prefix}_019a000${series}-${n.toString(16).padStart(8, '0')}-7000-8000-000000000000`;
const deposit = (n: number) => idOf('0', 'dep', n);
const withdrawal = (n: number) => idOf('1', 'wd', n);

async function list(query: string, as = finance): Promise<string[]> {
  const { status, json } = await api.call('GET', `/api/v1/payments?${query}`, { as });
  expect([query, status]).toEqual([query, 200]);
  return (json['data'] as { id: string }[]).map(({ id }) => id);
}

describe('payments', () => {
  it('stand in one list, the newest first, each once over its pages', async () => {
    const seen: string[] = [];
    let cursor: unknown = undefined;
    do {
      const page = await api.call(
        'GET',
        `/api/v1/payments?limit=4${typeof cursor === 'string' ? `&cursor=${cursor}` : ''}`,
        { as: finance },
      );
      seen.push(...(page.json['data'] as { id: string }[]).map(({ id }) => id));
      cursor = page.json['nextCursor'];
    } while (cursor !== null);
    const all = [9, 8, 7, 6, 5, 4, 3, 2, 1].map(deposit);
    expect(seen).toEqual([...[14, 13, 12, 11].map(withdrawal), ...all]);
  });

  it.each<[string, string[]]>([
    ['kind=withdrawal&state=paid&limit=1', [withdrawal(14)]],
    ['state=failed', [deposit(5)]],
    ['currency=JPY', [deposit(9)]],
    ['currency=EUR&amountFrom=13.00', [withdrawal(14), withdrawal(13)]],
    ['currency=EUR&amountTo=2', [deposit(2), deposit(1)]],
    ['provider=bank', [withdrawal(11)]],
    ['provider=stripe&amountTo=2.00&currency=EUR', [deposit(2)]],
    ['rail=bank', [withdrawal(11)]],
    ['rail=card&from=2026-10-01T00:09:00Z', [withdrawal(11), deposit(9)]],
    ['from=2026-10-01T00:05:00Z&to=2026-10-01T00:06:00Z', [deposit(5)]],
    ['times=ended&from=2026-11-10&to=2026-11-10&state=held', []],
    ['times=ended&from=2026-11-10&kind=deposit&limit=1', [deposit(9)]],
    ['reference=pi_7', [deposit(7)]],
    ['reference=po_2', [withdrawal(11)]],
    [`reference=${withdrawal(12)}`, [withdrawal(12)]],
    ['reference=nobody', []],
    ['entityId=cy&needsPerson=yes', [deposit(4)]],
  ])('are found by %s', async (query, ids) => {
    expect(await list(query)).toEqual(ids);
  });

  it('need a person while a task about one is open, for those who may know of it', async () => {
    const { id } = await api.system((tx) =>
      openTask(tx, {
        kind: 'payout_failed',
        subject: `${withdrawal(13)}/leg-1`,
        workflowId: null,
        ...owner,
        title: 'Refused',
        issue: [],
        content: {},
        key: 'test',
      }),
    );
    expect(id).toMatch(/^tsk_/);
    expect(await list('needsPerson=yes')).toEqual([withdrawal(13), deposit(4)]);
  });

  it('are added up by kind and currency as they are filtered', async () => {
    const sums = async (query: string) =>
      (await api.call('GET', `/api/v1/payments/sums?${query}`, { as: finance })).json;
    expect(await sums('')).toEqual({
      sums: [
        { kind: 'deposit', payments: 8, amount: { amount: '36.00', currency: 'EUR' } },
        { kind: 'deposit', payments: 1, amount: { amount: '900', currency: 'JPY' } },
        { kind: 'withdrawal', payments: 4, amount: { amount: '50.00', currency: 'EUR' } },
      ],
      tooMany: [],
    });
    expect((await sums('currency=EUR&amountFrom=12'))['sums']).toEqual([
      { kind: 'withdrawal', payments: 3, amount: { amount: '39.00', currency: 'EUR' } },
    ]);
  });

  it.each([
    'nobody=1',
    'state=sold',
    'kind=deposit&state=paid',
    'amountFrom=5',
    'currency=EUR&amountFrom=5.001',
    'provider=nobody',
    'from=2026-13-01',
  ])('are not looked for by %s: 400', async (query) => {
    for (const address of ['payments', 'payments/sums', 'payments.csv'])
      expect((await api.call('GET', `/api/v1/${address}?${query}`, { as: finance })).status).toBe(
        400,
      );
  });

  it('of another entity are in nobody’s list', async () => {
    const elsewhere = await api.staff(['finance'], ['off']);
    expect(await list('', elsewhere)).toEqual([]);
    expect(await list(`reference=${deposit(1)}`, elsewhere)).toEqual([]);
  });
});

describe('the export of payments', () => {
  it('is CSV of what is filtered, with its currency and its zone, and nothing that a spreadsheet runs', async () => {
    const { status, text, headers } = await api.call(
      'GET',
      '/api/v1/payments.csv?to=2026-10-01T00:04:00Z&clientId=' + owner.clientId,
      { as: finance },
    );
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/csv');
    expect(headers.get('content-disposition')).toMatch(
      /^attachment; filename=payments-\d{4}-\d\d-\d\d\.csv$/,
    );
    const table: Record<string, string>[] = parse(text, { columns: true });
    expect(table.map(({ id }) => id)).toEqual([deposit(3), deposit(2), deposit(1)]);
    expect(table[0]).toMatchObject({
      kind: 'deposit',
      amount: '3.00',
      currency: 'EUR',
      references: "'=cmd()",
      created_at: '2026-10-01T00:03:00Z',
    });
  });

  it('is recorded with the names of its filters, and with their values as ciphertext', async () => {
    await api.call('GET', '/api/v1/payments.csv?reference=pi_secret', { as: finance });
    const found = await api.system((tx) =>
      rows<{ subject: string; payload: string; actor: string }>(
        tx,
        `select subject, payload, actor from event where type = 'audit.list_exported' order by recorded_order desc limit 1`,
      ),
    );
    expect(found).toMatchObject([{ subject: 'payments/cy', actor: `user:${finance.user.id}` }]);
    expect(found[0]?.payload).toContain('"filters":["reference"],"list":"payments"');
    expect(found[0]?.payload).not.toContain('pi_secret');
  });

  it('is for those who may take payments away', async () => {
    const support = await api.staff(['support']);
    const { status, json } = await api.call('GET', '/api/v1/payments.csv', { as: support });
    expect([status, json['permission']]).toEqual([403, 'payment.export']);
  });

  describe('of very many', () => {
    beforeAll(() =>
      api.system((tx) =>
        rows(
          tx,
          `insert into deposit (id, entity_id, client_id, amount_minor, currency, rail, provider, provider_ref, state, created_at)
           select 'dep_' || ${uuid('019a0002', 'n')}, :entityId, :clientId, n, 'USD', 'card', 'stripe', 'many_' || n || repeat('x', 900), 'credited',
             timestamptz '2026-08-01T00:00:00Z' + n * interval '1 second' from generate_series(1, ${manyRows}) n`,
          owner,
        ),
      ),
    );

    it('has every one of them, once', async () => {
      const { text } = await api.call('GET', '/api/v1/payments.csv?currency=USD', { as: finance });
      const table: Record<string, string>[] = parse(text, { columns: true });
      expect(table).toHaveLength(manyRows);
      expect(new Set(table.map(({ id }) => id)).size).toBe(manyRows);
      const cents = table.reduce((sum, { amount }) => sum + Math.round(Number(amount) * 100), 0);
      expect(cents).toBe((manyRows * (manyRows + 1)) / 2);
    });

    it('waits for a reader who waits, and leaves no transaction open when the reader breaks off', async () => {
      // The role that streams sees what its own connections do.
      const open = async () => {
        const found = await rows(
          { sql: api.db.pool },
          `select 1 from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'
           and query like 'fetch %'`,
        );
        return found.length;
      };
      const broken = new Promise<void>((resolve, reject) => {
        const request = get(
          `${api.url}/api/v1/payments.csv?currency=USD`,
          { headers: { authorization: `Bearer ${finance.token}` } },
          (response) => {
            response.once('readable', () => {
              until('the writer waits', async () => (await open()) === 1)
                .then(() => {
                  response.once('close', resolve);
                  request.destroy();
                })
                .catch(reject);
            });
          },
        );
        request.on('error', () => undefined);
      });
      await broken;
      await until('the transaction is over', async () => (await open()) === 0);
      expect(api.logged.filter((line) => line.includes('"failed"'))).toEqual([]);
    });

    it('is counted per person: 429 after so many', async () => {
      const greedy = await api.staff(['finance']);
      const statuses: number[] = [];
      for (let n = 0; n < 13; n += 1) {
        const reply = await api.call('GET', '/api/v1/payments.csv?currency=JPY', { as: greedy });
        statuses.push(reply.status);
      }
      expect(statuses).toEqual([...Array.from({ length: 12 }, () => 200), 429]);
    });
  });
});
