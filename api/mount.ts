import express, {
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import multer from 'multer';
import { Problem } from '../domain/problem';
import { assertAdmitted, isPublic } from './auth/audience';
import { assertSameSite } from './auth/csrf';
import { publicScope } from './auth/principal';
import type { Web } from './web';
import { setProblemHeaders } from './problem-answer';
import type { Method, RawAnswer, Route, Upload } from './route';
import { sendStream } from './stream';

const bodyBytesMax = 256 * 1024;

/** Puts the routes on a router; a known address with another method is 405 with `Allow`. */
export function mountRoutes(router: Router, routes: readonly Route[], web: Web): void {
  for (const [path, methods] of [...methodsByPath(routes)].sort(wordsFirst)) {
    for (const route of routes.filter((each) => each.path === path)) mountRoute(router, route, web);
    const allow = [...methods, ...(methods.has('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
    router.all(path, named(path), refuseMethod(allow));
  }
}

/** `/clients/search` before `/clients/:id`: no method of the one is a method of the other. */
function wordsFirst(
  [left]: readonly [string, unknown],
  [right]: readonly [string, unknown],
): number {
  // A tilde sorts after every letter.
  const key = (path: string) => path.replace(/:[^/]+/g, '~');
  return key(left) < key(right) ? -1 : 1;
}

function mountRoute(router: Router, route: Route, web: Web): void {
  const limited = isPublic(route.auth) && route.method !== 'GET' ? [web.publicLimit] : [];
  router[verbs[route.method]](
    route.path,
    named(route.path),
    admission(route),
    ...limited,
    ...(route.limited ? [web.exportLimit] : []),
    ...bodyReaders(route),
    ...(route.account ? [web.accountLimit(route.account)] : []),
    answering(route, web),
  );
}

const verbs = {
  GET: 'get',
  POST: 'post',
  PUT: 'put',
  PATCH: 'patch',
  DELETE: 'delete',
} as const satisfies Record<Method, string>;

export function methodsByPath(
  routes: readonly { readonly path: string; readonly method: Method }[],
): Map<string, Set<Method>> {
  const paths = new Map<string, Set<Method>>();
  for (const { path, method } of routes) {
    paths.set(path, (paths.get(path) ?? new Set()).add(method));
  }
  return paths;
}

export function refuseMethod(allow: string): RequestHandler {
  return (request, response, next) => {
    response.setHeader('Allow', allow);
    if (request.method === 'OPTIONS') {
      response.status(204).end();
      return;
    }
    next(
      new Problem({
        status: 405,
        code: 'method_not_allowed',
        detail: `This address takes ${allow}.`,
      }),
    );
  };
}

/** Names the pattern for logs and metrics. */
export function named(pattern: string): RequestHandler {
  return (request, _response, next) => {
    request.pattern = pattern;
    next();
  };
}

/** Who calls is checked before a body is read: a stranger's bytes are not even parsed. */
function admission(route: Route): RequestHandler {
  return (request, _response, next) => {
    assertAdmitted(route.auth, request.principal);
    // A public command does nothing in the name of the session it may carry.
    const byCookie = request.principal?.via === 'session' && !isPublic(route.auth);
    if (byCookie && route.method !== 'GET') assertSameSite(request, undefined);
    next();
  };
}

const readJson = express.json({
  limit: bodyBytesMax,
  strict: false,
  type: ['application/json', 'application/*+json'],
});

function bodyReaders(route: Route): RequestHandler[] {
  if (route.upload) return uploadReaders(route.upload);
  return [demandJson(route), readJson];
}

function demandJson(route: Route): RequestHandler {
  return (request, _response, next) => {
    const hasBody = hasContent(request);
    if (hasBody && request.is(['application/json', 'application/*+json']) === false) {
      next(mediaTypeProblem('application/json'));
      return;
    }
    if (hasBody && !route.body) {
      next(new Problem({ status: 400, code: 'malformed', detail: 'This command takes no body.' }));
      return;
    }
    next();
  };
}

function hasContent(request: Request): boolean {
  const length = request.get('content-length');
  return request.get('transfer-encoding') !== undefined || (length !== undefined && length !== '0');
}

function mediaTypeProblem(mediaType: string): Problem {
  return new Problem({
    status: 415,
    code: 'unsupported_media_type',
    detail: `The body is sent as ${mediaType}.`,
  });
}

/** A form with one file, in memory: it is encrypted before it touches a disk. */
export function uploadReaders(upload: NonNullable<Route['upload']>): RequestHandler[] {
  const reader = multer({
    storage: multer.memoryStorage(),
    limits: { fileSize: upload.bytesMax, files: 1, fields: 40, fieldSize: 16 * 1024, parts: 42 },
  }).single('file');
  return [
    (request, _response, next) => {
      if (request.is('multipart/form-data') === false || !hasContent(request)) {
        next(mediaTypeProblem('multipart/form-data'));
      } else next();
    },
    reader,
    (request, _response, next) => {
      if (request.file && !upload.mediaTypes.includes(request.file.mimetype)) {
        next(
          new Problem({
            status: 415,
            code: 'unsupported_media_type',
            detail: `A file is one of ${upload.mediaTypes.join(', ')}.`,
            errors: [{ pointer: '/body/file', detail: 'is of another type' }],
          }),
        );
      } else next();
    },
  ];
}

export function uploadOf(request: Request): Upload | undefined {
  const { file } = request;
  return file && { bytes: file.buffer, mediaType: file.mimetype, name: file.originalname };
}

function answering(route: Route, { deps }: Web): RequestHandler {
  return async (request: Request, response: Response, next: NextFunction) => {
    try {
      const file = uploadOf(request);
      const scope =
        request.principal && !isPublic(route.auth) ? request.principal.scope : publicScope;
      const answer = await route.execute({
        deps,
        scope,
        user: request.principal?.user,
        ip: request.ip ?? '',
        path: request.path,
        params: request.params,
        query: request.query,
        body: request.body,
        file,
        idempotencyKey: request.get('idempotency-key'),
        ifMatch: request.get('if-match'),
      });
      if (answer.stream) {
        response.setHeader('Cache-Control', 'no-store');
        await sendStream(answer.stream, { db: deps.db, scope, response });
      } else send(route, answer, response);
    } catch (error) {
      if (error instanceof Problem) setProblemHeaders(response, error);
      next(error);
    }
  };
}

function send(route: Route, answer: RawAnswer, response: Response): void {
  const isGood = answer.status < 300;
  if (isGood && route.location) response.setHeader('Location', route.location(answer.body));
  if (isGood && route.etag) response.setHeader('ETag', `"${route.etag(answer.body)}"`);
  response.setHeader('Cache-Control', 'no-store');
  response.status(answer.status);
  if (answer.download) sendBytes(answer.download, response);
  else if (answer.status === 204) response.end();
  else response.json(answer.body);
}

export function sendBytes(
  { bytes, mediaType, fileName }: NonNullable<RawAnswer['download']>,
  response: Response,
): void {
  response.type(mediaType);
  // Uploaded bytes are shown, never run: no script, no frame, no sniffing (helmet sets nosniff).
  response.setHeader(
    'Content-Security-Policy',
    "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  );
  if (fileName !== undefined) response.attachment(fileName);
  response.send(bytes);
}
