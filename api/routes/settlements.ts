import { z } from 'zod';
import { formatAmount } from '../../domain/money';
import { asSystem } from '../../db/connection';
import { recomputeSettlement } from '../../db/settlement/compute';
import { listLines, type SettlementLine } from '../../db/settlement/lines';
import { listPayouts, readPayout, type Payout } from '../../db/settlement/payouts';
import {
  listSettlements,
  readSettlement,
  startSettlement,
  type Settlement,
} from '../../db/settlement/settlements';
import { statementCsv } from '../../db/settlement/statements';
import { whyNotPaid } from '../../db/settlement/why';
import { assertVisible } from '../../db/visible';
import { lineReasons } from '../../domain/partners/reason';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { idIn } from '../location';
import { defineRoute, download } from '../route';
import { exampleId, idOf, jsonObject, moneyAnswer, time } from '../schemas';

const states = [
  'waiting_for_feed',
  'computing',
  'in_review',
  'approved',
  'paying',
  'paid',
  'rejected',
] as const;

const settlementAnswer = z
  .object({
    id: idOf('settlement'),
    planSet: z.string(),
    entityId: z.string(),
    period: z.string(),
    state: z.enum(states),
    total: moneyAnswer.nullable(),
    inputHash: z.string().nullable(),
    resultHash: z
      .string()
      .nullable()
      .meta({ description: 'The same for the same deals, plans, network and rates.' }),
    run: z.number().int(),
    createdAt: time,
    computedAt: time.nullable(),
    closedAt: time.nullable(),
  })
  .meta({ id: 'Settlement' });

const example = {
  id: exampleId('settlement'),
  planSet: exampleId('planSet'),
  entityId: 'cy',
  period: '2026-10',
  state: 'in_review' as const,
  total: { amount: '42.50', currency: 'EUR' },
  inputHash: 'f3a1'.repeat(16),
  resultHash: '9c0d'.repeat(16),
  run: 1,
  createdAt: '2026-11-01T00:05:00.000000Z',
  computedAt: '2026-11-01T00:05:01.000000Z',
  closedAt: null,
};

function show(settlement: Settlement) {
  const {
    id,
    planSet,
    entityId,
    period,
    state,
    inputHash,
    resultHash,
    run,
    createdAt,
    computedAt,
    closedAt,
  } = settlement;
  const total =
    settlement.totalMinor === null
      ? null
      : {
          amount: formatAmount(settlement.totalMinor, settlement.currency),
          currency: settlement.currency,
        };
  return {
    id,
    planSet,
    entityId,
    period,
    state,
    total,
    inputHash,
    resultHash,
    run,
    createdAt,
    computedAt,
    closedAt,
  };
}

const lineAnswer = z
  .object({
    line: z.string(),
    settlementId: z.string(),
    partnerId: z.string(),
    symbol: z.string().nullable(),
    login: z.string().nullable(),
    tickets: z
      .array(z.string())
      .meta({ description: 'The deals it rests on: opening and closing.' }),
    lots: z.string(),
    tier: z.number().int(),
    rate: z.string(),
    conversion: z.string(),
    planVersion: z.string(),
    reason: z.string(),
    text: z.string(),
    explanation: jsonObject,
    amount: moneyAnswer,
  })
  .meta({ id: 'SettlementLine' });

const exampleLine = {
  line: '1',
  settlementId: example.id,
  partnerId: exampleId('partner'),
  symbol: 'EURUSD',
  login: '100001',
  tickets: ['1201', '1202'],
  lots: '0.10',
  tier: 1,
  rate: '5.00',
  conversion: '0.92',
  planVersion: exampleId('policyVersion'),
  reason: 'PAID',
  text: 'Paid as the plan says.',
  explanation: { group: 'Everything else' },
  amount: { amount: '0.46', currency: 'EUR' },
};

function showLine(line: SettlementLine) {
  return {
    line: line.line,
    settlementId: line.settlementId,
    partnerId: line.partnerId,
    symbol: line.symbol,
    login: line.login,
    tickets: [...line.tickets],
    lots: line.lots,
    tier: line.tier,
    rate: line.rate,
    conversion: line.conversion,
    planVersion: line.planVersion,
    reason: line.reason,
    text: line.text,
    explanation: jsonObject.parse(line.explanation),
    amount: { amount: formatAmount(line.amountMinor, line.currency), currency: line.currency },
  };
}

const payoutAnswer = z
  .object({
    id: idOf('payout'),
    settlementId: z.string(),
    period: z.string(),
    partnerId: z.string(),
    amount: moneyAnswer,
    lines: z.number().int(),
    state: z.string(),
    paidAt: time.nullable(),
    failure: z.string().nullable(),
  })
  .meta({ id: 'PartnerPayout' });

const examplePayout = {
  id: exampleId('payout'),
  settlementId: example.id,
  period: '2026-10',
  partnerId: exampleId('partner'),
  amount: { amount: '42.50', currency: 'EUR' },
  lines: 22,
  state: 'paid',
  paidAt: '2026-11-05T00:00:00.000000Z',
  failure: null,
};

function showPayout(payout: Payout) {
  const { id, settlementId, period, partnerId, lines, state, paidAt, failure } = payout;
  const amount = {
    amount: formatAmount(payout.amountMinor, payout.currency),
    currency: payout.currency,
  };
  return { id, settlementId, period, partnerId, amount, lines, state, paidAt, failure };
}

const settlementId = { id: idOf('settlement') };
const portal = { any: [{ partner: true }, { permission: 'settlement.read' }] } as const;

// The values of the table are its keys' texts; Object.keys forgets the keys' type.
const reasonFilter = z.enum(
  Object.keys(lineReasons) as [keyof typeof lineReasons, ...(keyof typeof lineReasons)[]],
);

