import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { Web } from '../web';
import { sendView } from './mount-pages';

const operationShape = z.looseObject({
  operationId: z.string(),
  summary: z.string().default(''),
  description: z.string().default(''),
  tags: z.array(z.string()).default([]),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string() })).default([]),
  requestBody: z
    .looseObject({
      content: z.record(
        z.string(),
        z.looseObject({ schema: z.unknown(), example: z.unknown().optional() }),
      ),
    })
    .optional(),
  responses: z.record(
    z.string(),
    z.looseObject({
      description: z.string(),
      content: z.record(z.string(), z.looseObject({ example: z.unknown().optional() })).optional(),
    }),
  ),
});

const documentShape = z.looseObject({
  info: z.looseObject({ title: z.string(), version: z.string(), description: z.string() }),
  paths: z.record(z.string(), z.record(z.string(), operationShape)),
});

/** The API document as a page of our own: no script from elsewhere, readable without any. */
export function showApiDocs(
  document: () => unknown,
  web: Web,
  paths: ReadonlySet<string>,
): RequestHandler {
  let shown: ReturnType<typeof shownOf> | undefined;
  return (request, response) =>
    sendView(request, response, {
      web,
      paths,
      hasForms: false,
      view: { view: 'api-docs', title: 'API', data: (shown ??= shownOf(document())) },
    });
}

function shownOf(document: unknown) {
  const { info, paths: operations } = documentShape.parse(JSON.parse(JSON.stringify(document)));
  const groups = new Map<string, object[]>();
  for (const [path, methods] of Object.entries(operations)) {
    for (const [method, operation] of Object.entries(methods)) {
      const [tag = 'other'] = operation.tags;
      const body = Object.values(operation.requestBody?.content ?? {})[0];
      groups.set(tag, [
        ...(groups.get(tag) ?? []),
        {
          ...operation,
          method: method.toUpperCase(),
          path,
          body: body?.schema,
          bodyExample: body?.example,
          answers: Object.entries(operation.responses).map(([status, answer]) => ({
            status,
            description: answer.description,
            example: Object.values(answer.content ?? {})[0]?.example,
          })),
        },
      ]);
    }
  }
  return { info, groups: [...groups].map(([tag, members]) => ({ tag, operations: members })) };
}
