import { systemScope } from '../../domain/access/scope';
import { throwawayKeys } from '../../connectors/keys/file-keys';
import { inScope, openDatabase } from '../../db/connection';
import { install } from '../../db/installation';
import { freshDatabase } from '../setup/database';
import type { Ground } from './applicants';

/** For tests only: an installed database of its own, without processes; `close` drops it. */
export async function openGround(): Promise<Ground & { close(): Promise<void> }> {
  const database = await freshDatabase();
  const db = openDatabase({ url: database.appUrl, keys: throwawayKeys() });
  await install(db, { actor: 'os:test', settleWindowMs: 1_000 });
  return {
    db,
    system: (work) => inScope(db, systemScope('os:test'), work),
    close: async () => {
      await db.pool.destroy();
      await database.drop();
    },
  };
}
