import type { Page } from 'playwright-core';
import { overflowOf, sizes, violationsOf } from './chromium';

/** What is wrong with a page that has just been opened, in words. */
export async function faultsOf(
  page: Page,
  { name, hasRail = true }: { readonly name: string; readonly hasRail?: boolean },
): Promise<string[]> {
  const looks = await looksOf(page, name);
  const wrong = [...(await structureOf(page, hasRail)), ...(await wordsOf(page))];
  const isAtProblem = (await page.locator('[data-focus]').count()) > 0;
  // Where something is wrong the focus stands there.
  if (!isAtProblem && !(await skips(page)))
    wrong.push('the first key does not lead to the content');
  return [...looks, ...wrong.map((each) => `${name}: ${each}`)];
}

/**
 * How the page looks as it stands, on a telephone and at a desk; nothing is pressed. With KEELSON_PICTURES a picture of each
 * is left in that folder.
 */
export async function looksOf(page: Page, name: string): Promise<string[]> {
  const wrong: string[] = [];
  const ids = await page.locator('[id]').evaluateAll((all) => all.map(({ id }) => id));
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  if (twice.length > 0) wrong.push(`ids twice: ${twice.join(', ')}`);
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport);
    if ((await overflowOf(page)) > 0) wrong.push(`wider than a ${size}`);
    wrong.push(...(await violationsOf(page)).map((each) => `${size}: ${each}`));
    await takePicture(page, `${name}-${size}`);
  }
  await page.setViewportSize(sizes.desk);
  return wrong.map((each) => `${name}: ${each}`);
}

async function takePicture(page: Page, name: string): Promise<void> {
  const folder = process.env['KEELSON_PICTURES'];
  if (folder === undefined) return;
  const file = name.replaceAll(/[^A-Za-z0-9]+/g, '-').replace(/^-/, '');
  await page.screenshot({ path: `${folder}/${file}.png`, fullPage: true });
}

async function structureOf(page: Page, hasRail: boolean): Promise<string[]> {
  const wrong: string[] = [];
  const headings = await page.locator('h1').count();
  if (headings !== 1) wrong.push(`${headings} main headings`);
  if (hasRail && (await page.locator('.rail [aria-current]').count()) !== 1)
    wrong.push('not in the rail');
  return wrong;
}

/** What was written for programs: nothing of it stands in a sentence for people. */
const forPrograms = [
  /\bundefined\b|\bNaN\b|\[object Object\]/,
  /\d{4}-\d\d-\d\dT\d\d:\d\d/,
  /\b[a-z]+(_[a-z]+)+\b/,
];

/** Set apart as what it is, an example, or what somebody has typed. */
const apart = 'code, pre, .id, .code, .hash, .form-hint, textarea, script';

async function wordsOf(page: Page): Promise<string[]> {
  const texts: unknown = await page.evaluate(`(() => {
    const found = [];
    const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { parentElement, textContent } = walker.currentNode;
      if (!parentElement.closest('${apart}')) found.push(textContent);
    }
    return found;
  })()`);
  return (Array.isArray(texts) ? texts.map(String) : ['nothing'])
    .filter((text) => forPrograms.some((pattern) => pattern.test(text)))
    .map((text) => `says “${text.trim().slice(0, 80)}”`);
}

/** Whether the first press of the tabulator offers to skip the rail, and leads into the content. */
async function skips(page: Page): Promise<boolean> {
  await page.evaluate('document.activeElement?.blur()');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  return page.evaluate(`document.activeElement?.id === 'main'`);
}
