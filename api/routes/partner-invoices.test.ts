import { newId } from '../../domain/ids';
import { rows } from '../../db/connection';
import { issueInvoices } from '../../db/settlement/invoices';
import { readPayout } from '../../db/settlement/payouts';
import { Browser, startApi, type Person, type TestApi } from '../testing/api';

let api: TestApi;
let manager: Person;
let planSet: string;
let partner: string;

beforeAll(async () => {
  api = await startApi();
  manager = await api.staff(['partner_manager'], ['cy']);
  const set = { entityId: 'cy', name: 'Introducers', currency: 'EUR' };
  const made = await api.call('POST', '/api/v1/plan-sets', { as: manager, body: set });
  planSet = String(made.json['id']);
  const person = { name: 'North', email: 'north@ib.example', planSet };
  const taken = await api.call('POST', '/api/v1/partners', { as: manager, body: person });
  partner = String(taken.json['id']);
}, 60_000);
afterAll(() => api.close());

const agreed = {
  treatment: 'exempt',
  legalName: 'North GmbH',
  address: 'Quay 1\nHamburg',
  exemption: 'Article 135(1)(d)',
  agreement: '2026-01',
  agreedOn: '2026-01-01',
};

const agree = (body: object, version: number, as = manager) =>
  api.call('PUT', `/api/v1/partners/${partner}/self-billing`, {
    ...{ as, body, headers: { 'if-match': `"${version}"` } },
  });

/** A payout of 42.50 and its invoice. */
async function invoiced(): Promise<string> {
  const ids = { settlement: newId('settlement'), payout: newId('payout'), partner, planSet };
  return api.system(async (tx) => {
    await rows(
      tx,
      `insert into settlement (id, plan_set, entity_id, period, from_at, to_at, state, currency)
       values (:settlement, :planSet, 'cy', '2026-10', '2026-10-01', '2026-11-01', 'paying', 'EUR')`,
      ids,
    );
    await rows(
      tx,
      `insert into settlement_line (settlement_id, line, event, component, entity_id, partner_id, tier, plan_version, rate, rate_currency, conversion,
         reason, explanation, amount_minor, currency, closed_at)
       values (:settlement, 1, 'close', 'per_lot', 'cy', :partner, 1, '1', '5', 'EUR', '1', 'PAID', '{}', 4250, 'EUR', '2026-10-10')`,
      ids,
    );
    await rows(
      tx,
      `insert into settlement_payout (id, settlement_id, entity_id, partner_id, amount_minor, currency, lines, state)
       values (:payout, :settlement, 'cy', :partner, 4250, 'EUR', 1, 'computed')`,
      ids,
    );
    await issueInvoices(tx, await readPayout(tx, ids.payout));
    return ids.payout;
  });
}

