import { Client } from 'pg';
import { control } from '../../cli/demo/foreign';
import { list } from '../../cli/demo/http';
import type { World } from '../../cli/demo/world';
import type { Trader } from './clients';

/** For tests only: what everybody has in the end, by alias; and what the books say of it. */
export interface Books {
  readonly wallets: Readonly<Record<string, string>>;
  /** Of each account: balance and number of balance deals on the server, and the ledger's balance. */
  readonly accounts: Readonly<Record<string, { server: string; deals: number; ledger: string }>>;
}

/** Read as the owner of the database, and at the simulated server itself. */
export async function readBooks(
  ownerUrl: string,
  world: World,
  traders: readonly Trader[],
): Promise<Books> {
  const servers = await control(world.addresses.control.mt5, '/state');
  const logins = new Map(list(servers, 'accounts').map((each) => [String(each['login']), each]));
  const client = new Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ account: string; login: string; ledger: string }>(
      `select a.id as account, a.login, coalesce(l.balance, 0)::text as ledger from trading_account a
       left join ledger_account l on l.code = 'trading' and l.owner = a.id`,
    );
    const known = new Map(rows.map((row) => [row.account, row]));
    const { rows: wallets } = await client.query<{ account: string; balance: string }>(
      `select a.id as account, l.balance::text from trading_account a
       join ledger_account l on l.code = 'wallet' and l.owner = a.client_id and l.currency = a.currency`,
    );
    const walletOf = new Map(wallets.map((row) => [row.account, row.balance]));
    const accounts: Record<string, { server: string; deals: number; ledger: string }> = {};
    for (const { id, alias } of traders.flatMap((trader) => trader.accounts)) {
      const row = known.get(id);
      const there = logins.get(row?.login ?? '');
      if (!row || !there) throw new Error(`${alias} is not there`);
      accounts[alias] = {
        server: String(there['balance']),
        deals: Number(there['deals']),
        ledger: row.ledger,
      };
    }
    return {
      wallets: Object.fromEntries(
        traders.map(({ alias, accounts: [first] }) => [alias, walletOf.get(first?.id ?? '') ?? '']),
      ),
      accounts,
    };
  } finally {
    await client.end();
  }
}
