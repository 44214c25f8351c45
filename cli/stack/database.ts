import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { isRecord } from '../../domain/record';

/** The role that owns the schema and migrates it, on the embedded server. */
export const ownerRole = 'keelson_owner';
/** The role of workers and API: it owns nothing, and row-level security binds it. */
export const appRole = 'keelson_app';
export const databaseName = 'keelson';

/** PostgreSQL error codes. */
const invalidCatalogName = '3D000';
const duplicateDatabase = '42P04';
const duplicateObject = '42710';
const uniqueViolation = '23505';
const insufficientPrivilege = '42501';

export class DatabasePreparationError extends Error {
  override readonly name = 'DatabasePreparationError';
}

export interface RolePasswords {
  readonly owner: string;
  readonly app: string;
}

/**
 * Creates roles and database on the embedded server, as its superuser; safe to repeat.
 * @param adminUrl the superuser's address of the database `postgres`.
 */
export async function prepareEmbeddedDatabase(
  adminUrl: string,
  passwords: RolePasswords,
  database: string = databaseName,
): Promise<void> {
  await withClient(adminUrl, async (client) => {
    // CREATEDB: audit proofs alter an event in a throw-away copy of the database.
    await keepRole(client, ownerRole, passwords.owner, 'CREATEDB');
    await keepRole(client, appRole, passwords.app, 'NOCREATEDB');
    await createDatabase(client, database, ownerRole);
  });
}

/**
 * Creates the app's role, and the database if the address names one that is missing, on a server
 * that is not ours; safe to repeat.
 * @param ownerUrl DATABASE_URL: its user will own the schema.
 * @throws {DatabasePreparationError} with the SQL an administrator must run when that user may not.
 */
export async function prepareForeignDatabase(ownerUrl: string, appPassword: string): Promise<void> {
  const url = new URL(ownerUrl);
  const database = decodeURIComponent(url.pathname.slice(1)) || databaseName;
  try {
    await withClient(ownerUrl, (client) => keepForeignAppRole(client, ownerUrl, appPassword));
  } catch (error) {
    if (codeOf(error) !== invalidCatalogName) throw error;
    url.pathname = '/postgres';
    await withClient(url.href, (client) => createDatabase(client, database));
    await withClient(ownerUrl, (client) => keepForeignAppRole(client, ownerUrl, appPassword));
  }
}

/** The same database as another user. */
export function urlAs(databaseUrl: string, user: string, password: string): string {
  const url = new URL(databaseUrl);
  url.username = user;
  url.password = encodeURIComponent(password);
  return url.href;
}

async function keepForeignAppRole(
  client: Client,
  ownerUrl: string,
  appPassword: string,
): Promise<void> {
  if (await canConnect(urlAs(ownerUrl, appRole, appPassword))) return;
  try {
    await keepRole(client, appRole, appPassword, 'NOCREATEDB');
  } catch (error) {
    if (codeOf(error) !== insufficientPrivilege) throw error;
    throw new DatabasePreparationError(
      `The user of DATABASE_URL may not create the role ${appRole}. As an administrator run:\n  CREATE ROLE ${appRole} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '<the content of the file app.password>';`,
    );
  }
}

async function keepRole(
  client: Client,
  role: string,
  password: string,
  attribute: 'CREATEDB' | 'NOCREATEDB',
): Promise<void> {
  const existing = await client.query<{ rolcanlogin: boolean; bound: boolean }>(
    `SELECT rolcanlogin, NOT (rolsuper OR rolbypassrls) AS bound FROM pg_roles WHERE rolname = $1`,
    [role],
  );
  const found = existing.rows[0];
  if (found === undefined) {
    try {
      await client.query(
        `CREATE ROLE ${escapeIdentifier(role)} LOGIN NOSUPERUSER NOCREATEROLE ${attribute} NOBYPASSRLS PASSWORD ${escapeLiteral(password)}`,
      );
      return;
    } catch (error) {
      if (codeOf(error) !== duplicateObject && codeOf(error) !== uniqueViolation) throw error;
    }
  } else if (!found.bound) {
    throw new DatabasePreparationError(
      `The role ${role} is a superuser or bypasses row-level security; it may not.`,
    );
  }
  await client.query(
    `ALTER ROLE ${escapeIdentifier(role)} LOGIN ${attribute} PASSWORD ${escapeLiteral(password)}`,
  );
}

async function createDatabase(client: Client, database: string, owner?: string): Promise<void> {
  const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
  if (found.rowCount !== 0) return;
  try {
    await client.query(
      `CREATE DATABASE ${escapeIdentifier(database)}${owner === undefined ? '' : ` OWNER ${escapeIdentifier(owner)}`}`,
    );
  } catch (error) {
    if (codeOf(error) !== duplicateDatabase) throw error;
  }
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function canConnect(url: string): Promise<boolean> {
  try {
    return await withClient(url, () => Promise.resolve(true));
  } catch {
    return false;
  }
}

function codeOf(error: unknown): string | undefined {
  return isRecord(error) && typeof error['code'] === 'string' ? error['code'] : undefined;
}
