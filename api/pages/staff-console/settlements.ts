import { z } from 'zod';
import { periodPattern } from '../../../domain/partners/period';
import { may } from '../../../domain/access/scope';
import { actorWords } from './actors';
import { listPlanSets } from '../../../db/plan-sets';
import {
  listSettlements,
  settlementStates,
  startSettlement,
} from '../../../db/settlement/settlements';
import { idOf } from '../../schemas';
import { defineForm, definePage } from '../page';
import { afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

const settlementsPage = definePage({
  path: '/staff/settlements',
  auth: { permission: 'settlement.read' },
  query: {
    state: z.enum(settlementStates).optional(),
    set: idOf('planSet').optional(),
    cursor: cursorQuery,
  },
  handle: async ({ tx, scope, query }) => {
    const found = await listSettlements(tx, {
      ...(query.state ? { state: query.state } : {}),
      ...(query.set ? { planSet: query.set } : {}),
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const path = '/staff/settlements';
    const { rows, next } = pageOfRows(found, { path, query, after: (each) => each.id });
    const sets = await listPlanSets(tx, { limit: 100 });
    const who = await actorWords(
      tx,
      rows.map((settlement) => settlement.requestedBy),
    );
    return {
      view: 'staff/settlements',
      title: 'Settlements',
      data: {
        settlements: rows.map((settlement) => ({
          ...settlement,
          planSetName: sets.find((set) => set.id === settlement.planSet)?.name,
          by: who(settlement.requestedBy),
        })),
        next,
        states: chipsOf(path, query, {
          name: 'state',
          all: 'Every state',
          options: settlementStates,
        }),
        sets: chipsOf(path, query, {
          name: 'set',
          all: 'Every plan set',
          options: sets.map(({ id, name }) => ({ value: id, label: name })),
        }),
        mayRun: may(scope, 'settlement.run') && sets.length > 0,
        setOptions: sets.map(({ id, name, entityId, period }) => ({
          value: id,
          label: `${name} (${entityId}, ${period})`,
        })),
      },
    };
  },
});

const startForm = defineForm({
  path: '/staff/settlements',
  auth: { permission: 'settlement.run' },
  body: {
    planSet: idOf('planSet'),
    period: z
      .string()
      .regex(periodPattern, 'is no month, week or day such as 2026-10, 2026-W41 or 2026-10-05'),
  },
  page: settlementsPage,
  handle: async ({ tx, body }) => {
    const { settlement, isNew } = await startSettlement(tx, body);
    return {
      to: `/staff/settlements/${settlement.id}`,
      flash: isNew
        ? 'Started. Another person approves it when it has been computed.'
        : 'This period has been started before: here it is.',
    };
  },
});

export const settlementsPages = [settlementsPage, startForm];
