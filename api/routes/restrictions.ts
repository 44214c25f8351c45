import { z } from 'zod';
import { measures } from '../../domain/compliance/measures';
import { restrictedScopes } from '../../domain/compliance/restriction';
import { doCheck, takeMeasure } from '../../db/client-measures';
import {
  liftRestriction,
  restrictionKinds,
  setRestriction,
  setRestrictionReview,
} from '../../db/client-restrictions';
import { readClient } from '../../db/clients';
import { restrictionsOf, type Restriction } from '../../db/restrictions';
import { defineRoute } from '../route';
import { exampleId, idOf, instant, reason, time } from '../schemas';

const scopes = z.enum(restrictedScopes);

const tenYearsMs = 3_652 * 86_400_000;
const reviewTime = instant.refine(
  (text) => Date.parse(text) > Date.now() && Date.parse(text) < Date.now() + tenYearsMs,
  'is not within the next ten years',
);

const restriction = z
  .object({
    id: idOf('restriction'),
    accountId: z
      .string()
      .nullable()
      .meta({ description: 'The one trading account that it is on; null: the client as a whole.' }),
    kind: z.enum(restrictionKinds),
    scopes: z.array(scopes),
    reason: z.string(),
    setBy: z.string(),
    setAt: time,
    isMeasure: z.boolean().meta({ description: 'It came with a measure; its checklist holds.' }),
    reviewAt: time.nullable().meta({ description: 'When somebody is asked to look at it again.' }),
    liftedAt: time.nullable(),
  })
  .meta({ id: 'Restriction' });

const example = {
  id: exampleId('restriction'),
  accountId: null,
  kind: 'manual_review' as const,
  scopes: ['withdraw' as const],
  reason: 'Documents checked by telephone.',
  setBy: `user:${exampleId('user')}`,
  setAt: '2026-11-23T20:15:00.000000Z',
  isMeasure: false,
  reviewAt: null,
  liftedAt: null,
};

function show(found: Restriction): z.input<typeof restriction> {
  const { clientId: _clientId, restricted: _restricted, kind, scopes: held, ...rest } = found;
  return {
    ...rest,
    kind: z.enum(restrictionKinds).catch('manual_review').parse(kind),
    scopes: [...held],
  };
}

const list = defineRoute({
  method: 'GET',
  path: '/api/v1/clients/:id/restrictions',
  operationId: 'listRestrictions',
  summary: 'List a client’s restrictions',
  description: 'Those in force first. A restricted hold is there for the MLRO’s circle only.',
  tags: ['Clients'],
  auth: { permission: 'client.read' },
  params: { id: idOf('client') },
  responses: { 200: z.object({ data: z.array(restriction) }) },
  example: { answer: { status: 200, body: { data: [example] } } },
  handle: async ({ tx, params }) => {
    await readClient(tx, params.id);
    return { status: 200, body: { data: (await restrictionsOf(tx, params.id)).map(show) } };
  },
});

const set = defineRoute({
  method: 'POST',
  path: '/api/v1/clients/:id/restrictions',
  operationId: 'setRestriction',
  summary: 'Restrict a client, or one of the client’s trading accounts',
  description:
    'From its commit on; the union of all rows counts. With `accountId` it is on that account alone, for `login` and `trade`. `restricted_hold` needs `restricted.read`, too.',
  tags: ['Clients'],
  auth: { permission: 'restriction.set' },
  idempotency: 'required',
  params: { id: idOf('client') },
  body: z.strictObject({
    accountId: idOf('account').optional(),
    kind: z.enum(restrictionKinds),
    scopes: z.array(scopes).min(1).max(5),
    reason,
    reviewAt: reviewTime.optional(),
  }),
  responses: { 201: restriction },
  problems: { 422: '`scope_of_client`: one account cannot be restricted in this.' },
  example: {
    body: {
      kind: 'manual_review',
      scopes: ['withdraw'],
      reason: 'Documents checked by telephone.',
    },
    answer: { status: 201, body: example },
  },
  handle: async ({ tx, params, body }) => {
    const made = await setRestriction(tx, { clientId: params.id, ...body });
    return { status: 201, body: show(made) };
  },
});

