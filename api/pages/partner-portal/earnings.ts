import { z } from 'zod';
import { Problem } from '../../../domain/problem';
import type { Tx } from '../../../db/connection';
import { listServers } from '../../../db/servers';
import { earningsOf, listPayouts } from '../../../db/settlement/payouts';
import { whyNotPaid } from '../../../db/settlement/why';
import { definePage } from '../page';
import { explain } from './explanation';
import { partnerOf } from './partner-scope';
import { periodName, payoutWords } from './words';

const monthsShown = 12;

const earnings = definePage({
  path: '/partner/earnings',
  auth: { partner: 'earnings.read' },
  query: {
    ticket: z.string().trim().max(20).optional(),
    server: z.string().max(60).optional(),
  },
  handle: async ({ tx, scope, query }) => {
    const { partnerId } = partnerOf(scope);
    const { currency, ...sums } = await earningsOf(tx, partnerId);
    const payouts = await listPayouts(tx, { partnerId, limit: monthsShown });
    const servers = await listServers(tx);
    return {
      view: 'partner/earnings',
      title: 'Earnings',
      data: {
        earned: { amountMinor: sums.earnedMinor, currency },
        paid: { amountMinor: sums.paidMinor, currency },
        pending: { amountMinor: sums.pendingMinor, currency },
        held: sums.heldMinor > 0n ? { amountMinor: sums.heldMinor, currency } : undefined,
        months: payouts.map((payout) => ({
          ...payout,
          month: periodName(payout.period),
          earned: {
            amountMinor: payout.amountMinor - payout.carriedMinor,
            currency: payout.currency,
          },
          status: payoutWords(payout),
        })),
        servers: servers.map(({ id, name }) => ({ value: id, label: name })),
        server: query.server ?? servers[0]?.id,
        ticket: query.ticket,
        answer:
          query.ticket === undefined
            ? undefined
            : await answerAbout(tx, {
                partnerId,
                ticket: query.ticket.replace(/^#/, ''),
                serverId: query.server ?? servers[0]?.id ?? '',
              }),
      },
    };
  },
});

/** "Why not" is answered as well as "why"; a deal of somebody else's client is no deal. */
async function answerAbout(
  tx: Tx,
  of: { partnerId: string; ticket: string; serverId: string },
): Promise<object> {
  try {
    const found = await whyNotPaid(tx, { serverId: of.serverId, ticket: of.ticket });
    const own = found.lines.filter((line) => line.partnerId === of.partnerId);
    return {
      ...{ ticket: of.ticket, server: of.serverId, isFound: true },
      text: own[0]?.text ?? found.text,
      lines: own.map((line) => ({ ...line, steps: explain(line) })),
    };
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404) throw error;
    return {
      ticket: of.ticket,
      text: 'None of your clients has a deal with this number.',
      lines: [],
    };
  }
}

export const earningsPages = [earnings];
