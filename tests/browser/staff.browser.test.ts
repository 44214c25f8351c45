import type { Browser, BrowserContext, Page } from 'playwright-core';
import { assess as assessWithdrawal } from '../../activities/withdrawal-assessment';
import { paperPicture } from '../../cli/demo/paper';
import { createBankProvider } from '../../connectors/psp/bank/bank';
import { shippedBankAccounts } from '../../db/shipped-bank-accounts';
import type { Role } from '../../domain/access/roles';
import { rows, type Tx } from '../../db/connection';
import { hashPassword } from '../../db/passwords';
import { askWhose } from '../../db/receipt-decisions';
import { listReceipts } from '../../db/receipts';
import { createUser } from '../../db/users';
import { readWithdrawal, requestWithdrawal } from '../../db/withdrawals';
import { house, wallet } from '../../domain/ledger/account';
import { move } from '../../domain/ledger/posting';
import { newId } from '../../domain/ids';
import { readClient } from '../../db/clients';
import { postTransaction } from '../../db/ledger';
import { saveSource } from '../../db/payment-sources';
import { openTask } from '../../db/tasks';
import { tokenPayer } from '../../db/token-addresses';
import { openConsole, type Console } from './console';
import { clickThrough, openChromium, overflowOf, sizes, violationsOf } from './chromium';

const houseIban = shippedBankAccounts.find(
  ({ entityId, currency }) => entityId === 'cy' && currency === 'EUR',
)?.iban;

let desk: Console;
let browser: Browser;

beforeAll(async () => {
  [desk, browser] = await Promise.all([openConsole(), openChromium()]);
}, 120_000);
afterAll(async () => {
  await browser?.close();
  await desk?.close();
}, 60_000);

/** A page of somebody who has logged in through the log-in page. */
async function logIn(
  role: Role,
  size: keyof typeof sizes = 'desk',
  { email, ...options }: { javaScriptEnabled?: boolean; email?: string } = {},
): Promise<{ page: Page; context: BrowserContext }> {
  const context = await browser.newContext({
    viewport: sizes[size],
    timezoneId: 'UTC',
    locale: 'en-GB',
    ...options,
  });
  const page = await context.newPage();
  await page.goto(`${desk.url}/staff/login`);
  await page.getByLabel('E-mail address').fill(email ?? desk.brokerage.emailOf[role]);
  await page.getByLabel('Password').fill(desk.brokerage.password);
  await page.getByRole('main').getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Today' }).waitFor();
  return { page, context };
}

async function expectFit(page: Page, path: string): Promise<void> {
  const answer = await page.goto(`${desk.url}${path}`);
  expect({
    at: path,
    status: answer?.status(),
    violations: await violationsOf(page),
    overflow: await overflowOf(page),
  }).toEqual({ at: path, status: 200, violations: [], overflow: 0 });
}

/** A withdrawal of tokens that a person looks at, and a payment of them that is held. */
async function seedTokens(
  tx: Tx,
  clientId: string,
): Promise<{ readonly withdrawalId: string; readonly depositId: string }> {
  const { entityId } = await readClient(tx, clientId);
  const owner = { entityId, clientId, currency: 'USDT' };
  await postTransaction(tx, {
    ...{ key: `tokens/${clientId}`, kind: 'deposit', entityId, clientId, cause: clientId },
    legs: move(house('psp_clearing', owner, 'chain'), wallet(owner), 100_000_000n),
  });
  const named = (address: string, vasp: string | null) =>
    saveSource(tx, owner, {
      ...{ kind: 'address', provider: tokenPayer },
      address: { network: 'ethereum', address, vasp, holderName: null },
    });
  const addressSourceId = await named('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed', null);
  await named('0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359', 'Kraken');
  const { id: withdrawalId } = await requestWithdrawal(tx, {
    ...{ entityId, clientId, userId: 'usr_client', bankSourceId: null, addressSourceId },
    amount: { amountMinor: 50_000_000n, currency: 'USDT' },
  });
  const depositId = newId('deposit');
  await rows(
    tx,
    `insert into deposit (id, entity_id, client_id, amount_minor, currency, rail, provider, state, failure)
     values (:depositId, :entityId, :clientId, 1000000, 'USDT', 'crypto', 'chain', 'held', 'AMOUNT_MISMATCH')`,
    { depositId, entityId, clientId },
  );
  await openTask(tx, {
    ...{ kind: 'unmatched_deposit', subject: depositId, workflowId: null, entityId, clientId },
    title: 'A payment differs from what was asked for',
    ...{ issue: [], content: {}, key: `unmatched_deposit/${depositId}` },
  });
  return { withdrawalId, depositId };
}

