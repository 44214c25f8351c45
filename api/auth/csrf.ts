import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import { Problem } from '../../domain/problem';

/** The session's synchroniser token, made on first use. Putting it into a page makes the session. */
export function csrfToken(request: Request): string {
  request.session.csrf ??= randomBytes(32).toString('base64url');
  return request.session.csrf;
}

/**
 * Refuses a command that a foreign page sent with our cookie: the token of the session must stand in the
 * form (`_csrf`) or in the header `X-CSRF-Token`. Requests with an API key carry no cookie and are exempt.
 */
export function assertSameSite(request: Request, formToken: unknown): void {
  const sent = request.get('x-csrf-token') ?? (typeof formToken === 'string' ? formToken : '');
  const expected = request.session?.csrf ?? '';
  const isForeign = request.get('sec-fetch-site') === 'cross-site';
  if (isForeign || expected === '' || !isEqual(sent, expected)) {
    throw new Problem({
      status: 403,
      code: 'csrf',
      detail: 'This page is out of date. Load it again and repeat what you did.',
    });
  }
}

function isEqual(left: string, right: string): boolean {
  const a = Buffer.from(left);
  const b = Buffer.from(right);
  return a.length === b.length && timingSafeEqual(a, b);
}
