import type { Scope } from '../../domain/access/scope';
import { Problem } from '../../domain/problem';

/** The client who asks for something of their own. Throws 403 for anybody else. */
export function clientOf(scope: Scope): {
  readonly clientId: string;
  readonly entityId: string;
  readonly userId: string;
} {
  if (scope.kind === 'client') return scope;
  throw new Problem({
    status: 403,
    code: 'forbidden',
    detail: 'Only the client may ask for this.',
  });
}
