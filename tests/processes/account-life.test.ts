import { listAccountRequests } from '../../db/account-request-lists';
import { askOfAccount, type AccountRequest } from '../../db/account-requests';
import { readAccount, type TradingAccount, wakeAccount } from '../../db/accounts';
import { evaluationsOf } from '../../db/case-file';
import { liftRestriction, setRestriction } from '../../db/client-restrictions';
import { inScope, rows } from '../../db/connection';
import { eventsOfSubject } from '../../db/events';
import { readProcess } from '../../db/processes';
import { readTask } from '../../db/tasks';
import { requestTransfer } from '../../db/transfer-requests';
import type { AccountAsk } from '../../domain/account/request';
import type { Scope } from '../../domain/access/scope';
import { parseAmount } from '../../domain/money';
import { workflowIds } from '../../temporal-config/workflow-ids';
import {
  colleague,
  decide,
  fund,
  openAccount,
  type OpenAccount,
  openTaskOf,
  seedClient,
  type TestClient,
  walletOf,
} from './people';
import { openStage, type Stage } from './stage';
import { until } from './until';

type Ask = Exclude<AccountAsk, { kind: 'set_password' }>;

const overriding = { kind: 'override', leverage: 700 } as const;

describe('the life of an account', () => {
  let stage: Stage;
  let client: TestClient;

  beforeAll(async () => {
    stage = await openStage();
  }, 120_000);

  // A client may have five accounts, so each fact has a client of its own.
  beforeEach(async () => {
    client = await seedClient(stage);
    await fund(stage, client, '5000.00');
  });

  afterAll(() => stage.close());

  const read = (id: string): Promise<TradingAccount> => stage.system((tx) => readAccount(tx, id));

  const ask = (
    account: OpenAccount,
    what: Ask,
    { who = client.scope, reason }: { who?: Scope; reason?: string } = {},
  ) => inScope(stage.db, who, (tx) => askOfAccount(tx, account.id, what, { reason }));

  const ended = (request: AccountRequest): Promise<AccountRequest> =>
    until(`the end of ${request.ask.kind}`, async () => {
      const found = await stage.system((tx) =>
        listAccountRequests(tx, { accountId: request.accountId, limit: 50 }),
      );
      const now = found.find(({ id }) => id === request.id);
      return (now?.state === 'done' || now?.state === 'refused') && now;
    });

  const stateOf = (id: string, state: string) =>
    until(`${state}`, async () => {
      const account = await read(id);
      return account.state === state && account;
    });

  async function moneyOn(account: OpenAccount, amount: string): Promise<void> {
    const transfer = await inScope(stage.db, client.scope, (tx) =>
      requestTransfer(tx, {
        accountId: account.id,
        direction: 'to_account',
        amount: { amountMinor: parseAmount(amount, 'USD'), currency: 'USD' },
      }),
    );
    await until('the money to arrive', async () => {
      const process = await stage.system((tx) =>
        readProcess(tx, workflowIds.transfer(transfer.id)),
      );
      return process?.outcome === 'done';
    });
  }

  const server = (account: OpenAccount) => stage.deps.platformFor('mt5').readAccount(account.login);

  it('changes leverage within the cap by itself, on the server too', async () => {
    const account = await openAccount(stage, client);
    const request = await ended(await ask(account, { kind: 'change_leverage', leverage: 200 }));
    expect(request).toMatchObject({ state: 'done', askedAs: 'client' });
    expect(await read(account.id)).toMatchObject({ leverage: 200 });
    expect(await server(account)).toMatchObject({ leverage: 200 });
  });

  it('refuses leverage above the cap, in words that a client may read', async () => {
    const account = await openAccount(stage, client);
    const request = await ended(await ask(account, { kind: 'change_leverage', leverage: 501 }));
    expect(request).toMatchObject({ state: 'refused', reasons: ['LEVERAGE_ABOVE_CAP'] });
    expect(await server(account)).toMatchObject({ leverage: 500 });
    const letters = await until('the letter', async () => {
      const found = await stage.mail.to(client.email);
      return found.some(({ subject }) => subject.includes(account.login)) && found;
    });
    expect(letters.length).toBeGreaterThan(0);
  });

  it('gives a client abroad no more than their own country does', async () => {
    const german = await seedClient(stage, { residence: 'DE' });
    const account = await openAccount(stage, german);
    expect(account).toMatchObject({ group: 'real\\off-usd-std', leverage: 30 });
    const raise = { kind: 'change_leverage', leverage: 100 } as const;
    const request = await inScope(stage.db, german.scope, (tx) =>
      askOfAccount(tx, account.id, raise),
    );
    expect(await ended(request)).toMatchObject({ reasons: ['LEVERAGE_ABOVE_CAP'] });
  });

  describe('a reduction that would call the margin', () => {
    const reduction = { kind: 'change_leverage', leverage: 50 } as const;

    async function openSqueezed(): Promise<OpenAccount> {
      const account = await openAccount(stage, client);
      await moneyOn(account, '1000.00');
      await stage.mt5.control('POST', '/trade', {
        ...{ login: Number(account.login), symbol: 'EURUSD', side: 'buy', volume: '1.00' },
      });
      return account;
    }

    it('is refused to the holder, with the margin rule in the trace', async () => {
      const account = await openSqueezed();
      const request = await ended(await ask(account, reduction));
      expect(request).toMatchObject({ state: 'refused', reasons: ['MARGIN_TOO_LOW'] });
      const [evaluation] = await stage.system((tx) => evaluationsOf(tx, [request.id]));
      const trace = JSON.stringify(evaluation?.trace);
      expect(trace).toMatch(/"fact":"account.marginOverCall"[^}]*"seen":-\d+/);
      expect(await server(account)).toMatchObject({ leverage: 500 });
    });

    it('is noticed to the holder when the house asks, and carried out afterwards', async () => {
      const account = await openSqueezed();
      const request = await ask(account, reduction, { who: colleague('operations') });
      await until('the notice', async () => {
        const letters = await stage.mail.to(client.email);
        return letters.some(({ subject }) => subject.startsWith('Lower leverage'));
      });
      const waiting = await until('it waits', async () => {
        const process = await stage.system((tx) =>
          readProcess(tx, workflowIds.account(account.id)),
        );
        return process?.waitsFor === 'the notice of a lower leverage to run out' && process;
      });
      expect(Date.parse(waiting.due ?? '') - Date.now()).toBeGreaterThan(2 * 86_400_000);
      expect(await server(account)).toMatchObject({ leverage: 500 });
      await stage.system(async (tx) => {
        await tx.sql.raw('update account_request set not_before = now() where id = ?', [
          request.id,
        ]);
        await wakeAccount(tx, account.id);
      });
      expect(await ended(request)).toMatchObject({
        state: 'done',
        reasons: ['MARGIN_CALL_BY_REDUCTION'],
      });
      expect(await server(account)).toMatchObject({ leverage: 50 });
    });
  });

  it('takes one request of a kind at a time', async () => {
    const account = await openAccount(stage, client);
    await stage.mt5.fault('maintenance', { times: 'forever' });
    await ask(account, { kind: 'change_leverage', leverage: 300 });
    await expect(ask(account, { kind: 'change_leverage', leverage: 400 })).rejects.toMatchObject({
      status: 409,
      code: 'request_open',
    });
    await stage.mt5.clearFaults();
    await until('the change', async () => (await read(account.id)).leverage === 300);
  });

  it('steps over the policy only with a second person', async () => {
    const account = await openAccount(stage, client);
    const operator = colleague('operations');
    await expect(ask(account, overriding, { who: operator })).rejects.toMatchObject({
      status: 400,
    });
    const request = await ask(account, overriding, { who: operator, reason: 'a promise kept' });
    const task = await openTaskOf(stage, request.id, 'account_request');
    await expect(decide(stage, operator, task, 'approve')).rejects.toMatchObject({
      status: 409,
      code: 'four_eyes',
    });
    await decide(stage, colleague('operations'), task, 'approve');
    expect(await ended(request)).toMatchObject({ state: 'done' });
    expect(await read(account.id)).toMatchObject({ leverage: 700 });
    expect((await read(account.id)).overriddenAt).not.toBeNull();
  });

  it('moves a log-in to another type with its group by policy', async () => {
    const account = await openAccount(stage, client);
    await moneyOn(account, '600.00');
    const small = await openAccount(stage, client);
    expect(
      await ended(await ask(small, { kind: 'change_type', accountType: 'pro' })),
    ).toMatchObject({ state: 'refused', reasons: ['EQUITY_TOO_SMALL'] });
    const request = await ended(await ask(account, { kind: 'change_type', accountType: 'pro' }));
    expect(request).toMatchObject({ state: 'done' });
    expect(await server(account)).toMatchObject({ group: 'real\\off-usd-pro' });
    expect(await read(account.id)).toMatchObject({ accountType: 'pro' });
  });

  it('freezes under a restriction on trading, blocks under one on logging in, and opens again', async () => {
    const account = await openAccount(stage, client);
    const compliance = colleague('compliance');
    const restrict = (scopes: ('trade' | 'login')[]) =>
      inScope(stage.db, compliance, (tx) =>
        setRestriction(tx, {
          clientId: client.id,
          accountId: account.id,
          kind: 'manual_review',
          scopes,
          reason: 'a look at it',
        }),
      );
    const accessIs = (level: string) =>
      until(level, async () => (await read(account.id)).access === level);
    const trade = await restrict(['trade']);
    await accessIs('frozen');
    expect((await server(account))?.access).toMatchObject({
      loginEnabled: true,
      tradingEnabled: false,
    });
    const login = await restrict(['login']);
    await accessIs('blocked');
    expect((await server(account))?.access.loginEnabled).toBe(false);
    const lift = (id: string) =>
      inScope(stage.db, colleague('compliance'), (tx) =>
        liftRestriction(tx, client.id, id, 'looked at'),
      );
    await lift(trade.id);
    await lift(login.id);
    await accessIs('full');
    expect((await server(account))?.access).toMatchObject({
      loginEnabled: true,
      tradingEnabled: true,
    });
  });

  it('closes flat, with the balance home', async () => {
    const account = await openAccount(stage, client);
    await moneyOn(account, '120.00');
    const before = await walletOf(stage, client);
    await stage.mt5.control('POST', '/trade', {
      login: Number(account.login),
      symbol: 'EURUSD',
      side: 'buy',
      volume: '0.01',
    });
    const request = await ask(account, { kind: 'close' });
    await until('it waits for the position', async () => {
      const process = await stage.system((tx) => readProcess(tx, workflowIds.account(account.id)));
      return process?.waitsFor?.includes('1 open positions');
    });
    expect(await read(account.id)).toMatchObject({ state: 'closing', access: 'full' });
    const [position] = await stage.deps.platformFor('mt5').positions({ login: account.login });
    await stage.mt5.control('POST', '/close', { position: Number(position?.positionId) });
    expect(await ended(request)).toMatchObject({ state: 'done' });
    await stateOf(account.id, 'closed');
    await until(
      'the log-in to be blocked',
      async () => (await server(account))?.access.loginEnabled === false,
    );
    expect((await server(account))?.balance.amountMinor).toBe(0n);
    const after = await walletOf(stage, client);
    expect(after.balanceMinor - before.balanceMinor).toBeGreaterThan(11_900n);
  });

  it('archives a closed account on its day, readable for ever and checked no more', async () => {
    const account = await openAccount(stage, client);
    const review = await ask(account, overriding, {
      who: colleague('operations'),
      reason: 'a promise',
    });
    const task = await openTaskOf(stage, review.id, 'account_request');
    await ended(await ask(account, { kind: 'close' }));
    // What else was asked is over with the account, and nobody need decide on it.
    expect(await ended(review)).toMatchObject({ state: 'refused', reasons: ['ACCOUNT_ENDED'] });
    expect(await stage.system((tx) => readTask(tx, task.id))).toMatchObject({ state: 'cancelled' });
    const waiting = await until('it waits for its day', async () => {
      const process = await stage.system((tx) => readProcess(tx, workflowIds.account(account.id)));
      return process?.waitsFor === 'the day on which it is archived' && process;
    });
    const days = (Date.parse(waiting.due ?? '') - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThanOrEqual(30);
    expect(days).toBeLessThan(31.3);
    const checks = () =>
      stage.system((tx) =>
        rows(tx, 'select 1 from feed_check where account_id = :id', { id: account.id }),
      );
    await until('it to be among the checks', async () => (await checks()).length === 1);
    await stage.system((tx) => wakeAccount(tx, account.id));
    expect(await stateOf(account.id, 'archived')).toMatchObject({ dueAt: null });
    expect(await checks()).toEqual([]);
    await until('the process to end', async () => {
      const process = await stage.system((tx) => readProcess(tx, workflowIds.account(account.id)));
      return process?.outcome === 'archived';
    });
    const shown = await inScope(stage.db, client.scope, (tx) => readAccount(tx, account.id));
    expect(shown).toMatchObject({ state: 'archived', login: account.login });
    const events = await stage.system((tx) => eventsOfSubject(tx, account.id));
    expect(events.at(-1)?.type).toBe('account.archived');
  });

  it('tells everything in the account’s own events', async () => {
    const account = await openAccount(stage, client);
    await ended(await ask(account, { kind: 'change_leverage', leverage: 100 }));
    const events = await stage.system((tx) => eventsOfSubject(tx, account.id));
    expect(events.map(({ type }) => type)).toEqual([
      'account.requested',
      'account.activated',
      'account.change_leverage_requested',
      'account.change_leverage_done',
      'account.settings_changed',
    ]);
  });
});
