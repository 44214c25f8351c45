import { z } from 'zod';
import { endedStates, standingReasonCodes } from '../../domain/partners/standing';
import { proposeEnding, reinstatePartner, suspendPartner } from '../../db/partner-standing';
import { versionIn } from '../location';
import { defineRoute } from '../route';
import { reason } from '../schemas';
import { examplePartner, partnerAnswer, partnerId, showPartner } from './partner-schemas';

const reasonCode = z.enum(standingReasonCodes).meta({
  description: 'Which of them stand for a state says the answer to one that does not.',
  example: 'own_wish',
});

export const partnerStandingRoutes = [
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
      answer: { status: 200, body: { ...examplePartner, state: 'suspended', version: 2 } },
    },
    etag: versionIn,
    handle: async ({ tx, params, body, expectedVersion }) => ({
      status: 200,
      body: showPartner(await suspendPartner(tx, params.id, { ...body, expectedVersion })),
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
      answer: { status: 200, body: { ...examplePartner, version: 3 } },
    },
    etag: versionIn,
    handle: async ({ tx, params, body, expectedVersion }) => ({
      status: 200,
      body: showPartner(await reinstatePartner(tx, params.id, { ...body, expectedVersion })),
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
      answer: { status: 202, body: examplePartner },
    },
    etag: versionIn,
    handle: async ({ tx, params, body, expectedVersion }) => ({
      status: 202,
      body: showPartner(await proposeEnding(tx, params.id, { ...body, expectedVersion })),
    }),
  }),
];
