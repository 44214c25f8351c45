import { formatAmount, parseAmount } from '../../domain/money';
import { control } from './foreign';
import { list, text } from './http';
import {
  decide,
  depositByCard,
  inState,
  providerState,
  recordMoney,
  serverDeals,
  taskAbout,
  transfer,
} from './money';
import type { Client } from './onboarding-chapter';
import type { Report } from './report';
import type { Staff } from './staff';
import type { World } from './world';

/** Money comes in, reaches the account exactly once, comes back, and leaves by two people. */
export async function moveMoney(
  world: World,
  report: Report,
  { anna, dora }: { anna: Client; dora: Client },
): Promise<void> {
  report.chapter('Money comes in and reaches the trading server exactly once');
  await Promise.all([
    depositTwiceTold(world, report, anna),
    depositByCard(world, dora.person, { amount: '6000.00', currency: 'USD' }),
  ]);
  await Promise.all([lostReply(world, report, anna), plainTransfer(report, dora)]);
}

async function depositTwiceTold(world: World, report: Report, anna: Client): Promise<void> {
  const amount = { amount: '20000.00', currency: 'EUR' };
  const id = await depositByCard(world, anna.person, amount, {
    fault: { kind: 'webhook_twice', times: 1 },
  });
  const deposit = await inState(anna.person, `/api/v1/deposits/${id}`, ['credited']);
  report.step(
    'anna: a card deposit whose webhook came twice was credited once',
    `${amount.amount} ${amount.currency}, state ${String(deposit['state'])}, ledger key deposit/<id>`,
  );
  recordMoney(report, 'anna.deposit', deposit);
}

async function lostReply(world: World, report: Report, anna: Client): Promise<void> {
  const before = await serverDeals(world, anna.login);
  await control(world.addresses.control.mt5, '/faults', {
    kind: 'lose_reply_after_apply',
    login: Number(anna.login),
    times: 1,
  });
  const amount = { amount: '10000.00', currency: 'EUR' };
  const id = await transfer(anna.person, anna.accountId, 'to_account', amount);
  const done = await inState(anna.person, `/api/v1/transfers/${id}`, ['done', 'refused']);
  const after = await serverDeals(world, anna.login);
  if (after.deals - before.deals !== 1)
    throw new Error(`the server has ${after.deals - before.deals} deals for one transfer`);
  report.step(
    'anna: the reply to a balance operation was lost after it was applied; it was found and not repeated',
    `one deal on the server, ticket ${String(done['ticket'])}, balance ${after.balance}`,
  );
  recordMoney(report, 'anna.toAccount', done);
}

async function plainTransfer(report: Report, dora: Client): Promise<void> {
  const id = await transfer(dora.person, dora.accountId, 'to_account', {
    amount: '4000.00',
    currency: 'USD',
  });
  recordMoney(
    report,
    'dora.toAccount',
    await inState(dora.person, `/api/v1/transfers/${id}`, ['done', 'refused']),
  );
}

/** Last month's trades, as two traders made them, at the market's own prices of that time. */
export async function tradeLastMonth(
  world: World,
  staff: Staff,
  report: Report,
  clients: readonly Client[],
): Promise<string> {
  report.chapter('A month of trades');
  const now = new Date();
  const from = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1));
  const to = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
  let trades = 0;
  for (const [position, client] of clients.entries()) {
    for (const plan of tradePlan(from, position)) {
      await control(world.addresses.control.mt5, '/trade', {
        login: Number(client.login),
        ...plan,
      });
      trades += 1;
    }
  }
  const [winner] = clients;
  if (winner) trades += await win(world, winner, from);
  const asked = await staff.operations.post('/api/v1/servers/mt5/backfills', {
    from: from.toISOString(),
    to: to.toISOString(),
  });
  const done = await inState(
    staff.operations,
    `/api/v1/servers/mt5/backfills/${text(asked, 'id')}`,
    ['done'],
  );
  report.step(
    `${trades} trades of last month, read again by operations' request`,
    `${String(done['deals'])} deals new to the record, each posted once by ticket`,
  );
  report.record('trades', { made: trades });
  return from.toISOString().slice(0, 7);
}

/** What the first account must end above, so that her wallet ends above what her card gave. */
const winUntilMinor = 10_500_00n;

/** Lucky days: a small trade shows which side of the same hours wins. */
async function win(world: World, client: Client, from: Date): Promise<number> {
  const balance = async () => parseAmount((await serverDeals(world, client.login)).balance, 'EUR');
  let trades = 0;
  for (let day = 15; day <= 27 && (await balance()) < winUntilMinor; day += 1) {
    const openAt = new Date(from.getTime() + day * 86_400_000 + 8 * 3_600_000);
    // The market rests on weekends.
    if (openAt.getUTCDay() === 0 || openAt.getUTCDay() >= 5) continue;
    const hours = {
      openAt: openAt.toISOString(),
      closeAt: new Date(openAt.getTime() + 30 * 3_600_000).toISOString(),
    };
    const trade = (side: string, volume: number) =>
      control(world.addresses.control.mt5, '/trade', {
        login: Number(client.login),
        symbol: 'EURUSD',
        side,
        volume,
        ...hours,
      });
    const before = await balance();
    await trade('buy', 0.05);
    await trade((await balance()) > before ? 'buy' : 'sell', 1.5);
    trades += 2;
  }
  return trades;
}

