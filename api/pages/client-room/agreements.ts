import { z } from 'zod';
import { textIn } from '../../../domain/agreement/agreement';
import { malformed } from '../../../domain/problem';
import {
  acceptAgreements,
  acceptancesOf,
  agreementStanding,
} from '../../../db/agreement-acceptance';
import { clientOf } from '../../routes/client-scope';
import { defineForm, definePage } from '../page';
import { paragraphsOf } from './paragraphs';

const acceptedShown = 50;

/** What the client has to accept, in their language, what is in force, and what they accepted when. */
const page = definePage({
  path: '/client/agreements',
  auth: { client: true },
  handle: async ({ tx, scope }) => {
    const { clientId } = clientOf(scope);
    const { client, inForce, outstanding } = await agreementStanding(tx, clientId);
    const { locale } = client;
    return {
      view: 'client/agreements',
      title: 'Agreements',
      data: {
        waiting: outstanding.map(({ current, dueAt, isOverdue }) => {
          const text = textIn(current.texts, locale);
          return {
            ...{ title: text.title, locale: text.locale, paragraphs: paragraphsOf(text.body) },
            ...{ version: current.version, dueAt, isOverdue },
            seen: `${current.id}/${text.hash}`,
          };
        }),
        isOverdue: outstanding.some(({ isOverdue }) => isOverdue),
        inForce: inForce.map((version) => {
          const text = textIn(version.texts, locale);
          return {
            ...{ title: text.title, locale: text.locale, paragraphs: paragraphsOf(text.body) },
            ...{ version: version.version, effectiveFrom: version.effectiveFrom },
          };
        }),
        accepted: await acceptancesOf(tx, clientId, { limit: acceptedShown }),
      },
    };
  },
});

const seenText = z.string().regex(/^agr_[0-9a-f-]{36}\/[0-9a-f]{64}$/, 'is not what was shown');

const form = defineForm({
  path: '/client/agreements',
  auth: { client: true },
  body: {
    seen: z.union([seenText.transform((one) => [one]), z.array(seenText).max(50)]),
    agree: z.literal('yes', 'has to be ticked').optional(),
  },
  page,
  handle: async ({ tx, scope, body }) => {
    if (body.agree === undefined)
      throw malformed('Nothing has been accepted.', [
        { pointer: '/body/agree', detail: 'Tick it once you have read them.' },
      ]);
    await acceptAgreements(
      tx,
      clientOf(scope).clientId,
      body.seen.map((each) => {
        const [versionId = '', hash = ''] = each.split('/');
        return { versionId, hash };
      }),
    );
    return { to: '/client/agreements', flash: 'Thank you. What you accepted is kept below.' };
  },
});

export const agreementPages = [page, form];
