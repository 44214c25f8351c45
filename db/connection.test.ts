import { Client } from 'pg';
import { throwawayKeys } from '../connectors/keys/file-keys';
import { systemScope, type Scope } from '../domain/access/scope';
import { freshDatabase, type FreshDatabase } from '../tests/setup/database';
import {
  asSystem,
  inSavepoint,
  inScope,
  openDatabase,
  rows,
  sendAhead,
  type Database,
  type Tx,
} from './connection';
import type { Opening } from './postgres-client';

const client: Scope = {
  ...{ kind: 'client', actor: 'user:usr_a', userId: 'usr_a' },
  ...{ clientId: 'cl_a', entityId: 'off' },
};
const settings = `select current_setting('keelson.kind', true) as kind, current_setting('keelson.client', true) as client,
  pg_backend_pid() as backend`;

describe('transactions with a scope', () => {
  let database: FreshDatabase;
  let db: Database;

  beforeAll(async () => {
    database = await freshDatabase();
    // One connection: what a transaction leaves behind, the next one finds.
    db = openDatabase({ url: database.appUrl, keys: throwawayKeys(), connectionsMax: 1 });
  });

  afterAll(async () => {
    await db.pool.destroy();
    await database.drop();
  });

  const standing = async (tx: Pick<Tx, 'sql'> | { sql: Database['pool'] }) => {
    const [row] = await rows<{ kind: string | null; client: string | null; backend: number }>(
      tx,
      settings,
    );
    return row;
  };

  it('have it from their first statement, and nothing has it after them', async () => {
    expect(await inScope(db, client, standing)).toMatchObject({ kind: 'client', client: 'cl_a' });
    expect(await standing({ sql: db.pool })).toMatchObject({ kind: '', client: '' });
    expect(await inScope(db, systemScope('os:test'), standing)).toMatchObject({
      kind: 'system',
      client: '',
    });
  });

  it('quote whatever a scope holds', async () => {
    const clientId = `'; select set_config('keelson.kind', 'system', false); --\\`;
    expect(await inScope(db, { ...client, clientId }, standing)).toMatchObject({
      kind: 'client',
      client: clientId,
    });
  });

  it('are the scope again after work as the system', async () => {
    await inScope(db, client, async (tx) => {
      expect(await asSystem(tx, standing)).toMatchObject({ kind: 'system' });
      expect(await standing(tx)).toMatchObject({ kind: 'client', client: 'cl_a' });
    });
  });

  it('do not begin when their scope cannot be set, and leave no transaction open', async () => {
    const before = await standing({ sql: db.pool });
    let reached = false;
    const failing: Opening = { opening: 'select 1 / 0' };
    await expect(
      db.pool.transaction(async (sql) => {
        await rows({ sql }, 'create table reached (n int)');
        reached = true;
      }, failing),
    ).rejects.toThrow('division by zero');
    expect(reached).toBe(false);
    const after = await inScope(db, client, standing);
    expect(after).toMatchObject({ kind: 'client' });
    expect(after?.backend).not.toBe(before?.backend);
  });

  it('give up a connection whose prepared statements do not fit any more', async () => {
    const owner = new Client({ connectionString: database.ownerUrl });
    await owner.connect();
    try {
      await owner.query('create table thing (a int); grant select on thing to public');
      const read = () =>
        inScope(db, client, (tx) => rows(tx, 'select * from thing where a = :a', { a: 1 }));
      for (let n = 0; n < 5; n += 1) expect(await read()).toEqual([]);
      await owner.query('alter table thing add column b int');
      await expect(read()).rejects.toMatchObject({ code: '0A000' });
      expect(await read()).toEqual([]);
    } finally {
      await owner.end();
    }
  });

  describe('with what is sent ahead', () => {
    const write = (tx: Tx, n: number) =>
      sendAhead(tx, 'insert into sent (n, by) values (:n, :by)', { n, by: tx.scope.kind });
    const written = () =>
      inScope(db, client, (tx) =>
        rows<{ n: number; by: string }>(tx, 'select n, by from sent order by n'),
      );

    beforeEach(async () => {
      const owner = new Client({ connectionString: database.ownerUrl });
      await owner.connect();
      await owner.query(
        `drop table if exists sent; create table sent (n int primary key check (n > 0), by text);
         grant select, insert on sent to public`,
      );
      await owner.end();
    });

    it('carry it out before what follows, in order and in their scope', async () => {
      const seen = await inScope(db, client, async (tx) => {
        await write(tx, 1);
        const kind = await asSystem(tx, async (system) => {
          await write(system, 2);
          return standing(system);
        });
        await write(tx, 3);
        return {
          kind,
          after: await standing(tx),
          sent: await rows(tx, 'select n from sent order by n'),
        };
      });
      expect(seen).toMatchObject({ kind: { kind: 'system' }, after: { kind: 'client' } });
      expect(seen.sent).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
      expect(await written()).toHaveLength(3);
    });

    it('commit nothing where it is refused, and say why', async () => {
      const work = inScope(db, client, async (tx) => {
        await write(tx, 1);
        await write(tx, -1);
        await write(tx, 2);
      });
      await expect(work).rejects.toMatchObject({ name: 'DatabaseError', code: '23514' });
      expect(await written()).toEqual([]);
    });

    it('say why it was refused, and not that what followed was', async () => {
      const work = inScope(db, client, async (tx) => {
        await write(tx, -1);
        return rows(tx, 'select 1');
      });
      await expect(work).rejects.toMatchObject({ code: '23514' });
    });

    it('go on after a savepoint in which it was refused', async () => {
      await inScope(db, client, async (tx) => {
        await write(tx, 1);
        await expect(inSavepoint(tx, (inner) => write(inner, 1))).rejects.toMatchObject({
          code: '23505',
        });
        await inSavepoint(tx, (inner) => write(inner, 2));
        await write(tx, 3);
      });
      expect((await written()).map(({ n }) => n)).toEqual([1, 2, 3]);
    });

    it('commit nothing when their work fails after it', async () => {
      const work = inScope(db, client, async (tx) => {
        await write(tx, 1);
        throw new Error('thought better of it');
      });
      await expect(work).rejects.toThrow('thought better of it');
      expect(await written()).toEqual([]);
    });
  });
});
