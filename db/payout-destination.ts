import { Problem } from '../domain/problem';
import { isToken } from '../domain/payments/token-address';
import type { Tx } from './connection';
import { assertOwnBankAccount } from './payment-sources';
import { assertOwnAddress } from './token-addresses';

/** Where a client's money is to go: a bank account, or, of tokens, an address. */
export interface PayoutDestination {
  readonly bankAccountId?: string | undefined;
  readonly addressId?: string | undefined;
}

/**
 * Throws `not_found` (404) for what is not the client's, and `other_way` or `account_currency` (422) for what money of
 * this currency cannot be sent to.
 */
export async function assertOwnDestination(
  tx: Tx,
  { clientId, currency }: { readonly clientId: string; readonly currency: string },
  { bankAccountId, addressId }: PayoutDestination,
): Promise<void> {
  if (bankAccountId !== undefined) {
    await assertOwnBankAccount(tx, { clientId, sourceId: bankAccountId, currency });
    if (isToken(currency)) throw otherWay('bankAccountId', `${currency} goes to an address.`);
  }
  if (addressId !== undefined) {
    await assertOwnAddress(tx, { clientId, sourceId: addressId });
    if (!isToken(currency)) throw otherWay('addressId', `${currency} does not go to an address.`);
  }
}

function otherWay(field: string, detail: string) {
  return new Problem({
    status: 422,
    code: 'other_way',
    detail,
    errors: [{ pointer: `/${field}`, detail }],
  });
}
