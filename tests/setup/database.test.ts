import { Client } from 'pg';
import { freshDatabase } from './database';

async function query<Row extends object>(url: string, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('a fresh database', () => {
  it('holds the migrated schema and nothing of another one', async () => {
    const first = await freshDatabase();
    const second = await freshDatabase();
    try {
      await query(first.ownerUrl, 'CREATE TABLE only_here (id int)');
      const tables = "SELECT to_regclass('only_here') AS own, to_regclass('event') AS event";
      expect(await query(first.ownerUrl, tables)).toEqual([{ own: 'only_here', event: 'event' }]);
      expect(await query(second.ownerUrl, tables)).toEqual([{ own: null, event: 'event' }]);
    } finally {
      await Promise.all([first.drop(), second.drop()]);
    }
  });

  it('gives the app a role that owns nothing and that row-level security binds', async () => {
    const database = await freshDatabase();
    try {
      const [role] = await query<{ rolsuper: boolean; rolbypassrls: boolean }>(
        database.appUrl,
        'SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user',
      );
      expect(role).toEqual({ rolsuper: false, rolbypassrls: false });
      const owned = await query(
        database.appUrl,
        'SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = current_user',
      );
      expect(owned).toEqual([]);
    } finally {
      await database.drop();
    }
  });

  it('is gone after drop, even with a connection open', async () => {
    const database = await freshDatabase();
    const client = new Client({ connectionString: database.appUrl });
    client.on('error', () => undefined);
    await client.connect();
    await database.drop();
    await expect(query(database.ownerUrl, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
    await client.end().catch(() => undefined);
  });
});
