import type { Browser, BrowserContext, Page } from 'playwright-core';
import { paperPicture } from '../../cli/demo/paper';
import type { Role } from '../../domain/access/roles';
import { rows } from '../../db/connection';
import { hashPassword } from '../../db/passwords';
import { setPassword } from '../../db/users';
import { clickThrough, openChromium, sizes } from './chromium';
import { openConsole, type Console } from './console';
import { faultsOf } from './faults';

/** How clients are protected, and what two people decide about it, on the pages as people use them. */

let desk: Console;
let browser: Browser;

beforeAll(async () => {
  [desk, browser] = await Promise.all([openConsole(), openChromium()]);
  const { clientId, password } = desk.brokerage;
  const passwordHash = await hashPassword(password);
  await desk.system(async (tx) => {
    await rows(
      tx,
      `update client set kyc_level = 1, risk_level = 'medium', state = 'approved', approved_at = now() - interval '40 days'
       where id = :clientId`,
      { clientId },
    );
    const [user] = await rows<{ id: string }>(
      tx,
      'select id from user_account where client_id = :clientId',
      { clientId },
    );
    await setPassword(tx, user?.id ?? '', passwordHash, 'first');
  });
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await desk?.close();
}, 60_000);

interface Seat {
  readonly page: Page;
  readonly context: BrowserContext;
}

async function sitDown(area: 'staff' | 'client', email: string): Promise<Seat> {
  const context = await browser.newContext({
    ...{ viewport: sizes.desk, timezoneId: 'UTC', locale: 'en-GB' },
  });
  const page = await context.newPage();
  await page.goto(`${desk.url}/${area}/login`);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(desk.brokerage.password);
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('button', { name: 'Log out' }).waitFor();
  return { page, context };
}

const colleague = (role: Role) => sitDown('staff', desk.brokerage.emailOf[role]);
const anna = () => sitDown('client', 'anna.keller@clients.example');

const open = (page: Page, path: string) => page.goto(`${desk.url}${path}`);
const press = (page: Page, name: string | RegExp) =>
  clickThrough(page.getByRole('main').getByRole('button', { name }).first());

async function approve(page: Page): Promise<void> {
  await page.getByRole('radio', { name: 'Approve', exact: true }).check();
  await page.getByLabel('Reason', { exact: true }).fill('Read, and in order.');
  await press(page, /Record the decision/);
}

describe('agreements', () => {
  it('are written by one colleague, published by another and accepted by the client', async () => {
    const { page, context } = await colleague('compliance');
    const wrong: string[] = [];
    const look = async (name: string, of = page) =>
      wrong.push(...(await faultsOf(of, { name: `agreement ${name}` })));
    await open(page, '/staff/entities/cy');
    await look('entity without any');
    await clickThrough(page.getByRole('link', { name: 'New version' }));
    await look('form');
    await press(page, 'Ask for this version');
    await look('form refused');
    await page.locator('[name="plan.code"]').fill('client_agreement');
    await page.locator('[name="plan.texts.0.title"]').fill('Client agreement');
    await page
      .locator('[name="plan.texts.0.text"]')
      .fill(
        '1. Who we are. Keelson Cyprus Ltd is licensed by CySEC.\n\n2. What you may expect. We execute your orders at the best result that we can reach, and keep your money apart from ours.\n\n3. What we expect. You tell us when what we know of you changes.',
      );
    await press(page, /Add one to/);
    expect(await page.locator('[name="plan.texts.0.title"]').inputValue()).toBe('Client agreement');
    await look('form with a second language');
    await page.locator('[name="plan.texts.1.locale"]').fill('de');
    await page.locator('[name="plan.texts.1.title"]').fill('Kundenvertrag');
    await page.locator('[name="plan.texts.1.text"]').fill('1. Wer wir sind.');
    await page.locator('[name="plan.graceDays"]').fill('0');
    await press(page, 'Ask for this version');
    const at = new URL(page.url()).pathname;
    await look('proposed');
    const senior = await colleague('senior_approver');
    await open(senior.page, at);
    await look('to decide', senior.page);
    await approve(senior.page);
    await open(senior.page, at);
    await look('published', senior.page);
    await open(senior.page, '/staff/entities/cy');
    await look('entity with one', senior.page);

    const room = await anna();
    await look('room home', room.page);
    await open(room.page, '/client/agreements');
    await look('room waiting', room.page);
    await press(room.page, 'Accept');
    await look('room not ticked', room.page);
    await room.page.getByLabel(/I have read and accept/).check();
    await press(room.page, 'Accept');
    await look('room accepted', room.page);
    for (const { context: each } of [senior, room]) await each.close();
    await context.close();
    expect(wrong).toEqual([]);
  }, 240_000);
});

