import { postDeals } from '../../activities/deal-posting';
import {
  type SimulatorProcess,
  startSimulator,
} from '../../connectors/trading/mt5/testing/simulator-process';
import type { TradingPlatform } from '../../connectors/trading/port';
import { tokenOf } from '../../domain/trading/token';
import { openScratch, past, type Scratch } from '../../tests/proofs/scratch';
import {
  seedAccount,
  seedClient,
  seedDeposit,
  seedEntities,
  seedLimits,
  serverId,
} from '../../tests/proofs/seed';
import { ingestDeals } from '../deals';
import { markSending, planIntent, recordOutcome } from '../intents';
import { requestTransfer } from '../transfer-requests';
import { completeTransfer } from '../transfer-end';
import { proveServers } from './servers';

let simulator: SimulatorProcess;
let platform: TradingPlatform;
let scratch: Scratch;
let login: string;
let operation: { intent: string; ticket: string };
let clients = 0;

beforeAll(async () => {
  simulator = await startSimulator(['--seed', '1']);
  platform = simulator.connect();
}, 60_000);

afterAll(async () => {
  await simulator.stop();
});

/** An account with 500.00 moved to it, a trade of last week, and a feed that has read it all. */
beforeEach(async () => {
  scratch = await openScratch();
  clients += 1;
  const group = 'real\\off-usd-std';
  const person = { firstName: 'A', lastName: 'B', email: 'a@example.test', leverage: 100 };
  const made = await platform.createAccount({ accountId: `acc_${clients}`, group, ...person });
  if (made.kind !== 'done') throw new Error(made.reason);
  login = made.login;
  operation = await scratch.asSystem(async (tx) => {
    await seedEntities(tx);
    await seedLimits(tx);
    const client = await seedClient(tx, 'cy');
    await seedDeposit(tx, client, 100_000n);
    const account = await seedAccount(tx, client, login);
    const amount = { amountMinor: 50_000n, currency: 'USD' };
    const transfer = await requestTransfer(tx, {
      accountId: account,
      direction: 'to_account',
      amount,
    });
    const plan = {
      workflowId: `transfer/${transfer.id}`,
      step: 'platform',
      kind: 'balance_operation' as const,
      target: serverId,
      reference: login,
      ...client,
      ...amount,
    };
    const intent = await planIntent(tx, plan, tokenOf);
    await markSending(tx, intent);
    const token = tokenOf(intent.id);
    const moved = await platform.balanceOperation({
      login,
      token,
      amount,
      kind: 'balance',
      checkMargin: true,
    });
    if (moved.kind !== 'done') throw new Error(moved.reason);
    await recordOutcome(tx, intent, { kind: 'done', externalId: moved.ticket });
    await completeTransfer(tx, transfer.id, moved.ticket);
    return { intent: intent.id, ticket: moved.ticket };
  });
  const day = 86_400_000;
  await simulator.control('POST', '/trade', {
    login: Number(login),
    symbol: 'EURUSD',
    side: 'buy',
    volume: '0.1',
    openAt: new Date(Date.now() - 7 * day).toISOString(),
    closeAt: new Date(Date.now() - 6 * day).toISOString(),
  });
  await feed();
});

afterEach(() => scratch.close());

/** What the deal feed does, until it has caught up. The server's present second is read once it is over. */
async function feed(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const serverTime = Math.floor(Date.now() / 1000) - 30 * 86_400;
  const page = await platform.dealsSince({ serverTime }, { overlapSeconds: 0, limit: 10_000 });
  await scratch.asSystem(async (tx) => {
    await ingestDeals(tx, serverId, page.deals);
    await postDeals(tx, serverId, 1_000);
  });
}

async function found(): Promise<string[]> {
  const options = { readerFor: () => platform, attempts: 2, waitMs: 1_100 };
  const { faults } = await proveServers(scratch.db, options);
  return faults.map(({ thing, detail }) => `${thing}: ${detail}`);
}

