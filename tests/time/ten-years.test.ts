import { listAccountRequests } from '../../db/account-request-lists';
import { askOfAccount, type AccountRequest } from '../../db/account-requests';
import { readAccount, type TradingAccount } from '../../db/accounts';
import { liftRestriction, setRestriction } from '../../db/client-restrictions';
import { inScope, rows, type Tx } from '../../db/connection';
import { eventsOfSubject } from '../../db/events';
import { readProcess } from '../../db/processes';
import { readTask } from '../../db/tasks';
import { requestTransfer } from '../../db/transfer-requests';
import type { AccountAsk } from '../../domain/account/request';
import { parseAmount } from '../../domain/money';
import type { PlatformKind } from '../../domain/trading/capabilities';
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
} from '../processes/people';
import { makeDeal, openPosition } from '../processes/shown-deals';
import { until } from '../processes/until';
import { replayAll, workflowBundle } from '../setup/temporal';
import { TimeMachine } from './time-machine';

/** What the shipped policy of dormancy says, in days. */
const inactiveDays = 180;
const noticeDays = 30;
const feeEveryDays = 30;
const closeAfterDays = 365;
/** And what that of closing says. */
const archiveAfterDays = 30;
const notUsed = /has not been used/;

/** An account looks up to six hours after the day on which something falls due. */
const jitterDays = 0.25;

/**
 * Ten years of one holder's account, day by day where something is due, on real servers: the facts follow each
 * other in time, so each begins where the one before has left the account.
 */
