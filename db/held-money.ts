import { isCurrency, type Money } from '../domain/money';
import { house, type LedgerAccount } from '../domain/ledger/account';
import { move } from '../domain/ledger/posting';
import { rows, type Tx } from './connection';
import { postTransaction } from './ledger';

/** A deposit as far as its money is concerned. */
interface Paid {
  readonly id: string;
  readonly entityId: string;
  readonly clientId: string;
  readonly currency: string;
  readonly rail: string;
  readonly provider: string;
}

const heldKey = (id: string) => `deposit_held/${id}`;

/**
 * Money that came for a deposit and is not credited belongs to nobody yet: the house owes it to its payer. What came
 * by a bank's statement was unallocated from the first. Repeating it changes nothing.
 */
export async function keepApart(tx: Tx, deposit: Paid, paid: Money): Promise<void> {
  // A provider may name a currency that the ledger has no minor units of; people decide on it all the same.
  if (deposit.rail === 'bank' || !isCurrency(paid.currency) || paid.amountMinor <= 0n) return;
  const of = { entityId: deposit.entityId, currency: paid.currency };
  await postTransaction(tx, {
    key: heldKey(deposit.id),
    kind: 'deposit_held',
    entityId: deposit.entityId,
    clientId: deposit.clientId,
    cause: deposit.id,
    legs: move(
      house('psp_clearing', of, deposit.provider),
      house('unallocated', of),
      paid.amountMinor,
    ),
  });
}

/** The account that a deposit's money stands on until it is credited. */
export async function whereItStands(tx: Tx, deposit: Paid): Promise<LedgerAccount> {
  const isApart = deposit.rail === 'bank' || (await keptApart(tx, deposit.id)) !== undefined;
  return isApart ? house('unallocated', deposit) : house('psp_clearing', deposit, deposit.provider);
}

/** What was kept apart has gone back to its payer, by whoever took it or by another who pays for the house. */
export async function giveOut(tx: Tx, deposit: Paid, by: string = deposit.provider): Promise<void> {
  const kept = await keptApart(tx, deposit.id);
  if (kept === undefined) return;
  const of = { entityId: deposit.entityId, currency: kept.currency };
  await postTransaction(tx, {
    key: `deposit_returned/${deposit.id}`,
    kind: 'deposit_held',
    entityId: deposit.entityId,
    clientId: deposit.clientId,
    cause: deposit.id,
    legs: move(house('unallocated', of), house('psp_clearing', of, by), kept.amountMinor),
  });
}

/** Deposits that were held before money was kept apart have none. */
async function keptApart(tx: Tx, id: string): Promise<Money | undefined> {
  const [row] = await rows<{ amount: string; currency: string }>(
    tx,
    `select e.amount, e.currency from ledger_transaction t
     join ledger_entry e on e.transaction_id = t.id and e.amount > 0 where t.key = :key`,
    { key: heldKey(id) },
  );
  return row && { amountMinor: BigInt(row.amount), currency: row.currency };
}
