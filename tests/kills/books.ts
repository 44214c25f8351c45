import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { control } from '../../cli/demo/foreign';
import { list, until } from '../../cli/demo/http';
import { workInFlight } from '../../cli/demo/work-in-flight';
import type { World } from '../../cli/demo/world';
import { type PlatformKind, platformKinds } from '../../domain/trading/capabilities';
import type { KnownAccount, Trader } from './clients';

/** For tests only: an account in the end, in the record and on its server. */
export interface AccountInTheEnd {
  readonly platform: string;
  readonly state: string;
  readonly access: string;
  readonly group: string;
  readonly leverage: number;
  readonly accountType: string;
  readonly ledger: string;
  readonly server: {
    readonly balance: string;
    /** Each of them is a balance operation: nobody trades here. */
    readonly deals: number;
    readonly group: string;
    readonly leverage: number;
    readonly rights: number;
    /** Whether the password is the one that its holder set last; null where none was set. */
    readonly passwordFits: boolean | null;
  };
  /** What was asked of it, by kind and end, each with its number; and the events that tell of it. */
  readonly requests: Readonly<Record<string, number>>;
  readonly events: Readonly<Record<string, number>>;
  /** Changes of the log-in that the server has carried out, by kind. */
  readonly writes: Readonly<Record<string, number>>;
}

/** For tests only: what everybody has in the end, by alias; and what the books say of it. */
export interface Books {
  readonly wallets: Readonly<Record<string, string>>;
  readonly accounts: Readonly<Record<string, AccountInTheEnd>>;
  /** What was sent outside and has no end. */
  readonly openIntents: readonly string[];
  /** Log-ins on the servers that no account of ours has. */
  readonly strangers: readonly string[];
}

interface Row {
  readonly id: string;
  readonly server_id: string;
  readonly login: string;
  readonly state: string;
  readonly access: string;
  readonly group_name: string;
  readonly leverage: number;
  readonly account_type: string;
  readonly ledger: string;
  readonly wallet: string;
}

interface Count {
  readonly of: string;
  readonly what: string;
  readonly n: number;
}

/** Nothing is being worked at and nothing is on its way: what is then in the books stays there. */
export async function whenAllRests(ownerUrl: string): Promise<void> {
  await until(
    'everything to rest',
    async () => {
      const atWork = await workInFlight(ownerUrl).catch(() => 1);
      return atWork === 0 && (await openIntents(ownerUrl)).length === 0 ? true : undefined;
    },
    240_000,
  );
}

/** Read as the owner of the database, and at the simulated servers themselves. */
export async function readBooks(
  ownerUrl: string,
  world: World,
  traders: readonly Trader[],
): Promise<Books> {
  const servers = new Map(
    await Promise.all(
      platformKinds.map(async (kind) => {
        const state = await control(world.addresses.control[kind], '/state');
        const logins = list(state, 'accounts').map(
          (each) => [String(each['login']), each] as const,
        );
        return [kind, new Map(logins)] as const;
      }),
    ),
  );
  const { rows, counts } = await readRecord(ownerUrl);
  const ours = new Set(rows.map(({ server_id, login }) => `${server_id} ${login}`));
  const known = new Map(rows.map((row) => [row.id, row]));
  const accounts: Record<string, AccountInTheEnd> = {};
  for (const account of traders.flatMap(({ everOpened }) => everOpened)) {
    const row = known.get(account.id);
    const platform = platformKinds.find((kind) => kind === row?.server_id);
    const there = platform && servers.get(platform)?.get(row?.login ?? '');
    if (!row || !there) throw new Error(`${account.alias} is not there`);
    accounts[account.alias] = {
      platform,
      state: row.state,
      access: row.access,
      group: row.group_name,
      leverage: row.leverage,
      accountType: row.account_type,
      ledger: row.ledger,
      server: {
        balance: String(there['balance']),
        deals: Number(there['deals']),
        group: String(there['group']),
        leverage: Number(there['leverage']),
        rights: Number(there['rights']),
        passwordFits: await passwordFits(world, { account, platform, login: row.login }),
      },
      requests: countsOf(counts.requests, row.id),
      events: countsOf(counts.events, row.id),
      writes: countsOf(counts.writes, `account/${row.id}`),
    };
  }
  return {
    wallets: Object.fromEntries(
      traders.map(({ alias, everOpened: [first] }) => [
        alias,
        known.get(first?.id ?? '')?.wallet ?? '',
      ]),
    ),
    accounts,
    openIntents: await openIntents(ownerUrl),
    strangers: platformKinds.flatMap((kind) =>
      [...(servers.get(kind)?.keys() ?? [])]
        .map((login) => `${kind} ${login}`)
        .filter((login) => !ours.has(login)),
    ),
  };
}

async function readRecord(ownerUrl: string) {
  return asOwner(ownerUrl, async (client) => {
    const { rows } = await client.query<Row>(
      `select a.id, a.server_id, a.login, a.state, a.access, a.group_name, a.leverage, a.account_type,
         coalesce(l.balance, 0)::text as ledger, coalesce(w.balance, 0)::text as wallet
       from trading_account a
       left join ledger_account l on l.code = 'trading' and l.owner = a.id
       left join ledger_account w on w.code = 'wallet' and w.owner = a.client_id and w.currency = a.currency`,
    );
    const count = async (sql: string) => (await client.query<Count>(sql)).rows;
    return {
      rows,
      counts: {
        requests: await count(
          `select account_id as of, kind || ' ' || state as what, count(*)::int as n from account_request group by 1, 2`,
        ),
        events: await count(
          `select subject as of, type as what, count(*)::int as n from event where type like 'account.%' group by 1, 2`,
        ),
        writes: await count(
          `select workflow_id as of, kind as what, count(*)::int as n from intent
           where workflow_id like 'account/%' and state = 'done' group by 1, 2`,
        ),
      },
    };
  });
}

function openIntents(ownerUrl: string): Promise<string[]> {
  return asOwner(ownerUrl, async (client) => {
    const { rows } = await client.query<{ id: string; step: string; state: string }>(
      `select id, step, state from intent where state not in ('done', 'refused', 'absent') order by id`,
    );
    return rows.map(({ id, step, state }) => `${id} ${step}: ${state}`);
  });
}

async function asOwner<T>(ownerUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function countsOf(counts: readonly Count[], of: string): Record<string, number> {
  return Object.fromEntries(
    counts.filter((count) => count.of === of).map(({ what, n }) => [what, n]),
  );
}

async function passwordFits(
  world: World,
  {
    account: { password },
    platform,
    login,
  }: { account: KnownAccount; platform: PlatformKind; login: string },
): Promise<boolean | null> {
  if (password === undefined) return null;
  const sent = platform === 'ctrader' ? createHash('md5').update(password).digest('hex') : password;
  const { fits } = await control(world.addresses.control[platform], '/check-password', {
    login: Number(login),
    password: sent,
  });
  return fits === true;
}
