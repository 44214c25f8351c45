import { existsSync, readFileSync } from 'node:fs';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A telephone and a desk: every page is good at both. */
export const sizes = {
  phone: { width: 390, height: 844 },
  desk: { width: 1440, height: 900 },
} as const;

/** Debian's Chromium, or the one that CHROMIUM names, without anything that calls home. */
export async function openChromium(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? places.find((place) => existsSync(place));
  if (executablePath === undefined) {
    throw new Error('There is no Chromium here: apt-get install chromium, or name it in CHROMIUM.');
  }
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

/** What axe-core finds wrong with the page as it stands, as text; empty when it is clean. */
export async function violationsOf(page: Page): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  try {
    // Through the debugger: the policy of the page lets no foreign script in.
    await session.send('Runtime.evaluate', { expression: axe });
    const answer = await session.send('Runtime.evaluate', {
      expression: `axe.run().then((found) => found.violations.map((one) =>
        one.id + ': ' + one.nodes.map((node) => node.html.slice(0, 120)).join(' … ')))`,
      awaitPromise: true,
      returnByValue: true,
    });
    const found: unknown = answer.result.value;
    return Array.isArray(found) ? found.map(String) : ['axe-core did not run'];
  } finally {
    await session.detach();
  }
}

/** By how many pixels the page is wider than the window. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
}

/** Clicks, and waits until the page it leads to is read to its end: a long table grows while it is parsed. */
export async function clickThrough(locator: Locator): Promise<void> {
  await locator.click();
  await locator.page().waitForLoadState('domcontentloaded');
}

/** A page of somebody who has just logged in, at a desk. */
export async function logInAt(
  browser: Browser,
  address: string,
  { email, password }: { readonly email: string; readonly password: string },
): Promise<Page> {
  const page = await (await browser.newContext({ viewport: sizes.desk })).newPage();
  await page.goto(address);
  await page.fill('[name=email]', email);
  await page.fill('[name=password]', password);
  await clickThrough(page.locator('main button[type=submit]'));
  return page;
}
