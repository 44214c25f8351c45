import { readFileSync, writeFileSync } from 'node:fs';
import type { Scope } from '../domain/access/scope';
import { systemScope } from '../domain/access/scope';
import { inScope, type Database } from '../db/connection';
import { findUserOfKey, scopeOf } from '../db/users';
import type { Environment } from '../temporal-config/environment.schema';
import { dataFolder } from './stack/data-folder';

/** What `keelson login` leaves behind, in a file of mode 0600. */
export interface LogIn {
  readonly token: string;
  readonly expiresAt: string;
  readonly userId: string;
}

export class NotLoggedInError extends Error {
  override readonly name = 'NotLoggedInError';
}

export function keepLogIn(environment: Environment, logIn: LogIn): void {
  const { loginFile } = dataFolder(environment.KEELSON_DATA);
  writeFileSync(loginFile, `${JSON.stringify(logIn)}\n`, { mode: 0o600 });
}

/**
 * The scope of the person who is logged in here, as it is now: a role taken away since counts.
 * @throws {NotLoggedInError} when nobody is, or no longer.
 */
export async function actingPerson(db: Database, environment: Environment): Promise<Scope> {
  const { token } = readLogIn(environment);
  return inScope(db, systemScope('cli:login'), async (tx) => {
    const user = await findUserOfKey(tx, token);
    if (user?.state !== 'active') throw expired();
    return scopeOf(tx, user);
  });
}

/** @throws {NotLoggedInError} */
export function readLogIn(environment: Environment): LogIn {
  const { loginFile } = dataFolder(environment.KEELSON_DATA);
  try {
    const found = JSON.parse(readFileSync(loginFile, 'utf8')) as Partial<LogIn>;
    const { token, expiresAt, userId } = found;
    if (token !== undefined && expiresAt !== undefined && userId !== undefined) {
      return { token, expiresAt, userId };
    }
  } catch {
    // The same as nobody logged in.
  }
  throw new NotLoggedInError('This acts for a person: run npm run keelson -- login EMAIL first.');
}

function expired(): NotLoggedInError {
  return new NotLoggedInError('The log-in is over: run npm run keelson -- login EMAIL again.');
}
