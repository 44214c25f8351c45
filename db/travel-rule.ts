import { forbidden } from '../domain/problem';
import { may } from '../domain/access/scope';
import { rows, utc, type Tx } from './connection';
import { readEntity } from './entities';
import { holderOf, readPersonalData } from './parties';
import { decryptFor, encryptFor, erasedText } from './personal-data';

/** One side of a transfer of tokens, as far as it is known. */
export interface TravelParty {
  readonly name: string | null;
  /** An address of a chain, or the client's number here. */
  readonly account: string | null;
  /** Who keeps the account: the broker, an exchange; null for a wallet of its owner's own, or where nobody knows. */
  readonly vasp: string | null;
}

/** Who has sent and who got a transfer of tokens (FATF recommendation 16, Regulation (EU) 2023/1113 art. 14). */
export interface TravelRuleTransfer {
  readonly paymentId: string;
  /** Of a deposit 0 for what came, and the round in which it was sent back; of a withdrawal its leg. */
  readonly leg: number;
  readonly direction: 'in' | 'out';
  readonly network: string;
  readonly currency: string;
  readonly amountMinor: bigint;
  readonly originator: TravelParty;
  readonly beneficiary: TravelParty;
}

interface Owner {
  readonly entityId: string;
  readonly clientId: string;
}

/** The client's side: their name, their number here, and the entity that keeps their money. */
export async function clientParty(tx: Tx, { entityId, clientId }: Owner): Promise<TravelParty> {
  const { name } = await readPersonalData(tx, (await holderOf(tx, clientId)).id);
  return { name, account: clientId, vasp: (await readEntity(tx, entityId)).name };
}

/** Records a transfer once, in the transaction that lets it leave or credits it. Runs as the system. */
export async function recordTravelRule(
  tx: Tx,
  { entityId, clientId }: Owner,
  transfer: TravelRuleTransfer,
): Promise<void> {
  const { paymentId, leg, direction, network, currency, amountMinor } = transfer;
  const { originator, beneficiary } = transfer;
  await rows(
    tx,
    `insert into travel_rule_transfer (payment_id, leg, direction, entity_id, client_id, amount_minor, currency, network, parties_ct)
     values (:paymentId, :leg, :direction, :entityId, :clientId, :amount, :currency, :network, :parties)
     on conflict (payment_id, leg) do nothing`,
    {
      ...{ paymentId, leg, direction, entityId, clientId, currency, network },
      amount: amountMinor.toString(),
      parties: await encryptFor(
        tx,
        clientId,
        'travel_rule.parties',
        JSON.stringify({ originator, beneficiary }),
      ),
    },
  );
}

/** `recordedAt`: RFC 3339. The parties are null once the client's key has been erased. */
export type RecordedTransfer = Omit<TravelRuleTransfer, 'originator' | 'beneficiary'> & {
  readonly recordedAt: string;
  readonly parties: Pick<TravelRuleTransfer, 'originator' | 'beneficiary'> | null;
};

/** What was recorded of a payment's transfers, for whoever may read personal data. Throws 403. */
export async function travelRuleOf(tx: Tx, paymentId: string): Promise<RecordedTransfer[]> {
  if (!may(tx.scope, 'client.personal')) throw forbidden('client.personal');
  const found = await rows<{
    leg: number;
    direction: 'in' | 'out';
    client_id: string;
    amount_minor: string;
    currency: string;
    network: string;
    parties_ct: string;
    recorded_at: string;
  }>(
    tx,
    `select leg, direction, client_id, amount_minor, currency, network, parties_ct, recorded_at from travel_rule_transfer
     where payment_id = :paymentId order by leg limit 100`,
    { paymentId },
  );
  const transfers: RecordedTransfer[] = [];
  // One after the other: a transaction has one connection.
  for (const row of found) {
    const text = await decryptFor(tx, row.client_id, 'travel_rule.parties', row.parties_ct);
    transfers.push({
      ...{ paymentId, leg: row.leg, direction: row.direction, network: row.network },
      ...{ currency: row.currency, amountMinor: BigInt(row.amount_minor) },
      recordedAt: utc(row.recorded_at),
      // A parser: it was written by `recordTravelRule`.
      parties:
        text === erasedText
          ? null
          : (JSON.parse(text) as Pick<TravelRuleTransfer, 'originator' | 'beneficiary'>),
    });
  }
  return transfers;
}
