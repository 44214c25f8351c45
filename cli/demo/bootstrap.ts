import { openKeys } from '../../connectors/keys/file-keys';
import { systemScope } from '../../domain/access/scope';
import { Problem } from '../../domain/problem';
import { inScope, openDatabase } from '../../db/connection';
import { bootstrapStaff } from '../../db/staff';
import type { Stack } from '../stack/start-stack';
import { demoPassword } from './people';
import { colleagues, entities, staffEmail } from './staff';

/** The machine's owner makes the first two people; with one alone nobody could approve anybody. */
export async function bootstrapFirstTwo(stack: Stack): Promise<void> {
  const db = openDatabase({
    url: stack.appUrl,
    keys: openKeys(stack.folder.secrets),
    connectionsMax: 2,
  });
  const person = (who: 'admin' | 'approver') => ({
    name: colleagues[who].name,
    email: staffEmail(who),
    roles: [...colleagues[who].roles],
    entities: [...entities],
    password: demoPassword,
  });
  try {
    await inScope(db, systemScope(`os:${process.env['USER'] ?? 'owner'}`), (tx) =>
      bootstrapStaff(tx, [person('admin'), person('approver')]),
    );
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'already_bootstrapped') throw error;
  } finally {
    await db.pool.destroy();
  }
}
