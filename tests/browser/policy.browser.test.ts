import { type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { Role } from '../../domain/access/roles';
import type { AccountProvisioningThen } from '../../domain/policy/kinds/account-provisioning';
import type { Rule } from '../../domain/policy/body';
import { inScope, rows } from '../../db/connection';
import { eventsOfSubject } from '../../db/events';
import { hashPassword } from '../../db/passwords';
import { draftPolicy } from '../../db/policy-versions';
import { createUser, scopeOf } from '../../db/users';
import { openAccount, seedClient } from '../processes/people';
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

let hired = 0;

async function hire(role: Role) {
  hired += 1;
  const email = `policy${hired}@keelson.example`;
  const passwordHash = await hashPassword(password);
  const user = await site.stage.system((tx) =>
    createUser(tx, {
      kind: 'staff',
      email,
      name: `Colleague ${hired}`,
      roles: [role],
      entities: ['cy', 'off'],
      passwordHash,
    }),
  );
  return { email, user };
}

async function logIn(
  email: string,
  options: { size?: keyof typeof sizes; javaScriptEnabled?: boolean } = {},
): Promise<{ page: Page; context: BrowserContext }> {
  const { size = 'desk', ...more } = options;
  const context = await browser.newContext({
    viewport: sizes[size],
    timezoneId: 'UTC',
    locale: 'en-GB',
    ...more,
  });
  const page = await context.newPage();
  await page.goto(`${site.url}/staff/login`);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Today' }).waitFor();
  return { page, context };
}

const press = (page: Page, name: string | RegExp) =>
  clickThrough(page.getByRole('main').getByRole('button', { name }).first());

/** Fit at a desk and on a telephone, as it stands. */
async function expectFit(page: Page): Promise<void> {
  for (const size of ['desk', 'phone'] as const) {
    await page.setViewportSize(sizes[size]);
    expect({
      at: page.url(),
      size,
      violations: await violationsOf(page),
      overflow: await overflowOf(page),
    }).toEqual({ at: page.url(), size, violations: [], overflow: 0 });
  }
  await page.setViewportSize(sizes.desk);
}

async function publishedId(layer: string, layerKey: string): Promise<string> {
  const [row] = await site.stage.system((tx) =>
    rows<{ id: string }>(
      tx,
      `select id from policy_version where kind = 'account.provisioning' and layer = :layer and layer_key = :layerKey
       and state = 'published' order by version desc limit 1`,
      { layer, layerKey },
    ),
  );
  return row?.id ?? '';
}

describe('the policy editor', () => {
  it('changes one row by one person, publishes it by another, and the next account follows it', async () => {
    const before = await openAccount(site.stage, await seedClient(site.stage));
    expect(before).toMatchObject({ group: 'real\\off-usd-std', leverage: 500 });

    const [author, publisher] = [await hire('operations'), await hire('compliance')];
    const one = await logIn(author.email);
    const { page } = one;
    await page.goto(`${site.url}/staff/policies/${await publishedId('entity', 'off')}`);
    await press(page, 'New version from this one');
    await page.getByText('A draft to work on.').waitFor();
    await expectFit(page);
    const draft = page.url();
    await clickThrough(page.getByRole('link', { name: 'standard, USD: real\\off-usd-std' }));
    await page.getByLabel('leverage').fill('200');
    await press(page, 'Save and check');
    await page.getByText(/Reads as: .*leverage 200/).waitFor();
    await expectFit(page);
    await press(page, 'Save, back to all rows');
    await page.getByRole('heading', { name: 'What changes' }).waitFor();
    expect(await page.getByRole('main').innerText()).toContain('leverage 500 → 200');

    await page.getByLabel('Newest cases, at most').selectOption('1000');
    await press(page, 'Simulate');
    await page
      .getByText('1 of 1 past cases decided otherwise; 1 of 1 accounts of today.')
      .waitFor({ timeout: 15_000 });
    await page.reload();
    await expectFit(page);
    const matrix = await page.getByRole('group', { name: 'Matrix' }).innerText();
    expect(matrix).toContain('real\\off-usd-std 1:500');
    expect(matrix).toContain('real\\off-usd-std 1:200');
    await page.getByRole('group', { name: 'Cases' }).getByRole('link').first().click();
    await page.getByRole('heading', { name: 'A past case, decided by both' }).waitFor();
    await expectFit(page);
    await page.goto(draft);
    await press(page, 'Submit for publication');
    await page.getByText('another person has to publish it').waitFor();
    await one.context.close();

    const two = await logIn(publisher.email);
    await two.page.goto(draft);
    await expectFit(two.page);
    await two.page.getByLabel('It reaches').selectOption('existing');
    await press(two.page, 'Publish');
    await two.page.getByText('is published.').waitFor();
    await two.context.close();

    const after = await openAccount(site.stage, await seedClient(site.stage));
    expect(after).toMatchObject({ group: 'real\\off-usd-std', leverage: 200 });
    const platform = site.stage.deps.platformFor('mt5');
    expect(await platform.readAccount(after.login)).toMatchObject({ leverage: 200 });
    const actors = await site.stage.system(async (tx) =>
      (await eventsOfSubject(tx, after.id)).map(({ actor }) => actor),
    );
    expect(actors.filter((actor) => !/^(user:|workflow:)/.test(actor))).toEqual([]);
    expect(actors).not.toContain(`user:${author.user.id}`);
    expect(actors).not.toContain(`user:${publisher.user.id}`);
    // What stood already stands as it was.
    expect(await platform.readAccount(before.login)).toMatchObject({ leverage: 500 });
    expect(site.failures).toEqual([]);
  }, 180_000);

  it('keeps thirty rows one line each, finds one by a word, and is edited without scripts', async () => {
    const author = await hire('operations');
    const scope = await site.stage.system((tx) => scopeOf(tx, author.user));
    const { id } = await inScope(site.stage.db, scope, (tx) =>
      draftPolicy(tx, {
        kind: 'account.provisioning',
        layer: 'base',
        layerKey: '',
        body: {
          title: 'Thirty rows',
          parameters: {
            accountTypes: ['standard', 'pro'],
            currencies: ['USD', 'EUR'],
            accountsPerClientMax: 5,
          },
          rules: JSON.parse(JSON.stringify(thirtyRules())),
        },
        note: '',
      }),
    );
    const { page, context } = await logIn(author.email, { javaScriptEnabled: false });
    await page.goto(`${site.url}/staff/policies/${id}`);
    const heights = await page
      .locator('.policy-table tbody tr')
      .evaluateAll((lines) => lines.map((line) => Number(Reflect.get(line, 'offsetHeight'))));
    expect(heights).toHaveLength(33);
    expect(Math.max(...heights)).toBeLessThan(45);

    await page.getByRole('searchbox', { name: 'Show rows that speak of' }).fill('gbp-pro');
    await press(page, 'Filter');
    expect(await page.locator('.policy-table tbody tr').count()).toBe(2);
    await clickThrough(page.getByRole('link', { name: 'pro GBP retail' }));
    const group = page.getByRole('group', { name: 'Condition', exact: true });
    await page.getByLabel('Fact of a new condition').selectOption('client.jurisdiction');
    await press(page, 'Add group');
    await page.getByLabel('Comparison of country of residence').selectOption('is one of');
    await press(page, 'Save and check');
    await page.getByLabel('Value of country of residence', { exact: true }).fill('de, fr');
    await press(page, 'Save and check');
    expect(await group.count()).toBe(1);
    expect(await page.getByText('Reads as:').locator('..').innerText()).toContain(
      'country of residence is one of DE, FR',
    );
    await press(page, 'Move group 3 up');
    await page.getByLabel('leverage').fill('a lot');
    await press(page, 'Save and check');
    const check = page.getByRole('region', { name: 'Check of this row' });
    expect(await check.innerText()).toMatch(/error/);
    expect(await page.getByLabel('leverage').inputValue()).toBe('a lot');
    await press(page, 'Remove group');
    await page.getByLabel('leverage').fill('77');
    await press(page, 'Save, back to all rows');
    await page.getByRole('link', { name: 'pro GBP retail' }).waitFor();

    await press(page, 'Move row 33 up');
    expect(await page.getByRole('main').innerText()).toContain('is never reached');
    await press(page, 'Remove row 2');
    expect(await page.locator('.policy-table tbody tr').count()).toBe(32);
    await clickThrough(page.getByRole('link', { name: 'Change parameters and title' }));
    await page.getByLabel('accounts per client max', { exact: true }).fill('9');
    await press(page, 'Save and check');
    expect(await page.getByLabel('accounts per client max', { exact: true }).inputValue()).toBe(
      '9',
    );
    await context.close();
    expect(site.failures).toEqual([]);
  }, 120_000);

  it('keeps what was typed when somebody else was quicker', async () => {
    const [author, other] = [await hire('operations'), await hire('operations')];
    const [one, two] = [await logIn(author.email), await logIn(other.email)];
    await one.page.goto(`${site.url}/staff/policies/${await publishedId('entity', 'cy')}`);
    await press(one.page, 'New version from this one');
    await one.page.getByText('A draft to work on.').waitFor();
    const row = `${one.page.url()}/row?rule=cy.mt5.pro-professional-usd`;
    for (const { page } of [one, two]) await page.goto(row);
    await one.page.getByLabel('leverage').fill('60');
    await press(one.page, 'Save and check');
    await one.page.getByText(/Reads as: .*leverage 60/).waitFor();
    await two.page.getByLabel('leverage').fill('70');
    await press(two.page, 'Save and check');
    await two.page.getByRole('alert').waitFor();
    expect(await two.page.getByRole('alert').innerText()).toMatch(/Someone else edited/);
    expect(await two.page.getByLabel('leverage').inputValue()).toBe('70');
    expect(await two.page.getByRole('main').innerText()).toMatch(/Saved now: .*leverage 60/);
    await press(two.page, 'Save and check');
    await two.page.getByText(/Reads as: .*leverage 70/).waitFor();
    for (const { context } of [one, two]) await context.close();
  }, 120_000);

  it('lets an overlay inherit, override and switch off, beside the rule of the base', async () => {
    const author = await hire('operations');
    const { page, context } = await logIn(author.email);
    await page.goto(`${site.url}/staff/policies`);
    await page.getByText('A new overlay for a jurisdiction or entity…').click();
    await page.getByLabel('Policy').selectOption('account.type');
    await page.getByLabel('For').selectOption('jurisdiction/CY');
    await page.getByLabel('Title').fill('Types in Cyprus');
    await press(page, 'Begin');
    await page.getByText('An empty overlay to work on.').waitFor();
    const home = page.url();
    await page
      .getByRole('link', { name: /Differ from row/ })
      .last()
      .click();
    await page.getByRole('heading', { name: 'In the layers below' }).waitFor();
    await expectFit(page);
    await press(page, 'Switch it off here');
    expect(await page.getByRole('alert').innerText()).toMatch(/for a reason/);
    await page.getByLabel('Why it does not apply here').fill('not licensed there');
    await press(page, 'Switch it off here');
    await page.getByText('here because not licensed there').waitFor();
    await press(page, 'Inherit it again');
    await press(page, 'Override it here');
    await page.getByLabel('why it differs here').fill('a stricter regulator');
    await press(page, 'Save, back to all rows');
    await page.getByText('because a stricter regulator').first().waitFor();
    expect(await page.getByRole('main').innerText()).toContain('overridden');
    await clickThrough(page.getByRole('link', { name: 'equity min' }));
    await page.getByLabel('equity min').fill('7500.00');
    await page.getByLabel('why it differs here').fill('a stricter regulator');
    await press(page, 'Save and check');
    await page.goto(home);
    expect(await page.getByRole('group', { name: 'Parameters' }).innerText()).toMatch(/7500\.00/);
    await expectFit(page);
    await context.close();
    expect(site.failures).toEqual([]);
  }, 120_000);
});

function thirtyRules(): Rule<AccountProvisioningThen>[] {
  const made = ['USD', 'EUR', 'GBP', 'CHF', 'JPY', 'AUD', 'CAD', 'NZD'].flatMap((currency) =>
    ['standard', 'pro'].flatMap((type) =>
      ['retail', 'professional'].map((category): Rule<AccountProvisioningThen> => ({
        id: `${type}-${category}-${currency.toLowerCase()}`,
        title: `${type} ${currency} ${category}`,
        when: {
          all: [
            { fact: 'account.type', operator: 'equal', value: type },
            { fact: 'account.currency', operator: 'equal', value: currency },
            { fact: 'client.category', operator: 'equal', value: category },
          ],
        },
        then: {
          decision: 'provision',
          server: 'mt5',
          group: `real\\${currency.toLowerCase()}-${type}`,
          leverage: 30,
        },
        reason: 'GROUP_BY_POLICY',
        source: 'house rule',
      })),
    ),
  );
  const otherwise: Rule<AccountProvisioningThen> = {
    id: 'otherwise',
    title: 'No group fits',
    when: { all: [] },
    then: { decision: 'review' },
    reason: 'NO_GROUP_FITS',
    source: 'house rule',
  };
  return [...made, otherwise];
}
