import { postDeals } from '../../activities/deal-posting';
import { createTransferActivities } from '../../activities/transfer';
import { createTradingPlatform } from '../../connectors/trading/registry';
import { readTradingServers } from '../../connectors/trading/servers';
import { proposeBonus } from '../../db/bonus-requests';
import { bonusOfTransfer, readBonus, stepsOfBonus, type Bonus } from '../../db/bonuses';
import { inScope } from '../../db/connection';
import { ingestDeals } from '../../db/deals';
import { eventsOfSubject } from '../../db/events';
import { intentsOfWorkflow } from '../../db/intent-readers';
import { readBalance } from '../../db/ledger';
import { readProcess } from '../../db/processes';
import { decide as decideAsApi } from '../../db/task-decisions';
import { latestTask } from '../../db/tasks';
import { readTransfer, type Transfer } from '../../db/transfers';
import { requestTransfer } from '../../db/transfer-requests';
import { systemScope } from '../../domain/access/scope';
import { bonusCredit, house, tradingLedger } from '../../domain/ledger/account';
import { formatAmount, parseAmount } from '../../domain/money';
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
import { seedDeposit } from '../proofs/seed';
import { openStage, type Stage } from './stage';
import { until } from './until';

describe('a transfer between wallet and trading account', () => {
  let stage: Stage;
  let client: TestClient;
  let account: OpenAccount;

  beforeAll(async () => {
    stage = await openStage();
    client = await seedClient(stage, { name: 'Quirina Plantedname' });
    await fund(stage, client, '10000.00');
    account = await openAccount(stage, client);
  }, 120_000);

  afterEach(() => stage.mt5.clearFaults());

  afterAll(() => stage.close());

  function ask(direction: 'to_account' | 'to_wallet', amount: string): Promise<Transfer> {
    return inScope(stage.db, client.scope, (tx) =>
      requestTransfer(tx, {
        accountId: account.id,
        direction,
        amount: { amountMinor: parseAmount(amount, 'USD'), currency: 'USD' },
      }),
    );
  }

  const processOf = ({ id }: Transfer) =>
    stage.system((tx) => readProcess(tx, workflowIds.transfer(id)));
  const intentsOf = ({ id }: Transfer) =>
    stage.system((tx) => intentsOfWorkflow(tx, workflowIds.transfer(id)));
  const ofLogin = () => ({ login: Number(account.login) });

  /** The transfer once its process is over. */
  function ended(transfer: Transfer): Promise<Transfer> {
    return until(`the end of ${transfer.id}`, async () => {
      const process = await processOf(transfer);
      if (!process?.finishedAt) throw new Error(`waits for ${process?.waitsFor}`);
      return stage.system((tx) => readTransfer(tx, transfer.id));
    });
  }

  interface Books {
    /** On the server. */
    readonly deals: number;
    readonly balanceMinor: bigint;
    /** In our ledger. */
    readonly tradingMinor: bigint;
    readonly walletMinor: bigint;
    readonly heldMinor: bigint;
  }

  async function books(): Promise<Books> {
    const server = await stage.mt5.account(account.login);
    const of = { entityId: client.entityId, clientId: client.id, currency: 'USD' };
    const trading = await stage.system((tx) =>
      readBalance(tx, tradingLedger({ ...of, accountId: account.id })),
    );
    const wallet = await walletOf(stage, client);
    return {
      deals: server.deals,
      balanceMinor: parseAmount(server.balance, 'USD'),
      tradingMinor: trading.balanceMinor,
      walletMinor: wallet.balanceMinor,
      heldMinor: wallet.heldMinor,
    };
  }

  /** One deal more on the server, and the same amount moved in both books. */
  function movedOnce(before: Books, amountMinor: bigint): Books {
    return {
      deals: before.deals + 1,
      balanceMinor: before.balanceMinor + amountMinor,
      tradingMinor: before.tradingMinor + amountMinor,
      walletMinor: before.walletMinor - amountMinor,
      heldMinor: 0n,
    };
  }

  it('is one deal on the server and one posting', async () => {
    const before = await books();
    const transfer = await ask('to_account', '500.00');
    expect((await walletOf(stage, client)).heldMinor).toBeLessThanOrEqual(50_000n);
    expect(await ended(transfer)).toMatchObject({ state: 'done' });
    expect(await books()).toEqual(movedOnce(before, 50_000n));
  });

  it('finds the deal whose reply was lost, and does not repeat it', async () => {
    const before = await books();
    await stage.mt5.fault('lose_reply_after_apply', ofLogin());
    const transfer = await ask('to_account', '10.01');
    expect(await ended(transfer)).toMatchObject({ state: 'done' });
    expect(await books()).toEqual(movedOnce(before, 1_001n));
    expect(await intentsOf(transfer)).toMatchObject([{ attempt: 1, state: 'done' }]);
  });

  it('sends again only after proof that nothing had happened', async () => {
    const before = await books();
    await stage.mt5.fault('lose_reply_before_apply', ofLogin());
    const transfer = await ask('to_account', '10.02');
    expect(await ended(transfer)).toMatchObject({ state: 'done' });
    expect(await books()).toEqual(movedOnce(before, 1_002n));
    expect(await intentsOf(transfer)).toMatchObject([
      {
        attempt: 1,
        state: 'absent',
        outcome: { proof: { sessionEnded: true, balanceCheck: 'agrees', settleWindowMs: 1_000 } },
      },
      { attempt: 2, state: 'done' },
    ]);
  });

  it('asks people about a deal that stays hidden past the window, and needs none once it shows', async () => {
    const before = await books();
    await stage.mt5.fault('lose_reply_after_apply', ofLogin());
    await stage.mt5.fault('delay_deal', { ...ofLogin(), ms: 4_000 });
    const transfer = await ask('to_account', '10.03');
    const task = await openTaskOf(stage, transfer.id, 'operation_unknown');
    expect(task.choices).toEqual(['absent', 'look_again']);
    await until('its process to wait for the task', async () =>
      (await processOf(transfer))?.waitsFor?.includes(task.id),
    );
    expect(await ended(transfer)).toMatchObject({ state: 'done' });
    expect(await books()).toEqual(movedOnce(before, 1_003n));
    expect(
      await stage.system((tx) => latestTask(tx, transfer.id, 'operation_unknown')),
    ).toMatchObject({ id: task.id, state: 'cancelled' });
  });

  it('knows an operation whose comment was cut but is long enough', async () => {
    const before = await books();
    await stage.mt5.fault('lose_reply_after_apply', ofLogin());
    await stage.mt5.fault('cut_comment', { ...ofLogin(), chars: 14 });
    const transfer = await ask('to_account', '10.04');
    expect(await ended(transfer)).toMatchObject({ state: 'done' });
    expect(await books()).toEqual(movedOnce(before, 1_004n));
  });

  it('lets two people say that a deal with too short a comment is the one', async () => {
    const before = await books();
    await stage.mt5.fault('lose_reply_after_apply', ofLogin());
    await stage.mt5.fault('cut_comment', { ...ofLogin(), chars: 5 });
    const transfer = await ask('to_account', '10.05');
    const task = await openTaskOf(stage, transfer.id, 'operation_unknown');
    const first = colleague('finance');
    const once = await decide(stage, first, task, 'found');
    expect(once).toMatchObject({ state: 'open', approvals: 1 });
    await expect(decide(stage, first, once, 'found')).rejects.toMatchObject({
      status: 409,
      code: 'four_eyes',
    });
    await decide(stage, colleague('finance'), once, 'found');
    expect(await ended(transfer)).toMatchObject({ state: 'done' });
    expect(await books()).toEqual(movedOnce(before, 1_005n));
    expect(
      await stage.system((tx) => latestTask(tx, account.id, 'foreign_balance_change')),
    ).toBeUndefined();
  });

  /** The transfer's deal is edited while the server still hides it, so that nobody here has seen what it was. */
  async function editUnseen(amount: string, becomes: string): Promise<void> {
    const ticket = await until('the deal', async () => {
      const { deals } = await stage.mt5.deals(account.login);
      return deals.find((deal) => deal.isHidden && deal.amount === amount)?.ticket;
    });
    await stage.mt5.control('POST', '/tamper', {
      kind: 'edit_deal',
      ticket,
      profit: becomes,
      balanceFollows: true,
    });
  }

  it('puts into suspense by what a deal was edited before it was first read, and asks', async () => {
    const before = { books: await books(), suspense: await suspense() };
    await stage.mt5.fault('delay_deal', { ...ofLogin(), ms: 1_500 });
    const transfer = await ask('to_account', '10.10');
    await editUnseen('10.10', '10.60');
    expect(await ended(transfer)).toMatchObject({ state: 'done' });
    const task = await openTaskOf(stage, account.id, 'foreign_balance_change');
    expect(task.issue).toMatchObject([{ code: 'OPERATION_EDITED' }]);
    expect(task.content).toMatchObject({ amount: '0.50' });
    expect(await books()).toEqual({
      ...movedOnce(before.books, 1_060n),
      walletMinor: before.books.walletMinor - 1_010n,
    });
    expect(await suspense()).toBe(before.suspense - 50n);
  });

  it('lets two people say that a deal of another amount is the one, and sends no other', async () => {
    const before = { books: await books(), suspense: await suspense() };
    await stage.mt5.fault('delay_deal', { ...ofLogin(), ms: 1_500 });
    await stage.mt5.fault('lose_reply_after_apply', ofLogin());
    const transfer = await ask('to_account', '10.11');
    await editUnseen('10.11', '9.11');
    const task = await until('the task about the amount', async () => {
      const found = await openTaskOf(stage, transfer.id, 'operation_unknown');
      return found.choices.includes('found') && found;
    });
    expect(task.issue).toMatchObject([{ doubt: 'other_amount' }]);
    expect(task.choices).toEqual(['found', 'look_again']);
    const once = await decide(stage, colleague('finance'), task, 'found');
    await decide(stage, colleague('finance'), once, 'found');
    expect(await ended(transfer)).toMatchObject({ state: 'done' });
    await until('the difference', async () => (await suspense()) === before.suspense + 100n);
    expect(await books()).toEqual({
      ...movedOnce(before.books, 911n),
      walletMinor: before.books.walletMinor - 1_011n,
    });
  });

  it('finds the deal on a server whose clock has changed', async () => {
    const before = await books();
    await stage.mt5.fault('clock_offset', { seconds: 2 * 3_600 + 77 });
    await stage.mt5.fault('lose_reply_after_apply', ofLogin());
    const transfer = await ask('to_account', '10.06');
    expect(await ended(transfer)).toMatchObject({ state: 'done' });
    expect(await books()).toEqual(movedOnce(before, 1_006n));
  });

  it('is ended by the feed when the feed sees the deal before the answer comes', async () => {
    const before = await books();
    await stage.mt5.fault('hang', {
      ...ofLogin(),
      command: 'trade/balance',
      applied: true,
      ms: 4_000,
    });
    const transfer = await ask('to_account', '10.07');
    await feedElsewhere(1_007n);
    expect(await stage.system((tx) => readTransfer(tx, transfer.id))).toMatchObject({
      state: 'done',
    });
    const events = await stage.system((tx) =>
      eventsOfSubject(tx, workflowIds.transfer(transfer.id)),
    );
    expect(events.find((event) => event.type === 'intent.done')?.actor).toBe('workflow:feed/mt5');
    await stage.temporal.client.workflow.getHandle(workflowIds.transfer(transfer.id)).result();
    expect(await books()).toEqual(movedOnce(before, 1_007n));
  });

  it('asks nobody about an operation that the feed has ended while it was looked up', async () => {
    await stage.mt5.fault('hang', {
      ...ofLogin(),
      command: 'trade/balance',
      applied: true,
      ms: 4_000,
    });
    const transfer = await ask('to_account', '10.12');
    await until('it to be sent', async () =>
      (await intentsOf(transfer)).some(({ state }) => state === 'sending'),
    );
    const [mt5] = readTradingServers(stage.variables['KEELSON_TRADING_SERVERS'] ?? '');
    if (!mt5) throw new Error('there is no server');
    const platform = createTradingPlatform(mt5);
    platform.findBalanceOperation = async () => {
      await feedElsewhere(1_012n);
      return { kind: 'ambiguous', doubt: 'comment_cut', reason: 'too short', tickets: [] };
    };
    const { lookUpTransfer } = createTransferActivities({
      db: stage.db,
      platformFor: () => platform,
    });
    expect(await lookUpTransfer(transfer.id)).toMatchObject({ kind: 'done' });
    await platform.close();
    await stage.temporal.client.workflow.getHandle(workflowIds.transfer(transfer.id)).result();
    expect(
      await stage.system((tx) => latestTask(tx, transfer.id, 'operation_unknown')),
    ).toBeUndefined();
  });

  it('makes the next operation of the log-in wait while one is unknown', async () => {
    const before = await books();
    await stage.mt5.fault('lose_reply_before_apply', ofLogin());
    const first = await ask('to_account', '10.08');
    await until('the first to be unknown', async () =>
      (await intentsOf(first)).some((intent) => intent.state === 'unknown'),
    );
    const second = await ask('to_account', '20.00');
    await until('the second to wait', async () =>
      (await processOf(second))?.waitsFor?.startsWith('another operation of this log-in'),
    );
    expect((await processOf(first))?.finishedAt).toBeNull();
    expect(await ended(first)).toMatchObject({ state: 'done' });
    expect(await ended(second)).toMatchObject({ state: 'done' });
    const after = await books();
    expect(after.deals).toBe(before.deals + 2);
    expect(after.tradingMinor).toBe(before.tradingMinor + 3_008n);
    expect(after.balanceMinor).toBe(after.tradingMinor);
  });

  it('releases the hold once when the server refuses', async () => {
    const before = await books();
    await stage.mt5.fault('refuse', { ...ofLogin(), retcode: 10_019 });
    const transfer = await ask('to_account', '30.00');
    expect(await ended(transfer)).toMatchObject({
      state: 'refused',
      refusal: 'NOT_ENOUGH_MONEY',
    });
    expect(await books()).toEqual(before);
    const events = await stage.system((tx) => eventsOfSubject(tx, transfer.id));
    expect(events.map((event) => event.type)).toEqual(['transfer.requested', 'transfer.refused']);
  });

  it('goes back to the wallet', async () => {
    const before = await books();
    expect(await ended(await ask('to_wallet', '50.00'))).toMatchObject({ state: 'done' });
    expect(await books()).toEqual(movedOnce(before, -5_000n));
  });

  describe('that brings a bonus', () => {
    /** What stands at the server as credit, and in the books as its memo. */
    async function credit(): Promise<{ readonly server: string; readonly memoMinor: bigint }> {
      const of = { entityId: client.entityId, clientId: client.id, currency: 'USD' };
      const memo = bonusCredit({ ...of, accountId: account.id });
      const { balanceMinor } = await stage.system((tx) => readBalance(tx, memo));
      return {
        server: (await stage.mt5.account(account.login)).credit,
        memoMinor: balanceMinor,
      };
    }

    async function bonusOf({ id }: Transfer, state: Bonus['state']): Promise<Bonus> {
      const found = await stage.system((tx) => bonusOfTransfer(tx, id));
      if (!found) throw new Error('it brought none');
      return until(`the bonus to be ${state}`, async () => {
        const bonus = await stage.system((tx) => readBonus(tx, found.id));
        return bonus.state === state && bonus;
      });
    }

    it('is given as credit once, and taken back once before money leaves, though answers are lost', async () => {
      const deposit = await stage.system((tx) =>
        seedDeposit(
          tx,
          { entityId: client.entityId, clientId: client.id, currency: 'USD' },
          50_000n,
        ),
      );
      const before = await books();
      // The transfer's answer, and then that of the credit.
      await stage.mt5.fault('lose_reply_after_apply', { ...ofLogin(), times: 2 });
      const transfer = await inScope(stage.db, client.scope, (tx) =>
        requestTransfer(tx, {
          accountId: account.id,
          direction: 'to_account',
          amount: { amountMinor: 50_000n, currency: 'USD' },
          bonus: { depositId: deposit },
        }),
      );
      const bonus = await bonusOf(transfer, 'active');
      expect(await credit()).toEqual({ server: '50.00', memoMinor: 5_000n });
      const given = await books();
      expect(given).toEqual({ ...movedOnce(before, 50_000n), deals: before.deals + 2 });

      await stage.mt5.clearFaults();
      await stage.mt5.fault('lose_reply_before_apply', ofLogin());
      const out = await ask('to_wallet', '100.00');
      await until('it to wait for the bonus', async () =>
        (await processOf(out))?.waitsFor?.startsWith('the bonus of the account'),
      );
      expect(await ended(out)).toMatchObject({ state: 'done' });
      expect(await bonusOf(transfer, 'removed')).toMatchObject({ removedMinor: 5_000n });
      expect(await credit()).toEqual({ server: '0.00', memoMinor: 0n });
      expect(await books()).toEqual({
        ...movedOnce(given, -10_000n),
        deals: given.deals + 2,
      });
      expect(await stage.system((tx) => stepsOfBonus(tx, bonus.id))).toMatchObject([
        { kind: 'grant', state: 'done' },
        { kind: 'removal', cause: 'transfer_out', causeId: out.id, state: 'done' },
      ]);
      expect(
        (await stage.system((tx) => intentsOfWorkflow(tx, workflowIds.bonus(bonus.id)))).map(
          ({ step, state }) => [step, state],
        ),
      ).toEqual([
        ['step-1', 'done'],
        ['step-2', 'absent'],
        ['step-2', 'done'],
      ]);
      await stage.temporal.client.workflow.getHandle(workflowIds.bonus(bonus.id)).result();
    });

    it('lets money go of whose credit a dealer has taken a part, and takes back the rest', async () => {
      const [giver, approver] = [colleague('operations'), colleague('operations')];
      const { id } = await inScope(stage.db, giver, (tx) =>
        proposeBonus(tx, {
          accountId: account.id,
          amount: { amountMinor: 5_000n, currency: 'USD' },
          reason: 'a good client',
        }),
      );
      const task = await openTaskOf(stage, id, 'bonus_approval');
      await inScope(stage.db, approver, (tx) =>
        decideAsApi(tx, {
          taskId: task.id,
          ...{ expectedVersion: task.version, contentHash: task.contentHash },
          ...{ decision: 'approve', reason: 'TEST' },
        }),
      );
      const is = (state: Bonus['state']) =>
        until(`the bonus to be ${state}`, async () => {
          const bonus = await stage.system((tx) => readBonus(tx, id));
          return bonus.state === state && bonus;
        });
      await is('active');
      const before = await books();
      await stage.mt5.control('POST', '/dealer-balance', {
        ...ofLogin(),
        ...{ amount: '-20.00', type: 3, comment: 'taken by hand' },
      });
      // All of it: only what is free without the credit that is gone can be had.
      const all = await ask('to_wallet', formatAmount(before.balanceMinor, 'USD'));
      expect(await ended(all)).toMatchObject({ state: 'done' });
      await is('removed');
      expect(await credit()).toEqual({ server: '0.00', memoMinor: 0n });
      expect(await stage.system((tx) => stepsOfBonus(tx, id))).toMatchObject([
        { kind: 'grant', state: 'done' },
        { cause: 'transfer_out', state: 'done', amountMinor: 3_000n },
        { cause: 'gone_at_server', state: 'done', amountMinor: 2_000n },
      ]);
      expect(await ended(await ask('to_account', '100.00'))).toMatchObject({ state: 'done' });
    });
  });

  it('takes no more back than the free margin on the server', async () => {
    const before = await books();
    const tooMuch = formatAmount(before.balanceMinor + 1n, 'USD');
    expect(await ended(await ask('to_wallet', tooMuch))).toMatchObject({
      state: 'refused',
      refusal: 'NOT_ENOUGH_MONEY',
    });
    expect(await books()).toEqual(before);
  });

  it('never posts twice what a server books after all was proven absent', async () => {
    const before = await books();
    const suspenseBefore = await suspense();
    await stage.mt5.fault('apply_late', { ...ofLogin(), ms: 4_000 });
    const transfer = await ask('to_account', '10.09');
    expect(await ended(transfer)).toMatchObject({ state: 'done' });
    await until('the task about it', async () => {
      const task = await openTaskOf(stage, account.id, 'foreign_balance_change');
      return task.issue[0]?.['code'] === 'OPERATION_GIVEN_UP_APPEARED';
    });
    const after = await books();
    expect(after.walletMinor).toBe(before.walletMinor - 1_009n);
    expect(after.tradingMinor).toBe(after.balanceMinor);
    expect(await suspense()).toBe(suspenseBefore - 1_009n);
  });

  it("puts a dealer's own balance change into suspense and opens a task", async () => {
    const before = { suspense: await suspense(), books: await books() };
    await stage.mt5.control('POST', '/dealer-balance', {
      ...ofLogin(),
      amount: '7.77',
      comment: 'goodwill',
    });
    const task = await until('the task', async () => {
      const found = await stage.system((tx) =>
        latestTask(tx, account.id, 'foreign_balance_change'),
      );
      return found?.content['amount'] === '7.77' && found;
    });
    expect(task.issue).toMatchObject([{ code: 'FOREIGN_BALANCE_CHANGE' }]);
    expect(await suspense()).toBe(before.suspense - 777n);
    expect(await books()).toEqual({
      ...movedOnce(before.books, 777n),
      walletMinor: before.books.walletMinor,
    });
  });

  /** What the feed does in another process: this one's session waits for the answer to the operation. */
  async function feedElsewhere(amountMinor: bigint): Promise<void> {
    const [mt5] = readTradingServers(stage.variables['KEELSON_TRADING_SERVERS'] ?? '');
    if (mt5?.kind !== 'mt5') throw new Error('the first server is not MetaTrader 5');
    const platform = createTradingPlatform(mt5);
    try {
      const page = await until('the deal to be read', async () => {
        const { serverTimeMsc } = await platform.serverTime();
        const serverTime = Math.floor(serverTimeMsc / 1_000) - 600;
        const read = await platform.dealsSince({ serverTime }, { overlapSeconds: 0, limit: 1_000 });
        return read.deals.some((deal) => deal.profitMinor === amountMinor) && read;
      });
      await inScope(stage.db, systemScope(`workflow:${workflowIds.feed('mt5')}`), async (tx) => {
        await ingestDeals(tx, 'mt5', page.deals);
        await postDeals(tx, 'mt5', 100);
      });
    } finally {
      await platform.close();
    }
  }

  function suspense(): Promise<bigint> {
    return stage.system(
      async (tx) =>
        (
          await readBalance(
            tx,
            house('suspense', { entityId: client.entityId, currency: 'USD' }, 'mt5'),
          )
        ).balanceMinor,
    );
  }

  it('leaves books that agree with the server, and nothing that waits for nothing', async () => {
    expect(await stage.faults()).toEqual([]);
  });
});