describe('the category of a client', () => {
  it('is asked for with papers, and what is wrong is said in the form', async () => {
    const { page, context } = await anna();
    const wrong: string[] = [];
    const look = async (name: string, of = page) =>
      wrong.push(...(await faultsOf(of, { name: `category ${name}` })));
    await open(page, '/client/profile');
    await look('room profile');
    await open(page, '/client/experience');
    await look('room experience');
    for (const box of await page.locator('main select').all()) await box.selectOption({ index: 1 });
    for (const box of await page.locator('main input[type=text]').all()) await box.fill('10');
    await press(page, 'Send my answers');
    await look('room experience answered');
    await open(page, '/client/category');
    await look('room retail');
    await page.getByLabel(/Your experience/).fill('Forex since 2015, at two brokers.');
    await press(page, 'Go on to the papers');
    await look('room nothing ticked');
    expect(await page.getByLabel(/Your experience/).inputValue()).toMatch(/since 2015/);
    const boxes = await page.locator('[name=criteria]').all();
    for (const box of boxes.slice(0, 2)) await box.check();
    await page.getByLabel(/I have read what I give up/).check();
    await press(page, 'Go on to the papers');
    await look('room papers');
    const paper = (name: string, mimeType: string, buffer: Buffer) =>
      page.setInputFiles('[name=file]', { name, mimeType, buffer });
    await paper('trades.gif', 'image/gif', Buffer.from('GIF89a'));
    await press(page, 'Add this paper');
    await look('room wrong type');
    expect(await page.locator('#error-file').innerText()).toMatch(/type that is not taken/);
    await paper('trades.png', 'image/png', Buffer.from('<html>'));
    await press(page, 'Add this paper');
    await look('room no picture');
    expect(await page.locator('#error-file').count()).toBe(1);
    for (const n of [0, 1]) {
      await page.locator('[name=criterion]').selectOption({ index: n });
      await paper('trades.png', 'image/png', paperPicture(['Statement', `Paper ${n}`], n));
      await press(page, 'Add this paper');
    }
    await look('room papers there');
    await press(page, 'Hand the request in');
    await look('room handed in');
    const officer = await colleague('compliance');
    await open(officer.page, `/staff/clients/${desk.brokerage.clientId}`);
    await look('client', officer.page);
    await clickThrough(officer.page.getByRole('link', { name: /Wish to be/ }).first());
    await look('request', officer.page);
    await officer.context.close();
    await context.close();
    expect(wrong).toEqual([]);
  }, 240_000);
});

describe('what is decided about clients', () => {
  it('is measured, kept and held on pages that fit', async () => {
    const { clientId, caseId } = desk.brokerage;
    const { page, context } = await colleague('compliance');
    const wrong: string[] = [];
    const look = async (name: string, of = page) =>
      wrong.push(...(await faultsOf(of, { name: `client ${name}` })));
    for (const measure of ['deceased', 'takeover', 'vulnerable', 'self_excluded', 'court_order']) {
      await open(page, `/staff/clients/${clientId}/measures/${measure}`);
      await look(`measure ${measure}`);
    }
    await open(page, `/staff/clients/${clientId}/measures/takeover`);
    await page.getByLabel('How we know').fill('The client rang from the number of 2024.');
    await press(page, 'Do it now');
    await look('restriction');
    await open(page, `/staff/clients/${clientId}/calendar`);
    await look('calendar');
    await page.getByText('Change personal data').click();
    await page.getByLabel('Born').fill('2999-01-01');
    await press(page, 'Change it');
    await look('calendar refused');
    await open(page, `/staff/clients/${clientId}?show=payments&from=2026-01-01`);
    await look('timeline');
    await open(page, `/staff/clients/${clientId}/retention`);
    await look('retention lasts');
    await open(page, `/staff/cases/${caseId}`);
    await page.getByText('Note something').click();
    await page.getByLabel('Address', { exact: true }).fill('ftp://news.example/story');
    await page.getByLabel('Published on').fill('2026-03-02');
    await page.getByLabel('What it says').fill('The director of a company that failed.');
    await press(page, 'Note it');
    await look('media refused');
    expect(await page.getByLabel('What it says').inputValue()).toMatch(/director/);
    await page.getByLabel('Address', { exact: true }).fill('https://news.example/story');
    await press(page, 'Note it');
    await look('media');
    await context.close();

    const mlro = await colleague('mlro');
    await open(mlro.page, '/staff/legal-holds');
    await look('legal holds none', mlro.page);
    await open(mlro.page, `/staff/legal-holds/new?client=${clientId}`);
    await look('legal hold form', mlro.page);
    await mlro.page.getByLabel('Reference').fill('X'.repeat(300));
    await mlro.page.getByLabel('Reason').fill('Order of the district court of Limassol.');
    await press(mlro.page, 'Place the hold');
    await look('legal hold refused', mlro.page);
    expect(await mlro.page.getByLabel('Reason').inputValue()).toMatch(/district court/);
    await mlro.page.getByLabel('Reference').fill('LIM-2026/118');
    await press(mlro.page, 'Place the hold');
    await look('legal hold', mlro.page);
    await open(mlro.page, '/staff/legal-holds');
    await look('legal holds', mlro.page);
    await mlro.context.close();
    await desk.system((tx) =>
      rows(
        tx,
        `update retention set ended_at = now() - interval '9 years' where client_id = :clientId`,
        { clientId },
      ),
    );
    expect(wrong).toEqual([]);
  }, 240_000);
});

describe('the house', () => {
  it('changes an entity by two people', async () => {
    const { page, context } = await colleague('compliance');
    const wrong: string[] = [];
    const look = async (name: string, of = page) =>
      wrong.push(...(await faultsOf(of, { name: `entity ${name}` })));
    await open(page, '/staff/entities/cy/edit');
    await look('edit');
    await page.locator('[name="edit.currencies"]').fill('EUR, USD, EURO');
    await page.locator('[name="edit.brand.name"]').fill('Keelson Europe');
    await press(page, 'Ask for this change');
    await look('edit refused');
    expect(await page.locator('[name="edit.brand.name"]').inputValue()).toBe('Keelson Europe');
    await page.locator('[name="edit.currencies"]').fill('EUR, USD');
    await press(page, 'Ask for this change');
    await look('edit asked');
    await open(page, '/staff/entities/cy');
    await look('with an edit');
    await context.close();
    expect(wrong).toEqual([]);
  }, 120_000);
});