export const settlementRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/settlements',
    operationId: 'startSettlement',
    summary: 'Settle a month of a plan set',
    description:
      'Once per plan set and month: asking again answers the settlement there is. Whoever starts it cannot approve it.',
    tags: ['Settlements'],
    auth: { permission: 'settlement.run' },
    idempotency: 'required',
    body: z.strictObject({
      planSet: idOf('planSet'),
      period: z
        .string()
        .regex(/^\d{4}-(0[1-9]|1[0-2])$/, 'is a month such as 2026-10')
        .meta({ example: '2026-10' }),
    }),
    responses: { 202: settlementAnswer },
    problems: { 422: 'period_not_over' },
    example: {
      body: { planSet: example.planSet, period: '2026-10' },
      answer: { status: 202, body: example },
    },
    location: (body) => `/api/v1/settlements/${idIn(body)}`,
    handle: async ({ tx, body }) => ({
      status: 202,
      body: show((await startSettlement(tx, body)).settlement),
    }),
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/settlements',
    operationId: 'listSettlements',
    summary: 'List settlements, the newest first',
    tags: ['Settlements'],
    auth: { permission: 'settlement.read' },
    query: { ...pageQuery, planSet: idOf('planSet').optional() },
    responses: { 200: pageOf(settlementAnswer) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = await listSettlements(tx, {
        ...(query.planSet ? { planSet: query.planSet } : {}),
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return {
        status: 200,
        body: pageFrom(found, query.limit, { after: (settlement) => settlement.id, show }),
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/settlements/:id',
    operationId: 'readSettlement',
    summary: 'Read a settlement',
    tags: ['Settlements'],
    auth: { permission: 'settlement.read' },
    params: settlementId,
    responses: { 200: settlementAnswer },
    example: { answer: { status: 200, body: example } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: show(await readSettlement(tx, params.id)),
    }),
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/settlements/:id/lines',
    operationId: 'listSettlementLines',
    summary: 'Lines of a settlement: what each deal pays whom, or why not',
    tags: ['Settlements'],
    auth: portal,
    params: settlementId,
    query: { ...pageQuery, partnerId: idOf('partner').optional(), reason: reasonFilter.optional() },
    responses: { 200: pageOf(lineAnswer) },
    example: { answer: { status: 200, body: { data: [exampleLine], nextCursor: null } } },
    handle: async ({ tx, params, query }) => {
      await assertVisible(tx, 'settlement', params.id);
      const found = await listLines(tx, {
        settlementId: params.id,
        ...(query.partnerId ? { partnerId: query.partnerId } : {}),
        ...(query.reason ? { reason: query.reason } : {}),
        ...lineAfter(query.cursor),
        limit: query.limit + 1,
      });
      return {
        status: 200,
        body: pageFrom(found, query.limit, { after: (line) => line.line, show: showLine }),
      };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/settlements/:id/check',
    operationId: 'recomputeSettlement',
    summary: 'Compute a settlement again and compare the hashes',
    description:
      'Keeps nothing: for as long as its inputs have not changed, both hashes are the same.',
    tags: ['Settlements'],
    auth: { permission: 'settlement.read' },
    idempotency: 'none',
    params: settlementId,
    responses: {
      200: z.object({
        same: z.boolean(),
        inputHash: z.string(),
        resultHash: z.string(),
        lines: z.number().int(),
      }),
    },
    example: {
      answer: {
        status: 200,
        body: {
          same: true,
          inputHash: example.inputHash,
          resultHash: example.resultHash,
          lines: 22,
        },
      },
    },
    handle: async ({ tx, params }) => {
      const settlement = await readSettlement(tx, params.id);
      const { inputHash, resultHash, lines } = await asSystem(tx, (system) =>
        recomputeSettlement(system, settlement),
      );
      const same = inputHash === settlement.inputHash && resultHash === settlement.resultHash;
      return { status: 200, body: { same, inputHash, resultHash, lines } };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/partner-payouts',
    operationId: 'listPartnerPayouts',
    summary: 'What partners get out of settlements; a partner sees the own network',
    tags: ['Settlements'],
    auth: portal,
    query: {
      ...pageQuery,
      settlementId: idOf('settlement').optional(),
      partnerId: idOf('partner').optional(),
    },
    responses: { 200: pageOf(payoutAnswer) },
    example: { answer: { status: 200, body: { data: [examplePayout], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = await listPayouts(tx, {
        ...(query.settlementId ? { settlementId: query.settlementId } : {}),
        ...(query.partnerId ? { partnerId: query.partnerId } : {}),
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return {
        status: 200,
        body: pageFrom(found, query.limit, { after: (payout) => payout.id, show: showPayout }),
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/partner-payouts/:id/statement',
    operationId: 'readPartnerStatement',
    summary: 'The statement of a payout as CSV',
    tags: ['Settlements'],
    auth: portal,
    params: { id: idOf('payout') },
    responses: { 200: download('text/csv') },
    example: { answer: { status: 200, body: { bytes: Buffer.from(''), mediaType: 'text/csv' } } },
    handle: async ({ tx, params }) => {
      const payout = await readPayout(tx, params.id);
      const csv = await statementCsv(tx, payout);
      return {
        status: 200,
        body: {
          bytes: Buffer.from(csv, 'utf8'),
          mediaType: 'text/csv',
          fileName: `statement-${payout.period}.csv`,
        },
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
    example: { answer: { status: 200, body: { data: [exampleLine] } } },
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

/** Lines are numbered; another list's cursor finds nothing here instead of failing in PostgreSQL. */
function lineAfter(cursor: string | undefined): { readonly after?: string } {
  const { after: from } = after(cursor);
  if (from === undefined) return {};
  return { after: /^\d{1,18}$/.test(from) ? from : '9'.repeat(18) };
}
