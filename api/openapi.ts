import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
} from 'zod-openapi';
import { audienceWords, isPublic } from './auth/audience';
import type { Route } from './route';

const problemSchema = z
  .looseObject({
    type: z.string().meta({ example: '/problems/malformed' }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'What a program decides by; `detail` is for people.' }),
    detail: z.string(),
    errors: z
      .array(z.looseObject({ pointer: z.string(), detail: z.string() }))
      .optional()
      .meta({ description: 'Places in the input (JSON Pointer) and what is wrong there.' }),
    instance: z.string().optional().meta({ description: 'Id of the request, for support.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });

const problemWords: Readonly<Record<number, string>> = {
  400: 'The input cannot be read.',
  401: 'Nobody is logged in, or the key does not work.',
  403: 'The person lacks the permission that is named.',
  404: 'It does not exist, or is not yours.',
  405: 'The address takes other methods; see `Allow`.',
  409: 'The state is another than the caller believed.',
  413: 'The body is too large.',
  415: 'The body is of another media type.',
  422: 'Understood, and refused by a rule.',
  428: '`If-Match` is required.',
  429: 'Too many attempts; see `Retry-After`.',
  500: 'Something went wrong on our side.',
  503: 'Not possible at the moment; see `Retry-After`.',
};

/** The OpenAPI 3.1 document of the routes: made of the schemas that validate, so that it cannot lie. */
export function openApiDocument(routes: readonly Route[], version: string) {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    const path = route.path.replace(/:([A-Za-z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Keelson',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description: [
        'Back office for forex and CFD brokers.',
        '',
        'Ids carry a prefix (`cl_`, `wd_`, …), money is `{"amount":"12.34","currency":"EUR"}`, times are RFC 3339 in UTC.',
        'Send `Idempotency-Key` with commands: the same key and body is answered with the first answer, another body is 409 `idempotency_mismatch`.',
        'Errors are RFC 9457 problem details; decide by `code`. Lists take `limit` (at most 200), `cursor` and the declared filters; an unknown one is 400.',
      ].join('\n'),
    },
    servers: [{ url: '/' }],
    tags: [...new Set(routes.flatMap((route) => route.tags))].map((name) => ({ name })),
    security: [{ apiKey: [] }],
    paths,
    components: {
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key (`kls_…`); it acts for the person who made it.',
        },
      },
    },
  });
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  const headers = headersOf(route);
  const body = requestBodyOf(route);
  return {
    operationId: route.operationId,
    summary: route.summary,
    description: [route.description, `For ${audienceWords(route.auth)}.`]
      .filter(Boolean)
      .join('\n\n'),
    tags: [...route.tags],
    ...(isPublic(route.auth) ? { security: [] } : {}),
    requestParams: {
      path: route.params,
      query: route.query,
      ...(headers ? { header: headers } : {}),
    },
    ...(body ? { requestBody: body } : {}),
    responses: { ...answersOf(route), ...problemsOf(route) },
  };
}

function headersOf(route: Route): z.ZodObject | undefined {
  const key = z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/)
    .meta({
      description: 'A key of the caller’s making, such as a UUID; kept with the answer.',
      example: '0b8f3a52-6c1d-4a55-9d5b-0c3d4a1e7f10',
    });
  const shape = {
    ...(route.idempotency === 'required' ? { 'Idempotency-Key': key } : {}),
    ...(route.idempotency === 'optional' ? { 'Idempotency-Key': key.optional() } : {}),
    ...(route.ifMatch
      ? {
          'If-Match': z
            .string()
            .regex(/^"\d{1,9}"$/)
            .meta({ description: 'ETag of the version you changed.', example: '"1"' }),
        }
      : {}),
  };
  return Object.keys(shape).length > 0 ? z.object(shape) : undefined;
}

function requestBodyOf(route: Route): ZodOpenApiOperationObject['requestBody'] {
  if (route.upload) {
    const file = z.string().meta({
      override: { type: 'string', format: 'binary' },
      description: `At most ${route.upload.bytesMax} bytes of ${route.upload.mediaTypes.join(', ')}.`,
    });
    const fields =
      route.body instanceof z.ZodObject ? route.body.extend({ file }) : z.object({ file });
    const encoding = { file: { contentType: route.upload.mediaTypes.join(', ') } };
    return { required: true, content: { 'multipart/form-data': { schema: fields, encoding } } };
  }
  if (!route.body) return undefined;
  const { body: example } = route.example;
  return {
    required: true,
    content: {
      'application/json': { schema: route.body, ...(example === undefined ? {} : { example }) },
    },
  };
}

const bytes = { schema: z.string().meta({ override: { type: 'string', format: 'binary' } }) };

type Answers = NonNullable<ZodOpenApiOperationObject['responses']>;
/** `${1 | 2 | 3 | 4 | 5}${string}` */
type Status = Exclude<keyof Answers, `x-${string}`> & string;

function statusOf(text: string): Status {
  if (!isStatus(text)) throw new Error(`${text} is no status of HTTP`);
  return text;
}

function isStatus(text: string): text is Status {
  return /^[1-5]\d\d$/.test(text);
}

function answersOf(route: Route): Answers {
  const answers: Answers = {};
  for (const [status, schema] of Object.entries(route.responses)) {
    const meta = schema.meta() ?? {};
    const mediaType = typeof meta['mediaType'] === 'string' ? meta['mediaType'] : undefined;
    const isExample = String(route.example.answer.status) === status;
    const headers = {
      ...(route.location ? { Location: z.string().optional() } : {}),
      ...(route.etag ? { ETag: z.string().optional() } : {}),
    };
    answers[statusOf(status)] = {
      description: meta.description ?? route.summary,
      ...(Object.keys(headers).length > 0 ? { headers: z.object(headers) } : {}),
      ...(schema instanceof z.ZodNull
        ? {}
        : schema instanceof z.ZodUnion && Array.isArray(meta['mediaTypes'])
          ? {
              content: {
                'application/json': {
                  schema: schema.options[0],
                  ...(isExample ? { example: route.example.answer.body } : {}),
                },
                ...Object.fromEntries(meta['mediaTypes'].map((type) => [type, bytes])),
              },
            }
          : mediaType !== undefined
            ? {
                content: {
                  [mediaType]: bytes,
                },
              }
            : {
                content: {
                  'application/json': {
                    schema,
                    ...(isExample ? { example: route.example.answer.body } : {}),
                  },
                },
              }),
    };
  }
  return answers;
}

/** Which problems a route can answer follows from what it takes; its own stand in `problems`. */
export function problemStatusesOf(route: Route): number[] {
  const everywhere = [400, 401, 404, 429, 500, 503];
  const statuses = new Set([...everywhere, ...Object.keys(route.problems).map(Number)]);
  if (!isPublic(route.auth)) statuses.add(403);
  if (route.method !== 'GET') [409, 413, 415, 422].forEach((status) => statuses.add(status));
  if (route.ifMatch) statuses.add(428);
  return [...statuses].sort((a, b) => a - b);
}

function problemsOf(route: Route): Answers {
  const answers: Answers = {};
  for (const status of problemStatusesOf(route)) {
    const own = route.problems[status];
    answers[statusOf(String(status))] = {
      description: [problemWords[status], own].filter(Boolean).join(' '),
      content: { 'application/problem+json': { schema: problemSchema } },
    };
  }
  return answers;
}
