import type { Browser, Page } from 'playwright-core';
import { startApi, testPassword, type TestApi } from '../../api/testing/api';
import { paperPicture } from '../../cli/demo/paper';
import { rows } from '../../db/connection';
import { clickThrough, openChromium, overflowOf, sizes, violationsOf } from './chromium';

describe('where a client’s money comes from', () => {
  let api: TestApi;
  let browser: Browser;

  beforeAll(async () => {
    [api, browser] = await Promise.all([startApi(), openChromium()]);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  async function logIn(area: 'client' | 'staff', email: string): Promise<Page> {
    const page = await (await browser.newContext({ viewport: sizes.desk })).newPage();
    await page.goto(`${api.url}/${area}/login`);
    await page.fill('[name=email]', email);
    await page.fill('[name=password]', testPassword);
    await clickThrough(page.locator('main button[type=submit]'));
    return page;
  }

  /** What is wrong with the page as it stands, on a telephone and at a desk. */
  async function looks(page: Page, name: string): Promise<string[]> {
    const wrong: string[] = [];
    const ids = await page.locator('[id]').evaluateAll((all) => all.map(({ id }) => id));
    const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
    if (twice.length > 0) wrong.push(`${name}: ids twice: ${twice.join(', ')}`);
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport);
      if ((await overflowOf(page)) > 0) wrong.push(`${name}: wider than a ${size}`);
      wrong.push(...(await violationsOf(page)).map((each) => `${name}, ${size}: ${each}`));
      const folder = process.env['KEELSON_PICTURES'];
      if (folder !== undefined)
        await page.screenshot({ path: `${folder}/sources-${name}-${size}.png`, fullPage: true });
    }
    await page.setViewportSize(sizes.desk);
    return wrong;
  }

  const press = (page: Page, name: string) =>
    clickThrough(page.getByRole('main').getByRole('button', { name, exact: true }));

  it('is told with a paper, refused on the page of the case, and read by the client', async () => {
    const client = await api.client();
    const officer = await api.staff(['compliance']);
    const room = await logIn('client', client.email);
    await room.goto(`${api.url}/client/sources`);
    await room.fill('[name=amountFrom]', '60000');
    await room.fill('[name=amountTo]', '70000');
    await room.fill('[name=narrative]', 'Engineer at a shipyard since 2014.');
    await press(room, 'Keep it');
    await room.locator('input[type=file]').setInputFiles({
      ...{ name: 'payslip.png', mimeType: 'image/png' },
      buffer: paperPicture(['A payslip', '70,000'], 210),
    });
    await press(room, 'Add this paper');
    await room.getByText('Received.').first().waitFor();
    expect(await looks(room, 'room')).toEqual([]);

    const [of] = await api.system((tx) =>
      rows<{ id: string }>(
        tx,
        `update kyc_case set state = 'in_review' where client_id = :id returning id`,
        { id: client.clientId },
      ),
    );
    const desk = await logIn('staff', officer.email);
    await desk.goto(`${api.url}/staff/cases/${of?.id ?? ''}`);
    await desk.getByText('Decide…').click();
    expect(await looks(desk, 'case')).toEqual([]);
    await desk.fill('[name=note]', 'The employer is in no register.');
    await desk.fill('[name=clientReason]', 'The payslip is of another year.');
    await press(desk, 'Refuse');
    await desk.getByText('Refused. The client reads why.').waitFor();

    await room.reload();
    await room.getByText('The payslip is of another year.').waitFor();
    expect(await room.content()).not.toContain('register');
    expect(await looks(room, 'refused')).toEqual([]);
  });
});
