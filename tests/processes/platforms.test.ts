import { listAccountRequests } from '../../db/account-request-lists';
import { askOfAccount } from '../../db/account-requests';
import { readAccount } from '../../db/accounts';
import { inScope } from '../../db/connection';
import { eventsOfSubject } from '../../db/events';
import { requestBackfill, readBackfill } from '../../db/feeds';
import { readBalance } from '../../db/ledger';
import { readProcess } from '../../db/processes';
import { latestTask } from '../../db/tasks';
import { readTransfer, transfersOfRequest, type Transfer } from '../../db/transfers';
import { requestTransfer } from '../../db/transfer-requests';
import { house, tradingLedger } from '../../domain/ledger/account';
import { parseAmount } from '../../domain/money';
import { platformKinds, type PlatformKind } from '../../domain/trading/capabilities';
import { workflowIds } from '../../temporal-config/workflow-ids';
import {
  fund,
  openAccount,
  type OpenAccount,
  seedClient,
  type TestClient,
  walletOf,
} from './people';
import { makeDeal, openPosition, type ShownDeal } from './shown-deals';
import type { ServerHand } from './simulators';
import { openStage, type Stage } from './stage';
import { until } from './until';

const groups: Readonly<Record<PlatformKind, string>> = {
  mt5: 'real\\off-usd-std',
  mt4: 'off-usd-std',
  ctrader: 'off-std/USD',
};

const usd = { currency: 'USD' } as const;
const money = (amount: string) => ({ amountMinor: parseAmount(amount, 'USD'), ...usd });