/** A trade each weekday of the first two weeks, in sizes that a small account bears. */
function tradePlan(from: Date, client: number): Readonly<Record<string, unknown>>[] {
  const symbols = ['EURUSD', 'GBPUSD', 'USDJPY', 'AUDUSD'];
  const plans = [];
  for (let day = 1; day <= 14; day += 1) {
    const at = new Date(from.getTime() + day * 86_400_000);
    if (at.getUTCDay() === 0 || at.getUTCDay() === 6) continue;
    const openAt = new Date(at.getTime() + (9 + (day % 5)) * 3_600_000 + client * 600_000);
    plans.push({
      symbol: symbols[(day + client) % symbols.length],
      side: (day + client) % 2 === 0 ? 'buy' : 'sell',
      volume: [0.5, 0.6, 0.4, 0.7][(day + client) % 4],
      openAt: openAt.toISOString(),
      closeAt: new Date(openAt.getTime() + (30 + day * 11) * 60_000).toISOString(),
    });
  }
  return plans;
}

/** Back to the wallet, then out: to the card, the excess to a bank, by two people. */
export async function withdraw(
  world: World,
  staff: Staff,
  report: Report,
  anna: Client,
): Promise<void> {
  report.chapter('Money goes back to where it came from');
  const keepMinor = 50_00n;
  const backMinor = parseAmount((await serverDeals(world, anna.login)).balance, 'EUR') - keepMinor;
  const back = await transfer(anna.person, anna.accountId, 'to_wallet', {
    amount: formatAmount(backMinor, 'EUR'),
    currency: 'EUR',
  });
  recordMoney(
    report,
    'anna.toWallet',
    await inState(anna.person, `/api/v1/transfers/${back}`, ['done', 'refused']),
  );
  const bank = await anna.person.post('/api/v1/payment-sources', {
    holderName: 'Anna Maria Sample',
    country: 'DE',
    iban: 'DE89370400440532013000',
  });
  // The whole wallet: more than the card gave, since she has won; and above the rolling limit two people decide.
  const amount = { amount: formatAmount(10_000_00n + backMinor, 'EUR'), currency: 'EUR' };
  const made = await anna.person.post('/api/v1/withdrawals', {
    amount,
    bankAccountId: text(bank, 'id'),
  });
  const tooMuch = await anna.person.refused(422, '/api/v1/withdrawals', {
    amount: { amount: '999999.00', currency: 'EUR' },
  });
  const id = text(made, 'id');
  await inState(anna.person, `/api/v1/withdrawals/${id}`, ['in_review']);
  const task = await taskAbout(staff.finance1, 'withdrawal_approval', id);
  const taskId = text(task, 'id');
  await decide(staff.finance1, taskId, 'approve', 'return to source checked');
  const present = await staff.finance1.get(`/api/v1/tasks/${taskId}`);
  let second = 'one approval was enough';
  if (present['state'] === 'open') {
    const problem = await staff.finance1.refused(409, `/api/v1/tasks/${taskId}/decision`, {
      decision: 'approve',
      reason: 'again',
      expectedVersion: present['version'],
      contentHash: present['contentHash'],
    });
    second = `the same person a second time: 409 ${String(problem['code'])}`;
    await decide(staff.finance2, taskId, 'approve', 'second pair of eyes');
  } else {
    throw new Error('the withdrawal above the rolling limit asked for one approval only');
  }
  const paid = await inState(
    anna.person,
    `/api/v1/withdrawals/${id}`,
    ['paid', 'partly_paid', 'failed'],
    120_000,
  );
  const legs = list(paid, 'legs').map(
    (leg) => `${String(leg['kind'])} ${JSON.stringify(leg['amount'])} ${String(leg['state'])}`,
  );
  const provider = await providerState(world);
  report.step(
    'anna: a withdrawal above the limit was approved by two people and paid back to its source',
    `${second}; ${legs.join(', ')}`,
  );
  report.note(
    `more than the wallet holds: 422 ${String(tooMuch['code'])}; refunds at the provider: ${list(provider, 'refunds').length}`,
  );
  recordMoney(report, 'anna.withdrawal', paid);
  report.record(
    'anna.withdrawal.legs',
    list(paid, 'legs').map((leg) => ({
      kind: leg['kind'],
      amount: leg['amount'],
      state: leg['state'],
    })),
  );
}
