import knex, { type Knex } from 'knex';
import pg from 'pg';
import type { Scope } from '../domain/access/scope';
import type { Keys } from '../domain/keys';
import { withoutValues } from './database-error';
import { numberBindings } from './named-bindings';
import { KeelsonClient, send, type Opening } from './postgres-client';
import { causeOf, confirmSent, isSentAhead } from './sent-ahead';

// Timestamps come as text with microseconds: a Date would cut them, and a chain hash would break.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => text);
pg.types.setTypeParser(pg.types.builtins.DATE, (text) => text);

/** The application's connection pool (role keelson_app), with the keys that personal data needs. */
export interface Database {
  readonly pool: Knex;
  readonly keys: Keys;
}

/**
 * A transaction that carries its scope. Every store takes one, so none can be called without a scope;
 * row-level security reads the same scope from the transaction's settings.
 */
export interface Tx {
  readonly sql: Knex.Transaction;
  readonly scope: Scope;
  readonly keys: Keys;
}

export interface DatabaseOptions {
  readonly url: string;
  readonly keys: Keys;
  readonly connectionsMax?: number;
  readonly applicationName?: string;
  /** Hears of trouble with connections, for the product's log; unheard it is silent, since callers get the error. */
  readonly onTrouble?: (trouble: Trouble) => void;
}

/** Trouble as a log may keep it: what knex calls it and the system's code, no address, statement or value. */
export interface Trouble {
  readonly what: string;
  readonly code: string | undefined;
}

/** A statement is sent without waiting for the answers to those before it; PostgreSQL takes them in order all the same. */
const pipelined: object = { pipeline: true };

export function openDatabase(options: DatabaseOptions): Database {
  const pool = knex({
    client: KeelsonClient,
    connection: {
      connectionString: options.url,
      application_name: options.applicationName ?? 'keelson',
      statement_timeout: 60_000,
      idle_in_transaction_session_timeout: 60_000,
      ...pipelined,
    },
    pool: { min: 0, max: options.connectionsMax ?? 10 },
    acquireConnectionTimeout: 30_000,
    // An error's message then has the statement with its placeholders, not with its values.
    compileSqlOnError: false,
    log: loggerOf(options),
  });
  return { pool, keys: options.keys };
}

function loggerOf({ onTrouble }: DatabaseOptions): Knex.Logger {
  const tell = (message: unknown) => onTrouble?.(troubleOf(message));
  return { warn: tell, error: tell, deprecate: tell, debug: tell };
}

function troubleOf(message: unknown): Trouble {
  const text = typeof message === 'string' ? message : '';
  return {
    what: /^[A-Z][A-Za-z ]{3,40}(?=:)/.exec(text)?.[0] ?? 'Trouble with the database',
    code: /\b(E[A-Z]{4,}|KnexTimeoutError)\b/.exec(text)?.[1],
  };
}

/**
 * Runs `work` in one transaction under the scope. Commits when it returns, rolls back when it throws.
 * A refusal of PostgreSQL is thrown as `DatabaseError`, which quotes no value.
 */
export async function inScope<T>(
  db: Database,
  scope: Scope,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  let ahead: Knex.Transaction | undefined;
  try {
    const opening: Opening = { opening: openingOf(scope) };
    const result = await db.pool.transaction((sql) => {
      ahead = sql;
      return work({ sql, scope, keys: db.keys });
    }, opening);
    // A transaction that was refused is answered to its COMMIT as rolled back, which is no error.
    if (ahead) await confirmSent(ahead);
    return result;
  } catch (error) {
    throw withoutValues(ahead ? causeOf(ahead, error) : error);
  }
}

/** What row-level security reads, in the transaction alone. It is sent with BEGIN, so that nothing is sent before it. */
function openingOf(scope: Scope): string {
  const settings = Object.entries(settingsOf(scope)).map(
    ([name, value]) => `set_config('keelson.${name}', ${pg.escapeLiteral(value)}, true)`,
  );
  return `select ${settings.join(', ')}`;
}

