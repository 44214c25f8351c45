import { z } from 'zod';
import type { Scope } from '../../domain/access/scope';
import { type Problem } from '../../domain/problem';
import { runCommand } from '../../db/command';
import { inScope, type Tx } from '../../db/connection';
import type { User } from '../../db/users';
import type { Audience } from '../auth/audience';
import type { ApiDeps } from '../deps';
import { jsonOf, parseInput, parsePath } from '../input';
import { filtersOf } from '../named';
import { digestOf, type Download, type Upload } from '../route';

type Shape = Readonly<Record<string, z.ZodType>>;
type Output<S extends Shape> = { readonly [K in keyof S]: z.output<S[K]> };

/** What a page shows: a template of `views/`, its title, and what the template reads. */
export interface View {
  readonly view: string;
  readonly title: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly status?: number;
}

export interface PageCall<P extends Shape, Q extends Shape> {
  /** A transaction under the person's scope. */
  readonly tx: Tx;
  readonly scope: Scope;
  /** Undefined on a public page without a log-in. */
  readonly user: User | undefined;
  readonly params: Output<P>;
  readonly query: Output<Q>;
  /** Every field of the query as it was typed, for a page whose fields follow from data. */
  readonly asked: Readonly<Record<string, unknown>>;
  /** What was typed into a form of the page that was refused; undefined when the page is just read. */
  readonly typed: Readonly<Record<string, unknown>> | undefined;
  readonly deps: ApiDeps;
}

export interface PageSpec<P extends Shape, Q extends Shape> {
  /** Express pattern; begins with /staff, /client or /partner for people, and tells the layout. */
  readonly path: `/${string}`;
  readonly auth: Audience;
  readonly params?: P;
  /** Unknown names are left alone here: links from mails carry all sorts. */
  readonly query?: Q;
  readonly handle: (call: PageCall<P, Q>) => Promise<View | Download>;
}

export interface RawPageCall {
  readonly deps: ApiDeps;
  readonly scope: Scope;
  readonly user: User | undefined;
  readonly path: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly typed?: unknown;
}

/** A page whose types have been closed over. */
export interface Page {
  readonly kind: 'page';
  readonly path: `/${string}`;
  readonly auth: Audience;
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly load: (call: RawPageCall) => Promise<View | Download>;
}

/** Defines a page that is read (GET). It names who may see it and which view shows what. */
export function definePage<
  P extends Shape = Record<never, never>,
  Q extends Shape = Record<never, never>,
>(spec: PageSpec<P, Q>): Page {
  const params = z.object({ ...spec.params });
  const query = z.object({ ...spec.query });
  const assertFilters = filtersOf(spec.query ?? {});
  return {
    kind: 'page',
    path: spec.path,
    auth: spec.auth,
    params,
    query,
    load: (raw) => {
      const read = {
        params: parsePath(params, raw.params),
        query: parseInput(query, withoutBlanks(raw.query), 'query'),
      };
      return inScope(raw.deps.db, raw.scope, async (tx) => {
        await assertFilters(tx, read.query);
        return spec.handle({
          tx,
          scope: raw.scope,
          user: raw.user,
          /* eslint-disable no-restricted-syntax -- A parser: the schema of this very type has read it. */
          params: read.params as Output<P>,
          query: read.query as Output<Q>,
          /* eslint-enable no-restricted-syntax */
          asked: withoutBlanks(raw.query),
          typed: raw.typed === undefined ? undefined : withoutBlanks(raw.typed),
          deps: raw.deps,
        });
      });
    },
  };
}

/** Where the browser goes after a form (303), and what it is told there. No personal data in `flash`. */
export interface Redirect {
  readonly to: string;
  readonly flash?: string;
}

export interface FormCall<P extends Shape, B extends Shape> {
  /** The one transaction of the command. */
  readonly tx: Tx;
  readonly scope: Scope;
  readonly user: User | undefined;
  /** From where it was sent; personal, so kept as a digest or not at all. */
  readonly ip: string;
  readonly params: Output<P>;
  readonly body: Output<B>;
  /** Every field as it was typed, for a form whose fields follow from data. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly file: Upload | undefined;
  readonly deps: ApiDeps;
}

export interface FormSpec<P extends Shape, B extends Shape> {
  readonly path: `/${string}`;
  readonly auth: Audience;
  readonly params?: P;
  /** Fields. A field left empty is absent: make it `.optional()` unless it is required. */
  readonly body?: B;
  readonly upload?: { readonly bytesMax: number; readonly mediaTypes: readonly string[] };
  /** The page that holds the form: shown again with what was typed and what is wrong. */
  readonly page?: Page;
  readonly handle: (call: FormCall<P, B>) => Promise<Redirect>;
}

