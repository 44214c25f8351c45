import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Scope } from '../domain/access/scope';
import { Problem } from '../domain/problem';
import { runCommand } from '../db/command';
import { inScope, type Tx } from '../db/connection';
import type { Json } from '../db/events';
import type { User } from '../db/users';
import type { Audience } from './auth/audience';
import type { ApiDeps } from './deps';
import { jsonOf, parseInput, parsePath } from './input';
import { filtersOf } from './named';
import { isStreamed, type Streamed } from './stream';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A file of a multipart upload (field `file`), held in memory. */
export interface Upload {
  readonly bytes: Buffer;
  /** As the caller says it; look at the bytes before believing it. */
  readonly mediaType: string;
  readonly name: string;
}

/** What tells one upload from another where a repeated command is compared with the first. */
export function digestOf(file: Upload | undefined): string | null {
  return file ? createHash('sha256').update(file.bytes).digest('hex') : null;
}

/** Bytes as an answer: a document, a CSV, a statement. */
export interface Download {
  readonly bytes: Buffer;
  readonly mediaType: string;
  /** Offered as a file of this name; shown in the browser without one. */
  readonly fileName?: string;
}

/** Schema of an answer of bytes; `mediaType` stands in the document. */
export function download(mediaType: string) {
  return z.custom<Download>().meta({ override: { type: 'string', format: 'binary' }, mediaType });
}

/** Schema of an answer that is JSON, or bytes of one of these types where the caller asks for them. */
export function orDownload<T extends z.ZodType>(schema: T, mediaTypes: readonly string[]) {
  return z.union([schema, z.custom<Download>()]).meta({ mediaTypes });
}

/** Schema of an answer without a body (204). */
export const nothing = z.null().meta({ description: 'No body.' });

type Shape = Readonly<Record<string, z.ZodType>>;
type Output<S extends Shape> = { readonly [K in keyof S]: z.output<S[K]> };
type Responses = Readonly<Record<number, z.ZodType>>;

/** One of the declared answers: its status and a body that its schema takes. */
type Answered<R extends Responses> = {
  [S in keyof R & number]: { readonly status: S; readonly body: z.input<R[S]> };
}[keyof R & number];

/** What a handler is given. */
export interface Call<P extends Shape, Q extends Shape, B extends z.ZodType> {
  /** The one transaction of the request, under the caller's scope; what throws rolls it back. */
  readonly tx: Tx;
  readonly scope: Scope;
  /** Who calls; undefined on a public route. */
  readonly user: User | undefined;
  /** From where the call came; personal, so kept as a digest or not at all. */
  readonly ip: string;
  readonly params: Output<P>;
  readonly query: Output<Q>;
  readonly body: z.output<B>;
  readonly file: Upload | undefined;
  /** The number of `If-Match`, where the route asks for it. */
  readonly expectedVersion: number;
  readonly deps: ApiDeps;
}

export interface RouteSpec<
  P extends Shape,
  Q extends Shape,
  B extends z.ZodType,
  R extends Responses,
> {
  readonly method: Method;
  /** Express pattern: `/api/v1/withdrawals/:id`. */
  readonly path: `/api/v1/${string}`;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly [string, ...string[]];
  readonly auth: Audience;
  /**
   * `required` on money and decisions (400 without a key). `none` where the answer holds a secret or a
   * repetition is harmless. A read needs none.
   */
  readonly idempotency?: 'required' | 'optional' | 'none';
  readonly params?: P;
  /** Declared filters; any other name is 400. */
  readonly query?: Q;
  readonly body?: B;
  readonly upload?: { readonly bytesMax: number; readonly mediaTypes: readonly string[] };
  /** `If-Match: "<version>"` is demanded (428 without) and given as `expectedVersion`. */
  readonly ifMatch?: boolean;
  readonly responses: R;
  /** Problem codes by status beyond the ones every route can answer. */
  readonly problems?: Readonly<Record<number, string>>;
  readonly example: {
    readonly body?: z.input<B>;
    readonly answer: Answered<R>;
  };
  /** Counts failures per account (`staff:maria@…`), on top of the address's limit: for routes that check a password. */
  readonly account?: (body: unknown) => string | undefined;
  /** `Location` of what was made; also on a repeated answer. */
  readonly location?: (body: Json) => string;
  /** Version for `ETag`. */
  readonly etag?: (body: Json) => string | number;
  /** Counts calls per person: for what costs much to answer. */
  readonly limited?: boolean;
  readonly handle: (call: Call<P, Q, B>) => Promise<Answered<NoInfer<R>>>;
}

/** A request as the web layer read it, not yet validated. */
export interface RawCall {
  readonly deps: ApiDeps;
  readonly scope: Scope;
  readonly user: User | undefined;
  readonly ip: string;
  /** The path as it was called, which an idempotency key is bound to. */
  readonly path: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly file: Upload | undefined;
  readonly idempotencyKey: string | undefined;
  readonly ifMatch: string | undefined;
}

export interface RawAnswer {
  readonly status: number;
  readonly body: Json;
  readonly download?: Download;
  /** Sent in a transaction of its own, after that of the handler has committed. */
  readonly stream?: Streamed;
}

