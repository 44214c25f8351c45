import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Principal } from './auth/principal';
import type { ApiDeps } from './deps';
import type { Metrics } from './metrics';

declare module 'express-serve-static-core' {
  interface Request {
    requestId: string;
    /** Set once the caller is known. */
    principal?: Principal | undefined;
    /** Pattern of the route that answers, for logs and metrics: an address itself may hold a token. */
    pattern?: string;
  }
}

/** Gives each request an id (`X-Request-Id`), and logs and counts it when it has been answered. */
export function logRequests({ log }: ApiDeps, metrics: Metrics): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    const startedAt = process.hrtime.bigint();
    request.requestId = randomUUID();
    response.setHeader('X-Request-Id', request.requestId);
    response.on('close', () => {
      const ms = Number((process.hrtime.bigint() - startedAt) / 10_000n) / 100;
      const route = request.pattern ?? 'unknown';
      const status = response.writableFinished ? response.statusCode : 499;
      metrics.observe({ method: request.method, route, status, ms });
      log.info(
        {
          request: request.requestId,
          method: request.method,
          route,
          status,
          ms,
          actor: request.principal?.scope.actor,
        },
        'answered',
      );
    });
    next();
  };
}
