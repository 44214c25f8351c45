import { z } from 'zod';
import { policyKinds } from '../../../domain/policy/kinds/registry';
import { evaluationsOf } from '../../../db/case-file';
import type { Tx } from '../../../db/connection';
import {
  holdStates,
  listHolds,
  partsOfHold,
  readHold,
  type SettlementHold,
} from '../../../db/settlement/holds';
import { readSettlement } from '../../../db/settlement/settlements';
import { latestTask } from '../../../db/tasks';
import { timelineOfSubjects } from '../../../db/timeline';
import { idOf } from '../../schemas';
import { definePage } from '../page';
import { decisionView } from './decision';
import { showEvents } from './events';
import { afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

const path = '/staff/settlement-holds';

const listPage = definePage({
  path,
  auth: { permission: 'settlement.read' },
  query: {
    state: z.enum(holdStates).optional(),
    settlement: idOf('settlement').optional(),
    partner: idOf('partner').optional(),
    cursor: cursorQuery,
  },
  handle: async ({ tx, query }) => {
    const found = await listHolds(tx, {
      ...{ state: query.state, settlementId: query.settlement, partnerId: query.partner },
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const { rows, next } = pageOfRows(found, { path, query, after: ({ id }) => id });
    return {
      view: 'staff/settlement-holds',
      title: 'Held commission',
      data: {
        holds: rows,
        next,
        states: chipsOf(path, query, { name: 'state', all: 'All', options: holdStates }),
      },
    };
  },
});

/** What the rules knew, in the words of the catalogue: what is not known says so. */
async function factsOf(tx: Tx, { id, evaluationId }: SettlementHold) {
  const evaluations = await evaluationsOf(tx, [id]);
  const known = Object(evaluations.find((each) => each.id === evaluationId)?.facts);
  return Object.entries(policyKinds['partner.fraud'].facts).map(([fact, { label, unit }]) => {
    const value: unknown = Reflect.get(known, fact);
    if (value === undefined || value === null) return { label, value: 'not known' };
    const text = value === true ? 'yes' : value === false ? 'no' : String(value);
    return { label, value: unit === undefined ? text : `${text} ${unit}` };
  });
}

const holdPage = definePage({
  path: `${path}/:id`,
  auth: { permission: 'settlement.read' },
  params: { id: idOf('settlementHold') },
  handle: async ({ tx, params }) => {
    const hold = await readHold(tx, params.id);
    const { currency } = hold;
    const task = await latestTask(tx, hold.id, 'settlement_hold');
    const { period } = await readSettlement(tx, hold.settlementId);
    return {
      view: 'staff/settlement-hold',
      title: 'Held commission',
      data: {
        hold,
        period,
        parts: (await partsOfHold(tx, hold.id)).map(({ partnerId, linesMinor, heldMinor }) => ({
          partnerId,
          earned: { amountMinor: linesMinor, currency },
          held: { amountMinor: heldMinor, currency },
        })),
        facts: await factsOf(tx, hold),
        decision: task && (await decisionView(tx, task)),
        events: await showEvents(tx, await timelineOfSubjects(tx, [hold.id], 60)),
      },
    };
  },
});

export const settlementHoldPages = [listPage, holdPage];
