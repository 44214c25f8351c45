import { Problem } from '../../domain/problem';
import { systemScope } from '../../domain/access/scope';
import { inScope, type Database } from '../../db/connection';
import { verifyPassword } from '../../db/passwords';
import { findCredentials, recordLogIn, type User, type UserKind } from '../../db/users';
import { admit } from './principal';

/**
 * The user whose password this is. Throws 401 `bad_credentials`, the same for an unknown address, a wrong
 * password, a log-in that is shut or restricted, and about as late for each.
 */
export async function checkCredentials(
  db: Database,
  kind: UserKind,
  { email, password }: { email: string; password: string },
  by: { readonly how: 'session' | 'token'; readonly ip: string },
): Promise<User> {
  const scope = systemScope('public');
  const found = await inScope(db, scope, (tx) => findCredentials(tx, kind, email));
  const holds = await verifyPassword(found?.passwordHash, password);
  if (!found || !holds) throw badCredentials();
  return inScope(db, systemScope(`user:${found.user.id}`), async (tx) => {
    const admitted = await admit(tx, found.user, 'session');
    if (!admitted) throw badCredentials();
    await recordLogIn(tx, found.user, by);
    return found.user;
  });
}

function badCredentials(): Problem {
  return new Problem({
    status: 401,
    code: 'bad_credentials',
    detail: 'E-mail address and password do not fit together, or this log-in is closed.',
  });
}
