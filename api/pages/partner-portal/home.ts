import { mayForPartner } from '../../../domain/access/scope';
import type { Tx } from '../../../db/connection';
import { partnerName, readPartner, referralLinks } from '../../../db/partners';
import { referralFunnel } from '../../../db/referral-funnel';
import { earningsOf, listPayouts } from '../../../db/settlement/payouts';
import { monthSoFar } from '../../../db/settlement/month-so-far';
import { definePage } from '../page';
import { partnerOf } from './partner-scope';
import { partnerWords, payoutWords, periodName, presentPeriod } from './words';

const home = definePage({
  path: '/partner',
  auth: { partner: 'overview.read' },
  handle: async ({ tx, scope, deps }) => {
    const { partnerId } = partnerOf(scope);
    const partner = await readPartner(tx, partnerId);
    return {
      view: 'partner/home',
      title: 'Overview',
      data: {
        name: await partnerName(tx, partnerId),
        state: partnerWords(partner),
        isActive: partner.state === 'active',
        ...(mayForPartner(scope, 'earnings.read') ? await moneyOf(tx, partnerId) : {}),
        ...(mayForPartner(scope, 'link.read') ? await marketOf(tx, partnerId, deps.publicUrl) : {}),
      },
    };
  },
});

async function moneyOf(tx: Tx, partnerId: string): Promise<object> {
  const { currency, ...sums } = await earningsOf(tx, partnerId);
  const payouts = await listPayouts(tx, { partnerId, limit: 4 });
  return {
    earned: { amountMinor: sums.earnedMinor, currency },
    paid: { amountMinor: sums.paidMinor, currency },
    pending: { amountMinor: sums.pendingMinor, currency },
    held: sums.heldMinor > 0n ? { amountMinor: sums.heldMinor, currency } : undefined,
    payouts: payouts.map((payout) => ({
      ...payout,
      month: periodName(payout.period),
      status: payoutWords(payout),
    })),
  };
}

async function marketOf(tx: Tx, partnerId: string, publicUrl: string): Promise<object> {
  const links = await referralLinks(tx, partnerId);
  const funnel = await referralFunnel(tx, partnerId);
  const newest = links[0];
  return {
    clicks: links.reduce((sum, link) => sum + link.clicks, 0),
    registrations: funnel.reduce((sum, step) => sum + step.registrations, 0),
    firstDeposits: funnel.reduce((sum, step) => sum + step.firstDeposits, 0),
    address: newest ? `${publicUrl}/join/${newest.code}` : undefined,
  };
}

/** The present day, week or month, computed when somebody looks: the overview loads it by itself where there is script. */
const month = definePage({
  path: '/partner/month',
  auth: { partner: 'earnings.read' },
  handle: async ({ tx, scope }) => {
    const found = await monthSoFar(tx, {
      partnerId: partnerOf(scope).partnerId,
      now: new Date(),
    });
    const present = found ? presentPeriod(found.kind) : 'This period';
    return {
      view: 'partner/month',
      title: `${present} so far`,
      data: { soFar: found, present, period: found ? periodName(found.period) : undefined },
    };
  },
});

export const homePages = [home, month];
