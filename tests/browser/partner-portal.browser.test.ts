import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { startApi, type TestApi } from '../../api/testing/api';
import { rows } from '../../db/connection';
import { hashPassword } from '../../db/passwords';
import { openBrokerage, type Brokerage } from './brokerage';
import { openChromium, overflowOf, sizes, violationsOf } from './chromium';

const emails = { root: 'root@partners.example', sub: 'sub@partners.example' } as const;

let api: TestApi;
let browser: Browser;
let brokerage: Brokerage;

beforeAll(async () => {
  api = await startApi();
  [brokerage, browser] = await Promise.all([openBrokerage(api.db), openChromium()]);
  const hash = await hashPassword(brokerage.password);
  await api.system((tx) =>
    rows(
      tx,
      `update user_account set password_hash = :hash, state = 'active' where kind = 'partner'`,
      { hash },
    ),
  );
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await api?.close();
}, 60_000);

async function logIn(
  who: keyof typeof emails,
  options: { readonly size: keyof typeof sizes; readonly javaScriptEnabled?: boolean },
): Promise<{ context: BrowserContext; page: Page; complaints: string[] }> {
  const context = await browser.newContext({
    viewport: sizes[options.size],
    javaScriptEnabled: options.javaScriptEnabled ?? true,
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.goto(`${api.url}/partner/login`);
  await page.getByLabel('E-mail address').fill(emails[who]);
  await page.getByLabel('Password').fill(brokerage.password);
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
  await page.waitForURL(`${api.url}/partner`);
  return { context, page, complaints };
}

async function payoutOf(email: string): Promise<string> {
  const [row] = await api.system((tx) =>
    rows<{ id: string }>(
      tx,
      `select p.id from settlement_payout p join user_account u on u.partner_id = p.partner_id
       where u.kind = 'partner' and u.email_index = :index`,
      { index: tx.keys.blindIndex('email', email) },
    ),
  );
  if (!row) throw new Error(`no payout of ${email}`);
  return row.id;
}

const paths = ['', '/month', '/network', '/activity', '/earnings', '/statements', '/links'];

it.each(['phone', 'desk'] as const)(
  'is fit for everybody on a %s',
  async (size) => {
    const { context, page, complaints } = await logIn('root', { size });
    const statement = `/statements/${await payoutOf(emails.root)}`;
    for (const path of [...paths, '/earnings?ticket=5001', statement]) {
      await page.goto(`${api.url}/partner${path}`);
      expect({
        path,
        violations: await violationsOf(page),
        overflow: await overflowOf(page),
      }).toEqual({ path, violations: [], overflow: 0 });
    }
    expect(complaints).toEqual([]);
    await context.close();
  },
  60_000,
);

it('opens every line of a statement down to its deals', async () => {
  const { context, page } = await logIn('root', { size: 'phone' });
  await page.getByRole('link', { name: 'All statements' }).click();
  await page.getByRole('main').getByRole('listitem').getByRole('link').first().click();
  await page.getByRole('heading', { name: 'Every trade' }).waitFor();
  const line = page.locator('details').first();
  expect(await line.getByText('#5000, #5001').isVisible()).toBe(false);
  await line.locator('summary').click();
  expect(await line.getByText('#5000, #5001').isVisible()).toBe(true);
  expect(await line.getByText(/your 7 less the 5 of the partner below/).isVisible()).toBe(true);
  const answer = await page.request.get(`${page.url()}/csv`);
  expect(answer.headers()['content-type']).toContain('text/csv');
  expect(await answer.text()).toMatch(/^period,symbol_group/);
  await context.close();
});

it.each(['phone', 'desk'] as const)(
  'shows who has never seen it the own link, this month and the reason for a line in three clicks, on a %s',
  async (size) => {
    const { context, page } = await logIn('sub', { size });
    const main = page.getByRole('main');
    let clicks = 0;
    const follow = async (locator: Locator) => {
      await locator.click();
      clicks += 1;
    };
    const folder = process.env['KEELSON_PICTURES'];
    const taken = async (name: string) => {
      if (folder !== undefined)
        await page.screenshot({ path: `${folder}/partner-${name}-${size}.png`, fullPage: true });
    };
    // Both stand on the page that one is on after the log-in.
    expect(await main.locator('code').first().textContent()).toMatch(/\/join\/\S+$/);
    await main.getByText(/^Earned now/).waitFor();
    expect(await page.locator('.so-far .figure').textContent()).toMatch(/\sUSD$/);
    await taken('first-look');
    await follow(main.getByRole('link', { name: 'All statements' }));
    await follow(main.getByRole('listitem').getByRole('link').first());
    const line = page.locator('details').first();
    await follow(line.locator('summary'));
    expect(await line.getByText('#5000, #5001').isVisible()).toBe(true);
    expect(await line.getByText(/Paid at the rate of the plan/).isVisible()).toBe(true);
    await taken('reason');
    expect(clicks).toBeLessThan(6);
    await context.close();
  },
  60_000,
);

it('adds the lines of a statement up to its total', async () => {
  const { context, page } = await logIn('sub', { size: 'desk' });
  await page.goto(`${api.url}/partner/statements/${await payoutOf(emails.sub)}`);
  const cents = (text: string) => Number(text.replace(/[^\d−]/g, '').replace('−', '-'));
  const lines = await page.locator('details .row-amount').allTextContents();
  const total = await page.locator('.figure').textContent();
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.map(cents).reduce((sum, each) => sum + each, 0)).toBe(cents(total ?? ''));
  await context.close();
});

it('says why a deal is paid, and why not', async () => {
  const { context, page } = await logIn('sub', { size: 'phone' });
  const ask = async (ticket: string) => {
    await page.goto(`${api.url}/partner/earnings`);
    await page.getByLabel('Server').selectOption('mt5');
    await page.getByLabel('Number of the deal').fill(ticket);
    await page.getByRole('button', { name: 'Ask' }).click();
    return (await page.getByRole('status').textContent()) ?? '';
  };
  expect(await ask('#5001')).toMatch(/Paid at the rate of the plan/);
  // The sixth trade closes at the price at which it was opened.
  expect(await ask('5011')).toMatch(/closed at the price at which it was opened/);
  expect(await ask('999999')).toMatch(/None of your clients/);
  await context.close();
});

it('shows no client by name, and the network only downwards', async () => {
  const root = await logIn('root', { size: 'desk' });
  await root.page.goto(`${api.url}/partner/activity`);
  const activity = (await root.page.getByRole('main').textContent()) ?? '';
  expect(activity).toContain('A••• K•••');
  expect(activity).not.toMatch(/Anna|Keller/);
  await root.page.goto(`${api.url}/partner/network`);
  expect(await root.page.getByText('Harbour Introductions').count()).toBe(1);

  const sub = await logIn('sub', { size: 'desk' });
  await sub.page.goto(`${api.url}/partner/network`);
  expect(await sub.page.getByText('Northgate Partners').count()).toBe(0);
  const above = `${api.url}/partner/statements/${await payoutOf(emails.root)}`;
  expect((await sub.page.request.get(above)).status()).toBe(404);
  expect((await sub.page.request.get(`${above}/csv`)).status()).toBe(404);
  await root.context.close();
  await sub.context.close();
});

it('makes a link, and counts clicks, registrations and first deposits', async () => {
  const { context, page } = await logIn('sub', { size: 'phone', javaScriptEnabled: false });
  await page.goto(`${api.url}/partner/links`);
  await page.getByLabel('Name', { exact: true }).fill('Autumn letter');
  await page.getByLabel(/Code/).fill('autumn');
  await page.getByRole('button', { name: 'Make the link' }).click();
  await page.getByText('Your link is ready.').waitFor();

  const stranger = await browser.newContext({ viewport: sizes.phone, javaScriptEnabled: false });
  const visit = await stranger.newPage();
  await visit.goto(`${api.url}/join/autumn`);
  await visit.getByLabel('Full name').fill('Referred Person');
  await visit.getByLabel('E-mail address').fill('referred@clients.example');
  await visit.getByLabel('Country you live in').selectOption('DE');
  await visit.getByLabel(/I have read and accept/).check();
  await visit.getByRole('main').getByRole('button', { name: 'Open an account' }).click();
  await visit.getByRole('heading', { name: 'Check your mail' }).waitFor();

  await page.goto(`${api.url}/partner/links`);
  const link = page.locator('.link-row', { hasText: 'Autumn letter' });
  expect(await link.locator('dd').allTextContents()).toEqual(['1', '1', '0']);
  await context.close();
  await stranger.close();
});

it('computes the month so far by itself', async () => {
  // Two trades of last month once more, between the first of this month and now: half a lot and one lot.
  await api.system((tx) =>
    rows(
      tx,
      `insert into deal select (jsonb_populate_record(d, jsonb_build_object('ticket', ticket + 10000, 'position_id', position_id + 10000,
         'time', date_trunc('month', now()) + (now() - date_trunc('month', now())) * (ticket - 4999) / 5))).*
       from deal d where ticket between 5000 and 5003`,
    ),
  );
  const { context, page } = await logIn('root', { size: 'phone' });
  await page.getByText(/Earned now/).waitFor();
  expect(await page.locator('.so-far .figure').textContent()).toMatch(/^3\.00\sUSD$/);
  await context.close();
});

it('is for partners only', async () => {
  const { context, page } = await logIn('sub', { size: 'phone' });
  for (const path of ['/client', '/staff', '/staff/partners']) {
    expect((await page.request.get(`${api.url}${path}`)).status()).toBe(403);
  }
  await context.close();
});
