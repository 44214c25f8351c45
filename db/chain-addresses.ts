import { systemScope } from '../domain/access/scope';
import type { AddressBook, AddressRequest, GivenAddress } from '../domain/payments/address-book';
import { inScope, rows, type Database, type Tx } from './connection';

interface AddressRow {
  readonly operation_id: string;
  readonly address: string;
  readonly key_id: string;
  readonly derivation_index: number;
  readonly amount_minor: string;
  readonly currency: string;
  readonly from_block: string;
  readonly closed_block: string | null;
}

const columns =
  'operation_id, address, key_id, derivation_index, amount_minor, currency, from_block, closed_block';

function fromRow(row: AddressRow): GivenAddress {
  return {
    operationId: row.operation_id,
    address: row.address,
    keyId: row.key_id,
    index: row.derivation_index,
    amountMinor: BigInt(row.amount_minor),
    currency: row.currency,
    fromBlock: Number(row.from_block),
    closedBlock: row.closed_block === null ? null : Number(row.closed_block),
  };
}

/** The book that the record keeps, for the provider of that name. Payments are deposits. */
export function openAddressBook(db: Database, provider: string): AddressBook {
  const within = <T>(work: (tx: Tx) => Promise<T>) =>
    inScope(db, systemScope(`provider:${provider}`), work);
  return {
    give: (request) => within((tx) => giveAddress(tx, provider, request)),
    find: (by) =>
      within((tx) =>
        'operationId' in by ? addressOfOperation(tx, by.operationId) : addressOf(tx, by.address),
      ),
    close: (operationId, block) => within((tx) => closeAddress(tx, operationId, block)),
  };
}

/**
 * The payment's address. The key's row is locked while it counts on, so that two payments never get one index; an index
 * whose transaction is rolled back was shown to nobody.
 */
export async function giveAddress(
  tx: Tx,
  provider: string,
  request: AddressRequest,
): Promise<GivenAddress> {
  const { operationId, keyId, firstIndex, addressAt, amountMinor, currency, fromBlock } = request;
  const [key] = await rows<{ index: number }>(
    tx,
    `insert into chain_key as k (key_id, next_index) values (:keyId, :firstIndex::int + 1)
     on conflict (key_id) do update set next_index = greatest(k.next_index, :firstIndex::int) + 1
     returning next_index - 1 as index`,
    { keyId, firstIndex },
  );
  if (!key) throw new Error('the key counts no indexes');
  // Under the lock: another call for the same payment may have got one meanwhile.
  const before = await addressOfOperation(tx, operationId);
  if (before) {
    await rows(tx, 'update chain_key set next_index = next_index - 1 where key_id = :keyId', {
      keyId,
    });
    return before;
  }
  const [row] = await rows<AddressRow>(
    tx,
    `insert into chain_address (operation_id, provider, address, key_id, derivation_index, entity_id, client_id,
       amount_minor, currency, from_block, unread_block, look_at)
     select d.id, :provider, :address, :keyId, :index, d.entity_id, d.client_id, :amount, :currency, :fromBlock, :fromBlock, now()
     from deposit d where d.id = :operationId
     returning ${columns}`,
    {
      ...{ operationId, provider, keyId, currency, fromBlock, index: key.index },
      ...{ address: addressAt(key.index), amount: amountMinor.toString() },
    },
  );
  if (!row) throw new Error(`there is no deposit ${operationId} to give an address to`);
  return fromRow(row);
}

export async function addressOfOperation(
  tx: Tx,
  operationId: string,
): Promise<GivenAddress | undefined> {
  const [row] = await rows<AddressRow>(
    tx,
    `select ${columns} from chain_address where operation_id = :operationId`,
    { operationId },
  );
  return row && fromRow(row);
}

async function addressOf(tx: Tx, address: string): Promise<GivenAddress | undefined> {
  const [row] = await rows<AddressRow>(
    tx,
    `select ${columns} from chain_address where lower(address) = lower(:address)`,
    { address },
  );
  return row && fromRow(row);
}

async function closeAddress(
  tx: Tx,
  operationId: string,
  block: number,
): Promise<GivenAddress | undefined> {
  const [row] = await rows<AddressRow>(
    tx,
    `update chain_address set closed_block = coalesce(closed_block, :block::bigint), look_at = now()
     where operation_id = :operationId returning ${columns}`,
    { operationId, block },
  );
  return row && fromRow(row);
}
