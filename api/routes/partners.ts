import { z } from 'zod';
import type { PartnerPermission } from '../../domain/access/partner-roles';
import { mayForPartner } from '../../domain/access/scope';
import { formatAmount } from '../../domain/money';
import { scheduleKinds } from '../../domain/partners/period';
import { endedStates, partnerStates, standingReasonCodes } from '../../domain/partners/standing';
import { attributeClient, referredClients, relations } from '../../db/attributions';
import {
  createPartner,
  createReferralLink,
  listPartners,
  movePartner,
  partnerName,
  readPartner,
  referralLinks,
  type Partner,
} from '../../db/partners';
import {
  proposeEnding,
  reinstatePartner,
  standingsOf,
  suspendPartner,
} from '../../db/partner-standing';
import { changeSchedule, createPlanSet, listPlanSets, type PlanSet } from '../../db/plan-sets';
import { earningsOf } from '../../db/settlement/payouts';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { idIn, versionIn } from '../location';
import { defineRoute } from '../route';
import {
  currency,
  email,
  entityId,
  exampleId,
  idOf,
  instant,
  line,
  moneyAnswer,
  reason,
  time,
} from '../schemas';
import { importPartners } from './network-import';

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

const partnerAnswer = z
  .object({
    id: idOf('partner'),
    entityId: z.string(),
    parentId: z.string().nullable().meta({
      description: 'Null at the top of a network, or of the part of it that the reader sees.',
    }),
    level: z.number().int().meta({ description: '1 is the top of a network.' }),
    planSet: z.string(),
    payoutCurrency: z.string(),
    state: z.enum(partnerStates),
    version: z.int(),
    createdAt: time,
  })
  .meta({ id: 'Partner' });

const example = {
  id: exampleId('partner'),
  entityId: 'cy',
  parentId: null,
  level: 1,
  planSet: exampleId('planSet'),
  payoutCurrency: 'EUR',
  state: 'active' as const,
  version: 1,
  createdAt: '2026-11-23T20:15:00.000000Z',
};

function show(partner: Partner) {
  const { id, parentId, level, planSet, payoutCurrency, state, version, createdAt } = partner;
  return {
    id,
    entityId: partner.entityId,
    parentId,
    level,
    planSet,
    payoutCurrency,
    state,
    version,
    createdAt,
  };
}

const standingAnswer = z
  .object({
    state: z.enum(partnerStates),
    reasonCode: z.string(),
    from: time,
    to: time.nullable(),
    accessUntil: time.nullable().meta({ description: 'When the log-in of an ended one ends.' }),
  })
  .meta({ id: 'PartnerStanding' });

const reasonCode = z.enum(standingReasonCodes).meta({
  description: 'Which of them stand for a state says the answer to one that does not.',
  example: 'own_wish',
});

const readerWith = <P extends PartnerPermission>(permission: P) =>
  ({ any: [{ partner: permission }, { permission: 'partner.read' }] }) as const;
const partnerId = { id: idOf('partner') };
const sumAnswer = moneyAnswer.nullable().meta({
  description: 'Null for people of the partner who may not see sums.',
});
const linkAnswer = z
  .object({
    code: z.string(),
    name: z.string(),
    clicks: z.number().int(),
    clients: z.number().int(),
    createdAt: time,
  })
  .meta({ id: 'ReferralLink' });

const exampleLink = {
  code: 'spring',
  name: 'Spring',
  clicks: 12,
  clients: 3,
  createdAt: '2026-11-23T20:15:00.000000Z',
};

