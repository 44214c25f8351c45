import { z } from 'zod';
import { countClick, createReferralLink, referralLinks } from '../../../db/partners';
import { referralFunnel } from '../../../db/referral-funnel';
import { line } from '../../schemas';
import { registrationView } from '../client-room/register';
import { defineForm, definePage } from '../page';
import { partnerOf } from './partner-scope';

const links = definePage({
  path: '/partner/links',
  auth: { partner: 'link.read' },
  handle: async ({ tx, scope, deps }) => {
    const { partnerId } = partnerOf(scope);
    const steps = new Map(
      (await referralFunnel(tx, partnerId)).map((step) => [step.code, step] as const),
    );
    return {
      view: 'partner/links',
      title: 'Links',
      data: {
        links: (await referralLinks(tx, partnerId)).map((link) => ({
          ...link,
          address: `${deps.publicUrl}/join/${link.code}`,
          registrations: steps.get(link.code)?.registrations ?? 0,
          firstDeposits: steps.get(link.code)?.firstDeposits ?? 0,
        })),
      },
    };
  },
});

const linkForm = defineForm({
  path: '/partner/links',
  auth: { partner: 'link.create' },
  body: {
    name: line(80),
    code: z
      .string()
      .regex(/^[A-Za-z0-9_-]{3,40}$/, 'has 3 to 40 letters, digits, - or _')
      .optional(),
  },
  page: links,
  handle: async ({ tx, scope, body }) => {
    const { partnerId } = partnerOf(scope);
    await createReferralLink(tx, {
      partnerId,
      name: body.name,
      ...(body.code === undefined ? {} : { code: body.code }),
    });
    return { to: '/partner/links', flash: 'Your link is ready.' };
  },
});

/** Where a referral link leads: the registration, with the code in it. An unknown code is nobody's business. */
const join = definePage({
  path: '/join/:code',
  auth: { public: true },
  params: { code: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) },
  handle: async ({ tx, params }) => {
    await countClick(tx, params.code);
    return registrationView(tx, { referralCode: params.code });
  },
});

export const linkPages = [links, linkForm, join];
