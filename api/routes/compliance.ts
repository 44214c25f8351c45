import { z } from 'zod';
import { isCountry } from '../../domain/kyc/countries';
import { changeClientDetails } from '../../db/client-details';
import {
  entryKinds,
  entryStates,
  readClientCalendar,
  type ClientCalendar,
} from '../../db/compliance-entries';
import { defineRoute } from '../route';
import { birthDate, country, exampleId, idOf, line, phone, time } from '../schemas';

const calendarAnswer = z
  .object({
    reviewedAt: time.nullable().meta({
      description: 'When the client was looked at as a whole last; null before they are approved.',
    }),
    looksAt: time
      .nullable()
      .meta({ description: 'When the client’s process looks next by itself.' }),
    entries: z.array(
      z.object({
        kind: z.enum(entryKinds),
        subject: z
          .string()
          .nullable()
          .meta({ description: 'The document, restriction or screening it is about.' }),
        dueAt: time.nullable().meta({
          description:
            'Null where only a decision is waited for, and for the expiry of documents without `client.personal`.',
        }),
        why: z.string(),
        state: z.enum(entryStates).meta({
          description:
            '`asked`: people have been asked; `due`: the client’s process does it at its next look.',
        }),
        taskId: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'ComplianceCalendar' });

function show({ reviewedAt, looksAt, entries }: ClientCalendar): z.input<typeof calendarAnswer> {
  return { reviewedAt, looksAt, entries: entries.map((entry) => ({ ...entry })) };
}

const read = defineRoute({
  method: 'GET',
  path: '/api/v1/clients/:id/compliance-calendar',
  operationId: 'readComplianceCalendar',
  summary: 'Read what falls due on a client, when and why',
  description:
    'Reviews, expiring documents, changes of the client, restrictions to be looked at again and the time of an unverified client who deposited; matches with a list for those who judge them. By the policies of now, the soonest first.',
  tags: ['Clients'],
  auth: { permission: 'kyc.read' },
  params: { id: idOf('client') },
  responses: { 200: calendarAnswer },
  example: {
    answer: {
      status: 200,
      body: {
        reviewedAt: '2026-11-23T20:15:00.000000Z',
        looksAt: '2026-12-23T22:01:40.000Z',
        entries: [
          {
            kind: 'review',
            subject: null,
            dueAt: '2027-11-23T20:15:00.000Z',
            why: 'Every 12 months (risk high); asked for 30 days before',
            state: 'coming',
            taskId: null,
          },
        ],
      },
    },
  },
  handle: async ({ tx, params }) => ({
    status: 200,
    body: show(await readClientCalendar(tx, params.id, new Date().toISOString())),
  }),
});

/** What of a client an officer may change, as a request names it. */
export const detailFields = {
  name: line(200).optional(),
  birthDate: birthDate.optional(),
  nationality: country.refine(isCountry, 'is not a country').optional(),
  phone: phone.optional(),
  address: line(300).optional(),
};

export function detailsFrom({
  birthDate,
  ...typed
}: {
  readonly [name in keyof typeof detailFields]?: string | undefined;
}) {
  const named = { ...typed, birth_date: birthDate };
  return Object.fromEntries(
    Object.entries(named).filter(([, value]) => value !== undefined && value !== ''),
  );
}

const change = defineRoute({
  method: 'POST',
  path: '/api/v1/clients/:id/details',
  operationId: 'changeClientDetails',
  summary: 'Change what is known of a client',
  description:
    'What is left out stays. Another name, birth date, nationality or address has an approved client screened and assessed again; whoever changes it does not decide about the client any more.',
  tags: ['Clients'],
  auth: { permission: 'client.edit' },
  idempotency: 'required',
  params: { id: idOf('client') },
  body: z.strictObject(detailFields),
  responses: { 200: z.object({ id: idOf('client') }) },
  problems: { 422: '`nothing_changed`: no field is named.' },
  example: {
    body: { address: '2 Quay, 3100 Limassol' },
    answer: { status: 200, body: { id: exampleId('client') } },
  },
  handle: async ({ tx, params, body }) => {
    await changeClientDetails(tx, params.id, detailsFrom(body));
    return { status: 200, body: { id: params.id } };
  },
});

export const complianceRoutes = [read, change];
