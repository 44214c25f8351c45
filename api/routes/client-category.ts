import { z } from 'zod';
import { criterionNames } from '../../domain/client/category';
import { mediaTypes } from '../../domain/onboarding/media-type';
import {
  addCategoryPaper,
  categoryRequestStates,
  categoryWarning,
  listCategoryRequests,
  readCategoryRequest,
  requestProfessional,
  requestRetail,
  statementOfRequest,
  submitCategoryRequest,
  withdrawCategoryRequest,
  type CategoryRequest,
} from '../../db/client-category';
import { papersOf, readPaperContent, type ClientPaper } from '../../db/client-papers';
import { readClient } from '../../db/clients';
import type { Tx } from '../../db/connection';
import { latestTask } from '../../db/tasks';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { idIn } from '../location';
import { paperDownload, paperUpload, requiredFile } from '../paper-file';
import { defineRoute, download } from '../route';
import { exampleId, idOf, prose, time } from '../schemas';
import { clientOf } from './client-scope';

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hex');

const paper = z.object({
  id: idOf('paper'),
  purpose: z.string(),
  mediaType: z.enum(mediaTypes),
  bytes: z.number().int(),
  uploadedAt: time,
});

const request = z
  .object({
    id: idOf('categoryRequest'),
    clientId: idOf('client'),
    wish: z.enum(['retail', 'professional']),
    criteria: z.array(z.enum(criterionNames)),
    state: z.enum(categoryRequestStates),
    createdAt: time,
    finishedAt: time.nullable(),
  })
  .meta({ id: 'CategoryRequest' });

const requestDetail = request
  .extend({
    papers: z.array(paper),
    statement: z.string(),
    warningHash: hash.nullable().meta({ description: 'Of the warning that was acknowledged.' }),
    taskId: idOf('task').nullable().meta({ description: 'Where it is decided; for staff.' }),
  })
  .meta({ id: 'CategoryRequestDetail' });

const exampleHash = '4f0d0a9b8d5c3e6f7a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f6071';
const example = {
  id: exampleId('categoryRequest'),
  clientId: exampleId('client'),
  wish: 'professional' as const,
  criteria: ['trades' as const, 'portfolio' as const],
  state: 'collecting' as const,
  createdAt: '2026-11-23T20:15:00.000000Z',
  finishedAt: null,
};
const detailExample = {
  ...example,
  papers: [],
  statement: 'Ten trades a week since 2019 at another broker.',
  warningHash: exampleHash,
  taskId: null,
};

function show(of: CategoryRequest): z.input<typeof request> {
  const { entityId: _, warningHash: __, evaluationId: ___, criteria, ...rest } = of;
  return { ...rest, criteria: [...criteria] };
}

function showPaper({ subject: _, contentHash: __, ...rest }: ClientPaper): z.input<typeof paper> {
  return rest;
}

async function showDetail(tx: Tx, of: CategoryRequest): Promise<z.input<typeof requestDetail>> {
  const task =
    tx.scope.kind === 'staff' ? await latestTask(tx, of.id, 'category_approval') : undefined;
  return {
    ...show(of),
    papers: (await papersOf(tx, of.id)).map(showPaper),
    statement: await statementOfRequest(tx, of),
    warningHash: of.warningHash,
    taskId: task?.id ?? null,
  };
}

const tags: ['Clients'] = ['Clients'];

const warning = defineRoute({
  method: 'GET',
  path: '/api/v1/me/category',
  operationId: 'readOwnCategory',
  summary: 'Read how you are treated, and what a professional gives up',
  tags,
  auth: { client: true },
  responses: {
    200: z.object({
      category: z.enum(['retail', 'professional']),
      warning: z.string(),
      warningHash: hash.meta({ description: 'SHA-256, in hex, of the warning.' }),
    }),
  },
  example: {
    answer: {
      status: 200,
      body: { category: 'retail', warning: 'You lose protections.', warningHash: exampleHash },
    },
  },
  handle: async ({ tx, scope }) => {
    const { clientId, entityId } = clientOf(scope);
    const { category } = await readClient(tx, clientId);
    const { warning: words, hash: warningHash } = await categoryWarning(tx, entityId);
    return { status: 200, body: { category, warning: words, warningHash } };
  },
});

const ask = defineRoute({
  method: 'POST',
  path: '/api/v1/me/category-requests',
  operationId: 'requestCategory',
  summary: 'Ask to be treated as a professional, or as a retail client again',
  description:
    'A professional names the criteria that papers show (two of three), and acknowledges the warning by its hash; papers are added next, then the request is handed in. To be protected as a retail client again is granted by the policy at once.',
  tags,
  auth: { client: true },
  idempotency: 'required',
  body: z.discriminatedUnion('wish', [
    z.strictObject({
      wish: z.literal('professional'),
      criteria: z.array(z.enum(criterionNames)).min(1).max(3),
      statement: prose(2000).meta({ example: 'Ten trades a week since 2019 at another broker.' }),
      warningHash: hash,
    }),
    z.strictObject({ wish: z.literal('retail') }),
  ]),
  responses: { 201: requestDetail },
  problems: {
    409: '`category_requested`: another one is open; `warning_changed`',
    422: '`already_so`',
  },
  example: {
    body: {
      wish: 'professional',
      criteria: ['trades', 'portfolio'],
      statement: detailExample.statement,
      warningHash: exampleHash,
    },
    answer: { status: 201, body: detailExample },
  },
  location: (body) => `/api/v1/category-requests/${idIn(body)}`,
  handle: async ({ tx, scope, body }) => {
    const { clientId } = clientOf(scope);
    const made =
      body.wish === 'retail'
        ? await requestRetail(tx, clientId)
        : await requestProfessional(tx, clientId, body);
    return { status: 201, body: await showDetail(tx, made) };
  },
});

