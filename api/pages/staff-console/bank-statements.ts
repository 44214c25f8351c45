import { may } from '../../../domain/access/scope';
import { malformed, Problem } from '../../../domain/problem';
import { listStatements } from '../../../db/bank-statements';
import { houseBankAccounts } from '../../../db/house-bank-accounts';
import { takeStatement } from '../../../db/receipt-intake';
import { assertVisible } from '../../../db/visible';
import { readUploadedStatement, statementUpload } from '../../statement-upload';
import { defineForm, definePage } from '../page';
import { actorWords } from './actors';
import { afterOf, cursorQuery, pageOfRows, rowsPerPage } from './lists';

const path = '/staff/bank-statements';

const statementsPage = definePage({
  path,
  auth: { permission: 'payment.read' },
  query: { cursor: cursorQuery },
  handle: async ({ tx, scope, query }) => {
    const found = await listStatements(tx, { ...afterOf(query.cursor), limit: rowsPerPage + 1 });
    const { rows, next } = pageOfRows(found, { path, query, after: ({ id }) => id });
    const who = await actorWords(
      tx,
      rows.map(({ importedBy }) => importedBy),
    );
    return {
      view: 'staff/bank-statements',
      title: 'Statements',
      data: {
        statements: rows.map((statement) => ({
          ...statement,
          accounts: statement.accounts.join(', '),
          by: who(statement.importedBy),
        })),
        next,
        mayImport: may(scope, 'payment.operate'),
        megabytesMax: statementUpload.bytesMax / 1024 / 1024,
      },
    };
  },
});

const importForm = defineForm({
  path,
  auth: { permission: 'payment.operate' },
  upload: statementUpload,
  page: statementsPage,
  handle: async ({ tx, file, deps }) => {
    const accounts = await houseBankAccounts(tx, deps.bankAccounts);
    const told = atField(() => readUploadedStatement(file, accounts));
    await assertVisible(tx, 'entity', told.entityId);
    const { statement, isNew } = await takeStatement(tx, told);
    return {
      to: path,
      flash: isNew
        ? `Read in: ${statement.receipts} of ${statement.credits} credits are new.`
        : 'This file was read in before: nothing has changed.',
    };
  },
});

/** What is wrong with the file is wrong with its field of the form. */
function atField<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 422) throw error;
    throw malformed('The statement cannot be read in.', [
      { pointer: '/body/file', detail: `cannot be used: ${error.detail}` },
    ]);
  }
}

export const bankStatementPages = [statementsPage, importForm];
