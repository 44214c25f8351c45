import { z } from 'zod';
import { moneyJson } from '../../domain/money';
import { bonusRemovals } from '../../domain/bonus/bonus';
import { bonusOrigins } from '../../domain/policy/kinds/bonus';
import { proposeBonus } from '../../db/bonus-requests';
import { takeBackBonus } from '../../db/bonus-removal';
import {
  bonusStates,
  listBonuses,
  readBonus,
  remainingMinor,
  stepsOfBonus,
  type Bonus,
  type BonusStep,
} from '../../db/bonuses';
import type { Tx } from '../../db/connection';
import { latestTask } from '../../db/tasks';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { idIn } from '../location';
import { defineRoute } from '../route';
import { entityId, exampleId, idOf, line, money, moneyAnswer, time } from '../schemas';

const words = line(500).meta({
  description: 'In words; kept as ciphertext.',
  example: 'Promised on the telephone on 20 November.',
});

const reader = { any: [{ client: true }, { permission: 'account.read' }] } as const;

const bonusAnswer = z
  .object({
    id: idOf('bonus'),
    entityId: z.string(),
    clientId: idOf('client'),
    accountId: idOf('account'),
    origin: z.enum(bonusOrigins),
    depositId: idOf('deposit').nullable(),
    transferId: idOf('transfer').nullable(),
    state: z.enum(bonusStates).meta({
      description:
        '`proposed`: a second person is asked; `waiting`: for the transfer; `active`: the credit is on the account.',
    }),
    amount: moneyAnswer.meta({ description: 'What is given: credit, and no money.' }),
    remaining: moneyAnswer.meta({ description: 'What of it is on the account now.' }),
    takenBack: z.enum(bonusRemovals).meta({
      description: 'What of it goes before money leaves the account.',
    }),
    refusal: z.string().nullable(),
    createdAt: time,
    grantedAt: time.nullable(),
    expiresAt: time.nullable(),
    endedAt: time.nullable(),
  })
  .meta({ id: 'Bonus' });

const step = z.object({
  step: z.int(),
  kind: z.enum(['grant', 'removal']),
  cause: z.string(),
  amount: moneyAnswer.nullable(),
  state: z.enum(['wanted', 'done', 'refused', 'void']),
  ticket: z.string().nullable().meta({ description: 'Deal of the trading server.' }),
  refusal: z.string().nullable(),
  createdAt: time,
  endedAt: time.nullable(),
});

const detail = bonusAnswer
  .extend({
    steps: z.array(step),
    taskId: idOf('task').nullable().meta({ description: 'Where it is approved; for staff.' }),
  })
  .meta({ id: 'BonusDetail' });

const example = {
  id: exampleId('bonus'),
  entityId: 'off',
  clientId: exampleId('client'),
  accountId: exampleId('account'),
  origin: 'deposit' as const,
  depositId: exampleId('deposit'),
  transferId: exampleId('transfer'),
  state: 'active' as const,
  amount: { amount: '50.00', currency: 'USD' },
  remaining: { amount: '50.00', currency: 'USD' },
  takenBack: 'whole' as const,
  refusal: null,
  createdAt: '2026-11-23T20:15:00.000000Z',
  grantedAt: '2026-11-23T20:15:02.000000Z',
  expiresAt: '2027-02-21T20:15:02.000000Z',
  endedAt: null,
};

const detailExample = {
  ...example,
  steps: [
    {
      step: 1,
      kind: 'grant' as const,
      cause: 'grant',
      amount: { amount: '50.00', currency: 'USD' },
      state: 'done' as const,
      ticket: '81723',
      refusal: null,
      createdAt: '2026-11-23T20:15:01.000000Z',
      endedAt: '2026-11-23T20:15:02.000000Z',
    },
  ],
  taskId: null,
};

const byHandExample = {
  ...detailExample,
  origin: 'hand' as const,
  ...{ depositId: null, transferId: null, grantedAt: null, expiresAt: null, steps: [] },
  state: 'proposed' as const,
  remaining: { amount: '0.00', currency: 'USD' },
  taskId: exampleId('task'),
};

function show(bonus: Bonus): z.input<typeof bonusAnswer> {
  const { currency } = bonus;
  return {
    id: bonus.id,
    entityId: bonus.entityId,
    clientId: bonus.clientId,
    accountId: bonus.accountId,
    origin: bonus.origin,
    depositId: bonus.depositId,
    transferId: bonus.transferId,
    state: bonus.state,
    amount: moneyJson(bonus),
    remaining: moneyJson({ amountMinor: remainingMinor(bonus), currency }),
    takenBack: bonus.removal,
    refusal: bonus.refusal,
    createdAt: bonus.createdAt,
    grantedAt: bonus.grantedAt,
    expiresAt: bonus.expiresAt,
    endedAt: bonus.endedAt,
  };
}

