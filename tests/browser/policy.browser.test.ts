import { setTimeout } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import type { AccountProvisioningThen } from '../../domain/policy/kinds/account-provisioning';
import type { Rule } from '../../domain/policy/body';
import { inScope, rows } from '../../db/connection';
import { eventsOfSubject } from '../../db/events';
import { hashPassword } from '../../db/passwords';
import { draftPolicy } from '../../db/policy-versions';
import { currentDocuments, decideDocument } from '../../db/documents';
import { openCase } from '../../db/kyc';
import { readApplication, readRequirements } from '../../db/kyc-requirements';
import { decide } from '../../db/task-decisions';
import { readUser, scopeOf } from '../../db/users';
import { caseIn, passport, register, submit, upload, utilityBill } from '../processes/applicants';
import { openAccount, openTaskOf, seedClient } from '../processes/people';
import { clickThrough, openChromium, sizes } from './chromium';
import { deskPassword as password, policyDesk } from './policy-desk';
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

const { hire, logIn, press, field, newVersion, publish, expectFit, shoot } = policyDesk(() => ({
  site,
  browser,
}));

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

/** The client answers the entity's own question on the page of their details. */
async function answerInTheRoom(
  who: Awaited<ReturnType<typeof register>>,
  answer: string,
): Promise<void> {
  const passwordHash = await hashPassword(password);
  await site.stage.system((tx) =>
    rows(
      tx,
      `update user_account set password_hash = :passwordHash, state = 'active' where id = :id`,
      { passwordHash, id: who.userId },
    ),
  );
  const context = await browser.newContext({ viewport: sizes.phone });
  const page = await context.newPage();
  await page.goto(`${site.url}/client/login`);
  await page.getByLabel('E-mail address').fill(who.email);
  await page.getByLabel('Password').fill(password);
  await press(page, 'Log in');
  await page.goto(`${site.url}/client/onboarding/details`);
  await page.getByLabel('Where does your wealth come from?').selectOption(answer);
  await expectFit(page);
  await shoot(page, 'client-question');
  await press(page, 'Save');
  await page.getByText('Saved.').waitFor();
  await context.close();
}

const daysAgo = (days: number) =>
  new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);

