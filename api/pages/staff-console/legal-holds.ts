import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import { readClient } from '../../../db/clients';
import {
  askToLiftLegalHold,
  legalHoldStates,
  listLegalHolds,
  placeLegalHold,
  readLegalHold,
  subjectsOfHold,
  taskOfHold,
  wordsOfHold,
} from '../../../db/legal-holds';
import { timelineOfSubjects } from '../../../db/timeline';
import { holdReference } from '../../routes/legal-holds';
import { idOf, reason } from '../../schemas';
import { defineForm, definePage } from '../page';
import { actorWords } from './actors';
import { decisionView } from './decision';
import { showEvents } from './events';
import { afterOf, chipsOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

const path = '/staff/legal-holds';
const circle = { permission: 'legal_hold.decide' } as const;

const listPage = definePage({
  path,
  auth: { permission: 'restricted.read' },
  query: { state: z.enum(legalHoldStates).optional(), cursor: cursorQuery },
  handle: async ({ tx, scope, query }) => {
    const found = await listLegalHolds(tx, {
      state: query.state,
      ...afterOf(query.cursor),
      limit: rowsPerPage + 1,
    });
    const { rows, next } = pageOfRows(found, { path, query, after: ({ id }) => id });
    return {
      view: 'staff/legal-holds',
      title: 'Legal holds',
      data: {
        holds: rows,
        next,
        states: chipsOf(path, query, { name: 'state', all: 'All', options: legalHoldStates }),
        mayPlace: may(scope, 'legal_hold.decide'),
      },
    };
  },
});

const newPage = definePage({
  path: '/staff/legal-holds/new',
  auth: circle,
  query: { client: idOf('client').optional() },
  handle: async ({ tx, query }) => ({
    view: 'staff/legal-hold-form',
    title: 'Place a legal hold',
    data: { client: query.client && (await readClient(tx, query.client)) },
  }),
});

const newForm = defineForm({
  path: '/staff/legal-holds/new',
  auth: circle,
  body: { client: idOf('client'), reason, reference: holdReference },
  page: newPage,
  handle: async ({ tx, body }) => {
    const { id } = await placeLegalHold(tx, { clientId: body.client, ...body });
    return { to: `${path}/${id}`, flash: 'Everything of the client is held.' };
  },
});

const holdPage = definePage({
  path: '/staff/legal-holds/:id',
  auth: { permission: 'restricted.read' },
  params: { id: idOf('legalHold') },
  handle: async ({ tx, scope, params }) => {
    const hold = await readLegalHold(tx, params.id);
    const task = await taskOfHold(tx, hold);
    const who = await actorWords(tx, [
      hold.placedBy,
      hold.confirmedBy,
      hold.liftAskedBy,
      hold.liftedBy,
    ]);
    const named = (by: string | null) => (by === null ? null : who(by));
    return {
      view: 'staff/legal-hold',
      title: 'Legal hold',
      data: {
        hold,
        said: await wordsOfHold(tx, hold.id),
        placed: who(hold.placedBy),
        confirmed: named(hold.confirmedBy),
        liftAsked: named(hold.liftAskedBy),
        lifted: named(hold.liftedBy),
        mayLift: hold.state === 'standing' && may(scope, 'legal_hold.decide'),
        decision: task && (await decisionView(tx, task)),
        events: await showEvents(tx, await timelineOfSubjects(tx, subjectsOfHold(hold), 60)),
      },
    };
  },
});

const liftForm = defineForm({
  path: '/staff/legal-holds/:id/lift',
  auth: circle,
  params: { id: idOf('legalHold') },
  body: { version: z.coerce.number().int(), reason },
  page: holdPage,
  handle: async ({ tx, params, body }) => {
    await askToLiftLegalHold(tx, params.id, body);
    return {
      to: `${path}/${params.id}`,
      flash: 'It holds on until another person approves its end.',
    };
  },
});

export const legalHoldPages = [listPage, newPage, newForm, holdPage, liftForm];