describe('three platforms at once', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage({ platforms: platformKinds });
  }, 180_000);

  afterAll(() => stage.close());

  const one = async <Row>(sql: string, bindings: readonly string[] = []) =>
    ((await stage.system((tx) => tx.sql.raw(sql, bindings))) as { rows: Row[] }).rows[0];

  const transferred = (
    client: TestClient,
    account: OpenAccount,
    direction: 'to_account' | 'to_wallet',
    amount: string,
  ): Promise<Transfer> =>
    inScope(stage.db, client.scope, (tx) =>
      requestTransfer(tx, { accountId: account.id, direction, amount: money(amount) }),
    ).then((asked) =>
      until(`the end of ${asked.id}`, async () => {
        const process = await stage.system((tx) => readProcess(tx, workflowIds.transfer(asked.id)));
        return (
          process?.finishedAt != null && (await stage.system((tx) => readTransfer(tx, asked.id)))
        );
      }),
    );

  /** The ledger's balance of the log-in. */
  const mirrorOf = async (account: OpenAccount): Promise<bigint> => {
    const ledger = tradingLedger({ ...account, accountId: account.id });
    return (await stage.system((tx) => readBalance(tx, ledger))).balanceMinor;
  };

  const serverBalance = async (server: ServerHand, { login }: OpenAccount): Promise<bigint> =>
    parseAmount((await server.account(login)).balance, 'USD');

  describe.each(platformKinds)('%s', (kind) => {
    let client: TestClient;
    let account: OpenAccount;
    let server: ServerHand;

    beforeAll(async () => {
      server = stage.server(kind);
      client = await seedClient(stage);
      await fund(stage, client, '20000.00');
      account = await openAccount(stage, client, { platform: kind });
      await transferred(client, account, 'to_account', '10000.00');
    }, 120_000);

    afterEach(() => server.clearFaults());

    const mirror = () => mirrorOf(account);
    const balance = () => serverBalance(server, account);
    const login = () => Number(account.login);
    const suspense = async () =>
      (
        await stage.system((tx) =>
          readBalance(tx, house('suspense', { entityId: client.entityId, ...usd }, kind)),
        )
      ).balanceMinor;

    /** A trade of ten seconds ago; answers its close. */
    const trade = (more: object = {}): Promise<ShownDeal> =>
      makeDeal(kind, server, {
        path: '/trade',
        body: {
          login: login(),
          symbol: 'EURUSD',
          side: 'buy',
          volume: '0.50',
          openAt: new Date(Date.now() - 6_000).toISOString(),
          closeAt: new Date(Date.now() - 3_000).toISOString(),
          ...more,
        },
      });

    const isPosted = ({ ticket }: ShownDeal, revision = 1) =>
      until(`deal ${ticket} to be posted`, async () => {
        const row = await one<{ posted: string | null; revision: number }>(
          `select posted_transaction as posted, revision from deal_ticket where server_id = ? and ticket = ?::bigint`,
          [kind, ticket],
        );
        return row !== undefined && row.posted !== null && row.revision >= revision;
      });

    async function readAgain(): Promise<void> {
      const id = await stage.system((tx) =>
        requestBackfill(tx, {
          serverId: kind,
          fromAt: new Date(Date.now() - 2 * 86_400_000).toISOString(),
          toAt: new Date().toISOString(),
        }),
      );
      await until(
        'the stretch to be read again',
        async () =>
          (await stage.system((tx) => readBackfill(tx, { serverId: kind, id })))?.state === 'done',
      );
    }

    it('opens an account by policy, as the server shows it', async () => {
      expect(account).toMatchObject({
        serverId: kind,
        group: groups[kind],
        leverage: 500,
        demo: false,
      });
      expect(await stage.deps.platformFor(kind).readAccount(account.login)).toMatchObject({
        group: groups[kind],
        leverage: 500,
        access: { loginEnabled: true, tradingEnabled: true, readOnly: false },
      });
    });

    it('moves money in and out once, in both books', async () => {
      const before = { mirror: await mirror(), deals: (await server.account(account.login)).deals };
      const { balanceMinor } = await walletOf(stage, client);
      expect(await transferred(client, account, 'to_account', '500.00')).toMatchObject({
        state: 'done',
      });
      expect(await transferred(client, account, 'to_wallet', '120.50')).toMatchObject({
        state: 'done',
      });
      expect(await mirror()).toBe(before.mirror + 37_950n);
      expect(await balance()).toBe(await mirror());
      expect((await server.account(account.login)).deals).toBe(before.deals + 2);
      expect(await walletOf(stage, client)).toEqual({
        balanceMinor: balanceMinor - 37_950n,
        heldMinor: 0n,
      });
    });

    it('finds an operation whose reply was lost, and does not repeat it', async () => {
      const { deals } = await server.account(account.login);
      await server.fault('lose_reply_after_apply', { login: login() });
      expect(await transferred(client, account, 'to_account', '10.01')).toMatchObject({
        state: 'done',
      });
      expect((await server.account(account.login)).deals).toBe(deals + 1);
      expect(await balance()).toBe(await mirror());
    });

    it('takes no more back than there is', async () => {
      expect(await transferred(client, account, 'to_wallet', '90000.00')).toMatchObject({
        state: 'refused',
        refusal: 'NOT_ENOUGH_MONEY',
      });
      expect(await balance()).toBe(await mirror());
    });

    it('posts a trade, and keeps it in one shape whatever the platform', async () => {
      const closing = await trade();
      await isPosted(closing);
      expect(await mirror()).toBe(await balance());
      const deal = await one<Record<string, unknown>>(
        `select o.entry, o.side, o.symbol, o.volume::text, o.volume_closed::text, o.digits, o.profit_rate::float8 as rate,
           o.contract_size::float8 as size, o.quoted, o.ask > o.bid as spread, i.entry as opened_by, i.side as opened, i.quoted as open_quoted,
           i.ask > i.bid as open_spread, i.profit_rate::float8 as open_rate
         from deal o join deal i on i.server_id = o.server_id and i.position_id = o.position_id and i.entry = 'in'
         where o.server_id = ? and o.ticket = ?::bigint`,
        [kind, closing.ticket],
      );
      const quoted = kind === 'mt5' ? 'deal' : 'tick';
      expect(deal).toEqual({
        ...{ entry: 'out', side: 'sell', symbol: 'EURUSD', volume: '50000000' },
        ...{ volume_closed: '50000000', digits: 5, rate: 1, size: 100_000, quoted, spread: true },
        ...{ opened_by: 'in', opened: 'buy', open_quoted: quoted, open_spread: true, open_rate: 1 },
      });
    });

    it('keeps what one unit of another profit currency was in the account’s', async () => {
      const closing = await trade({
        symbol: 'USDJPY',
        volume: '2.00',
        openAt: new Date(Date.now() - 5 * 3_600_000).toISOString(),
      });
      await isPosted(closing);
      // Its opening is of hours ago, where the feed does not look by itself.
      await readAgain();
      const deal = await one<{ price: number; rate: number }>(
        `select price::float8 as price, profit_rate::float8 as rate from deal where server_id = ? and ticket = ?::bigint`,
        [kind, closing.ticket],
      );
      // Half a spread lies between them, which is three times as wide at the rollover of the server's day.
      expect((deal?.rate ?? 0) * (deal?.price ?? 0)).toBeCloseTo(1, 3);
    });

    it('follows the edit of a deal', async () => {
      const closing = await trade();
      await isPosted(closing);
      const before = await mirror();
      const was = await one<{ profit: string }>(
        `select profit_minor::text as profit from deal where server_id = ? and ticket = ?::bigint`,
        [kind, closing.ticket],
      );
      await server.control('POST', '/tamper', {
        kind: 'edit_deal',
        ticket: closing.shown,
        profit: '77.00',
        balanceFollows: true,
      });
      await readAgain();
      await isPosted(closing, 2);
      expect(await mirror()).toBe(before - BigInt(was?.profit ?? '0') + 7_700n);
      expect(await mirror()).toBe(await balance());
      const events = await stage.system((tx) =>
        eventsOfSubject(tx, `deal/${kind}/${closing.ticket}`),
      );
      expect(events.map(({ type }) => type)).toEqual(['deal.edited']);
    });

    it('takes back what a cancelled deal moved', async () => {
      const before = await mirror();
      const closing = await trade({ volume: '1.00' });
      await isPosted(closing);
      await makeDeal(kind, server, { path: '/cancel-deal', body: { ticket: closing.shown } });
      await readAgain();
      await isPosted(closing, 2);
      // What the opening took by itself stays taken.
      expect(await mirror()).toBe(await balance());
      expect(before - (await mirror())).toBeLessThanOrEqual(kind === 'mt5' ? 100n : 0n);
      const events = await stage.system((tx) =>
        eventsOfSubject(tx, `deal/${kind}/${closing.ticket}`),
      );
      expect(events.map(({ type }) => type)).toEqual(['deal.cancelled']);
    });

    if (kind !== 'mt4') {
      it('keeps how much of a reversal closed something', async () => {
        const position = await openPosition(server, {
          login: login(),
          side: 'buy',
          volume: '0.40',
        });
        const turned = await makeDeal(kind, server, {
          path: '/reverse',
          body: { position, lots: '0.70' },
        });
        await isPosted(turned);
        expect(
          await one(
            `select entry, side, volume::text, volume_closed::text as closed from deal where server_id = ? and ticket = ?::bigint`,
            [kind, turned.ticket],
          ),
        ).toEqual({ entry: 'reverse', side: 'sell', volume: '110000000', closed: '40000000' });
        expect(await mirror()).toBe(await balance());
        await isPosted(await makeDeal(kind, server, { path: '/close', body: { position } }));
        expect(await mirror()).toBe(await balance());
      });
    }

    it('posts what a position cost over night', async () => {
      const swaps = () =>
        stage.system((tx) =>
          readBalance(tx, house('trading_swap', { entityId: client.entityId, ...usd }, kind)),
        );
      const before = (await swaps()).balanceMinor;
      const position = await openPosition(server, { login: login(), side: 'buy', volume: '1.00' });
      await server.control('POST', '/rollover', { day: 'wednesday', login: login() });
      await isPosted(await makeDeal(kind, server, { path: '/close', body: { position } }));
      expect((await swaps()).balanceMinor - before).toBe(2_190n);
      expect(await mirror()).toBe(await balance());
    });

    it("puts a dealer's own balance change into suspense and asks a person", async () => {
      const before = { suspense: await suspense(), mirror: await mirror() };
      await server.control('POST', '/dealer-balance', {
        login: login(),
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
      expect(await mirror()).toBe(before.mirror + 777n);
      expect(await balance()).toBe(await mirror());
    });

    it('gives a demo account play money that is nowhere in the books', async () => {
      const demo = await openAccount(stage, client, { platform: kind, accountType: 'demo' });
      expect(demo).toMatchObject({ demo: true, serverId: kind });
      await until('the play money', async () => (await serverBalance(server, demo)) === 1_000_000n);
      await expect(
        inScope(stage.db, client.scope, (tx) =>
          requestTransfer(tx, {
            accountId: demo.id,
            direction: 'to_wallet',
            amount: money('1.00'),
          }),
        ),
      ).rejects.toMatchObject({ status: 422, code: 'demo_account' });
      await server.control('POST', '/dealer-balance', {
        login: Number(demo.login),
        amount: '-5.00',
      });
      await makeDeal(kind, server, {
        path: '/trade',
        body: {
          login: Number(demo.login),
          symbol: 'EURUSD',
          side: 'sell',
          volume: '0.10',
          openAt: new Date(Date.now() - 6_000).toISOString(),
          closeAt: new Date(Date.now() - 3_000).toISOString(),
        },
      });
      const kept = await until('its four deals', async () => {
        const row = await one<{ n: string; owned: string; posted: string }>(
          `select count(*)::text as n, count(d.client_id)::text as owned, min(t.posted_transaction) as posted
           from deal d join deal_ticket t using (server_id, ticket) where d.server_id = ? and d.login = ?`,
          [kind, demo.login],
        );
        return row?.n === '4' && row;
      });
      expect(kept).toEqual({ n: '4', owned: '0', posted: 'unowned' });
      expect(await mirrorOf(demo)).toBe(0n);
      expect(
        await stage.system((tx) => latestTask(tx, demo.id, 'foreign_balance_change')),
      ).toBeUndefined();
    });

    it('makes a swap-free log-in as the platform has it', async () => {
      const faithful = await seedClient(stage, { residence: 'AE' });
      const swapFree = await openAccount(stage, faithful, {
        platform: kind,
        accountType: 'swap_free',
      });
      expect(swapFree).toMatchObject({ swapFree: true, leverage: 200 });
      const shown = await server.account(swapFree.login);
      if (kind === 'ctrader') expect(shown).toMatchObject({ group: 'off-std/USD', swapFree: true });
      else expect(shown.group).toMatch(/off-usd-sf$/);
      // MetaTrader 5 keeps robots off by a right of the log-in (0x40).
      if (kind === 'mt5') expect(shown.rights & 0x40).toBe(0);
    });
  });

  it('moves an account from MetaTrader 4 to MetaTrader 5 with its money, once', async () => {
    const client = await seedClient(stage);
    await fund(stage, client, '3000.00');
    const old = await openAccount(stage, client, { platform: 'mt4' });
    await transferred(client, old, 'to_account', '2500.00');
    const { balanceMinor: walletMinor } = await walletOf(stage, client);
    const request = await inScope(stage.db, client.scope, (tx) =>
      askOfAccount(tx, old.id, { kind: 'migrate', platform: 'mt5' }),
    );
    const ended = await until('the migration', async () => {
      const found = await stage.system((tx) =>
        listAccountRequests(tx, { accountId: old.id, limit: 10 }),
      );
      const now = found.find(({ id }) => id === request.id);
      return (now?.state === 'done' || now?.state === 'refused') && now;
    });
    expect(ended).toMatchObject({ state: 'done' });
    const before = await stage.system((tx) => readAccount(tx, old.id));
    const after = await stage.system((tx) => readAccount(tx, ended.targetAccountId ?? ''));
    expect(before).toMatchObject({ state: 'archived', migratedTo: after.id });
    expect(after).toMatchObject({
      state: 'active',
      serverId: 'mt5',
      group: 'real\\off-usd-std',
      accountType: 'standard',
      migratedFrom: old.id,
    });
    const moves = await stage.system((tx) => transfersOfRequest(tx, request.id));
    expect(
      moves.map(({ direction, amountMinor, state }) => [direction, amountMinor, state]),
    ).toEqual([
      ['to_wallet', 250_000n, 'done'],
      ['to_account', 250_000n, 'done'],
    ]);
    expect(await stage.server('mt4').account(old.login)).toMatchObject({
      balance: '0.00',
      deals: 2,
    });
    expect(await stage.server('mt5').account(after.login ?? '')).toMatchObject({
      balance: '2500.00',
      deals: 1,
    });
    expect((await walletOf(stage, client)).balanceMinor).toBe(walletMinor);
    await until(
      'the old log-in to be blocked',
      async () =>
        (await stage.deps.platformFor('mt4').readAccount(old.login))?.access.loginEnabled === false,
    );
    expect(
      (await stage.system((tx) => eventsOfSubject(tx, old.id))).map(({ type }) => type),
    ).toContain('account.migrated');
  });

  it('refuses to move a demo account, and one that is there already', async () => {
    const client = await seedClient(stage);
    const live = await openAccount(stage, client, { platform: 'mt4' });
    const demo = await openAccount(stage, client, { platform: 'mt4', accountType: 'demo' });
    const reasonsOf = async (account: OpenAccount, platform: PlatformKind) => {
      const request = await inScope(stage.db, client.scope, (tx) =>
        askOfAccount(tx, account.id, { kind: 'migrate', platform }),
      );
      const refused = await until('the answer', async () => {
        const found = await stage.system((tx) =>
          listAccountRequests(tx, { accountId: account.id, limit: 10 }),
        );
        const now = found.find(({ id }) => id === request.id);
        return now?.state === 'refused' && now;
      });
      return refused.reasons;
    };
    expect(await reasonsOf(live, 'mt4')).toEqual(['SAME_PLATFORM']);
    expect(await reasonsOf(demo, 'mt5')).toEqual(['DEMO_ACCOUNT']);
  });

  it('leaves books that agree with all three servers', async () => {
    expect(await stage.faults()).toEqual([]);
  }, 60_000);
});
