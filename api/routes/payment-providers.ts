import { z } from 'zod';
import { flows } from '../../domain/payments/flow';
import { successPercent } from '../../domain/payments/health';
import { paymentRails, rails } from '../../domain/payments/rails';
import { passOverWords } from '../../domain/payments/route-words';
import { notFound } from '../../domain/problem';
import type { Tx } from '../../db/connection';
import { routesOf, type RoutedAttempt } from '../../db/payment-routes';
import { providerStandings, type ProviderStanding } from '../../db/provider-standing';
import { readDeposit } from '../../db/deposits';
import { tryRoute } from '../../db/route-try-out';
import { maySeeEntity } from '../../db/visible';
import { readWithdrawal } from '../../db/withdrawals';
import { defineRoute } from '../route';
import { country, entityId, exampleId, idOf, money, time } from '../schemas';

const circuits = z.enum(['closed', 'open', 'half_open']);

const standing = z
  .object({
    provider: z.string(),
    flow: z.enum(flows),
    stopped: z.boolean(),
    circuit: circuits.meta({ description: '`half_open`: one attempt at a time finds out.' }),
    attempts: z.number().int().meta({ description: 'In the window of the routing policy.' }),
    failures: z.number().int(),
    successPercent: z.number().nullable(),
    latencyMs95: z.number().int().nullable(),
    lastFailureAt: time.nullable(),
    inFlight: z.number().int().meta({ description: 'Steps that have not ended.' }),
    awaited: z.number().int().meta({ description: 'Payments that wait for its word.' }),
  })
  .meta({ id: 'ProviderStanding' });

export function shownStanding({ measured, ...each }: ProviderStanding) {
  return {
    provider: each.provider,
    flow: each.flow,
    stopped: each.isStopped,
    circuit: each.circuit,
    attempts: measured.attempts,
    failures: measured.failures,
    successPercent: successPercent(measured),
    latencyMs95: measured.latencyMs95,
    lastFailureAt: measured.lastFailureAt,
    inFlight: each.inFlight,
    awaited: each.awaited,
  };
}

const passedOver = z.object({
  provider: z.string(),
  reason: z.string(),
  detail: z.string().meta({ description: 'The reason in words, behind the name.' }),
});

const inWords = (each: {
  readonly provider: string;
  readonly reason: keyof typeof passOverWords;
}) => ({
  ...each,
  detail: passOverWords[each.reason],
});

const attempt = z
  .object({
    leg: z.number().int().meta({ description: 'Of a withdrawal; 0 of a deposit.' }),
    attempt: z.number().int(),
    flow: z.enum(flows),
    provider: z.string(),
    at: time,
    leftFor: z.string().nullable().meta({ description: 'The code it was left for.' }),
    decision: z
      .enum(['next', 'stop'])
      .nullable()
      .meta({ description: 'What the retry table said.' }),
    why: z
      .object({
        reasons: z.array(z.string()),
        alternatives: z.array(z.string()),
        passedOver: z.array(passedOver),
        policy: z.array(z.string()).meta({ description: 'Versions of the policy.' }),
      })
      .nullable()
      .meta({ description: 'Null where nothing was chosen: a refund goes back as it came.' }),
  })
  .meta({ id: 'PaymentAttempt' });

function shownAttempt({ why, ...each }: RoutedAttempt) {
  return {
    leg: each.leg,
    attempt: each.attempt,
    flow: each.flow,
    provider: each.provider,
    at: each.createdAt,
    leftFor: each.leftFor,
    decision: each.decision,
    why: why && {
      reasons: [...why.reasons],
      alternatives: [...why.alternatives],
      passedOver: why.passedOver.map(inWords),
      policy: [...why.pins],
    },
  };
}

/** Throws `not_found` (404) for a payment that the caller does not see. */
async function assertVisible(tx: Tx, id: string): Promise<void> {
  await (id.startsWith('dep_') ? readDeposit(tx, id) : readWithdrawal(tx, id));
}

