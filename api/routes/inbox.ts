import { z } from 'zod';
import {
  endAbsence,
  listAbsences,
  noteAbsence,
  readAbsence,
  type Absence,
} from '../../db/absences';
import {
  addHoliday,
  readCalendar,
  removeHoliday,
  saveCalendar,
  type EntityCalendar,
} from '../../db/business-calendars';
import { listQueueLeads, nameQueueLead, queues, removeQueueLead } from '../../db/queue-leads';
import { minuteOf, timeOfMinute } from '../../domain/task/business-calendar';
import { decodeCursor, pageFrom, pageOf, pageQuery } from '../cursor';
import { idIn } from '../location';
import { defineRoute, nothing } from '../route';
import { civilDate, entityId, exampleId, idOf, instant, line, time } from '../schemas';

const wallTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'is not a time such as 09:00')
  .meta({ example: '09:00' });

const hours = {
  timeZone: line(60).meta({ description: 'IANA name.', example: 'Asia/Nicosia' }),
  workingDays: z
    .array(z.int().min(1).max(7))
    .min(1)
    .max(7)
    .meta({ description: '1 is Monday, 7 is Sunday.' }),
  opens: wallTime,
  closes: wallTime.meta({ description: 'Later than it opens, at most 24:00.', example: '18:00' }),
};

const holiday = z.object({ day: civilDate, name: z.string() });

const calendar = z
  .object({
    entityId,
    ...hours,
    version: z.int().meta({ description: '0: nobody has set it, and the default holds.' }),
    holidays: z.array(holiday),
  })
  .meta({ id: 'BusinessCalendar' });

const calendarExample = {
  entityId: 'cy',
  timeZone: 'Asia/Nicosia',
  workingDays: [1, 2, 3, 4, 5],
  opens: '09:00',
  closes: '18:00',
  version: 1,
  holidays: [{ day: '2026-12-25', name: 'Christmas' }],
};

function showCalendar({
  opensMinute,
  closesMinute,
  workingDays,
  holidays,
  ...rest
}: EntityCalendar): z.input<typeof calendar> {
  return {
    ...rest,
    workingDays: [...workingDays],
    opens: timeOfMinute(opensMinute),
    closes: timeOfMinute(closesMinute),
    holidays: [...holidays],
  };
}

const calendarRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/entities/:id/calendar',
    operationId: 'readBusinessCalendar',
    summary: 'Read when an entity’s people work',
    tags: ['Inbox'],
    auth: { permission: 'task.read' },
    params: { id: entityId },
    responses: { 200: calendar },
    example: { answer: { status: 200, body: calendarExample } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: showCalendar(await readCalendar(tx, params.id)),
    }),
  }),
  defineRoute({
    method: 'PUT',
    path: '/api/v1/entities/:id/calendar',
    operationId: 'saveBusinessCalendar',
    summary: 'Set when an entity’s people work',
    description: 'Tasks that open from now on are due by it; those that are open keep their time.',
    tags: ['Inbox'],
    auth: { permission: 'inbox.edit' },
    params: { id: entityId },
    body: z.strictObject({ ...hours, expectedVersion: z.int().min(0).max(1_000_000) }),
    responses: { 200: calendar },
    problems: { 409: '`stale`.' },
    example: {
      body: {
        timeZone: 'Asia/Nicosia',
        workingDays: [1, 2, 3, 4, 5],
        opens: '09:00',
        closes: '18:00',
        expectedVersion: 0,
      },
      answer: { status: 200, body: calendarExample },
    },
    handle: async ({ tx, params, body: { opens, closes, ...body } }) => ({
      status: 200,
      body: showCalendar(
        await saveCalendar(tx, params.id, {
          ...body,
          opensMinute: minuteOf(opens),
          closesMinute: minuteOf(closes),
        }),
      ),
    }),
  }),
  defineRoute({
    method: 'PUT',
    path: '/api/v1/entities/:id/holidays/:day',
    operationId: 'addHoliday',
    summary: 'Write a day off down',
    tags: ['Inbox'],
    auth: { permission: 'inbox.edit' },
    params: { id: entityId, day: civilDate },
    body: z.strictObject({ name: line(80).meta({ example: 'Christmas' }) }),
    responses: { 200: calendar },
    problems: { 422: '`too_many_holidays`.' },
    example: { body: { name: 'Christmas' }, answer: { status: 200, body: calendarExample } },
    handle: async ({ tx, params, body }) => {
      await addHoliday(tx, params.id, { day: params.day, name: body.name });
      return { status: 200, body: showCalendar(await readCalendar(tx, params.id)) };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: '/api/v1/entities/:id/holidays/:day',
    operationId: 'removeHoliday',
    summary: 'Take a day off away',
    tags: ['Inbox'],
    auth: { permission: 'inbox.edit' },
    params: { id: entityId, day: civilDate },
    responses: { 204: nothing },
    example: { answer: { status: 204, body: null } },
    handle: async ({ tx, params }) => {
      await removeHoliday(tx, params.id, params.day);
      return { status: 204, body: null };
    },
  }),
];

const queue = z.enum(queues).meta({ description: 'A kind of task, or `any`.', example: 'any' });

const lead = z
  .object({
    entityId,
    queue,
    leadId: idOf('user'),
    deputyId: z.string().nullable(),
    namedBy: z.string(),
    namedAt: time,
  })
  .meta({ id: 'QueueLead' });

const leadExample = {
  entityId: 'cy',
  queue: 'any' as const,
  leadId: exampleId('user'),
  deputyId: null,
  namedBy: `user:${exampleId('user')}`,
  namedAt: '2026-11-23T20:15:00.000000Z',
};

const leadRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/entities/:id/queue-leads',
    operationId: 'listQueueLeads',
    summary: 'List who leads which queue',
    tags: ['Inbox'],
    auth: { permission: 'task.read' },
    params: { id: entityId },
    responses: { 200: z.object({ data: z.array(lead) }) },
    example: { answer: { status: 200, body: { data: [leadExample] } } },
    handle: async ({ tx, params }) => ({
      status: 200,
      body: { data: await listQueueLeads(tx, params.id) },
    }),
  }),
  defineRoute({
    method: 'PUT',
    path: '/api/v1/entities/:id/queue-leads/:queue',
    operationId: 'nameQueueLead',
    summary: 'Name who leads a queue',
    description:
      'Late tasks go to the lead, and those for which no second person is left to the deputy. It gives no permission.',
    tags: ['Inbox'],
    auth: { permission: 'inbox.edit' },
    params: { id: entityId, queue },
    body: z.strictObject({ leadId: idOf('user'), deputyId: idOf('user').optional() }),
    responses: { 200: lead },
    problems: { 422: '`cannot_lead`.' },
    example: {
      body: { leadId: exampleId('user') },
      answer: { status: 200, body: leadExample },
    },
    handle: async ({ tx, params, body }) => ({
      status: 200,
      body: await nameQueueLead(tx, {
        entityId: params.id,
        queue: params.queue,
        leadId: body.leadId,
        deputyId: body.deputyId ?? null,
      }),
    }),
  }),
  defineRoute({
    method: 'DELETE',
    path: '/api/v1/entities/:id/queue-leads/:queue',
    operationId: 'removeQueueLead',
    summary: 'Leave a queue without a lead',
    tags: ['Inbox'],
    auth: { permission: 'inbox.edit' },
    params: { id: entityId, queue },
    responses: { 204: nothing },
    example: { answer: { status: 204, body: null } },
    handle: async ({ tx, params }) => {
      await removeQueueLead(tx, params.id, params.queue);
      return { status: 204, body: null };
    },
  }),
];

const absence = z
  .object({
    id: idOf('absence'),
    userId: idOf('user'),
    from: time,
    until: time,
    deputyId: z.string().nullable(),
    notedBy: z.string(),
    notedAt: time,
    begunAt: time.nullable().meta({ description: 'When what they held was handed on.' }),
    endedAt: time.nullable(),
  })
  .meta({ id: 'Absence' });

const absenceExample = {
  id: exampleId('absence'),
  userId: exampleId('user'),
  from: '2026-12-20T08:00:00.000000Z',
  until: '2027-01-04T08:00:00.000000Z',
  deputyId: null,
  notedBy: `user:${exampleId('user')}`,
  notedAt: '2026-11-23T20:15:00.000000Z',
  begunAt: null,
  endedAt: null,
};

const showAbsence = (found: Absence): z.input<typeof absence> => found;

const absenceRoutes = [
  defineRoute({
    method: 'GET',
    path: '/api/v1/absences',
    operationId: 'listAbsences',
    summary: 'List who is away, now or later',
    tags: ['Inbox'],
    auth: { permission: 'task.read' },
    query: pageQuery,
    responses: { 200: pageOf(absence) },
    example: { answer: { status: 200, body: { data: [absenceExample], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const after = decodeCursor(query.cursor);
      const found = await listAbsences(tx, {
        limit: query.limit + 1,
        ...(after === undefined ? {} : { after }),
      });
      return {
        status: 200,
        body: pageFrom(found, query.limit, { after: (each) => each.id, show: showAbsence }),
      };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/absences',
    operationId: 'noteAbsence',
    summary: 'Note that somebody is away',
    description:
      'Yourself, or a colleague with `task.reassign`. When it begins, what they hold goes to the deputy, as far as that one may decide it, or back to everybody.',
    tags: ['Inbox'],
    auth: { permission: 'task.read' },
    body: z.strictObject({
      userId: idOf('user'),
      from: instant,
      until: instant,
      deputyId: idOf('user').optional(),
    }),
    responses: { 201: absence },
    problems: { 409: '`absence_overlaps`.', 422: '`no_deputy`.' },
    location: (body) => `/api/v1/absences/${idIn(body)}`,
    example: {
      body: {
        userId: exampleId('user'),
        from: '2026-12-20T08:00:00Z',
        until: '2027-01-04T08:00:00Z',
      },
      answer: { status: 201, body: absenceExample },
    },
    handle: async ({ tx, body: { deputyId, ...body } }) => ({
      status: 201,
      body: await noteAbsence(tx, { ...body, ...(deputyId === undefined ? {} : { deputyId }) }),
    }),
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/absences/:id',
    operationId: 'readAbsence',
    summary: 'Read an absence',
    tags: ['Inbox'],
    auth: { permission: 'task.read' },
    params: { id: idOf('absence') },
    responses: { 200: absence },
    example: { answer: { status: 200, body: absenceExample } },
    handle: async ({ tx, params }) => ({ status: 200, body: await readAbsence(tx, params.id) }),
  }),
  defineRoute({
    method: 'POST',
    path: '/api/v1/absences/:id/end',
    operationId: 'endAbsence',
    summary: 'End an absence',
    tags: ['Inbox'],
    auth: { permission: 'task.read' },
    params: { id: idOf('absence') },
    responses: { 200: absence },
    problems: { 409: '`absence_ended`.' },
    example: {
      answer: {
        status: 200,
        body: { ...absenceExample, endedAt: '2026-12-28T08:00:00.000000Z' },
      },
    },
    handle: async ({ tx, params }) => ({ status: 200, body: await endAbsence(tx, params.id) }),
  }),
];

/** When people work, who leads, and who is away. */
export const inboxRoutes = [...calendarRoutes, ...leadRoutes, ...absenceRoutes];