const addEvidence = defineRoute({
  method: 'POST',
  path: '/api/v1/category-requests/:id/papers',
  operationId: 'addCategoryPaper',
  summary: 'Add a paper for one of the criteria',
  description: 'A JPEG, PNG or PDF in the field `file`, told by its first bytes.',
  tags,
  auth: { client: true },
  idempotency: 'optional',
  params: { id: idOf('categoryRequest') },
  upload: paperUpload,
  body: z.strictObject({ criterion: z.enum(criterionNames) }),
  responses: { 201: requestDetail },
  problems: {
    409: '`not_collecting`',
    415: '`unsupported_media_type`',
    422: '`not_claimed`, `too_many_documents`',
  },
  example: {
    body: { criterion: 'trades' },
    answer: { status: 201, body: detailExample },
  },
  location: (body) => `/api/v1/category-requests/${idIn(body)}`,
  handle: async ({ tx, params, body, file }) => {
    await readCategoryRequest(tx, params.id);
    const { bytes } = requiredFile(file, { problem: 'There is no paper in the form.' });
    await addCategoryPaper(tx, params.id, { criterion: body.criterion, content: bytes });
    return { status: 201, body: await showDetail(tx, await readCategoryRequest(tx, params.id)) };
  },
});

const submit = defineRoute({
  method: 'POST',
  path: '/api/v1/category-requests/:id/submit',
  operationId: 'submitCategoryRequest',
  summary: 'Hand the request in',
  description:
    'The policy `client.category` refuses it, grants it, or has people decide: two of them where it says so.',
  tags,
  auth: { client: true },
  idempotency: 'required',
  params: { id: idOf('categoryRequest') },
  responses: { 200: requestDetail },
  problems: { 409: '`not_collecting`', 422: '`category_refused`, with the reasons' },
  example: {
    answer: { status: 200, body: { ...detailExample, state: 'in_review' as const } },
  },
  handle: async ({ tx, params }) => ({
    status: 200,
    body: await showDetail(tx, await submitCategoryRequest(tx, params.id)),
  }),
});

const takeBack = defineRoute({
  method: 'POST',
  path: '/api/v1/category-requests/:id/withdraw',
  operationId: 'withdrawCategoryRequest',
  summary: 'Take the request back',
  tags,
  auth: { client: true },
  idempotency: 'required',
  params: { id: idOf('categoryRequest') },
  responses: { 200: requestDetail },
  problems: { 409: '`already_decided`' },
  example: {
    answer: {
      status: 200,
      body: { ...detailExample, state: 'withdrawn' as const, finishedAt: example.createdAt },
    },
  },
  handle: async ({ tx, params }) => ({
    status: 200,
    body: await showDetail(tx, await withdrawCategoryRequest(tx, params.id)),
  }),
});

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/category-requests',
  operationId: 'listCategoryRequests',
  summary: 'List wishes for another category, the newest first',
  tags,
  auth: { any: [{ permission: 'kyc.read' }, { client: true }] },
  query: {
    ...pageQuery,
    clientId: idOf('client').optional(),
    state: z.enum(categoryRequestStates).optional(),
  },
  responses: { 200: pageOf(request) },
  example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
  handle: async ({ tx, query: { limit, cursor, ...wanted } }) => {
    const found = await listCategoryRequests(tx, { ...wanted, ...after(cursor), limit: limit + 1 });
    return { status: 200, body: pageFrom(found, limit, { after: ({ id }) => id, show }) };
  },
});

const read = defineRoute({
  method: 'GET',
  path: '/api/v1/category-requests/:id',
  operationId: 'readCategoryRequest',
  summary: 'Read a wish for another category, with its papers',
  tags,
  auth: { any: [{ permission: 'kyc.read' }, { client: true }] },
  params: { id: idOf('categoryRequest') },
  responses: { 200: requestDetail },
  example: { answer: { status: 200, body: detailExample } },
  handle: async ({ tx, params }) => ({
    status: 200,
    body: await showDetail(tx, await readCategoryRequest(tx, params.id)),
  }),
});

const content = defineRoute({
  method: 'GET',
  path: '/api/v1/category-requests/:id/papers/:paperId',
  operationId: 'readCategoryPaper',
  summary: 'Read a paper as it was handed in',
  description: 'That a colleague has looked at it is kept.',
  tags,
  auth: { any: [{ permission: 'document.read' }, { client: true }] },
  params: { id: idOf('categoryRequest'), paperId: idOf('paper') },
  responses: { 200: download('*/*') },
  problems: { 410: '`erased`' },
  example: { answer: { status: 200, body: { bytes: Buffer.from(''), mediaType: 'image/jpeg' } } },
  handle: async ({ tx, params: { id, paperId } }) => ({
    status: 200,
    body: paperDownload(paperId, await readPaperContent(tx, id, paperId)),
  }),
});

export const clientCategoryRoutes = [
  warning,
  ask,
  addEvidence,
  submit,
  takeBack,
  list,
  read,
  content,
];
