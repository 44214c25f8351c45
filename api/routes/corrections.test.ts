import { house, wallet } from '../../domain/ledger/account';
import { move } from '../../domain/ledger/posting';
import { closePeriod } from '../../db/ledger-periods';
import { rows } from '../../db/connection';
import { postTransaction, readBalance } from '../../db/ledger';
import { Browser, startApi, type Person, type TestApi } from '../testing/api';

let api: TestApi;
let client: Person & { readonly clientId: string };
let asker: Person;
let approver: Person;

const of = () => ({ entityId: 'cy', clientId: client.clientId, currency: 'EUR' });
const purse = () => wallet(of());
const balances = () =>
  api.system(async (tx) => {
    const minor = async (account: ReturnType<typeof purse>) =>
      Number((await readBalance(tx, account)).balanceMinor);
    return {
      wallet: await minor(purse()),
      correction: await minor(house('correction', of())),
      fees: await minor(house('fees', of())),
    };
  });

beforeAll(async () => {
  api = await startApi();
  client = await api.client();
  [asker, approver] = [await api.staff(['finance']), await api.staff(['finance'])];
  await api.system((tx) =>
    postTransaction(tx, {
      ...{ key: 'seed', kind: 'deposit', entityId: 'cy', clientId: client.clientId, cause: 'seed' },
      legs: move(house('psp_clearing', of(), 'stripe'), purse(), 10_000n),
    }),
  );
});
afterAll(() => api.close());

type Fields = Record<string, unknown>;

const ask = (change: Fields = {}, as = asker) =>
  api.call('POST', '/api/v1/corrections', {
    as,
    body: {
      kind: 'correction',
      account: purse().id,
      direction: 'debit',
      amount: { amount: '30.00', currency: 'EUR' },
      reasonCode: 'POSTED_TWICE',
      reason: 'Credited twice.',
      ...change,
    },
  });

async function decide(taskId: unknown, as: Person, decision = 'approve', more: Fields = {}) {
  const path = `/api/v1/tasks/${String(taskId)}`;
  const { json } = await api.call('GET', path, { as });
  return api.call('POST', `${path}/decision`, {
    as,
    body: {
      expectedVersion: json['version'],
      contentHash: json['contentHash'],
      decision,
      reason: 'Looked at.',
      ...more,
    },
  });
}

const read = async (id: unknown) =>
  (await api.call('GET', `/api/v1/corrections/${String(id)}`, { as: asker })).json;

const takeBack = (transactionId: unknown) =>
  api.call('POST', `/api/v1/ledger/transactions/${String(transactionId)}/reversal`, {
    as: asker,
    body: { reasonCode: 'CHARGED_BY_MISTAKE', reason: 'A mistake.' },
  });

