import { z } from 'zod';
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
  arq: 'account_request',
  blk: 'account_bulk',
  cb: 'chargeback',
  cdp: 'commission_dispute',
  cl: 'client',
  cmd: 'feed_backfill',
  cor: 'correction',
  dcl: `(select id from halt where kind <> 'stop') d`,
  dep: 'deposit',
  doc: 'document',
  evl: 'evaluation',
  flt: 'saved_filter',
  fx: 'exchange',
  fxq: 'fx_quote',
  hlt: `(select id from halt where kind = 'stop') h`,
  kyc: 'kyc_case',
  lsv: 'sanction_list_version',
  ltx: 'ledger_transaction',
  po: 'settlement_payout',
  piv: 'partner_invoice',
  padj: 'partner_adjustment',
  pol: 'policy_version',
  ps: 'plan_set',
  ptr: 'partner',
  rcp: 'receipt',
  rf: 'deposit_refund',
  rst: 'restriction',
  set: 'settlement',
  shd: 'settlement_hold',
  sim: 'policy_simulation',
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
  /** Clients of whom staff is not told. */
  readonly spared: readonly string[];
}

/**
 * Names of things that exist, as far as row-level security shows them to the caller. Staff is not told
 * the clients who call, nor anybody a log-in but one that is closed: they would shut each other out.
 */
export async function namesFor(
  { db }: Brokerage,
  { kind, email, victim, keys, spared }: Named,
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
    if (kind === 'staff') names['cl'] = (names['cl'] ?? []).filter((id) => !spared.includes(id));
    const entities = await few('select distinct entity_id as name from client');
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
      '/api/v1/entities/{id}/tax-number id': entities,
      '/api/v1/processes/{process}/{id} id': names['dep'] ?? [],
      ...Object.fromEntries(serverPaths().map((path) => [`${path} id`, ['mt5']])),
    };
  });
}

/** Kinds of ids in addresses of which nobody says where they are kept. */
export function unknownPrefixes(): string[] {
  const patterns = routes.flatMap(({ params }) =>
    Object.values(params.shape).map((schema) => z.toJSONSchema(schema, { io: 'input' }).pattern),
  );
  const prefixes = patterns.map((pattern) => /^\^([a-z]+)_/.exec(pattern ?? '')?.[1] ?? 'usr');
  return [...new Set(prefixes)].filter(
    (prefix) => !['usr', 'key'].includes(prefix) && !Object.hasOwn(tables, prefix),
  );
}

function serverPaths(): string[] {
  return routes
    .filter(({ path }) => path.startsWith('/api/v1/servers/:id'))
    .map(({ path }) => path.replace(/:([A-Za-z]+)/g, '{$1}'));
}
