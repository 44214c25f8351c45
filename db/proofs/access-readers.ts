import { Problem } from '../../domain/problem';
import { accountsOfClient, listAccounts, readAccount } from '../accounts';
import { listClients, readClient } from '../clients';
import { rows, type Tx } from '../connection';
import { listDeposits, readDeposit } from '../deposits';
import { documentsOf, readDocument } from '../documents';
import { eventsOfClient, eventsOfSubject } from '../events';
import { readIntent } from '../intents';
import { latestCase, listCases, readCase } from '../kyc';
import { balancesOfClient, entriesOfAccount, listBalances } from '../ledger';
import { mailsOfClient } from '../mails';
import { holderOf, partiesOf, readPersonalData } from '../parties';
import { sourcesOfClient } from '../payment-sources';
import { openProcesses, processesOfClient, processesOfSubject, readProcess } from '../processes';
import { restrictionsOf } from '../restrictions';
import { latestScreening, readScreening, screeningsOf } from '../screening';
import { listTasks } from '../task-inbox';
import { readTask } from '../tasks';
import { listTransfers, readTransfer } from '../transfers';
import { listUsers, readUser } from '../users';
import { legsOf, listWithdrawals, readWithdrawal } from '../withdrawals';

/** A store's reader, as it is tried: a list must hold nothing foreign, a foreign id must yield nothing. */
export type StoreReader =
  | { readonly name: string; readonly list: (tx: Tx) => Promise<unknown> }
  | {
      readonly name: string;
      /** Table whose foreign rows are asked for, and the column whose value is the key. */
      readonly table: string;
      readonly key?: string;
      readonly one: (tx: Tx, key: string) => Promise<unknown>;
    };

const limit = 200;

/** Every reader through which a page, a route or an export can show a person something. */
export const storeReaders: readonly StoreReader[] = [
  { name: 'listClients', list: (tx) => listClients(tx, { limit }) },
  { name: 'readClient', table: 'client', one: readClient },
  { name: 'partiesOf', table: 'client', one: partiesOf },
  { name: 'holderOf', table: 'client', one: holderOf },
  { name: 'readPersonalData', table: 'party', one: readPersonalData },
  { name: 'latestScreening', table: 'party', one: latestScreening },
  { name: 'readScreening', table: 'screening_result', one: readScreening },
  { name: 'screeningsOf', table: 'kyc_case', one: screeningsOf },
  { name: 'listCases', list: (tx) => listCases(tx, { limit }) },
  { name: 'readCase', table: 'kyc_case', one: readCase },
  { name: 'latestCase', table: 'client', one: latestCase },
  { name: 'documentsOf', table: 'kyc_case', one: documentsOf },
  { name: 'readDocument', table: 'document', one: readDocument },
  { name: 'restrictionsOf', table: 'client', one: restrictionsOf },
  { name: 'listAccounts', list: (tx) => listAccounts(tx, { limit }) },
  { name: 'readAccount', table: 'trading_account', one: readAccount },
  { name: 'accountsOfClient', table: 'client', one: accountsOfClient },
  { name: 'listDeposits', list: (tx) => listDeposits(tx, { limit }) },
  { name: 'readDeposit', table: 'deposit', one: readDeposit },
  { name: 'listWithdrawals', list: (tx) => listWithdrawals(tx, { limit }) },
  { name: 'readWithdrawal', table: 'withdrawal', one: readWithdrawal },
  { name: 'legsOf', table: 'withdrawal', one: legsOf },
  { name: 'listTransfers', list: (tx) => listTransfers(tx, { limit }) },
  { name: 'readTransfer', table: 'transfer', one: readTransfer },
  { name: 'sourcesOfClient', table: 'client', one: sourcesOfClient },
  { name: 'balancesOfClient', table: 'client', one: balancesOfClient },
  { name: 'listBalances', list: (tx) => listBalances(tx, { limit }) },
  {
    name: 'entriesOfAccount',
    table: 'ledger_account',
    one: (tx, id) => entriesOfAccount(tx, id, { limit }),
  },
  { name: 'readIntent', table: 'intent', one: readIntent },
  { name: 'listTasks', list: (tx) => listTasks(tx, { view: 'all', limit }) },
  { name: 'readTask', table: 'task', one: readTask },
  { name: 'openProcesses', list: (tx) => openProcesses(tx, { limit }) },
  { name: 'readProcess', table: 'process', key: 'workflow_id', one: readProcess },
  { name: 'processesOfSubject', table: 'process', key: 'subject', one: processesOfSubject },
  { name: 'processesOfClient', table: 'client', one: processesOfClient },
  { name: 'eventsOfSubject', table: 'event', key: 'subject', one: eventsOfSubject },
  { name: 'eventsOfClient', table: 'client', one: eventsOfClient },
  { name: 'mailsOfClient', table: 'client', one: mailsOfClient },
  { name: 'listUsers', list: (tx) => listUsers(tx, { limit }) },
  { name: 'readUser', table: 'user_account', one: readUser },
];

/** What a reader answered: its value, or that it refused. */
export type Answer = { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'no' };

/** Calls a reader so that an error of one leaves the transaction usable for the next. */
export async function ask(tx: Tx, call: (tx: Tx) => Promise<unknown>): Promise<Answer> {
  await rows(tx, 'savepoint reader');
  try {
    const value = await call(tx);
    await rows(tx, 'release savepoint reader');
    return { kind: 'value', value };
  } catch (error) {
    await rows(tx, 'rollback to savepoint reader');
    if (error instanceof Problem || error instanceof Error) return { kind: 'no' };
    throw error;
  }
}

export function isNothing(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return Array.isArray(value) && value.length === 0;
}
