import { z } from 'zod';
import { consents } from '../../domain/suspicion/consent';
import type { Tx } from '../../db/connection';
import {
  editSuspicion,
  groundsOfSuspicion,
  holdForSuspicion,
  listSuspicions,
  openSuspicion,
  readSuspicion,
  suspicionOutcomes,
  suspicionStates,
  type Suspicion,
} from '../../db/suspicions';
import { noteConsent, submitSuspicion, withdrawSuspicion } from '../../db/suspicion-reports';
import { latestTask } from '../../db/tasks';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { idIn } from '../location';
import { defineRoute } from '../route';
import { civilDate, entityId, exampleId, idOf, line, prose, reason, time } from '../schemas';

export const grounds = prose(10_000).meta({
  description: 'What is suspected, and why; kept as ciphertext.',
  example: 'Nine deposits just below the threshold within two days, none of it traded.',
});
export const authority = line(80).meta({ description: 'To whom it was sent.', example: 'NCA' });
export const reference = line(80).meta({
  description: 'What the authority calls it.',
  example: 'XCA-0001',
});

const suspicion = z
  .object({
    id: idOf('suspicion'),
    entityId,
    clientId: idOf('client'),
    alertId: idOf('amlAlert').nullable(),
    state: z.enum(suspicionStates),
    authority: z.string().nullable(),
    reference: z.string().nullable(),
    submittedAt: time.nullable(),
    consent: z.enum(consents),
    noticeEndsOn: z
      .string()
      .nullable()
      .meta({ description: 'Last day of the authority’s time to answer.', format: 'date' }),
    moratoriumEndsOn: z
      .string()
      .nullable()
      .meta({ description: 'Last day on which its refusal binds.', format: 'date' }),
    restrictionId: idOf('restriction').nullable(),
    outcome: z.enum(suspicionOutcomes).nullable(),
    openedBy: z.string(),
    version: z.int(),
    createdAt: time,
    closedAt: time.nullable(),
  })
  .meta({ id: 'SuspicionReport' });

const detail = suspicion
  .extend({
    grounds: z.string(),
    taskId: idOf('task')
      .nullable()
      .meta({ description: 'Where its hold is lifted or kept, once it was submitted.' }),
  })
  .meta({ id: 'SuspicionReportDetail' });

const example = {
  id: exampleId('suspicion'),
  entityId: 'cy',
  clientId: exampleId('client'),
  alertId: exampleId('amlAlert'),
  state: 'submitted' as const,
  authority: 'NCA',
  reference: 'XCA-0001',
  submittedAt: '2026-11-23T20:15:00.000000Z',
  consent: 'asked' as const,
  noticeEndsOn: '2026-12-02',
  moratoriumEndsOn: null,
  restrictionId: exampleId('restriction'),
  outcome: null,
  openedBy: `user:${exampleId('user')}`,
  version: 2,
  createdAt: '2026-11-23T18:00:00.000000Z',
  closedAt: null,
};
const detailExample = {
  ...example,
  grounds: 'Nine deposits just below the threshold within two days, none of it traded.',
  taskId: exampleId('task'),
};

async function show(tx: Tx, found: Suspicion): Promise<z.input<typeof detail>> {
  return {
    ...found,
    grounds: await groundsOfSuspicion(tx, found.id),
    taskId: (await latestTask(tx, found.id, 'suspicion_report'))?.id ?? null,
  };
}

const circle = { permission: 'suspicion.decide' } as const;
const etag = (body: unknown) => z.object({ version: z.number() }).parse(body).version;
const stale = '`stale`, `report_draft`, `report_submitted`, `report_closed`';

/** A command on one report: with the version that its author has seen. */
const command = {
  tags: ['Compliance'] as const,
  auth: circle,
  idempotency: 'required' as const,
  ifMatch: true,
  params: { id: idOf('suspicion') },
  responses: { 200: detail },
  etag,
};

