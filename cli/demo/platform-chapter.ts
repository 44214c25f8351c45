import { platformInWords } from '../../domain/account/words';
import { formatAmount, parseAmount } from '../../domain/money';
import { type PlatformKind, platformKinds } from '../../domain/trading/capabilities';
import { control } from './foreign';
import { list, text, until } from './http';
import { inState, recordMoney, serverDeals, transfer } from './money';
import type { Client } from './onboarding-chapter';
import type { Report } from './report';
import type { Staff } from './staff';
import type { Person, World } from './world';

const currency = 'USD';
const broughtIn = '150.00';
const takenBack = '50.00';

interface Opened {
  readonly kind: PlatformKind;
  readonly id: string;
  readonly entityId: string;
  readonly login: string;
}

/**
 * An account on each platform: money moves there once and back, a trade is read and posted from each; the one on
 * MetaTrader 4 then moves to MetaTrader 5 with its balance. A demo account on cTrader touches no books.
 */
export async function usePlatforms(
  world: World,
  staff: Staff,
  report: Report,
  client: Client,
): Promise<void> {
  report.chapter('Three platforms');
  const accounts = await Promise.all(
    platformKinds.map((kind) => openOn(client.person, kind, 'standard')),
  );
  await Promise.all(
    accounts.map((account) => moveAndTrade(world, staff, report, { client, account })),
  );
  const old = accounts.find(({ kind }) => kind === 'mt4');
  if (!old) throw new Error('there is no account on MetaTrader 4');
  await Promise.all([
    migrate(world, report, { client, old }),
    playMoney(world, report, client.person),
  ]);
}

async function openOn(
  person: Person,
  kind: PlatformKind,
  accountType: 'standard' | 'demo',
): Promise<Opened> {
  const asked = await person.post('/api/v1/accounts', { accountType, currency, platform: kind });
  const id = text(asked, 'id');
  const account = await inState(person, `/api/v1/accounts/${id}`, ['active']);
  if (account['server'] !== kind) throw new Error(`policy put an account for ${kind} elsewhere`);
  return { kind, id, entityId: text(account, 'entityId'), login: text(account, 'login') };
}

async function moveAndTrade(
  world: World,
  staff: Staff,
  report: Report,
  { client: { person }, account }: { client: Client; account: Opened },
): Promise<void> {
  const { kind, id, login } = account;
  const ended = async (direction: 'to_account' | 'to_wallet', amount: string) => {
    const asked = await transfer(person, id, direction, { amount, currency });
    return inState(person, `/api/v1/transfers/${asked}`, ['done', 'refused']);
  };
  recordMoney(report, `platform.${kind}.toAccount`, await ended('to_account', broughtIn));
  recordMoney(report, `platform.${kind}.toWallet`, await ended('to_wallet', takenBack));
  const moved = await serverDeals(world, login, kind);
  if (moved.deals !== 2) throw new Error(`${kind} has ${moved.deals} deals for two transfers`);
  const openAt = new Date(Date.now() - 20_000);
  await control(world.addresses.control[kind], '/trade', {
    ...{ login: Number(login), symbol: 'EURUSD', side: 'buy', volume: '0.05' },
    openAt: openAt.toISOString(),
    closeAt: new Date(openAt.getTime() + 15_000).toISOString(),
  });
  const after = await serverDeals(world, login, kind);
  await until(`the trade on ${kind} to be posted`, async () =>
    (await booked(staff.finance1, account)) === after.balance ? true : undefined,
  );
  const result = parseAmount(after.balance, currency) - parseAmount(moved.balance, currency);
  report.step(
    `dora: an account on ${platformInWords(kind)}: in once, back once, a trade read and posted`,
    `log-in ${login}, two operations, trade ${formatAmount(result, currency)} ${currency}; server and ledger say ${after.balance}`,
  );
  report.record(`platform.${kind}.account`, { operations: moved.deals, agrees: after.agrees });
}

/** What the ledger has of an account after its newest entry. */
async function booked(finance: Person, { id, entityId }: Opened): Promise<string | undefined> {
  const account = `${entityId}/trading/${id}/${currency}`;
  const page = await finance.get(`/api/v1/ledger/entries?account=${account}&limit=1`);
  const [newest] = list(page, 'data');
  const after = newest?.['balanceAfter'];
  return typeof after === 'object' && after !== null && 'amount' in after
    ? String(after.amount)
    : undefined;
}

async function migrate(
  world: World,
  report: Report,
  { client: { person }, old }: { client: Client; old: Opened },
): Promise<void> {
  const before = await serverDeals(world, old.login, old.kind);
  const asked = await person.post(`/api/v1/accounts/${old.id}/requests`, {
    kind: 'migrate',
    platform: 'mt5',
  });
  const request = await inState(person, `/api/v1/account-requests/${text(asked, 'id')}`, [
    'done',
    'refused',
  ]);
  const target = await person.get(`/api/v1/accounts/${text(request, 'targetAccountId')}`);
  const [left, arrived] = await Promise.all([
    serverDeals(world, old.login, 'mt4'),
    serverDeals(world, text(target, 'login'), 'mt5'),
  ]);
  if (arrived.balance !== before.balance || arrived.deals !== 1 || left.balance !== '0.00')
    throw new Error(`${before.balance} left, ${arrived.balance} arrived in ${arrived.deals} deals`);
  report.step(
    'dora: the account on MetaTrader 4 moved to MetaTrader 5 with its balance, once',
    `log-in ${old.login} has 0.00 and is archived; log-in ${text(target, 'login')} has ${arrived.balance}`,
  );
  report.record('platform.migration', {
    request: request['state'],
    old: (await person.get(`/api/v1/accounts/${old.id}`))['state'],
    new: target['state'],
    group: target['group'],
  });
}

async function playMoney(world: World, report: Report, person: Person): Promise<void> {
  const demo = await openOn(person, 'ctrader', 'demo');
  const { balance } = await until('the play money', async () => {
    const account = await serverDeals(world, demo.login, 'ctrader');
    return account.deals > 0 ? account : undefined;
  });
  const refused = await person.refused(422, '/api/v1/transfers', {
    accountId: demo.id,
    direction: 'to_wallet',
    amount: { amount: '1.00', currency },
  });
  report.step(
    'dora: a demo account has play money that stands in no books',
    `log-in ${demo.login} has ${balance}; taking it out: 422 ${String(refused['code'])}`,
  );
  report.record('platform.demo', { balance, refused: refused['code'] });
}
