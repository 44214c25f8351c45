import { z } from 'zod';
import { filedPartnersMax } from '../../domain/partners/network-file';
import { importNetwork } from '../../db/network-import';
import { readPlanSet } from '../../db/plan-sets';
import { importModes, networkUpload, readUploadedNetwork, refuseFaults } from '../network-upload';
import { defineRoute } from '../route';
import { exampleId, idOf } from '../schemas';

const importAnswer = z
  .object({
    mode: z.enum(importModes),
    partners: z.array(
      z.object({
        line: z.int(),
        ref: z.string(),
        level: z.int(),
        id: idOf('partner').nullable().meta({ description: 'Null where it was only tried.' }),
      }),
    ),
    faults: z.array(z.object({ line: z.int(), field: z.string(), reason: z.string() })),
  })
  .meta({ id: 'NetworkImport' });

const exampleImport = {
  mode: 'import' as const,
  partners: [{ line: 2, ref: 'north', level: 1, id: exampleId('partner') }],
  faults: [],
};

export const importPartners = defineRoute({
  method: 'POST',
  path: '/api/v1/plan-sets/:id/partners',
  operationId: 'importPartners',
  summary: 'Take a network of partners in from a file',
  description: `CSV (UTF-8, RFC 4180) in the field \`file\` with the columns \`ref\`, \`name\`, \`email\` and \`parent\`: the ref of another row, the id of a partner that is there already, or nothing for the top of a network. Up to ${filedPartnersMax} partners, all or none. With \`mode=try\` the answer says what would be made and every fault, and nothing is made. Each partner gets a mail as when taken in one by one.`,
  tags: ['Partners'],
  auth: { permission: 'partner.edit' },
  params: { id: idOf('planSet') },
  idempotency: 'required',
  upload: networkUpload,
  body: z.strictObject({ mode: z.enum(importModes) }),
  responses: { 200: importAnswer, 201: importAnswer },
  problems: { 422: 'network_broken, with line, field and reason of every fault' },
  example: {
    body: { mode: 'import' },
    answer: { status: 201, body: exampleImport },
  },
  handle: async ({ tx, params, body: { mode }, file }) => {
    await readPlanSet(tx, params.id);
    const result = await importNetwork(tx, {
      ...{ planSet: params.id, mode },
      file: readUploadedNetwork(file),
    });
    if (mode === 'import') refuseFaults(result.faults);
    const body = {
      mode,
      partners: result.made.map(({ filed: { line: at, ref }, partner }) => ({
        ...{ line: at, ref, level: partner.level },
        id: mode === 'import' ? partner.id : null,
      })),
      faults: result.faults.map((fault) => ({ ...fault })),
    };
    return { status: mode === 'import' ? 201 : 200, body };
  },
});
