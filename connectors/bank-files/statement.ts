/** What was read of a file. */
export interface Reading {
  readonly statements: readonly BankStatement[];
  /** What can be read but does not agree with itself, for a person to look at. */
  readonly doubts: readonly Doubt[];
}

export interface Doubt {
  readonly line: number;
  readonly field: string;
  readonly reason: string;
}

/**
 * What a bank says of one account, whichever format it said it in. Amounts are minor units of their currency;
 * days are `YYYY-MM-DD`, as the bank counts them.
 */
export interface BankStatement {
  /** The account as the bank names it; an IBAN without spaces. */
  readonly account: string;
  /** Null only where a file has neither a currency of the account nor a single amount. */
  readonly currency: string | null;
  /** Negative when the account was overdrawn; null when the bank does not say. */
  readonly openingMinor: bigint | null;
  readonly closingMinor: bigint | null;
  readonly entries: readonly StatementEntry[];
  /** Where in the file it begins. */
  readonly line: number;
}

export interface StatementEntry {
  /** Never negative: `direction` says which way it went. */
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly direction: Direction;
  readonly bookedOn: string | null;
  readonly valuedOn: string | null;
  /** Takes back an earlier entry of the other direction. `direction` is that of this entry. */
  readonly reversal: boolean;
  readonly references: References;
  /** Parts of a batch that cannot stand as entries of their own, since their amounts do not add up to it. */
  readonly parts: readonly References[];
  readonly counterparty: Counterparty;
  /** What the payer wrote, on one line; empty when nothing. */
  readonly remittance: string;
  /** False: the bank tells of it but has not booked it, and no balance holds it. */
  readonly booked: boolean;
  readonly line: number;
}

export type Direction = 'credit' | 'debit';

/** Identifiers by their name in docs/bank-files.md, as they stand in the file. */
export type References = Readonly<Record<string, string>>;

/** The other side, as far as the bank says. */
export interface Counterparty {
  readonly name?: string;
  readonly account?: string;
}

/** The entry's effect on the balance. */
export function signedMinor(entry: Pick<StatementEntry, 'amountMinor' | 'direction'>): bigint {
  return entry.direction === 'credit' ? entry.amountMinor : -entry.amountMinor;
}
