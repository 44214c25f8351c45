import { z } from 'zod';
import { may } from '../../../domain/access/scope';
import { minuteOf, timeOfMinute } from '../../../domain/task/business-calendar';
import { notFound } from '../../../domain/problem';
import { endAbsence, listAbsences, noteAbsence } from '../../../db/absences';
import {
  addHoliday,
  readCalendar,
  removeHoliday,
  saveCalendar,
} from '../../../db/business-calendars';
import { listEntities } from '../../../db/entities';
import { listQueueLeads, nameQueueLead, queues, removeQueueLead } from '../../../db/queue-leads';
import { listUsers } from '../../../db/users';
import { civilDate, entityId, idOf, line, utcMinute } from '../../schemas';
import { defineForm, definePage } from '../page';
import { actorWords } from './actors';
import { colleagueOptions } from './decision';
import { address, severalTexts } from './lists';
import { wordsOfQueue } from './task-words';

const path = '/staff/inbox/settings';
const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const listed = 200;

/** When people work, who leads which queue, and who is away. */
const settingsPage = definePage({
  path,
  auth: { permission: 'task.read' },
  query: { entity: entityId.optional() },
  handle: async ({ tx, scope, query, typed }) => {
    const entities = await listEntities(tx);
    const asked = query.entity ?? (typeof typed?.['entity'] === 'string' ? typed['entity'] : '');
    const entity = entities.find(({ id }) => id === asked) ?? entities[0];
    if (!entity) throw notFound('entity');
    const calendar = await readCalendar(tx, entity.id);
    const leads = await listQueueLeads(tx, entity.id);
    const absences = await listAbsences(tx, { limit: listed });
    const who = await actorWords(tx, [
      ...leads.flatMap((each) => [each.leadId, each.deputyId]),
      ...absences.flatMap((each) => [each.userId, each.deputyId]),
    ]);
    const people = await listUsers(tx, { kind: 'staff', state: 'active', limit: listed });
    const own = scope.kind === 'staff' ? scope.userId : '';
    const mayReassign = may(scope, 'task.reassign');
    return {
      view: 'staff/inbox-settings',
      title: 'How the inbox runs',
      data: {
        entity,
        chips: entities.map(({ id, name }) => ({
          label: name,
          href: address(path, { entity: id }),
          isCurrent: id === entity.id,
        })),
        calendar: {
          ...calendar,
          opens: timeOfMinute(calendar.opensMinute),
          closes: timeOfMinute(calendar.closesMinute),
          days: weekdays.map((name, position) => ({
            name,
            value: position + 1,
            isOn: calendar.workingDays.includes(position + 1),
          })),
          inWords: weekdays.filter((_, position) => calendar.workingDays.includes(position + 1)),
        },
        leads: leads.map((each) => ({
          ...each,
          queueWords: wordsOfQueue(each.queue),
          lead: who(each.leadId),
          deputy: who(each.deputyId),
        })),
        queueOptions: queues
          .map((value) => ({ value, label: wordsOfQueue(value) }))
          .sort((a, b) => Number(b.value === 'any') - Number(a.value === 'any')),
        absences: absences.map((each) => ({
          ...each,
          person: who(each.userId),
          deputy: who(each.deputyId),
          mayEnd: each.userId === own || mayReassign,
        })),
        own,
        people: await colleagueOptions(
          tx,
          people.map(({ id }) => id),
        ),
        mayReassign,
      },
    };
  },
});

const wallTime = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'is not a time such as 09:00');
const backTo = (entity: string) => address(path, { entity });

const calendarForm = defineForm({
  path: `${path}/calendar`,
  auth: { permission: 'inbox.edit' },
  body: {
    entity: entityId,
    timeZone: line(60),
    workingDays: severalTexts,
    opens: wallTime,
    closes: wallTime,
    version: z.coerce.number().int(),
  },
  page: settingsPage,
  handle: async ({ tx, body }) => {
    await saveCalendar(tx, body.entity, {
      timeZone: body.timeZone,
      workingDays: body.workingDays.map(Number).filter((day) => day >= 1 && day <= 7),
      opensMinute: minuteOf(body.opens),
      closesMinute: minuteOf(body.closes),
      expectedVersion: body.version,
    });
    return { to: backTo(body.entity), flash: 'Saved: tasks that open from now on count by it.' };
  },
});

const holidayForm = defineForm({
  path: `${path}/holidays`,
  auth: { permission: 'inbox.edit' },
  body: { entity: entityId, day: civilDate, name: line(80) },
  page: settingsPage,
  handle: async ({ tx, body }) => {
    await addHoliday(tx, body.entity, { day: body.day, name: body.name });
    return { to: backTo(body.entity), flash: 'Written down.' };
  },
});

const holidayRemovalForm = defineForm({
  path: `${path}/holidays/remove`,
  auth: { permission: 'inbox.edit' },
  body: { entity: entityId, day: civilDate },
  page: settingsPage,
  handle: async ({ tx, body }) => {
    await removeHoliday(tx, body.entity, body.day);
    return { to: backTo(body.entity), flash: 'Taken away: it is a working day again.' };
  },
});

const queue = z.enum(queues);

const leadForm = defineForm({
  path: `${path}/leads`,
  auth: { permission: 'inbox.edit' },
  body: { entity: entityId, queue, leadId: idOf('user'), deputyId: idOf('user').optional() },
  page: settingsPage,
  handle: async ({ tx, body }) => {
    await nameQueueLead(tx, {
      entityId: body.entity,
      queue: body.queue,
      leadId: body.leadId,
      deputyId: body.deputyId ?? null,
    });
    return { to: backTo(body.entity), flash: 'Named.' };
  },
});

const leadRemovalForm = defineForm({
  path: `${path}/leads/remove`,
  auth: { permission: 'inbox.edit' },
  body: { entity: entityId, queue },
  page: settingsPage,
  handle: async ({ tx, body }) => {
    await removeQueueLead(tx, body.entity, body.queue);
    return { to: backTo(body.entity), flash: 'Nobody leads this queue now.' };
  },
});

const absenceForm = defineForm({
  path: `${path}/absences`,
  auth: { permission: 'task.read' },
  body: {
    userId: idOf('user'),
    from: utcMinute,
    until: utcMinute,
    deputyId: idOf('user').optional(),
  },
  page: settingsPage,
  handle: async ({ tx, body: { deputyId, ...body } }) => {
    await noteAbsence(tx, { ...body, ...(deputyId === undefined ? {} : { deputyId }) });
    return { to: path, flash: 'Noted: what they hold is handed on when it begins.' };
  },
});

const absenceEndForm = defineForm({
  path: '/staff/absences/:id/end',
  auth: { permission: 'task.read' },
  params: { id: idOf('absence') },
  page: settingsPage,
  handle: async ({ tx, params }) => {
    await endAbsence(tx, params.id);
    return { to: path, flash: 'The absence is over.' };
  },
});

export const inboxSettingsPages = [
  settingsPage,
  calendarForm,
  holidayForm,
  holidayRemovalForm,
  leadForm,
  leadRemovalForm,
  absenceForm,
  absenceEndForm,
];