describe('a movement by hand', () => {
  it('is posted when another person approves it, and by nobody who asked for it', async () => {
    const { status, json: asked } = await ask();
    expect([status, asked['state']]).toEqual([201, 'proposed']);
    expect(await balances()).toMatchObject({ wallet: 10_000 });
    expect(await decide(asked['taskId'], asker)).toMatchObject({
      status: 409,
      json: { code: 'four_eyes' },
    });
    expect((await decide(asked['taskId'], approver)).status).toBe(200);
    expect(await balances()).toEqual({ wallet: 7_000, correction: 3_000, fees: 0 });
    expect(await read(asked['id'])).toMatchObject({ state: 'posted', reason: 'Credited twice.' });
    expect((await decide(asked['taskId'], approver)).status).toBe(409);
  });

  it('is taken back once, by two people again, and names what it takes back', async () => {
    const { json: asked } = await ask({ direction: 'credit', amount: eur('1.00') });
    await decide(asked['taskId'], approver);
    const { transactionId } = await read(asked['id']);
    const { status, json: back } = await takeBack(transactionId);
    expect([status, back['reversesId']]).toEqual([201, transactionId]);
    expect(await takeBack(transactionId)).toMatchObject({
      status: 409,
      json: { code: 'already_reversed' },
    });
    await decide(back['taskId'], approver);
    expect(await balances()).toMatchObject({ wallet: 7_000, correction: 3_000 });
    const posted = await read(back['id']);
    expect(posted).toMatchObject({ kind: 'reversal', state: 'posted' });
    expect(await takeBack(transactionId)).toMatchObject({ status: 409 });
    expect(await takeBack(posted['transactionId'])).toMatchObject({
      status: 422,
      json: { code: 'not_reversible' },
    });
  });

  it('that is edited is approved anew, and not by whoever edited it', async () => {
    const { json: asked, headers } = await ask();
    const task = `/api/v1/tasks/${String(asked['taskId'])}`;
    const before = (await api.call('GET', task, { as: approver })).json;
    const edit = (as: Person, etag: string) =>
      api.call('PATCH', `/api/v1/corrections/${String(asked['id'])}`, {
        as,
        body: { amount: eur('20.00') },
        headers: { 'if-match': etag },
      });
    const third = await api.staff(['finance']);
    expect((await edit(third, headers.get('etag') ?? '')).status).toBe(200);
    expect(await edit(third, headers.get('etag') ?? '')).toMatchObject({
      status: 409,
      json: { code: 'stale' },
    });
    const old = { expectedVersion: before['version'], contentHash: before['contentHash'] };
    expect((await decide(asked['taskId'], approver, 'approve', old)).json['code']).toBe('stale');
    expect((await decide(asked['taskId'], third)).json['code']).toBe('four_eyes');
    expect((await decide(asked['taskId'], approver)).status).toBe(200);
    expect(await balances()).toMatchObject({ wallet: 5_000 });
  });

  it('that is edited past what one may approve needs two', async () => {
    await api.system((tx) =>
      rows(
        tx,
        `insert into policy_version (id, kind, layer, layer_key, version, body, body_hash, state, edited_by, published_by, effective_from)
         values ('pol_two', 'correction', 'entity', 'cy', 1, :body, 'x', 'published', array['a'], 'b', now() - interval '1 minute')`,
        { body: JSON.stringify({ title: 'Two', changes: [twoAbove('60.00')] }) },
      ),
    );
    const { json: asked, headers } = await ask();
    const task = `/api/v1/tasks/${String(asked['taskId'])}`;
    const needed = async () =>
      (await api.call('GET', task, { as: approver })).json as Record<string, unknown>;
    expect(await needed()).toMatchObject({ approvalsRequired: 1 });
    const edited = await api.call('PATCH', `/api/v1/corrections/${String(asked['id'])}`, {
      as: asker,
      body: { amount: eur('65.00') },
      headers: { 'if-match': headers.get('etag') ?? '' },
    });
    expect(edited.status).toBe(200);
    expect(await needed()).toMatchObject({
      approvalsRequired: 2,
      title: 'Correction of 65.00 EUR',
      issue: [{ code: 'BY_HAND' }, { code: 'LARGE' }],
    });
    expect((await decide(asked['taskId'], approver)).json).toMatchObject({ state: 'open' });
    const third = await api.staff(['finance']);
    expect((await decide(asked['taskId'], third, 'reject')).status).toBe(200);
    expect(await balances()).toMatchObject({ wallet: 5_000 });
  });

  it('that is rejected posts nothing, and one that cannot be posted stays to be decided', async () => {
    const { json: asked } = await ask();
    expect((await decide(asked['taskId'], approver, 'reject')).status).toBe(200);
    expect(await read(asked['id'])).toMatchObject({ state: 'rejected', transactionId: null });
    const { json: much } = await ask({ amount: eur('50.01') });
    expect(await decide(much['taskId'], approver)).toMatchObject({
      status: 422,
      json: { code: 'insufficient_funds' },
    });
    expect(await read(much['id'])).toMatchObject({ state: 'proposed' });
    expect(await balances()).toMatchObject({ wallet: 5_000 });
  });

  it('is a fee that one person charges up to the limit, and two above it', async () => {
    const fee = { kind: 'fee', reasonCode: 'WITHDRAWAL_FEE' };
    const { json: small } = await ask({ ...fee, amount: eur('25.00') });
    expect(small).toMatchObject({ state: 'posted', taskId: null });
    const { json: large } = await ask({ ...fee, amount: eur('25.01') });
    expect(large['state']).toBe('proposed');
    expect((await decide(large['taskId'], approver)).status).toBe(422);
    expect(await balances()).toMatchObject({ wallet: 2_500, fees: 2_500 });
    expect(await ask({ ...fee, amount: eur('25.00'), direction: 'credit' })).toMatchObject({
      status: 422,
      json: { code: 'fee_is_taken' },
    });
    // Its waiver is its reversal.
    const { json: waiver } = await takeBack(small['transactionId']);
    await decide(waiver['taskId'], approver);
    expect(await balances()).toMatchObject({ wallet: 5_000, fees: 0 });
  });

  it.each([
    ['an account of a server', () => ({ account: `cy/trading/x/EUR` }), 404],
    ['another currency', () => ({ amount: { amount: '1.00', currency: 'USD' } }), 'other_currency'],
    ['the future', () => ({ effectiveAt: '2199-01-01T00:00:00Z' }), 'in_the_future'],
    [
      'a fee from the house',
      () => ({ kind: 'fee', account: house('correction', of()).id }),
      'account_not_corrected',
    ],
  ])('is refused for %s', async (_what, change, why) => {
    const { status, json } = await ask(change());
    expect(typeof why === 'number' ? status : json['code']).toBe(why);
  });

  it('is effective in an open period only', async () => {
    const { json: asked } = await ask({ effectiveAt: '2026-10-15T00:00:00Z', amount: eur('1.00') });
    await api.system((tx) => closePeriod(tx, { entityId: 'cy', endsAt: '2026-11-01T00:00:00Z' }));
    const sealed = { status: 422, json: { code: 'period_sealed' } };
    expect(await decide(asked['taskId'], approver)).toMatchObject(sealed);
    expect(await ask({ effectiveAt: '2026-10-15T00:00:00Z' })).toMatchObject(sealed);
  });

  it('is asked for from the ledger’s page and approved with its hash in view', async () => {
    const browser = new Browser(api.url);
    await browser.logIn('staff', asker.email);
    const account = `account=${encodeURIComponent(purse().id)}`;
    expect((await browser.get(`/staff/ledger/accounts?id=${purse().id}`)).text).toContain(
      'Correct or charge',
    );
    await browser.get(`/staff/corrections/new?${account}`);
    const sent = await browser.post(`/staff/corrections/new?${account}`, {
      ...{ account: purse().id, currency: 'EUR', kind: 'correction', direction: 'credit' },
      ...{ amount: '2,50', reasonCode: 'GOODWILL', reason: 'Sorry.' },
    });
    const page = sent.headers.get('location') ?? '';
    expect(page).toMatch(/^\/staff\/corrections\/cor_/);
    const second = new Browser(api.url);
    await second.logIn('staff', approver.email);
    const { text } = await second.get(page);
    expect(text).toContain('Sorry.');
    const hidden = (name: string) =>
      new RegExp(`name="${name}" value="([^"]+)"`).exec(text)?.[1] ?? '';
    const task = /action="(\/staff\/tasks\/tsk_[^"/]+)"/.exec(text)?.[1] ?? '';
    const before = (await balances()).wallet;
    await second.post(task, {
      ...{ version: hidden('version'), contentHash: hidden('contentHash') },
      ...{ decision: 'approve', reason: 'Fine.' },
    });
    expect((await balances()).wallet).toBe(before + 250);
    expect((await second.get('/staff/corrections')).text).toContain('GOODWILL');
  });
});

function twoAbove(amount: string) {
  const rule = {
    ...{ id: 'large', title: 'Large', reason: 'LARGE', source: 'house rule' },
    when: { fact: 'correction.amount', operator: 'greaterThan', value: amount },
    then: { decision: 'review', fourEyes: true },
  };
  return { target: 'rule', mode: 'add', with: rule };
}

function eur(amount: string) {
  return { amount, currency: 'EUR' };
}
