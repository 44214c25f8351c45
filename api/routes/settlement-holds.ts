import { z } from 'zod';
import { moneyJson } from '../../domain/money';
import type { Tx } from '../../db/connection';
import {
  holdStates,
  listHolds,
  partsOfHold,
  readHold,
  type SettlementHold,
} from '../../db/settlement/holds';
import { latestTask } from '../../db/tasks';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import { entityId, exampleId, idOf, moneyAnswer, time } from '../schemas';

const hold = z
  .object({
    id: idOf('settlementHold'),
    settlementId: idOf('settlement'),
    entityId,
    clientId: idOf('client').meta({ description: 'Whose business is looked into.' }),
    evaluationId: idOf('evaluation'),
    reasons: z.array(z.string()).meta({ description: 'Codes of the rules that spoke.' }),
    amount: moneyAnswer.meta({ description: 'Kept back of all partners.' }),
    state: z.enum(holdStates).meta({
      description: 'closed: the settlement was rejected, or computed again to something else.',
    }),
    takenInto: idOf('settlement').nullable().meta({
      description: 'The settlement whose payouts pay it, or whose statements say that it is not.',
    }),
    openedAt: time,
    decidedAt: time.nullable(),
  })
  .meta({ id: 'SettlementHold' });

const detail = hold
  .extend({
    partners: z.array(z.object({ partnerId: idOf('partner'), held: moneyAnswer })),
    tickets: z.array(z.string()).meta({ description: 'Deals to look at first, 20 at most.' }),
    taskId: idOf('task').nullable().meta({ description: 'Where it is decided.' }),
  })
  .meta({ id: 'SettlementHoldDetail' });

const example = {
  id: exampleId('settlementHold'),
  settlementId: exampleId('settlement'),
  entityId: 'cy',
  clientId: exampleId('client'),
  evaluationId: exampleId('evaluation'),
  reasons: ['WASH_LOTS'],
  amount: { amount: '84.00', currency: 'USD' },
  state: 'open' as const,
  takenInto: null,
  openedAt: '2026-11-01T00:05:01.000000Z',
  decidedAt: null,
};

function show(of: SettlementHold) {
  const { id, settlementId, entityId, clientId, evaluationId, state, takenInto } = of;
  const { openedAt, decidedAt } = of;
  return {
    ...{ id, settlementId, entityId, clientId, evaluationId, reasons: [...of.reasons] },
    ...{ amount: moneyJson(of), state, takenInto, openedAt, decidedAt },
  };
}

async function showDetail(tx: Tx, of: SettlementHold): Promise<z.input<typeof detail>> {
  const task = await latestTask(tx, of.id, 'settlement_hold');
  const parts = await partsOfHold(tx, of.id);
  return {
    ...show(of),
    partners: parts.map(({ partnerId, heldMinor }) => ({
      partnerId,
      held: moneyJson({ amountMinor: heldMinor, currency: of.currency }),
    })),
    tickets: [...of.tickets],
    taskId: task?.id ?? null,
  };
}

export const settlementHoldRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/settlement-holds',
    operationId: 'listSettlementHolds',
    summary: 'List commission that is held while it is looked into',
    description: 'Newest first. Each is decided as a task `settlement_hold`: release or deny.',
    tags: ['Settlements'],
    auth: { permission: 'settlement.read' },
    query: {
      ...pageQuery,
      state: z.enum(holdStates).optional(),
      settlementId: idOf('settlement').optional(),
      partnerId: idOf('partner').optional().meta({ description: 'Held of this partner.' }),
    },
    responses: { 200: pageOf(hold) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const { state, settlementId, partnerId } = query;
      const found = await listHolds(tx, {
        ...{ state, settlementId, partnerId },
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return { status: 200, body: pageFrom(found, query.limit, { after: ({ id }) => id, show }) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/settlement-holds/:id',
    operationId: 'readSettlementHold',
    summary: 'Read what is held of a settlement for one client',
    tags: ['Settlements'],
    auth: { permission: 'settlement.read' },
    params: { id: idOf('settlementHold') },
    responses: { 200: detail },
    example: {
      answer: {
        status: 200,
        body: {
          ...example,
          partners: [{ partnerId: exampleId('partner'), held: example.amount }],
          tickets: ['90210'],
          taskId: exampleId('task'),
        },
      },
    },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: await showDetail(tx, await readHold(tx, params.id)),
    }),
  }),
];
