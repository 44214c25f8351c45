import type { Request, RequestHandler, Response, Router } from 'express';
import { z } from 'zod';
import { inScope } from '../../db/connection';
import { mailPasswordLink } from '../../db/client-registration';
import { findCredentials, type UserKind } from '../../db/users';
import { checkCredentials } from '../auth/log-in';
import { publicScope } from '../auth/principal';
import { endSession, saveSession, startSession } from '../auth/sessions';
import { parseInput } from '../input';
import { named } from '../mount';
import { problemOf } from '../problem-answer';
import { email } from '../schemas';
import { accountOfBody, type Web } from '../web';
import { go, readForm, sameSite, sendView } from './mount-pages';
import { formStateOf, withoutBlanks, type FormState } from './page';

const areas = ['staff', 'client', 'partner'] as const satisfies readonly UserKind[];

const areaNames: Readonly<Record<UserKind, string>> = {
  staff: 'Staff console',
  client: 'Client room',
  partner: 'Partner portal',
};

const logInFields = z.object({ email, password: z.string().max(200), next: z.string().optional() });
const forgotFields = z.object({ email });

/** Log-in, log-out and "forgotten password" of the three areas. */
export function mountLogIn(router: Router, web: Web, paths: ReadonlySet<string>): void {
  for (const area of areas) {
    const show = async (
      request: Request,
      response: Response,
      of: { view: 'login' | 'forgot'; status?: number; form?: FormState; sent?: boolean },
    ) => {
      const next: unknown = request.query['next'] ?? Reflect.get(Object(request.body), 'next');
      await sendView(request, response, {
        web,
        paths,
        view: {
          view: of.view,
          title: of.view === 'login' ? `Log in · ${areaNames[area]}` : 'Forgotten password',
          status: of.status ?? 200,
          data: { logInArea: area, areaName: areaNames[area], next, sent: of.sent ?? false },
        },
        form: of.form,
      });
    };
    const refusedForm =
      (view: 'login' | 'forgot', work: RequestHandler): RequestHandler =>
      async (request, response, next) => {
        try {
          await work(request, response, next);
        } catch (error) {
          const problem = problemOf(error);
          if (problem.status >= 500) throw error;
          const form = formStateOf(request.body, problem);
          await show(request, response, { view, status: problem.status, form });
        }
      };

    router.get(`/${area}/login`, named(`/${area}/login`), async (request, response) => {
      if (request.principal?.user.kind === area) response.redirect(303, `/${area}`);
      else await show(request, response, { view: 'login' });
    });
    router.post(
      `/${area}/login`,
      named(`/${area}/login`),
      web.publicLimit,
      readForm,
      sameSite,
      web.accountLimit((body) => accountOfBody(area, body)),
      refusedForm('login', async (request, response) => {
        const fields = parseInput(logInFields, withoutBlanks(request.body), 'body');
        const user = await checkCredentials(web.deps.db, area, fields, {
          ...{ how: 'session', ip: request.ip ?? '' },
        });
        await startSession(request, user);
        go(request, response, localPath(fields.next) ?? `/${area}`);
      }),
    );
    router.get(`/${area}/forgot`, named(`/${area}/forgot`), (request, response) =>
      show(request, response, { view: 'forgot' }),
    );
    router.post(
      `/${area}/forgot`,
      named(`/${area}/forgot`),
      web.publicLimit,
      readForm,
      sameSite,
      refusedForm('forgot', async (request, response) => {
        const fields = parseInput(forgotFields, withoutBlanks(request.body), 'body');
        await sendResetLink(web, area, fields.email);
        await show(request, response, { view: 'forgot', sent: true });
      }),
    );
  }
  router.post('/logout', named('/logout'), readForm, sameSite, async (request, response) => {
    const area = request.principal?.user.kind ?? 'staff';
    await endSession(request);
    go(request, response, `/${area}/login`);
  });
  router.get('/', named('/'), async (request, response) => {
    const kind = request.principal?.user.kind;
    if (kind) response.redirect(303, `/${kind}`);
    else
      await sendView(request, response, {
        web,
        paths,
        view: { view: 'welcome', title: 'Keelson' },
      });
  });
}

async function sendResetLink(web: Web, kind: UserKind, address: string): Promise<void> {
  await inScope(web.deps.db, publicScope, async (tx) => {
    const found = await findCredentials(tx, kind, address);
    if (!found) return;
    const isNew = found.user.state === 'invited';
    await mailPasswordLink(
      tx,
      found.user,
      isNew && kind === 'client' ? 'verify_email' : 'password_reset',
    );
  });
}

/** Only paths of this server: "next" from a mail must not lead elsewhere. */
function localPath(next: string | undefined): string | undefined {
  return next !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(next) && !next.includes('\\')
    ? next
    : undefined;
}

/** Keeps a flash over the redirect that follows. */
export async function flash(
  request: Request,
  kind: 'success' | 'danger' | 'info',
  text: string,
): Promise<void> {
  request.session.flash = { kind, text };
  await saveSession(request);
}
