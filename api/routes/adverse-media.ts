import { z } from 'zod';
import { mediaWeights } from '../../domain/kyc/adverse-media';
import {
  listAdverseMedia,
  noteAdverseMedia,
  setAsideAdverseMedia,
  type AdverseMedia,
} from '../../db/adverse-media';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { idIn } from '../location';
import { defineRoute } from '../route';
import { civilDate, exampleId, idOf, prose, reason, time } from '../schemas';

const note = z
  .object({
    id: idOf('adverseMedia'),
    caseId: idOf('kycCase'),
    source: z.string(),
    finding: z.string(),
    publishedOn: civilDate,
    weight: z.enum(mediaWeights),
    notedBy: z.string(),
    notedAt: time,
    setAsideBy: z.string().nullable(),
    setAsideAt: time.nullable(),
    reason: z.string().nullable().meta({ description: 'Why it does not count any more.' }),
  })
  .meta({ id: 'AdverseMedia' });

const example = {
  id: exampleId('adverseMedia'),
  caseId: exampleId('kycCase'),
  source: 'https://news.example/2026/11/fraud-trial',
  finding: 'Named as a defendant in a trial for fraud.',
  publishedOn: '2026-11-02',
  weight: 'high' as const,
  notedBy: exampleId('user'),
  notedAt: '2026-11-23T20:15:00.000000Z',
  setAsideBy: null,
  setAsideAt: null,
  reason: null,
};

function show({ clientId: _, entityId: __, ...rest }: AdverseMedia): z.input<typeof note> {
  return rest;
}

/** What a note says, as a request or a form names it. */
export const mediaFields = {
  source: z
    .url({ protocol: /^https?$/, error: 'is not an address such as https://news.example/story' })
    .max(1000)
    .meta({ example: example.source }),
  finding: prose(2000).meta({ example: example.finding }),
  publishedOn: civilDate,
  weight: z.enum(mediaWeights),
};

export const adverseMediaRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/kyc-cases/:id/adverse-media',
    operationId: 'noteAdverseMedia',
    summary: 'Note what was found published about a client',
    description:
      'The gravest note that stands is a fact of the risk score (`media.worst`). Whoever notes it has supplied evidence and does not decide the case. The client never reads of it.',
    tags: ['KYC'],
    auth: { permission: 'kyc.decide' },
    idempotency: 'required',
    params: { id: idOf('kycCase') },
    body: z.strictObject(mediaFields),
    responses: { 201: note },
    problems: { 422: '`in_the_future`' },
    example: {
      body: {
        source: example.source,
        finding: example.finding,
        publishedOn: example.publishedOn,
        weight: example.weight,
      },
      answer: { status: 201, body: example },
    },
    location: (body) => `/api/v1/adverse-media/${idIn(body)}`,
    handle: async ({ tx, params, body }) => ({
      status: 201,
      body: show(await noteAdverseMedia(tx, params.id, body)),
    }),
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/kyc-cases/:id/adverse-media',
    operationId: 'listAdverseMedia',
    summary: 'List what was found published about a client, the newest first',
    tags: ['KYC'],
    auth: { permission: 'kyc.decide' },
    params: { id: idOf('kycCase') },
    query: pageQuery,
    responses: { 200: pageOf(note) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, params, query: { limit, cursor } }) => {
      const found = await listAdverseMedia(tx, params.id, { ...after(cursor), limit: limit + 1 });
      return { status: 200, body: pageFrom(found, limit, { after: ({ id }) => id, show }) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/adverse-media/:id/set-aside',
    operationId: 'setAsideAdverseMedia',
    summary: 'Let a note not count any more',
    tags: ['KYC'],
    auth: { permission: 'kyc.decide' },
    idempotency: 'required',
    params: { id: idOf('adverseMedia') },
    body: z.strictObject({ reason }),
    responses: { 200: note },
    problems: {
      409: '`four_eyes`: whoever noted it does not set it aside; `already_set_aside`',
    },
    example: {
      body: { reason: 'It is about somebody else of that name.' },
      answer: {
        status: 200,
        body: {
          ...example,
          setAsideBy: exampleId('user'),
          setAsideAt: example.notedAt,
          reason: 'It is about somebody else of that name.',
        },
      },
    },
    handle: async ({ tx, params, body }) => ({
      status: 200,
      body: show(await setAsideAdverseMedia(tx, params.id, body.reason)),
    }),
  }),
];
