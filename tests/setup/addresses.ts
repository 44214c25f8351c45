/** Where the servers of this test run are; the global set-up writes it, test files read it. */
export interface TestServers {
  /** The superuser's address of the database `postgres`. */
  readonly postgresAdminUrl: string;
  readonly ownerPassword: string;
  readonly appPassword: string;
  /** Migrated, never written to: each test file gets a copy. */
  readonly templateDatabase: string;
  readonly temporalAddress: string;
  /** The certificate of every trading server's simulator of the run, as `simulators/tls.ts` keeps it. */
  readonly simulatorTls?: string;
}

/** Jest's worker processes inherit the environment of the global set-up. */
const variable = 'KEELSON_TEST_SERVERS';

export class NoTestServersError extends Error {
  override readonly name = 'NoTestServersError';
}

export function publishTestServers(servers: TestServers): void {
  process.env[variable] = JSON.stringify(servers);
}

/** @throws {NoTestServersError} outside a run with the project's Jest configuration. */
export function testServers(): TestServers {
  const published = process.env[variable];
  if (published === undefined) {
    throw new NoTestServersError(
      'Run this test with the project’s jest.config.js: npx jest <path>',
    );
  }
  return JSON.parse(published) as TestServers;
}
