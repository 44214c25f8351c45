import express, {
  type ErrorRequestHandler,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import { Problem } from '../../domain/problem';
import { assertAdmitted, isPublic, kindsOf, type Audience } from '../auth/audience';
import { assertSameSite } from '../auth/csrf';
import { publicScope } from '../auth/principal';
import { saveSession } from '../auth/sessions';
import { methodsByPath, named, refuseMethod, sendBytes, uploadOf, uploadReaders } from '../mount';
import { problemOf, setProblemHeaders } from '../problem-answer';
import type { Web } from '../web';
import { frameOf } from './frame';
import {
  formStateOf,
  type Form,
  type FormState,
  type Page,
  type RawPageCall,
  type View,
} from './page';

/** Puts pages and forms on a router. */
export function mountPages(router: Router, entries: readonly (Page | Form)[], web: Web): void {
  const paths = pathsOf(entries);
  for (const entry of entries) {
    if (entry.kind === 'page') {
      router.get(entry.path, named(entry.path), admission(entry.auth), showing(entry, web, paths));
    } else {
      router.post(
        entry.path,
        named(entry.path),
        admission(entry.auth),
        ...(isPublic(entry.auth) ? [web.publicLimit] : []),
        ...(entry.upload ? uploadReaders(entry.upload) : [readForm]),
        refusedUpload(entry, web, paths),
        sameSite,
        submitting(entry, web, paths),
      );
    }
  }
  const byMethod = entries.map(({ kind, path }) => ({
    path,
    method: kind === 'page' ? ('GET' as const) : ('POST' as const),
  }));
  for (const [path, methods] of methodsByPath(byMethod)) {
    const allow = [...methods, ...(methods.has('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
    router.all(path, named(path), refuseMethod(allow));
  }
}

export function pathsOf(entries: readonly (Page | Form)[]): ReadonlySet<string> {
  return new Set(entries.filter(({ kind }) => kind === 'page').map(({ path }) => path));
}

export const readForm: RequestHandler = express.urlencoded({
  extended: false,
  limit: 256 * 1024,
  parameterLimit: 500,
});

/** Every form names the session's token, also on public pages: nobody is logged in without meaning it. */
export const sameSite: RequestHandler = (request, _response, next) => {
  assertSameSite(request, Reflect.get(Object(request.body), '_csrf'));
  next();
};

/** Who is not logged in is led to the log-in of the page's people and comes back afterwards. */
function admission(audience: Audience): RequestHandler {
  return (request, response, next) => {
    if (isPublic(audience) || request.principal) {
      assertAdmitted(audience, request.principal);
      next();
      return;
    }
    const [kind = 'staff'] = kindsOf(audience);
    const area = /^\/(staff|client|partner)(\/|$)/.exec(request.path)?.[1] ?? kind;
    const back = request.method === 'GET' ? `?next=${encodeURIComponent(request.originalUrl)}` : '';
    go(request, response, `/${area}/login${back}`);
  };
}

/**
 * A redirect that htmx follows, too: to another page as a whole, to the page that is open into the part of it
 * that the form names, so that nothing else moves.
 */
export function go(request: Request, response: Response, to: string): void {
  const part = request.get('hx-target');
  const isHere = pathOf(request.get('hx-current-url') ?? '') === pathOf(to);
  if (request.get('hx-request') !== 'true') response.redirect(303, to);
  else if (isHere && part !== undefined && /^[a-z-]+$/.test(part)) {
    const into = { target: `#${part}`, select: `#${part}`, swap: 'outerHTML' };
    response
      .set('HX-Location', JSON.stringify({ path: to, ...into }))
      .status(204)
      .end();
  } else response.set('HX-Redirect', to).status(204).end();
}

function pathOf(address: string): string | undefined {
  return URL.canParse(address, 'http://here')
    ? new URL(address, 'http://here').pathname
    : undefined;
}

function rawCall(request: Request, web: Web, audience: Audience): RawPageCall {
  const { principal } = request;
  return {
    deps: web.deps,
    scope: principal && !isPublic(audience) ? principal.scope : publicScope,
    user: principal?.user,
    path: request.path,
    params: request.params,
    query: request.query,
  };
}

function showing(page: Page, web: Web, paths: ReadonlySet<string>): RequestHandler {
  return async (request, response) => {
    const view = await page.load(rawCall(request, web, page.auth));
    if ('bytes' in view) {
      response.setHeader('Cache-Control', 'no-store');
      sendBytes(view, response);
    } else await sendView(request, response, { web, paths, view });
  };
}

/** Writes a view in its frame; for htmx the view alone. */
export async function sendView(
  request: Request,
  response: Response,
  {
    web,
    paths,
    view,
    form,
    hasForms = true,
  }: {
    web: Web;
    paths: ReadonlySet<string>;
    view: View;
    form?: FormState | undefined;
    hasForms?: boolean;
  },
): Promise<void> {
  const frame = await frameOf(request, web, { title: view.title, paths, form, hasForms });
  const isPart = request.get('hx-request') === 'true' && request.get('hx-boosted') !== 'true';
  const body = web.renderer.render(view.view, { ...frame, ...view.data });
  const html = isPart ? body : web.renderer.surround(body, frame);
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Vary', 'HX-Request, Cookie');
  response
    .status(view.status ?? 200)
    .type('html')
    .send(html);
}

function submitting(form: Form, web: Web, paths: ReadonlySet<string>): RequestHandler {
  return async (request, response) => {
    const key: unknown = Reflect.get(Object(request.body), '_key');
    try {
      const { to, flash } = await form.submit({
        ...rawCall(request, web, form.auth),
        ip: request.ip ?? '',
        body: request.body,
        file: uploadOf(request),
        key: typeof key === 'string' && key !== '' ? key : undefined,
      });
      if (flash) {
        request.session.flash = { kind: 'success', text: flash };
        await saveSession(request);
      }
      go(request, response, to);
    } catch (error) {
      const problem = problemOf(error);
      const canShow = problem.status === 400 || problem.status === 409 || problem.status === 422;
      if (!canShow || !form.page) throw error;
      await showAgain(request, response, { form, page: form.page, web, paths, problem });
    }
  };
}

/** A file that is too large or of another type is a wrong field of its form, and nothing of it was read. */
function refusedUpload(form: Form, web: Web, paths: ReadonlySet<string>): ErrorRequestHandler {
  return async (error: unknown, request: Request, response: Response, next: NextFunction) => {
    const { status, code } = problemOf(error);
    if (!form.page || !form.upload || (status !== 413 && status !== 415)) {
      next(error);
      return;
    }
    const megabytes = Math.floor(form.upload.bytesMax / 1024 / 1024);
    const detail =
      status === 413 ? `is larger than ${megabytes} MB` : 'is of a type that is not taken here';
    const problem = new Problem({
      status,
      code,
      detail: 'The file cannot be taken.',
      errors: [{ pointer: '/body/file', detail }],
    });
    await showAgain(request, response, { form, page: form.page, web, paths, problem });
  };
}

async function showAgain(
  request: Request,
  response: Response,
  {
    form,
    page,
    web,
    paths,
    problem,
  }: { form: Form; page: Page; web: Web; paths: ReadonlySet<string>; problem: Problem },
): Promise<void> {
  const view = await page.load({
    ...rawCall(request, web, form.auth),
    query: {},
    typed: request.body,
  });
  if ('bytes' in view) throw problem;
  await sendView(request, response, {
    web,
    paths,
    view: { ...view, status: problem.status },
    form: formStateOf(request.body, problem),
  });
}

const errorTitles: Readonly<Record<number, string>> = {
  401: 'Log in first',
  403: 'Not for you',
  404: 'Not found',
  429: 'Too many attempts',
  500: 'Something went wrong',
  503: 'Not possible right now',
};

/** The page of an error: what happened, in words, and where to go. Falls back to bare text. */
export async function sendErrorPage(
  request: Request,
  response: Response,
  { web, paths, problem }: { web: Web; paths: ReadonlySet<string>; problem: Problem },
): Promise<void> {
  setProblemHeaders(response, problem);
  response.removeHeader('WWW-Authenticate');
  const title = errorTitles[problem.status] ?? 'This was refused';
  try {
    await sendView(request, response, {
      web,
      paths,
      hasForms: false,
      view: {
        view: 'error',
        title,
        status: problem.status,
        data: { problem, heading: title, requestId: request.requestId },
      },
    });
  } catch {
    // The database that the frame needs is what is missing.
    response.status(problem.status).type('text').send(`${title}\n${problem.detail}\n`);
  }
}
