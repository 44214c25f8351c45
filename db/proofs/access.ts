import { inScope, rows, type Database, type Tx } from '../connection';
import { inSnapshot } from '../snapshot';
import { ask, isNothing, storeReaders, type StoreReader } from './access-readers';
import { catalogueRules, unscopedTables } from './access-catalogue';
import {
  foreignTo,
  protectedTables,
  scopesToTry,
  type ProtectedTable,
  type SampleSize,
  type TriedScope,
} from './access-scopes';
import { checkRules, Proof, type ProofFault, type ProofResult } from './report';

export interface AccessOptions {
  readonly readers?: readonly StoreReader[];
  readonly sample?: SampleSize;
}

type Fault = Omit<ProofFault, 'rule'>;

/** Foreign ids each reader is asked for, per scope. */
const idsPerReader = 2;

/**
 * Proves that nobody sees another entity's, client's or partner's rows: the catalogue says so, every
 * protected table refuses them to a plain statement under every scope, and every store refuses them
 * to every role. Nothing a reader may write stays.
 */
export async function proveAccess(
  db: Database,
  {
    readers = storeReaders,
    sample = { clientsPerEntity: 4, partnersPerEntity: 4 },
  }: AccessOptions = {},
): Promise<ProofResult> {
  const proof = new Proof('access');
  const { scopes, tables } = await inSnapshot(db, 'job:prove-access', async (tx) => {
    await checkRules(tx, proof, catalogueRules);
    return { scopes: await scopesToTry(tx, sample), tables: await protectedTables(tx) };
  });
  proof.check(
    'without a scope no table shows a row',
    tables.length,
    await withoutScope(db, tables),
  );
  const statements = await tryStatements(db, { scopes, tables });
  proof.check(
    'a plain statement shows no scope another one’s rows',
    statements.count,
    statements.faults,
  );
  proof.check('a scope does see its own rows', scopes.length, await seeOwn(db, scopes));
  const stores = await tryReaders(db, { scopes, tables, readers });
  proof.check('no store shows a scope another one’s rows', stores.count, stores.faults);
  const kinds = (kind: string) => scopes.filter(({ scope }) => scope.kind === kind).length;
  proof.note(
    `tried: ${kinds('staff')} roles in entities, ${kinds('client')} clients, ${kinds('partner')} partners, ${readers.length} readers`,
  );
  proof.note(`${Object.keys(unscopedTables).length} tables are known to need no entity`);
  return proof.result();
}

/** The application's connection as it comes from the pool, before any scope is set. */
async function withoutScope(db: Database, tables: readonly ProtectedTable[]): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const { name } of tables) {
    const found = await rows({ sql: db.pool }, `select 1 from "${name}" limit 1`);
    if (found.length > 0) faults.push({ thing: name, detail: 'shows rows without a scope' });
  }
  return faults;
}

async function tryStatements(
  db: Database,
  { scopes, tables }: { scopes: readonly TriedScope[]; tables: readonly ProtectedTable[] },
): Promise<{ count: number; faults: Fault[] }> {
  const faults: Fault[] = [];
  let count = 0;
  for (const { name, scope } of distinctForStatements(scopes)) {
    await inScope(db, scope, async (tx) => {
      for (const table of tables) {
        const foreign = foreignTo(scope, table);
        const [shown] = await rows(
          tx,
          `select 1 from "${table.name}" where ${foreign.sql} limit 1`,
          foreign.bindings,
        );
        count += 1;
        if (shown) faults.push({ thing: table.name, detail: `shows ${name} a row of another one` });
      }
    });
  }
  return { count, faults };
}

/** Row-level security knows a staff member's entities and circle, not the role: one of each is enough. */
function distinctForStatements(scopes: readonly TriedScope[]): TriedScope[] {
  const byWhatMatters = new Map<string, TriedScope>();
  for (const tried of scopes) {
    const key = whatMatters(tried);
    if (!byWhatMatters.has(key)) byWhatMatters.set(key, tried);
  }
  return [...byWhatMatters.values()];
}

function whatMatters({ name, scope }: TriedScope): string {
  return scope.kind === 'staff' ? `${scope.entities.join()}/${scope.restricted}` : name;
}

/** A scope that sees nothing at all would pass every other check. */
async function seeOwn(db: Database, scopes: readonly TriedScope[]): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const { name, scope } of scopes) {
    if (scope.kind === 'partner') continue;
    const statement =
      scope.kind === 'staff'
        ? 'select count(*)::int as n from client where entity_id = any (:own::text[])'
        : 'select count(*)::int as n from client where id = any (:own::text[])';
    const own = scope.kind === 'staff' ? scope.entities : [scope.clientId];
    const count = async (tx: Tx) => (await rows<{ n: number }>(tx, statement, { own }))[0]?.n;
    const [all, seen] = [
      await inSnapshot(db, 'job:prove-access', count),
      await inScope(db, scope, count),
    ];
    if (all !== seen) faults.push({ thing: name, detail: `sees ${seen} of its ${all} clients` });
  }
  return faults;
}

