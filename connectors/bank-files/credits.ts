import { createHash } from 'node:crypto';
import type { BankStatement, Reading, References, StatementEntry } from './statement';

/** Money that has arrived on an account, as its bank tells it. */
export interface Credit {
  /** The account that it arrived on, as the bank names it. */
  readonly account: string;
  /** Known again in every statement that tells of it. */
  readonly key: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly bookedOn: string | null;
  readonly valuedOn: string | null;
  readonly bankReference: string | null;
  readonly payer: { readonly name: string | null; readonly account: string | null };
  readonly remittance: string;
  /** Where the payer may have written a reference of ours. */
  readonly texts: readonly string[];
  /** It takes an earlier debit back, or says why a transfer of ours was returned: it is nobody's deposit. */
  readonly isReturn: boolean;
  readonly line: number;
}

/** A credit that the bank has taken back. */
export interface TakenBack {
  readonly account: string;
  readonly key: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly bankReference: string | null;
  readonly line: number;
}

export interface ReadCredits {
  readonly credits: readonly Credit[];
  readonly takenBack: readonly TakenBack[];
  /** Entries that the bank has announced and not booked. */
  readonly pending: number;
}

/** What has arrived by a bank's statements. What goes out is left to reconciliation. */
export function creditsOf({ statements }: Pick<Reading, 'statements'>): ReadCredits {
  const seen = new Map<string, number>();
  const keyed = statements.flatMap((statement) =>
    statement.entries.map((entry) => ({
      statement,
      entry,
      key: entry.booked ? nextKey(seen, statement, entry) : '',
    })),
  );
  const booked = keyed.filter(({ entry }) => entry.booked);
  return {
    credits: booked.flatMap(({ statement, entry, key }) =>
      entry.direction === 'credit' && entry.amountMinor > 0n
        ? [creditOf(statement, entry, key)]
        : [],
    ),
    takenBack: booked.flatMap(({ statement, entry, key }) =>
      entry.direction === 'debit' && entry.reversal
        ? [{ ...partOf(statement, entry), key, line: entry.line }]
        : [],
    ),
    pending: keyed.length - booked.length,
  };
}

function partOf({ account }: BankStatement, entry: StatementEntry) {
  const { amountMinor, currency, references } = entry;
  return { account, amountMinor, currency, bankReference: bankReferenceIn(references) };
}

function creditOf(statement: BankStatement, entry: StatementEntry, key: string): Credit {
  const { references, remittance, counterparty } = entry;
  const own = ['creditorReference', 'endToEndId', 'customerReference', 'paymentInformationId'];
  return {
    ...partOf(statement, entry),
    key,
    bookedOn: entry.bookedOn,
    valuedOn: entry.valuedOn,
    payer: { name: counterparty.name ?? null, account: counterparty.account ?? null },
    remittance,
    texts: [remittance, ...own.flatMap((name) => references[name] ?? [])],
    isReturn: entry.reversal || references['returnReason'] !== undefined,
    line: entry.line,
  };
}

const nothing = new Set(['', 'NONREF', 'NOTPROVIDED', 'NOTAVAILABLE']);

function bankReferenceIn(references: References): string | null {
  const given = [references['accountServicerReference'], references['bankReference']];
  return given.find((text) => text !== undefined && !nothing.has(text.toUpperCase())) ?? null;
}

/**
 * The bank's reference with those of the transfer (the parts of a batch share the bank's), or all that it says where it
 * gives none. Entries of one file that are alike in all of it are told apart by their number.
 */
function nextKey(
  seen: Map<string, number>,
  statement: BankStatement,
  entry: StatementEntry,
): string {
  const { references, amountMinor, currency, direction } = entry;
  const bank = bankReferenceIn(references);
  const transfer = ['endToEndId', 'transactionId', 'instructionId', 'uetr'].map(
    (name) => references[name] ?? '',
  );
  const others =
    bank === null
      ? [entry.bookedOn, entry.valuedOn, entry.remittance, entry.counterparty.account]
      : [];
  const said = [statement.account, bank, ...transfer, amountMinor.toString(), currency, direction];
  const digest = createHash('sha256')
    .update(JSON.stringify([...said, ...others]))
    .digest('hex');
  const number = (seen.get(digest) ?? 0) + 1;
  seen.set(digest, number);
  return `${digest}/${number}`;
}