export interface RawFormCall extends RawPageCall {
  readonly ip: string;
  readonly body: unknown;
  readonly file: Upload | undefined;
  /** The form's hidden `_key`: pressing twice does it once. */
  readonly key: string | undefined;
}

export interface Form {
  readonly kind: 'form';
  readonly path: `/${string}`;
  readonly auth: Audience;
  readonly params: z.ZodObject;
  readonly body: z.ZodObject;
  readonly upload: FormSpec<Shape, Shape>['upload'];
  readonly page: Page | undefined;
  readonly submit: (call: RawFormCall) => Promise<Redirect>;
}

/** Defines a form (POST): checked for CSRF, one transaction through `runCommand`, then a redirect. */
export function defineForm<
  P extends Shape = Record<never, never>,
  B extends Shape = Record<never, never>,
>(spec: FormSpec<P, B>): Form {
  const params = z.object({ ...spec.params });
  const body = z.object({ ...spec.body });
  return {
    kind: 'form',
    path: spec.path,
    auth: spec.auth,
    params,
    body,
    upload: spec.upload,
    page: spec.page,
    submit: async (raw) => {
      const read = {
        params: parsePath(params, raw.params),
        body: parseInput(body, withoutBlanks(raw.body), 'body'),
      };
      const answer = await runCommand(
        raw.deps.db,
        {
          scope: raw.scope,
          route: `POST ${raw.path}`,
          key: raw.key,
          keyRequired: false,
          // Kept as a digest: a password in it could be guessed at.
          body: { body: jsonOf(withoutSecrets(raw.body)), file: digestOf(raw.file) },
        },
        async (tx) => {
          const redirect = await spec.handle({
            tx,
            scope: raw.scope,
            user: raw.user,
            ip: raw.ip,
            /* eslint-disable no-restricted-syntax -- A parser: the schema of this very type has read it. */
            params: read.params as Output<P>,
            body: read.body as Output<B>,
            /* eslint-enable no-restricted-syntax */
            fields: withoutBlanks(raw.body),
            file: raw.file,
            deps: raw.deps,
          });
          return { status: 303, body: { to: redirect.to, flash: redirect.flash ?? '' } };
        },
      );
      return redirectShape.parse(answer.body);
    },
  };
}

const redirectShape = z.object({ to: z.string(), flash: z.string() });

/** A browser sends every field of a form: what was left empty counts as not given. */
export function withoutBlanks(fields: unknown): Record<string, unknown> {
  return Object.fromEntries(
    entriesOf(fields).filter(([name, value]) => !name.startsWith('_') && value !== ''),
  );
}

function withoutSecrets(fields: unknown): Record<string, unknown> {
  return Object.fromEntries(
    entriesOf(fields).filter(
      ([name]) => !name.startsWith('_') && !/password|secret|token/i.test(name),
    ),
  );
}

function entriesOf(fields: unknown): [name: string, value: unknown][] {
  return Object.entries({ ...Object(fields) });
}

/** What the template of a refused form reads as `form`. */
export interface FormState {
  readonly values: Readonly<Record<string, unknown>>;
  /** Words by field name. */
  readonly errors: Readonly<Record<string, string>>;
  readonly problem: { readonly code: string; readonly detail: string } | undefined;
}

/** Typed again as it was typed, secrets apart, with each problem at its field. */
export function formStateOf(body: unknown, error: Problem): FormState {
  const errors = error.errors.map(({ pointer, detail }): [string, string] => [
    pointer.replace(/^\/body\//, '').split('/')[0] ?? '',
    detail,
  ]);
  return {
    values: withoutSecrets(body),
    errors: Object.fromEntries(errors),
    problem: { code: error.code, detail: error.detail },
  };
}
