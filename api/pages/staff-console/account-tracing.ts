import { z } from 'zod';
import { tracingMeans } from '../../../domain/account/tracing';
import { noteTracing } from '../../../db/tracing';
import { tracingNote } from '../../routes/tracing';
import { defineForm, type Form, type Page } from '../page';
import { defineAction, params } from './account-action';

const tracePage = defineAction({
  action: 'trace',
  next: () =>
    Promise.resolve(
      'Each try to reach the owner of an account that nobody uses is written down; two people decide about its money by this log. An entry stays.',
    ),
  fields: () =>
    Promise.resolve([
      {
        kind: 'choice',
        name: 'means',
        label: 'How',
        required: true,
        options: tracingMeans.map((value) => ({ value, label: value })),
      },
      {
        kind: 'field',
        name: 'note',
        label: 'What came of it',
        hint: 'For colleagues; kept sealed.',
        required: true,
      },
    ]),
  press: 'Write it down',
});

const traceForm = defineForm({
  path: '/staff/accounts/:id/trace',
  auth: { permission: 'account.operate' },
  params,
  body: { means: z.enum(tracingMeans), note: tracingNote },
  page: tracePage,
  handle: async ({ tx, params: { id }, body }) => {
    await noteTracing(tx, id, body);
    return { to: `/staff/accounts/${id}#tracing`, flash: 'Written down.' };
  },
});

export const accountTracingPages: readonly (Page | Form)[] = [tracePage, traceForm];
