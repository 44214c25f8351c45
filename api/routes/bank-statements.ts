import { z } from 'zod';
import { listStatements, type BankStatement } from '../../db/bank-statements';
import { houseBankAccounts } from '../../db/house-bank-accounts';
import { takeStatement } from '../../db/receipt-intake';
import { assertVisible } from '../../db/visible';
import { after, pageFrom, pageOf, pageQuery } from '../cursor';
import { defineRoute } from '../route';
import { exampleId, idOf, time } from '../schemas';
import { readUploadedStatement, statementUpload } from '../statement-upload';

const statementAnswer = z
  .object({
    id: idOf('bankStatement'),
    entityId: z.string(),
    accounts: z.array(z.string()).meta({ description: 'IBANs of the house.' }),
    credits: z.number().int().meta({ description: 'Entries to the credit of the accounts.' }),
    receipts: z
      .number()
      .int()
      .meta({ description: 'Those of them that no statement before had told of.' }),
    takenBack: z.number().int(),
    pending: z.number().int().meta({ description: 'Announced by the bank and not booked yet.' }),
    doubts: z.array(z.string()).meta({ description: 'Where the file does not agree with itself.' }),
    importedBy: z.string(),
    importedAt: time,
  })
  .meta({ id: 'BankStatement' });

const example = {
  id: exampleId('bankStatement'),
  entityId: 'cy',
  accounts: ['CY17002001280000001200527600'],
  credits: 12,
  receipts: 12,
  takenBack: 0,
  pending: 1,
  doubts: [],
  importedBy: 'user:usr_01936f2a-7c1e-7000-8000-0000000000a1',
  importedAt: '2026-11-30T08:15:00.000000Z',
};

function show({ fileHash: _, ...statement }: BankStatement): z.input<typeof statementAnswer> {
  return { ...statement, accounts: [...statement.accounts], doubts: [...statement.doubts] };
}

export const bankStatementRoutes = [
  defineRoute({
    method: 'POST',
    path: '/api/v1/bank-statements',
    operationId: 'importBankStatement',
    summary: 'Read a bank’s statement in',
    description:
      'camt.052, camt.053 or camt.054, MT940 or BAI2, told by its content, in the field `file`. Each credit counts once, whichever statements tell of it; the same file again is answered as the first time, with 200. Of a broken file nothing is stored.',
    tags: ['Receipts'],
    auth: { permission: 'payment.operate' },
    idempotency: 'required',
    upload: statementUpload,
    responses: { 200: statementAnswer, 201: statementAnswer },
    problems: {
      404: 'not_found: the accounts are of an entity that is not yours.',
      422: 'bank_file_broken (with `line`, `field` and the SHA-256 in `file`), unknown_account, several_entities, too_many_credits',
    },
    example: { answer: { status: 201, body: example } },
    handle: async ({ tx, file, deps }) => {
      const accounts = await houseBankAccounts(tx, deps.bankAccounts);
      const told = readUploadedStatement(file, accounts);
      await assertVisible(tx, 'entity', told.entityId);
      const { statement, isNew } = await takeStatement(tx, told);
      return { status: isNew ? 201 : 200, body: show(statement) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/api/v1/bank-statements',
    operationId: 'listBankStatements',
    summary: 'List the statements that were read in, the newest first',
    tags: ['Receipts'],
    auth: { permission: 'payment.read' },
    query: pageQuery,
    responses: { 200: pageOf(statementAnswer) },
    example: { answer: { status: 200, body: { data: [example], nextCursor: null } } },
    handle: async ({ tx, query }) => {
      const found = await listStatements(tx, { ...after(query.cursor), limit: query.limit + 1 });
      return { status: 200, body: pageFrom(found, query.limit, { after: ({ id }) => id, show }) };
    },
  }),
];