export const suspicionRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/suspicion-reports',
    operationId: 'listSuspicionReports',
    summary: 'List the register of suspicious activity',
    description: 'Newest first; for the MLRO’s circle alone.',
    tags: ['Compliance'],
    auth: { permission: 'restricted.read' },
    query: {
      ...pageQuery,
      state: z.enum(suspicionStates).optional(),
      clientId: idOf('client').optional().meta({ description: 'About this client alone.' }),
    },
    responses: { 200: pageOf(suspicion) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = await listSuspicions(tx, {
        ...{ state: query.state, clientId: query.clientId },
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return {
        status: 200,
        body: pageFrom(found, query.limit, { after: ({ id }) => id, show: (each) => each }),
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/suspicion-reports/:id',
    operationId: 'readSuspicionReport',
    summary: 'Read a report of suspicious activity',
    description: 'For the MLRO’s circle alone.',
    tags: ['Compliance'],
    auth: { permission: 'restricted.read' },
    params: { id: idOf('suspicion') },
    responses: { 200: detail },
    example: { answer: { status: 200, body: detailExample } },
    etag,
    handle: async ({ tx, params }) => ({
      status: 200,
      body: await show(tx, await readSuspicion(tx, params.id)),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/suspicion-reports',
    operationId: 'draftSuspicionReport',
    summary: 'Draft a report of suspicious activity',
    description:
      'Of what a colleague has seen; what the rules see drafts one when its alert is decided so. Nobody outside the circle, and no client, learns of it.',
    tags: ['Compliance'],
    auth: circle,
    idempotency: 'required',
    body: z.strictObject({
      clientId: idOf('client'),
      grounds,
      hold: z.boolean().default(false).meta({
        description: 'Hold the client at once; reads “routine review” to everybody else.',
      }),
    }),
    responses: { 201: detail },
    example: {
      body: { clientId: exampleId('client'), grounds: detailExample.grounds, hold: true },
      answer: {
        status: 201,
        body: {
          ...detailExample,
          ...{ state: 'draft', authority: null, reference: null, submittedAt: null },
          ...{ consent: 'none', noticeEndsOn: null, taskId: null, alertId: null, version: 1 },
        },
      },
    },
    location: (body) => `/api/v1/suspicion-reports/${idIn(body)}`,
    etag,
    handle: async ({ tx, body }) => ({
      status: 201,
      body: await show(tx, await openSuspicion(tx, body)),
    }),
  }),
  defineRoute({
    method: 'PUT',
    path: '/api/v1/suspicion-reports/:id',
    operationId: 'editSuspicionReport',
    summary: 'Change the grounds of a draft',
    ...command,
    idempotency: 'optional',
    body: z.strictObject({ grounds }),
    problems: { 409: stale },
    example: {
      body: { grounds: detailExample.grounds },
      answer: { status: 200, body: detailExample },
    },
    handle: async ({ tx, params, body, expectedVersion: version }) => ({
      status: 200,
      body: await show(tx, await editSuspicion(tx, params.id, { ...body, version })),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/suspicion-reports/:id/hold',
    operationId: 'holdForSuspicionReport',
    summary: 'Hold the client whom a report is about',
    description: 'Deposits, trading, withdrawals and marketing; the client may still log in.',
    ...command,
    problems: { 409: `\`held_already\`, ${stale}` },
    example: { answer: { status: 200, body: detailExample } },
    handle: async ({ tx, params, expectedVersion }) => ({
      status: 200,
      body: await show(tx, await holdForSuspicion(tx, params.id, expectedVersion)),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/suspicion-reports/:id/submission',
    operationId: 'submitSuspicionReport',
    summary: 'Record that a report was submitted',
    description:
      'With the reference that the authority gave. Where its consent was asked, its time begins (UK DAML: 7 working days), and no hold is lifted in it. A task `suspicion_report` asks to lift or keep the hold.',
    ...command,
    body: z.strictObject({
      authority,
      reference,
      asksConsent: z
        .boolean()
        .meta({ description: 'Whether it asks to consent to what it is about (UK: DAML).' }),
    }),
    problems: { 409: stale },
    example: {
      body: { authority: 'NCA', reference: 'XCA-0001', asksConsent: true },
      answer: { status: 200, body: detailExample },
    },
    handle: async ({ tx, params, body, expectedVersion: version }) => ({
      status: 200,
      body: await show(tx, await submitSuspicion(tx, params.id, { ...body, version })),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/suspicion-reports/:id/consent',
    operationId: 'noteConsentOfAuthority',
    summary: 'Record what the authority answered',
    description:
      'A refusal binds for the moratorium (UK: 31 days, its own day the first); one that comes after the notice has run out is none.',
    ...command,
    body: z.strictObject({
      answer: z.enum(['granted', 'refused']),
      on: civilDate.meta({ description: 'When it came, where the entity is.' }),
    }),
    problems: {
      409: stale,
      422: '`not_asked`, `answered_already`, `in_the_future`, `too_late`',
    },
    example: {
      body: { answer: 'refused', on: '2026-11-26' },
      answer: {
        status: 200,
        body: { ...detailExample, consent: 'refused', moratoriumEndsOn: '2026-12-26' },
      },
    },
    handle: async ({ tx, params, body, expectedVersion: version }) => ({
      status: 200,
      body: await show(tx, await noteConsent(tx, params.id, { ...body, version })),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/suspicion-reports/:id/withdrawal',
    operationId: 'withdrawSuspicionReport',
    summary: 'Close a draft that is not sent',
    description: 'Its hold is lifted by another person than the one who set it.',
    ...command,
    body: z.strictObject({ reason }),
    problems: { 409: `\`four_eyes\`, ${stale}` },
    example: {
      body: { reason: 'The client has shown the sale of a house.' },
      answer: {
        status: 200,
        body: {
          ...detailExample,
          ...{ state: 'closed', outcome: 'lifted', closedAt: '2026-11-24T20:15:00.000000Z' },
        },
      },
    },
    handle: async ({ tx, params, body, expectedVersion: version }) => ({
      status: 200,
      body: await show(tx, await withdrawSuspicion(tx, params.id, { ...body, version })),
    }),
  }),
];
