import { z } from 'zod';
import {
  sourceBases,
  sourceKinds,
  sourcePeriods,
  sourceStates,
  type SourceDetails,
} from '../../domain/kyc/sources';
import { mediaTypes } from '../../domain/onboarding/media-type';

import { readPaperContent } from '../../db/client-papers';
import type { Tx } from '../../db/connection';
import {
  addSourcePaper,
  decideSource,
  declareSource,
  listDeclaredSources,
  openSource,
  readDeclaredSource,
  withdrawSource,
  type DeclaredSource,
} from '../../db/declared-sources';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { inTurn } from '../../db/in-turn';
import { idIn } from '../location';
import type { Audience } from '../auth/audience';
import { defineRoute, download } from '../route';
import { currency, documentKind, exampleId, idOf, prose, time } from '../schemas';
import { paperDownload, paperUpload, requiredFile } from '../paper-file';

const paper = z.object({
  id: idOf('paper'),
  kind: documentKind,
  mediaType: z.enum(mediaTypes),
  bytes: z.number().int(),
  uploadedAt: time,
});

const source = z
  .object({
    id: idOf('declaredSource'),
    caseId: idOf('kycCase'),
    basis: z.enum(sourceBases),
    state: z.enum(sourceStates),
    details: z
      .object({
        kind: z.enum(sourceKinds),
        per: z.enum(sourcePeriods),
        amountFrom: z.string(),
        amountTo: z.string(),
        currency: z.string(),
        narrative: z.string(),
      })
      .nullable()
      .meta({ description: 'Null once it is erased.' }),
    papers: z.array(paper),
    clientReason: z.string().nullable().meta({ description: 'Why it was refused.' }),
    declaredBy: z.enum(['client', 'officer']),
    declaredAt: time,
    endedAt: time.nullable(),
    review: z
      .object({ by: idOf('user'), at: time, note: z.string() })
      .nullable()
      .meta({ description: 'Who decided, and why, for colleagues; always null to a client.' }),
  })
  .meta({ id: 'DeclaredSource' });

const example = {
  id: exampleId('declaredSource'),
  caseId: exampleId('kycCase'),
  basis: 'funds' as const,
  state: 'declared' as const,
  details: {
    kind: 'salary' as const,
    per: 'year' as const,
    amountFrom: '60000.00',
    amountTo: '70000.00',
    currency: 'EUR',
    narrative: 'Engineer at a shipyard since 2014.',
  },
  papers: [],
  clientReason: null,
  declaredBy: 'client' as const,
  declaredAt: '2026-11-23T20:15:00.000000Z',
  endedAt: null,
  review: null,
};

async function show(tx: Tx, of: DeclaredSource): Promise<z.input<typeof source>> {
  const { details, papers, clientReason, review } = await openSource(tx, of);
  const { id, caseId, basis, state, byOfficer, declaredAt, endedAt } = of;
  return {
    ...{ id, caseId, basis, state, declaredAt, endedAt, clientReason },
    details: details ?? null,
    papers: papers.map(({ id: paperId, purpose, mediaType, bytes, uploadedAt }) => ({
      ...{ id: paperId, kind: purpose, mediaType, bytes, uploadedAt },
    })),
    declaredBy: byOfficer ? 'officer' : 'client',
    review: review ?? null,
  };
}

const amount = z
  .string()
  .regex(/^\d{1,20}(\.\d{1,18})?$/, 'is not a decimal amount such as 60000.00')
  .meta({ example: '60000.00' });

/** What is said of a source, as a request or a form names it. */
export const sourceFields = {
  basis: z.enum(sourceBases).meta({
    description: '`funds`: what is paid in; `wealth`: how the client came by all they have.',
  }),
  kind: z.enum(sourceKinds),
  per: z.enum(sourcePeriods),
  amountFrom: amount,
  amountTo: amount.optional().meta({ description: 'Of a range; the same when left out.' }),
  currency,
  narrative: prose(2000).meta({ example: example.details.narrative }),
};

/** The same with the range complete. */
export function saidOf({
  amountFrom,
  amountTo,
  ...said
}: z.output<z.ZodObject<typeof sourceFields>>): SourceDetails & {
  readonly basis: (typeof sourceBases)[number];
} {
  return { ...said, amountFrom, amountTo: amountTo ?? amountFrom };
}

const byClientOrOfficer: Audience = { any: [{ client: true }, { permission: 'kyc.decide' }] };
const tags: ['KYC'] = ['KYC'];
const one = { id: idOf('declaredSource') };

