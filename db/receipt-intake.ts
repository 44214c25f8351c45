import { newId } from '../domain/ids';
import { formatAmount } from '../domain/money';
import { house } from '../domain/ledger/account';
import { move } from '../domain/ledger/posting';
import { findBankReferences } from '../domain/payments/bank-reference';
import { attribute } from '../domain/payments/receipt';
import { refused } from '../domain/problem';
import { taskQueues } from '../temporal-config/task-queues';
import { workflowIds } from '../temporal-config/workflow-ids';
import { openBankDeposit } from './bank-deposits';
import { knownReferences, type BankReference } from './bank-references';
import { findStatement, tellStatement, type BankStatement } from './bank-statements';
import { asSystem, rows, type Tx } from './connection';
import { enqueueStart } from './dispatch';
import { appendEvents } from './events';
import { postTransactions } from './ledger';
import { blindIndex } from './personal-data';
import { bankProvider, readReceipt, receiptEvent, sealPayer, type Payer } from './receipts';
import { openTask } from './tasks';

/** A credit as the bank tells it (`connectors/bank-files/credits.ts`). */
export interface ToldCredit {
  readonly bankAccount: string;
  readonly key: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly bookedOn: string | null;
  readonly bankReference: string | null;
  readonly payer: Payer;
  /** Where the payer may have written a reference of ours. */
  readonly texts: readonly string[];
  readonly isReturn: boolean;
}

export interface ToldTakenBack {
  readonly key: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly bankReference: string | null;
}

/** A bank's statement as it was read, all of it of one entity's accounts. */
export interface ToldStatement {
  readonly fileHash: string;
  readonly entityId: string;
  readonly accounts: readonly string[];
  readonly credits: readonly ToldCredit[];
  readonly takenBack: readonly ToldTakenBack[];
  readonly pending: number;
  readonly doubts: readonly string[];
}

/** So many credits are taken in one request; a bank's day of more comes in several files. */
export const creditsMax = 2_000;

/**
 * Takes a statement in once: every credit that no statement has told of yet is posted to what is unallocated, and
 * becomes a client's deposit where the payer wrote one reference of a wallet. The same file again answers what it came
 * to the first time. 422 `too_many_credits`.
 */
export async function takeStatement(
  tx: Tx,
  told: ToldStatement,
): Promise<{ readonly statement: BankStatement; readonly isNew: boolean }> {
  if (told.credits.length > creditsMax) {
    throw refused('too_many_credits', `A file may tell of ${creditsMax} credits; split it.`, {
      limit: creditsMax,
      credits: told.credits.length,
    });
  }
  const importedBy = tx.scope.actor;
  return asSystem(tx, async (system) => {
    // Of two that bring the same file at once, the second finds what the first has made of it.
    await rows(system, 'select pg_advisory_xact_lock(hashtextextended(:key, 0))', {
      key: `bank_statement/${told.entityId}/${told.fileHash}`,
    });
    const before = await findStatement(system, told);
    if (before) return { statement: before, isNew: false };
    const id = newId('bankStatement');
    const receipts = await takeCredits(system, id, told);
    for (const each of told.takenBack) await askAboutTakenBack(system, id, told.entityId, each);
    const statement = await tellStatement(system, { ...told, id, receipts, importedBy });
    return { statement, isNew: true };
  });
}

async function takeCredits(tx: Tx, statementId: string, told: ToldStatement): Promise<number> {
  const written = told.credits.map(({ texts }) => findBankReferences(texts));
  const known = new Map<string, BankReference>(
    (await knownReferences(tx, [...new Set(written.flat())])).map((each) => [each.reference, each]),
  );
  const taken: { readonly id: string; readonly owner: BankReference | undefined }[] = [];
  // One after the other: a transaction has one connection.
  for (const [position, credit] of told.credits.entries()) {
    const references = written[position] ?? [];
    const whose = attribute({
      entityId: told.entityId,
      currency: credit.currency,
      isReturn: credit.isReturn,
      written: references,
      known: references.flatMap((reference) => known.get(reference) ?? []),
    });
    const owner = 'owner' in whose ? whose.owner : undefined;
    const id = await insertReceipt(tx, credit, {
      ...{ statementId, entityId: told.entityId },
      reference: owner?.reference ?? references[0] ?? null,
      code: 'code' in whose ? whose.code : null,
    });
    if (id !== undefined) taken.push({ id, owner });
  }
  await post(
    tx,
    taken.map(({ id }) => id),
  );
  for (const { id, owner } of taken) {
    if (owner) await openBankDeposit(tx, await readReceipt(tx, id), owner.clientId);
    else await letPeopleDecide(tx, id, told.entityId);
  }
  return taken.length;
}