function showStep(currency: string, found: BonusStep): z.input<typeof step> {
  const { amountMinor } = found;
  return {
    step: found.step,
    kind: found.kind,
    cause: found.cause,
    amount: amountMinor === null ? null : moneyJson({ amountMinor, currency }),
    state: found.state,
    ticket: found.ticket,
    refusal: found.refusal,
    createdAt: found.createdAt,
    endedAt: found.endedAt,
  };
}

async function showDetail(tx: Tx, bonus: Bonus): Promise<z.input<typeof detail>> {
  const steps = await stepsOfBonus(tx, bonus.id);
  const task =
    tx.scope.kind === 'staff' ? await latestTask(tx, bonus.id, 'bonus_approval') : undefined;
  return {
    ...show(bonus),
    steps: steps.map((each) => showStep(bonus.currency, each)),
    taskId: task?.id ?? null,
  };
}

export const bonusRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/bonuses',
    operationId: 'proposeBonus',
    summary: 'Give a bonus by hand',
    description:
      'Another person approves it (task `bonus_approval`). The policy `bonus` may forbid it, or limit it. Clients ask for a bonus with the transfer that brings a deposit to an account.',
    tags: ['Accounts'],
    auth: { permission: 'account.operate' },
    idempotency: 'required',
    body: z.strictObject({
      accountId: idOf('account'),
      amount: money,
      depositId: idOf('deposit')
        .optional()
        .meta({ description: 'What it is given for: when its payer takes it back, it goes.' }),
      reason: words,
    }),
    responses: { 201: detail },
    problems: {
      409: '`bonus_claimed`: the deposit has brought one',
      422: '`bonus_refused` (with `reasons`), `above_maximum`, `account_not_active`, `demo_account`, `other_currency`, `deposit_not_credited`, `restricted`',
    },
    example: {
      body: {
        accountId: exampleId('account'),
        amount: example.amount,
        reason: 'Promised on the telephone on 20 November.',
      },
      answer: { status: 201, body: byHandExample },
    },
    location: (body) => `/api/v1/bonuses/${idIn(body)}`,
    handle: async ({ tx, body }) => ({
      status: 201,
      body: await showDetail(tx, await proposeBonus(tx, body)),
    }),
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/bonuses',
    operationId: 'listBonuses',
    summary: 'List bonuses, the newest first',
    tags: ['Accounts'],
    auth: reader,
    query: {
      ...pageQuery,
      state: z.enum(bonusStates).optional(),
      entityId: entityId.optional(),
      clientId: idOf('client').optional(),
      accountId: idOf('account').optional(),
    },
    responses: { 200: pageOf(bonusAnswer) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const { state, clientId, accountId } = query;
      const found = await listBonuses(tx, {
        ...(state ? { state } : {}),
        ...(query.entityId ? { entityId: query.entityId } : {}),
        ...(clientId ? { clientId } : {}),
        ...(accountId ? { accountId } : {}),
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return { status: 200, body: pageFrom(found, query.limit, { after: ({ id }) => id, show }) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/bonuses/:id',
    operationId: 'readBonus',
    summary: 'Read a bonus',
    tags: ['Accounts'],
    auth: reader,
    params: { id: idOf('bonus') },
    responses: { 200: detail },
    example: { answer: { status: 200, body: detailExample } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: await showDetail(tx, await readBonus(tx, params.id)),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/bonuses/:id/removal',
    operationId: 'takeBackBonus',
    summary: 'Take a bonus back by hand',
    description: 'All that is left of it, once. A server that refuses opens a task.',
    tags: ['Accounts'],
    auth: { permission: 'account.operate' },
    idempotency: 'required',
    params: { id: idOf('bonus') },
    body: z.strictObject({ reason: words }),
    responses: { 202: detail },
    problems: { 409: '`bonus_not_active`' },
    example: {
      body: { reason: 'Given to the wrong account.' },
      answer: { status: 202, body: detailExample },
    },
    location: (body) => `/api/v1/bonuses/${idIn(body)}`,
    handle: async ({ tx, params, body }) => ({
      status: 202,
      body: await showDetail(tx, await takeBackBonus(tx, params.id, body.reason)),
    }),
  }),
];
