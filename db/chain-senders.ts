import { checksummed } from '../domain/payments/token-address';
import { rows, type Tx } from './connection';
import { keptAction } from './deposit-payer';
import type { Deposit } from './deposits';
import { decryptFor, erasedText } from './personal-data';
import { clientParty, recordTravelRule } from './travel-rule';

/** Transfers of one payment are few; whoever sends more is looked into by people. */
const transfersMax = 100;

/** The addresses that tokens of a deposit came from, as the chain told; nothing once the client's key is erased. */
export async function sendersOf(
  tx: Tx,
  { id, clientId, provider }: Pick<Deposit, 'id' | 'clientId' | 'provider'>,
): Promise<string[]> {
  const found = await rows<{ body_ct: string }>(
    tx,
    `select body_ct from provider_event where operation_id = :id and provider = :provider and type = 'payment_seen'
     and client_id = :clientId order by occurred_at, id limit :limit`,
    { id, provider, clientId, limit: transfersMax },
  );
  const senders = new Set<string>();
  // One after the other: a transaction has one connection.
  for (const { body_ct: sealed } of found) {
    const text = await decryptFor(tx, clientId, 'provider.body', sealed);
    if (text === erasedText) continue;
    // A parser: the watch of the chain wrote it.
    const { from } = JSON.parse(text) as { readonly from?: unknown };
    if (typeof from === 'string') senders.add(checksummed(from));
  }
  return [...senders];
}

/** The network and the address that a deposit by a chain was asked for on; undefined for any other, or once erased. */
export async function askedAt(
  tx: Tx,
  deposit: Deposit,
): Promise<{ readonly network: string; readonly address: string } | undefined> {
  const action = await keptAction(tx, deposit);
  return action?.kind === 'crypto_address'
    ? { network: action.chain, address: action.address }
    : undefined;
}

/** Records who has sent tokens, as far as the chain tells, with what has arrived. Runs as the system. */
export async function recordArrival(tx: Tx, deposit: Deposit, amountMinor: bigint): Promise<void> {
  if (deposit.rail !== 'crypto' || amountMinor <= 0n) return;
  const asked = await askedAt(tx, deposit);
  if (!asked) return;
  const senders = await sendersOf(tx, deposit);
  await recordTravelRule(tx, deposit, {
    ...{ paymentId: deposit.id, leg: 0, direction: 'in', network: asked.network },
    ...{ currency: deposit.currency, amountMinor },
    // A chain names nobody, and an exchange sends from one address for thousands.
    originator: { name: null, account: senders.length > 0 ? senders.join(' ') : null, vasp: null },
    beneficiary: { ...(await clientParty(tx, deposit)), account: asked.address },
  });
}
