import { listAccountRequests } from '../../db/account-request-lists';
import { readAccount, wakeAccount } from '../../db/accounts';
import { liftRestriction, setRestriction } from '../../db/client-restrictions';
import { inScope, rows } from '../../db/connection';
import { eventsOfSubject } from '../../db/events';
import { readBalance } from '../../db/ledger';
import { readSimulation, simulatePolicy } from '../../db/policy-simulations';
import { draftPolicy } from '../../db/policy-versions';
import { latestTask } from '../../db/tasks';
import { listTracing, noteTracing } from '../../db/tracing';
import { house } from '../../domain/ledger/account';
import { workflowIds } from '../../temporal-config/workflow-ids';
import {
  colleague,
  decide,
  openAccount,
  type OpenAccount,
  openTaskOf,
  seedClient,
  type TestClient,
  walletOf,
} from './people';
import { askDeposit, cardOf, payPageOf } from './payments';
import { openStage, type Stage } from './stage';
import { until } from './until';

/** Years pass by moving what the account has of times into the past; the process is woken, as its timer would do. */
describe('an account that nobody uses', () => {
  let stage: Stage;
  let client: TestClient;
  let account: OpenAccount;

  beforeAll(async () => {
    stage = await openStage();
  }, 120_000);

  afterAll(() => stage.close());

  const read = () => stage.system((tx) => readAccount(tx, account.id));
  const stateIs = (state: string) =>
    until(state, async () => {
      const now = await read();
      return now.state === state && now;
    });
  const dealer = (amount: string) =>
    stage.mt5.control('POST', '/dealer-balance', { login: Number(account.login), amount });
  const balance = async () =>
    (await stage.deps.platformFor('mt5').readAccount(account.login))?.balance.amountMinor;
  const letters = async () => (await stage.mail.to(client.email)).map(({ subject }) => subject);
  const letter = (words: RegExp) =>
    until(`a letter: ${words.source}`, async () => (await letters()).some((s) => words.test(s)));
  const fees = async () => {
    const of = { entityId: client.entityId, currency: client.currency };
    return (await stage.system((tx) => readBalance(tx, house('fees', of)))).balanceMinor;
  };
  const types = async () =>
    (await stage.system((tx) => eventsOfSubject(tx, account.id))).map(({ type }) => type);

  /** So many days go by without anything, and the account's timer fires. */
  async function days(count: number): Promise<void> {
    const evaluations = async () =>
      (
        await stage.system((tx) =>
          rows<{ n: number }>(
            tx,
            `select count(*)::int as n from evaluation where subject = :id and kind = 'account.dormancy'`,
            { id: account.id },
          ),
        )
      )[0]?.n ?? 0;
    const before = await evaluations();
    await stage.system(async (tx) => {
      await rows(
        tx,
        `update trading_account set created_at = created_at - :days * interval '1 day',
           activated_at = activated_at - :days * interval '1 day',
           dormancy_noticed_at = dormancy_noticed_at - :days * interval '1 day',
           dormant_since = dormant_since - :days * interval '1 day',
           dormancy_fee_at = dormancy_fee_at - :days * interval '1 day' where id = :id`,
        { id: account.id, days: count },
      );
      await wakeAccount(tx, account.id);
    });
    await until('the policy to be asked', async () => (await evaluations()) > before);
  }

  const opened = async (amount: string) => {
    client = await seedClient(stage);
    account = await openAccount(stage, client);
    await dealer(amount);
    await until('the money', async () => (await balance()) !== 0n);
  };
  const asleep = async (amount: string) => {
    await opened(amount);
    await days(181);
    await until('the notice', async () => (await read()).dormancyNoticedAt !== null);
    await days(31);
    await stateIs('dormant');
  };

  it('gets a notice, sleeps, and pays a fee that its holder reads of once it is taken', async () => {
    await opened('25.00');
    await days(181);
    await letter(/has not been used for a while/);
    expect((await read()).state).toBe('active');
    await days(31);
    await stateIs('dormant');
    const before = await fees();
    expect((await letters()).some((subject) => /fee/.test(subject))).toBe(false);
    await days(31);
    await until('the fee', async () => (await balance()) === 1_500n);
    await letter(/dormancy fee/);
    expect((await fees()) - before).toBe(1_000n);
    // Once in thirty days, and never more than there is.
    await days(31);
    await until('the second', async () => (await balance()) === 500n);
    await days(31);
    await until('the rest', async () => (await balance()) === 0n);
    await days(31);
    expect(await balance()).toBe(0n);
    expect((await fees()) - before).toBe(2_500n);
    expect((await types()).filter((type) => type === 'account.dormancy_fee')).toHaveLength(3);
  });

  it('wakes at a deal, and is not charged any more', async () => {
    await asleep('200.00');
    await stage.mt5.control('POST', '/trade', {
      login: Number(account.login),
      symbol: 'EURUSD',
      side: 'buy',
      volume: '0.01',
    });
    expect(await stateIs('active')).toMatchObject({ dormantSince: null, dormancyNoticedAt: null });
    await days(31);
    expect((await types()).filter((type) => type === 'account.dormancy_fee')).toEqual([]);
  });

  it('wakes when its holder brings money', async () => {
    await asleep('200.00');
    const asked = await askDeposit(stage, client, '100.00');
    await stage.psp.payAt(await payPageOf(stage, asked), cardOf(client));
    await stateIs('active');
    expect(await types()).toContain('account.reactivated');
  });

  it.each(['court_order', 'complaint'] as const)(
    'is not written to and not charged under %s',
    async (kind) => {
      await opened('50.00');
      const set = await inScope(stage.db, colleague('compliance'), (tx) =>
        setRestriction(tx, { clientId: client.id, kind, scopes: ['marketing'], reason: 'a hold' }),
      );
      await days(181);
      expect(await read()).toMatchObject({ state: 'active', dormancyNoticedAt: null });
      const lift = () =>
        inScope(stage.db, colleague('senior_approver'), (tx) =>
          liftRestriction(tx, client.id, set.id, 'over'),
        );
      await lift();
      await days(0);
      await until('the notice', async () => (await read()).dormancyNoticedAt !== null);
      await days(31);
      await stateIs('dormant');
      await inScope(stage.db, colleague('compliance'), (tx) =>
        setRestriction(tx, { clientId: client.id, kind, scopes: ['marketing'], reason: 'again' }),
      );
      await days(31);
      expect(await balance()).toBe(5_000n);
      expect(await letters()).toHaveLength(2);
    },
  );

  it('has its owner looked for once a year, and closes when two people say so', async () => {
    await asleep('80.00');
    await days(366);
    const first = await openTaskOf(stage, account.id, 'unclaimed_money');
    expect(first.content).toMatchObject({ amount: '80.00', currency: 'USD', year: 1 });
    await letter(/money of yours/i);
    const operator = colleague('operations');
    await inScope(stage.db, operator, (tx) =>
      noteTracing(tx, account.id, { means: 'telephone', note: 'nobody answers' }),
    );
    const log = await inScope(stage.db, operator, (tx) =>
      listTracing(tx, { accountId: account.id, limit: 10 }),
    );
    expect(log).toMatchObject([
      { means: 'telephone', note: 'nobody answers', madeBy: operator.actor },
      { means: 'mail', note: null, madeBy: `workflow:${workflowIds.account(account.id)}` },
    ]);
    // How one is looked for is not for the holder to read.
    expect(
      await inScope(stage.db, client.scope, (tx) =>
        listTracing(tx, { accountId: account.id, limit: 10 }),
      ),
    ).toEqual([]);
    // The year turns while the first question is open: no second one beside it.
    await days(366);
    expect((await stage.system((tx) => latestTask(tx, account.id, 'unclaimed_money')))?.id).toBe(
      first.id,
    );
    await decide(stage, colleague('operations'), first, 'keep_tracing');
    await days(0);
    const second = await openTaskOf(stage, account.id, 'unclaimed_money');
    expect(second.content).toMatchObject({ year: 2 });
    await decide(stage, colleague('operations'), second, 'close');
    const once = await openTaskOf(stage, account.id, 'unclaimed_money');
    expect(once.approvals).toBe(1);
    await decide(stage, colleague('operations'), once, 'close');
    // Their word is enough: the account does not wait for its next day.
    await stateIs('closed');
    expect(await walletOf(stage, client)).toMatchObject({ balanceMinor: 8_000n });
    const requests = await stage.system((tx) =>
      listAccountRequests(tx, { accountId: account.id, limit: 10 }),
    );
    expect(requests).toMatchObject([{ ask: { kind: 'close' }, askedAs: 'process' }]);
  });

  it('can be asked about again by a draft that takes no fee', async () => {
    const author = colleague('operations');
    const simulation = await inScope(stage.db, author, async (tx) => {
      const draft = await draftPolicy(tx, {
        kind: 'account.dormancy',
        layer: 'entity',
        layerKey: 'off',
        body: {
          title: 'No fee',
          changes: [
            {
              target: 'rule',
              mode: 'override',
              id: 'fee-due',
              reason: 'tried',
              with: {
                id: 'fee-due',
                title: 'No fee is due',
                when: { fact: 'account.state', operator: 'equal', value: 'dormant' },
                then: { decision: 'none' },
                reason: 'NOTHING_DUE',
                source: 'house rule',
              },
            },
          ],
        },
        note: 'a trial',
      });
      return simulatePolicy(tx, draft.id, 1_000);
    });
    const found = await until('the simulation', async () => {
      const now = await inScope(stage.db, author, (tx) => readSimulation(tx, simulation.id));
      return now.state === 'done' && now;
    });
    // At least the three fees of the first account would not be taken.
    expect(found.changed).toBeGreaterThanOrEqual(3);
    expect(found.looked).toBeGreaterThan(found.changed);
  });

  it('leaves processes that wait for something named', async () => {
    expect(await stage.faults()).toEqual([]);
  });
});
