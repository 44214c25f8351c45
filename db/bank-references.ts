import { randomInt } from 'node:crypto';
import { newBankReference } from '../domain/payments/bank-reference';
import { asSystem, rows, type Tx } from './connection';

/** Whose transfer a reference is on, and the wallet that it is for. */
export interface BankReference {
  readonly reference: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly currency: string;
}

interface ReferenceRow {
  readonly reference: string;
  readonly entity_id: string;
  readonly client_id: string;
  readonly currency: string;
}

const columns = 'reference, entity_id, client_id, currency';

function fromRow(row: ReferenceRow): BankReference {
  return {
    reference: row.reference,
    entityId: row.entity_id,
    clientId: row.client_id,
    currency: row.currency,
  };
}

/** What the client writes on a transfer to the wallet: the same for ever, made the first time it is asked for. */
export async function ensureBankReference(
  tx: Tx,
  wallet: { readonly entityId: string; readonly clientId: string; readonly currency: string },
): Promise<string> {
  return asSystem(tx, async (system) => {
    await rows(
      system,
      `insert into bank_reference (reference, entity_id, client_id, currency)
       values (:reference, :entityId, :clientId, :currency) on conflict (client_id, currency) do nothing`,
      { ...wallet, reference: newBankReference(randomInt) },
    );
    const [row] = await rows<ReferenceRow>(
      system,
      `select ${columns} from bank_reference where client_id = :clientId and currency = :currency`,
      { clientId: wallet.clientId, currency: wallet.currency },
    );
    if (!row) throw new Error('the bank reference was not kept');
    return row.reference;
  });
}

/** Those of the references that somebody has. Runs as the system: a transfer may name a client of another entity. */
export async function knownReferences(
  tx: Tx,
  references: readonly string[],
): Promise<BankReference[]> {
  if (references.length === 0) return [];
  const found = await rows<ReferenceRow>(
    tx,
    `select ${columns} from bank_reference where reference = any (:references) order by reference`,
    { references: [...references] },
  );
  return found.map(fromRow);
}