function settingsOf(scope: Scope): Readonly<Record<string, string>> {
  const nothing = {
    ...{ entities: '', client: '', partners: '', partner: '', user: '', restricted: '' },
  };
  switch (scope.kind) {
    case 'system':
      return { ...nothing, kind: 'system', restricted: 'on' };
    case 'staff':
      return {
        ...nothing,
        kind: 'staff',
        entities: scope.entities.join(','),
        user: scope.userId,
        restricted: scope.restricted ? 'on' : '',
      };
    case 'client':
      return { ...nothing, kind: 'client', client: scope.clientId, user: scope.userId };
    case 'partner':
      return {
        ...nothing,
        kind: 'partner',
        partners: scope.partners.join(','),
        partner: scope.partnerId,
        user: scope.userId,
      };
  }
}

/**
 * Raises a client's or staff member's transaction to the system's view for writes that follow from the
 * command itself (events, process rows, tasks) after the store has checked what the person may do.
 */
export async function asSystem<T>(tx: Tx, work: (tx: Tx) => Promise<T>): Promise<T> {
  if (tx.scope.kind === 'system') return work(tx);
  const become = (kind: Scope['kind']) =>
    sendAhead(tx, `select set_config('keelson.kind', :kind, true)`, { kind });
  await become('system');
  try {
    return await work({ ...tx, scope: { kind: 'system', actor: tx.scope.actor } });
  } finally {
    // In a failed transaction this statement is refused too; the rollback drops the setting with it.
    await become(tx.scope.kind);
  }
}

/** Work that is undone when it throws, while the transaction around it goes on. */
export async function inSavepoint<T>(tx: Tx, work: (tx: Tx) => Promise<T>): Promise<T> {
  return tx.sql.transaction(async (sql) => {
    try {
      const result = await work({ ...tx, sql });
      await confirmSent(sql);
      return result;
    } catch (error) {
      throw withoutValues(causeOf(sql, error));
    }
  });
}

/** Lets the further statements of the transaction run longer than the pool allows: those that read whole books. */
export async function allowMinutes(tx: Tx, minutesMax: number): Promise<void> {
  await tx.sql.raw(`select set_config('statement_timeout', ?, true)`, [`${minutesMax}min`]);
}

/** Rows of a raw statement. The caller names the row's shape, which the statement beside it must yield. */
export async function rows<Row>(
  tx: Tx | { readonly sql: Knex },
  statement: string,
  bindings: Record<string, Knex.Value | readonly string[] | null> = {},
): Promise<Row[]> {
  try {
    const { text, values } = numberBindings(statement, bindings);
    // eslint-disable-next-line no-restricted-syntax -- The caller names the rows of its own statement.
    return ((await send(tx.sql, text, values)) as { rows: Row[] }).rows;
  } catch (error) {
    throw withoutValues(error);
  }
}

/**
 * Sends a statement of the transaction whose answer nobody needs, and is done when it is sent: what follows is carried out
 * after it all the same. Where it is refused, so is the rest, and `inScope` (or `inSavepoint`) throws why; nothing of the
 * transaction is committed.
 */
export function sendAhead(
  tx: Tx,
  statement: string,
  bindings: Record<string, Knex.Value | readonly string[] | null> = {},
): Promise<void> {
  const { text, values } = numberBindings(statement, bindings);
  isSentAhead(tx.sql, send(tx.sql, text, values));
  return Promise.resolve();
}

/** RFC 3339 in UTC of PostgreSQL's timestamp text, microseconds kept. */
export function utc(text: string): string {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d(?::?\d\d)?)$/.exec(text);
  if (!match) throw new Error(`not a timestamp of PostgreSQL: ${text}`);
  const [, day = '', time = '', fraction = '', zone = ''] = match;
  if (/^(Z|[+-]00(:?00)?)$/.test(zone)) return `${day}T${time}${fraction}Z`;
  const padded = zone.length === 3 ? `${zone}:00` : zone;
  return `${new Date(`${day}T${time}${padded}`).toISOString().slice(0, 19)}${fraction}Z`;
}
