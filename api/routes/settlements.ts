import { z } from 'zod';
import { moneyJson } from '../../domain/money';
import { periodPattern } from '../../domain/partners/period';
import { asSystem } from '../../db/connection';
import { recomputeSettlement } from '../../db/settlement/compute';
import {
  listSettlements,
  readSettlement,
  settlementStates,
  startSettlement,
  type Settlement,
} from '../../db/settlement/settlements';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { idIn } from '../location';
import { defineRoute } from '../route';
import { exampleId, idOf, moneyAnswer, time } from '../schemas';

const settlementAnswer = z
  .object({
    id: idOf('settlement'),
    planSet: z.string(),
    entityId: z.string(),
    period: z.string(),
    state: z.enum(settlementStates),
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
    payAt: time.nullable().meta({ description: 'The day of payment of what is approved.' }),
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
  payAt: null,
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
    payAt,
  } = settlement;
  const total =
    settlement.totalMinor === null
      ? null
      : moneyJson({ amountMinor: settlement.totalMinor, currency: settlement.currency });
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
    payAt,
  };
}

const settlementId = { id: idOf('settlement') };

export const settlementRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/settlements',
    operationId: 'startSettlement',
    summary: 'Settle a period of a plan set: its day, week or month',
    description:
      'Once per plan set and period: asking again answers the settlement there is. Whoever starts it cannot approve it.',
    tags: ['Settlements'],
    auth: { permission: 'settlement.run' },
    idempotency: 'required',
    body: z.strictObject({
      planSet: idOf('planSet'),
      period: z
        .string()
        .regex(
          periodPattern,
          'is a month, a week or a day, such as 2026-10, 2026-W41 or 2026-10-05',
        )
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
    problems: { 422: 'other_engine_version' },
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
];
