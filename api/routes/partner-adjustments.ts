import { z } from 'zod';
import { moneyJson } from '../../domain/money';
import { adjustmentReasonCodes, adjustmentStates } from '../../domain/partners/adjustment';
import {
  type Adjustment,
  listAdjustments,
  proposeAdjustment,
  readAdjustment,
} from '../../db/settlement/manual';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import { adjustmentAmount, entityId, exampleId, idOf, line, moneyAnswer, time } from '../schemas';

const adjustment = z
  .object({
    id: idOf('partnerAdjustment'),
    entityId,
    partnerId: idOf('partner'),
    planSet: z.string(),
    amount: moneyAnswer.meta({ description: 'Below zero it is taken off.' }),
    reasonCode: z.enum(adjustmentReasonCodes),
    reason: z.string().meta({ description: 'In words, for colleagues.' }),
    state: z.enum(adjustmentStates),
    proposedAt: time,
    decidedAt: time.nullable(),
    takenInto: idOf('settlement')
      .nullable()
      .meta({ description: 'The settlement whose payouts pay it.' }),
  })
  .meta({ id: 'PartnerAdjustment' });

const example = {
  id: exampleId('partnerAdjustment'),
  entityId: 'cy',
  partnerId: exampleId('partner'),
  planSet: exampleId('planSet'),
  amount: { amount: '-25.00', currency: 'EUR' },
  reasonCode: 'MANUAL_ERROR' as const,
  reason: 'Paid twice in September.',
  state: 'approved' as const,
  proposedAt: '2026-10-20T09:00:00.000000Z',
  decidedAt: '2026-10-20T10:00:00.000000Z',
  takenInto: null,
};

function show(of: Adjustment): z.input<typeof adjustment> {
  const { id, entityId, partnerId, planSet, reason, state, proposedAt, decidedAt } = of;
  return {
    ...{ id, entityId, partnerId, planSet, amount: moneyJson(of) },
    reasonCode: z.enum(adjustmentReasonCodes).parse(of.reasonCode),
    ...{ reason, state, proposedAt, decidedAt, takenInto: of.takenInto },
  };
}

export const partnerAdjustmentRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/partners/:id/adjustments',
    operationId: 'proposePartnerAdjustment',
    summary: 'Propose to add to what a partner gets, or to take off it',
    description:
      'In the currency of the plan set. Another person decides (task `partner_adjustment`); the next settlement that is computed pays it.',
    tags: ['Settlements'],
    auth: { permission: 'settlement.run' },
    params: { id: idOf('partner') },
    body: z.strictObject({
      amount: adjustmentAmount,
      reasonCode: z.enum(adjustmentReasonCodes),
      reason: line(500),
    }),
    responses: { 202: adjustment },
    example: {
      body: { amount: '-25.00', reasonCode: 'MANUAL_ERROR', reason: 'Paid twice in September.' },
      answer: { status: 202, body: { ...example, state: 'proposed', decidedAt: null } },
    },
    handle: async ({ tx, params, body }) => ({
      status: 202,
      body: show(await proposeAdjustment(tx, params.id, body)),
    }),
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/partner-adjustments',
    operationId: 'listPartnerAdjustments',
    summary: 'List adjustments by hand, newest first',
    tags: ['Settlements'],
    auth: { permission: 'settlement.read' },
    query: {
      ...pageQuery,
      partnerId: idOf('partner').optional(),
      state: z.enum(adjustmentStates).optional(),
      settlementId: idOf('settlement').optional().meta({ description: 'Taken into this one.' }),
    },
    responses: { 200: pageOf(adjustment) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const { partnerId, state, settlementId } = query;
      const found = await listAdjustments(tx, {
        ...{ partnerId, state, settlementId },
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return { status: 200, body: pageFrom(found, query.limit, { after: ({ id }) => id, show }) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/partner-adjustments/:id',
    operationId: 'readPartnerAdjustment',
    summary: 'Read an adjustment',
    tags: ['Settlements'],
    auth: { permission: 'settlement.read' },
    params: { id: idOf('partnerAdjustment') },
    responses: { 200: adjustment },
    example: { answer: { status: 200, body: example } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: show(await readAdjustment(tx, params.id)),
    }),
  }),
];
