/** What `db/postgres-client.ts` takes of knex that knex has no types for; its version is fixed in package-lock.json. */
declare module 'knex/lib/dialects/postgres' {
  import { Knex } from 'knex';

  namespace PostgresClient {
    /** A connection of `pg`. Knex gives none to anybody whose `__knex__disposed` is set. */
    interface Connection {
      __knex__disposed?: unknown;
      readonly connection: { readonly stream: { cork(): void; uncork(): void } };
    }

    interface Statement {
      readonly sql: string;
      readonly bindings?: readonly unknown[];
      options?: { readonly name?: string };
      response?: unknown;
    }
  }

  class PostgresClient extends Knex.Client {
    acquireConnection(): Promise<PostgresClient.Connection>;
    releaseConnection(connection: PostgresClient.Connection): Promise<void>;
    query(
      connection: PostgresClient.Connection,
      statement: PostgresClient.Statement,
    ): Promise<PostgresClient.Statement>;
    _query(
      connection: PostgresClient.Connection,
      statement: PostgresClient.Statement,
    ): Promise<PostgresClient.Statement>;
    positionBindings(sql: string): string;
  }
  export = PostgresClient;
}

declare module 'knex/lib/dialects/postgres/execution/pg-transaction' {
  import type PostgresClient from 'knex/lib/dialects/postgres';

  class PostgresTransaction {
    constructor(client: PostgresClient, container: unknown, config: unknown, outer: unknown);
    readonly trxClient: PostgresClient;
    begin(connection: PostgresClient.Connection): Promise<unknown>;
    savepoint(connection: PostgresClient.Connection): Promise<unknown>;
    query(connection: PostgresClient.Connection, sql: string): Promise<unknown>;
  }
  export = PostgresTransaction;
}
