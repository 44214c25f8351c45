import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import helmet from 'helmet';
import { Problem } from '../domain/problem';
import { mountAssets } from './assets';
import { principalOf } from './auth/principal';
import { createSessions } from './auth/sessions';
import { defaultLimits, type ApiDeps } from './deps';
import { mountHealth } from './health';
import { limitByAddress } from './limits';
import { createMetrics } from './metrics';
import { mountRoutes, named } from './mount';
import { openApiDocument } from './openapi';
import { showApiDocs } from './pages/api-docs';
import { pages } from './pages';
import { mountLogIn } from './pages/log-in';
import { mountPages, pathsOf, sendErrorPage } from './pages/mount-pages';
import { createRenderer } from './pages/render';
import { mountSearch } from './pages/search';
import { errorFacts, problemOf, sendProblem } from './problem-answer';
import { logRequests } from './request-log';
import { routes } from './routes';
import { createWeb } from './web';
import { mountWebhooks } from './webhooks';

export interface App {
  readonly express: Express;
  /** Ends what runs beside requests. */
  close(): void;
}

/** Version of the API document; the address keeps /v1 until something breaks. */
export const apiVersion = '1.0.0';

/** The whole web surface over its dependencies; listening is the caller's. */
export function createApp(deps: ApiDeps): App {
  const app = express();
  const metrics = createMetrics();
  const web = createWeb(deps, createRenderer());
  const sessions = createSessions(deps);
  const paths = pathsOf(pages);

  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', deps.trustProxy ?? 'loopback');
  app.set('query parser', 'simple');
  app.use(logRequests(deps, metrics));
  app.use(securityHeaders(deps));
  mountHealth(app, deps, metrics);
  mountAssets(app, deps);
  app.use(limitByAddress(deps.limits?.requestsMax ?? defaultLimits.requestsMax));
  mountWebhooks(app, deps);

  app.use(sessions.middleware);
  app.use(async (request: Request, _response: Response, next: NextFunction) => {
    request.principal = await principalOf(deps.db, request);
    next();
  });
  // Made when first asked for: it is half of the work of making the app.
  let made: ReturnType<typeof openApiDocument> | undefined;
  const document = () => (made ??= openApiDocument(routes, apiVersion));
  app.get('/api/v1/openapi.json', named('/api/v1/openapi.json'), (_request, response) => {
    response.json(document());
  });
  app.get('/api/docs', named('/api/docs'), showApiDocs(document, web, paths));
  mountRoutes(app, routes, web);
  mountLogIn(app, web, paths);
  mountSearch(app, web, paths);
  mountPages(app, pages, web);

  app.use((_request: Request, _response: Response, next: NextFunction) => {
    next(
      new Problem({ status: 404, code: 'not_found', detail: 'There is nothing at this address.' }),
    );
  });
  // Express knows an error handler by its four parameters.
  app.use(async (error: unknown, request: Request, response: Response, _next: NextFunction) => {
    const problem = problemOf(error);
    if (problem.status >= 500) {
      deps.log.error(
        { request: request.requestId, route: request.pattern, error: errorFacts(error) },
        'failed',
      );
    }
    if (response.headersSent) response.destroy();
    else if (/^\/(api|webhooks)\//.test(request.path)) sendProblem(request, response, problem);
    else await sendErrorPage(request, response, { web, paths, problem });
  });
  return { express: app, close: sessions.close };
}

function securityHeaders(deps: ApiDeps) {
  const isSecure = deps.publicUrl.startsWith('https:');
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'"],
        'style-src': ["'self'"],
        'img-src': ["'self'", 'data:'],
        'font-src': ["'self'"],
        'connect-src': ["'self'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
        'base-uri': ["'none'"],
        ...(isSecure ? { 'upgrade-insecure-requests': [] } : {}),
      },
    },
    strictTransportSecurity: isSecure ? { maxAge: 31_536_000, includeSubDomains: true } : false,
    referrerPolicy: { policy: 'no-referrer' },
    crossOriginOpenerPolicy: isSecure ? { policy: 'same-origin' } : false,
    originAgentCluster: isSecure,
  });
}
