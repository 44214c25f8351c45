import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import type { Request, RequestHandler } from 'express';
import { Problem } from '../domain/problem';

const windowMs = 15 * 60_000;

function address(request: Request): string {
  return ipKeyGenerator(request.ip ?? '');
}

/**
 * Lets `max` requests of one key pass in 15 minutes; then 429 with `Retry-After`. Counted per process:
 * with n processes behind a balancer the limit is n times as wide, which still stops guessing.
 */
function limiter(
  max: number,
  options: { key: (request: Request) => string; failuresOnly?: boolean },
): RequestHandler {
  return rateLimit({
    windowMs,
    limit: max,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    skipSuccessfulRequests: options.failuresOnly ?? false,
    keyGenerator: options.key,
    handler: (_request, _response, next) => {
      next(
        new Problem({
          status: 429,
          code: 'too_many_requests',
          detail: 'Too many attempts. Wait a few minutes and try again.',
        }),
      );
    },
  });
}

export function limitByAddress(max: number): RequestHandler {
  return limiter(max, { key: address });
}

/** Counts what one person asks for, by whatever key or session. */
export function limitByPerson(max: number): RequestHandler {
  return limiter(max, {
    key: (request) =>
      request.principal ? `person:${request.principal.user.id}` : `address:${address(request)}`,
  });
}

/** Counts failures of one account from everywhere, so that many addresses do not help in guessing. */
export function limitFailuresOf(
  max: number,
  account: (request: Request) => string | undefined,
): RequestHandler {
  return limiter(max, {
    key: (request) => account(request) ?? `address:${address(request)}`,
    failuresOnly: true,
  });
}