const lift = defineRoute({
  method: 'POST',
  path: '/api/v1/clients/:id/restrictions/:restriction/lift',
  operationId: 'liftRestriction',
  summary: 'Lift a restriction',
  description:
    'Another person than the one who set it. A death or an order of a court is lifted by holders of `restriction.lift_grave`, a restricted hold by the MLRO’s circle.',
  tags: ['Clients'],
  auth: { permission: 'restriction.lift' },
  idempotency: 'required',
  params: { id: idOf('client'), restriction: idOf('restriction') },
  body: z.strictObject({ reason }),
  responses: { 200: restriction },
  problems: {
    409: '`four_eyes`, `not_restricted`, `binding` before the time that the client chose, or `checklist_open` with what is to be done first.',
  },
  example: {
    body: { reason: 'The review has ended.' },
    answer: { status: 200, body: { ...example, liftedAt: '2026-11-24T08:00:00.000000Z' } },
  },
  handle: async ({ tx, params, body }) => {
    await readClient(tx, params.id);
    const lifted = await liftRestriction(tx, params.id, params.restriction, body.reason);
    return { status: 200, body: show(lifted) };
  },
});

const setReview = defineRoute({
  method: 'POST',
  path: '/api/v1/clients/:id/restrictions/:restriction/review',
  operationId: 'setRestrictionReview',
  summary: 'Say when somebody has to look at a restriction again',
  description: 'On that day the client’s compliance calendar opens a task.',
  tags: ['Clients'],
  auth: { permission: 'restriction.set' },
  idempotency: 'required',
  params: { id: idOf('client'), restriction: idOf('restriction') },
  body: z.strictObject({ reviewAt: reviewTime }),
  responses: { 200: restriction },
  problems: { 409: '`not_restricted`, or `binding`: the client chose a longer time.' },
  example: {
    body: { reviewAt: '2027-05-01T00:00:00Z' },
    answer: { status: 200, body: { ...example, reviewAt: '2027-05-01T00:00:00.000000Z' } },
  },
  handle: async ({ tx, params, body }) => {
    const found = await setRestrictionReview(tx, params.id, params.restriction, body.reviewAt);
    return { status: 200, body: show(found) };
  },
});

const measureExample = {
  ...example,
  kind: 'vulnerable' as const,
  scopes: ['marketing' as const],
  reason: 'Told us that they are ill and would rather not be written to.',
  isMeasure: true,
  reviewAt: '2027-05-22T20:15:00.000000Z',
};

const measure = defineRoute({
  method: 'POST',
  path: '/api/v1/clients/:id/measures',
  operationId: 'takeMeasure',
  summary:
    'Do what is to be done when a client died, was hacked, is vulnerable, excludes themselves or is under an order',
  description:
    'At once and in one transaction: the restriction with its scope, its checklist and its date. After a takeover sessions, keys and links end, the password works no more, and every platform password is set to an unknown one.',
  tags: ['Clients'],
  auth: { permission: 'restriction.set' },
  idempotency: 'required',
  params: { id: idOf('client') },
  body: z.strictObject({ measure: z.enum(measures), reason }),
  responses: { 201: restriction },
  problems: { 409: '`measure_in_force`.' },
  example: {
    body: { measure: 'vulnerable', reason: measureExample.reason },
    answer: { status: 201, body: measureExample },
  },
  handle: async ({ tx, params, body }) => {
    const made = await takeMeasure(tx, { clientId: params.id, ...body });
    return { status: 201, body: show(made) };
  },
});

const check = defineRoute({
  method: 'POST',
  path: '/api/v1/clients/:id/restrictions/:restriction/checks',
  operationId: 'doRestrictionCheck',
  summary: 'Note that something of a restriction’s checklist is done',
  description: 'With the name of whoever says so; saying it twice changes nothing.',
  tags: ['Clients'],
  auth: { permission: 'restriction.set' },
  idempotency: 'required',
  params: { id: idOf('client'), restriction: idOf('restriction') },
  body: z.strictObject({
    code: z
      .string()
      .regex(/^[a-z]{2,20}$/, 'is not on the checklist')
      .meta({ description: 'Item of the checklist.', example: 'need' }),
  }),
  responses: { 200: restriction },
  problems: { 409: '`not_restricted` or `no_checklist`.', 422: '`not_on_checklist`.' },
  example: {
    body: { code: 'need' },
    answer: { status: 200, body: measureExample },
  },
  handle: async ({ tx, params, body }) => {
    const found = await doCheck(tx, {
      clientId: params.id,
      restrictionId: params.restriction,
      code: body.code,
    });
    return { status: 200, body: show(found) };
  },
});

export const restrictionRoutes = [list, set, lift, setReview, measure, check];
