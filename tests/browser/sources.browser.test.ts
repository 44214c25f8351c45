import type { Browser, Page } from 'playwright-core';
import { startApi, testPassword, type TestApi } from '../../api/testing/api';
import { paperPicture } from '../../cli/demo/paper';
import { rows } from '../../db/connection';
import { clickThrough, logInAt, openChromium } from './chromium';
import { looksOf } from './faults';

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

  const logIn = (area: 'client' | 'staff', email: string) =>
    logInAt(browser, `${api.url}/${area}/login`, { email, password: testPassword });
  const looks = (page: Page, name: string) => looksOf(page, `sources-${name}`);

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