/** Undefined when a statement has told of it before. */
async function insertReceipt(
  tx: Tx,
  credit: ToldCredit,
  known: {
    readonly statementId: string;
    readonly entityId: string;
    readonly reference: string | null;
    readonly code: string | null;
  },
): Promise<string | undefined> {
  const { account } = credit.payer;
  const place = { bankAccount: credit.bankAccount, key: credit.key };
  // Looked for first, so that a statement which tells of the day again makes no keys for nothing.
  const told = await rows(
    tx,
    'select 1 from receipt where bank_account = :bankAccount and entry_key = :key',
    place,
  );
  if (told.length > 0) return undefined;
  const id = newId('receipt');
  const inserted = await rows(
    tx,
    `insert into receipt (id, statement_id, entity_id, bank_account, entry_key, amount_minor, currency, booked_on,
       bank_reference, reference, code, person_id, payer_ct, payer_index, state)
     values (:id, :statementId, :entityId, :bankAccount, :key, :amount, :currency, :bookedOn, :bankReference, :reference,
       :code, :id, :payer, :payerIndex, 'unallocated')
     on conflict (bank_account, entry_key) do nothing returning 1`,
    {
      ...{ id, ...known, ...place },
      amount: credit.amountMinor.toString(),
      currency: credit.currency,
      bookedOn: credit.bookedOn,
      bankReference: credit.bankReference,
      payer: await sealPayer(tx, id, credit.payer),
      payerIndex: account === null ? null : indexOfAccount(tx, account),
    },
  );
  return inserted.length === 0 ? undefined : id;
}

/** Knows an account again, as the sources of clients' money do. */
export function indexOfAccount(tx: Tx, account: string): string {
  return blindIndex(tx.keys, 'instrument', account.replaceAll(/\s/g, '').toUpperCase());
}

async function post(tx: Tx, ids: readonly string[]): Promise<void> {
  const receipts = [];
  for (const id of ids) receipts.push(await readReceipt(tx, id));
  const results = await postTransactions(
    tx,
    receipts.map((receipt) => ({
      key: `receipt/${receipt.id}`,
      kind: 'receipt',
      entityId: receipt.entityId,
      clientId: null,
      cause: receipt.id,
      legs: move(
        house('psp_clearing', receipt, bankProvider),
        house('unallocated', receipt),
        receipt.amountMinor,
      ),
    })),
  );
  const wrong = results.find(({ verdict }) => verdict !== 'posted');
  if (wrong) throw new Error(`the ledger did not take a receipt: ${wrong.verdict}`);
  await appendEvents(
    tx,
    receipts.map((receipt) =>
      receiptEvent(receipt, 'receipt.booked', {
        statement: receipt.statementId,
        ...(receipt.code === null ? {} : { code: receipt.code }),
      }),
    ),
  );
}

async function letPeopleDecide(tx: Tx, id: string, entityId: string): Promise<void> {
  await enqueueStart(tx, {
    workflow: 'receipt',
    workflowId: workflowIds.receipt(id),
    taskQueue: taskQueues.workflows,
    args: { id },
    subject: id,
    entityId,
  });
}

/** What the bank takes back may have been credited: people bring the books and the bank together. */
async function askAboutTakenBack(
  tx: Tx,
  statementId: string,
  entityId: string,
  taken: ToldTakenBack,
): Promise<void> {
  await openTask(tx, {
    kind: 'unexpected_payment',
    subject: statementId,
    workflowId: null,
    entityId,
    clientId: null,
    title: 'The bank has taken a credit back',
    issue: [
      { code: 'CREDIT_TAKEN_BACK', detail: 'Look whose deposit it was, and what is left of it.' },
    ],
    content: {
      provider: bankProvider,
      providerRef: taken.bankReference,
      amount: formatAmount(taken.amountMinor, taken.currency),
      currency: taken.currency,
    },
    key: `unexpected_payment/${bankProvider}/${taken.key}`,
  });
}
