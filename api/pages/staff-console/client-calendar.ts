import { may } from '../../../domain/access/scope';
import { changeClientDetails } from '../../../db/client-details';
import { readClient } from '../../../db/clients';
import { readClientCalendar, type CalendarEntry } from '../../../db/compliance-entries';
import { holderOf, readPersonalData } from '../../../db/parties';
import { detailFields, detailsFrom } from '../../routes/compliance';
import { idOf } from '../../schemas';
import { defineForm, definePage } from '../page';
import { countryOptions } from '../client-room/choices';

const kindWords: Readonly<Record<CalendarEntry['kind'], string>> = {
  review: 'Review',
  change: 'Changed data',
  document: 'Document',
  renewal: 'Newer document',
  restriction: 'Restriction',
  verification: 'Verification',
  screening: 'List',
};

/** What falls due on a client, when and why; and what an officer changes of them. */
const calendarPage = definePage({
  path: '/staff/clients/:id/calendar',
  auth: { permission: 'kyc.read' },
  params: { id: idOf('client') },
  handle: async ({ tx, scope, params }) => {
    const client = await readClient(tx, params.id);
    const { reviewedAt, looksAt, entries } = await readClientCalendar(
      tx,
      client.id,
      new Date().toISOString(),
    );
    const mayEdit = may(scope, 'client.edit') && may(scope, 'client.personal');
    const { id: holderId } = await holderOf(tx, client.id);
    return {
      view: 'staff/client-calendar',
      title: 'Compliance calendar',
      data: {
        client,
        reviewedAt,
        looksAt,
        entries: entries.map((entry) => ({ ...entry, kindWords: kindWords[entry.kind] })),
        edit: mayEdit ? await readPersonalData(tx, holderId) : undefined,
        countries: countryOptions,
      },
    };
  },
});

const detailsForm = defineForm({
  path: '/staff/clients/:id/details',
  auth: { permission: 'client.edit' },
  params: { id: idOf('client') },
  body: detailFields,
  page: calendarPage,
  handle: async ({ tx, params, body }) => {
    const { id } = await holderOf(tx, params.id);
    const present = await readPersonalData(tx, id);
    const typed = detailsFrom(body);
    // The form sends every field; only what differs is a change.
    const changes = Object.fromEntries(
      Object.entries(typed).filter(
        ([field, value]) => value !== new Map<string, unknown>(Object.entries(present)).get(field),
      ),
    );
    await changeClientDetails(tx, params.id, changes);
    return {
      to: `/staff/clients/${params.id}/calendar`,
      flash: 'Changed. The client is screened and assessed again where that follows.',
    };
  },
});

export const clientCalendarPages = [calendarPage, detailsForm];
