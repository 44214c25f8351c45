import type { Scope } from '../../../domain/access/scope';
import { Problem } from '../../../domain/problem';

/** The partner who looks at something of their own. Throws 403 for anybody else. */
export function partnerOf(scope: Scope): Extract<Scope, { kind: 'partner' }> {
  if (scope.kind === 'partner') return scope;
  throw new Problem({ status: 403, code: 'forbidden', detail: 'This is for partners.' });
}
