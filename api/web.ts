import type { Request, RequestHandler } from 'express';
import { blindIndex } from '../db/personal-data';
import { defaultLimits, type ApiDeps } from './deps';
import { limitByAddress, limitByPerson, limitFailuresOf } from './limits';
import type { Renderer } from './pages/render';

/** What routes and pages of one app share: dependencies, limits and the templates. */
export interface Web {
  readonly deps: ApiDeps;
  readonly renderer: Renderer;
  /** Anonymous commands by address. */
  readonly publicLimit: RequestHandler;
  /** Files by person. */
  readonly exportLimit: RequestHandler;
  /** Failures by account; `of` names it (`staff:maria@example.com`) from the body. */
  readonly accountLimit: (of: (body: unknown) => string | undefined) => RequestHandler;
}

export function createWeb(deps: ApiDeps, renderer: Renderer): Web {
  const limits = { ...defaultLimits, ...deps.limits };
  const accountOf = new WeakMap<Request, string>();
  // One counter for page and API: trying here does not give more tries there.
  const failures = limitFailuresOf(limits.logInFailuresMax, (request) => accountOf.get(request));
  return {
    deps,
    renderer,
    publicLimit: limitByAddress(limits.publicCommandsMax),
    exportLimit: limitByPerson(limits.exportsMax),
    accountLimit: (of) => (request, response, next) => {
      const account = of(request.body);
      if (account !== undefined) {
        accountOf.set(request, `account:${blindIndex(deps.db.keys, 'email', account)}`);
      }
      return failures(request, response, next);
    },
  };
}

/** `kind:email` of a log-in's body, for `accountLimit`. */
export function accountOfBody(kind: string | undefined, body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const email: unknown = Reflect.get(body, 'email');
  const named: unknown = kind ?? Reflect.get(body, 'kind');
  if (typeof email !== 'string') return undefined;
  return `${typeof named === 'string' ? named : 'staff'}:${email}`;
}