describe('the proof of the servers', () => {
  it('holds where the feed has posted what the server has', async () => {
    const options = { readerFor: () => platform, attempts: 2, waitMs: 1_100 };
    const result = await proveServers(scratch.db, options);
    expect(result.faults).toEqual([]);
    expect(result.checks.at(-1)).toMatchObject({ count: 1 });
    expect(result.notes).toContain('3 deals of the servers were compared');
  });

  it('says which log-ins it could not compare', async () => {
    const result = await proveServers(scratch.db, { readerFor: () => undefined });
    expect(result.notes).toContain(
      '1 log-ins of mt5-test were not compared: the server is not configured here',
    );
  });

  it('names a deal that the feed never brought', async () => {
    const answer = (await simulator.control('POST', '/dealer-balance', {
      login: Number(login),
      amount: '12.34',
      comment: 'by hand',
    })) as { ticket: string };
    expect(await found()).toEqual([
      expect.stringMatching(new RegExp(`^mt5-test log-in ${login}: the server says \\d+`)),
      `mt5-test deal ${answer.ticket}: is not known here`,
      `mt5-test deal ${answer.ticket}: moved 1234 minor units, the ledger says 0`,
    ]);
    // Once it is brought, it stands in suspense with a task, and the proof holds.
    await feed();
    expect(await found()).toEqual([]);
    await scratch.asOwner(`delete from task where kind = 'foreign_balance_change'`);
    expect(await found()).toEqual([
      expect.stringMatching(/^ltx_.*: deal mt5-test\/\d+ went to suspense and nobody was asked$/),
    ]);
  });

  it('names play money that stands in the books, and the database takes no more of it', async () => {
    await scratch.asOwner('update trading_account set demo = true');
    const rule = 'play money is nowhere in the books';
    const { faults } = await proveServers(scratch.db, { readerFor: () => platform });
    expect(faults.filter((fault) => fault.rule === rule).map(({ detail }) => detail)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^is a demo account and has the ledger account /),
        `of the demo log-in ${login} belongs to a client`,
      ]),
    );
    await expect(
      scratch.asOwner(
        `insert into transfer (id, entity_id, client_id, account_id, direction, purpose, amount_minor, currency, state)
         select 'x', entity_id, client_id, id, 'to_wallet', 'client', 1, currency, 'requested' from trading_account`,
      ),
    ).rejects.toMatchObject({ code: '23514' });
  });

  it('names an operation that was applied twice', async () => {
    const answer = (await simulator.control('POST', '/dealer-balance', {
      login: Number(login),
      amount: '500.00',
      comment: tokenOf(operation.intent),
    })) as { ticket: string };
    expect(await found()).toContain(
      `mt5-test deal ${answer.ticket}: carries the mark of ${operation.intent}, which is done as deal ${operation.ticket}`,
    );
  });

  it('names an operation that says done and is not on the server', async () => {
    await simulator.control('POST', '/tamper', {
      kind: 'delete_deal',
      ticket: Number(operation.ticket),
    });
    expect(await found()).toEqual([
      `mt5-test log-in ${login}: the server’s balance and its own history disagree`,
      `mt5-test deal ${operation.ticket}: is posted with 50000 minor units and is not on the server`,
      `${operation.intent}: says done as deal ${operation.ticket}, which the server does not have`,
    ]);
  });

  it('names a log-in whose balance was changed at the server', async () => {
    await simulator.control('POST', '/tamper', {
      kind: 'balance',
      login: Number(login),
      amount: '1.00',
    });
    expect(await found()).toEqual([
      expect.stringMatching(
        new RegExp(
          `^mt5-test log-in ${login}: the server says \\d+ minor units of USD, the ledger`,
        ),
      ),
      `mt5-test log-in ${login}: the server’s balance and its own history disagree`,
    ]);
  });

  it('names a deal that the ledger has at another amount', async () => {
    await scratch.asOwner(
      past(
        'ledger_entry',
        `update ledger_entry set amount = amount + 1 where account_id like 'cy/trading/%'
           and transaction_id in (select id from ledger_transaction where kind = 'deal_result')`,
      ),
    );
    expect(await found()).toEqual([
      expect.stringMatching(/^mt5-test deal \d+: moved -?\d+ minor units, the ledger says -?\d+$/),
      expect.stringMatching(/^mt5-test deal \d+: moved -?\d+ minor units, the ledger says -?\d+$/),
    ]);
  });

  it('names a log-in that the server does not have', async () => {
    await scratch.asOwner(`update trading_account set login = '999999'`);
    expect(await found()).toEqual(['mt5-test log-in 999999: is not on the server']);
  });

  it('names a deal that was brought and never settled', async () => {
    await scratch.asOwner(
      `update deal set seen_at = now() - interval '1 hour';
       update deal_ticket set posted_transaction = null where ticket = ${operation.ticket}`,
    );
    expect(await found()).toEqual(
      expect.arrayContaining([
        expect.stringContaining(
          `mt5-test deal ${operation.ticket}: of log-in ${login} is not posted since`,
        ),
        `mt5-test deal ${operation.ticket}: is not posted`,
      ]),
    );
  });
});
