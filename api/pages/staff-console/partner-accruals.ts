import {
  accrualsUntil,
  accrualKey,
  listAccruals,
  totalAccruals,
} from '../../../db/settlement/accruals';
import { partnerName } from '../../../db/partners';
import { listPlanSets } from '../../../db/plan-sets';
import { accrualFilterOf, accrualQuery } from '../../routes/partner-accruals';
import { definePage } from '../page';
import { address, afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

const path = '/staff/partner-accruals';

/** What is owed to partners at the end of a day, for finance. */
const accrualsPage = definePage({
  path,
  auth: { permission: 'settlement.read' },
  query: { ...accrualQuery, cursor: cursorQuery },
  handle: async ({ tx, query }) => {
    const { cursor, ...asked } = query;
    const filter = accrualFilterOf(asked);
    const found = await listAccruals(tx, { ...filter, ...afterOf(cursor), limit: rowsPerPage + 1 });
    const { rows, next } = pageOfRows(found, { path, query, after: accrualKey });
    const sets = await listPlanSets(tx, { limit: 100 });
    const named = [];
    for (const row of rows)
      named.push({
        ...row,
        name: await partnerName(tx, row.partnerId),
        planSetName: sets.find(({ id }) => id === row.planSet)?.name ?? row.planSet,
      });
    return {
      view: 'staff/partner-accruals',
      title: 'What is owed to partners',
      data: {
        asOf: filter.asOf,
        until: await accrualsUntil(tx),
        totals: await totalAccruals(tx, filter),
        accruals: named,
        next,
        sets: chipsOf(path, query, {
          name: 'planSet',
          all: 'Every plan set',
          options: sets.map(({ id, name }) => ({ value: id, label: name })),
        }),
        hidden: Object.entries({ ...asked, asOf: undefined }).flatMap(([name, value]) =>
          value === undefined ? [] : [{ name, value }],
        ),
        csv: address('/api/v1/partner-accruals.csv', { ...asked, asOf: filter.asOf }),
      },
    };
  },
});

export const partnerAccrualPages = [accrualsPage];
