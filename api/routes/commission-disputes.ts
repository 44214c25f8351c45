import { z } from 'zod';
import { malformed } from '../../domain/problem';
import {
  askAboutCommission,
  disputeStates,
  listDisputes,
  readDispute,
  type CommissionDispute,
  type DisputeAbout,
} from '../../db/commission-disputes';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import { entityId, exampleId, idOf, prose, time } from '../schemas';
import { lineAnswer, showLine } from './settlement-lines';

const disputeAnswer = z
  .object({
    id: idOf('commissionDispute'),
    entityId,
    partnerId: idOf('partner'),
    settlementId: idOf('settlement').nullable(),
    line: z.string().nullable(),
    server: z.string().nullable(),
    ticket: z.string().nullable().meta({ description: 'The deal, where it had no line.' }),
    reason: z.string().meta({ description: 'Why it was as it was when the partner asked.' }),
    text: z.string(),
    lineThen: lineAnswer.nullable().meta({
      description: 'The line when the partner asked; a settlement may be computed again.',
    }),
    question: z.string(),
    answer: z.string().nullable(),
    state: z.enum(disputeStates),
    askedAt: time,
    answeredAt: time.nullable(),
  })
  .meta({ id: 'CommissionDispute' });

const example = {
  id: exampleId('commissionDispute'),
  entityId: 'cy',
  partnerId: exampleId('partner'),
  settlementId: null,
  line: null,
  server: 'mt5',
  ticket: '1202',
  reason: 'CAME_LATE',
  text: 'It came from the trading server after its period had been computed; the next period adjusts it.',
  lineThen: null,
  question: 'Why is this deal not paid?',
  answer: null,
  state: 'open' as const,
  askedAt: '2026-11-02T09:00:00.000000Z',
  answeredAt: null,
};

function show(of: CommissionDispute): z.input<typeof disputeAnswer> {
  const { id, entityId, partnerId, settlementId, line, serverId, ticket, code, text } = of;
  const { question, answer, state, askedAt, answeredAt } = of;
  return {
    ...{ id, entityId, partnerId, settlementId, line, server: serverId, ticket, reason: code },
    ...{ text, lineThen: of.kept && showLine(of.kept), question, answer, state },
    ...{ askedAt, answeredAt },
  };
}

export const disputeAbout = {
  settlementId: idOf('settlement').optional(),
  line: z
    .string()
    .regex(/^[1-9]\d{0,17}$/, 'is the number of a line')
    .optional()
    .meta({ description: 'A line of that settlement.', example: '1' }),
  server: z
    .string()
    .regex(/^[a-z0-9-]{1,20}$/, 'is no server')
    .optional(),
  ticket: z
    .string()
    .regex(/^\d{1,18}$/, 'is the number of a deal')
    .optional()
    .meta({ description: 'A deal on that server.', example: '1202' }),
};

/** A line by its settlement, or a deal by its server. Throws 400 for anything else, with the field. */
export function aboutFrom(of: {
  readonly settlementId?: string | undefined;
  readonly line?: string | undefined;
  readonly server?: string | undefined;
  readonly ticket?: string | undefined;
}): DisputeAbout {
  const { settlementId, line, server, ticket } = of;
  const missing = (field: string) =>
    malformed('Say which line or which deal.', [
      { pointer: `/body/${field}`, detail: 'is required' },
    ]);
  if (settlementId !== undefined || line !== undefined) {
    if (settlementId === undefined) throw missing('settlementId');
    if (line === undefined) throw missing('line');
    if (server !== undefined || ticket !== undefined)
      throw malformed('Ask about a line or about a deal.', [
        { pointer: '/body/ticket', detail: 'does not go with a line' },
      ]);
    return { settlementId, line };
  }
  if (ticket === undefined) throw missing('ticket');
  if (server === undefined) throw missing('server');
  return { serverId: server, ticket };
}

const portal = { any: [{ partner: 'dispute.read' }, { permission: 'settlement.read' }] } as const;

export const commissionDisputeRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/commission-disputes',
    operationId: 'listCommissionDisputes',
    summary: 'What partners ask about commission; a partner sees its own',
    description: 'Newest first. Each is answered as a task `commission_dispute`.',
    tags: ['Settlements'],
    auth: portal,
    query: {
      ...pageQuery,
      state: z.enum(disputeStates).optional(),
      partnerId: idOf('partner').optional(),
    },
    responses: { 200: pageOf(disputeAnswer) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const { state, partnerId } = query;
      const found = await listDisputes(tx, {
        ...{ state, partnerId },
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return { status: 200, body: pageFrom(found, query.limit, { after: ({ id }) => id, show }) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/commission-disputes/:id',
    operationId: 'readCommissionDispute',
    summary: 'A question about commission, with its answer',
    tags: ['Settlements'],
    auth: portal,
    params: { id: idOf('commissionDispute') },
    responses: { 200: disputeAnswer },
    example: { answer: { status: 200, body: example } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: show(await readDispute(tx, params.id)),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/commission-disputes',
    operationId: 'askAboutCommission',
    summary: 'Ask about a line of a settlement, or about a deal',
    description:
      'A line is named by `settlementId` and `line`, a deal by `server` and `ticket`. An officer accepts or declines the task that it opens, and the `note` of that decision is the answer. No money moves by it.',
    tags: ['Settlements'],
    auth: { partner: 'dispute.ask' },
    body: z.strictObject({ ...disputeAbout, question: prose(2000) }),
    responses: { 201: disputeAnswer },
    problems: { 409: 'dispute_open' },
    example: {
      body: { server: 'mt5', ticket: '1202', question: 'Why is this deal not paid?' },
      answer: { status: 201, body: example },
    },
    handle: async ({ tx, body: { question, ...about } }) => ({
      status: 201,
      body: show(await askAboutCommission(tx, aboutFrom(about), question)),
    }),
  }),
];
