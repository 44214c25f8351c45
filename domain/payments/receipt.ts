/** What has become of money that arrived at a bank. `allocated`: it is a client's deposit, which tells the rest. */
export const receiptStates = ['unallocated', 'allocated', 'returning', 'returned'] as const;
export type ReceiptState = (typeof receiptStates)[number];

/** Why money is nobody's by itself. */
export const receiptCodes = [
  'NO_REFERENCE',
  'UNKNOWN_REFERENCE',
  'SEVERAL_REFERENCES',
  'OTHER_CURRENCY',
  'OTHER_ENTITY',
  'RETURNED_PAYOUT',
] as const;
export type ReceiptCode = (typeof receiptCodes)[number];

export const receiptCodeWords: Readonly<Record<ReceiptCode, string>> = {
  NO_REFERENCE: 'The payer wrote no reference of ours.',
  UNKNOWN_REFERENCE: 'Nobody has the reference that the payer wrote.',
  SEVERAL_REFERENCES: 'The payer wrote references of several wallets.',
  OTHER_CURRENCY: 'The reference is of a wallet in another currency.',
  OTHER_ENTITY: 'The reference is of a client of another entity.',
  RETURNED_PAYOUT: 'The bank says that it is money of ours which came back.',
};

/** The account a reference belongs to, as far as a receipt is held against it. */
interface Owner {
  readonly entityId: string;
  readonly clientId: string;
  readonly currency: string;
}

/** Whose money it is by its reference, or why it is nobody's yet. */
export function attribute<O extends Owner>(receipt: {
  readonly entityId: string;
  readonly currency: string;
  readonly isReturn: boolean;
  /** References found in what the payer wrote, and those of them that somebody has. */
  readonly written: readonly string[];
  readonly known: readonly O[];
}): { readonly owner: O } | { readonly code: ReceiptCode } {
  const { known, written } = receipt;
  if (receipt.isReturn) return { code: 'RETURNED_PAYOUT' };
  if (written.length === 0) return { code: 'NO_REFERENCE' };
  const [owner] = known;
  if (owner === undefined) return { code: 'UNKNOWN_REFERENCE' };
  if (known.length > 1) return { code: 'SEVERAL_REFERENCES' };
  if (owner.entityId !== receipt.entityId) return { code: 'OTHER_ENTITY' };
  if (owner.currency !== receipt.currency) return { code: 'OTHER_CURRENCY' };
  return { owner };
}
