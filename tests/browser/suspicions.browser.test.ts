import type { Browser, Page } from 'playwright-core';
import { startApi, testPassword, type TestApi } from '../../api/testing/api';
import { reviewMovement } from '../../db/aml-alerts';
import { newId } from '../../domain/ids';
import { clickThrough, openChromium, overflowOf, sizes, violationsOf } from './chromium';

describe('the register of suspicious activity', () => {
  let api: TestApi;
  let browser: Browser;
  let page: Page;
  let clientId: string;

  beforeAll(async () => {
    [api, browser] = await Promise.all([startApi(), openChromium()]);
    const mlro = await api.staff(['mlro']);
    ({ clientId } = await api.client());
    await api.system((tx) =>
      reviewMovement(tx, {
        ...{ id: newId('deposit'), kind: 'deposit', entityId: 'cy', clientId },
        ...{ amountMinor: 950_000n, currency: 'XXX' },
      }),
    );
    page = await (await browser.newContext({ viewport: sizes.desk })).newPage();
    await page.goto(`${api.url}/staff/login`);
    await page.fill('[name=email]', mlro.email);
    await page.fill('[name=password]', testPassword);
    await clickThrough(page.locator('main button[type=submit]'));
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  /** What is wrong with the page as it stands, on a telephone and at a desk. */
  async function looks(name: string): Promise<string[]> {
    const wrong: string[] = [];
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport);
      if ((await overflowOf(page)) > 0) wrong.push(`${name}: wider than a ${size}`);
      wrong.push(...(await violationsOf(page)).map((each) => `${name}, ${size}: ${each}`));
      const folder = process.env['KEELSON_PICTURES'];
      if (folder !== undefined)
        await page.screenshot({ path: `${folder}/${name}-${size}.png`, fullPage: true });
    }
    await page.setViewportSize(sizes.desk);
    return wrong;
  }

  it('goes from an alert to a report, and to what the authority answered', async () => {
    await page.goto(`${api.url}/staff/suspicions`);
    const wrong = await looks('empty');
    await clickThrough(page.getByRole('link', { name: 'What the rules have seen' }));
    wrong.push(...(await looks('alerts')));
    await clickThrough(page.locator('[data-open]').first());
    expect(await page.textContent('main')).toContain('What the rules knew');
    wrong.push(...(await looks('alert')));
    await page.goto(`${api.url}/staff/suspicions/new?client=${clientId}`);
    wrong.push(...(await looks('form')));
    await page.fill('[name=grounds]', 'Money in.\nMoney out.');
    await page.check('[name=hold]');
    await clickThrough(page.getByRole('button', { name: 'Draft it' }));
    expect(await page.textContent('main')).toContain('the client is held');
    expect(await page.inputValue('[name=grounds]')).toBe('Money in.\nMoney out.');
    wrong.push(...(await looks('draft')));
    await page.fill('[name=authority]', 'NCA');
    await page.fill('[name=reference]', 'XCA-0001');
    await page.selectOption('[name=asksConsent]', 'yes');
    await clickThrough(page.getByRole('button', { name: 'Record it' }));
    expect(await page.textContent('main')).toContain('Nothing may be lifted before the end of');
    wrong.push(...(await looks('submitted')));
    await page.selectOption('[name=answer]', 'refused');
    await page.fill('[name=on]', new Date().toISOString().slice(0, 10));
    await clickThrough(page.getByRole('button', { name: 'Record the answer' }));
    expect(await page.textContent('main')).toContain('the moratorium period runs');
    await page.goto(`${api.url}/staff/suspicions`);
    wrong.push(...(await looks('register')));
    expect(wrong).toEqual([]);
  }, 120_000);
});
