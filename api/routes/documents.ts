import { z } from 'zod';
import { isCountry } from '../../domain/kyc/countries';
import { documentStatuses } from '../../domain/kyc/document';
import { parseMrz } from '../../domain/kyc/mrz';
import { clientReasons, isReasonCode } from '../../domain/kyc/reason-codes';
import { slots } from '../../domain/onboarding/checklist';
import { mediaTypes } from '../../domain/onboarding/media-type';
import { malformed } from '../../domain/problem';
import {
  decideDocument,
  readDocument,
  readDocumentContent,
  readingsOf,
  type Document,
} from '../../db/documents';
import { uploadDocument } from '../../db/kyc-submission';
import { defineRoute, download } from '../route';
import { idIn } from '../location';
import { paperDownload, paperUpload, requiredFile } from '../paper-file';
import { civilDate, country, exampleId, documentKind, idOf, line, time } from '../schemas';
import { clientOf } from './client-scope';

const documentAnswer = z
  .object({
    id: idOf('document'),
    caseId: idOf('kycCase'),
    kind: documentKind,
    slot: z.enum(slots),
    mediaType: z.enum(mediaTypes),
    bytes: z.number().int(),
    state: z.enum(documentStatuses),
    reasons: z.array(z.string()),
    round: z.number().int(),
    uploadedAt: time,
  })
  .meta({ id: 'Document' });

const uploadAnswer = documentAnswer
  .extend({
    warnings: z
      .array(z.object({ code: z.string(), text: z.string() }))
      .meta({ description: 'What the checks will find; it can be mended before submitting.' }),
  })
  .meta({ id: 'UploadedDocument' });

const example = {
  id: exampleId('document'),
  caseId: exampleId('kycCase'),
  kind: 'passport' as const,
  slot: 'identity' as const,
  mediaType: 'image/jpeg' as const,
  bytes: 183_442,
  state: 'new' as const,
  reasons: [],
  round: 1,
  uploadedAt: '2026-11-23T20:15:00.000000Z',
};

/** A client reads of the reasons what is theirs to read. */
function show(document: Document, toClient: boolean) {
  return {
    id: document.id,
    caseId: document.caseId,
    kind: document.kind,
    slot: document.slot,
    mediaType: document.mediaType,
    bytes: document.bytes,
    state: document.state,
    reasons: toClient
      ? clientReasons(document.reasons).map((reason) => reason.code)
      : [...document.reasons],
    round: document.round,
    uploadedAt: document.uploadedAt,
  };
}

/** A field of a form that was left empty is one that was not sent. */
function optionalField<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (value === '' ? undefined : value), schema.optional());
}

const uploadBody = z.strictObject({
  kind: documentKind,
  slot: optionalField(z.enum(slots)).meta({
    description: 'What it proves, where the kind alone does not say.',
  }),
  partyId: optionalField(idOf('party')).meta({
    description: 'Whose it is, where not your own: a director, an owner, a joint holder.',
  }),
  mrz: optionalField(z.string().max(400)).meta({
    description: 'The machine-readable lines of a passport or card, as printed.',
    example:
      'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10',
  }),
  number: optionalField(line(40)),
  issuer: optionalField(country.refine(isCountry, 'is not a country')),
  issuedOn: optionalField(civilDate),
  expiresOn: optionalField(civilDate),
  scope: optionalField(line(300)).meta({
    description: 'Of a power of attorney: what it allows, in its words.',
  }),
});

/** What can be said without the picture: the lines can be read, and what replaces them is there. */
function assertDetails(body: z.output<typeof uploadBody>, today: string): void {
  if (body.mrz !== undefined) {
    const read = parseMrz(body.mrz, today);
    if (!read.ok) {
      throw malformed('The machine-readable lines cannot be read.', [
        { pointer: '/body/mrz', detail: read.detail },
      ]);
    }
  }
}