export const partnerRoutes = [
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
  defineRoute({
    method: 'POST',
    path: '/api/v1/partners',
    operationId: 'createPartner',
    summary: 'Take a partner in, or a sub-partner below one',
    description: 'The partner gets a mail with the link that sets the password of the portal.',
    tags: ['Partners'],
    auth: { permission: 'partner.edit' },
    body: z.strictObject({
      name: line(200).meta({ example: 'North Introducers' }),
      email,
      planSet: idOf('planSet'),
      parentId: idOf('partner').optional(),
    }),
    responses: { 201: partnerAnswer },
    problems: { 409: 'email_taken', 422: 'other_plan_set, network_too_deep, partner_not_active' },
    example: {
      body: {
        name: 'North Introducers',
        email: 'north@example.com',
        planSet: exampleId('planSet'),
      },
      answer: { status: 201, body: example },
    },
    location: (body) => `/api/v1/partners/${idIn(body)}`,
    handle: async ({ tx, body: { parentId, ...body } }) => ({
      status: 201,
      body: show(
        await createPartner(tx, { ...body, ...(parentId === undefined ? {} : { parentId }) }),
      ),
    }),
  }),
  importPartners,
  defineRoute({
    method: 'GET',
    path: '/api/v1/partners',
    operationId: 'listPartners',
    summary: 'List partners, the newest first; a partner sees the own network',
    tags: ['Partners'],
    auth: readerWith('network.read'),
    query: { ...pageQuery, planSet: idOf('planSet').optional() },
    responses: { 200: pageOf(partnerAnswer) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = await listPartners(tx, {
        ...(query.planSet ? { planSet: query.planSet } : {}),
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return {
        status: 200,
        body: pageFrom(found, query.limit, { after: (partner) => partner.id, show }),
      };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/partners/:id',
    operationId: 'readPartner',
    summary: 'Read a partner with earnings and links',
    tags: ['Partners'],
    auth: readerWith('overview.read'),
    params: partnerId,
    responses: {
      200: partnerAnswer
        .extend({
          name: z.string(),
          earned: sumAnswer,
          paid: sumAnswer,
          pending: sumAnswer,
          standings: z
            .array(standingAnswer)
            .meta({ description: 'The last first; none where it was never but active.' }),
          links: z.array(linkAnswer).nullable().meta({
            description: 'Null for people of the partner who may not see links.',
          }),
        })
        .meta({ id: 'PartnerDetail' }),
    },
    example: {
      answer: {
        status: 200,
        body: {
          ...example,
          name: 'North Introducers',
          earned: { amount: '420.00', currency: 'EUR' },
          paid: { amount: '300.00', currency: 'EUR' },
          pending: { amount: '120.00', currency: 'EUR' },
          standings: [],
          links: [exampleLink],
        },
      },
    },
    etag: versionIn,
    handle: async ({ tx, scope, params }) => {
      const partner = await readPartner(tx, params.id);
      const mayNot = (permission: PartnerPermission) =>
        scope.kind === 'partner' && !mayForPartner(scope, permission);
      const sums = mayNot('earnings.read') ? undefined : await earningsOf(tx, partner.id);
      const amount = (sum: 'earnedMinor' | 'paidMinor' | 'pendingMinor') =>
        sums ? { amount: formatAmount(sums[sum], sums.currency), currency: sums.currency } : null;
      return {
        status: 200,
        body: {
          ...show(partner),
          name: await partnerName(tx, partner.id),
          earned: amount('earnedMinor'),
          paid: amount('paidMinor'),
          pending: amount('pendingMinor'),
          standings: (await standingsOf(tx, partner.id)).map(
            ({ state, reasonCode: code, from, to, accessUntil }) => ({
              ...{ state, reasonCode: code, from, to, accessUntil },
            }),
          ),
          links: mayNot('link.read') ? null : await referralLinks(tx, partner.id),
        },
      };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/partners/:id/move',
    operationId: 'movePartner',
    summary: 'Put a partner, with everybody below, under another one or at the top',
    description:
      'From now on: what was dealt before is settled as the network stood then. Of the same plan set.',
    tags: ['Partners'],
    auth: { permission: 'partner.edit' },
    params: partnerId,
    ifMatch: true,
    body: z.strictObject({
      parentId: idOf('partner').nullable().meta({ description: 'Null is the top of a network.' }),
      reason,
    }),
    responses: { 200: partnerAnswer },
    problems: {
      409: 'stale (with the present `version`), already_there',
      422: 'other_plan_set, partner_not_active, network_too_deep, below_itself',
    },
    example: {
      body: { parentId: null, reason: 'Works on its own account from today on.' },
      answer: { status: 200, body: { ...example, version: 2 } },
    },
    etag: versionIn,
    handle: async ({ tx, params, body, expectedVersion }) => ({
      status: 200,
      body: show(await movePartner(tx, params.id, { ...body, expectedVersion })),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/partners/:id/suspend',
    operationId: 'suspendPartner',
    summary: 'Suspend a partner: what it earns is computed and not paid',
    description: 'Its links bring it no clients meanwhile, unless the plan says so.',
    tags: ['Partners'],
    auth: { permission: 'partner.edit' },
    params: partnerId,
    ifMatch: true,
    body: z.strictObject({ reasonCode, reason }),
    responses: { 200: partnerAnswer },
    problems: { 409: 'stale (with the present `version`), other_state' },
    example: {
      body: { reasonCode: 'complaint', reason: 'A client says that profits were promised.' },
      answer: { status: 200, body: { ...example, state: 'suspended', version: 2 } },
    },
    etag: versionIn,
    handle: async ({ tx, params, body, expectedVersion }) => ({
      status: 200,
      body: show(await suspendPartner(tx, params.id, { ...body, expectedVersion })),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/partners/:id/reinstate',
    operationId: 'reinstatePartner',
    summary: 'Lift a suspension: what was not paid goes with the next payout',
    tags: ['Partners'],
    auth: { permission: 'partner.edit' },
    params: partnerId,
    ifMatch: true,
    body: z.strictObject({ reasonCode, reason }),
    responses: { 200: partnerAnswer },
    problems: { 409: 'stale (with the present `version`), other_state, ending_proposed' },
    example: {
      body: { reasonCode: 'looked_into', reason: 'The complaint was unfounded.' },
      answer: { status: 200, body: { ...example, version: 3 } },
    },
    etag: versionIn,
    handle: async ({ tx, params, body, expectedVersion }) => ({
      status: 200,
      body: show(await reinstatePartner(tx, params.id, { ...body, expectedVersion })),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/partners/:id/end',
    operationId: 'endPartner',
    summary: 'Ask for the end of a partner’s agreement, or tell of its death',
    description:
      'Another person decides (task `partner_ending`). Of whom a death is told is suspended at once.',
    tags: ['Partners'],
    auth: { permission: 'partner.edit' },
    params: partnerId,
    ifMatch: true,
    body: z.strictObject({ state: z.enum(endedStates), reasonCode, reason }),
    responses: { 202: partnerAnswer },
    problems: { 409: 'stale (with the present `version`), other_state, ending_proposed' },
    example: {
      body: { state: 'terminated', reasonCode: 'own_wish', reason: 'Gives the business up.' },
      answer: { status: 202, body: example },
    },
    etag: versionIn,
    handle: async ({ tx, params, body, expectedVersion }) => ({
      status: 202,
      body: show(await proposeEnding(tx, params.id, { ...body, expectedVersion })),
    }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/partners/:id/links',
    operationId: 'createReferralLink',
    summary: 'Make a referral link',
    tags: ['Partners'],
    auth: { any: [{ partner: 'link.create' }, { permission: 'partner.edit' }] },
    params: partnerId,
    body: z.strictObject({
      code: z
        .string()
        .regex(/^[A-Za-z0-9_-]{3,40}$/, 'has 3 to 40 letters, digits, - or _')
        .optional(),
      name: line(80).optional(),
    }),
    responses: { 201: linkAnswer },
    problems: { 409: 'code_taken', 422: 'partner_not_active' },
    example: {
      body: { code: 'spring', name: 'Spring' },
      answer: { status: 201, body: exampleLink },
    },
    handle: async ({ tx, params, body }) => ({
      status: 201,
      body: await createReferralLink(tx, {
        partnerId: params.id,
        ...(body.code === undefined ? {} : { code: body.code }),
        ...(body.name === undefined ? {} : { name: body.name }),
      }),
    }),
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/partners/:id/clients',
    operationId: 'listReferredClients',
    summary: 'Clients of a partner, masked',
    tags: ['Partners'],
    auth: readerWith('activity.read'),
    params: partnerId,
    query: { ...pageQuery },
    responses: {
      200: z.object({
        data: z.array(
          z.object({
            maskedName: z.string(),
            residence: z.string(),
            state: z.string(),
            from: time,
            to: time.nullable(),
            lots: z.string(),
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
              maskedName: 'A… S…',
              residence: 'DE',
              state: 'approved',
              from: '2026-10-01T00:00:00Z',
              to: null,
              lots: '1.25',
            },
          ],
        },
      },
    },
    handle: async ({ tx, params, query }) => {
      await readPartner(tx, params.id);
      const found = await referredClients(tx, { partnerId: params.id, limit: query.limit });
      return {
        status: 200,
        body: {
          data: found.map(({ maskedName, residence, state, from, to, lots }) => ({
            maskedName,
            residence,
            state,
            from,
            to,
            lots,
          })),
        },
      };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/attributions',
    operationId: 'attributeClient',
    summary: 'Give a client to a partner from an instant on',
    description:
      'An instant in the past is a claim for a time in which the client belonged to nobody; what belonged to another partner is not rewritten.',
    tags: ['Partners'],
    auth: { permission: 'partner.edit' },
    idempotency: 'required',
    body: z.strictObject({
      clientId: idOf('client'),
      partnerId: idOf('partner'),
      from: instant.optional(),
      related: z.enum(relations).optional().meta({
        description: 'How the client stands to the partner; then there is no CPA.',
      }),
      reason,
    }),
    responses: {
      201: z
        .object({ clientId: z.string(), partnerId: z.string(), from: time, to: time.nullable() })
        .meta({ id: 'Attribution' }),
    },
    problems: { 409: 'already_attributed', 422: 'other_entity, move_in_past, partner_not_active' },
    example: {
      body: {
        clientId: exampleId('client'),
        partnerId: exampleId('partner'),
        from: '2026-10-01T00:00:00Z',
        reason: 'Claimed within ten days.',
      },
      answer: {
        status: 201,
        body: {
          clientId: exampleId('client'),
          partnerId: exampleId('partner'),
          from: '2026-10-01T00:00:00Z',
          to: null,
        },
      },
    },
    handle: async ({ tx, body: { from, related, ...body } }) => {
      const made = await attributeClient(tx, {
        ...body,
        ...(from === undefined ? {} : { from }),
        ...(related === undefined ? {} : { related }),
      });
      return {
        status: 201,
        body: { clientId: made.clientId, partnerId: made.partnerId, from: made.from, to: made.to },
      };
    },
  }),
];
