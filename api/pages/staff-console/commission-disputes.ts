import { z } from 'zod';
import {
  aboutInWords,
  disputeStates,
  listDisputes,
  readDispute,
  type CommissionDispute,
} from '../../../db/commission-disputes';
import type { Tx } from '../../../db/connection';
import { linesOfTicket, type SettlementLine } from '../../../db/settlement/lines';
import { latestTask } from '../../../db/tasks';
import { timelineOfSubjects } from '../../../db/timeline';
import { idOf } from '../../schemas';
import { definePage } from '../page';
import { explain } from '../partner-portal/explanation';
import { decisionView } from './decision';
import { showEvents } from './events';
import { afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

const path = '/staff/commission-disputes';

const listPage = definePage({
  path,
  auth: { permission: 'settlement.read' },
  query: {
    state: z.enum(disputeStates).optional(),
    partner: idOf('partner').optional(),
    cursor: cursorQuery,
  },
  handle: async ({ tx, query }) => {
    const found = await listDisputes(tx, {
      ...{ state: query.state, partnerId: query.partner },
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const { rows, next } = pageOfRows(found, { path, query, after: ({ id }) => id });
    return {
      view: 'staff/commission-disputes',
      title: 'Questions about commission',
      data: {
        disputes: rows.map((dispute) => ({ ...dispute, about: aboutInWords(dispute) })),
        next,
        states: chipsOf(path, query, { name: 'state', all: 'All', options: disputeStates }),
      },
    };
  },
});

/** What names its deals today, in every settlement and of every partner. */
async function linesOf(
  tx: Tx,
  { kept, serverId, ticket }: CommissionDispute,
): Promise<SettlementLine[]> {
  const server = kept?.serverId ?? serverId;
  const deal = kept?.tickets.at(-1) ?? ticket;
  return server === null || deal === null
    ? []
    : linesOfTicket(tx, { serverId: server, ticket: deal });
}

const disputePage = definePage({
  path: `${path}/:id`,
  auth: { permission: 'settlement.read' },
  params: { id: idOf('commissionDispute') },
  handle: async ({ tx, params }) => {
    const dispute = await readDispute(tx, params.id);
    const task = await latestTask(tx, dispute.id, 'commission_dispute');
    return {
      view: 'staff/commission-dispute',
      title: `Question about ${aboutInWords(dispute)}`,
      data: {
        dispute,
        steps: dispute.kept ? explain(dispute.kept) : [],
        lines: await linesOf(tx, dispute),
        decision: task && (await decisionView(tx, task)),
        events: await showEvents(tx, await timelineOfSubjects(tx, [dispute.id], 60)),
      },
    };
  },
});

export const commissionDisputePages = [listPage, disputePage];
