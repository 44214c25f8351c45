import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import { consentAnswer } from '../../../domain/suspicion/consent';
import { readClient } from '../../../db/clients';
import { latestTask } from '../../../db/tasks';
import {
  editSuspicion,
  groundsOfSuspicion,
  holdForSuspicion,
  listSuspicions,
  openSuspicion,
  readSuspicion,
  suspicionStates,
} from '../../../db/suspicions';
import {
  noteConsent,
  submitSuspicion,
  entityToday,
  withdrawSuspicion,
} from '../../../db/suspicion-reports';
import { timelineOfSubjects } from '../../../db/timeline';
import { authority, grounds, reference } from '../../routes/suspicions';
import { civilDate, idOf, reason } from '../../schemas';
import { defineForm, definePage } from '../page';
import { actorWords } from './actors';
import { decisionView } from './decision';
import { showEvents } from './events';
import { afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

const path = '/staff/suspicions';
const circle = { permission: 'suspicion.decide' } as const;

const listPage = definePage({
  path,
  auth: { permission: 'restricted.read' },
  query: { state: z.enum(suspicionStates).optional(), cursor: cursorQuery },
  handle: async ({ tx, scope, query }) => {
    const found = await listSuspicions(tx, {
      state: query.state,
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const { rows, next } = pageOfRows(found, { path, query, after: ({ id }) => id });
    return {
      view: 'staff/suspicions',
      title: 'Suspicious activity',
      data: {
        reports: rows,
        next,
        states: chipsOf(path, query, { name: 'state', all: 'All', options: suspicionStates }),
        mayDraft: may(scope, 'suspicion.decide'),
      },
    };
  },
});

const newPage = definePage({
  path: '/staff/suspicions/new',
  auth: circle,
  query: { client: idOf('client').optional() },
  handle: async ({ tx, query }) => ({
    view: 'staff/suspicion-form',
    title: 'Draft a report',
    data: { client: query.client && (await readClient(tx, query.client)) },
  }),
});

const newForm = defineForm({
  path: '/staff/suspicions/new',
  auth: circle,
  body: { client: idOf('client'), grounds, hold: z.literal('yes').optional() },
  page: newPage,
  handle: async ({ tx, body }) => {
    const { id } = await openSuspicion(tx, {
      ...{ clientId: body.client, grounds: body.grounds, hold: body.hold === 'yes' },
    });
    return { to: `${path}/${id}`, flash: 'The report is drafted.' };
  },
});

const reportPage = definePage({
  path: '/staff/suspicions/:id',
  auth: { permission: 'restricted.read' },
  params: { id: idOf('suspicion') },
  handle: async ({ tx, scope, params }) => {
    const report = await readSuspicion(tx, params.id);
    const task = await latestTask(tx, report.id, 'suspicion_report');
    const who = await actorWords(tx, [report.openedBy]);
    const mayAct = may(scope, 'suspicion.decide');
    const answer = consentAnswer(report, await entityToday(tx, report.entityId));
    return {
      view: 'staff/suspicion',
      title: 'Report of suspicious activity',
      data: {
        report,
        grounds: await groundsOfSuspicion(tx, report.id),
        by: who(report.openedBy),
        bound: answer.kind === 'bound' ? answer : undefined,
        mayDraft: mayAct && report.state === 'draft',
        mayHold: mayAct && report.state !== 'closed' && report.restrictionId === null,
        mayAnswer: mayAct && report.state === 'submitted' && report.consent === 'asked',
        asks: [
          { value: 'yes', label: 'Yes: nothing is lifted in its time' },
          { value: 'no', label: 'No' },
        ],
        answers: [
          { value: 'granted', label: 'It consents' },
          { value: 'refused', label: 'It refuses' },
        ],
        decision: task && (await decisionView(tx, task)),
        events: await showEvents(tx, await timelineOfSubjects(tx, [`restricted/${report.id}`], 60)),
      },
    };
  },
});

const of = { auth: circle, params: { id: idOf('suspicion') }, page: reportPage };
const version = z.coerce.number().int();

const editForm = defineForm({
  ...of,
  path: '/staff/suspicions/:id/grounds',
  body: { version, grounds },
  handle: async ({ tx, params, body }) => {
    await editSuspicion(tx, params.id, body);
    return { to: `${path}/${params.id}`, flash: 'The grounds are changed.' };
  },
});

const holdForm = defineForm({
  ...of,
  path: '/staff/suspicions/:id/hold',
  body: { version },
  handle: async ({ tx, params, body }) => {
    await holdForSuspicion(tx, params.id, body.version);
    return { to: `${path}/${params.id}`, flash: 'The client is held.' };
  },
});

const submitForm = defineForm({
  ...of,
  path: '/staff/suspicions/:id/submission',
  body: { version, authority, reference, asksConsent: z.enum(['yes', 'no']) },
  handle: async ({ tx, params, body }) => {
    const asksConsent = body.asksConsent === 'yes';
    await submitSuspicion(tx, params.id, { ...body, asksConsent });
    return { to: `${path}/${params.id}`, flash: 'The report is in the register as submitted.' };
  },
});

const consentForm = defineForm({
  ...of,
  path: '/staff/suspicions/:id/consent',
  body: { version, answer: z.enum(['granted', 'refused']), on: civilDate },
  handle: async ({ tx, params, body }) => {
    await noteConsent(tx, params.id, body);
    return { to: `${path}/${params.id}`, flash: 'The answer is recorded.' };
  },
});

const withdrawForm = defineForm({
  ...of,
  path: '/staff/suspicions/:id/withdrawal',
  body: { version, reason },
  handle: async ({ tx, params, body }) => {
    await withdrawSuspicion(tx, params.id, body);
    return { to: `${path}/${params.id}`, flash: 'The draft is closed.' };
  },
});

export const suspicionPages = [
  listPage,
  newPage,
  newForm,
  reportPage,
  editForm,
  holdForm,
  submitForm,
  consentForm,
  withdrawForm,
];
