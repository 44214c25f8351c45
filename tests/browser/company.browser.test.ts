import type { Browser, Page } from 'playwright-core';
import { startApi, testPassword, type TestApi } from '../../api/testing/api';
import { paperPicture } from '../../cli/demo/paper';
import { latestCase } from '../../db/kyc';
import { clickThrough, logInAt, openChromium } from './chromium';
import { looksOf } from './faults';

describe('a company that applies', () => {
  let api: TestApi;
  let browser: Browser;

  beforeAll(async () => {
    [api, browser] = await Promise.all([startApi(), openChromium()]);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  const logIn = (area: 'client' | 'staff', email: string) =>
    logInAt(browser, `${api.url}/${area}/login`, { email, password: testPassword });
  const looks = (page: Page, name: string) => looksOf(page, `company-${name}`);

  const main = (page: Page) => page.getByRole('main');
  const press = (page: Page, name: string) =>
    clickThrough(main(page).getByRole('button', { name, exact: true }));

  async function declare(page: Page): Promise<void> {
    await page.getByText('A company applies, and not I myself').click();
    await page.fill('[name=name]', 'Example Holdings Ltd');
    await page.selectOption('[name=country]', 'CY');
    await page.fill('[name=address]', '1 Example Street, Limassol');
    await page.fill('[name=registrationNumber]', 'HE123456');
    await page.fill('[name=legalForm]', 'Limited company');
    await page.fill('[name=incorporatedOn]', '2015-03-01');
    await press(page, 'Save');
    await page.getByText('Now say who belongs to the company').waitFor();
  }

  async function add(page: Page, role: string, name: string, kind = 'individual'): Promise<void> {
    await page.selectOption('[name=role]', role);
    await page.selectOption('[name=kind]', kind);
    await page.fill('[name=personName]', name);
    if (kind === 'individual') await page.fill('[name=birthDate]', '1980-01-02');
    await page.selectOption('[name=nationality]', 'CY');
    await page.fill('[name=personAddress]', '2 Example Street, Limassol');
    await press(page, 'Add');
    await page.getByText('Their papers are asked for below').waitFor();
  }

  async function share(page: Page, owner: string, owned: string, percent: string): Promise<void> {
    await page.selectOption('[name=owner]', { label: owner });
    await page.selectOption('[name=owned]', { label: owned });
    await page.fill('[name=percent]', percent);
    await press(page, 'Save this share');
  }

  it('names its people, who owns it and their papers, and an officer sees what is pending', async () => {
    const client = await api.client({ residence: 'CY', name: 'Signa Example' });
    const page = await logIn('client', client.email);
    await page.goto(`${api.url}/client/company`);
    const wrong = await looks(page, 'nobody');
    await declare(page);
    wrong.push(...(await looks(page, 'declared')));
    await add(page, 'director', 'Dora Example');
    await add(page, 'shareholder', 'Example Between Ltd', 'organisation');
    await add(page, 'beneficial_owner', 'Maria Example');
    await share(page, 'Example Between Ltd', 'Example Holdings Ltd', '60');
    await share(page, 'Maria Example', 'Example Between Ltd', '90.5');
    expect(await main(page).innerText()).toContain('54.30 % in the end');

    // Who is refused keeps what they typed, in the form they typed it into and in no other.
    await page.selectOption('[name=role]', 'director');
    await page.selectOption('[name=kind]', 'organisation');
    await page.fill('[name=personName]', 'Wrong Ltd');
    await press(page, 'Add');
    expect(await main(page).innerText()).toContain('directors, owners and who signs are people');
    expect(await page.inputValue('[name=personName]')).toBe('Wrong Ltd');
    expect(await page.inputValue('[name=name]')).toBe('Example Holdings Ltd');
    wrong.push(...(await looks(page, 'refused')));
    await page.goto(`${api.url}/client/company`);
    await share(page, 'Maria Example', 'Example Holdings Ltd', '41');
    expect(await main(page).innerText()).toContain('more than 100 percent');
    expect(await page.inputValue('[name=percent]')).toBe('41');
    await page.goto(`${api.url}/client/company`);
    wrong.push(...(await looks(page, 'people')));

    const maria = main(page).getByRole('group', { name: 'Maria Example' });
    await clickThrough(maria.getByRole('link').last());
    await page.setInputFiles('[name=file]', {
      name: 'bill.png',
      mimeType: 'image/png',
      buffer: paperPicture(['Bill', 'Maria Example'], 1),
    });
    await page.fill('[name=issuedOn]', new Date().toISOString().slice(0, 10));
    wrong.push(...(await looks(page, 'upload')));
    await press(page, 'Upload');
    await page.waitForURL('**/client/company');
    expect(await maria.innerText()).toContain('received');
    for (const path of ['onboarding', 'onboarding/details', 'documents', 'profile']) {
      await page.goto(`${api.url}/client/${path}`);
      wrong.push(...(await looks(page, path.replace('/', '-'))));
    }

    const officer = await api.staff(['compliance']);
    const desk = await logIn('staff', officer.email);
    const of = await api.system((tx) => latestCase(tx, client.clientId));
    await desk.goto(`${api.url}/staff/cases/${of?.id ?? ''}`);
    const people = desk.getByRole('region', { name: 'The company and its people' });
    expect(await people.innerText()).toContain('beneficial owner · 54.30 % in the end');
    wrong.push(...(await looks(desk, 'case')));
    await desk.goto(`${api.url}/staff/clients/${client.clientId}`);
    wrong.push(...(await looks(desk, 'client')));
    expect(wrong).toEqual([]);
  }, 180_000);
});
