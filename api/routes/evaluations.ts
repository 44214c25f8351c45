import { z } from 'zod';
import { replayEvaluation, replayParts } from '../../db/evaluation-replay';
import { jsonOf } from '../input';
import { defineRoute } from '../route';
import { entityId, exampleId, idOf, jsonObject, time } from '../schemas';

/** The permissions of the pages on which decisions are shown; each decision asks for its own. */
export const readersOfEvaluations = [
  { permission: 'kyc.read' },
  { permission: 'payment.read' },
  { permission: 'account.read' },
  { permission: 'partner.read' },
  { permission: 'ledger.read' },
  { permission: 'client.read' },
] as const;

const side = z.object({
  outcome: jsonObject,
  trace: z.array(jsonObject).meta({
    description: 'Rule by rule; rules that look at restricted holds only for the MLRO’s circle.',
  }),
});

const replayed = z
  .object({
    id: idOf('evaluation'),
    kind: z.string().meta({ example: 'withdrawal' }),
    subject: z.string(),
    entityId,
    clientId: z.string().nullable(),
    at: time,
    pins: z.array(z.string()).meta({ description: 'The versions of the policy that decided.' }),
    verdict: z.enum(['same', 'differs', 'erased']).meta({
      description: '`erased`: the facts went with the person’s key.',
    }),
    differs: z.array(z.enum(replayParts)),
    kept: side.meta({ description: 'As it was decided.' }),
    again: side
      .nullable()
      .meta({ description: 'As it comes out now; null when it cannot be run.' }),
  })
  .meta({ id: 'Replay' });

const replay = defineRoute({
  method: 'GET',
  path: '/api/v1/evaluations/:id/replay',
  operationId: 'replayEvaluation',
  summary: 'Run a decision again',
  description:
    'The versions of the policy that decided, on the facts that were given, run again: the same answer and the same trace, or what differs. Nothing is written.',
  tags: ['Policies'],
  auth: { any: readersOfEvaluations },
  params: { id: idOf('evaluation') },
  responses: { 200: replayed },
  example: {
    answer: {
      status: 200,
      body: {
        id: exampleId('evaluation'),
        kind: 'withdrawal',
        subject: exampleId('withdrawal'),
        entityId: 'cy',
        clientId: exampleId('client'),
        at: '2026-11-23T20:15:00.000000Z',
        pins: [exampleId('policyVersion')],
        verdict: 'same',
        differs: [],
        kept: { outcome: { decision: 'approve' }, trace: [] },
        again: { outcome: { decision: 'approve' }, trace: [] },
      },
    },
  },
  handle: async ({ tx, params }) => {
    const { kept, again, ...about } = await replayEvaluation(tx, params.id);
    const show = ({ outcome, trace }: typeof kept) => ({
      outcome: jsonObject.parse(jsonOf(outcome)),
      trace: z.array(jsonObject).parse(jsonOf(trace)),
    });
    return {
      status: 200,
      body: {
        ...about,
        pins: [...about.pins],
        differs: [...about.differs],
        kept: show(kept),
        again: again ? show(again) : null,
      },
    };
  },
});

export const evaluationRoutes = [replay];