it('takes what is agreed, field by field, and writes invoices as JSON, CSV and PDF', async () => {
  const early = await agree(agreed, 0);
  expect([early.status, early.json['code']]).toEqual([422, 'entity_tax_missing']);
  const tax = await api.call('PUT', '/api/v1/entities/cy/tax-number', {
    ...{ as: manager, body: { taxNumber: 'CY10000000X' }, headers: { 'if-match': '"0"' } },
  });
  expect([tax.status, tax.json['version']]).toEqual([200, 1]);

  const charged = await agree({ ...agreed, treatment: 'charged' }, 0);
  expect([charged.status, charged.json]).toMatchObject([
    422,
    { code: 'vat_charged_unsupported', errors: [{ pointer: '/body/treatment' }] },
  ]);
  const wrong = await agree({ ...agreed, agreedOn: 'yesterday' }, 0);
  expect([wrong.status, wrong.json]).toMatchObject([
    400,
    { errors: [{ pointer: '/body/agreedOn' }] },
  ]);
  const kept = await agree(agreed, 0);
  expect([kept.status, kept.headers.get('etag')]).toEqual([200, '"1"']);
  expect((await agree(agreed, 0)).status).toBe(409);

  const payout = await invoiced();
  const list = await api.call('GET', `/api/v1/partner-invoices?payoutId=${payout}`, {
    as: manager,
  });
  const [invoice] = list.json['data'] as Record<string, unknown>[];
  expect(invoice).toMatchObject({
    kind: 'invoice',
    words: ['Self-billing', 'Exempt from VAT: Article 135(1)(d)'],
    lines: [{ what: 'Commission per lot', amount: { amount: '42.50', currency: 'EUR' } }],
    gross: { amount: '42.50', currency: 'EUR' },
    buyer: { taxNumber: 'CY10000000X' },
  });
  const path = `/api/v1/partner-invoices/${String(invoice?.['id'])}`;
  const csv = await api.call('GET', `${path}?format=csv`, { as: manager });
  expect(csv.text).toContain('Commission per lot,2026-10,42.50,EUR');
  expect(csv.text).toContain('VAT 0 %,,0.00,EUR');
  const pdf = await api.call('GET', `${path}?format=pdf`, { as: manager });
  expect(pdf.headers.get('content-type')).toBe('application/pdf');
  expect(pdf.text.slice(0, 5)).toBe('%PDF-');

  const support = await api.staff(['support'], ['cy']);
  expect((await api.call('GET', path, { as: support })).status).toBe(403);
  expect((await agree(agreed, 1, support)).status).toBe(403);
  const elsewhere = await api.staff(['partner_manager'], ['off']);
  expect((await api.call('GET', path, { as: elsewhere })).status).toBe(404);
  const unknown = await api.call('GET', '/api/v1/partner-invoices?number=1', { as: manager });
  expect(unknown.status).toBe(400);
});

it('keeps on the page what was typed and refused', async () => {
  const browser = new Browser(api.url);
  await browser.logIn('staff', manager.email);
  const page = await browser.get(`/staff/partners/${partner}`);
  expect(page.text).toContain('Exempt, agreed on 2026-01-01');
  expect(page.text).toContain('SB-');
  const { treatment, ...rest } = { ...agreed, treatment: 'reverse_charge', legalName: 'Nord AG' };
  const refused = await browser.post(`/staff/partners/${partner}/self-billing`, {
    ...{ ...rest, treatment, billingVersion: '1' },
  });
  expect(refused.status).toBe(422);
  expect(refused.text).toContain('value="Nord AG"');
  expect(refused.text).toContain('Tax number is asked for by a reverse charge');
});

it('tells finance what is owed, as JSON, CSV and a page', async () => {
  const finance = await api.staff(['finance'], ['cy']);
  await api.system((tx) =>
    rows(tx, 'update settlement set computed_at = now() where plan_set = :planSet', { planSet }),
  );
  const list = await api.call('GET', '/api/v1/partner-accruals?limit=1', { as: finance });
  expect([list.status, list.json['data']]).toMatchObject([
    200,
    [{ partnerId: partner, settled: { amount: '42.50', currency: 'EUR' }, heldFor: [] }],
  ]);
  const csv = await api.call('GET', '/api/v1/partner-accruals.csv?asOf=2026-11-30', {
    as: finance,
  });
  expect(csv.text.split('\r\n')[0]).toBe(
    'as_of,entity,plan_set,partner,currency,earned,settled,carried,held,held_for,paid',
  );
  const browser = new Browser(api.url);
  await browser.logIn('staff', finance.email);
  const page = await browser.get('/staff/partner-accruals');
  expect([page.status, page.text.includes('42.50')]).toEqual([200, true]);
  const bad = await api.call('GET', '/api/v1/partner-accruals?asOf=today', { as: finance });
  expect([bad.status, bad.json['errors']]).toMatchObject([400, [{ pointer: '/query/asOf' }]]);
  const unknown = await api.call('GET', '/api/v1/partner-accruals?month=1', { as: finance });
  expect(unknown.status).toBe(400);
  const support = await api.staff(['support'], ['cy']);
  expect((await api.call('GET', '/api/v1/partner-accruals', { as: support })).status).toBe(403);
});