const pagesOf = ({ brokerage: b }: Console): Readonly<Partial<Record<Role, string[]>>> => ({
  compliance: [
    '/staff',
    '/staff/inbox',
    '/staff/inbox?view=unclaimed&kind=kyc_review',
    '/staff/cases',
    `/staff/cases/${b.caseId}`,
    `/staff/cases/${b.screeningCaseId}`,
    '/staff/screening-lists',
    '/staff/clients',
    `/staff/clients/${b.clientId}`,
    `/staff/clients/${b.clientId}?show=payments`,
    '/staff/policies',
    '/staff/audit?verify=now',
  ],
  finance: [
    '/staff',
    '/staff/payments',
    '/staff/payments?kind=deposit',
    `/staff/payments/${b.withdrawalId}`,
    `/staff/payments/${b.transferId}`,
    '/staff/payments?currency=EUR&amountFrom=100&provider=stripe',
    '/staff/ledger?code=wallet&at=2026-12-31',
    '/staff/ledger?currency=EUR',
    '/staff/settlements',
    `/staff/settlements/${b.settlementId}?again=yes`,
    '/staff/partners',
    `/staff/partners/${b.partnerId}`,
  ],
  operations: [
    '/staff',
    '/staff/operations',
    '/staff/servers',
    '/staff/servers/mt5',
    '/staff/accounts',
    '/staff/accounts?state=active&server=mt5&login=700123',
    `/staff/accounts/${b.accountId}`,
    `/staff/accounts/${b.accountId}/leverage`,
    `/staff/accounts/${b.accountId}/override`,
    `/staff/accounts/${b.accountId}/close`,
    `/staff/accounts/bulk/leverage?id=${b.accountId}`,
  ],
  mlro: [`/staff/accounts/${b.accountId}/restrict`, `/staff/accounts/${b.accountId}/lift`],
  admin: ['/staff', '/staff/people', '/staff/keys'],
});

