import type { Knex } from 'knex';
import PostgresClient from 'knex/lib/dialects/postgres';
import PostgresTransaction from 'knex/lib/dialects/postgres/execution/pg-transaction';
import { nameOfStatement } from './prepared-statements';

/** How a transaction begins, beside what knex knows. */
export interface Opening extends Knex.TransactionConfig {
  /** A statement without bindings that is sent with BEGIN, in one message; no transaction begins without it. */
  readonly opening?: string;
}

/** Of a transaction's client, so that its statements are sent in the order in which they are given, without a turn between. */
const connectionOf = new WeakMap<object, PostgresClient.Connection>();

class OpenedTransaction extends PostgresTransaction {
  readonly #opening: string | undefined;

  constructor(client: PostgresClient, work: unknown, config: Opening | undefined, outer: unknown) {
    super(client, work, config, outer);
    this.#opening = outer ? undefined : config?.opening;
  }

  /**
   * The first statement follows at once, in the same message: where the opening is refused, so is it, and so is all
   * that comes after, on a connection that nobody is given again.
   */
  override begin(connection: PostgresClient.Connection): Promise<unknown> {
    connectionOf.set(this.trxClient, connection);
    if (this.#opening === undefined) return super.begin(connection);
    void this.query(connection, `${begin} ${this.#opening}`);
    return Promise.resolve();
  }

  override savepoint(connection: PostgresClient.Connection): Promise<unknown> {
    connectionOf.set(this.trxClient, connection);
    return super.savepoint(connection);
  }
}

const begin = 'BEGIN;';

/** SQLSTATE of a prepared statement that does not fit any more (its tables were changed), or is not there. */
const stalePlans: readonly unknown[] = ['0A000', '26000'];

/**
 * The dialect of knex for PostgreSQL, with less on the wire: what a transaction is opened with travels with its BEGIN,
 * what is sent in one turn goes out in one message, and statements that come again are prepared once for each
 * connection. Knex makes the clients of its transactions without the constructor, so this class keeps nothing.
 */
export class KeelsonClient extends PostgresClient {
  override transaction(
    work: unknown,
    config: Opening | undefined,
    outer: unknown,
  ): Knex.Transaction {
    // eslint-disable-next-line no-restricted-syntax -- knex makes a transactor of it, as of its own.
    return new OpenedTransaction(this, work, config, outer) as unknown as Knex.Transaction;
  }

  override positionBindings(sql: string): string {
    return sql.includes('?') ? super.positionBindings(sql) : sql;
  }

  override async _query(
    connection: PostgresClient.Connection,
    statement: PostgresClient.Statement,
  ): Promise<PostgresClient.Statement> {
    collect(connection);
    const name = statement.bindings?.length ? nameOfStatement(statement.sql) : undefined;
    if (name !== undefined) statement.options = { ...statement.options, name };
    try {
      return await super._query(connection, statement);
    } catch (error) {
      // BEGIN may have been carried out, and what followed it not: nobody else may work in that transaction. A
      // prepared statement would be refused for as long as its connection lives.
      if (statement.sql.startsWith(begin) || isStale(error)) connection.__knex__disposed = error;
      throw error;
    }
  }
}

/** Holds what is written until nothing more is to be said before an answer comes. */
function collect({ connection: { stream } }: PostgresClient.Connection): void {
  stream.cork();
  process.nextTick(() => stream.uncork());
}

function isStale(error: unknown): boolean {
  return error instanceof Error && 'code' in error && stalePlans.includes(error.code);
}

/**
 * Sends a statement with its placeholders numbered, past the part of knex that builds statements, and answers what the
 * driver does.
 */
export async function send(sql: Knex, text: string, values: readonly unknown[]): Promise<unknown> {
  const client: unknown = sql.client;
  if (!(client instanceof KeelsonClient)) throw new Error('not a connection of openDatabase');
  const statement = { sql: text, bindings: values };
  const own = connectionOf.get(client);
  if (own) return (await client.query(own, statement)).response;
  const connection = await client.acquireConnection();
  try {
    return (await client.query(connection, statement)).response;
  } finally {
    await client.releaseConnection(connection);
  }
}