describe('compliance without a developer', () => {
  it('lets a newcomer ask for a proof of address younger than 90 days, which the next case follows', async () => {
    const stage = site.stage;
    const [author, publisher] = [await hire('compliance'), await hire('compliance')];
    const bill = (who: Awaited<ReturnType<typeof register>>) =>
      upload(stage, who, 'utility_bill', { issuedOn: daysAgo(120) });
    // Before: a bill of four months ago is enough. One is decided, one is still being filled in.
    const past = await register(stage);
    await passport(stage, past);
    await bill(past);
    await caseIn(stage, await submit(stage, past), 'approved');
    const open = await register(stage);
    await passport(stage, open);

    const one = await logIn(author.email);
    const { page } = one;
    const draft = await newVersion(page, 'kyc.approval', 'jurisdiction', 'CY');
    await press(page, 'Add a row at the end');
    await page.getByLabel('Fact of a new condition').selectOption('address.ageDays');
    await press(page, 'Add condition');
    const check = page.getByRole('region', { name: 'Check of this row' });
    await check.getByText('then › decision: must be one of escalate, reject, request').waitFor();
    // A slow line: what is typed and pressed before an answer comes is neither lost nor refused.
    await page.route('**/row', async (route) => {
      await setTimeout(400);
      await route.continue();
    });
    await page
      .getByLabel('Comparison of age of the proof of address')
      .selectOption('greaterThanInclusive');
    await page.getByLabel('Value of age of the proof of address', { exact: true }).fill('90');
    await field(page, 'then.decision').selectOption('request');
    await page.getByLabel('reason code').fill('POA_TOO_OLD');
    await page.getByLabel('source of the rule').fill('house rule: younger than 90 days');
    await page.getByLabel('name of the row').fill('The proof of address is 90 days old');
    await page.getByLabel('id, for traces and overlays').fill('address.young');
    await press(page, 'Save and check');
    await page.getByText(/Reads as: .*age of the proof of address/).waitFor();
    await page.waitForURL(/rule=address\.young/);
    await page.unroute('**/row');
    expect(await check.innerText()).toContain('Nothing is wrong with it.');
    await expectFit(page);
    await shoot(page, 'row');
    await press(page, 'Save, back to all rows');
    await page.getByRole('heading', { name: 'What changes' }).waitFor();
    await press(page, 'Simulate');
    await page.getByText(/1 of \d+ past cases? decided otherwise/).waitFor({ timeout: 20_000 });
    await shoot(page, 'simulation');
    await page.goto(draft);
    await press(page, 'Submit for publication');
    await page.getByText('another person has to publish it').waitFor();
    expect(await page.getByText('Why can’t I publish?').count()).toBe(1);
    expect(await page.getByRole('button', { name: 'Publish', exact: true }).count()).toBe(0);
    await expectFit(page);
    await shoot(page, 'submitted');
    await one.context.close();

    const two = await logIn(publisher.email);
    await two.page.goto(draft);
    await two.page.getByLabel('It reaches').selectOption('new');
    await press(two.page, 'Publish');
    await two.page.getByText('is published.').waitFor();
    await shoot(two.page, 'published');
    await two.context.close();

    // The one that was open keeps its version; the next one is asked for a newer bill.
    await bill(open);
    const kept = await caseIn(stage, await submit(stage, open), 'approved');
    const next = await register(stage);
    await passport(stage, next);
    await bill(next);
    const asked = await caseIn(stage, await submit(stage, next), 'information_requested');
    expect(asked.requested).toEqual(['POA_TOO_OLD']);
    const id = draft.split('/').at(-1) ?? '';
    expect(kept.policyPins).not.toContain(id);
    expect(asked.policyPins).toContain(id);
    expect(site.failures).toEqual([]);
  }, 180_000);

  it('makes a third entity, a kind of document and a step of verification, each followed by the next case', async () => {
    const stage = site.stage;
    const [asker, approver] = [await hire('admin'), await hire('senior_approver')];
    const [author, publisher] = [await hire('compliance'), await hire('compliance')];
    const one = await logIn(asker.email);
    const { page } = one;
    await page.goto(`${site.url}/staff/entities`);
    await expectFit(page);
    await clickThrough(page.getByRole('link', { name: 'New entity' }));
    await expectFit(page);
    const plan: Record<string, string> = {
      ...{ code: 'ae', legalName: 'Keelson Markets (AE) Ltd', regulator: 'SCA', licence: '2020' },
      ...{ jurisdiction: 'AE', countries: 'AE, US', currencies: 'USD' },
      ...{ 'brand.name': 'Keelson Gulf', 'brand.colour': '#7a4a12' },
      'brand.postalAddress': '1 Example Road, Dubai',
      'brand.supportEmail': 'support@ae.keelson.example',
      'brand.mailFrom': 'no-reply@ae.keelson.example',
      ...{ 'bankAccounts.0.currency': 'USD', 'bankAccounts.0.holder': 'Keelson Markets (AE) Ltd' },
      'bankAccounts.0.bank': 'Sample Bank of the Gulf',
      ...{ 'bankAccounts.0.iban': 'AE070331234567890123456', 'bankAccounts.0.bic': 'SMPLAEAD' },
      ...{ 'groups.0.server': 'mt5', 'groups.0.currency': 'USD' },
      ...{ 'groups.0.group': 'real\\off-usd-std', 'groups.0.leverage': '100' },
      ...{ 'legalTexts.0.title': 'Client agreement', 'legalTexts.0.text': 'Between you and us.' },
    };
    for (const [name, value] of Object.entries(plan)) await field(page, `plan.${name}`).fill(value);
    await field(page, 'plan.groups.0.platform').selectOption('mt5');
    await field(page, 'plan.groups.0.accountType').selectOption('standard');
    await press(page, 'Ask for this entity');
    await page.getByText('US: the policy lets no entity serve it').waitFor();
    await expectFit(page);
    await shoot(page, 'entity-refused');
    expect(await field(page, 'plan.legalName').inputValue()).toBe('Keelson Markets (AE) Ltd');
    await field(page, 'plan.countries').fill('AE, OM');
    await press(page, 'Ask for this entity');
    await page.getByText('Another person who works for every entity').waitFor();
    expect(await page.getByText('Why can’t I act?').count()).toBe(1);
    await expectFit(page);
    await shoot(page, 'entity-proposal');
    const proposal = page.url();
    await one.context.close();
    const two = await logIn(approver.email);
    await two.page.goto(proposal);
    await two.page.getByLabel('Approve', { exact: true }).check();
    await two.page.getByLabel('Reason', { exact: true }).fill('licensed since May');
    await two.page.getByRole('button', { name: /Record the decision/ }).click();
    await two.page.getByText('Recorded: Approve.').waitFor();
    await two.page.goto(`${site.url}/staff/entities/ae`);
    await expectFit(two.page);
    await shoot(two.page, 'entity');
    await two.context.close();
    expect((await register(stage)).entityId).toBe('cy');

    const officer = await logIn(author.email);
    const desk = officer.page;
    await desk.goto(`${site.url}/staff/policies`);
    await desk.getByText('A new overlay for a jurisdiction or entity…').click();
    await desk.getByLabel('Policy').selectOption('kyc.documents');
    await desk.getByLabel('For').selectOption('entity/ae');
    await desk.getByLabel('Title').fill('Documents in the Gulf');
    await press(desk, 'Begin');
    await desk.getByText('An empty overlay to work on.').waitFor();
    const documents = desk.url();
    await clickThrough(desk.getByRole('link', { name: 'kinds', exact: true }));
    await press(desk, 'Add one to kinds');
    const kind: Record<string, string> = {
      ...{ code: 'emirates_id', name: 'Emirates ID', sides: '2', countries: 'AE' },
    };
    for (const [name, value] of Object.entries(kind))
      await field(desk, `parameters.kinds.0.${name}`).fill(value);
    await field(desk, 'parameters.kinds.0.identity').selectOption('yes');
    await field(desk, 'parameters.kinds.0.mrz').selectOption('no');
    await field(desk, 'parameters.kinds.0.expires').selectOption('yes');
    await desk.getByLabel('why it differs here').fill('what residents have');
    await press(desk, 'Save and check');
    await desk.getByText('Saved and checked.').waitFor();
    await expectFit(desk);
    await shoot(desk, 'kinds');
    await desk.goto(documents);
    await clickThrough(desk.getByRole('link', { name: 'requirements', exact: true }));
    await field(desk, 'parameters.requirements.0.accepted').fill('emirates_id');
    await desk.getByLabel('why it differs here').fill('what residents have');
    await press(desk, 'Save and check');
    await desk.getByText('Saved and checked.').waitFor();
    await desk.goto(documents);
    await clickThrough(desk.getByRole('link', { name: 'questions', exact: true }));
    await press(desk, 'Add one to questions');
    await field(desk, 'parameters.questions.0.code').fill('source_of_wealth');
    await field(desk, 'parameters.questions.0.text').fill('Where does your wealth come from?');
    await field(desk, 'parameters.questions.0.type').selectOption('choice');
    await field(desk, 'parameters.questions.0.choices').fill('salary, inheritance');
    await field(desk, 'parameters.questions.0.required').selectOption('yes');
    await desk.getByLabel('why it differs here').fill('asked for by the regulator');
    await press(desk, 'Save and check');
    await desk.getByText('Saved and checked.').waitFor();
    await expectFit(desk);
    await shoot(desk, 'questions');
    await publish(documents, officer, publisher.email, 'new');

    await desk.goto(`${site.url}/staff/policies`);
    await desk.getByText('A new overlay for a jurisdiction or entity…').click();
    await desk.getByLabel('Policy').selectOption('kyc.approval');
    await desk.getByLabel('For').selectOption('entity/ae');
    await desk.getByLabel('Title').fill('Steps in the Gulf');
    await press(desk, 'Begin');
    await desk.getByText('An empty overlay to work on.').waitFor();
    const steps = desk.url();
    await clickThrough(desk.getByRole('link', { name: 'steps', exact: true }));
    await press(desk, 'Add one to steps');
    await field(desk, 'parameters.steps.0.code').fill('video_call');
    await field(desk, 'parameters.steps.0.name').fill('Video call');
    await field(desk, 'parameters.steps.0.instruction').fill('Call, and see the card.');
    await desk.getByLabel('why it differs here').fill('asked for by the regulator');
    await press(desk, 'Save and check');
    await desk.getByText('Saved and checked.').waitFor();
    await publish(steps, officer, publisher.email, 'new');
    await officer.context.close();

    const who = await register(stage, { residence: 'AE', currency: 'USD' });
    stage.plant(who.email);
    expect(who.entityId).toBe('ae');
    const wanted = await inScope(stage.db, who.scope, async (tx) =>
      readRequirements(tx, await readApplication(tx, await openCase(tx, who.clientId))),
    );
    expect(wanted.requirements[0]).toMatchObject({ accepted: ['emirates_id'] });
    await expect(passport(stage, who)).rejects.toMatchObject({ code: 'document_not_accepted' });
    await upload(stage, who, 'emirates_id', {
      ...{ number: '784198812345671', issuer: 'AE', expiresOn: '2033-05-01' },
    });
    await utilityBill(stage, who);
    await expect(submit(stage, who)).rejects.toMatchObject({
      extra: { missing: ['question:source_of_wealth'] },
    });
    await answerInTheRoom(who, 'inheritance');
    const sent = await submit(stage, who);
    const review = await openTaskOf(stage, sent.id, 'kyc_review');
    const scope = await stage.system(async (tx) =>
      scopeOf(tx, await readUser(tx, publisher.user.id)),
    );
    expect(scope).toMatchObject({ entities: ['cy', 'off', 'ae'] });
    await inScope(stage.db, scope, async (tx) => {
      for (const { id } of await currentDocuments(tx, sent.id))
        await decideDocument(tx, id, { approve: true, reasons: [] });
    });
    const settle = async (task: typeof review) =>
      inScope(stage.db, scope, (tx) =>
        decide(tx, {
          ...{ taskId: task.id, expectedVersion: task.version, contentHash: task.contentHash },
          ...{ decision: 'approve', reason: 'seen' },
        }),
      );
    await settle(review);
    const step = await openTaskOf(stage, `${sent.id}/video_call`, 'kyc_step');
    const three = await logIn(author.email);
    await three.page.goto(`${site.url}/staff/cases/${sent.id}`);
    await three.page.getByText('Call, and see the card.').first().waitFor();
    await expectFit(three.page);
    await shoot(three.page, 'step');
    await three.context.close();
    await settle(step);
    await caseIn(stage, sent, 'approved');
    expect(site.failures).toEqual([]);
  }, 240_000);
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
