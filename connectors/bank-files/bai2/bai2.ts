import { readCurrency } from '../amount';
import { readShortDay } from '../day';
import { BankFileFault, quote } from '../fault';
import type { BankStatement, Doubt, Reading, StatementEntry } from '../statement';
import { readAccountHeader } from './account-header';
import { Fields, readRecords, type Record } from './records';
import { Totals } from './totals';
import { readDetail } from './detail';

/** BAI2's own default, where neither account nor group names a currency. */
const defaultCurrency = 'USD';

/**
 * Reads BAI2: a statement for each account (03) of each group (02). Trailers that do not add up are doubts:
 * banks count differently. Throws BankFileFault, also when a trailer is missing.
 */
export function readBai2(text: string): Reading {
  const records = new Queue(readRecords(text));
  const doubts: Doubt[] = [];
  const statements: BankStatement[] = [];
  do statements.push(...readFile(records, doubts));
  while (!records.isEmpty);
  return { statements, doubts };
}

/** From 01 to 99; another may follow, where files were put together. */
function readFile(records: Queue, doubts: Doubt[]): readonly BankStatement[] {
  const header = records.take('01');
  const file = new Totals(header.physical);
  const statements: BankStatement[] = [];
  while (records.isNext('02')) {
    const group = readGroup(records, doubts);
    file.add(group.totals);
    if (group.isReal) statements.push(...group.statements);
  }
  doubts.push(...file.check(records.take('99')));
  return statements;
}

interface Group {
  readonly statements: readonly BankStatement[];
  readonly totals: Totals;
  readonly isReal: boolean;
}

function readGroup(records: Queue, doubts: Doubt[]): Group {
  const header = records.take('02');
  const fields = new Fields(header);
  fields.next();
  fields.next();
  const isReal = readStatus(fields.next(), header, doubts);
  const asOf = readShortDay(fields.next(), { line: header.line, field: '02 as-of date' });
  fields.next();
  const currency = fields.next();
  const totals = new Totals(header.physical);
  const statements: BankStatement[] = [];
  while (records.isNext('03')) {
    const account = readAccount(records, { asOf, currency }, doubts);
    totals.add(account.totals);
    statements.push(account.statement);
  }
  doubts.push(...totals.check(records.take('98')));
  return { statements, totals, isReal };
}

/** What a group is: 1 is new, 3 corrects an earlier one; 2 takes one back and 4 is a test. */
function readStatus(status: string, header: Record, doubts: Doubt[]): boolean {
  if (status === '1' || status === '3' || status === '') return true;
  const place = { line: header.line, field: '02 group status' };
  if (status !== '2' && status !== '4') {
    throw new BankFileFault(place.line, place.field, `${quote(status)} is none of 1, 2, 3 and 4`);
  }
  const what = status === '2' ? 'takes an earlier group back' : 'is a test';
  doubts.push({ ...place, reason: `${status} ${what}: the group is left out` });
  return false;
}

function readAccount(
  records: Queue,
  group: { readonly asOf: string; readonly currency: string },
  doubts: Doubt[],
): { readonly statement: BankStatement; readonly totals: Totals } {
  const record = records.take('03');
  const header = readAccountHeader(record);
  const currency = readCurrency(header.currency || group.currency || defaultCurrency, {
    line: record.line,
    field: '03 currency',
  });
  const totals = new Totals(record.physical, header.sum);
  const entries: StatementEntry[] = [];
  while (records.isNext('16')) {
    const detail = records.take('16');
    const { amount, entry } = readDetail(detail, currency, group.asOf);
    totals.addDetail(amount, detail.physical);
    if (entry) entries.push(entry);
  }
  doubts.push(...totals.check(records.take('49')));
  const statement = {
    account: header.account,
    currency,
    openingMinor: header.opening,
    closingMinor: header.closing,
    entries,
    line: record.line,
  };
  return { statement, totals };
}

/** The records in order, each expected by its code. */
class Queue {
  #at = 0;

  constructor(readonly records: readonly Record[]) {}

  get isEmpty(): boolean {
    return this.#at >= this.records.length;
  }

  isNext(code: string): boolean {
    return this.records[this.#at]?.code === code;
  }

  /** Throws BankFileFault when another record comes, or none. */
  take(code: string): Record {
    const record = this.records[this.#at];
    if (record?.code === code) {
      this.#at += 1;
      return record;
    }
    const line = record?.line ?? this.records.at(-1)?.line ?? 1;
    const instead = record ? `${record.code} comes instead` : 'the file ends';
    throw new BankFileFault(line, code, `is missing: ${instead}`);
  }
}
