import { z } from 'zod';
import { policyKinds } from '../../../domain/policy/kinds/registry';
import { alertStates, listAlerts, readAlert, type AmlAlert } from '../../../db/aml-alerts';
import { evaluationsOf } from '../../../db/case-file';
import type { Tx } from '../../../db/connection';
import { latestTask } from '../../../db/tasks';
import { timelineOfSubjects } from '../../../db/timeline';
import { idOf } from '../../schemas';
import { definePage } from '../page';
import { decisionView } from './decision';
import { showEvents } from './events';
import { afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

const path = '/staff/aml-alerts';

const listPage = definePage({
  path,
  auth: { permission: 'restricted.read' },
  query: { state: z.enum(alertStates).optional(), cursor: cursorQuery },
  handle: async ({ tx, query }) => {
    const found = await listAlerts(tx, {
      state: query.state,
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const { rows, next } = pageOfRows(found, { path, query, after: ({ id }) => id });
    return {
      view: 'staff/aml-alerts',
      title: 'Alerts on money laundering',
      data: {
        alerts: rows,
        next,
        states: chipsOf(path, query, { name: 'state', all: 'All', options: alertStates }),
      },
    };
  },
});

/** What the rules knew, in the words of the catalogue: what is not known says so. */
async function factsOf(tx: Tx, { movementId, evaluationId }: AmlAlert) {
  const evaluations = await evaluationsOf(tx, [`restricted/${movementId}`]);
  const known = Object(evaluations.find(({ id }) => id === evaluationId)?.facts);
  return Object.entries(policyKinds.aml.facts).map(([fact, { label, unit }]) => {
    const value: unknown = Reflect.get(known, fact);
    if (value === undefined || value === null) return { label, value: 'not known' };
    const text = value === true ? 'yes' : value === false ? 'no' : String(value);
    return { label, value: unit === undefined ? text : `${text} ${unit}` };
  });
}

const alertPage = definePage({
  path: '/staff/aml-alerts/:id',
  auth: { permission: 'restricted.read' },
  params: { id: idOf('amlAlert') },
  handle: async ({ tx, params }) => {
    const alert = await readAlert(tx, params.id);
    const task = await latestTask(tx, alert.id, 'aml_alert');
    return {
      view: 'staff/aml-alert',
      title: 'Alert on money laundering',
      data: {
        alert,
        facts: await factsOf(tx, alert),
        decision: task && (await decisionView(tx, task)),
        events: await showEvents(tx, await timelineOfSubjects(tx, [`restricted/${alert.id}`], 60)),
      },
    };
  },
});

export const amlAlertPages = [listPage, alertPage];
