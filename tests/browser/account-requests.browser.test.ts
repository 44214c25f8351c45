import type { Browser, BrowserContext, Page } from 'playwright-core';
import { askForChange } from '../../db/account-changes';
import { inScope, rows } from '../../db/connection';
import { hashPassword } from '../../db/passwords';
import { createUser, setPassword } from '../../db/users';
import {
  fund,
  openAccount,
  openTaskOf,
  seedClient,
  type OpenAccount,
  type TestClient,
} from '../processes/people';
import { clickThrough, openChromium, overflowOf, sizes, violationsOf } from './chromium';
import { openSite, type Site } from './site';

const password = 'a long enough password';
const operators = ['first@keelson.example', 'second@keelson.example'] as const;

let site: Site;
let browser: Browser;
let client: TestClient;
let account: OpenAccount;

beforeAll(async () => {
  [site, browser] = await Promise.all([openSite(), openChromium()]);
  const { stage } = site;
  const passwordHash = await hashPassword(password);
  client = await seedClient(stage);
  await fund(stage, client, '1000.00');
  account = await openAccount(stage, client);
  await stage.system(async (tx) => {
    await setPassword(tx, client.userId, passwordHash, 'first');
    for (const email of operators) {
      await createUser(tx, {
        kind: 'staff',
        email,
        name: email === operators[0] ? 'Tomas Novak' : 'Ines Duarte',
        roles: ['operations'],
        entities: ['cy', 'off'],
        passwordHash,
      });
    }
  });
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await site?.close();
}, 60_000);

async function logIn(
  area: 'staff' | 'client',
  email: string,
  size: keyof typeof sizes,
): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext({ viewport: sizes[size], locale: 'en-GB' });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  await page.goto(`${site.url}/${area}/login`);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await press(page, 'Log in');
  await page.getByRole('heading', { name: area === 'staff' ? 'Today' : /Welcome/ }).waitFor();
  return { page, context };
}

const press = (page: Page, name: string | RegExp) =>
  clickThrough(page.getByRole('main').getByRole('button', { name }));

async function expectFit(page: Page): Promise<void> {
  expect({
    at: page.url(),
    violations: await violationsOf(page),
    overflow: await overflowOf(page),
  }).toEqual({ at: page.url(), violations: [], overflow: 0 });
}

it('lets a holder ask, and tells the answer with its reason, on a telephone', async () => {
  const { page, context } = await logIn('client', client.email, 'phone');
  await page.goto(`${site.url}/client/accounts/${account.id}`);
  await expectFit(page);
  await page.getByRole('link', { name: 'Change the leverage' }).click();
  await expectFit(page);
  await page.getByLabel('New leverage').selectOption('200');
  await press(page, 'Ask for it');
  // The page follows by itself: nobody loads it again.
  await page.getByText('The account has the new leverage.').waitFor();
  await expectFit(page);

  await page.goto(`${site.url}/client/accounts/${account.id}/type`);
  await expectFit(page);
  await page.getByLabel('New type').selectOption('pro');
  await press(page, 'Ask for it');
  await page.getByText('There is too little equity on the account for this type.').waitFor();

  await page.goto(`${site.url}/client/accounts/${account.id}/move`);
  await page.getByText('We offer no other platform for this account.').waitFor();
  await expectFit(page);

  await page.goto(`${site.url}/client/requests?kind=accounts`);
  expect(await page.locator('.row-what').allInnerTexts()).toEqual([
    `Change of account type, account ${account.login}`,
    `Change of leverage, account ${account.login}`,
  ]);
  await expectFit(page);

  await page.goto(`${site.url}/client/accounts/${account.id}`);
  await press(page, 'Mail me a new link');
  await page.getByText('A new link is on its way').waitFor();
  const link = await site.mailedLink(client.email, /Set the password/);
  await page.goto(link);
  await page.getByLabel('New platform password').waitFor();
  expect(site.failures).toEqual([]);
  await context.close();
}, 120_000);

it('asks a second person to step over the policy, and the holder reads that it was done', async () => {
  const first = await logIn('staff', operators[0], 'desk');
  await first.page.goto(`${site.url}/staff/accounts/${account.id}/override`);
  await first.page.getByLabel('Leverage, 1:').fill('700');
  await first.page.getByLabel('Reason').fill('Promise of the desk.');
  await press(first.page, 'Ask a second person');
  await first.page.getByText('settings past the policy: leverage 1:700').first().waitFor();
  const request = await site.stage.system(async (tx) => {
    const [row] = await rows<{ id: string }>(
      tx,
      `select id from account_request where kind = 'override'`,
    );
    return row?.id ?? '';
  });
  const task = await openTaskOf(site.stage, request, 'account_request');
  await first.page.goto(`${site.url}/staff/tasks/${task.id}`);
  expect(await first.page.getByRole('note').innerText()).toMatch(/different person has to decide/i);
  await expectFit(first.page);
  await first.context.close();

  const second = await logIn('staff', operators[1], 'desk');
  await second.page.goto(`${site.url}/staff/tasks/${task.id}`);
  const asked = await second.page.getByRole('main').innerText();
  expect(asked).toContain('Tomas Novak asks for settings past the policy: leverage 1:700');
  expect(asked).toContain('Reason: Promise of the desk.');
  await second.page.getByLabel('Approve').check();
  await second.page.getByLabel('Reason', { exact: true }).fill('seen the promise');
  await second.page.getByLabel('Then open my next task').uncheck();
  await press(second.page, /Record the decision/);
  await second.page.getByText('Recorded: Approve.').waitFor();

  const holder = await logIn('client', client.email, 'phone');
  for (let tries = 0; tries < 100; tries += 1) {
    await holder.page.goto(`${site.url}/client/requests?kind=accounts`);
    if ((await holder.page.getByText('Change of trading conditions').count()) > 0) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await holder.page.getByText('Change of trading conditions').click();
  await holder.page.getByText('The account has new trading conditions.').waitFor();
  expect(await holder.page.content()).not.toContain('Promise of the desk');
  await holder.context.close();

  await second.page.goto(`${site.url}/staff/accounts/${account.id}`);
  const text = await second.page.getByRole('main').innerText();
  expect(text).toContain('past the policy');
  await expectFit(second.page);
  await second.context.close();
}, 120_000);

it('waits for the holder to close a position before an account ends', async () => {
  const { stage } = site;
  const closing = await openAccount(stage, client);
  await stage.mt5.control('POST', '/dealer-balance', {
    login: Number(closing.login),
    amount: '500.00',
    type: 2,
    comment: 'gift',
  });
  await stage.mt5.control('POST', '/trade', {
    login: Number(closing.login),
    symbol: 'EURUSD',
    side: 'buy',
    volume: '0.01',
  });
  const { page, context } = await logIn('client', client.email, 'desk');
  await page.goto(`${site.url}/client/accounts/${closing.id}/close`);
  await expectFit(page);
  await page.getByLabel(/I want to close/).check();
  await press(page, 'Close the account');
  await page.getByText('Close your open positions first: 1 is open.').waitFor();
  await expectFit(page);
  await page.goto(`${site.url}/client/accounts/${closing.id}`);
  await page.getByRole('heading', { name: 'Under way' }).waitFor();
  await expectFit(page);
  await context.close();
  await expect(
    inScope(stage.db, client.scope, (tx) =>
      askForChange(tx, closing.id, { ask: { kind: 'change_leverage', leverage: 100 } }),
    ),
  ).rejects.toMatchObject({ code: 'account_ending' });
}, 120_000);
