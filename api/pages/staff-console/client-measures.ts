import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import {
  isMeasure,
  liftPermission,
  measureDefinitions,
  measures,
} from '../../../domain/compliance/measures';
import {
  liftRestriction,
  readRestriction,
  setRestrictionReview,
} from '../../../db/client-restrictions';
import { changesBefore, doCheck, takeMeasure } from '../../../db/client-measures';
import { readClient } from '../../../db/clients';
import { notFound } from '../../../domain/problem';
import { checksOf } from '../../../db/restriction-checks';
import { civilDate, idOf, reason } from '../../schemas';
import { defineForm, definePage } from '../page';
import { actorWords } from './actors';
import { showEvents } from './events';

const measurePage = definePage({
  path: '/staff/clients/:id/measures/:measure',
  auth: { permission: 'restriction.set' },
  params: { id: idOf('client'), measure: z.enum(measures) },
  handle: async ({ tx, params }) => {
    const client = await readClient(tx, params.id);
    const { words, ...definition } = measureDefinitions[params.measure];
    return {
      view: 'staff/client-measure',
      title: words,
      data: { client, measure: params.measure, ...definition },
    };
  },
});

const measureForm = defineForm({
  path: '/staff/clients/:id/measures/:measure',
  auth: { permission: 'restriction.set' },
  params: { id: idOf('client'), measure: z.enum(measures) },
  body: { reason },
  page: measurePage,
  handle: async ({ tx, params, body }) => {
    const { id } = await takeMeasure(tx, {
      clientId: params.id,
      measure: params.measure,
      reason: body.reason,
    });
    return {
      to: `/staff/clients/${params.id}/restrictions/${id}`,
      flash: 'In force. Go through the checklist now.',
    };
  },
});

/** A day on which a restriction is looked at again. */
export const reviewDay = civilDate.refine(
  (day) => Date.parse(day) > Date.now() && Date.parse(day) < Date.now() + 3_652 * 86_400_000,
  'is not within the next ten years',
);

const restrictionParams = { id: idOf('client'), restrictionId: idOf('restriction') };

/** One restriction: why and until when, its checklist, and after a takeover what changed before it. */
const restrictionPage = definePage({
  path: '/staff/clients/:id/restrictions/:restrictionId',
  auth: { permission: 'client.read' },
  params: restrictionParams,
  handle: async ({ tx, scope, params }) => {
    const client = await readClient(tx, params.id);
    const restriction = await readRestriction(tx, client.id, params.restrictionId);
    if (restriction.accountId !== null) throw notFound('restriction of the client as a whole');
    const done = await checksOf(tx, restriction.id);
    const who = await actorWords(tx, [restriction.setBy, ...done.map(({ by }) => by)]);
    const { kind } = restriction;
    const definition = restriction.isMeasure && isMeasure(kind) ? measureDefinitions[kind] : null;
    const isInForce = restriction.liftedAt === null;
    const hasLift = may(scope, 'restriction.lift') && may(scope, liftPermission(kind));
    return {
      view: 'staff/client-restriction',
      title: definition?.words ?? kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll('_', ' '),
      data: {
        client,
        restriction: { ...restriction, by: who(restriction.setBy) },
        does: definition?.does,
        isInForce,
        checklist: (definition?.checklist ?? []).map((item) => {
          const check = done.find(({ code }) => code === item.code);
          return { ...item, done: check && { by: who(check.by), at: check.at } };
        }),
        maySet: isInForce && may(scope, 'restriction.set'),
        mayLift: isInForce && hasLift && restriction.setBy !== scope.actor,
        isOwn: restriction.setBy === scope.actor,
        isGrave: !hasLift && may(scope, 'restriction.lift'),
        changes:
          kind === 'takeover' && restriction.isMeasure
            ? await showEvents(tx, await changesBefore(tx, restriction))
            : undefined,
      },
    };
  },
});

const checkForm = defineForm({
  path: '/staff/clients/:id/restrictions/:restrictionId/checks',
  auth: { permission: 'restriction.set' },
  params: restrictionParams,
  body: { code: z.string().regex(/^[a-z]{2,20}$/, 'is not on the checklist') },
  page: restrictionPage,
  handle: async ({ tx, params, body }) => {
    await doCheck(tx, {
      clientId: params.id,
      restrictionId: params.restrictionId,
      code: body.code,
    });
    return {
      to: `/staff/clients/${params.id}/restrictions/${params.restrictionId}`,
      flash: 'Noted under your name.',
    };
  },
});

const reviewForm = defineForm({
  path: '/staff/clients/:id/restrictions/:restrictionId/review',
  auth: { permission: 'restriction.set' },
  params: restrictionParams,
  body: { reviewOn: reviewDay },
  page: restrictionPage,
  handle: async ({ tx, params, body }) => {
    await setRestrictionReview(tx, params.id, params.restrictionId, `${body.reviewOn}T00:00:00Z`);
    return {
      to: `/staff/clients/${params.id}/restrictions/${params.restrictionId}`,
      flash: 'A task is opened on that day.',
    };
  },
});

const liftForm = defineForm({
  path: '/staff/clients/:id/restrictions/:restrictionId/lift',
  auth: { permission: 'restriction.lift' },
  params: restrictionParams,
  body: { reason },
  page: restrictionPage,
  handle: async ({ tx, params, body }) => {
    await liftRestriction(tx, params.id, params.restrictionId, body.reason);
    return { to: `/staff/clients/${params.id}`, flash: 'The restriction is lifted.' };
  },
});

export const clientMeasurePages = [
  measurePage,
  measureForm,
  restrictionPage,
  checkForm,
  reviewForm,
  liftForm,
];