describe('ten years of an account', () => {
  let machine: TimeMachine;
  let client: TestClient;
  let first: OpenAccount;
  let second: TradingAccount;

  beforeAll(async () => {
    machine = await TimeMachine.open({ platforms: ['mt5', 'mt4'] });
    client = await seedClient(machine.stage);
    await fund(machine.stage, client, '2000.00');
    first = await openAccount(machine.stage, client);
    await moneyOn(first, '45.00');
  }, 180_000);

  afterAll(() => machine.end(), 60_000);

  const system = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => machine.stage.system(work);

  const read = (of: { readonly id: string }) => system((tx) => readAccount(tx, of.id));

  const becomes = (of: { readonly id: string }, state: string) =>
    until(state, async () => (await read(of)).state === state);

  async function moneyOn(account: { readonly id: string }, amount: string): Promise<void> {
    const transfer = await inScope(machine.stage.db, client.scope, (tx) =>
      requestTransfer(tx, {
        accountId: account.id,
        direction: 'to_account',
        amount: { amountMinor: parseAmount(amount, 'USD'), currency: 'USD' },
      }),
    );
    await until('the money to arrive', async () => {
      const process = await system((tx) => readProcess(tx, workflowIds.transfer(transfer.id)));
      return process?.outcome === 'done';
    });
  }

  const ask = (of: { readonly id: string }, what: Exclude<AccountAsk, { kind: 'set_password' }>) =>
    inScope(machine.stage.db, client.scope, (tx) => askOfAccount(tx, of.id, what));

  const done = (request: AccountRequest): Promise<AccountRequest> =>
    until(`${request.ask.kind} to be done`, async () => {
      const found = await system((tx) =>
        listAccountRequests(tx, { accountId: request.accountId, limit: 50 }),
      );
      const now = found.find(({ id }) => id === request.id);
      return now?.state === 'done' && now;
    });

  /** A trade of a moment ago, known to the feed when this answers. */
  async function trade(kind: PlatformKind, { login }: { readonly login: string | null }) {
    const { ticket } = await makeDeal(kind, machine.stage.server(kind), {
      path: '/trade',
      body: {
        login: Number(login),
        symbol: 'EURUSD',
        side: 'buy',
        volume: '0.01',
        openAt: new Date(Date.now() - 6_000).toISOString(),
        closeAt: new Date(Date.now() - 3_000).toISOString(),
      },
    });
    await until('the trade to be posted', async () => {
      const [row] = await system((tx) =>
        rows<{ posted: string | null }>(
          tx,
          `select posted_transaction as posted from deal_ticket where server_id = :kind and ticket = :ticket::bigint`,
          { kind, ticket },
        ),
      );
      return row?.posted != null;
    });
  }

  const minorOn = async (kind: PlatformKind, { login }: { readonly login: string | null }) =>
    parseAmount((await machine.stage.server(kind).account(login ?? '')).balance, 'USD');

  /** Fees in the ledger, as what they took from the account and on which day. */
  async function feesOf(of: { readonly id: string }) {
    const found = await system((tx) =>
      rows<{ amount: string; at: string; to_fees: string }>(
        tx,
        `select e.amount, t.effective_at as at,
           (select f.amount from ledger_entry f join ledger_account fa on fa.id = f.account_id
            where f.transaction_id = t.id and fa.code = 'fees') as to_fees
         from ledger_transaction t join ledger_entry e on e.transaction_id = t.id
         join ledger_account a on a.id = e.account_id and a.code = 'trading' and a.owner = :id
         where t.kind = 'dormancy_fee' order by t.effective_at`,
        { id: of.id },
      ),
    );
    return found.map(({ amount, at, to_fees: toFees }) => ({
      minor: -Number(amount),
      toFees: Number(toFees),
      day: dayOf(at),
    }));
  }

  const dayOf = (at: string | null) => (Date.parse(at ?? '') - machine.bornAtMs) / 86_400_000;

  const eventsOf = async (of: { readonly id: string }, type: string) =>
    (await system((tx) => eventsOfSubject(tx, of.id))).filter((event) => event.type === type);

  /** What its holder has won or lost, as the server counts. */
  async function tradedOn(kind: PlatformKind, { login }: { readonly login: string | null }) {
    const { deals } = await machine.stage.server(kind).deals(login ?? '');
    return deals
      .filter(({ isOperation }) => !isOperation)
      .reduce((sum, { amount }) => sum + parseAmount(amount, 'USD'), 0n);
  }

  const versionOf = async (taskId: string) => (await system((tx) => readTask(tx, taskId))).version;

  /** Letters of this subject to the holder, by the day on which they came. */
  async function lettersAbout(words: RegExp) {
    const found = await machine.stage.mail.to(client.email);
    return found
      .filter(({ subject }) => words.test(subject))
      .map(({ receivedAt }) => dayOf(receivedAt))
      .sort((a, b) => a - b);
  }

  const runsOf = (of: { readonly id: string }) =>
    workflowBundle().then((bundle) =>
      replayAll(machine.skipping, bundle, { workflowIds: [workflowIds.account(of.id)] }),
    );

  it('tells its holder after half a year without use, and does nothing before', async () => {
    await machine.passTo(inactiveDays - 1);
    expect(await read(first)).toMatchObject({ state: 'active', dormancyNoticedAt: null });
    expect(await lettersAbout(notUsed)).toEqual([]);
    await machine.passTo(inactiveDays + 1);
    const noticed = await read(first);
    expect(noticed.state).toBe('active');
    expectDay(dayOf(noticed.dormancyNoticedAt), inactiveDays, 1);
    const letters = await lettersAbout(notUsed);
    expect(letters).toHaveLength(1);
    expectDay(letters[0], inactiveDays, 1);
  }, 60_000);

  it('puts it to sleep when the notice has run out', async () => {
    const due = inactiveDays + noticeDays;
    await machine.passTo(due - 0.1);
    expect((await read(first)).state).toBe('active');
    await machine.passTo(due + 1);
    const asleep = await read(first);
    expect(asleep.state).toBe('dormant');
    expectDay(dayOf(asleep.dormantSince), due, 2);
  }, 60_000);

  it('takes a fee each month, the last one as small as what is left', async () => {
    const asleepAt = dayOf((await read(first)).dormantSince);
    await machine.passTo(480);
    const fees = await feesOf(first);
    expect(fees.map(({ minor }) => minor)).toEqual([1_000, 1_000, 1_000, 1_000, 500]);
    expect(fees.map(({ toFees }) => toFees)).toEqual(fees.map(({ minor }) => minor));
    fees.forEach(({ day }, at) => expectDay(day, asleepAt + feeEveryDays * (at + 1), at + 1));
    expect(await lettersAbout(/fee/i)).toHaveLength(5);
    expect(await minorOn('mt5', first)).toBe(0n);
    expect((await read(first)).state).toBe('dormant');
  }, 300_000);

  it('wakes when its holder puts money on it', async () => {
    await moneyOn(first, '500.00');
    await becomes(first, 'active');
    expect(await read(first)).toMatchObject({ dormantSince: null, dormancyNoticedAt: null });
    expect(await eventsOf(first, 'account.reactivated')).toHaveLength(1);
  });

  it('gets another leverage, on the server too', async () => {
    await done(await ask(first, { kind: 'change_leverage', leverage: 100 }));
    expect((await read(first)).leverage).toBe(100);
    const there = await machine.stage.deps.platformFor('mt5').readAccount(first.login);
    expect(there?.leverage).toBe(100);
  });

  it('forgets a notice when it is used in time', async () => {
    await machine.passTo(480 + inactiveDays + 1);
    expect((await read(first)).dormancyNoticedAt).not.toBeNull();
    await machine.passTo(480 + inactiveDays + 10);
    await trade('mt5', first);
    await machine.passTo(480 + inactiveDays + noticeDays + 2);
    expect(await read(first)).toMatchObject({ state: 'active', dormancyNoticedAt: null });
    expect(await lettersAbout(notUsed)).toHaveLength(2);
  }, 60_000);

  it('is left alone while compliance restricts it, and looked at every day', async () => {
    const restriction = await inScope(machine.stage.db, colleague('compliance'), (tx) =>
      setRestriction(tx, {
        clientId: client.id,
        accountId: first.id,
        kind: 'manual_review',
        scopes: ['trade'],
        reason: 'a long look',
      }),
    );
    await until('frozen', async () => (await read(first)).access === 'frozen');
    const looks = await machine.passTo(1_430);
    // Its half year was over long before.
    expect(looks).toBeGreaterThan(500);
    expect((await read(first)).state).toBe('active');
    expect(await lettersAbout(notUsed)).toHaveLength(2);
    expect(await feesOf(first)).toHaveLength(5);
    await inScope(machine.stage.db, colleague('compliance'), (tx) =>
      liftRestriction(tx, client.id, restriction.id, 'looked at'),
    );
    await until('open again', async () => (await read(first)).access === 'full');
    await machine.passTo(1_432);
    expect(await lettersAbout(notUsed)).toHaveLength(3);
  }, 1_200_000);

  it('wakes at its first trade, whatever is due and when', async () => {
    await machine.passTo(1_432 + noticeDays + 1);
    expect((await read(first)).state).toBe('dormant');
    await machine.passTo(1_432 + noticeDays + 3 * feeEveryDays + 4);
    const fees = (await feesOf(first)).slice(5);
    expect(fees.map(({ minor }) => minor)).toEqual([1_000, 1_000, 1_000]);
    await trade('mt5', first);
    await becomes(first, 'active');
    expect(await eventsOf(first, 'account.reactivated')).toHaveLength(2);
  }, 120_000);

  it('moves to another platform once it is flat, with all its money', async () => {
    await machine.passTo(1_700);
    const position = await openPosition(machine.stage.mt5, {
      login: Number(first.login),
      side: 'buy',
      volume: '0.01',
    });
    const request = await ask(first, { kind: 'migrate', platform: 'mt4' });
    await until('it waits for the position', async () => {
      const process = await system((tx) => readProcess(tx, workflowIds.account(first.id)));
      return process?.waitsFor?.includes('1 open position');
    });
    await machine.stage.mt5.control('POST', '/close', { position });
    await becomes(first, 'archived');
    const { targetAccountId } = await done(request);
    second = await read({ id: targetAccountId ?? '' });
    expect(second).toMatchObject({ state: 'active', serverId: 'mt4' });
    const traded = await tradedOn('mt5', first);
    expect(await minorOn('mt4', second)).toBe(50_000n - 3_000n + traded);
    expect(await minorOn('mt5', first)).toBe(0n);
    await until('the end of its process', async () => {
      const process = await system((tx) => readProcess(tx, workflowIds.account(first.id)));
      return process?.outcome === 'archived';
    });
    expect(await read(first)).toMatchObject({ access: 'blocked', migratedTo: second.id });
  }, 120_000);

  it('has lived in one workflow of several runs, each of which replays', async () => {
    const runs = await runsOf(first);
    expect(runs).toBeGreaterThanOrEqual(3);
    const { status } = await machine.skipping.client.workflow
      .getHandle(workflowIds.account(first.id))
      .describe();
    expect(status.name).toBe('COMPLETED');
    process.stdout.write(`${runs} runs of the account's workflow until day ${machine.day()}\n`);
  }, 60_000);

  it('lives for years without a letter while it is used', async () => {
    const before = await lettersAbout(notUsed);
    for (let day = 1_830; day <= 3_030; day += 150) {
      await machine.passTo(day);
      await trade('mt4', second);
    }
    expect((await read(second)).state).toBe('active');
    expect(await lettersAbout(notUsed)).toEqual(before);
  }, 300_000);

  it('sleeps for a year at the price of twelve fees', async () => {
    await machine.passTo(3_030 + inactiveDays + noticeDays + 2);
    const asleepAt = dayOf((await read(second)).dormantSince);
    expectDay(asleepAt, 3_030 + inactiveDays + noticeDays, 2);
    await machine.passTo(3_030 + inactiveDays + noticeDays + closeAfterDays + 2);
    const fees = await feesOf(second);
    expect(fees.map(({ minor }) => minor)).toEqual(Array<number>(12).fill(1_000));
    fees.forEach(({ day }, at) => expectDay(day, asleepAt + feeEveryDays * (at + 1), at + 1));
  }, 120_000);

  it('closes when two people say so, and sends its money home', async () => {
    const onIt = await minorOn('mt4', second);
    const before = await walletOf(machine.stage, client);
    const task = await openTaskOf(machine.stage, second.id, 'unclaimed_money');
    for (const who of [colleague('operations'), colleague('operations')])
      await decide(machine.stage, who, { ...task, version: await versionOf(task.id) }, 'close');
    await machine.passTo(machine.day() + 1.5);
    await becomes(second, 'closed');
    expect(await minorOn('mt4', second)).toBe(0n);
    const after = await walletOf(machine.stage, client);
    expect(after.balanceMinor - before.balanceMinor).toBe(onIt);
  }, 60_000);

  it('leaves books that agree to the cent when ten years are over', async () => {
    await machine.passTo(3_652);
    const traded = (await tradedOn('mt5', first)) + (await tradedOn('mt4', second));
    const fees = [...(await feesOf(first)), ...(await feesOf(second))];
    expect(fees).toHaveLength(5 + 3 + 12);
    const paid = fees.reduce((sum, { minor }) => sum + minor, 0);
    expect(paid).toBe(4_500 + 3_000 + 12_000);
    expect(await walletOf(machine.stage, client)).toEqual({
      balanceMinor: 200_000n - BigInt(paid) + traded,
      heldMinor: 0n,
    });
    const ended = await read(second);
    expect(ended).toMatchObject({ state: 'archived', access: 'blocked' });
    const [archived] = await eventsOf(second, 'account.archived');
    // From the next midnight on.
    const readableFor = dayOf(archived?.at ?? null) - dayOf(ended.closedAt);
    expect(readableFor).toBeGreaterThanOrEqual(archiveAfterDays);
    expect(readableFor).toBeLessThan(archiveAfterDays + 1 + jitterDays + 0.05);
    expect(await machine.stage.faults()).toEqual([]);
    expect(await runsOf(second)).toBeGreaterThanOrEqual(1);
  }, 60_000);
});

/** On the day, or as many looks later as each may be late by. */
function expectDay(day: number | undefined, wanted: number, looks: number): void {
  expect(day).toBeGreaterThanOrEqual(wanted);
  expect(day).toBeLessThan(wanted + looks * jitterDays + 0.05);
}