export const declaredSourceRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/kyc-cases/:id/declared-sources',
    operationId: 'declareSource',
    summary: 'Declare a source of funds or of wealth',
    description:
      'By the client while the application can be changed and once it is approved, or by an officer for them, who has supplied evidence then and does not decide the case. Papers are added next.',
    tags,
    auth: byClientOrOfficer,
    idempotency: 'required',
    params: { id: idOf('kycCase') },
    body: z.strictObject(sourceFields),
    responses: { 201: source },
    problems: { 409: '`not_collecting`', 422: '`range_upside_down`, `too_many_sources`' },
    example: {
      body: { basis: 'funds', ...example.details },
      answer: { status: 201, body: example },
    },
    location: (body) => `/api/v1/declared-sources/${idIn(body)}`,
    handle: async ({ tx, params, body }) => ({
      status: 201,
      body: await show(tx, await declareSource(tx, params.id, saidOf(body))),
    }),
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/kyc-cases/:id/declared-sources',
    operationId: 'listDeclaredSources',
    summary: 'List the declared sources of a case, the newest first',
    tags,
    auth: { any: [{ client: true }, { permission: 'client.personal' }] },
    params: { id: idOf('kycCase') },
    query: pageQuery,
    responses: { 200: pageOf(source) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, params, query: { limit, cursor } }) => {
      const found = await listDeclaredSources(tx, params.id, {
        ...after(cursor),
        limit: limit + 1,
      });
      const page = pageFrom(found, limit, { after: ({ id }) => id, show: (each) => each });
      return {
        status: 200,
        body: { ...page, data: await inTurn(page.data, (each) => show(tx, each)) },
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/declared-sources/:id',
    operationId: 'readDeclaredSource',
    summary: 'Read a declared source',
    tags,
    auth: { any: [{ client: true }, { permission: 'client.personal' }] },
    params: one,
    responses: { 200: source },
    example: { answer: { status: 200, body: example } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: await show(tx, await readDeclaredSource(tx, params.id)),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/declared-sources/:id/papers',
    operationId: 'addSourcePaper',
    summary: 'Add a paper that supports a declared source',
    description: 'A JPEG, PNG or PDF in the field `file`, told by its first bytes.',
    tags,
    auth: byClientOrOfficer,
    idempotency: 'optional',
    params: one,
    upload: paperUpload,
    body: z.strictObject({ kind: documentKind }),
    responses: { 201: source },
    problems: {
      409: '`not_collecting`, `already_decided`',
      415: '`unsupported_media_type`',
      422: '`document_not_accepted`, `too_many_documents`',
    },
    example: { body: { kind: 'tax_statement' }, answer: { status: 201, body: example } },
    location: (body) => `/api/v1/declared-sources/${idIn(body)}`,
    handle: async ({ tx, params, body, file }) => {
      await readDeclaredSource(tx, params.id);
      const { bytes } = requiredFile(file, { problem: 'There is no paper in the form.' });
      const supported = await addSourcePaper(tx, params.id, { kind: body.kind, content: bytes });
      return { status: 201, body: await show(tx, supported) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/declared-sources/:id/papers/:paperId',
    operationId: 'readSourcePaper',
    summary: 'Read a paper as it was handed in',
    description: 'That a colleague has looked at it is kept.',
    tags,
    auth: { any: [{ permission: 'document.read' }, { client: true }] },
    params: { ...one, paperId: idOf('paper') },
    responses: { 200: download('*/*') },
    problems: { 410: '`erased`' },
    example: { answer: { status: 200, body: { bytes: Buffer.from(''), mediaType: 'image/jpeg' } } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: paperDownload(params.paperId, await readPaperContent(tx, params.id, params.paperId)),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/declared-sources/:id/withdraw',
    operationId: 'withdrawSource',
    summary: 'Take back what was declared',
    tags,
    auth: byClientOrOfficer,
    idempotency: 'required',
    params: one,
    responses: { 200: source },
    problems: { 409: '`not_collecting`, `already_decided`' },
    example: {
      answer: {
        status: 200,
        body: { ...example, state: 'withdrawn' as const, endedAt: example.declaredAt },
      },
    },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: await show(tx, await withdrawSource(tx, params.id)),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/declared-sources/:id/decision',
    operationId: 'decideSource',
    summary: 'Corroborate or refuse a declared source',
    description:
      'While its case is in review, or approved. The client reads `clientReason` of a refusal; the note is for colleagues alone.',
    tags,
    auth: { permission: 'kyc.decide' },
    idempotency: 'required',
    params: one,
    body: z.strictObject({
      decision: z.enum(['corroborate', 'refuse']),
      note: prose(2000).meta({ example: 'The payslips agree with the employer’s accounts.' }),
      clientReason: prose(500).optional().meta({ example: 'The statement is of another year.' }),
    }),
    responses: { 200: source },
    problems: {
      409: '`not_in_review`, `already_decided`, `four_eyes`: whoever declared it for the client does not decide',
      422: '`reason_missing`: of a refusal, for the client',
    },
    example: {
      body: {
        decision: 'refuse',
        note: 'The employer is unknown to the register.',
        clientReason: 'The statement is of another year.',
      },
      answer: {
        status: 200,
        body: {
          ...example,
          state: 'refused' as const,
          clientReason: 'The statement is of another year.',
          endedAt: example.declaredAt,
          review: {
            by: exampleId('user'),
            at: example.declaredAt,
            note: 'The employer is unknown to the register.',
          },
        },
      },
    },
    handle: async ({ tx, params, body }) => ({
      status: 200,
      body: await show(
        tx,
        await decideSource(tx, params.id, {
          corroborate: body.decision === 'corroborate',
          note: body.note,
          clientReason: body.clientReason,
        }),
      ),
    }),
  }),
];
