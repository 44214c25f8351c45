import { z } from 'zod';
import { moneyJson } from '../../domain/money';
import { isId } from '../../domain/ids';
import { readDeposit } from '../../db/deposits';
import { travelRuleOf } from '../../db/travel-rule';
import { readWithdrawal } from '../../db/withdrawals';
import { defineRoute } from '../route';
import { exampleId, idOf, moneyAnswer, time } from '../schemas';

const travelParty = z.object({
  name: z.string().nullable(),
  account: z
    .string()
    .nullable()
    .meta({ description: 'An address of the chain, or the client’s number here.' }),
  vasp: z
    .string()
    .nullable()
    .meta({ description: 'Who keeps the account; null for a wallet of its owner’s own.' }),
});

export const travelRuleRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/payments/:id/travel-rule',
    operationId: 'listTravelRuleTransfers',
    summary: 'Who sent and who got each transfer of tokens of a payment',
    description:
      'FATF recommendation 16. For holders of `client.personal`. `leg` is 0 for what came in, 1 for what of a deposit went back, and the leg of a withdrawal.',
    tags: ['Payments'],
    auth: { permission: 'payment.read' },
    params: { id: z.union([idOf('deposit'), idOf('withdrawal')]) },
    responses: {
      200: z.object({
        data: z.array(
          z.object({
            leg: z.number().int(),
            direction: z.enum(['in', 'out']),
            network: z.string(),
            amount: moneyAnswer,
            parties: z
              .object({ originator: travelParty, beneficiary: travelParty })
              .nullable()
              .meta({ description: 'Null once the client’s data has been erased.' }),
            recordedAt: time,
          }),
        ),
      }),
    },
    example: {
      answer: {
        status: 200,
        body: {
          data: [
            {
              ...{ leg: 1, direction: 'out', network: 'ethereum' },
              amount: { amount: '250.000000', currency: 'USDT' },
              parties: {
                originator: {
                  name: 'Maria Example',
                  account: exampleId('client'),
                  vasp: 'Example Ltd',
                },
                beneficiary: { name: 'Maria Example', account: '0x5aAe…', vasp: null },
              },
              recordedAt: '2026-11-23T20:15:00.000000Z',
            },
          ],
        },
      },
    },
    handle: async ({ tx, params }) => {
      // 404 for a payment that the scope does not see.
      if (isId('deposit', params.id)) await readDeposit(tx, params.id);
      else await readWithdrawal(tx, params.id);
      const transfers = await travelRuleOf(tx, params.id);
      return {
        status: 200,
        body: {
          data: transfers.map(({ leg, direction, network, parties, recordedAt, ...money }) => ({
            ...{ leg, direction, network, parties, recordedAt },
            amount: moneyJson(money),
          })),
        },
      };
    },
  }),
];
