import { randomInt } from 'node:crypto';
import { type Browser, type BrowserContext, type Page } from 'playwright-core';
import { paperPicture, passportLines } from '../../cli/demo/paper';
import { rows } from '../../db/connection';
import { hashPassword } from '../../db/passwords';
import { letters } from '../processes/applicants';
import { seedClient } from '../processes/people';
import { clickThrough, openChromium, overflowOf, sizes, violationsOf } from './chromium';
import { openSite, type Site } from './site';

const password = 'a long enough password';

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([openSite(), openChromium()]);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await site?.close();
}, 60_000);

interface Person {
  readonly given: string;
  readonly family: string;
  readonly name: string;
  readonly email: string;
}

function somebody(): Person {
  const family = capital(letters());
  return {
    given: 'Quennia',
    family,
    name: `Quennia ${family}`,
    email: `${letters()}@room.example`,
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function mrzOf(person: Person): string {
  return passportLines({
    ...person,
    birthDate: '1988-04-17',
    issuer: 'CYP',
    number: `K${randomInt(10_000_000, 99_999_999)}`,
    expires: '2033-05-01',
    sex: 'F',
  });
}

const today = () => new Date().toISOString().slice(0, 10);

/** Opens a page of the room and sees that it is fit for everybody. */
async function visit(page: Page, path: string): Promise<void> {
  await page.goto(`${site.url}${path}`);
  await expectFit(page);
}

async function expectFit(page: Page): Promise<void> {
  expect({
    at: page.url(),
    violations: await violationsOf(page),
    overflow: await overflowOf(page),
  }).toEqual({ at: page.url(), violations: [], overflow: 0 });
}

const press = (page: Page, name: string | RegExp) =>
  clickThrough(page.getByRole('main').getByRole('button', { name }));

async function signUp(page: Page, person: Person): Promise<void> {
  await page.goto(`${site.url}/client/register`);
  await page.getByLabel('Full name').fill(person.name);
  await page.getByLabel('E-mail address').fill(person.email);
  await page.getByLabel('Country you live in').selectOption('CY');
  await page.getByLabel(/I have read and accept/).check();
  await press(page, 'Open an account');
  await page.getByRole('heading', { name: 'Check your mail' }).waitFor();
  await page.goto(await site.mailedLink(person.email, /confirm/i));
  await page.getByLabel('New password').fill(password);
  await page.getByLabel('The same again').fill(password);
  await press(page, 'Set the password');
  await page.getByLabel('E-mail address').fill(person.email);
  await page.getByLabel('Password').fill(password);
  await press(page, 'Log in');
  await page.getByRole('heading', { name: `Welcome, ${person.given}` }).waitFor();
}

async function sayWhoYouAre(page: Page): Promise<void> {
  await page.goto(`${site.url}/client/onboarding/details`);
  await page.getByLabel('Date of birth').fill('1988-04-17');
  await page.getByLabel('Nationality').selectOption('CY');
  await page.getByLabel('Address').fill('1 Quay, 3100 Limassol');
  await page.getByLabel('What you do').selectOption('employed');
  await page.getByLabel(/Where the money/).selectOption('salary');
  await page.getByLabel(/How much you expect/).fill('5000');
  await page.getByLabel(/prominent public office/).selectOption('no');
  await press(page, 'Save');
  await page.getByText('Saved.').waitFor();
}

async function uploadPapers(page: Page, person: Person): Promise<void> {
  const picture = (name: string, hue: number) => ({
    name: `${name}.png`,
    mimeType: 'image/png',
    buffer: paperPicture([name, person.name, letters()], hue),
  });
  await page.goto(`${site.url}/client/documents/identity`);
  await page.getByLabel('Picture or PDF').setInputFiles(picture('Passport', 0));
  await page.getByLabel(/The lines with the/).fill(mrzOf(person));
  await press(page, 'Upload');
  await page.getByText('It looks fine').waitFor();
  await page.goto(`${site.url}/client/documents/address`);
  await page.getByLabel('Picture or PDF').setInputFiles(picture('Bill', 1));
  await page.getByLabel('Date on the document').fill(today());
  await press(page, 'Upload');
  await page.getByText('It looks fine').waitFor();
}

async function handIn(page: Page): Promise<void> {
  await page.goto(`${site.url}/client/onboarding`);
  await press(page, 'Hand in my application');
}

async function openContext(options: {
  readonly size: keyof typeof sizes;
  readonly javaScriptEnabled?: boolean;
}): Promise<{ context: BrowserContext; page: Page; complaints: string[] }> {
  const context = await browser.newContext({
    viewport: sizes[options.size],
    javaScriptEnabled: options.javaScriptEnabled ?? true,
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  // A script or style that the page's own policy refuses is told here.
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { context, page, complaints };
}

it('takes a person from the registration to money paid out, on a telephone', async () => {
  const person = somebody();
  const { context, page, complaints } = await openContext({ size: 'phone' });
  await visit(page, '/client/register');
  await signUp(page, person);
  await expectFit(page);
  expect(await page.getByText('1 of 4 steps done').count()).toBe(1);
  await visit(page, '/client/onboarding/details');
  await sayWhoYouAre(page);
  await visit(page, '/client/documents/identity');
  await uploadPapers(page, person);
  await visit(page, '/client/documents');
  await handIn(page);
  // The page follows by itself: nobody loads it again.
  await page.getByRole('heading', { name: 'Approved' }).waitFor();
  await expectFit(page);

  await visit(page, '/client/accounts');
  await page.getByRole('link', { name: /standard, leverage 1:30/ }).click();
  await page.getByText('Active', { exact: true }).waitFor();
  await expectFit(page);
  const login = await page.locator('dt', { hasText: 'Log-in' }).locator('+ dd').textContent();

  await visit(page, '/client/cashier/deposit');
  await page.getByLabel('Amount').fill('1 250,50');
  await press(page, 'Go on to pay');
  const pay = page.getByRole('link', { name: /Pay/ });
  await pay.waitFor();
  await expectFit(page);
  await site.stage.psp.payAt((await pay.getAttribute('href')) ?? '');
  await page.getByText('In your wallet', { exact: true }).waitFor();
  await expectFit(page);

  await visit(page, '/client/cashier/transfer');
  await page.getByLabel(/^Amount/).fill('200');
  await press(page, 'Transfer');
  await page.getByText('Done', { exact: true }).waitFor();
  await expectFit(page);
  expect((await site.stage.mt5.account(login ?? '')).balance).toBe('200.00');

  await visit(page, '/client/cashier/withdraw');
  await page.getByLabel('Amount').fill('50');
  await press(page, 'Ask for the withdrawal');
  await page.getByText('All of the money has been paid out.').waitFor();
  await page.getByText('Visa ending 4242').first().waitFor();
  await expectFit(page);

  await visit(page, '/client/bank-accounts/new');
  await page.getByLabel('IBAN').fill('CY17 0020 0128 0000 0012 0052 7600');
  await press(page, 'Add the bank account');
  await page.getByLabel('Amount').fill('60');
  await press(page, 'Ask for the withdrawal');
  await page.getByText('In review', { exact: true }).waitFor();
  await press(page, 'Cancel this withdrawal');
  await page.getByText('You cancelled it.').waitFor();
  expect(await page.getByRole('button', { name: 'Cancel this withdrawal' }).count()).toBe(0);

  for (const path of ['/client', '/client/cashier', '/client/requests', '/client/profile']) {
    await visit(page, path);
  }
  await page.goto(`${site.url}/client/requests?kind=transfers`);
  expect(await page.locator('.row-what').allTextContents()).toEqual([`To account ${login ?? ''}`]);
  expect(complaints).toEqual([]);
  expect(site.failures).toEqual([]);
  await context.close();
}, 120_000);

it('shows a prompt, a code and a number to whoever pays by the rails of their country, on a telephone', async () => {
  const passwordHash = await hashPassword(password);
  const payers = [
    {
      ...{
        residence: 'KE',
        currency: 'KES',
        amount: '2500',
        side: 'mpesa',
        phone: '+254711000111',
      },
      shown: (page: Page) => page.getByText('Confirm on your phone: a message asks for your PIN.'),
    },
    {
      ...{ residence: 'TH', currency: 'THB', amount: '1000', side: 'xendit', phone: undefined },
      shown: (page: Page) => page.getByRole('img', { name: /QR code to pay/ }),
    },
    {
      ...{
        residence: 'EG',
        currency: 'EGP',
        amount: '1500',
        side: 'fawry',
        phone: '+201012345678',
      },
      shown: (page: Page) => page.getByText('Give this number at a shop'),
    },
  ];
  for (const { residence, currency, amount, side, phone, shown } of payers) {
    const client = await seedClient(site.stage, { name: `Raila ${capital(letters())}`, residence });
    await site.stage.system((tx) =>
      rows(tx, 'update user_account set password_hash = :passwordHash where id = :id', {
        ...{ passwordHash, id: client.userId },
      }),
    );
    const { context, page, complaints } = await openContext({ size: 'phone' });
    await page.goto(`${site.url}/client/login`);
    await page.getByLabel('E-mail address').fill(client.email);
    await page.getByLabel('Password').fill(password);
    await press(page, 'Log in');
    await visit(page, `/client/cashier/deposit?currency=${currency}`);
    await page.getByLabel('Amount').fill(amount);
    if (phone !== undefined) {
      // A phone of another country is refused, and what was typed is kept.
      await page.getByLabel(/^Phone for/).fill('+4915112345678');
      await press(page, 'Go on to pay');
      await page.getByRole('alert').waitFor();
      expect(await page.getByLabel('Amount').inputValue()).toBe(amount);
      await page.getByLabel(/^Phone for/).fill(phone);
    }
    await press(page, 'Go on to pay');
    await shown(page).waitFor();
    await expectFit(page);
    const reference = new URL(page.url()).pathname.split('/').at(-1);
    await site.stage.psp.control('/pay-in', { side, reference });
    await page.getByText('In your wallet', { exact: true }).waitFor();
    await expectFit(page);
    // The browser tells of the refusal that was asked for, and of nothing else.
    const refusal: unknown = expect.stringContaining('status of 422');
    expect(complaints).toEqual(phone === undefined ? [] : [refusal]);
    await context.close();
  }
  expect(site.failures).toEqual([]);
}, 120_000);

it('works without JavaScript', async () => {
  const person = somebody();
  const { context, page } = await openContext({ size: 'desk', javaScriptEnabled: false });
  await signUp(page, person);
  await sayWhoYouAre(page);
  await uploadPapers(page, person);
  await handIn(page);
  await page
    .getByText(/In review|Approved/)
    .first()
    .waitFor();
  for (let tries = 0; tries < 100; tries += 1) {
    await page.goto(`${site.url}/client/onboarding`);
    if ((await page.getByRole('heading', { name: 'Approved' }).count()) > 0) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await page.goto(`${site.url}/client/cashier/deposit`);
  await page.getByLabel('Amount').fill('20.00');
  await press(page, 'Go on to pay');
  await page.getByRole('heading', { name: 'Deposit of 20.00 EUR' }).waitFor();
  await context.close();
}, 120_000);

describe('a form that is refused', () => {
  let page: Page;
  let context: BrowserContext;
  beforeAll(async () => {
    ({ context, page } = await openContext({ size: 'phone' }));
    await signUp(page, somebody());
  }, 60_000);
  afterAll(() => context.close());

  it('says what is wrong at the field and keeps what was typed', async () => {
    await page.goto(`${site.url}/client/cashier/deposit`);
    await page.getByLabel('Amount').fill('1,000');
    await press(page, 'Go on to pay');
    await page.locator('#error-amount').waitFor();
    expect(await page.locator('#error-amount').textContent()).toMatch(/is not an amount/);
    expect(await page.getByLabel('Amount').inputValue()).toBe('1,000');
    await expectFit(page);
  });

  it('gives the rule’s reason in plain words', async () => {
    await page.goto(`${site.url}/client/cashier/deposit`);
    await page.getByLabel('Amount').fill('3000');
    await press(page, 'Go on to pay');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(/before we have verified you/);
    await page.goto(`${site.url}/client/cashier/withdraw`);
    await page.getByLabel('Amount').fill('10');
    await press(page, 'Ask for the withdrawal');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).not.toMatch(/_/);
  });

  it('reads the lines of a passport before it takes the picture', async () => {
    await page.goto(`${site.url}/client/documents/identity`);
    await page.getByLabel('Picture or PDF').setInputFiles({
      name: 'passport.png',
      mimeType: 'image/png',
      buffer: paperPicture(['Passport'], 0),
    });
    await page.getByAltText('The picture you chose').waitFor();
    await page.getByLabel(/The lines with the/).fill('P<CYP');
    await press(page, 'Upload');
    await page.locator('#error-mrz').waitFor();
    expect(await page.locator('#error-mrz').textContent()).toMatch(/two lines of 44/);
    await expectFit(page);
  });

  it('names a file that is too large or of another type at its field', async () => {
    const choose = async (name: string, mimeType: string, bytes: number) => {
      await page.goto(`${site.url}/client/documents/identity`);
      const buffer = Buffer.alloc(bytes, 1);
      await page.getByLabel('Picture or PDF').setInputFiles({ name, mimeType, buffer });
      await press(page, 'Upload');
      await page.locator('#error-file').waitFor();
      return page.locator('#error-file').textContent();
    };
    expect(await choose('passport.heic', 'image/heic', 100)).toMatch(/of a type that is not taken/);
    expect(await choose('passport.png', 'image/png', 9_000_000)).toMatch(/larger than 8 MB/);
  });

  it('does not take a page for a picture', async () => {
    await page.goto(`${site.url}/client/documents/identity`);
    await page.getByLabel('Picture or PDF').setInputFiles({
      name: 'passport.png',
      mimeType: 'image/png',
      buffer: Buffer.from('<html>'),
    });
    await press(page, 'Upload');
    await page.locator('#error-file').waitFor();
  });

  it('changes the password only for who knows the present one', async () => {
    await page.goto(`${site.url}/client/profile/password`);
    const change = async (present: string) => {
      await page.getByLabel('Present password').fill(present);
      await page.getByLabel('New password').fill('another long password');
      await page.getByLabel('The new one again').fill('another long password');
      await press(page, 'Change the password');
    };
    await change('not the right one');
    await page.locator('#error-presentPassword').waitFor();
    await change(password);
    await page.getByText('Log in with the new one').waitFor();
  });
});

it('shows another client nothing', async () => {
  const { context, page } = await openContext({ size: 'desk' });
  const person = somebody();
  await signUp(page, person);
  await uploadPapers(page, person);
  const link = page.getByRole('link', { name: 'Your Passport' });
  const address = `${site.url}${(await link.getAttribute('href')) ?? ''}`;
  expect((await page.request.get(address)).status()).toBe(200);
  const other = await openContext({ size: 'desk' });
  await signUp(other.page, somebody());
  expect((await other.page.request.get(address)).status()).toBe(404);
  await context.close();
  await other.context.close();
}, 60_000);