interface Tries {
  readonly scopes: readonly TriedScope[];
  readonly tables: readonly ProtectedTable[];
  readonly readers: readonly StoreReader[];
}

async function tryReaders(
  db: Database,
  { scopes, tables, readers }: Tries,
): Promise<{ count: number; faults: Fault[] }> {
  const faults: Fault[] = [];
  let count = 0;
  const keysOf = new Map<string, Map<string, string[]>>();
  for (const tried of scopes) {
    const keys =
      keysOf.get(whatMatters(tried)) ??
      (await inSnapshot(db, 'job:prove-access', (tx) =>
        foreignKeys(tx, { tried, tables, readers }),
      ));
    keysOf.set(whatMatters(tried), keys);
    await rolledBack(db, tried, async (tx) => {
      for (const reader of readers) {
        if ('list' in reader) {
          count += 1;
          const answer = await ask(tx, reader.list);
          if (answer.kind === 'failed') faults.push(untried(reader, tried, answer.error));
          const leak = answer.kind === 'value' ? foreignIn(tried.scope, answer.value) : undefined;
          if (leak) faults.push({ thing: reader.name, detail: `shows ${tried.name} ${leak}` });
          continue;
        }
        for (const key of keys.get(reader.name) ?? []) {
          count += 1;
          const answer = await ask(tx, (inner) => reader.one(inner, key));
          if (answer.kind === 'failed') faults.push(untried(reader, tried, answer.error));
          if (answer.kind !== 'value' || isNothing(answer.value)) continue;
          faults.push({ thing: reader.name, detail: `shows ${tried.name} the foreign ${key}` });
        }
      }
    });
  }
  return { count, faults };
}

/** A reader that breaks would hide whatever it shows when it does not. */
function untried({ name }: StoreReader, tried: TriedScope, error: string): Fault {
  return { thing: name, detail: `could not be tried for ${tried.name}: ${error}` };
}

class Undo extends Error {}

async function rolledBack(
  db: Database,
  { scope }: TriedScope,
  work: (tx: Tx) => Promise<void>,
): Promise<void> {
  try {
    await inScope(db, scope, async (tx) => {
      await work(tx);
      throw new Undo();
    });
  } catch (error) {
    if (!(error instanceof Undo)) throw error;
  }
}

/** For each reader that takes a key: keys of rows that are none of the scope's business. */
async function foreignKeys(
  tx: Tx,
  { tried, tables, readers }: { tried: TriedScope } & Omit<Tries, 'scopes'>,
): Promise<Map<string, string[]>> {
  const keys = new Map<string, string[]>();
  for (const reader of readers) {
    if ('list' in reader) continue;
    const table = tables.find(({ name }) => name === reader.table);
    if (!table) throw new Error(`${reader.name} reads ${reader.table}, which is not protected`);
    const foreign = foreignTo(tried.scope, table);
    const column = reader.key ?? 'id';
    const found = await rows<{ key: string }>(
      tx,
      // A subject may have rows of several: only keys that have none of the scope's own are asked for.
      `select k.key from (select distinct "${column}" as key from "${table.name}" where ${foreign.sql} limit 50) k
       where not exists (select 1 from "${table.name}" own where own."${column}" = k.key and not ${foreign.sql})
       order by k.key desc limit ${idsPerReader}`,
      foreign.bindings,
    );
    keys.set(
      reader.name,
      found.map((row) => row.key),
    );
  }
  return keys;
}

const depthMax = 6;

/** The first thing in a reader's answer that says it belongs to somebody else. */
export function foreignIn(
  scope: TriedScope['scope'],
  value: unknown,
  depth = 0,
): string | undefined {
  if (value === null || typeof value !== 'object' || depth > depthMax) return undefined;
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = foreignIn(scope, item, depth + 1);
      if (found) return found;
    }
    return undefined;
  }
  for (const [name, inner] of Object.entries(value)) {
    if (typeof inner === 'string' && isForeign(scope, name, inner)) return `${name} ${inner}`;
    if (name === 'restricted' && inner === true && !(scope.kind === 'staff' && scope.restricted)) {
      return 'a restricted record';
    }
    const found = foreignIn(scope, inner, depth + 1);
    if (found) return found;
  }
  return undefined;
}

function isForeign(scope: TriedScope['scope'], name: string, value: string): boolean {
  if (name === 'entityId') {
    return scope.kind === 'staff' ? !scope.entities.includes(value) : value !== scope.entityId;
  }
  if (name === 'partnerId') return scope.kind === 'partner' && !scope.partners.includes(value);
  return name === 'clientId' && scope.kind === 'client' && value !== scope.clientId;
}
