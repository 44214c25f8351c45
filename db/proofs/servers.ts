import type { AccountReading } from '../../domain/trading/account';
import type { Deal } from '../../domain/trading/deal';
import type { BalanceCheck } from '../../domain/trading/outcome';
import { rows, utc, type Database, type Tx } from '../connection';
import { inSnapshot } from '../snapshot';
import { checkRules, Proof, type ProofFault, type ProofResult, type SqlRule } from './report';
import { compareLogin, type LoginLedger, type LoginServer } from './servers-compare';

/** What the proof reads of a trading server; the trading port is one. */
export interface ServerReader {
  readAccount(login: string): Promise<AccountReading | null>;
  balanceCheck(login: string): Promise<BalanceCheck>;
  dealsSince(
    watermark: { readonly serverTime: number },
    options: { overlapSeconds: number; limit: number; logins: readonly string[] },
  ): Promise<{
    readonly deals: readonly Deal[];
    readonly watermark: { readonly serverTime: number };
    readonly caughtUp: boolean;
  }>;
}

export interface ServersOptions {
  /** The server's reader; undefined when it is not configured here, which is noted. */
  readonly readerFor: (serverId: string) => ServerReader | undefined;
  /**
   * Deals are made while we read, and the feed is a moment behind: what differs is looked at this
   * often, `waitMs` apart, before it counts.
   */
  readonly attempts?: number;
  readonly waitMs?: number;
}

interface Login {
  readonly accountId: string;
  readonly serverId: string;
  readonly login: string;
  readonly entityId: string;
  readonly currency: string;
  readonly createdAt: string;
}

const rule = 'every log-in’s balance and deals are the ledger’s, each deal posted once';

/**
 * Proves that the ledger's mirror of every trading log-in is what the server says: same balance, each
 * deal known and posted once, each operation that says done on the server, and suspense explained.
 */
export async function proveServers(
  db: Database,
  { readerFor, attempts = 8, waitMs = 1_500 }: ServersOptions,
): Promise<ProofResult> {
  const proof = new Proof('servers');
  const logins = await inSnapshot(db, 'job:prove-servers', async (tx) => {
    await checkRules(tx, proof, feedRules);
    return listLogins(tx);
  });
  const faults: Omit<ProofFault, 'rule'>[] = [];
  const unread = new Map<string, number>();
  let checked = 0;
  let deals = 0;
  for (const login of logins) {
    const reader = readerFor(login.serverId);
    if (reader === undefined) {
      unread.set(login.serverId, (unread.get(login.serverId) ?? 0) + 1);
      continue;
    }
    const found = await checkLogin(db, reader, login, { attempts, waitMs });
    faults.push(...found.faults);
    deals += found.deals;
    checked += 1;
  }
  proof.check(rule, checked, faults);
  proof.note(`${deals} deals of the servers were compared`);
  for (const [serverId, count] of unread) {
    proof.note(
      `${count} log-ins of ${serverId} were not compared: the server is not configured here`,
    );
  }
  return proof.result();
}

const feedRules: readonly SqlRule[] = [
  {
    rule: 'what stands in suspense is a foreign balance change with a task of its own',
    counted: `select count(*) from ledger_transaction where kind = 'foreign_balance_change'`,
    breaches: `
      select t.id, 'deal ' || substr(t.key, 6) || ' went to suspense and nobody was asked' from ledger_transaction t
      where t.kind = 'foreign_balance_change'
        and not exists (select 1 from task k where k.opened_key = 'foreign_balance_change/' || substr(t.key, 6))
      union all
      select t.id, t.kind || ' touches suspense' from ledger_transaction t
      where t.kind not in ('foreign_balance_change', 'correction', 'reversal') and exists (
        select 1 from ledger_entry e join ledger_account a on a.id = e.account_id
        where e.transaction_id = t.id and a.code = 'suspense')`,
  },
  {
    rule: 'an account’s ledger moves by deals of its server alone',
    counted: `select count(*) from ledger_entry e join ledger_account a on a.id = e.account_id where a.code = 'trading'`,
    breaches: `
      select t.id, t.kind || ' under the key ' || t.key from ledger_transaction t
      where t.key not like 'deal/%' and t.kind not in ('correction', 'reversal') and exists (
        select 1 from ledger_entry e join ledger_account a on a.id = e.account_id
        where e.transaction_id = t.id and a.code = 'trading')`,
  },
  {
    rule: 'play money is nowhere in the books',
    counted: `select count(*) from trading_account where demo`,
    breaches: `
      select a.id, 'is a demo account and has the ledger account ' || l.id
      from trading_account a join ledger_account l on l.code = 'trading' and l.id like '%/trading/' || a.id || '/%' where a.demo
      union all
      select d.server_id || ' deal ' || d.ticket, 'of the demo log-in ' || d.login || ' belongs to a client'
      from trading_account a join deal d on d.server_id = a.server_id and d.login = a.login
      where a.demo and (d.account_id is not null or d.client_id is not null)`,
  },
  {
    rule: 'every deal of our log-ins that the feed brought is settled',
    counted: `select count(*) from deal where account_id is not null`,
    breaches: `
      select d.server_id || ' deal ' || d.ticket, 'of log-in ' || d.login || ' is not posted since ' || d.seen_at
      from deal_ticket t join deal d on d.server_id = t.server_id and d.ticket = t.ticket and d.time = t.time
      where t.posted_transaction is null and d.account_id is not null and d.seen_at < now() - interval '1 minute'
        and not exists (select 1 from intent i where i.kind = 'balance_operation' and i.target = d.server_id
          and i.reference = d.login and i.state in ('sending', 'unknown'))`,
  },
  {
    rule: 'an account has the log-in that its creation ended with',
    counted: `select count(*) from intent where kind = 'create_account' and state = 'done'`,
    breaches: `
      select a.id, 'has log-in ' || coalesce(a.login, 'none') || ', the server made ' || i.external_id
      from intent i join trading_account a on a.id = i.reference
      where i.kind = 'create_account' and i.state = 'done' and a.state not in ('requested', 'provisioning')
        and a.login is distinct from i.external_id`,
  },
];

