/** What a bank is told to pay, before it is written for one version of pain.001. */
export interface CreditTransferOrder {
  /** Unique for ever at the bank: it refuses the same twice. */
  readonly messageId: string;
  readonly createdAt: Date;
  readonly initiatingParty: Organisation;
  readonly batches: readonly Batch[];
}

/** Transfers from one account on one day. */
export interface Batch {
  readonly paymentInformationId: string;
  /** `YYYY-MM-DD` at the bank. */
  readonly executionDay: string;
  /** True: one line on the statement for all of them. */
  readonly bookTogether: boolean;
  /** SEPA: euro to an IBAN in the area, charges shared. Else the bank finds the way, and who pays it is `charges`. */
  readonly scheme: 'sepa' | 'cross-border';
  readonly charges: 'shared' | 'debtor' | 'creditor';
  readonly debtor: Organisation & { readonly account: Account; readonly bic?: string };
  readonly transfers: readonly Transfer[];
}

export interface Organisation {
  readonly name: string;
  readonly country?: string;
  readonly lei?: string;
}

export type Account =
  | { readonly kind: 'iban'; readonly iban: string; readonly currency?: string }
  | { readonly kind: 'other'; readonly number: string; readonly currency?: string };

export interface Transfer {
  /** Our reference; it comes back on the statement. */
  readonly endToEndId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly creditor: {
    readonly name: string;
    readonly country: string;
    /** Outside SEPA banks want to know the town, too. */
    readonly town?: string;
    readonly account: Account;
    readonly bic?: string;
  };
  readonly remittance: string;
}

/** The order cannot be written: the bank would refuse the file, and all transfers in it. */
export class UnwritableOrder extends Error {
  override readonly name = 'UnwritableOrder';

  constructor(
    /** `batches[0].transfers[2].creditor.account`. Never a value: it may be a person's. */
    readonly field: string,
    readonly reason: string,
  ) {
    super(`${field}: ${reason}`);
  }
}
