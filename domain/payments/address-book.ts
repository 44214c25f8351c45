/** An address of a chain that was given to one payment, and is given to no other, ever. */
export interface GivenAddress {
  readonly operationId: string;
  readonly address: string;
  /** Names the key that it is a child of, and its number there. */
  readonly keyId: string;
  readonly index: number;
  /** What was asked for. */
  readonly amountMinor: bigint;
  readonly currency: string;
  /** No transfer to it can be in an earlier block. */
  readonly fromBlock: number;
  /** The last block of which transfers count for the payment; null while it is open. */
  readonly closedBlock: number | null;
}

export type AddressRequest = Omit<GivenAddress, 'address' | 'index' | 'closedBlock'> & {
  readonly firstIndex: number;
  readonly addressAt: (index: number) => string;
};

/** Remembers which address was given to which payment. The record keeps it (`db/chain-addresses.ts`). */
export interface AddressBook {
  /** The address of the payment: the next one of the key, or the one that it has already. */
  give(request: AddressRequest): Promise<GivenAddress>;
  find(
    by: { readonly operationId: string } | { readonly address: string },
  ): Promise<GivenAddress | undefined>;
  /** Nothing in later blocks counts for the payment any more. The first word stands. */
  close(operationId: string, block: number): Promise<GivenAddress | undefined>;
}