const trial = z.strictObject({
  flow: z.enum(flows),
  entityId,
  rail: z.enum(rails).default('card'),
  amount: money,
  country,
  category: z.enum(['retail', 'professional']).default('retail'),
  draw: z
    .number()
    .min(0)
    .max(99.99)
    .default(0)
    .meta({ description: 'The lot of a split; of a payment it is the hash of its id.' }),
  failing: z.array(z.enum(paymentRails)).default([]),
  stopped: z.array(z.enum(paymentRails)).default([]),
  asNow: z
    .boolean()
    .default(false)
    .meta({ description: 'Those that fail or are stopped at present, too.' }),
  policyId: idOf('policyVersion')
    .optional()
    .meta({ description: 'A draft to be tried in the place of what is in force.' }),
});

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/payment-providers',
  operationId: 'listPaymentProviders',
  summary: 'How each payment provider does',
  description:
    'Measured by what was sent in the window of the routing policies; what is in flight is of your entities.',
  tags: ['Routing'],
  auth: { permission: 'payment.read' },
  responses: { 200: z.object({ data: z.array(standing) }) },
  example: {
    answer: {
      status: 200,
      body: {
        data: [
          {
            ...{ provider: 'stripe', flow: 'payin', stopped: false, circuit: 'closed' },
            ...{ attempts: 120, failures: 1, successPercent: 99.2, latencyMs95: 840 },
            ...{ lastFailureAt: '2026-11-23T20:15:00.000000Z', inFlight: 2, awaited: 14 },
          },
        ],
      },
    },
  },
  handle: async ({ tx, deps }) => ({
    status: 200,
    body: { data: (await providerStandings(tx, deps.providers)).map(shownStanding) },
  }),
});

const exampleWhy = {
  reasons: ['DEFAULT_ORDER'],
  alternatives: [],
  passedOver: [inWords({ provider: 'stripe', reason: 'UNHEALTHY' })],
};

const attempts = defineRoute({
  method: 'GET',
  path: '/api/v1/payments/:id/attempts',
  operationId: 'listPaymentAttempts',
  summary: 'Who was asked for a deposit or withdrawal, in turn, and why',
  tags: ['Routing'],
  auth: { permission: 'payment.read' },
  params: { id: z.union([idOf('deposit'), idOf('withdrawal')]) },
  responses: { 200: z.object({ data: z.array(attempt) }) },
  example: {
    answer: {
      status: 200,
      body: {
        data: [
          {
            ...{ leg: 0, attempt: 1, flow: 'payin', provider: 'stripe_2' },
            ...{ at: '2026-11-23T20:15:00.000000Z', leftFor: null, decision: null },
            why: { ...exampleWhy, policy: [exampleId('policyVersion')] },
          },
        ],
      },
    },
  },
  handle: async ({ tx, params }) => {
    await assertVisible(tx, params.id);
    return { status: 200, body: { data: (await routesOf(tx, params.id)).map(shownAttempt) } };
  },
});

const tryOut = defineRoute({
  method: 'POST',
  path: '/api/v1/payment-routes/try-out',
  operationId: 'tryPaymentRoute',
  summary: 'Ask which provider would take a payment, and why',
  description: 'Nothing is kept and nothing is sent.',
  tags: ['Routing'],
  auth: { permission: 'policy.read' },
  idempotency: 'none',
  body: trial,
  responses: {
    200: z
      .object({
        decision: z.enum(['route', 'none']),
        provider: z.string().nullable(),
        alternatives: z.array(z.string()),
        passedOver: z.array(passedOver),
        reasons: z.array(z.string()),
        rule: z.object({ id: z.string(), title: z.string() }).nullable(),
      })
      .meta({ id: 'TriedRoute' }),
  },
  problems: { 422: '`other_kind`: the draft is no policy of this routing.' },
  example: {
    body: {
      ...{ flow: 'payin', entityId: 'cy', country: 'CY', failing: ['stripe'] },
      amount: { amount: '500.00', currency: 'EUR' },
    },
    answer: {
      status: 200,
      body: {
        ...{ decision: 'route', provider: 'stripe_2', ...exampleWhy },
        rule: { id: 'otherwise', title: 'Everything else' },
      },
    },
  },
  handle: async ({ tx, body, deps }) => {
    const { flow, rail, amount, country, ...others } = body;
    if (!maySeeEntity(tx, body.entityId)) throw notFound('entity');
    const payment = { flow, rail, country, ...amount };
    const { outcome, rule } = await tryRoute(tx, { ...others, payment }, deps.providers);
    const isTaken = outcome.decision === 'route';
    return {
      status: 200,
      body: {
        decision: outcome.decision,
        provider: isTaken ? outcome.provider : null,
        alternatives: isTaken ? [...outcome.alternatives] : [],
        passedOver: outcome.passedOver.map(inWords),
        reasons: [...outcome.reasons],
        rule,
      },
    };
  },
});

export const paymentProviderRoutes = [list, attempts, tryOut];
