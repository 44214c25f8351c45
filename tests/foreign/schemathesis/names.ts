import { routes } from '../../../api/routes';
import { inScope, rows } from '../../../db/connection';
import { findCredentials, scopeOf } from '../../../db/users';
import { systemScope, type Scope } from '../../../domain/access/scope';
import type { Brokerage } from './brokerage';
import type { Kind } from './caller';

/** Names of things that exist, by prefix of an id, name of a parameter, or address and name (see hooks.py). */
export type Names = Readonly<Record<string, readonly string[]>>;

/** Where things of each prefix are kept. */
const tables: Readonly<Record<string, string>> = {
  acc: 'trading_account',
  cl: 'client',
  cmd: 'feed_backfill',
  dep: 'deposit',
  doc: 'document',
  hlt: 'halt',
  kyc: 'kyc_case',
  po: 'settlement_payout',
  pol: 'policy_version',
  ps: 'plan_set',
  ptr: 'partner',
  rst: 'restriction',
  set: 'settlement',
  src: 'payment_source',
  tr: 'transfer',
  tsk: 'task',
  wd: 'withdrawal',
};

export interface Named {
  readonly kind: Kind;
  readonly email: string;
  /** A log-in that is closed. */
  readonly victim: string;
  /** API keys that may end. */
  readonly keys: readonly string[];
}

/**
 * Names of things that exist, as far as row-level security shows them to the caller. Nobody is told the client
 * who calls, nor anybody's log-in but one that is closed: they would shut each other out.
 */
export async function namesFor(
  { db, subjects }: Brokerage,
  { kind, email, victim, keys }: Named,
): Promise<Names> {
  const scope = await inScope(db, systemScope('os:test'), async (tx): Promise<Scope> => {
    const found = await findCredentials(tx, kind, email);
    if (!found) throw new Error(`${email} cannot log in`);
    return scopeOf(tx, found.user);
  });
  return inScope(db, scope, async (tx) => {
    const few = async (statement: string) =>
      (await rows<{ name: string }>(tx, `${statement} limit 4`)).map(({ name }) => name);
    const names: Record<string, readonly string[]> = { usr: [victim], key: keys };
    for (const [prefix, table] of Object.entries(tables)) {
      names[prefix] = await few(`select id as name from ${table} order by id desc`);
    }
    const clients = names['cl'] ?? [];
    if (kind === 'staff') names['cl'] = clients.filter((id) => id !== subjects.clientId);
    const entities = kind === 'staff' ? ['cy', 'off'] : ['cy'];
    return {
      ...names,
      entityId: entities,
      entity: entities,
      server: ['mt5'],
      ticket: await few('select tickets[1]::text as name from settlement_line'),
      account: await few(`select id as name from ledger_account order by code = 'wallet' desc`),
      subject: names['cl'] ?? [],
      process: ['deposit'],
      '/api/v1/entities/{id} id': entities,
      '/api/v1/processes/{process}/{id} id': names['dep'] ?? [],
      ...Object.fromEntries(serverPaths().map((path) => [`${path} id`, ['mt5']])),
    };
  });
}

function serverPaths(): string[] {
  return routes
    .filter(({ path }) => path.startsWith('/api/v1/servers/:id'))
    .map(({ path }) => path.replace(/:([A-Za-z]+)/g, '{$1}'));
}
