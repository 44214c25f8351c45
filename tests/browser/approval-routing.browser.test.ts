import type { Browser } from 'playwright-core';
import {
  caseIn,
  passport,
  proveSources,
  register,
  submit,
  utilityBill,
} from '../processes/applicants';
import { openTaskOf } from '../processes/people';
import { clickThrough, openChromium } from './chromium';
import { policyDesk } from './policy-desk';
import { openSite, type Site } from './site';

let site: Site;
let browser: Browser;

beforeAll(async () => {
  [site, browser] = await Promise.all([openSite(), openChromium()]);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await site?.close();
}, 60_000);

const { hire, logIn, press, field, newVersion, publish, expectFit, shoot } = policyDesk(() => ({
  site,
  browser,
}));

describe('approval of politically exposed persons', () => {
  it('is rerouted by an officer and published by another; the next case follows, an old one keeps its queue', async () => {
    const { stage } = site;
    const [author, publisher] = [await hire('compliance'), await hire('compliance')];
    const senior = await hire('senior_approver');
    const exposed = async () => {
      const who = await register(stage, { answers: { pep: true } });
      await proveSources(stage, who);
      return who;
    };
    const apply = async (who: Awaited<ReturnType<typeof exposed>>) => {
      await passport(stage, who);
      await utilityBill(stage, who);
      return submit(stage, who);
    };
    const open = await exposed();
    const sent = await apply(await exposed());
    expect(await openTaskOf(stage, sent.id, 'pep_approval')).toMatchObject({
      queue: { code: 'senior_approver' },
    });

    const one = await logIn(author.email);
    const { page } = one;
    const draft = await newVersion(page, 'kyc.approval', 'base', '');
    // Before the queue is there, the row names what nobody knows.
    await clickThrough(page.getByRole('link', { name: 'Politically exposed', exact: true }));
    await field(page, 'then.queue').fill('board');
    await field(page, 'then.dueHours').fill('2');
    await press(page, 'Save and check');
    const check = page.getByRole('region', { name: 'Check of this row' });
    await check.getByText('there is no queue "board": add it to the queues first').waitFor();
    await expectFit(page);
    await page.goto(draft);
    await clickThrough(page.getByRole('link', { name: 'Change parameters and title' }));
    await press(page, 'Add one to queues');
    await field(page, 'parameters.queues.0.code').fill('board');
    await field(page, 'parameters.queues.0.name').fill('Board of directors');
    await field(page, 'parameters.queues.0.permission').selectOption('kyc.decide');
    await press(page, 'Save and check');
    await page.getByText('Saved and checked.').waitFor();
    await page.goto(draft);
    await page
      .getByText('senior management approves politically exposed persons')
      .first()
      .waitFor();
    await shoot(page, 'queue-refused');
    await clickThrough(page.getByRole('link', { name: 'Change parameters and title' }));
    await field(page, 'parameters.queues.0.permission').selectOption('pep.approve');
    await press(page, 'Save and check');
    await page.getByText('Saved and checked.').waitFor();
    await expectFit(page);
    await shoot(page, 'queues');
    await page.goto(draft);
    await page.getByRole('heading', { name: 'What changes' }).waitFor();
    expect(await page.getByRole('main').innerText()).toContain('queue senior_approver → board');
    await publish(draft, one, publisher.email, 'new');
    await one.context.close();

    const kept = await apply(open);
    expect(await openTaskOf(stage, kept.id, 'pep_approval')).toMatchObject({
      queue: { code: 'senior_approver' },
    });
    const next = await apply(await exposed());
    const task = await openTaskOf(stage, next.id, 'pep_approval');
    expect(task).toMatchObject({ queue: { code: 'board' }, permission: 'pep.approve' });

    const two = await logIn(senior.email);
    await two.page.goto(`${site.url}/staff/inbox`);
    await expectFit(two.page);
    await two.page.getByText('queue: Board of directors').waitFor();
    expect(await two.page.getByText('queue: Senior management').count()).toBe(2);
    await shoot(two.page, 'inbox-queues');
    await clickThrough(two.page.getByRole('link', { name: /^Board of directors/ }));
    expect(await two.page.locator('[data-row]').count()).toBe(1);
    await clickThrough(two.page.locator('[data-row] [data-open]'));
    await two.page.getByText('queue: Board of directors').first().waitFor();
    await expectFit(two.page);
    await two.page.getByLabel('Approve', { exact: true }).check();
    await two.page.getByLabel('Reason', { exact: true }).fill('known to the board');
    await two.page.getByRole('button', { name: /Record the decision/ }).click();
    await two.page.getByText('Recorded: Approve.').waitFor();
    await two.context.close();
    // Another officer reviews what senior management has approved.
    const review = await openTaskOf(stage, next.id, 'kyc_review');
    expect(review).toMatchObject({ queue: { code: 'compliance' }, permission: 'kyc.decide' });
    await caseIn(stage, next, 'in_review');
    expect(site.failures).toEqual([]);
  }, 180_000);
});
