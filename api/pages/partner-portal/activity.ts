import { z } from 'zod';
import { referredClients } from '../../../db/attributions';
import { partnerNames } from '../../../db/partners';
import { decodeCursor, encodeCursor } from '../../cursor';
import { countryName } from '../client-room/choices';
import { definePage } from '../page';
import { partnerOf } from './partner-scope';
import { clientWords } from './words';

const rowsPerPage = 30;

/** Clients of the network without their names: what they trade is what a partner is paid for. */
const activity = definePage({
  path: '/partner/activity',
  auth: { partner: 'activity.read' },
  query: { cursor: z.string().max(500).optional() },
  handle: async ({ tx, scope, query }) => {
    const { partnerId } = partnerOf(scope);
    const after = decodeCursor(query.cursor);
    const found = await referredClients(tx, {
      ...(after === undefined ? {} : { after }),
      limit: rowsPerPage + 1,
    });
    const rows = found.slice(0, rowsPerPage);
    const last = rows.at(-1);
    const names = new Map([
      ...(await partnerNames(
        tx,
        rows.map((row) => row.partnerId),
      )),
      [partnerId, 'You'],
    ]);
    return {
      view: 'partner/activity',
      title: 'Activity',
      data: {
        clients: rows.map((row) => ({
          ...row,
          country: countryName(row.residence),
          partner: names.get(row.partnerId),
          status: row.to === null ? clientWords(row.state) : movedAway,
        })),
        isFirst: after === undefined,
        next:
          found.length > rowsPerPage && last
            ? `/partner/activity?cursor=${encodeCursor(last.clientId)}`
            : undefined,
      },
    };
  },
});

const movedAway = { label: 'Moved away', tone: 'quiet', text: '' } as const;

export const activityPages = [activity];
