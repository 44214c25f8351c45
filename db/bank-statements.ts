import { rows, utc, type Tx } from './connection';
import { appendEvents } from './events';

/** A statement that was read in. The file itself is not kept: it names the payers of many (decision 28). */
export interface BankStatement {
  readonly id: string;
  readonly entityId: string;
  readonly fileHash: string;
  readonly accounts: readonly string[];
  readonly credits: number;
  /** Those of them that no statement before had told of. */
  readonly receipts: number;
  readonly takenBack: number;
  readonly pending: number;
  readonly doubts: readonly string[];
  readonly importedBy: string;
  readonly importedAt: string;
}

interface StatementRow {
  readonly id: string;
  readonly entity_id: string;
  readonly file_hash: string;
  readonly accounts: readonly string[];
  readonly credits: number;
  readonly receipts: number;
  readonly taken_back: number;
  readonly pending: number;
  readonly doubts: readonly string[];
  readonly imported_by: string;
  readonly imported_at: string;
}

const columns =
  'id, entity_id, file_hash, accounts, credits, receipts, taken_back, pending, doubts, imported_by, imported_at';

function fromRow(row: StatementRow): BankStatement {
  return {
    id: row.id,
    entityId: row.entity_id,
    fileHash: row.file_hash,
    accounts: row.accounts,
    credits: row.credits,
    receipts: row.receipts,
    takenBack: row.taken_back,
    pending: row.pending,
    doubts: row.doubts,
    importedBy: row.imported_by,
    importedAt: utc(row.imported_at),
  };
}

/** What a file came to when it was read in; undefined when it never was. */
export async function findStatement(
  tx: Tx,
  { entityId, fileHash }: { readonly entityId: string; readonly fileHash: string },
): Promise<BankStatement | undefined> {
  const [row] = await rows<StatementRow>(
    tx,
    `select ${columns} from bank_statement where entity_id = :entityId and file_hash = :fileHash`,
    { entityId, fileHash },
  );
  return row && fromRow(row);
}

/** Tells of a statement once it is read in whole. */
export async function tellStatement(
  tx: Tx,
  told: {
    readonly id: string;
    readonly entityId: string;
    readonly fileHash: string;
    readonly accounts: readonly string[];
    readonly credits: readonly unknown[];
    readonly receipts: number;
    readonly takenBack: readonly unknown[];
    readonly pending: number;
    readonly doubts: readonly string[];
    readonly importedBy: string;
  },
): Promise<BankStatement> {
  const { id, entityId, fileHash, receipts, pending, importedBy } = told;
  const [row] = await rows<StatementRow>(
    tx,
    `insert into bank_statement (id, entity_id, file_hash, accounts, credits, receipts, taken_back, pending, doubts, imported_by)
     values (:id, :entityId, :fileHash, :accounts, :credits, :receipts, :takenBack, :pending, :doubts, :importedBy)
     returning ${columns}`,
    {
      ...{ id, entityId, fileHash, receipts, pending, importedBy },
      accounts: [...told.accounts],
      credits: told.credits.length,
      takenBack: told.takenBack.length,
      doubts: [...told.doubts],
    },
  );
  if (!row) throw new Error('the bank statement was not kept');
  await appendEvents(tx, [
    {
      subject: id,
      type: 'bank_statement.imported',
      entityId,
      clientId: null,
      payload: { credits: told.credits.length, receipts, takenBack: told.takenBack.length },
    },
  ]);
  return fromRow(row);
}

/** The newest first. */
export async function listStatements(
  tx: Tx,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<BankStatement[]> {
  const found = await rows<StatementRow>(
    tx,
    `select ${columns} from bank_statement where (:after::text is null or id < :after) order by id desc limit :limit`,
    { after: after ?? null, limit },
  );
  return found.map(fromRow);
}
