import { askOfAccount, readAccountRequest } from '../../db/account-requests';
import { readAccount, wakeAccount } from '../../db/accounts';
import { inScope, rows } from '../../db/connection';
import { eventsOfSubject } from '../../db/events';
import { readBalance } from '../../db/ledger';
import { house } from '../../domain/ledger/account';
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

describe('a balance below zero', () => {
  let stage: Stage;
  let client: TestClient;
  let account: OpenAccount;

  beforeAll(async () => {
    stage = await openStage();
  }, 120_000);

  afterAll(() => stage.close());

  const enter = async (entityId: 'cy' | 'off') => {
    client = await seedClient(stage, { entityId });
    account = await openAccount(stage, client);
  };
  /** A dealer's correction, which may take a balance below zero as a stop-out in a gap does. */
  const dealer = (amount: string) =>
    stage.mt5.control('POST', '/dealer-balance', {
      login: Number(account.login),
      amount,
      type: 5,
      comment: 'slippage',
    });
  const balance = async () =>
    (await stage.deps.platformFor('mt5').readAccount(account.login))?.balance.amountMinor;
  const atZero = () => until('zero', async () => (await balance()) === 0n);
  const paidByHouse = async () => {
    const of = { entityId: client.entityId, currency: client.currency };
    return (await stage.system((tx) => readBalance(tx, house('negative_balance', of))))
      .balanceMinor;
  };
  const episodes = () =>
    stage.system((tx) =>
      rows<{ state: string; purpose: string | null }>(
        tx,
        `select n.state, t.purpose from negative_balance n left join transfer t on t.id = n.transfer_id
         where n.account_id = :id order by n.id`,
        { id: account.id },
      ),
    );
  const settled = () =>
    until('settled', async () => (await episodes()).at(-1)?.state === 'settled');
  const subjects = async () => (await stage.mail.to(client.email)).map(({ subject }) => subject);

  it('is brought to zero at the cost of the house for a protected client, who is told', async () => {
    await enter('cy');
    await fund(stage, client, '100.00');
    const before = await paidByHouse();
    await dealer('-25.00');
    await atZero();
    await settled();
    expect(before - (await paidByHouse())).toBe(2_500n);
    expect(await walletOf(stage, client)).toMatchObject({ balanceMinor: 10_000n });
    await until('the letter', async () =>
      (await subjects()).includes(`Your trading account ${account.login} is back at zero`),
    );
    const events = await stage.system((tx) => eventsOfSubject(tx, account.id));
    expect(events.map(({ type }) => type)).toEqual(
      expect.arrayContaining([
        'account.negative_balance_found',
        'account.negative_balance_settled',
      ]),
    );
  });

  it('is settled once the server has stopped the positions out, and not before', async () => {
    await enter('cy');
    await dealer('100.00');
    await stage.mt5.control('POST', '/trade', {
      login: Number(account.login),
      symbol: 'EURUSD',
      side: 'buy',
      volume: '0.01',
    });
    await dealer('-160.00');
    await until('the stop-out', async () => {
      const open = await stage.deps.platformFor('mt5').positions({ login: account.login });
      return open.length === 0;
    });
    await settled();
    expect(await balance()).toBe(0n);
  });

  it('is a question of abuse when the house has paid twice already', async () => {
    await enter('cy');
    for (const round of [1, 2]) {
      await dealer('-10.00');
      await until(`round ${round}`, async () => {
        const found = await episodes();
        return found.length === round && found.every(({ state }) => state === 'settled');
      });
    }
    await dealer('-10.00');
    const task = await openTaskOf(stage, account.id, 'negative_balance');
    expect(task).toMatchObject({ issue: [{ code: 'SUSPECTED_ABUSE' }], approvalsRequired: 2 });
    expect(await balance()).toBe(-1_000n);
  });

  it('is taken from an unprotected client’s wallet, only after a letter said so', async () => {
    await enter('off');
    await fund(stage, client, '100.00');
    await dealer('-30.00');
    await until('the letter', async () =>
      (await subjects()).includes(`Your trading account ${account.login} is below zero`),
    );
    expect(await episodes()).toEqual([{ state: 'noticed', purpose: null }]);
    expect(await walletOf(stage, client)).toMatchObject({ balanceMinor: 10_000n, heldMinor: 0n });
    await stage.system(async (tx) => {
      await rows(tx, `update negative_balance set take_at = now() where account_id = :id`, {
        id: account.id,
      });
      await wakeAccount(tx, account.id);
    });
    await settled();
    expect(await episodes()).toEqual([{ state: 'settled', purpose: 'offset' }]);
    expect(await walletOf(stage, client)).toMatchObject({ balanceMinor: 7_000n, heldMinor: 0n });
    expect(await balance()).toBe(0n);
  });

  it('is for two people where nobody is known to pay, and what they decide is done once', async () => {
    await enter('off');
    await dealer('-12.00');
    const task = await openTaskOf(stage, account.id, 'negative_balance');
    await decide(stage, colleague('operations'), task, 'make_good');
    const again = await openTaskOf(stage, account.id, 'negative_balance');
    await decide(stage, colleague('operations'), again, 'make_good');
    await settled();
    expect(await balance()).toBe(0n);
    await stage.system((tx) => wakeAccount(tx, account.id));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await episodes()).toEqual([{ state: 'settled', purpose: 'negative_balance' }]);
    const tasks = await stage.system((tx) =>
      rows(tx, `select 1 from task where subject = :id and kind = 'negative_balance'`, {
        id: account.id,
      }),
    );
    expect(tasks).toHaveLength(1);
  });

  it('is not asked about again once people have left it, until it changes', async () => {
    await enter('off');
    await dealer('-7.00');
    const task = await openTaskOf(stage, account.id, 'negative_balance');
    await decide(stage, colleague('operations'), task, 'leave');
    await until('left', async () => (await episodes())[0]?.state === 'left');
    await stage.system((tx) => wakeAccount(tx, account.id));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(await episodes()).toHaveLength(1);
    await dealer('-1.00');
    expect((await openTaskOf(stage, account.id, 'negative_balance')).content['amount']).toBe(
      '8.00',
    );
  });

  it('does not keep an account from closing', async () => {
    await enter('cy');
    await dealer('50.00');
    await stage.mt5.control('POST', '/trade', {
      login: Number(account.login),
      symbol: 'EURUSD',
      side: 'buy',
      volume: '0.01',
    });
    await inScope(stage.db, client.scope, (tx) => askOfAccount(tx, account.id, { kind: 'close' }));
    await until('closing', async () => {
      const { state } = await stage.system((tx) => readAccount(tx, account.id));
      return state === 'closing';
    });
    await dealer('-90.00');
    await until('the end', async () => {
      const { state } = await stage.system((tx) => readAccount(tx, account.id));
      return state === 'closed';
    });
    expect(await balance()).toBe(0n);
    expect((await episodes()).at(-1)).toEqual({ state: 'settled', purpose: 'negative_balance' });
  });

  it('calls the closing off when people leave it', async () => {
    await enter('off');
    await dealer('50.00');
    await stage.mt5.control('POST', '/trade', {
      login: Number(account.login),
      symbol: 'EURUSD',
      side: 'buy',
      volume: '0.01',
    });
    const request = await inScope(stage.db, client.scope, (tx) =>
      askOfAccount(tx, account.id, { kind: 'close' }),
    );
    await until('closing', async () => {
      const { state } = await stage.system((tx) => readAccount(tx, account.id));
      return state === 'closing';
    });
    await dealer('-90.00');
    const task = await openTaskOf(stage, account.id, 'negative_balance');
    await decide(stage, colleague('operations'), task, 'leave');
    await until('it lives on', async () => {
      const { state } = await stage.system((tx) => readAccount(tx, account.id));
      return state === 'active';
    });
    expect(await stage.system((tx) => readAccountRequest(tx, request.id))).toMatchObject({
      state: 'refused',
      reasons: ['NEGATIVE_BALANCE'],
    });
  });

  it('leaves nothing that the proofs complain about', async () => {
    expect(await stage.faults()).toEqual([]);
  });
});