export const documentRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/documents',
    operationId: 'uploadDocument',
    summary: 'Upload a document of your application',
    description:
      'A JPEG, PNG or PDF in the field `file`, told by its first bytes. It takes the place of an earlier one for the same purpose.',
    tags: ['Onboarding'],
    auth: { client: true },
    idempotency: 'optional',
    upload: paperUpload,
    body: uploadBody,
    responses: { 201: uploadAnswer },
    problems: {
      409: 'not_collecting',
      415: 'unsupported_media_type',
      422: 'document_not_accepted, too_many_documents, power_incomplete, power_expired',
    },
    example: {
      body: {
        kind: 'passport',
        mrz: 'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10',
      },
      answer: { status: 201, body: { ...example, warnings: [] } },
    },
    location: (body) => `/api/v1/documents/${idIn(body)}`,
    handle: async ({ tx, scope, body, file }) => {
      const { clientId } = clientOf(scope);
      const { bytes } = requiredFile(file, { problem: 'There is no document in the form.' });
      const today = new Date().toISOString().slice(0, 10);
      assertDetails(body, today);
      const { kind, partyId, slot, mrz, number, issuer, issuedOn, expiresOn, scope: power } = body;
      const { document, warnings } = await uploadDocument(tx, clientId, {
        kind,
        partyId,
        slot,
        content: bytes,
        details: {
          ...(mrz === undefined ? {} : { mrz }),
          ...(number === undefined ? {} : { number }),
          ...(issuer === undefined ? {} : { issuer }),
          ...(issuedOn === undefined ? {} : { issuedOn }),
          ...(expiresOn === undefined ? {} : { expiresOn }),
          ...(power === undefined ? {} : { scope: power }),
        },
        today,
      });
      return {
        status: 201,
        body: {
          ...show(document, true),
          warnings: warnings.map(({ code, text }) => ({ code, text })),
        },
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/documents/:id',
    operationId: 'readDocument',
    summary: 'Read what is known of a document',
    tags: ['KYC'],
    auth: { any: [{ client: true }, { permission: 'kyc.read' }] },
    params: { id: idOf('document') },
    responses: { 200: documentAnswer },
    example: { answer: { status: 200, body: example } },
    handle: async ({ tx, scope, params }) => ({
      status: 200,
      body: show(await readDocument(tx, params.id), scope.kind === 'client'),
    }),
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/documents/:id/content',
    operationId: 'readDocumentContent',
    summary: 'Look at a document',
    description: 'Every reading is logged with the reader.',
    tags: ['KYC'],
    auth: { any: [{ client: true }, { permission: 'document.read' }] },
    params: { id: idOf('document') },
    responses: { 200: download('*/*') },
    problems: { 410: 'erased' },
    example: {
      answer: { status: 200, body: { bytes: Buffer.from(''), mediaType: 'image/jpeg' } },
    },
    handle: async ({ tx, params }) => {
      const body = paperDownload(params.id, await readDocumentContent(tx, params.id));
      return { status: 200, body };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/documents/:id/readings',
    operationId: 'listDocumentReadings',
    summary: 'Who has looked at a document',
    tags: ['Audit'],
    auth: { permission: 'audit.read' },
    params: { id: idOf('document') },
    responses: {
      200: z.object({ data: z.array(z.object({ userId: z.string(), at: time })) }),
    },
    example: {
      answer: {
        status: 200,
        body: { data: [{ userId: exampleId('user'), at: '2026-11-23T20:15:00.000000Z' }] },
      },
    },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: { data: await readingsOf(tx, params.id) },
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/documents/:id/decision',
    operationId: 'decideDocument',
    summary: 'Approve or reject a document',
    description: 'While its case is in review. A rejection names its reasons.',
    tags: ['KYC'],
    auth: { permission: 'kyc.decide' },
    idempotency: 'required',
    params: { id: idOf('document') },
    body: z
      .strictObject({
        decision: z.enum(['approve', 'reject']),
        reasons: z
          .array(z.string().refine(isReasonCode, 'is not a reason code'))
          .max(10)
          .default([])
          .meta({ example: ['DOC_UNREADABLE'] }),
      })
      .refine((body) => body.decision === 'approve' || body.reasons.length > 0, {
        path: ['reasons'],
        message: 'is required with a rejection',
      }),
    responses: { 200: documentAnswer },
    problems: { 409: 'not_in_review, archived, power_expired' },
    example: {
      body: { decision: 'reject', reasons: ['DOC_UNREADABLE'] },
      answer: {
        status: 200,
        body: { ...example, state: 'rejected' as const, reasons: ['DOC_UNREADABLE'] },
      },
    },
    handle: async ({ tx, params, body }) => ({
      status: 200,
      body: show(
        await decideDocument(tx, params.id, {
          approve: body.decision === 'approve',
          reasons: body.reasons,
        }),
        false,
      ),
    }),
  }),
];
