import { inScope } from '../../db/connection';
import { eventsOfSubject } from '../../db/events';
import { type DueCheck, listGaps, nextCheck, recordCheck } from '../../db/feed-checks';
import { listBackfills } from '../../db/feed-health';
import { readBackfill, readFeed, requestBackfill, requestNightly } from '../../db/feeds';
import { readBalance } from '../../db/ledger';
import { listSymbols, measureSpreads } from '../../db/symbols';
import { latestTask, type Task } from '../../db/tasks';
import { requestTransfer } from '../../db/transfer-requests';
import { house, tradingLedger } from '../../domain/ledger/account';
import { parseAmount } from '../../domain/money';
import {
  colleague,
  decide,
  fund,
  openAccount,
  type OpenAccount,
  seedClient,
  type TestClient,
} from './people';
import { openStage, type Stage } from './stage';
import { until } from './until';

interface Deals {
  readonly deals: readonly Readonly<Record<string, string>>[];
}

describe('the deal feed of a server', () => {
  let stage: Stage;
  let client: TestClient;
  let account: OpenAccount;

  beforeAll(async () => {
    stage = await openStage();
    client = await seedClient(stage);
    await fund(stage, client, '50000.00');
    account = await openAccount(stage, client);
    await inScope(stage.db, client.scope, (tx) =>
      requestTransfer(tx, {
        accountId: account.id,
        direction: 'to_account',
        amount: { amountMinor: parseAmount('40000.00', 'USD'), currency: 'USD' },
      }),
    );
    await until('the money on the account', async () => (await mirror()) === 4_000_000n);
  }, 120_000);

  afterAll(() => stage.close());

  const login = () => Number(account.login);
  const of = () => ({ entityId: client.entityId, currency: 'USD' });

  /** The ledger's balance of the log-in. */
  async function mirror(): Promise<bigint> {
    const ledger = tradingLedger({ ...of(), clientId: client.id, accountId: account.id });
    return (await stage.system((tx) => readBalance(tx, ledger))).balanceMinor;
  }

  const suspense = async () =>
    (await stage.system((tx) => readBalance(tx, house('suspense', of(), 'mt5')))).balanceMinor;

  const serverBalance = async () =>
    parseAmount((await stage.mt5.account(account.login)).balance, 'USD');

  const one = async <Row>(sql: string, bindings: readonly string[] = []) =>
    ((await stage.system((tx) => tx.sql.raw(sql, bindings))) as { rows: Row[] }).rows[0];

  /** A trade that was opened and closed; answers the closing deal. */
  async function trade(body: object): Promise<Readonly<Record<string, string>>> {
    const { deals } = (await stage.mt5.control('POST', '/trade', {
      login: login(),
      symbol: 'EURUSD',
      side: 'buy',
      volume: '0.50',
      ...body,
    })) as Deals;
    const closing = deals.at(-1);
    if (!closing) throw new Error('no deal');
    return closing;
  }

  const ticketOf = (deal: Readonly<Record<string, string>>) => deal['Deal'] ?? '';

  async function posted(ticket: string): Promise<string | null | undefined> {
    const row = await one<{ posted: string | null }>(
      `select posted_transaction as posted from deal_ticket where server_id = 'mt5' and ticket = ?::bigint`,
      [ticket],
    );
    return row?.posted;
  }

  const isPosted = (ticket: string) =>
    until(`deal ${ticket} to be posted`, async () => Boolean(await posted(ticket)));

  async function readAgain(): Promise<void> {
    const id = await stage.system((tx) =>
      requestBackfill(tx, {
        serverId: 'mt5',
        fromAt: new Date(Date.now() - 30 * 86_400_000).toISOString(),
        toAt: new Date().toISOString(),
        reason: 'restored from a copy',
      }),
    );
    const listed = await stage.system((tx) => listBackfills(tx, { serverId: 'mt5', limit: 50 }));
    expect(listed.find((each) => each.id === id)).toMatchObject({ reason: 'restored from a copy' });
    await until(
      'the stretch to be read again',
      async () =>
        (await stage.system((tx) => readBackfill(tx, { serverId: 'mt5', id })))?.state === 'done',
    );
  }

  it('posts a deal within two seconds', async () => {
    const at = Date.now();
    const closing = await trade({
      openAt: new Date(at - 30_000).toISOString(),
      closeAt: new Date(at - 2_000).toISOString(),
    });
    await isPosted(ticketOf(closing));
    expect(Date.now() - at).toBeLessThan(2_500);
    expect(await mirror()).toBe(await serverBalance());
  });

  it('keeps what the server says of its symbols, and measures their spreads', async () => {
    const symbols = await until('the symbols', async () => {
      const found = await stage.system((tx) => listSymbols(tx, 'mt5'));
      return found.length > 0 && found;
    });
    expect(symbols.find(({ name }) => name === 'GER40')).toMatchObject({
      profitCurrency: 'EUR',
      digits: 1,
      contractSize: '1.00000000',
      group: 'Indices',
    });
    await stage.system(async (tx) => {
      await tx.sql.raw(`update feed set symbols_at = null`);
      await measureSpreads(tx, 'mt5');
    });
    const again = await stage.system((tx) => listSymbols(tx, 'mt5'));
    expect(
      Number(again.find(({ name }) => name === 'EURUSD')?.averageSpreadPoints),
    ).toBeGreaterThan(1);
  });

  it('keeps a month of its own for every month of deals', async () => {
    const row = await one<{ here: string }>(
      `select count(*)::text as here from deal_default`,
    ).catch(() => undefined);
    const month = new Date().toISOString().slice(0, 7).replace('-', '_');
    const made = await one<{ made: boolean }>(
      `select to_regclass('public.deal_${month}') is not null as made`,
    );
    expect(made?.made).toBe(true);
    // The application may not look into a partition past its table.
    expect(row).toBeUndefined();
  });

  it('posts what an edit changed once, and keeps what stood there before', async () => {
    const at = Date.now();
    const closing = await trade({
      openAt: new Date(at - 50_000).toISOString(),
      closeAt: new Date(at - 40_000).toISOString(),
    });
    const ticket = ticketOf(closing);
    await isPosted(ticket);
    const before = await mirror();
    const profit = parseAmount(closing['Profit'] ?? '', 'USD');
    await stage.mt5.control('POST', '/tamper', {
      kind: 'edit_deal',
      ticket: Number(ticket),
      profit: ((Number(profit) - 1_234) / 100).toFixed(2),
    });
    await readAgain();
    await until('the correction', async () => (await mirror()) === before - 1_234n);
    await readAgain();
    expect(await mirror()).toBe(before - 1_234n);
    const postings = await one<{ n: string; kinds: string }>(
      `select count(*)::text as n, string_agg(kind, ',' order by key) as kinds from ledger_transaction where key like ?`,
      [`deal/mt5/${ticket}%`],
    );
    expect(postings).toEqual({ n: '2', kinds: 'deal_result,deal_correction' });
    const events = await stage.system((tx) => eventsOfSubject(tx, `deal/mt5/${ticket}`));
    expect(events.map(({ type }) => type)).toEqual(['deal.edited']);
    expect(
      await one(
        `select revision, profit_minor::text as profit from deal_revision where ticket = ?::bigint`,
        [ticket],
      ),
    ).toEqual({ revision: 1, profit: profit.toString() });
    // The server's balance is put right as its administrator would.
    await stage.mt5.control('POST', '/tamper', {
      kind: 'balance',
      login: login(),
      amount: '-12.34',
    });
    expect(await mirror()).toBe(await serverBalance());
  });

  it('finds a deal that came long after its time in the night, and says so', async () => {
    const openAt = new Date(Date.now() - 5 * 3_600_000).toISOString();
    const closeAt = new Date(Date.now() - 4 * 3_600_000).toISOString();
    const ticket = ticketOf(await trade({ openAt, closeAt }));
    await until(
      'a reading',
      async () => (await stage.system((tx) => readFeed(tx, 'mt5'))).caughtUp,
    );
    await stage.system((tx) =>
      tx.sql.raw(`update feed set reread_at = now() - interval '25 hours' where server_id = 'mt5'`),
    );
    await stage.system(async (tx) => {
      await requestNightly(tx, 'mt5');
    });
    await isPosted(ticket);
    const events = await stage.system((tx) => eventsOfSubject(tx, `deal/mt5/${ticket}`));
    expect(events.map(({ type }) => type)).toEqual(['deal.late']);
    expect(await mirror()).toBe(await serverBalance());
  });

  it("puts a dealer's balance into suspense and asks about a dealer's credit, within a minute", async () => {
    const before = { mirror: await mirror(), suspense: await suspense() };
    await stage.mt5.control('POST', '/dealer-balance', {
      login: login(),
      amount: '-5.55',
      type: 5,
    });
    await until('the suspense', async () => (await suspense()) === before.suspense + 555n);
    await stage.mt5.control('POST', '/dealer-balance', {
      login: login(),
      amount: '100.00',
      type: 3,
    });
    const task = await until('the task', async () => {
      const found = await stage.system((tx) =>
        latestTask(tx, account.id, 'foreign_balance_change'),
      );
      return found?.content['kind'] === 'credit' && found;
    });
    expect(task.issue).toMatchObject([{ code: 'FOREIGN_CREDIT' }]);
    expect(await mirror()).toBe(before.mirror - 555n);
    expect(await suspense()).toBe(before.suspense + 555n);
  });

  it('finds what a log-in and its server differ in, and that it is mended', async () => {
    const look = () =>
      stage.system((tx) => tx.sql.raw(`update feed_check set due_at = now() where due_at > now()`));
    const gaps = () => stage.system((tx) => listGaps(tx, { serverId: 'mt5', limit: 10 }));
    const told = async () =>
      (await stage.system((tx) => eventsOfSubject(tx, account.id)))
        .map(({ type }) => type)
        .filter((type) => type.startsWith('feed.'));
    const agrees = async () => {
      await look();
      const row = await one<{ state: string }>(`select state from feed_check where login = ?`, [
        account.login,
      ]);
      return row?.state === 'agrees';
    };
    // What the tests above hid from the feed for a while may have been a gap of its own.
    await until('all to agree', agrees);
    const before = await told();
    await stage.mt5.control('POST', '/tamper', { kind: 'balance', login: login(), amount: '3.21' });
    const [gap] = await until('the gap', async () => {
      await look();
      const found = await gaps();
      return found.length > 0 && found;
    });
    expect(gap?.differences).toMatchObject({ balance: {} });
    await stage.mt5.control('POST', '/tamper', {
      kind: 'balance',
      login: login(),
      amount: '-3.21',
    });
    await until('the gap to be closed', async () => (await agrees()) && !(await gaps()).length);
    expect((await told()).slice(before.length)).toEqual(['feed.gap_found', 'feed.gap_closed']);
  });

  it('counts one of two looks at a log-in that were begun together', async () => {
    await stage.stopWorkers();
    await one(`update feed_check set due_at = now() - interval '1 hour' where login = ?`, [
      account.login,
    ]);
    const check = await stage.system((tx) => nextCheck(tx, 'mt5'));
    if (!check) throw new Error('no check is due');
    expect(check.login).toBe(account.login);
    const look = (checked: DueCheck) =>
      stage.system((tx) =>
        recordCheck(tx, 'mt5', checked, {
          differences: { balance: { here: '1', server: '2' } },
          startedAt: new Date().toISOString(),
        }),
      );
    expect(await Promise.all([look(check), look(check)])).toEqual(
      expect.arrayContaining(['looking', 'overtaken']),
    );
    expect(await look({ ...check, attempts: 1 })).toBe('looking');
  });

  it('loses and doubles nothing when its worker is killed three times', async () => {
    await stage.stopWorkers();
    const from = new Date(Date.now() - 20 * 86_400_000).toISOString();
    const to = new Date(Date.now() - 3_600_000).toISOString();
    await stage.mt5.control('POST', '/backfill', {
      login: login(),
      from,
      to,
      trades: 4_000,
      seed: 3,
    });
    await stage.system((tx) => requestBackfill(tx, { serverId: 'mt5', fromAt: from, toAt: to }));
    await stage.forkWorker('feed-worker');
    // Under way somewhere between the first page and the last posting.
    for (const waitMs of [300, 900, 1_700]) {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      await stage.supervisor.kill('feed-worker');
      await stage.supervisor.whenReady('feed-worker');
    }
    await until(
      'all of them',
      async () => {
        const { deals } = await stage.mt5.account(account.login);
        const row = await one<{ n: number }>(
          `select count(*)::int as n from deal_ticket where posted_transaction is not null`,
        );
        return row?.n === deals;
      },
      120_000,
    );
    expect(await mirror()).toBe(await serverBalance());
    expect(await stage.faults()).toEqual([]);
  }, 240_000);

  it('asks one person about a gap that lasts, or about deals that are gone at the server', async () => {
    const look = () =>
      stage.system((tx) => tx.sql.raw(`update feed_check set due_at = now() where due_at > now()`));
    const latest = () => stage.system((tx) => latestTask(tx, account.id, 'feed_gap'));
    const task = (what: string, is: (task: Task) => boolean) =>
      until(what, async () => {
        await look();
        const found = await latest();
        return found !== undefined && is(found) && found;
      });
    const asked = () =>
      one<{ n: string }>(`select count(*)::text as n from task where kind = 'feed_gap'`);
    const tamper = (amount: string) =>
      stage.mt5.control('POST', '/tamper', { kind: 'balance', login: login(), amount });
    const lasts = (minutes: number) =>
      stage.system((tx) => tx.sql.raw('update feed set gap_ask_minutes = ?', [minutes]));
    await tamper('1.11');
    await until('the gap', async () => {
      await look();
      return (await stage.system((tx) => listGaps(tx, { serverId: 'mt5', limit: 10 }))).length > 0;
    });
    expect(await latest()).toBeUndefined();
    await lasts(0);
    const lasting = await task('the task', () => true);
    expect(lasting).toMatchObject({
      state: 'open',
      content: { offBy: 'balance 111', deleted: [] },
    });
    await tamper('-1.11');
    await task('its end', ({ state }) => state === 'cancelled');
    await lasts(30);

    const at = Date.now();
    const closing = await trade({
      openAt: new Date(at - 9_000).toISOString(),
      closeAt: new Date(at - 8_000).toISOString(),
    });
    const ticket = ticketOf(closing);
    await isPosted(ticket);
    await stage.mt5.control('POST', '/tamper', { kind: 'delete_deal', ticket: Number(ticket) });
    const gone = await task('the task', ({ state }) => state === 'open');
    expect(gone.content['deleted']).toEqual([ticket]);
    expect(gone.issue[0]).toMatchObject({ code: 'DEALS_GONE', detail: `1: ${ticket}` });
    const events = await stage.system((tx) => eventsOfSubject(tx, account.id));
    expect(events.filter(({ type }) => type === 'feed.deals_gone')).toHaveLength(1);
    expect(await asked()).toEqual({ n: '2' });
    await decide(stage, colleague('operations'), gone, 'leave');
    await look();
    await until('another look', async () => {
      const row = await one<{ after: boolean }>(
        `select checked_at > (select decided_at from task where id = ?) as after from feed_check where login = ?`,
        [gone.id, account.login],
      );
      return row?.after;
    });
    expect(await asked()).toEqual({ n: '2' });
  });
});
