import { z } from 'zod';
import { moneyJson } from '../../domain/money';
import { listPayouts, readPayout, type Payout } from '../../db/settlement/payouts';
import { statementCsv } from '../../db/settlement/statements';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute, download } from '../route';
import { exampleId, idOf, moneyAnswer, time } from '../schemas';

const payoutAnswer = z
  .object({
    id: idOf('payout'),
    settlementId: z.string(),
    period: z.string(),
    partnerId: z.string(),
    amount: moneyAnswer,
    held: moneyAnswer.meta({ description: 'Left out of it while it is looked into.' }),
    released: moneyAnswer.meta({ description: 'Added to it: it was held before.' }),
    adjusted: moneyAnswer.meta({ description: 'Added to it by hand, or taken off.' }),
    lines: z.number().int(),
    state: z.string(),
    paidAt: time.nullable(),
    failure: z.string().nullable(),
  })
  .meta({ id: 'PartnerPayout' });

const example = {
  id: exampleId('payout'),
  settlementId: exampleId('settlement'),
  period: '2026-10',
  partnerId: exampleId('partner'),
  amount: { amount: '42.50', currency: 'EUR' },
  held: { amount: '0.00', currency: 'EUR' },
  released: { amount: '0.00', currency: 'EUR' },
  adjusted: { amount: '0.00', currency: 'EUR' },
  lines: 22,
  state: 'paid',
  paidAt: '2026-11-05T00:00:00.000000Z',
  failure: null,
};

function show(payout: Payout) {
  const { id, settlementId, period, partnerId, lines, state, paidAt, failure } = payout;
  const { heldMinor, releasedMinor, adjustedMinor, currency } = payout;
  const amount = moneyJson(payout);
  const held = moneyJson({ amountMinor: heldMinor, currency });
  const released = moneyJson({ amountMinor: releasedMinor, currency });
  return {
    id,
    settlementId,
    period,
    partnerId,
    amount,
    held,
    released,
    adjusted: moneyJson({ amountMinor: adjustedMinor, currency }),
    lines,
    state,
    paidAt,
    failure,
  };
}

const portal = { any: [{ partner: 'earnings.read' }, { permission: 'settlement.read' }] } as const;

export const partnerPayoutRoutes = [
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
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = await listPayouts(tx, {
        ...(query.settlementId ? { settlementId: query.settlementId } : {}),
        ...(query.partnerId ? { partnerId: query.partnerId } : {}),
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return {
        status: 200,
        body: pageFrom(found, query.limit, { after: (payout) => payout.id, show }),
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
];
