import type { Request } from 'express';
import { systemScope, type Scope } from '../../domain/access/scope';
import { Problem, unauthenticated } from '../../domain/problem';
import { inScope, type Database, type Tx } from '../../db/connection';
import { mayEnter } from '../../db/partner-standing';
import { isRestricted } from '../../db/restrictions';
import { findUserOfKey, readUser, scopeOf, type User } from '../../db/users';
import { sessionHoursMax } from '../session';

/** Who sends a request. The scope is read afresh each time: a role taken away is gone at once. */
export interface Principal {
  readonly user: User;
  readonly scope: Scope;
  readonly via: 'session' | 'key';
}

/** What anonymous commands act as. They see what the system sees: their routes must ask for nothing by id. */
export const publicScope: Scope = systemScope('public');

/**
 * The person behind the API key or the session, or undefined when there is neither. A key that does not work
 * is 401 even beside a session; a session that has ended is dropped.
 */
export async function principalOf(db: Database, request: Request): Promise<Principal | undefined> {
  const authorization = request.get('authorization');
  if (authorization !== undefined) return keyPrincipal(db, authorization);
  const session = request.session?.user;
  if (session === undefined) return undefined;
  const principal = await inScope(db, systemScope('api'), async (tx) => {
    const user = await userOrNone(tx, session.id);
    const isTooOld = Date.now() - session.startedAtMs > sessionHoursMax * 3_600_000;
    if (!user || user.version !== session.version || isTooOld) return undefined;
    return admit(tx, user, 'session');
  });
  if (!principal) delete request.session.user;
  return principal;
}

async function keyPrincipal(db: Database, authorization: string): Promise<Principal> {
  const token = /^Bearer (kls_[A-Za-z0-9_-]{20,200})$/i.exec(authorization)?.[1];
  const principal =
    token === undefined
      ? undefined
      : await inScope(db, systemScope('api'), async (tx) => {
          const user = await findUserOfKey(tx, token);
          return user && admit(tx, user, 'key');
        });
  if (!principal) throw unauthenticated('This API key does not work: unknown, expired or revoked.');
  return principal;
}

async function userOrNone(tx: Tx, id: string): Promise<User | undefined> {
  try {
    return await readUser(tx, id);
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return undefined;
    throw error;
  }
}

/** Only active people act, a client only while no restriction bars the log-in, a partner until the end of the agreement's access. */
export async function admit(
  tx: Tx,
  user: User,
  via: Principal['via'],
): Promise<Principal | undefined> {
  if (user.state !== 'active') return undefined;
  if (user.clientId !== null && (await isRestricted(tx, user.clientId, 'login'))) return undefined;
  if (user.partnerId !== null && !(await mayEnter(tx, user.partnerId))) return undefined;
  return { user, scope: await scopeOf(tx, user), via };
}
