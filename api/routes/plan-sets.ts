import { z } from 'zod';
import { scheduleKinds } from '../../domain/partners/period';
import { changeSchedule, createPlanSet, listPlanSets, type PlanSet } from '../../db/plan-sets';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import { currency, entityId, exampleId, idOf, line, time } from '../schemas';

const planSetAnswer = z
  .object({
    id: idOf('planSet'),
    entityId: z.string(),
    name: z.string(),
    period: z.enum(scheduleKinds).meta({ description: 'How often it is settled now.' }),
    next: z
      .object({ kind: z.enum(scheduleKinds), from: time })
      .nullable()
      .meta({ description: 'What follows, from the end of the present period on.' }),
    currency: z.string(),
  })
  .meta({ id: 'PlanSet' });

const examplePlanSet = {
  id: exampleId('planSet'),
  entityId: 'cy',
  name: 'Introducing brokers',
  period: 'monthly' as const,
  next: null,
  currency: 'EUR',
};

function showPlanSet({ id, entityId: entity, name, period, next, currency: of }: PlanSet) {
  return { id, entityId: entity, name, period, next, currency: of };
}

export const planSetRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/plan-sets',
    operationId: 'createPlanSet',
    summary: 'Begin a plan set: partners of one entity, settled together each day, week or month',
    tags: ['Partners'],
    auth: { permission: 'partner.edit' },
    body: z.strictObject({
      ...{ entityId, name: line(100), currency },
      period: z.enum(scheduleKinds).default('monthly'),
    }),
    responses: { 201: planSetAnswer },
    example: {
      body: { entityId: 'cy', name: 'Introducing brokers', currency: 'EUR' },
      answer: { status: 201, body: examplePlanSet },
    },
    handle: async ({ tx, body }) => ({
      status: 201,
      body: showPlanSet(await createPlanSet(tx, body)),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/plan-sets/:id/schedule',
    operationId: 'changePlanSetSchedule',
    summary: 'Settle a plan set by the day, the week or the month',
    description:
      'From the end of its present period on; what is left of the first day, week or month from there is its first period. What was to follow and has not begun gives way.',
    tags: ['Partners'],
    auth: { permission: 'partner.edit' },
    params: { id: idOf('planSet') },
    body: z.strictObject({ period: z.enum(scheduleKinds) }),
    responses: { 200: planSetAnswer },
    problems: { 409: 'already_so' },
    example: {
      body: { period: 'weekly' },
      answer: {
        status: 200,
        body: { ...examplePlanSet, next: { kind: 'weekly', from: '2026-12-01T00:00:00.000Z' } },
      },
    },
    handle: async ({ tx, params, body }) => ({
      status: 200,
      body: showPlanSet(await changeSchedule(tx, params.id, body)),
    }),
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/plan-sets',
    operationId: 'listPlanSets',
    summary: 'List plan sets, the newest first',
    tags: ['Partners'],
    auth: { permission: 'partner.read' },
    query: { ...pageQuery },
    responses: { 200: pageOf(planSetAnswer) },
    example: { answer: { status: 200, body: { data: [examplePlanSet], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = await listPlanSets(tx, { ...after(query.cursor), limit: query.limit + 1 });
      return {
        status: 200,
        body: pageFrom(found, query.limit, { after: (set) => set.id, show: showPlanSet }),
      };
    },
  }),
];
