import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client as Temporal, Connection } from '@temporalio/client';
import { Client } from 'pg';
import { namespaceName } from '../../temporal-config/namespace';
import { dataFolder, StackRunningError } from './data-folder';
import { withEnvironment } from './environment';
import { startStack } from './start-stack';

async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('the stack', () => {
  const parent = mkdtempSync(path.join(os.tmpdir(), 'keelson-stack-'));
  const data = path.join(parent, 'data');
  const own = process.env;

  beforeAll(() => {
    // What the person who runs the tests has set must not lead the stack elsewhere.
    const kept = Object.entries(own).filter(
      ([name]) => !/^(KEELSON_|TEMPORAL_|DATABASE_URL)/.test(name),
    );
    process.env = { ...Object.fromEntries(kept), KEELSON_DATA: data };
  });
  afterAll(() => {
    process.env = own;
    rmSync(parent, { recursive: true, force: true });
  });

  it('starts on an empty folder and keeps data, keys and addresses for the next start', async () => {
    const first = await startStack({ parts: ['postgres'] });
    const roles = await query(
      first.ownerUrl,
      `SELECT rolname, rolcanlogin, rolsuper, rolbypassrls FROM pg_roles
       WHERE rolname LIKE 'keelson%' ORDER BY rolname`,
    );
    expect(roles).toEqual(
      ['keelson_app', 'keelson_owner'].map((rolname) => ({
        rolname,
        rolcanlogin: true,
        rolsuper: false,
        rolbypassrls: false,
      })),
    );
    await query(first.ownerUrl, 'CREATE TABLE kept (id int)');
    await first.stop();

    const second = await startStack({ parts: ['postgres'] });
    try {
      expect(second.appUrl).toBe(first.appUrl);
      expect(second.migrations).toEqual([]);
      expect(first.migrations).not.toEqual([]);
      expect(await query(second.ownerUrl, 'SELECT * FROM kept')).toEqual([]);
      expect(await query(second.appUrl, 'SELECT current_user')).toEqual([
        { current_user: 'keelson_app' },
      ]);
    } finally {
      await second.stop();
    }
  });

  it('does not lose a committed row when PostgreSQL is killed', async () => {
    const stack = await startStack({ parts: ['postgres'] });
    try {
      await query(stack.ownerUrl, 'INSERT INTO kept VALUES (1)');
      await stack.supervisor.kill('postgres');
      await stack.supervisor.whenReady('postgres');
      expect(await query(stack.ownerUrl, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
    } finally {
      await stack.stop();
    }
  });

  it('starts over a lock file that a crash left, whatever process has its number now', async () => {
    const lockFile = path.join(dataFolder(data).postgres, 'postmaster.pid');
    writeFileSync(lockFile, `${process.pid}\n${dataFolder(data).postgres}\n`);
    const stack = await startStack({ parts: ['postgres'] });
    await stack.stop();
  });

  it('brings Temporal back with its runs, or without any', async () => {
    const stack = await startStack({ parts: ['postgres', 'temporal'] });
    const address = stack.temporalAddress ?? '';
    const connection = await Connection.connect({ address });
    const client = new Temporal({ connection, namespace: namespaceName });
    try {
      await client.workflow.start('any', { workflowId: 'w/1', taskQueue: 'nobody' });
      await stack.restartTemporal();
      expect((await client.workflow.getHandle('w/1').describe()).status.name).toBe('RUNNING');
      await stack.restartTemporal({ empty: true });
      await expect(client.workflow.getHandle('w/1').describe()).rejects.toThrow(/not found/i);
    } finally {
      await connection.close();
      await stack.stop();
    }
  });

  it('is one on a folder, and hands its environment to commands', async () => {
    const stack = await startStack({ parts: ['postgres'] });
    try {
      await expect(startStack({ parts: ['postgres'] })).rejects.toThrow(StackRunningError);
      const file = dataFolder(data).environmentFile;
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const seen = await withEnvironment((environment) => Promise.resolve(environment));
      expect(seen.KEELSON_DATABASE_URL).toBe(stack.appUrl);
      expect(seen.DATABASE_URL).toBe(stack.ownerUrl);
    } finally {
      await stack.stop();
    }
  });

  it('is started for a command when none runs, and ended after it', async () => {
    const [row] = await withEnvironment(({ DATABASE_URL = '' }) =>
      query<{ kept: number }>(DATABASE_URL, 'SELECT count(*)::int AS kept FROM kept'),
    );
    expect(row).toEqual({ kept: 1 });
    expect(() => readFileSync(dataFolder(data).pidFile)).toThrow(/ENOENT/);
  });

  it('works on the database a person names, as the app there too', async () => {
    const stack = await startStack({ parts: ['postgres'] });
    try {
      await query(stack.ownerUrl, 'CREATE DATABASE copy');
      const named = new URL(stack.ownerUrl);
      named.pathname = '/copy';
      process.env['DATABASE_URL'] = named.href;
      const seen = await withEnvironment((environment) => Promise.resolve(environment));
      expect(seen.DATABASE_URL).toBe(named.href);
      expect(await query(seen.KEELSON_DATABASE_URL ?? '', 'SELECT current_database()')).toEqual([
        { current_database: 'copy' },
      ]);
    } finally {
      delete process.env['DATABASE_URL'];
      await stack.stop();
    }
  });

  it('ends what it has started when a later step fails', async () => {
    const own = process.env;
    process.env = { ...own, DATABASE_URL: 'postgres://nobody:x@127.0.0.1:1/keelson' };
    try {
      await expect(startStack({ parts: ['postgres', 'temporal'] })).rejects.toThrow(/ECONNREFUSED/);
    } finally {
      process.env = own;
    }
    const stack = await startStack({ parts: ['postgres'] });
    await stack.stop();
  });
});
