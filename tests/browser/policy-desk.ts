import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Role } from '../../domain/access/roles';
import { rows } from '../../db/connection';
import { hashPassword } from '../../db/passwords';
import { createUser } from '../../db/users';
import { clickThrough, overflowOf, sizes, violationsOf } from './chromium';
import type { Site } from './site';

/** Of every colleague who is hired here. */
export const deskPassword = 'a long enough password';

/** For tests only: what people do who change policies in a browser. */
export function policyDesk(of: () => { readonly site: Site; readonly browser: Browser }) {
  let hired = 0;

  async function hire(role: Role) {
    hired += 1;
    const email = `policy${hired}@keelson.example`;
    const passwordHash = await hashPassword(deskPassword);
    const user = await of().site.stage.system((tx) =>
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
    const context = await of().browser.newContext({
      viewport: sizes[size],
      timezoneId: 'UTC',
      locale: 'en-GB',
      ...more,
    });
    const page = await context.newPage();
    await page.goto(`${of().site.url}/staff/login`);
    await page.getByLabel('E-mail address').fill(email);
    await page.getByLabel('Password').fill(deskPassword);
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

  /** Publishes what stands on the page as a draft: submitted by the one who wrote it, published by another. */
  async function publish(
    draft: string,
    author: { page: Page },
    publisherEmail: string,
    reach: 'new' | 'open',
  ): Promise<void> {
    await author.page.goto(draft);
    await press(author.page, 'Submit for publication');
    await author.page.getByText('another person has to publish it').waitFor();
    const { page, context } = await logIn(publisherEmail);
    await page.goto(draft);
    await page.getByLabel('It reaches').selectOption(reach);
    await press(page, 'Publish');
    await page.getByText('is published.').waitFor();
    await context.close();
  }

  const field = (page: Page, name: string) => page.locator(`[name="${name}"]`);

  /** Opens a new version of a layer of a policy, and answers its address. */
  async function newVersion(page: Page, kind: string, layer: string, key: string): Promise<string> {
    const [row] = await of().site.stage.system((tx) =>
      rows<{ id: string }>(
        tx,
        `select id from policy_version where kind = :kind and layer = :layer and layer_key = :key
         and state = 'published' order by version desc limit 1`,
        { kind, layer, key },
      ),
    );
    await page.goto(`${of().site.url}/staff/policies/${row?.id ?? ''}`);
    await press(page, 'New version from this one');
    await page.getByText('A draft to work on.').waitFor();
    return page.url();
  }

  async function shoot(page: Page, name: string): Promise<void> {
    const folder = process.env['KEELSON_PICTURES'];
    if (folder === undefined) return;
    for (const size of ['desk', 'phone'] as const) {
      await page.setViewportSize(sizes[size]);
      await page.screenshot({ path: `${folder}/${name}-${size}.png`, fullPage: true });
    }
    await page.setViewportSize(sizes.desk);
  }

  return { hire, logIn, press, field, newVersion, publish, expectFit, shoot };
}
