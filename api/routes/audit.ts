import { z } from 'zod';
import { auditStatus } from '../../db/audit-status';
import { eventsOfSubject } from '../../db/events';
import { malformed, notFound } from '../../domain/problem';
import { decodeCursor, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import { event, exampleEvent, showEvent } from '../show-event';
import { exampleId, time } from '../schemas';

const status = z
  .object({
    events: z.int(),
    subjects: z.int(),
    checkpoint: z
      .object({
        id: z.string(),
        number: z.string(),
        at: time,
        subjects: z.string(),
        keyId: z.string(),
      })
      .nullable()
      .meta({ description: 'The last signature over all chains’ ends; null before the first.' }),
    unanchored: z.int().meta({ description: 'Events after it: chained, not signed yet.' }),
  })
  .meta({ id: 'AuditStatus' });

const readStatus = defineRoute({
  method: 'GET',
  path: '/api/v1/audit/status',
  operationId: 'readAuditStatus',
  summary: 'Where the audit trail stands',
  description:
    'What the last signature vouches for. The whole proof is `keelson audit verify`, on your own machine.',
  tags: ['Audit'],
  auth: { permission: 'audit.read' },
  responses: { 200: status },
  example: {
    answer: {
      status: 200,
      body: {
        events: 1200,
        subjects: 310,
        checkpoint: {
          id: exampleId('checkpoint'),
          number: '17',
          at: '2026-11-23T20:15:00.000000Z',
          subjects: '310',
          keyId: '9f86d081884c7d65',
        },
        unanchored: 3,
      },
    },
  },
  handle: async ({ tx }) => {
    const { checkpoint, ...counts } = await auditStatus(tx);
    return { status: 200, body: { ...counts, checkpoint: checkpoint ?? null } };
  },
});

const listEvents = defineRoute({
  method: 'GET',
  path: '/api/v1/audit/events',
  operationId: 'listEventsOfSubject',
  summary: 'Read one subject’s chain',
  description: 'In the order of `seq`; each hash covers the one before.',
  tags: ['Audit'],
  auth: { permission: 'audit.read' },
  query: {
    ...pageQuery,
    subject: z
      .string()
      .regex(/^[A-Za-z0-9._/:-]{1,200}$/, 'is not a subject')
      .meta({
        description: 'An id, or a path such as `policy/withdrawal/base/`.',
        example: exampleId('client'),
      }),
  },
  responses: { 200: pageOf(event) },
  example: {
    answer: {
      status: 200,
      body: { data: [exampleEvent], nextCursor: null },
    },
  },
  handle: async ({ tx, query }) => {
    const afterSeq = decodeSeq(query.cursor);
    const found = await eventsOfSubject(tx, query.subject, {
      limit: query.limit + 1,
      ...(afterSeq === undefined ? {} : { afterSeq }),
    });
    // Every chain has a first event: an empty one is none, or none of yours.
    if (found.length === 0 && afterSeq === undefined) throw notFound('subject');
    const page = pageFrom(found, query.limit, { after: (each) => each.seq, show: (each) => each });
    const data = [];
    for (const stored of page.data) data.push(await showEvent(tx, stored));
    return { status: 200, body: { data, nextCursor: page.nextCursor } };
  },
});

function decodeSeq(cursor: string | undefined): string | undefined {
  const after = decodeCursor(cursor);
  if (after === undefined || /^\d{1,18}$/.test(after)) return after;
  throw malformed('This cursor is of another list.');
}

export const auditRoutes = [readStatus, listEvents];
