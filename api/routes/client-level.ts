import { z } from 'zod';
import { may } from '../../domain/access/scope';
import { kycLevels } from '../../domain/kyc/levels';
import { wantsInWords } from '../../domain/kyc/level-wants';
import { slots } from '../../domain/onboarding/checklist';
import { limitPeriods } from '../../domain/policy/kinds/kyc-limits';
import { readLevel } from '../../db/client-levels';
import { showLimits, type ShownLimit } from '../../db/client-limits';
import { readClient } from '../../db/clients';
import { defineRoute } from '../route';
import { exampleId, idOf, time } from '../schemas';

const level = z
  .int()
  .min(0)
  .max(kycLevels.length - 1);

const limit = z.object({
  limit: z.enum(['deposit', 'withdrawal', 'trading', 'balance', 'accounts', 'leverage']),
  words: z.string().meta({ example: 'deposit up to 2000.00 EUR in all' }),
  max: z.string().nullable().meta({ description: 'Of money; in `currency`, else the policy’s.' }),
  currency: z.string().nullable().meta({ description: 'Counts what moves in it alone.' }),
  period: z.enum(limitPeriods).nullable().meta({ description: 'Null: since the beginning.' }),
  most: z.int().nullable().meta({ description: 'Of accounts, or the highest leverage.' }),
  used: z.string().nullable().meta({ description: 'Staff: with `payment.read`.' }),
  left: z.string().nullable(),
  rule: z
    .object({ id: z.string(), title: z.string(), source: z.string(), layer: z.string() })
    .meta({ description: 'The row of the policy that sets it.' }),
});

const standing = z
  .object({
    level,
    name: z.string(),
    since: time.nullable(),
    evaluationId: idOf('evaluation').nullable(),
    next: z
      .object({
        level,
        name: z.string(),
        documents: z.array(z.enum(slots)).meta({ description: 'What has to be proven for it.' }),
        words: z.string(),
      })
      .nullable(),
    limits: z.array(limit),
  })
  .meta({ id: 'ClientLevel' });

function show(found: ShownLimit, seesMoney: boolean): z.input<typeof limit> {
  const { rule: id, title, source, layer } = found;
  return {
    limit: found.limit,
    words: found.words,
    max: 'max' in found ? found.max : null,
    currency: 'currency' in found ? found.currency : null,
    period: 'period' in found ? found.period : null,
    most: 'most' in found ? found.most : 'leverage' in found ? found.leverage : null,
    used: seesMoney ? found.used : null,
    left: seesMoney ? found.left : null,
    rule: { id, title, source, layer },
  };
}

const read = defineRoute({
  method: 'GET',
  path: '/api/v1/clients/:id/level',
  operationId: 'readClientLevel',
  summary: 'Read how far a client is verified, and what that allows',
  description:
    'The level that `kyc.levels` has given, each limit that `kyc.limits` sets for it with what is used, and what the next level asks for.',
  tags: ['Clients'],
  auth: { any: [{ permission: 'client.read' }, { client: true }] },
  params: { id: idOf('client') },
  responses: { 200: standing },
  example: {
    answer: {
      status: 200,
      body: {
        level: 1,
        name: 'Identity verified',
        since: '2026-11-23T20:15:00.000000Z',
        evaluationId: exampleId('evaluation'),
        next: {
          level: 2,
          name: 'Identity and address verified',
          documents: ['address'],
          words: 'To go on, send us a proof of your address.',
        },
        limits: [
          {
            limit: 'deposit',
            words: 'deposit up to 10000.00 EUR in all',
            max: '10000.00',
            currency: null,
            period: null,
            most: null,
            used: '250.00 EUR',
            left: '9750.00 EUR',
            rule: {
              id: 'level1.deposits',
              title: 'Deposits with identity alone',
              source: 'house rule',
              layer: 'base',
            },
          },
        ],
      },
    },
  },
  handle: async ({ tx, scope, params }) => {
    const { id } = await readClient(tx, params.id);
    const { next, ...view } = await readLevel(tx, id);
    const seesMoney = scope.kind === 'client' || may(scope, 'payment.read');
    return {
      status: 200,
      body: {
        ...view,
        next: next
          ? {
              level: next.level,
              name: next.name,
              documents: next.wants.flatMap((want) => (want.kind === 'document' ? want.slot : [])),
              words: wantsInWords(next),
            }
          : null,
        limits: (await showLimits(tx, id)).map((each) => show(each, seesMoney)),
      },
    };
  },
});

export const clientLevelRoutes = [read];
