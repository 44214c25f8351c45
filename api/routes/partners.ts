import { z } from 'zod';
import type { PartnerPermission } from '../../domain/access/partner-roles';
import { mayForPartner } from '../../domain/access/scope';
import { formatAmount } from '../../domain/money';
import { partnerStates } from '../../domain/partners/standing';
import { attributeClient, referredClients, relations } from '../../db/attributions';
import {
  createPartner,
  createReferralLink,
  listPartners,
  movePartner,
  partnerName,
  readPartner,
  referralLinks,
} from '../../db/partners';
import { standingsOf } from '../../db/partner-standing';
import { earningsOf } from '../../db/settlement/payouts';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { idIn, versionIn } from '../location';
import { defineRoute } from '../route';
import { email, exampleId, idOf, instant, line, moneyAnswer, reason, time } from '../schemas';
import { importPartners } from './network-import';
import { examplePartner, partnerAnswer, partnerId, showPartner } from './partner-schemas';

const standingAnswer = z
  .object({
    state: z.enum(partnerStates),
    reasonCode: z.string(),
    from: time,
    to: time.nullable(),
    accessUntil: time.nullable().meta({ description: 'When the log-in of an ended one ends.' }),
  })
  .meta({ id: 'PartnerStanding' });

const readerWith = <P extends PartnerPermission>(permission: P) =>
  ({ any: [{ partner: permission }, { permission: 'partner.read' }] }) as const;
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
      answer: { status: 201, body: examplePartner },
    },
    location: (body) => `/api/v1/partners/${idIn(body)}`,
    handle: async ({ tx, body: { parentId, ...body } }) => ({
      status: 201,
      body: showPartner(
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
    example: { answer: { status: 200, body: { data: [examplePartner], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = await listPartners(tx, {
        ...(query.planSet ? { planSet: query.planSet } : {}),
        ...after(query.cursor),
        limit: query.limit + 1,
      });
      return {
        status: 200,
        body: pageFrom(found, query.limit, { after: (partner) => partner.id, show: showPartner }),
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
          ...examplePartner,
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
          ...showPartner(partner),
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
      answer: { status: 200, body: { ...examplePartner, version: 2 } },
    },
    etag: versionIn,
    handle: async ({ tx, params, body, expectedVersion }) => ({
      status: 200,
      body: showPartner(await movePartner(tx, params.id, { ...body, expectedVersion })),
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