/** A route whose types have been closed over; what the registry, the router and the document see. */
export interface Route {
  readonly method: Method;
  readonly path: `/api/v1/${string}`;
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly auth: Audience;
  readonly idempotency: 'required' | 'optional' | 'none';
  readonly params: z.ZodObject;
  readonly query: z.ZodObject;
  readonly body: z.ZodType | undefined;
  readonly upload:
    { readonly bytesMax: number; readonly mediaTypes: readonly string[] } | undefined;
  readonly ifMatch: boolean;
  readonly responses: Responses;
  readonly problems: Readonly<Record<number, string>>;
  readonly example: {
    readonly body?: unknown;
    readonly answer: { readonly status: number; readonly body: unknown };
  };
  readonly account: ((body: unknown) => string | undefined) | undefined;
  readonly location: ((body: Json) => string) | undefined;
  readonly etag: ((body: Json) => string | number) | undefined;
  readonly limited: boolean;
  readonly execute: (call: RawCall) => Promise<RawAnswer>;
}

/**
 * Defines a route of the API: one object gives validation, types, access, the transaction and the document.
 * Nothing is open by default: `auth` names who may call it.
 */
export function defineRoute<
  const R extends Responses,
  P extends Shape = Record<never, never>,
  Q extends Shape = Record<never, never>,
  B extends z.ZodType = z.ZodUndefined,
>(spec: RouteSpec<P, Q, B, R>): Route {
  const params = z.object({ ...spec.params });
  const query = z.strictObject({ ...spec.query });
  const assertFilters = filtersOf(spec.query ?? {});
  const idempotency = spec.method === 'GET' ? 'none' : (spec.idempotency ?? 'optional');
  const handle = async (tx: Tx, raw: RawCall, read: Reading): Promise<RawAnswer> => {
    await assertFilters(tx, read.query);
    const answer = await spec.handle({
      tx,
      scope: raw.scope,
      user: raw.user,
      ip: raw.ip,
      /* eslint-disable no-restricted-syntax -- A parser: the schema of this very type has read it. */
      params: read.params as Output<P>,
      query: read.query as Output<Q>,
      body: read.body as z.output<B>,
      /* eslint-enable no-restricted-syntax */
      file: raw.file,
      expectedVersion: read.expectedVersion,
      deps: raw.deps,
    });
    return encode(spec.responses, answer.status, answer.body);
  };
  return {
    method: spec.method,
    path: spec.path,
    operationId: spec.operationId,
    summary: spec.summary,
    description: spec.description ?? '',
    tags: spec.tags,
    auth: spec.auth,
    idempotency,
    params,
    query,
    body: spec.body,
    upload: spec.upload,
    ifMatch: spec.ifMatch ?? false,
    responses: spec.responses,
    problems: spec.problems ?? {},
    example: spec.example,
    account: spec.account,
    location: spec.location,
    etag: spec.etag,
    limited: spec.limited ?? false,
    execute: async (raw) => {
      const read: Reading = {
        params: parsePath(params, raw.params),
        query: parseInput(query, { ...Object(raw.query) }, 'query'),
        body: spec.body ? parseInput(spec.body, raw.body, 'body') : undefined,
        expectedVersion: spec.ifMatch ? versionOf(raw.ifMatch) : 0,
      };
      const { db } = raw.deps;
      if (spec.method === 'GET') return inScope(db, raw.scope, (tx) => handle(tx, raw, read));
      if (idempotency === 'none') return inScope(db, raw.scope, (tx) => handle(tx, raw, read));
      return runCommand(
        db,
        {
          scope: raw.scope,
          route: `${spec.method} ${raw.path}`,
          key: raw.idempotencyKey,
          keyRequired: idempotency === 'required',
          body: {
            body: jsonOf(raw.body),
            ifMatch: raw.ifMatch ?? null,
            file: digestOf(raw.file),
          },
        },
        (tx) => handle(tx, raw, read),
      );
    },
  };
}

interface Reading {
  readonly params: unknown;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly expectedVersion: number;
}

function versionOf(ifMatch: string | undefined): number {
  if (ifMatch === undefined) {
    throw new Problem({
      status: 428,
      code: 'version_required',
      detail: 'Say which version you changed: If-Match with the ETag you were given.',
    });
  }
  const version = /^(?:W\/)?"(\d{1,9})"$/.exec(ifMatch)?.[1];
  if (version === undefined) {
    throw new Problem({
      status: 400,
      code: 'malformed',
      detail: 'If-Match is not an ETag of ours.',
      errors: [{ pointer: '/headers/if-match', detail: 'is a version in quotes, such as "3"' }],
    });
  }
  return Number(version);
}

/** Only what the schema declares leaves: a field that a store adds later is not published by accident. */
function encode(responses: Responses, status: number, body: unknown): RawAnswer {
  const schema = responses[status];
  if (!schema) throw new Error(`the answer ${status} is not declared`);
  if (isDownload(body)) return { status, body: null, download: body };
  if (isStreamed(body)) return { status, body: null, stream: body };
  return { status, body: jsonOf(schema.parse(body)) };
}

function isDownload(body: unknown): body is Download {
  return (
    typeof body === 'object' && body !== null && 'bytes' in body && Buffer.isBuffer(body.bytes)
  );
}
