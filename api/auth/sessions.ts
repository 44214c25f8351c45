import connectPgSimple from 'connect-pg-simple';
import type { Request, RequestHandler } from 'express';
import session from 'express-session';
import type { User } from '../../db/users';
import type { ApiDeps } from '../deps';
import { errorFacts } from '../problem-answer';
import { sessionIdleMinutesMax } from '../session';

export interface Sessions {
  readonly middleware: RequestHandler;
  /** Stops the pruning of expired sessions. */
  close(): void;
}

/** Sessions in the table `session`; the cookie holds a signed random id and ends after 30 idle minutes. */
export function createSessions(deps: ApiDeps): Sessions {
  const Store = connectPgSimple(session);
  const store = new Store({
    pool: deps.sessionPool,
    tableName: 'session',
    createTableIfMissing: false,
    pruneSessionInterval: 15 * 60,
    errorLog: (error: unknown) => deps.log.error({ error: errorFacts(error) }, 'session store'),
  });
  const isSecure = deps.publicUrl.startsWith('https:');
  return {
    middleware: session({
      store,
      secret: deps.sessionSecret,
      // A __Host- cookie cannot be planted by another host of the domain; browsers demand TLS for it.
      name: isSecure ? '__Host-keelson' : 'keelson',
      resave: false,
      saveUninitialized: false,
      rolling: true,
      proxy: true,
      cookie: {
        httpOnly: true,
        sameSite: 'lax',
        secure: isSecure,
        path: '/',
        maxAge: sessionIdleMinutesMax * 60_000,
      },
    }),
    close: () => {
      store.close();
    },
  };
}

/** Makes a new session for the user: the id from before the log-in, which others may know, ends. */
export async function startSession(request: Request, user: User): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    request.session.regenerate((error) => (error ? reject(error) : resolve()));
  });
  request.session.user = {
    id: user.id,
    kind: user.kind,
    version: user.version,
    startedAtMs: Date.now(),
  };
  await saveSession(request);
}

/** Writes the session before the answer leaves, so that the next request finds it. */
export async function saveSession(request: Request): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    request.session.save((error) => (error ? reject(error) : resolve()));
  });
}

export async function endSession(request: Request): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    request.session.destroy((error) => (error ? reject(error) : resolve()));
  });
}
