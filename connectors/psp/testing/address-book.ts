import type { AddressBook, GivenAddress } from '../../../domain/payments/address-book';

/** For tests only: what `db/chain-addresses.ts` keeps, without a database. */
export function bookInMemory(): AddressBook {
  const given = new Map<string, GivenAddress>();
  let next = 0;
  const find: AddressBook['find'] = (by) =>
    Promise.resolve(
      'operationId' in by
        ? given.get(by.operationId)
        : [...given.values()].find(({ address }) => address === by.address),
    );
  return {
    find,
    give: ({ firstIndex, addressAt, ...request }) => {
      const before = given.get(request.operationId);
      if (before) return Promise.resolve(before);
      const index = Math.max(next, firstIndex);
      next = index + 1;
      const made = { ...request, index, address: addressAt(index), closedBlock: null };
      given.set(request.operationId, made);
      return Promise.resolve(made);
    },
    close: (operationId, block) => {
      const before = given.get(operationId);
      if (!before) return Promise.resolve(undefined);
      const closed = { ...before, closedBlock: before.closedBlock ?? block };
      given.set(operationId, closed);
      return Promise.resolve(closed);
    },
  };
}