describe('the staff console', () => {
  it.each(['desk', 'phone'] as const)(
    'is accessible and no wider than the window: %s',
    async (size) => {
      for (const [role, paths] of Object.entries(pagesOf(desk))) {
        // The keys of the table are roles.
        const { page, context } = await logIn(role as Role, size);
        for (const path of paths) await expectFit(page, path);
        await context.close();
      }
      expect(desk.failures).toEqual([]);
    },
    240_000,
  );

  it('shows in the rail what the role may see, and names the missing permission elsewhere', async () => {
    const { page, context } = await logIn('dealing');
    const rail = await page
      .getByRole('navigation', { name: 'Main' })
      .getByRole('link')
      .allInnerTexts();
    expect(rail.map((text) => text.split('\n')[0]?.trim())).toEqual(
      expect.arrayContaining(['Today', 'Clients', 'Accounts', 'Ledger', 'Operations']),
    );
    expect(rail.join(' ')).not.toMatch(/Payments|Partners|Audit|Settings/);
    const answer = await page.goto(`${desk.url}/staff/payments`);
    expect(answer?.status()).toBe(403);
    expect(await page.getByRole('main').innerText()).toContain('payment.read');
    await context.close();
  });

  it('declares maintenance of a server, tells whom it concerns, and ends it', async () => {
    const { page, context } = await logIn('operations', 'phone');
    const at = '/staff/servers/mt5';
    await page.goto(`${desk.url}${at}`);
    await page.getByText('Declare an outage or maintenance').click();
    await page.getByRole('combobox', { name: 'What' }).selectOption('maintenance');
    await page.getByLabel('Reason').fill('a new build');
    await page.getByRole('button', { name: 'Declare it' }).click();
    expect(await page.getByRole('alert').innerText()).toMatch(/only an outage/);
    const until = new Date(Date.now() + 7_200_000).toISOString().slice(0, 16);
    await page.getByLabel('Until, UTC').fill(until);
    await page.getByRole('button', { name: 'Declare it' }).click();
    const banner = page.getByText('MetaTrader 5 is under maintenance until');
    await banner.waitFor();
    await expectFit(page, at);
    const finance = await logIn('finance');
    await finance.page.getByText('MetaTrader 5 is under maintenance until').waitFor();
    await finance.context.close();
    await page.getByRole('button', { name: 'End it now' }).click();
    await page.getByText('Nothing is declared').waitFor();
    expect(await banner.count()).toBe(0);
    await context.close();
  });

  it('hides names and documents from who may not read them', async () => {
    const { page, context } = await logIn('dealing');
    await page.goto(`${desk.url}/staff/clients/${desk.brokerage.clientId}`);
    expect(await page.content()).not.toMatch(/Keller|anna\.keller/i);
    await context.close();
  });

  it('keeps what was typed and names the field when a decision is refused', async () => {
    const { page, context } = await logIn('compliance');
    await page.goto(`${desk.url}/staff/cases/${desk.brokerage.caseId}`);
    await page.getByLabel('Approve', { exact: true }).check();
    await page.getByLabel('Note for colleagues').fill('looks altered');
    await page.getByRole('button', { name: /Record the decision/ }).click();
    expect(await page.getByRole('alert').innerText()).toMatch(/needs a reason/);
    expect(await page.getByLabel('Note for colleagues').inputValue()).toBe('looks altered');
    expect(await page.getByLabel('Approve', { exact: true }).isChecked()).toBe(true);
    await context.close();
  });

  it('works without JavaScript, and refuses the same person a second time with the reason', async () => {
    const { page, context } = await logIn('compliance', 'phone', { javaScriptEnabled: false });
    await page.goto(`${desk.url}/staff/cases/${desk.brokerage.screeningCaseId}`);
    await page.getByLabel('Dismiss').check();
    await page.getByLabel('Reason', { exact: true }).fill('another birthday');
    await page.getByLabel('Then open my next task').uncheck();
    await page.getByRole('button', { name: /Record the decision/ }).click();
    expect(await page.getByRole('status').innerText()).toContain('First approval recorded');
    await page.goto(`${desk.url}/staff/cases/${desk.brokerage.screeningCaseId}`);
    expect(await page.getByRole('note').innerText()).toMatch(/different person has to decide/i);
    await context.close();

    const second = await logIn('mlro');
    await second.page.goto(`${desk.url}/staff/cases/${desk.brokerage.screeningCaseId}`);
    expect(await second.page.getByText('second of two').count()).toBe(1);
    await second.context.close();
  });

  it('keeps what was typed when an override cannot be read, without JavaScript', async () => {
    const { page, context } = await logIn('operations', 'phone', { javaScriptEnabled: false });
    await page.goto(`${desk.url}/staff/accounts/${desk.brokerage.accountId}`);
    await page.getByRole('link', { name: 'Step over the policy' }).click();
    await page.getByLabel('Leverage, 1:').fill('many');
    await page.getByLabel('Reason').fill('a promise of the desk');
    await page.getByRole('button', { name: 'Ask a second person' }).click();
    expect(await page.getByRole('alert').innerText()).toMatch(/not a whole number/);
    expect(await page.getByLabel('Leverage, 1:').inputValue()).toBe('many');
    expect(await page.getByLabel('Reason').inputValue()).toBe('a promise of the desk');
    await page.getByLabel('Leverage, 1:').fill('100');
    await page.getByRole('button', { name: 'Ask a second person' }).click();
    const text = await page.getByRole('main').innerText();
    expect(text).toContain('settings past the policy: leverage 1:100');
    expect(text).toContain('Reason: a promise of the desk');
    expect(text).toContain('change of trading conditions is under way already');
    await context.close();
  });

  it('answers a bulk action account by account', async () => {
    const { page, context } = await logIn('operations');
    await page.goto(`${desk.url}/staff/accounts?login=700123`);
    await page.getByLabel('Choose 700123').check();
    await page.getByRole('button', { name: 'Change the leverage…' }).click();
    await page.getByLabel('New leverage, 1:').fill('30');
    await page.getByRole('button', { name: 'Change the leverage' }).click();
    await page.getByText('same_leverage').waitFor();
    await expectFit(page, new URL(page.url()).pathname);
    await context.close();
  });

  it('tells the loser of two decisions who has won', async () => {
    const open = await Promise.all([logIn('finance'), logIn('senior_approver')]);
    for (const { page } of open) {
      await page.goto(`${desk.url}/staff/settlements/${desk.brokerage.settlementId}`);
      await page.getByLabel('Approve').check();
      await page.getByLabel('Reason', { exact: true }).fill('checked against the feed');
      await page.getByLabel('Then open my next task').uncheck();
    }
    const [first, second] = open;
    await first.page.getByRole('button', { name: /Record the decision/ }).click();
    await first.page.getByText('Recorded: Approve.').waitFor();
    await second.page.getByRole('button', { name: /Record the decision/ }).click();
    await second.page.getByRole('alert').waitFor();
    const text = await second.page.getByRole('main').innerText();
    expect(text).toContain('has been decided');
    expect(text).toContain('Priya Raman has decided this: Approve.');
    for (const { context } of open) await context.close();
  });

  it('lets a colleague change a withdrawal and tells its approver, then asks for what proves a card expired', async () => {
    const { withdrawalId } = desk.brokerage;
    const at = `/staff/payments/${withdrawalId}`;
    const bank = createBankProvider({ apiUrl: 'http://127.0.0.1:9', key: 'a key of this test' });
    // What the process does once it is woken.
    const planAnew = () =>
      desk.system(async (tx) =>
        assessWithdrawal(tx, await readWithdrawal(tx, withdrawalId), [bank]),
      );
    const [approver, clerk] = await Promise.all([logIn('finance'), logIn('operations', 'phone')]);
    const decide = async () => {
      await approver.page.goto(`${desk.url}${at}`);
      await clickThrough(approver.page.getByRole('link', { name: /^Withdrawal of/ }).first());
      await approver.page.getByLabel('Approve').check();
      await approver.page.getByLabel('Reason', { exact: true }).fill('in order');
    };
    await decide();

    await clerk.page.goto(`${desk.url}${at}`);
    await clerk.page.getByText('Change it…').click();
    await clerk.page.getByLabel('Amount in EUR').fill('9000');
    await clerk.page.getByRole('textbox', { name: /^Why/ }).fill('the client rang');
    await clickThrough(clerk.page.getByRole('button', { name: 'Change it' }));
    expect(await clerk.page.getByRole('alert').innerText()).toMatch(/No more is paid/);
    expect(await clerk.page.getByRole('textbox', { name: /^Why/ }).inputValue()).toBe(
      'the client rang',
    );
    expect(await clerk.page.getByLabel('Amount in EUR').inputValue()).toBe('9000');
    await clerk.page.getByLabel('Amount in EUR').fill('6100');
    await clickThrough(clerk.page.getByRole('button', { name: 'Change it' }));
    const changes = clerk.page.getByRole('region', { name: 'Changes and evidence' });
    expect(await changes.innerText()).toMatch(/6200.00 EUR became 6100.00 EUR/);
    expect(await changes.innerText()).toMatch(/the client rang · Tomas Novak/);
    await expectFit(clerk.page, at);

    await clickThrough(approver.page.getByRole('button', { name: /Record the decision/ }));
    expect(await approver.page.getByRole('alert').innerText()).toMatch(/changed|edited/i);

    await desk.system((tx) =>
      rows(tx, `update payment_source set expires_on = '2020-01-31' where kind = 'card'`),
    );
    await planAnew();
    await decide();
    await clickThrough(approver.page.getByRole('button', { name: /Record the decision/ }));
    expect(await approver.page.getByRole('alert').innerText()).toMatch(
      /what they have seen that proves it/,
    );

    await clerk.page.goto(`${desk.url}${at}`);
    await clerk.page.getByLabel('What you saw').fill('a letter of the bank');
    const paper = clerk.page.getByLabel('Paper');
    await paper.setInputFiles({
      ...{ name: 'letter.png', mimeType: 'image/png', buffer: Buffer.from('<html>') },
    });
    await clickThrough(clerk.page.getByRole('button', { name: 'Keep the evidence' }));
    expect(await clerk.page.locator('#error-file').innerText()).toMatch(
      /neither JPEG, PNG nor PDF/,
    );
    expect(await clerk.page.getByLabel('What you saw').inputValue()).toBe('a letter of the bank');
    const buffer = paperPicture(['Letter', 'The card account is closed'], 0);
    await paper.setInputFiles({ name: 'letter.png', mimeType: 'image/png', buffer });
    await clickThrough(clerk.page.getByRole('button', { name: 'Keep the evidence' }));
    expect(await changes.innerText()).toMatch(/a letter of the bank/);
    await expectFit(clerk.page, at);

    await approver.page.goto(`${desk.url}${at}`);
    const link = approver.page.getByRole('link', { name: 'The paper' });
    const read = await approver.page.request.get(
      `${desk.url}${(await link.getAttribute('href')) ?? ''}`,
    );
    expect([read.status(), (await read.body()).equals(buffer)]).toEqual([200, true]);
    await expectFit(approver.page, at);
    for (const { context } of [approver, clerk]) await context.close();
  }, 120_000);

  it('pays tokens to another address of the client, and takes back a proposal of where held ones go', async () => {
    const { clientId } = desk.brokerage;
    const [email, other] = ['both.operations@keelson.example', 'other.operations@keelson.example'];
    const passwordHash = await hashPassword(desk.brokerage.password);
    const { withdrawalId, depositId } = await desk.system(async (tx) => {
      for (const [address, roles] of [
        [email, ['operations', 'support']],
        [other, ['operations']],
      ] as const)
        await createUser(tx, {
          ...{
            kind: 'staff',
            email: address,
            name: `${address.split('.')[0] ?? ''} Novak`,
            passwordHash,
          },
          ...{ roles: [...roles], entities: ['cy'] },
        });
      return seedTokens(tx, clientId);
    });
    const at = `/staff/payments/${withdrawalId}`;
    for (const size of ['desk', 'phone'] as const) {
      const { page, context } = await logIn('operations', size, { email });
      await page.goto(`${desk.url}${at}`);
      await page.getByText('Change it…').click();
      const address = page.getByLabel('Address', { exact: true });
      const labels = (await address.getByRole('option').allInnerTexts()).filter(
        (label) => label !== '—',
      );
      expect(labels.sort()).toEqual([
        expect.stringContaining('0x5aAe…eAed'),
        expect.stringContaining('0xfB69…d359 at Kraken'),
      ]);
      expect(await page.getByLabel(/^Bank account/).count()).toBe(0);
      const given = await address.getByRole('option', { selected: true }).innerText();
      await address.selectOption({ label: labels.find((label) => label !== given) ?? '' });
      await page.getByRole('textbox', { name: /^Why/ }).fill('the client rang');
      await clickThrough(page.getByRole('button', { name: 'Change it' }));
      const changes = page.getByRole('region', { name: 'Changes and evidence' });
      expect(await changes.innerText()).toMatch(/paid to Address 0x.* instead of Address 0x/);
      await expectFit(page, at);

      // Who proposes picks an address by its ends, and reads nobody's name.
      const clerk = await logIn('operations', size, { email: other });
      await clerk.page.goto(`${desk.url}/staff/payments/${depositId}`);
      const back = clerk.page.getByRole('region', { name: 'Send the tokens back' });
      await back.getByLabel('An address that the client has named').selectOption({ index: 1 });
      await clickThrough(back.getByRole('button', { name: 'Propose this address' }));
      expect(await back.innerText()).toMatch(/Proposed: to Address 0x/);
      await expectFit(clerk.page, `/staff/payments/${depositId}`);
      // Who has made it withdraws it, and anybody else who may decide declines it.
      const isDeclined = size === 'phone';
      const dropping = isDeclined ? page : clerk.page;
      await dropping.goto(`${desk.url}/staff/payments/${depositId}`);
      await dropping
        .getByLabel(isDeclined ? 'Why you do not agree' : 'Why it was wrong')
        .fill('another address');
      await clickThrough(
        dropping.getByRole('button', {
          name: isDeclined ? 'Decline the proposal' : 'Withdraw the proposal',
        }),
      );
      expect(await dropping.getByRole('status').innerText()).toMatch(/Another can be made/);
      expect(
        await dropping.getByRole('region', { name: 'Send the tokens back' }).innerText(),
      ).toMatch(isDeclined ? /was declined: another address/ : /was withdrawn: another address/);
      await clerk.context.close();
      await context.close();
    }
    expect(desk.failures).toEqual([]);
  }, 120_000);

  it('proposes whose money has arrived by what speaks for it, and another person decides on just that', async () => {
    const statement = [
      ...[':20:1', `:25:${houseIban}`, ':28C:1', ':60F:C261126EUR0,00'],
      ':61:2611271127C120,00NTRFNONREF//BR1',
      ':86:166?20SVWZ+hello?31DE02120300000000202051?32Anna Keller',
      ...[':62F:C261127EUR0,00', '-'],
    ].join('\r\n');
    const { page, context } = await logIn('operations', 'phone');
    await page.goto(`${desk.url}/staff/bank-statements`);
    await page
      .getByLabel(/file/i)
      .first()
      .setInputFiles({
        ...{ name: 'day.sta', mimeType: 'text/plain', buffer: Buffer.from(statement) },
      });
    await clickThrough(page.getByRole('button', { name: 'Read it in' }));
    expect(await page.getByRole('status').innerText()).toMatch(/1 of 1 credits are new/);
    await desk.system(async (tx) => {
      const [receipt] = await listReceipts(tx, { limit: 1 });
      if (receipt) await askWhose(tx, receipt);
    });
    await expectFit(page, '/staff/receipts');
    await clickThrough(page.locator('[data-open]').first());
    const at = new URL(page.url()).pathname;
    await expectFit(page, at);
    const propose = page.getByRole('region', { name: 'Propose what becomes of it' });
    expect(await propose.getByRole('listitem').innerText()).toContain('NAME');
    await page.getByLabel('Another client').fill('cl_somebody');
    await clickThrough(propose.getByRole('button', { name: 'Propose this wallet' }).last());
    await page.getByRole('alert').waitFor();
    expect(await page.getByLabel('Another client').inputValue()).toBe('cl_somebody');
    await clickThrough(propose.getByRole('button', { name: 'Propose this wallet' }).first());
    expect(await page.getByRole('status').innerText()).toContain('Another person decides');

    // Whoever proposed reads why they cannot decide; somebody else of the same role can.
    await clickThrough(page.getByRole('link', { name: /not known whose it is/ }).first());
    expect(await page.getByRole('note').innerText()).toMatch(/different person has to decide/i);
    await context.close();
    const email = 'second.operations@keelson.example';
    await desk.system(async (tx) =>
      createUser(tx, {
        ...{ kind: 'staff', email, name: 'Second Novak', roles: ['operations'], entities: ['cy'] },
        passwordHash: await hashPassword(desk.brokerage.password),
      }),
    );
    const second = await logIn('operations', 'desk', { email });
    await second.page.goto(`${desk.url}${at}`);
    await clickThrough(second.page.getByRole('link', { name: /not known whose it is/ }).first());
    await second.page.getByRole('radio').first().check();
    await second.page.getByLabel('Reason', { exact: true }).fill('the name is hers');
    await second.page.getByLabel('Then open my next task').uncheck();
    await clickThrough(second.page.getByRole('button', { name: /Record the decision/ }));
    expect(await second.page.getByRole('status').innerText()).toMatch(/Recorded/);
    await second.context.close();
  }, 60_000);

  it('moves through the inbox by keys', async () => {
    const { page, context } = await logIn('compliance');
    await page.goto(`${desk.url}/staff/inbox?kind=withdrawal_approval`);
    await page.keyboard.press('j');
    await page.keyboard.press('c');
    await page.getByText('Claimed for you for 30 minutes.').waitFor();
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toMatch(/^Withdrawal of/);
    await context.close();
  });

  it('leads from a balance to its entries, to what they were posted for, and to the approvals there', async () => {
    const { page, context } = await logIn('finance');
    await page.goto(`${desk.url}/staff/payments?kind=withdrawal`);
    await page.getByText('Keep this filter, or take one away').click();
    await page.getByLabel('Name').fill('Our withdrawals');
    await clickThrough(page.getByRole('button', { name: 'Keep this filter' }));
    const kept = page.getByRole('navigation', { name: 'Kept filters' });
    expect(
      await kept.getByRole('link', { name: 'Our withdrawals' }).getAttribute('aria-current'),
    ).toBe('true');
    await page.goto(`${desk.url}/staff/ledger`);
    await clickThrough(page.getByRole('link', { name: 'wallet in EUR' }).first());
    await clickThrough(page.locator('[data-open]').first());
    expect(await violationsOf(page)).toEqual([]);
    await page.getByLabel('Kind').fill('deposit');
    await clickThrough(page.getByRole('button', { name: 'Find' }));
    await clickThrough(page.getByRole('table').getByRole('link', { name: /^ltx_/ }).first());
    expect(await page.getByText('in the order of all transactions').count()).toBe(1);
    expect(await violationsOf(page)).toEqual([]);
    await clickThrough(page.getByRole('link', { name: /^deposit dep_/ }));
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('Deposit');
    await page.goto(`${desk.url}/staff/payments/${desk.brokerage.withdrawalId}`);
    const decisions = page.getByRole('region', { name: 'Decisions' });
    expect(await decisions.locator('code').first().getAttribute('title')).toMatch(/^[0-9a-f]{64}$/);
    await context.close();
  });

  it.each(['desk', 'phone'] as const)(
    'loads a list, keeps the one in force where a file is broken, and shows what changed, on a %s',
    async (size) => {
      const day = size === 'desk' ? '2026-02-0' : '2026-03-0';
      const list = (generated: string, names: readonly string[]) => {
        const people = names.map(
          (name, at) =>
            `<INDIVIDUAL><DATAID>${at + 1}</DATAID><FIRST_NAME>${name}</FIRST_NAME></INDIVIDUAL>`,
        );
        return `<CONSOLIDATED_LIST dateGenerated="${generated}">${people.join('')}</CONSOLIDATED_LIST>`;
      };
      const { page, context } = await logIn('compliance', size);
      const load = async (text: string) => {
        await page.goto(`${desk.url}/staff/screening-lists`);
        await page.getByLabel('File as it was published').setInputFiles({
          ...{ name: 'list.xml', mimeType: 'text/xml', buffer: Buffer.from(text) },
        });
        await clickThrough(page.getByRole('button', { name: 'Load it' }));
      };
      await load(list(`${day}1`, ['LEV ZUBARTSEV', 'MILAN OSTREVKO']));
      await load(list(`${day}2`, ['LEV ZUBARTSEVICH', 'MILAN OSTREVKO', 'ORELIN VARDANOSK']));
      expect(await page.getByRole('status').first().innerText()).toMatch(
        /1 added, 1 changed, 0 removed/,
      );
      const version = new URL(page.url()).pathname;
      await expectFit(page, version);
      await clickThrough(page.getByRole('link', { name: /^changed/ }));
      expect(await page.getByRole('table').last().innerText()).toMatch(
        /ZUBARTSEV → .*ZUBARTSEVICH/,
      );
      await load('<CONSOLIDATED_LIST dateGenerated="2026-04-01"><INDIVIDUAL>');
      expect(await page.getByRole('alert').innerText()).toContain('the version in force stays');
      expect(await page.getByText(/^The file cannot be used: Line 1/).count()).toBe(1);
      await expectFit(page, '/staff/screening-lists');
      await context.close();
    },
  );

  it('answers 400 to a filter that it does not know, not an empty list', async () => {
    const { page, context } = await logIn('compliance');
    for (const path of ['/staff/inbox?view=nobody', '/staff/payments?kind=deposit&state=paid']) {
      expect((await page.goto(`${desk.url}${path}`))?.status()).toBe(400);
    }
    await context.close();
  });
});
