import { throwawayKeys } from '../connectors/keys/file-keys';
import { systemScope, type Scope } from '../domain/access/scope';
import { freshDatabase, type FreshDatabase } from '../tests/setup/database';
import { atOnce } from './at-once';
import { asSystem, inScope, openDatabase, rows, type Database, type Tx } from './connection';

describe('reads of one transaction at once', () => {
  let database: FreshDatabase;
  let db: Database;

  beforeAll(async () => {
    database = await freshDatabase();
    db = openDatabase({ url: database.appUrl, keys: throwawayKeys() });
  });

  afterAll(async () => {
    await db.pool.destroy();
    await database.drop();
  });

  const kindNow = async (tx: Tx) => {
    const [row] = await rows<{ kind: string }>(
      tx,
      `select current_setting('keelson.kind', true) as kind`,
    );
    return row?.kind;
  };
  const slowSystem = (tx: Tx) =>
    asSystem(tx, async (system) => {
      await rows(system, 'select pg_sleep(0.05)');
      return kindNow(system);
    });

  const person: Scope = {
    kind: 'client',
    actor: 'user:usr_1',
    userId: 'usr_1',
    clientId: 'cl_1',
    entityId: 'cy',
  };

  it('leave a person the person while a neighbour is the system', async () => {
    const found = await inScope(db, person, (tx) => atOnce(tx, slowSystem, kindNow, kindNow));
    expect(found).toEqual(['system', 'client', 'client']);
  });

  it('would not, were they sent together', async () => {
    const found = await inScope(db, person, (tx) => Promise.all([slowSystem(tx), kindNow(tx)]));
    expect(found).toEqual(['system', 'system']);
  });

  it('answer in their order for the system, too', async () => {
    const found = await inScope(db, systemScope('os:test'), (tx) =>
      atOnce(
        tx,
        slowSystem,
        () => Promise.resolve(2),
        () => Promise.resolve('three'),
      ),
    );
    expect(found).toEqual(['system', 2, 'three']);
  });
});
