import { z } from 'zod';
import { moneyJson } from '../../domain/money';
import { lineComponents, lineEvents } from '../../domain/partners/component';
import { lineReasons } from '../../domain/partners/reason';
import { keysOf } from '../../domain/record';
import { listLines, type SettlementLine } from '../../db/settlement/lines';
import { whyNotPaid } from '../../db/settlement/why';
import { assertVisible } from '../../db/visible';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import { exampleId, idOf, jsonObject, moneyAnswer } from '../schemas';

export const lineAnswer = z
  .object({
    line: z.string(),
    settlementId: z.string(),
    partnerId: z.string(),
    event: z.enum(lineEvents).meta({
      description: 'What earns: a deal, a client or the period; or a change of a closed period.',
    }),
    component: z.enum(keysOf(lineComponents)),
    adjusts: z.string().nullable().meta({ description: 'The settlement that it changes.' }),
    symbol: z.string().nullable(),
    login: z.string().nullable(),
    tickets: z
      .array(z.string())
      .meta({ description: 'The deals it rests on: opening and closing.' }),
    lots: z.string(),
    tier: z.number().int(),
    rate: z.string(),
    rateCurrency: z.string().meta({ description: '`%` for a share.' }),
    conversion: z.string(),
    planVersion: z.string(),
    reason: z.string(),
    text: z.string(),
    explanation: jsonObject,
    amount: moneyAnswer,
  })
  .meta({ id: 'SettlementLine' });

const example = {
  line: '1',
  settlementId: exampleId('settlement'),
  partnerId: exampleId('partner'),
  event: 'close' as const,
  component: 'per_lot' as const,
  adjusts: null,
  symbol: 'EURUSD',
  login: '100001',
  tickets: ['1201', '1202'],
  lots: '0.10',
  tier: 1,
  rate: '5.00',
  rateCurrency: 'USD',
  conversion: '0.92',
  planVersion: exampleId('policyVersion'),
  reason: 'PAID',
  text: 'Paid as the plan says.',
  explanation: { group: 'Everything else' },
  amount: { amount: '0.46', currency: 'EUR' },
};

export function showLine(line: SettlementLine) {
  return {
    line: line.line,
    settlementId: line.settlementId,
    partnerId: line.partnerId,
    event: line.event,
    component: line.component,
    adjusts: line.adjusts,
    symbol: line.symbol,
    login: line.login,
    tickets: [...line.tickets],
    lots: line.lots,
    tier: line.tier,
    rate: line.rate,
    rateCurrency: line.rateCurrency,
    conversion: line.conversion,
    planVersion: line.planVersion,
    reason: line.reason,
    text: line.text,
    explanation: jsonObject.parse(line.explanation),
    amount: moneyJson(line),
  };
}

const portal = { any: [{ partner: 'earnings.read' }, { permission: 'settlement.read' }] } as const;

const reasonFilter = z.enum(keysOf(lineReasons));

export const settlementLineRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/settlements/:id/lines',
    operationId: 'listSettlementLines',
    summary: 'Lines of a settlement: what each deal pays whom, or why not',
    tags: ['Settlements'],
    auth: portal,
    params: { id: idOf('settlement') },
    query: { ...pageQuery, partnerId: idOf('partner').optional(), reason: reasonFilter.optional() },
    responses: { 200: pageOf(lineAnswer) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, params, query }) => {
      await assertVisible(tx, 'settlement', params.id);
      const found = await listLines(tx, {
        settlementId: params.id,
        ...(query.partnerId ? { partnerId: query.partnerId } : {}),
        ...(query.reason ? { reason: query.reason } : {}),
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return {
        status: 200,
        body: pageFrom(found, query.limit, { after: (line) => line.line, show: showLine }),
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/servers/:server/deals/:ticket/commission',
    operationId: 'explainDeal',
    summary: 'Why a deal pays whom, or why not',
    tags: ['Settlements'],
    auth: portal,
    params: {
      server: z
        .string()
        .regex(/^[a-z0-9-]{1,20}$/)
        .meta({ example: 'mt5' }),
      ticket: z
        .string()
        .regex(/^\d{1,18}$/)
        .meta({ example: '1202' }),
    },
    responses: { 200: z.object({ data: z.array(lineAnswer) }) },
    example: { answer: { status: 200, body: { data: [example] } } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: {
        data: (await whyNotPaid(tx, { serverId: params.server, ticket: params.ticket })).lines.map(
          showLine,
        ),
      },
    }),
  }),
];