async function listLogins(tx: Tx): Promise<Login[]> {
  const found = await rows<{
    id: string;
    server_id: string;
    login: string;
    entity_id: string;
    currency: string;
    created_at: string;
  }>(
    tx,
    `select id, server_id, login, entity_id, currency, created_at from trading_account
     where login is not null and state <> 'archived' and not demo order by server_id, login`,
  );
  return found.map((row) => ({
    accountId: row.id,
    serverId: row.server_id,
    login: row.login,
    entityId: row.entity_id,
    currency: row.currency,
    createdAt: utc(row.created_at),
  }));
}

async function checkLogin(
  db: Database,
  reader: ServerReader,
  login: Login,
  { attempts, waitMs }: { attempts: number; waitMs: number },
): Promise<{ faults: Omit<ProofFault, 'rule'>[]; deals: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const isLast = attempt >= attempts;
    try {
      const server = await readServerSide(reader, login);
      const ledger = await inSnapshot(db, 'job:prove-servers', (tx) => readLedgerSide(tx, login));
      const faults = compareLogin(login, { server, ledger });
      if (faults.length === 0 || isLast) return { faults, deals: server.deals.length };
    } catch (error) {
      const detail = `the server cannot be read: ${error instanceof Error ? error.name : 'unknown'}`;
      if (isLast) return { faults: [{ thing: nameOf(login), detail }], deals: 0 };
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

export function nameOf(login: { readonly serverId: string; readonly login: string }): string {
  return `${login.serverId} log-in ${login.login}`;
}

/** Deals are asked for from this long before the account was opened here: log-ins can be older. */
const daysBefore = 100;
const dealsPerPage = 5_000;

async function readServerSide(reader: ServerReader, login: Login): Promise<LoginServer> {
  const account = await reader.readAccount(login.login);
  if (account === null) return { account, check: null, deals: [] };
  const check = await reader.balanceCheck(login.login);
  const deals = new Map<string, Deal>();
  let serverTime = Math.floor(Date.parse(login.createdAt) / 1000) - daysBefore * 86_400;
  for (;;) {
    const page = await reader.dealsSince(
      { serverTime },
      { overlapSeconds: 0, limit: dealsPerPage, logins: [login.login] },
    );
    for (const deal of page.deals) deals.set(deal.ticket, deal);
    serverTime = page.watermark.serverTime;
    if (page.caughtUp) break;
  }
  return { account, check, deals: [...deals.values()] };
}

async function readLedgerSide(tx: Tx, login: Login): Promise<LoginLedger> {
  const ledgerAccount = `${login.entityId}/trading/${login.accountId}/${login.currency}`;
  const [balance] = await rows<{ balance: string }>(
    tx,
    'select balance from ledger_account where id = :ledgerAccount',
    { ledgerAccount },
  );
  const of = { serverId: login.serverId, login: login.login };
  const postings = await rows<{ ticket: string; kind: string; amount: string }>(
    tx,
    `select split_part(t.key, '/', 3) as ticket, t.kind, sum(e.amount) as amount
     from ledger_entry e join ledger_transaction t on t.id = e.transaction_id
     where e.account_id = :ledgerAccount and t.key like 'deal/%' group by t.id, t.key, t.kind`,
    { ledgerAccount },
  );
  const known = await rows<{ ticket: string; posted: string | null }>(
    tx,
    `select d.ticket, t.posted_transaction as posted
     from deal d join deal_ticket t on t.server_id = d.server_id and t.ticket = d.ticket and t.time = d.time
     where d.server_id = :serverId and d.login = :login`,
    of,
  );
  const intents = await rows<{
    id: string;
    token: string | null;
    state: string;
    external_id: string | null;
    amount_minor: string | null;
  }>(
    tx,
    `select id, token, state, external_id, amount_minor from intent
     where kind = 'balance_operation' and target = :serverId and reference = :login`,
    of,
  );
  return {
    balanceMinor: BigInt(balance?.balance ?? '0'),
    postings: postings.map((row) => ({ ...row, amountMinor: BigInt(row.amount) })),
    known: new Map(known.map((row) => [row.ticket, row.posted])),
    intents: intents.map((row) => ({
      id: row.id,
      token: row.token,
      state: row.state,
      externalId: row.external_id,
      amountMinor: BigInt(row.amount_minor ?? '0'),
    })),
  };
}
